"""Cut a product by a plane across an axis and close what was cut, so that one sees what is inside.

A triangle that the plane crosses is cut exactly and its attributes are interpolated along its edges. The cap is what the cut outlines
enclose with a winding number other than zero: shells that overlap are one, a cavity stays open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.frozen import Array
from arviz.core.graph import Drawn, drawn, morphed, world_matrices
from arviz.core.material import Material
from arviz.core.triangles import unit

Axis = Literal["x", "y", "z"]
AXES: tuple[Axis, ...] = ("x", "y", "z")
CAP_COLOUR = (0.87, 0.19, 0.06, 1.0)
"""Linear: the orange of section planes in drawings on a screen, which no product is taken for."""
_WELD = 1e-6
"""Of the cut's diagonal: ends of cut edges that are nearer than this are one. Ten times what positions in float32 are rounded by."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Section:
    """What is left of a product that was cut.

    Parameters
    ----------
    asset : Asset or None
        The kept part and its cap, at rest: no skins and no animations; None where nothing is left.
    area_m2 : float
        Of the cap.
    open_m : float
        Length of cut outlines that do not close, because the surface has an edge there: they have no cap.
    """

    asset: Asset | None
    area_m2: float
    open_m: float


class _Cut(NamedTuple):
    primitive: Primitive
    starts: Array
    """(S, 3) in the asset's frame, on the plane."""
    ends: Array


def section(asset: Asset, *, axis: Axis, at_m: float, flipped: bool = False) -> Section:
    """Cut away what lies above a plane.

    Parameters
    ----------
    asset : Asset
        In the pose that it has.
    axis : str
        ``x``, ``y`` or ``z``: the plane stands upright on it.
    at_m : float
        Where, in the asset's frame (file units where the unit is unknown).
    flipped : bool
        Cut away what lies below instead.
    """
    along = AXES.index(axis)
    sign = -1.0 if flipped else 1.0
    nodes: list[Node] = []
    meshes: list[Mesh] = []
    cuts: list[_Cut] = []
    for piece in drawn(asset):
        cut = _cut(piece, sign * (piece.positions[:, along] - at_m), along, at_m)
        cuts.append(cut)
        if len(cut.primitive.triangles):
            node = asset.nodes[piece.node]
            pose = np.eye(4) if piece.asset_from_vertex is not None else piece.asset_from_node
            nodes.append(Node(name=node.name, part=node.part, matrix=pose, mesh=len(meshes)))
            meshes.append(Mesh(primitives=(cut.primitive,), name=asset.meshes[piece.mesh].name))
    cap = _cap(cuts, along, at_m, sign)
    materials = asset.materials
    if cap.triangles is not None:
        nodes.append(Node(name="section", mesh=len(meshes)))
        meshes.append(Mesh(primitives=(replace(cap.triangles, material=len(materials)),), name="section"))
        materials = (*materials, _cap_material())
    if not meshes:
        return Section(asset=None, area_m2=0.0, open_m=cap.open_m)
    left = replace(
        asset,
        nodes=(*nodes, *_lights(asset)),
        meshes=tuple(meshes),
        materials=materials,
        scenes=(),
        scene=0,
        skins=(),
        animations=(),
        joints=(),
        slots=(),
        cameras=(),
    )
    return Section(asset=left, area_m2=cap.area_m2, open_m=cap.open_m)


def _lights(asset: Asset) -> Iterator[Node]:
    for index, matrix in world_matrices(asset).items():
        node = asset.nodes[index]
        if node.light is not None:
            yield Node(name=node.name, matrix=matrix, light=node.light)


def _cap_material() -> Material:
    return Material(
        name="section",
        base_color_factor=CAP_COLOUR,
        metallic_factor=0.0,
        double_sided=True,
        extensions={"KHR_materials_unlit": {}},
    )


