"""Draw a product with fewer triangles: seams, borders, materials, variants and parts stay as they are.

Public simplifiers either drop texture coordinates (Open3D, fast-simplification) or stop where seams are dense (meshoptimizer
ends at 3,515 triangles where 1,545 of DamagedHelmet are asked for). Here an edge collapses with all vertices at its ends, on both
sides of a seam, so that nothing tears and nothing blocks; see `arviz.ops.collapse`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from arviz.core.asset import TRIANGLES, Asset, Primitive
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.graph import drawn, triangle_count
from arviz.core.triangles import unit
from arviz.ops.collapse.rounds import Progress, begin, until
from arviz.ops.collapse.surface import Surface, normals_of
from arviz.ops.weld import distinct_rows, take_vertices, weld_primitive

NORMAL_WEIGHT = 0.005
"""What a normal that is off by 1 (60 degrees) counts like: a place that is off by so many diagonals of the product."""
COLOUR_WEIGHT = 0.005
UV_WEIGHT = 0.5
"""What a picture that slips along the surface counts like, against a surface that is off by as much."""


def simplify(asset: Asset, *, triangles: int | None = None) -> Asset:
    """Return the asset drawn with at most `triangles` triangles, those that show least taken from all its meshes.

    Parameters
    ----------
    asset : Asset
    triangles : int
        Of the default scene, instances counted each time.

    Raises
    ------
    InputError
        ``E_SIMPLIFY_GOAL``: no goal.
    """
    if triangles is None or triangles < 1:
        raise InputError("E_SIMPLIFY_GOAL", "it is not said how simple", expected="a number of triangles", found=str(triangles))
    if triangle_count(asset) <= triangles:
        return asset
    pieces = _pieces(asset)
    if not pieces:
        return asset
    work = _Work(pieces)
    until(work.progress, count=triangles - work.fixed(asset))
    return work.result(asset)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Piece:
    """A primitive that is simplified: welded, with its place in the asset and how it is drawn."""

    mesh: int
    index: int
    primitive: Primitive
    triangles: Array
    frame: Array
    """(3, 3) from the mesh's frame to that of the asset, of the largest use."""
    uses: int


def _pieces(asset: Asset) -> list[_Piece]:
    uses: dict[int, int] = {}
    frames: dict[int, Array] = {}
    for piece in drawn(asset):
        if piece.primitive is asset.meshes[piece.mesh].primitives[0]:
            uses[piece.mesh] = uses.get(piece.mesh, 0) + 1
        frame = _frame(
            piece.asset_from_node[:3, :3], None if piece.asset_from_vertex is None else piece.positions, piece.primitive.positions
        )
        old = frames.get(piece.mesh)
        if old is None or abs(np.linalg.det(frame)) > abs(np.linalg.det(old)):
            frames[piece.mesh] = frame
    out = []
    for mesh, count in uses.items():
        for index, primitive in enumerate(asset.meshes[mesh].primitives):
            welded = weld_primitive(primitive)
            triangles = welded.triangles
            if len(triangles) and np.isfinite(welded.positions).all():
                out.append(_Piece(mesh=mesh, index=index, primitive=welded, triangles=triangles, frame=frames[mesh], uses=count))
    return out


def _frame(linear: Array, skinned: Array | None, local: Array) -> Array:
    """Return an invertible (3, 3) that gives lengths as they are drawn."""
    if skinned is not None:
        extent = np.ptp(local, axis=0) if len(local) else np.zeros(3)
        size = float(np.linalg.norm(extent))
        return np.eye(3) * (float(np.linalg.norm(np.ptp(skinned, axis=0))) / size if size > 0 else 1.0)
    with np.errstate(all="ignore"):
        stretch = np.linalg.svd(linear, compute_uv=False) if np.isfinite(linear).all() else np.zeros(3)
    if stretch[2] > 1e-6 * stretch[0]:
        return np.asarray(linear, np.float64)
    return np.eye(3) * (stretch[0] or 1.0)


