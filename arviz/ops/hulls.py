"""Convex hulls that hold a product, for physics and quick collision tests: few, tight, nothing of the surface outside.

V-HACD (Mamou 2016, by the package vhacdx) proposes the pieces on a grid of voxels; its hulls leave out slivers of the
surface. So the surface is cut into small triangles, each is given to the hull that it leaves least, and every hull
becomes that of its own corners and of all that it was given: what is convex holds a triangle whose corners it holds.

CoACD 1.0.14 was measured and not taken: 8 hulls of a chair of 39,936 triangles took 61 s of processor time and enclosed
81 litres; V-HACD took 3.3 s and 72.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.errors import InputError, MeshError
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.material import Material
from arviz.core.report import Finding, Report

COUNT = 16
_VOXELS = 100_000
_CORNERS = 64
"""Of a hull that V-HACD proposes; what it is given adds some."""
_PIECES = 40
"""Small triangles have edges of at most the diagonal over this: so far may a hull bulge for what it is given."""
_MOST_PIECES = 2_000_000
_FLAT = 1e-4
"""Thickness, relative to the diagonal, below which a product is a sheet: its hull gets this thickness."""
_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hulls:
    """`asset`: one node, mesh and primitive per hull, in the product's frame.

    `report` has the figures ``hulls``, ``volume_m3`` (their sum), ``box_m3`` (of the product's box), ``outside_m``
    (the furthest that a corner of the surface lies outside of its hull: rounding) and ``corners`` (most of one hull).
    """

    asset: Asset
    report: Report


def hulls(asset: Asset, *, count: int = COUNT) -> Hulls:
    """Return at most `count` convex hulls that together hold every triangle of `asset` as it is drawn.

    Raises
    ------
    InputError
        E_HULLS_COUNT: `count` below 1.
    MeshError
        E_NO_TRIANGLES.
    """
    if count < 1:
        raise InputError("E_HULLS_COUNT", "there must be at least one hull", found=count, hint="Give --count 8.")
    corners = _surface(asset)
    if not len(corners):
        raise MeshError("E_NO_TRIANGLES", "there is no surface to hold", hint="Check the file with `arviz inspect`.")
    diagonal = float(np.linalg.norm(np.ptp(corners.reshape(-1, 3), axis=0)))
    findings: list[Finding] = []
    thickness = _thickness(corners.reshape(-1, 3))
    if thickness < _FLAT * diagonal:
        findings = [_flat_finding(_FLAT * diagonal)]
        given = [(_sheet(corners.reshape(-1, 3), _FLAT * diagonal), corners.reshape(-1, 3))]
    else:
        given = _given(_proposed(corners, count), _pieces(corners, diagonal / _PIECES))
    faces = [_hull(points) for points, _ in given]
    outside = max((float(_outside(held, hull).max()) for hull, (_, held) in zip(faces, given, strict=True) if len(held)), default=0.0)
    sides = np.ptp(corners.reshape(-1, 3), axis=0)
    figures = {
        "hulls": len(faces),
        "volume_m3": sum(hull.volume for hull in faces),
        "box_m3": float(sides.prod()),
        "outside_m": max(outside, 0.0),
        "corners": max(len(hull.points) for hull in faces),
    }
    return Hulls(asset=_asset(asset, faces), report=Report(findings=tuple(findings), figures=figures))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Hull:
    """`points` (V, 3), `triangles` (T, 3) counter-clockwise from outside, `planes` (F, 4): n.x + d <= 0 inside."""

    points: Array
    triangles: Array
    planes: Array
    volume: float


def _surface(asset: Asset) -> Array:
    """Return (T, 3, 3) float64 corners of all triangles that are finite, in the product's frame."""
    parts = [piece.positions[piece.primitive.triangles] for piece in drawn(asset) if len(piece.primitive.triangles)]
    corners = np.concatenate(parts).astype(np.float64) if parts else np.zeros((0, 3, 3))
    out: Array = corners[np.isfinite(corners).all(axis=(1, 2))]
    return out


def _thickness(points: Array) -> float:
    """Return the extent along the direction in which a product is thinnest."""
    centred = points - points.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return float(np.ptp(centred @ directions[:, 0]))


def _sheet(points: Array, thickness: float) -> Array:
    """Return what a flat product's hull is of: its points, on both sides of it."""
    centred = points - points.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    normal = directions[:, 0] * thickness / 2
    # A straight line gets width too.
    side = directions[:, 1] * (thickness / 2)
    return np.concatenate([points + a * normal + b * side for a in (-1, 1) for b in (-1, 1)])


def _flat_finding(thickness: float) -> Finding:
    message = f"the product is a sheet; its hull is {thickness * 1000:.2g} mm thick"
    return Finding(code="I_HULLS_FLAT", severity="info", message=message)


def _proposed(corners: Array, count: int) -> list[Array]:
    """Return the corners (V, 3) of the hulls that V-HACD proposes."""
    import vhacdx

    points, places = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    if count == 1:
        return [points]
    triangles = places.reshape(-1, 3)
    faces = np.column_stack([np.full(len(triangles), 3), triangles]).astype(np.uint32).ravel()
    # Without threads: the same product gives the same hulls.
    found = vhacdx.compute_vhacd(
        points, faces, maxConvexHulls=count, resolution=_VOXELS, maxNumVerticesPerCH=_CORNERS, asyncACD=False
    )  # fmt: skip
    return [solid for solid, _ in found if len(solid) > 3 and np.isfinite(solid).all() and _thickness(solid) > 0] or [points]


def _pieces(corners: Array, longest: float) -> Array:
    """Return (P, 3, 3): triangles halved along their longest edges until none is longer than `longest`, or there are very many."""
    done = []
    while len(corners):
        edges = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
        long = edges.max(axis=1) > longest
        done.append(corners[~long])
        if sum(map(len, done)) + 2 * np.count_nonzero(long) > _MOST_PIECES:
            done.append(corners[long])
            break
        rows = np.arange(np.count_nonzero(long))
        start = edges[long].argmax(axis=1)
        a, b, c = (corners[long][rows, (start + i) % 3] for i in range(3))
        middle = (a + b) / 2
        corners = np.concatenate([np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)])
    return np.concatenate(done)


