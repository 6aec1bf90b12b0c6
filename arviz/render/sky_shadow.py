"""The shadow of the light from all around on the plane of a shadow catcher: as engines make it for a picture, or known before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.scene import Item, Lighting, ShadowMap
from arviz.render.flattened import Part, Shade
from arviz.render.grains import grains
from arviz.render.pieces import Piece, pieces
from arviz.render.plane_shadow import PlaneShadow, foot_of
from arviz.render.sky_samples import SkySamples, sky_samples

_DIRECTIONS = 80
"""Of the sky: beside rays the floor is wrong by 0.008 on average, with 64 by 0.009."""
_GRAINS, _FINE_TEXELS, _COARSE_TEXELS = 130_000, 40_000, 16_000
FEWER = 2
"""For thumbnails: so many times fewer grains and fine texels are told apart; of coarse ones as many again."""


class Plane(NamedTuple):
    """Where shadows are caught."""

    plane_from_world: Array
    """(4, 4): two coordinates along the plane, then the height above it, in metres."""
    bounds: Part


def plane_of(piece: Piece, world_from_piece: Array) -> Plane | None:
    """Return the mean plane of a piece, facing as its triangles do; None if it has no area."""
    points = piece.arrays["POSITION"].astype(np.float64) @ world_from_piece[:3, :3].T + world_from_piece[:3, 3]
    a, b, c = (points[piece.indices[:, i]] for i in range(3))
    crosses = np.cross(b - a, c - a)
    areas = np.linalg.norm(crosses, axis=1)
    normal = crosses.sum(axis=0) * (-1.0 if np.linalg.det(world_from_piece[:3, :3]) < 0 else 1.0)
    length = float(np.linalg.norm(normal))
    if not np.isfinite(length) or length <= 1e-6 * float(areas.sum()) or length <= 0:
        return None
    normal /= length
    middle = ((a + b + c) / 3 * areas[:, None]).sum(axis=0) / areas.sum()
    helper = np.array([1.0, 0.0, 0.0]) if abs(normal[0]) < 0.9 else np.array([0.0, 0.0, 1.0])
    along = helper - normal * (normal @ helper)
    along /= np.linalg.norm(along)
    axes = np.stack([along, np.cross(normal, along), normal])
    plane_from_world = np.eye(4)
    plane_from_world[:3, :3] = axes
    plane_from_world[:3, 3] = -axes @ middle
    used = points[piece.indices.reshape(-1)] @ axes[:2].T + plane_from_world[:2, 3]
    return Plane(plane_from_world, Part(used.min(axis=0), used.max(axis=0)))


def fine_texel_m(plane: Plane, points: Array) -> float:
    """Return how wide the texels of a fine map are, of products between `points` (N, 3) in the world."""
    on_plane = points @ plane.plane_from_world[:3, :3].T + plane.plane_from_world[:3, 3]
    low, high = foot_of(np.stack([on_plane.min(axis=0), on_plane.max(axis=0)]))
    return float(np.sqrt((high - low).prod() / _FINE_TEXELS))


def sky_of(lighting: Lighting, normal: Array) -> SkySamples:
    """Return the directions of the light on a plane with this normal (3,)."""
    return sky_samples(lighting, normal=normal, count=_DIRECTIONS)


def sky_shadow(items: Sequence[Item], plane: Plane, sky: SkySamples, *, fewer: int) -> tuple[Shade, ...]:
    """Return what the visible ones of `items` keep off of a plane, the coarse map first; `fewer` is 1 or `FEWER`."""
    products = grains([item for item in items if item.role == "visible"], count=_GRAINS // fewer)
    return PlaneShadow(products, plane.plane_from_world, seen=plane.bounds).sky(
        sky, fine_texels=_FINE_TEXELS // fewer, coarse_texels=_COARSE_TEXELS // fewer**2
    )


def known_shadow(items: Sequence[Item], floor: Item, lighting: Lighting) -> tuple[ShadowMap, ...]:
    """Return what thumbnails show of the shadow on a `floor` of one flat piece, for `Item.sky_shadow` of it."""
    (piece,) = pieces(floor.asset)
    assert floor.world_from_asset is not None
    plane = plane_of(piece, floor.world_from_asset @ piece.asset_from_piece)
    if plane is None:
        return ()
    shades = sky_shadow(items, plane, sky_of(lighting, plane.plane_from_world[2, :3]), fewer=FEWER)
    return tuple(ShadowMap(tuple(one.part.low.tolist()), tuple(one.part.high.tolist()), one.share) for one in shades)
