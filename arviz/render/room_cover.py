"""What table tops of a room keep off of what stands below them: of the light from all around, and of each lamp.

A photo that shows a chair under a desk was taken in the room's light, but no sky reaches the chair from above. What the photo
shows of the floor there is dark already; what matters for shadows is which light is left to be taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
_CELL_M = 0.02
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


def hidden(over: Sequence[Cover], points_m: Array, ways: Array) -> Array:
    """Return (H, W) float32: how far tops lie between points (H, W, 3) and where their ways, (H, W, 3) or (3,), end."""
    import cv2

    out = np.zeros(points_m.shape[:2], np.float32)
    for one in over:
        turn, shift = one.plane_from_world[:3, :3], one.plane_from_world[:3, 3]
        start, way = points_m @ turn.T + shift, np.broadcast_to(ways @ turn.T, points_m.shape)
        below, rises = start[..., 2] < -1e-3, np.maximum(way[..., 2], 1e-6)
        reach = -start[..., 2] / rises
        at = ((start[..., :2] + reach[..., None] * way[..., :2] - one.low_m) / _CELL_M).clip(-2, 1e4).astype(np.float32)
        met = cv2.remap(one.solid, np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1]), cv2.INTER_LINEAR)
        np.maximum(out, met, out=out, where=below & (way[..., 2] > 1e-6) & (reach < 1))
    return out


def lamp_left(over: Sequence[Cover], points_m: Array, to_light: Array, radius: float, lamp: Lamp | None) -> Array:
    """Return (H, W) float32: the share of a light that tops leave to points (H, W, 3); `radius` is the tangent of a distant one's."""
    if lamp is not None:
        spots = lamp.position_m + lamp.radius_m * disc(lamp.position_m - points_m.reshape(-1, 3).mean(axis=0), LAMP)
        ways = [spot - points_m for spot in spots]
    else:
        ways = list((to_light + radius * disc(to_light, LAMP)) * 1e3)
    out: Array = 1 - np.mean([hidden(over, points_m, way) for way in ways], axis=0)
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
    total, lost = np.zeros(points_m.shape[:2]), np.zeros(points_m.shape[:2])
    for there, bright, less in zip(way.reshape(-1, 3), light.reshape(-1), loss.reshape(-1), strict=True):
        cosine = np.maximum(normals @ there, 0)
        total += cosine * bright
        if less > 0:
            lost += cosine * less * hidden(over, points_m, there * 1e3)
    out: Array = (1 - lost / np.maximum(total, 1e-9)).astype(np.float32)
    return out


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


def below_covers(
    over: Sequence[Cover], whole: Layer, sky_only: Layer, lit: Lighting, lamp: Lamp | None, *, camera: Camera, world_from_camera: Array
) -> Layer:
    """Return a rendered product with the light that tops leave to it.

    Parameters
    ----------
    whole, sky_only : Layer
        The product in all its light; and without the sun of `lit`, with normals.
    lamp : Lamp or None
        Where that sun is, if near.
    """
    import cv2

    box = picture_box(whole.colour[..., 3] > 0, margin=2)
    if box is None or whole.depth_m is None or sky_only.normals is None:
        return whole
    depth = np.where(np.isfinite(whole.depth_m[box]), whole.depth_m[box], np.float32(1e6))
    while depth.max() >= 1e6 and depth.min() < 1e6:  # pixels at the edge have no depth of their own
        depth = np.where(depth < 1e6, depth, cv2.erode(depth, np.ones((9, 9), np.uint8), borderValue=1e6))
    thinned = Thinned(depth.shape, width_px=camera.width_px)
    x, y = (np.broadcast_to(slope, whole.depth_m.shape)[box] for slope in ray_slopes(camera))
    local = thinned.of(np.stack([x * depth, y * depth, depth], axis=-1))
    points = local @ world_from_camera[:3, :3].T + world_from_camera[:3, 3]
    normals = thinned.of(cv2.blur(sky_only.normals[box], (5, 5)))
    normals = normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)
    sky = sky_left(over, points, normals, lit)
    colour = whole.colour.copy()
    around = sky_only.colour[box][..., :3]
    colour[box][..., :3] = around * thinned.enlarged(sky)
    if lit.sun is not None:
        direct = lamp_left(over, points, np.asarray(lit.sun.to_light), float(np.tan(lit.sun.angular_radius_rad)), lamp)
        colour[box][..., :3] += (whole.colour[box][..., :3] - around) * thinned.enlarged(direct)
    return replace(whole, colour=colour)
