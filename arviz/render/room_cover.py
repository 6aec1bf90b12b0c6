"""What table tops of a room keep off of what stands below them: of the light from all around, and of each lamp.

A photo that shows a chair under a desk was taken in the room's light, but no sky reaches the chair from above. What the photo
shows of the floor there is dark already; what matters for shadows is which light is left to be taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.room import Room
from arviz.core.scene import Layer, Lighting
from arviz.render.photo_occlusion import picture_box
from arviz.render.plane_shadow import LAMP, Lamp, axes_of, disc
from arviz.render.prefilter import directions
from arviz.render.room_catchers import ray_slopes

_LEAST_M2, _UPRIGHT = 0.1, 0.9
_BELOW_M, _BESIDE_M = 0.15, 0.25
"""How far a product reaches below a top at least, and how far beside it at most, that the top takes light from it."""
_CELL_M, _TOUCHING_M = 0.02, 1e-3
_ROWS = 8
"""Of the light from all around, that is looked at in so many rows of directions."""
_UNDERSIDE = 0.3
"""What the bottom of a table sends down, in shares of what comes up from the floor on average."""
_ACROSS = 160
"""Light changes slowly over products and planes: so many places across the picture are looked at."""


class Cover(NamedTuple):
    """A table top as it hides light from below."""

    plane_from_world: Array
    """(4, 4): two coordinates along the top, then the height above it, in metres."""
    low_m: Array
    """(2,) middle of the first texel."""
    solid: Array
    """(H, W) float32: 1 where the top is."""


def covers(room: Room, corners: Array) -> tuple[Cover, ...]:
    """Return the table tops of a room that are above a part of what lies between (N, 3) corners."""
    return tuple(
        _cover(axes_of(plane), plane.outline_m)
        for plane in room.of_kind("table")
        if len(corners)
        and len(plane.outline_m) >= 3
        and plane.area_m2 > _LEAST_M2
        and plane.normal[1] > _UPRIGHT
        and plane.distance_m(corners).min() < -_BELOW_M
        and (plane.outline_m.min(axis=0) - _BESIDE_M < corners.max(axis=0))[[0, 2]].all()
        and (plane.outline_m.max(axis=0) + _BESIDE_M > corners.min(axis=0))[[0, 2]].all()
    )


def _cover(plane_from_world: Array, outline_m: Array) -> Cover:
    import cv2

    flat = outline_m @ plane_from_world[:2, :3].T
    low = flat.min(axis=0) - 2 * _CELL_M
    width, height = np.ceil((flat.max(axis=0) - low) / _CELL_M).astype(int) + 2
    solid = np.zeros((height, width), np.uint8)
    cv2.fillPoly(solid, [np.round((flat - low) / _CELL_M).astype(np.int32)], 1)
    return Cover(plane_from_world, low, solid.astype(np.float32))


class _Below(NamedTuple):
    """Points as a table top above some of them has them."""

    cover: Cover
    at: tuple[Array, Array]
    """(H, W) float32 each, in texels of the top."""
    depth_m: Array
    """(H, W) float32 below the top."""


def hidden(over: Sequence[Cover], points_m: Array, end: Array, *, near: bool) -> Array:
    """Return (H, W) float32: how far tops lie between points (H, W, 3) and light from a direction (3,) or, if near, from a place (3,)."""
    return _met(_below(over, points_m), end, near, points_m.shape[:2])


def _below(over: Sequence[Cover], points_m: Array) -> list[_Below]:
    """Return points (H, W, 3) as each top that is above some of them has them."""
    found = []
    for one in over:
        x, y, height = (sum(row[i] * points_m[..., i] for i in range(3)) + row[3] for row in one.plane_from_world[:3])
        if (height < -_TOUCHING_M).any():
            at = ((x - one.low_m[0]) / _CELL_M).astype(np.float32), ((y - one.low_m[1]) / _CELL_M).astype(np.float32)
            found.append(_Below(one, at, (-height).astype(np.float32)))
    return found


def _met(below: Sequence[_Below], end: Array, near: bool, shape: tuple[int, ...]) -> Array:
    """Return what `hidden` does."""
    import cv2

    out = np.zeros(shape, np.float32)
    for one in below:
        turn, shift = one.cover.plane_from_world[:3, :3], one.cover.plane_from_world[:3, 3]
        x, y, up = (turn @ end + (shift if near else 0.0)).tolist()
        if up <= _TOUCHING_M:
            continue
        if near:
            reach = one.depth_m / (np.maximum(one.depth_m, 0) + np.float32(up))
            to = ((x - one.cover.low_m[0]) / _CELL_M, (y - one.cover.low_m[1]) / _CELL_M)
            along = [reach * (np.float32(there) - at) for there, at in zip(to, one.at, strict=True)]
        else:
            along = [one.depth_m * np.float32(way / (up * _CELL_M)) for way in (x, y)]
        column, row = ((at + more).clip(-2, 1e4) for at, more in zip(one.at, along, strict=True))
        met = cv2.remap(one.cover.solid, column, row, cv2.INTER_LINEAR)
        np.maximum(out, met, out=out, where=one.depth_m > _TOUCHING_M)
    return out


def lamp_left(over: Sequence[Cover], points_m: Array, to_light: Array, radius: float, lamp: Lamp | None) -> Array:
    """Return (H, W) float32: the share of a light that tops leave to points (H, W, 3); `radius` is the tangent of a distant one's."""
    if lamp is not None:
        ends = lamp.position_m + lamp.radius_m * disc(lamp.position_m - points_m.reshape(-1, 3).mean(axis=0), LAMP)
    else:
        ends = to_light + radius * disc(to_light, LAMP)
    below, shape = _below(over, points_m), points_m.shape[:2]
    out: Array = 1 - np.mean([_met(below, end, lamp is not None, shape) for end in ends], axis=0)
    return out


