"""What an engine draws that has no shaders of ours: every piece of every item, posed, as triangles in the world."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from arviz.core.animation import at_time
from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.material import Material, extension_number
from arviz.core.scene import Item, Role
from arviz.core.transforms import apply, normal_matrix
from arviz.core.variants import variant_index
from arviz.render.material_of import material_of
from arviz.render.pieces import Piece, pieces


class Body(NamedTuple):
    """One piece of one item."""

    item: int
    """Index among the items."""
    role: Role
    asset: Asset
    piece: Piece
    material: Material
    world_from_piece: Array
    """(4, 4) float64."""

    @property
    def mirrored(self) -> bool:
        """Whether the pose turns counter-clockwise into clockwise."""
        return bool(np.linalg.det(self.world_from_piece[:3, :3]) < 0)

    @property
    def two_sided(self) -> bool:
        """Whether both sides are seen; of what has no look of its own both count."""
        return self.role != "visible" or self.material.double_sided

    @property
    def cutoff(self) -> float | None:
        """The least alpha that counts as a surface in depth, normals and ids; None: all of it, whatever its alpha."""
        if self.role != "visible" or self.material.alpha_mode == "OPAQUE":
            return None
        return self.material.alpha_cutoff if self.material.alpha_mode == "MASK" else 0.5

    @property
    def transmission(self) -> float:
        """Share of the light that passes (KHR_materials_transmission); above one half it is no surface in depth."""
        return extension_number(self.material.extensions.get("KHR_materials_transmission"), "transmissionFactor", 0.0)


def shown_asset(item: Item) -> Asset:
    """Return the asset of an item at the moment of its animation that is shown."""
    return item.asset if item.animation is None else at_time(item.asset, animation=item.animation, time_s=item.time_s)


def bodies(items: Iterable[Item]) -> list[Body]:
    """Return what `items` draw, animated, with the materials of their variants."""
    out = []
    for index, item in enumerate(items):
        asset = shown_asset(item)
        variant = variant_index(asset, item.variant)
        for piece in pieces(asset):
            material = material_of(asset, piece.primitive, variant)
            out.append(Body(index, item.role, asset, piece, material, item.world_from_asset @ piece.asset_from_piece))
    return out


class Soup(NamedTuple):
    """All bodies as one list of triangles, counter-clockwise seen from outside."""

    centre: Array
    """(3,) float64, the origin of `vertices` in the world: float32 holds small numbers better."""
    vertices: Array
    """(V, 3) float32."""
    normals: Array
    """(V, 3) float32 in the world, of any length; zero where a surface is flat."""
    triangles: Array
    """(T, 3) uint32."""
    first_triangle: Array
    """(B + 1,) int64: triangles of body b are ``first_triangle[b] : first_triangle[b + 1]``."""
    first_vertex: Array
    """(B + 1,) int64."""

    def body_of(self, triangle: Array) -> Array:
        """Return the index of the body that each triangle belongs to."""
        out: Array = np.searchsorted(self.first_triangle, triangle, side="right") - 1
        return out

    def positions(self, triangle: Array, weights: Array) -> Array:
        """Return (N, 3) float64 points in the world with barycentric `weights` (N, 3) in `triangle` (N,)."""
        corners = self.vertices[self.triangles[triangle]].astype(np.float64)
        out: Array = np.einsum("nk,nkc->nc", weights, corners) + self.centre
        return out

    def face_normals(self, triangle: Array) -> Array:
        """Return (N, 3) unit normals of `triangle` (N,), zero where it has no area."""
        a, b, c = np.moveaxis(self.vertices[self.triangles[triangle]].astype(np.float64), 1, 0)
        normals = np.cross(b - a, c - a)
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        out: Array = np.divide(normals, length, out=np.zeros_like(normals), where=length > 0)
        return out


def soup(parts: list[Body]) -> Soup:
    """Put bodies into one list of triangles."""
    placed = [apply(body.world_from_piece, body.piece.arrays["POSITION"]) for body in parts]
    middles = [apply(body.world_from_piece, body.piece.box.mean(axis=0)[None]) for body in parts]
    around = np.concatenate(middles) if middles else np.zeros((1, 3))
    centre = (around.min(axis=0) + around.max(axis=0)) / 2
    vertices = [(points - centre).astype(np.float32) for points in placed]
    normals = [(body.piece.arrays["NORMAL"] @ normal_matrix(body.world_from_piece).T).astype(np.float32) for body in parts]
    first_vertex = np.cumsum([0, *map(len, vertices)])
    turned = [body.piece.indices[:, ::-1] if body.mirrored else body.piece.indices for body in parts]
    triangles = [indices + np.uint32(start) for indices, start in zip(turned, first_vertex[:-1], strict=True)]
    none = np.zeros((0, 3), np.float32)
    return Soup(
        centre=centre,
        vertices=np.concatenate([none, *vertices]),
        normals=np.concatenate([none, *normals]),
        triangles=np.concatenate([np.zeros((0, 3), np.uint32), *triangles]).astype(np.uint32),
        first_triangle=np.cumsum([0, *map(len, triangles)]),
        first_vertex=first_vertex,
    )