def _cut(piece: Drawn, height: Array, along: int, at_m: float) -> _Cut:
    """Keep of a primitive what has no `height` (V,) above zero."""
    triangles = piece.primitive.triangles
    triangles = triangles[np.isfinite(piece.positions[triangles]).all(axis=(1, 2))].astype(np.int64)
    if piece.asset_from_vertex is not None and np.linalg.det(piece.asset_from_node[:3, :3]) < 0:
        triangles = triangles[:, ::-1]
    attributes = _posed(piece)
    above = height > 0
    count = above[triangles].sum(axis=1)
    one, two = _odd_first(triangles[count == 1], above, True), _odd_first(triangles[count == 2], above, False)
    edges = np.concatenate([one[:, [0, 1]], one[:, [0, 2]], two[:, [0, 1]], two[:, [0, 2]]])
    if not len(edges):
        kept = replace(_plain(piece.primitive, attributes), indices=triangles[count == 0].reshape(-1))
        return _Cut(kept, np.zeros((0, 3)), np.zeros((0, 3)))
    fresh, which = _edge_points(edges, piece.positions, height)
    points = _between(piece.positions, fresh)
    points[:, along] = at_m
    # Of `one` the first corner goes, of `two` it stays: p and q lie on its two edges.
    new = len(height) + which.reshape(-1)
    p, q, r, s = np.split(new, np.cumsum([len(one), len(one), len(two)]))
    parts = [
        triangles[count == 0],
        np.stack([p, one[:, 1], one[:, 2]], axis=1),
        np.stack([p, one[:, 2], q], axis=1),
        np.stack([two[:, 0], r, s], axis=1),
    ]
    grown = {name: np.concatenate([array, _on_edges(name, array, fresh)]) for name, array in attributes.items()}
    kept = replace(_plain(piece.primitive, grown), indices=np.concatenate(parts).reshape(-1))
    base = len(height)
    return _Cut(kept, points[np.concatenate([q, r]) - base], points[np.concatenate([p, s]) - base])


def _plain(primitive: Primitive, attributes: dict[str, Array]) -> Primitive:
    """Return the primitive at rest in its pose: a plain list of triangles."""
    return replace(primitive, attributes=attributes, indices=None, mode=4, targets=(), extensions={})


def _posed(piece: Drawn) -> dict[str, Array]:
    """Return the attributes that can be interpolated, morphed, and for a skinned primitive in the asset's frame."""
    out = {name: morphed(piece.primitive, name, piece.weights) for name in piece.primitive.attributes}
    out = {name: array for name, array in out.items() if array.dtype == np.float32 and array.ndim == 2 and not name.startswith("WEIGHTS")}
    if piece.asset_from_vertex is None:
        return out
    out["POSITION"] = piece.positions.astype(np.float32)
    for name in ("NORMAL", "TANGENT"):
        if name in out:  # joints turn; none that squeezes is known
            turned = unit(np.einsum("vij,vj->vi", piece.asset_from_vertex[:, :, :3], out[name][:, :3].astype(np.float64)))
            out[name] = np.concatenate([turned, out[name][:, 3:]], axis=1).astype(np.float32)
    return out


def _odd_first(triangles: Array, above: Array, odd: bool) -> Array:
    """Return the triangles (T, 3) turned so that the one corner that is `odd` comes first."""
    first = np.argmax(above[triangles] == odd, axis=1)
    out: Array = np.take_along_axis(triangles, (first[:, None] + np.arange(3)) % 3, axis=1)
    return out


class _Fresh(NamedTuple):
    """New vertices: `share` (N,) of the way from `start` to `end`."""

    start: Array
    end: Array
    share: Array


def _edge_points(edges: Array, positions: Array, height: Array) -> tuple[_Fresh, Array]:
    """Return one new vertex for each edge (E, 2) that differs, and which (E,) is whose.

    The lower end counts as the first: two primitives that share an edge get the same point to the bit.
    """
    swap = height[edges[:, 0]] > height[edges[:, 1]]
    ordered = np.where(swap[:, None], edges[:, ::-1], edges)
    unique, which = np.unique(ordered, axis=0, return_inverse=True)
    low, high = height[unique[:, 0]], height[unique[:, 1]]
    return _Fresh(unique[:, 0], unique[:, 1], -low / (high - low)), which


def _between(array: Array, fresh: _Fresh) -> Array:
    start, end = array[fresh.start].astype(np.float64), array[fresh.end].astype(np.float64)
    out: Array = start + fresh.share[:, None] * (end - start)
    return out