class _Work:
    """The pieces of an asset as one surface, and the way back."""

    def __init__(self, pieces: list[_Piece]) -> None:
        self.pieces = pieces
        self.columns = dict(_columns(pieces))
        width = max((columns.stop for columns in self.columns.values()), default=0)
        self.places: dict[int, tuple[Array, Array]] = {}
        self.first_wedge = np.cumsum([0, *(len(piece.primitive.positions) for piece in pieces)])
        points, point_of, corners, at = [], [], [], 0
        for mesh in dict.fromkeys(piece.mesh for piece in pieces):
            rows = [i for i, piece in enumerate(pieces) if piece.mesh == mesh]
            local = np.concatenate([pieces[i].primitive.positions for i in rows]) + np.float32(0)
            first, number = distinct_rows(np.ascontiguousarray(local).view(np.uint32))
            centre = local[first].astype(np.float64).mean(axis=0)
            self.places[mesh] = (centre, pieces[rows[0]].frame)
            points.append((local[first].astype(np.float64) - centre) @ pieces[rows[0]].frame.T)
            point_of.append(number + at)
            at += len(first)
        everything = np.concatenate(points)
        self.first_point = np.cumsum([0, *map(len, points)])
        self.scale = float(max(np.linalg.norm(np.ptp(some, axis=0)) for some in points)) or 1.0
        corners = [piece.triangles.astype(np.int64) + start for piece, start in zip(pieces, self.first_wedge[:-1], strict=True)]
        part = np.repeat(np.arange(len(pieces), dtype=np.int32), [len(piece.triangles) for piece in pieces])
        everything /= self.scale
        owner = np.concatenate(point_of).astype(np.int32)
        faces = np.concatenate(corners).astype(np.int32)
        values = np.zeros((len(owner), width))
        self.weights: list[dict[str, float]] = []
        for i, piece in enumerate(pieces):
            rows_ = slice(self.first_wedge[i], self.first_wedge[i + 1])
            weights = {}
            for name, columns in self.columns.items():
                array = piece.primitive.attributes.get(name)
                if array is None:
                    continue
                weight = self._weight(name, array, everything[owner[faces[part == i]]], piece.triangles)
                clean = np.nan_to_num(array.astype(np.float64), posinf=0, neginf=0)
                values[rows_, columns.start : columns.start + array.shape[1]] = clean * weight
                weights[name] = weight
            self.weights.append(weights)
        whole = owner[faces]
        kept = (whole[:, 0] != whole[:, 1]) & (whole[:, 1] != whole[:, 2]) & (whole[:, 2] != whole[:, 0])
        uses = np.array([piece.uses for piece in pieces], np.int32)[part]
        surface = Surface(
            points=everything,
            corners=faces[kept],
            point_of=owner,
            values=values,
            uv=tuple(columns for name, columns in self.columns.items() if name.startswith("TEXCOORD")),
            triangle=np.flatnonzero(kept).astype(np.int32),
            uses=uses[kept],
            part=part[kept],
        )
        self.progress: Progress = begin(surface)

    def _weight(self, name: str, array: Array, corners: Array, triangles: Array) -> float:
        if name == "NORMAL":
            return NORMAL_WEIGHT
        if name.startswith("COLOR"):
            return COLOUR_WEIGHT
        area = np.linalg.norm(normals_of(*corners.transpose(1, 0, 2)), axis=1).sum()
        uv = np.nan_to_num(array.astype(np.float64), posinf=0, neginf=0)[triangles]
        u, v = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
        picture = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]).sum()
        return float(UV_WEIGHT * np.sqrt(area / picture)) if picture > 0 else 0.0

    def fixed(self, asset: Asset) -> int:
        """Return how many triangles are drawn that are not simplified."""
        return triangle_count(asset) - sum(len(piece.triangles) * piece.uses for piece in self.pieces)

    def result(self, asset: Asset) -> Asset:
        """Return the asset with the surface as it is now."""
        meshes = {piece.mesh: list(asset.meshes[piece.mesh].primitives) for piece in self.pieces}
        for i, piece in enumerate(self.pieces):
            meshes[piece.mesh][piece.index] = self._primitive(i, piece)
        changed = (replace(mesh, primitives=tuple(meshes[i])) if i in meshes else mesh for i, mesh in enumerate(asset.meshes))
        return replace(asset, meshes=tuple(changed))

    def _primitive(self, number: int, piece: _Piece) -> Primitive:
        progress, start = self.progress, self.first_wedge[number]
        corners = progress.surface.corners[progress.surface.part == number]
        wedges = np.unique(corners)
        new_of = np.zeros(len(progress.source), np.uint32)
        new_of[wedges] = np.arange(len(wedges))
        out = take_vertices(piece.primitive, progress.source[wedges] - start, indices=new_of[corners].ravel())
        changed = progress.changed[wedges]
        attributes = dict(out.attributes)
        for name, weight in self.weights[number].items():
            if weight == 0:
                continue
            columns = self.columns[name]
            array = attributes[name].copy()
            array[changed] = (progress.surface.values[wedges[changed], columns] / weight)[:, : array.shape[1]]
            if name == "NORMAL":
                array[changed] = unit(array[changed])
            attributes[name] = array
        centre, frame = self.places[piece.mesh]
        places = progress.surface.points[progress.surface.point_of[wedges[changed]]] * self.scale
        positions = attributes["POSITION"].copy()
        positions[changed] = places @ np.linalg.inv(frame).T + centre
        attributes["POSITION"] = positions
        return replace(out, attributes=attributes, mode=TRIANGLES)


def _columns(pieces: list[_Piece]) -> Iterator[tuple[str, slice]]:
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