def sky_left(over: Sequence[Cover], points_m: Array, normals: Array, lit: Lighting) -> Array:
    """Return (H, W) float32: the share of the light from all around that tops leave to surfaces at points (H, W, 3).

    Their `normals` are (H, W, 3) or (3,).
    """
    pixels = lit.environment.pixels[..., :3] @ LUMINANCE.astype(np.float32)
    rows, columns = _ROWS, 2 * _ROWS
    edges = np.cos(np.pi * np.arange(rows + 1) / rows)
    light = pixels.reshape(rows, pixels.shape[0] // rows, columns, -1).mean(axis=(1, 3)) * (edges[:-1] - edges[1:])[:, None]
    way = directions(columns, rows)
    # The light of a direction in which there is a top is what its underside sends.
    underside = _UNDERSIDE * float(light[rows // 2 :].sum()) * (edges[:-1] - edges[1:])[:, None] / columns
    loss = np.where(way[..., 1] > 0, np.maximum(light - underside, 0), 0)
    below, shape = _below(over, points_m), points_m.shape[:2]
    across, up, along = np.moveaxis(normals, -1, 0).astype(np.float32)
    total, lost = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for there, bright, less in zip(way.reshape(-1, 3), light.reshape(-1), loss.reshape(-1), strict=True):
        x, y, z = there.astype(np.float32)
        cosine = np.maximum(x * across + y * up + z * along, 0)
        total += cosine * bright
        if less > 0 and np.any(cosine):
            lost += cosine * less * _met(below, there, False, shape)
    return 1 - lost / np.maximum(total, np.float32(1e-9))


class Thinned:
    """Blocks of the pixels of a picture, of which the middle is looked at for all."""

    def __init__(self, shape: tuple[int, int], *, width_px: int) -> None:
        self._shape = shape
        self._step = step = max(round(width_px / _ACROSS), 1)
        self._rows, self._columns = (np.minimum(np.arange(step // 2, size + step // 2, step), size - 1) for size in shape)

    def of(self, values: Array) -> Array:
        """Return the values (H, W, ...) of the middles."""
        out: Array = values[self._rows[:, None], self._columns]
        return out

    def enlarged(self, share: Array) -> Array:
        """Return what the middles have, (h, w), as (H, W, 1)."""
        import cv2

        size = share.shape[1] * self._step, share.shape[0] * self._step
        out: Array = cv2.resize(share, size, interpolation=cv2.INTER_LINEAR)[: self._shape[0], : self._shape[1], None]
        return out


def left_below(over: Sequence[Cover], shape: Layer, lit: Lighting, lamp: Lamp | None, *, camera: Camera, world_from_camera: Array) -> Array:
    """Return what tops leave of a light to a product, as `Lighting.left` has it.

    Parameters
    ----------
    shape : Layer
        The product's depth and normals.
    lamp : Lamp or None
        Where the sun of `lit` is, if near.
    """
    import cv2

    assert shape.depth_m is not None
    assert shape.normals is not None
    known = np.isfinite(shape.depth_m)
    step = max(camera.width_px / _ACROSS, 1.0)
    size = tuple(max(round(side / step), 1) for side in (camera.width_px, camera.height_px))
    means = [
        cv2.resize(values, size, interpolation=cv2.INTER_AREA)
        for values in (known.astype(np.float32), np.where(known, shape.depth_m, np.float32(0)), shape.normals)
    ]
    cells = np.dstack(means)
    # Pixels at the product's edge have no depth of their own, and between cells light goes over from one to the other.
    cells = np.where(cells[..., :1] > 0, cells, cv2.blur(cells, (5, 5)))
    left = np.ones((*cells.shape[:2], 2), np.float32)
    box = picture_box(cells[..., 0] > 0, margin=0)
    if box is None:
        return left
    share, depth, normals = np.split(cells[box], (1, 2), axis=2)
    small = camera.resized(width_px=size[0], height_px=size[1])
    slopes = [np.broadcast_to(slope, left.shape[:2])[box] for slope in ray_slopes(small)]
    local = np.dstack([*slopes, np.ones_like(slopes[0])]) * (depth / np.maximum(share, 1e-6))
    points = local @ world_from_camera[:3, :3].T + world_from_camera[:3, 3]
    normals = normals / np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-6)
    left[box][..., 0] = sky_left(over, points, normals, lit)
    if lit.sun is not None:
        left[box][..., 1] = lamp_left(over, points, np.asarray(lit.sun.to_light), float(np.tan(lit.sun.angular_radius_rad)), lamp)
    return np.clip(left, 0, 1)