def _on_edges(name: str, array: Array, fresh: _Fresh) -> Array:
    values = _between(array, fresh)
    if name in ("NORMAL", "TANGENT"):
        values[:, :3] = unit(values[:, :3])
    if name == "TANGENT":
        values[:, 3] = array[fresh.start, 3]
    return values.astype(np.float32)


class _Cap(NamedTuple):
    triangles: Primitive | None
    area_m2: float
    open_m: float


def _cap(cuts: list[_Cut], along: int, at_m: float, sign: float) -> _Cap:
    """Fill what the cut outlines enclose."""
    import shapely

    flat = [(along + 1) % 3, (along + 2) % 3]
    starts = np.concatenate([np.zeros((0, 3)), *(cut.starts for cut in cuts)])[:, flat]
    ends = np.concatenate([np.zeros((0, 3)), *(cut.ends for cut in cuts)])[:, flat]
    if not len(starts):
        return _Cap(None, 0.0, 0.0)
    grid = float(np.linalg.norm(np.ptp(np.concatenate([starts, ends]), axis=0))) * _WELD
    points, place = _welded(np.concatenate([starts, ends]), grid)
    out, into = np.split(place, 2)
    closed = _closed(out, into)
    open_m = float(np.linalg.norm(ends[~closed] - starts[~closed], axis=1).sum())
    closed &= out != into
    segments = np.stack([points[out], points[into]], axis=1)[closed]
    if not len(segments):
        return _Cap(None, 0.0, open_m)
    lines = shapely.union_all(shapely.linestrings(segments))
    faces = [face for face in shapely.polygonize([lines]).geoms if _winding(face.representative_point(), segments)]
    if not faces:
        return _Cap(None, 0.0, open_m)
    filled = shapely.union_all(faces)
    corners = shapely.get_coordinates(shapely.get_parts(shapely.constrained_delaunay_triangles(filled))).reshape(-1, 4, 2)[:, :3]
    return _Cap(_sheet(corners, flat, along, at_m, sign), float(shapely.area(filled)), open_m)


def _welded(points: Array, grid: float) -> tuple[Array, Array]:
    """Return the points (P, 2) that differ by more than rounding, and which of them each of (N, 2) is."""
    _, first, place = np.unique(np.round(points / (grid or 1.0)), axis=0, return_index=True, return_inverse=True)
    return points[first], place.reshape(-1)


def _closed(out: Array, into: Array) -> Array:
    """Tell (S,) which edges from one place to another belong to an outline that comes back to itself wherever it is followed."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = int(max(out.max(), into.max())) + 1
    _, outline = connected_components(coo_matrix((np.ones(len(out)), (out, into)), shape=(count, count)), directed=False)
    uneven = np.bincount(out, minlength=count) != np.bincount(into, minlength=count)
    faulty = np.zeros(count, bool)
    faulty[outline[uneven]] = True
    closed: Array = ~faulty[outline[out]]
    return closed


def _winding(point: Any, segments: Array) -> int:
    """Return how often closed outlines of directed `segments` (S, 2, 2) go around a point (Sunday 2001: signed crossings)."""
    x, y = point.x, point.y
    (ax, ay), (bx, by) = segments[:, 0].T, segments[:, 1].T
    left = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
    up, down = (ay <= y) & (by > y) & (left > 0), (ay > y) & (by <= y) & (left < 0)
    return int(up.sum()) - int(down.sum())


def _sheet(corners: Array, flat: list[int], along: int, at_m: float, sign: float) -> Primitive:
    """Return flat triangles (T, 3, 2) that face away from what is kept."""
    a, b, c = np.moveaxis(corners, 1, 0)
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    turned = np.where(((ux * vy - uy * vx) * sign < 0)[:, None, None], corners[:, ::-1], corners)
    positions = np.full((3 * len(turned), 3), at_m)
    positions[:, flat] = turned.reshape(-1, 2)
    normals = np.zeros_like(positions)
    normals[:, along] = sign
    return Primitive(attributes={"POSITION": positions, "NORMAL": normals}, indices=np.arange(len(positions)))