def _given(solids: list[Array], pieces: Array) -> list[tuple[Array, Array]]:
    """Return for each solid the points of its hull, and those of the pieces of the surface that it must hold.

    A piece is given to the solid that it leaves least. What is convex holds a triangle whose corners it holds.
    """
    faces = [_hull(points) for points in solids]
    points, places = np.unique(pieces.reshape(-1, 3), axis=0, return_inverse=True)
    triangles = places.reshape(-1, 3)
    best, owner = np.full(len(triangles), np.inf), np.zeros(len(triangles), np.int64)
    for number, hull in enumerate(faces):
        outside = _outside(points, hull)[triangles].max(axis=1)
        nearer = outside < best
        best[nearer], owner[nearer] = outside[nearer], number
    out = []
    for number, hull in enumerate(faces):
        own = owner == number
        added = points[np.unique(triangles[own & (best > 0)])]
        out.append((np.concatenate([hull.points, added]), points[np.unique(triangles[own])]))
    return out


def _outside(points: Array, hull: _Hull) -> Array:
    """Return (N,) the largest signed distance from a plane of `hull`."""
    out = np.empty(len(points))
    step = max(_AT_ONCE // len(hull.planes), 1)
    for start in range(0, len(points), step):
        rows = points[start : start + step]
        out[start : start + step] = (rows @ hull.planes[:, :3].T + hull.planes[:, 3]).max(axis=1)
    return out


def _hull(points: Array) -> _Hull:
    from scipy.spatial import ConvexHull, QhullError

    try:
        made = ConvexHull(points)
    except QhullError:  # nearly flat: joggled, which moves points by their rounding
        made = ConvexHull(points, qhull_options="QJ")
    used, triangles = np.unique(made.simplices, return_inverse=True)
    triangles = triangles.reshape(-1, 3)
    corners = made.points[used]
    a, b, c = (corners[triangles[:, i]] for i in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), made.equations[:, :3]) < 0
    triangles[inward] = triangles[inward][:, [0, 2, 1]]
    return _Hull(points=corners, triangles=triangles, planes=made.equations, volume=float(made.volume))


def _asset(asset: Asset, faces: list[_Hull]) -> Asset:
    meshes = tuple(
        Mesh(
            name=f"hull-{number}",
            primitives=(
                Primitive(
                    attributes={"POSITION": hull.points.astype(np.float32)},
                    indices=hull.triangles.reshape(-1).astype(np.uint32),
                    material=0,
                ),
            ),
        )
        for number, hull in enumerate(faces, start=1)
    )
    plain = Material(name="hull", base_color_factor=(0.8, 0.8, 0.8, 1), metallic_factor=0, roughness_factor=1)
    nodes = tuple(Node(name=mesh.name, mesh=index, part=mesh.name) for index, mesh in enumerate(meshes))
    return Asset(nodes=nodes, meshes=meshes, materials=(plain,), source=asset.source)
