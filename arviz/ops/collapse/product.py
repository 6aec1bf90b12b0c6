"""An asset as one surface to simplify, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from arviz.core.asset import TRIANGLES, Asset, Primitive
from arviz.core.frozen import Array
from arviz.core.graph import Drawn, drawn, triangle_count
from arviz.core.triangles import unit
from arviz.ops.collapse.rounds import Progress
from arviz.ops.collapse.surface import Surface, normals_of
from arviz.ops.weld import distinct_rows, take_vertices, weld_primitive

NORMAL_WEIGHT = 0.003
"""What a normal that is off by 1 (60 degrees) counts like: a place that is off by so many diagonals of the product.

Tried by pictures of four products at 25 and 10 %, as the weights of textures, borders and seams: 0.012 costs up to a decibel and a
third of the distance, 0.002 gains a little of both but loses similarity where gloss shows.
"""
COLOUR_WEIGHT = 0.003
UV_WEIGHT = 0.3
"""What a picture that slips along the surface counts like, against a surface that is off by as much."""
_FLAT = 1e-6
"""Part of its largest stretch below which a node's matrix cannot be undone."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Piece:
    """A primitive that is simplified: welded, with its place in the asset and how it is drawn.

    `frame` (3, 3) and `centre` (3,) lead from the mesh's frame to where it counts: frame (x - centre), as its largest use is drawn.
    """

    mesh: int
    index: int
    primitive: Primitive
    triangles: Array
    frame: Array
    centre: Array
    uses: int
    weights: dict[str, float]
    """Of each attribute: what its values are multiplied by."""
    first: int
    """Number of its first wedge."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Product:
    """What of an asset is simplified.

    `scale` is what the surface's lengths are multiplied by to give those of the asset, `fixed` how many triangles are drawn that are
    not simplified, `unusable` the primitives (mesh, index) left alone because a place is not a number.
    """

    pieces: tuple[Piece, ...]
    columns: dict[str, slice]
    scale: float
    fixed: int
    unusable: tuple[tuple[int, int], ...]


def surface_of(asset: Asset) -> tuple[Product, Surface]:
    """Return everything of the default scene that is made of triangles as one surface."""
    uses, frames = _uses(asset)
    pieces: list[Piece] = []
    unusable: list[tuple[int, int]] = []
    points, point_of, faces = [np.zeros((0, 3))], [np.zeros(0, np.int32)], [np.zeros((0, 3), np.int32)]
    at = wedge = 0
    for mesh, count in uses.items():
        welded = {index: weld_primitive(primitive) for index, primitive in enumerate(asset.meshes[mesh].primitives)}
        welded = {index: primitive for index, primitive in welded.items() if _has_faces(primitive)}
        bad = [index for index, primitive in welded.items() if not np.isfinite(primitive.positions).all()]
        unusable += [(mesh, index) for index in bad]
        welded = {index: primitive for index, primitive in welded.items() if index not in bad}
        if not welded:
            continue
        # + 0.0 turns -0.0 into 0.0: here the place counts, not the bits.
        local = np.concatenate([primitive.positions for primitive in welded.values()]) + np.float32(0)
        first, number = distinct_rows(np.ascontiguousarray(local).view(np.uint32))
        places = local[first].astype(np.float64)
        centre = (places.min(axis=0) + places.max(axis=0)) / 2
        points.append((places - centre) @ frames[mesh].T)
        point_of.append((number + at).astype(np.int32))
        at += len(first)
        for index, primitive in welded.items():
            pieces.append(Piece(mesh=mesh, index=index, primitive=primitive, triangles=primitive.triangles, frame=frames[mesh],
                                centre=centre, uses=count, weights={}, first=wedge))  # fmt: skip
            faces.append((primitive.triangles + np.uint32(wedge)).astype(np.int32))
            wedge += len(primitive.positions)
    scale = max((float(np.linalg.norm(np.ptp(some, axis=0))) for some in points if len(some)), default=1.0) or 1.0
    columns = dict(_columns(pieces))
    all_points, owner = np.concatenate(points) / scale, np.concatenate(point_of)
    values = np.zeros((wedge, max((where.stop for where in columns.values()), default=0)))
    pieces = [_weighed(piece, columns, all_points[owner[corners]], values) for piece, corners in zip(pieces, faces[1:], strict=True)]
    fixed = triangle_count(asset) - sum(len(piece.triangles) * piece.uses for piece in pieces)
    product = Product(pieces=tuple(pieces), columns=columns, scale=scale, fixed=fixed, unusable=tuple(unusable))
    return product, _surface(product, all_points, owner, np.concatenate(faces), values)


def _has_faces(primitive: Primitive) -> bool:
    """Return whether any triangle has its corners at three places; one that has none is left as it is."""
    a, b, c = (primitive.positions[primitive.triangles[:, i]] for i in range(3))
    return bool(((a != b).any(axis=1) & (b != c).any(axis=1) & (c != a).any(axis=1)).any())


def _surface(product: Product, points: Array, owner: Array, faces: Array, values: Array) -> Surface:
    """Return the surface without the triangles of which two corners are one point: they show nothing."""
    part = np.repeat(np.arange(len(product.pieces), dtype=np.int32), [len(piece.triangles) for piece in product.pieces])
    uses = np.zeros(len(points), np.int32)
    uses[owner[faces]] = np.array([piece.uses for piece in product.pieces], np.int32)[part][:, None] if len(part) else 0
    a, b, c = owner[faces].T
    kept = np.flatnonzero((a != b) & (b != c) & (c != a))
    return Surface(
        points=points,
        corners=faces[kept],
        point_of=owner,
        values=values,
        uv=tuple(columns for name, columns in product.columns.items() if name.startswith("TEXCOORD")),
        triangle=kept.astype(np.int32),
        uses=uses,
        part=part[kept],
    )


def _uses(asset: Asset) -> tuple[dict[int, int], dict[int, Array]]:
    """Return how often each mesh is drawn, and its (3, 3) frame where it is drawn largest."""
    uses: dict[int, set[int]] = {}
    frames: dict[int, Array] = {}
    for piece in drawn(asset):
        uses.setdefault(piece.mesh, set()).add(piece.node)
        frame = _frame(piece)
        old = frames.get(piece.mesh)
        if old is None or abs(np.linalg.det(frame)) > abs(np.linalg.det(old)):
            frames[piece.mesh] = frame
    return {mesh: len(nodes) for mesh, nodes in uses.items()}, frames


def _frame(piece: Drawn) -> Array:
    """Return an invertible (3, 3) that gives lengths as they are drawn."""
    linear = piece.asset_from_node[:3, :3]
    if piece.asset_from_vertex is not None and len(piece.positions):
        local, posed = (float(np.linalg.norm(np.ptp(some, axis=0))) for some in (piece.primitive.positions, piece.positions))
        linear = np.eye(3) * (posed / local if local > 0 else 1.0)
    stretch = np.linalg.svd(linear, compute_uv=False) if np.isfinite(linear).all() else np.zeros(3)
    return np.asarray(linear, np.float64) if stretch[2] > _FLAT * stretch[0] else np.eye(3) * (stretch[0] or 1.0)


def _columns(pieces: list[Piece]) -> Iterator[tuple[str, slice]]:
    """Yield the attributes that are fitted, and where they lie in the rows of values."""
    widths: dict[str, int] = {}
    for piece in pieces:
        for name, array in piece.primitive.attributes.items():
            if name == "NORMAL" or name.startswith(("TEXCOORD_", "COLOR_")):
                widths[name] = max(widths.get(name, 0), array.shape[1])
    at = 0
    for name in sorted(widths):
        yield name, slice(at, at + widths[name])
        at += widths[name]


def _weighed(piece: Piece, columns: dict[str, slice], places: Array, values: Array) -> Piece:
    """Write the weighted attributes of a piece into its rows of `values`; return the piece with the weights."""
    weights = {}
    for name, where in columns.items():
        array = piece.primitive.attributes.get(name)
        if array is None:
            continue
        clean = np.nan_to_num(array.astype(np.float64), posinf=0, neginf=0)
        weight = {"NORMAL": NORMAL_WEIGHT, "COLOR": COLOUR_WEIGHT}.get(name.partition("_")[0], 0.0)
        if name.startswith("TEXCOORD"):
            # What the picture's unit is on the surface, in the mean over its area.
            u, v = (clean[piece.triangles[:, i]] - clean[piece.triangles[:, 0]] for i in (1, 2))
            picture = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]).sum()
            area = np.linalg.norm(normals_of(*places.transpose(1, 0, 2)), axis=1).sum()
            weight = float(UV_WEIGHT * np.sqrt(area / picture)) if picture > 0 and area > 0 else 0.0
        weights[name] = weight
        values[piece.first : piece.first + len(clean), where.start : where.start + clean.shape[1]] = clean * weight
    return replace(piece, weights=weights)


def asset_of(asset: Asset, product: Product, progress: Progress) -> Asset:
    """Return the asset with the surface as it is now; primitives that did not change are shared with the input."""
    meshes = {piece.mesh: list(asset.meshes[piece.mesh].primitives) for piece in product.pieces}
    # Triangles stay in the order of the pieces.
    ends = np.searchsorted(progress.surface.part, np.arange(len(product.pieces) + 1))
    for number, piece in enumerate(product.pieces):
        corners = progress.surface.corners[ends[number] : ends[number + 1]]
        if len(corners) < len(piece.triangles) or progress.changed[corners].any():
            meshes[piece.mesh][piece.index] = _primitive(product, progress, piece, corners)
    changed = (replace(mesh, primitives=tuple(meshes[i])) if i in meshes else mesh for i, mesh in enumerate(asset.meshes))
    return replace(asset, meshes=tuple(changed))


def _primitive(product: Product, progress: Progress, piece: Piece, corners: Array) -> Primitive:
    surface = progress.surface
    wedges, indices = np.unique(corners, return_inverse=True)
    own = progress.source[wedges] - piece.first
    out = take_vertices(piece.primitive, own, indices=indices.ravel().astype(np.uint32))
    changed = progress.changed[wedges]
    attributes = dict(out.attributes)
    for name, weight in piece.weights.items():
        if weight:
            array = attributes[name].copy()
            fitted = surface.values[wedges[changed], product.columns[name]][:, : array.shape[1]] / weight
            array[changed] = _within(name, fitted, piece.primitive.attributes[name])
            attributes[name] = array
    places = surface.points[surface.point_of[wedges[changed]]] * product.scale
    positions = attributes["POSITION"].copy()
    positions[changed] = places @ np.linalg.inv(piece.frame).T + piece.centre
    attributes["POSITION"] = positions
    if "TANGENT" in attributes and "NORMAL" in attributes:
        attributes["TANGENT"] = _upright(attributes["TANGENT"], attributes["NORMAL"], changed)
    # What moves a point must be the same for all wedges there, or they part when it moves.
    shared = _at_point(progress, piece, wedges, own)
    joints = {name: piece.primitive.attributes[name][shared] for name in attributes if name.startswith(("JOINTS_", "WEIGHTS_"))}
    targets = tuple(
        {name: moves[shared] if name == "POSITION" else moves[own] for name, moves in target.items()} for target in piece.primitive.targets
    )
    return replace(out, attributes={**attributes, **joints}, targets=targets, mode=TRIANGLES)


def _at_point(progress: Progress, piece: Piece, wedges: Array, own: Array) -> Array:
    """Return (N,) rows of the piece's vertices that lie where the point of each wedge comes from; `own` where none does."""
    if not piece.primitive.targets and not any(name.startswith("JOINTS_") for name in piece.primitive.attributes):
        return own
    row_at = np.full(len(progress.origin), -1)
    count = len(piece.primitive.positions)
    row_at[progress.input_point_of[piece.first : piece.first + count]] = np.arange(count)
    rows = row_at[progress.origin[progress.surface.point_of[wedges]]]
    return np.where(rows >= 0, rows, own)


def _within(name: str, fitted: Array, original: Array) -> Array:
    """Return fitted values as their semantic allows: normals of length 1, colours that occur."""
    if name == "NORMAL":
        return unit(fitted)
    return np.clip(fitted, original.min(axis=0), original.max(axis=0)) if name.startswith("COLOR") else fitted


def _upright(tangents: Array, normals: Array, changed: Array) -> Array:
    """Return tangents that are at right angles to the normals again where these changed."""
    out = tangents.copy()
    along = tangents[changed, :3].astype(np.float64)
    along -= np.einsum("vi,vi->v", along, normals[changed].astype(np.float64))[:, None] * normals[changed]
    straight = unit(along)
    ok = straight.any(axis=1)
    rows = np.flatnonzero(changed)[ok]
    out[rows, :3] = straight[ok]
    return out
