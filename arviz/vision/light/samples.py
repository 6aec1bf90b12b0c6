"""What the estimate of light looks at: a small linear picture, and patches of it that lie on known planes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.colour import LUMINANCE, srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import Plane, Room, RoomObject

LONG_SIDE_PX = 640
CLIPPED = 0.97
"""Linear value above which a channel of a photo says only 'at least'."""
_CELLS = 32
"""Patches along the long side of a picture."""
_DARK = 2e-3
"""Linear luminance below which an 8-bit photo holds no more than one or two steps of its scale."""
_EVERY = 2
_LINEAR = srgb_to_linear(np.arange(256) / 255)
_SIDE_M = 0.03
"""How near a point with depth is to the plane that it lies on, beyond the plane's own sigma."""


class Picture(NamedTuple):
    """A photo in linear light, at most 640 pixels long, with a camera that fits."""

    rgb: Array
    """(H, W, 3) float32, 1.0 is white; finite."""
    luminance: Array
    """(H, W) float32."""
    camera: Camera
    depth_m: Array | None
    """(H, W) along z, +inf where unknown."""
    middle: float
    """Median of the luminance."""
    peak: float
    """Of the luminance, a few pixels left out; at most 1, which is white."""


class Patches(NamedTuple):
    """Means of small squares of the picture that lie on planes of the room, N of them."""

    points_m: Array
    """(N, 3) in the world."""
    normals: Array
    """(N, 3)."""
    plane: Array
    """(N,) index in ``room.planes``."""
    rgb: Array
    """(N, 3) linear."""
    usable: Array
    """(N,) bool: neither clipped nor dark."""

    def take(self, rows: Array) -> Patches:
        """Return some of the patches."""
        return Patches(*(part[rows] for part in self))


def picture(frame: Frame) -> Picture:
    """Return the frame's photo decoded to linear light; what is not finite is black."""
    rgb = _linear(frame.image)
    camera = frame.camera
    height, width = rgb.shape[:2]
    if camera.width_px != width or camera.height_px != height:
        camera = camera.resized(width_px=width, height_px=height)
    depth = None
    if frame.depth_m is not None and np.size(frame.depth_m):
        known = np.asarray(frame.depth_m)
        # Pixel centres are integers: (x + 0.5) s - 0.5, rounded to the nearest.
        rows = np.clip(np.floor((np.arange(height) + 0.5) * known.shape[0] / height).astype(int), 0, known.shape[0] - 1)
        columns = np.clip(np.floor((np.arange(width) + 0.5) * known.shape[1] / width).astype(int), 0, known.shape[1] - 1)
        depth = known[rows[:, None], columns]
        depth = np.where(np.isfinite(depth) & (depth > 0), depth, np.inf)
    luminance = rgb @ LUMINANCE.astype(np.float32)
    middle, peak = np.percentile(luminance[::_EVERY, ::_EVERY], (50, 99.95))
    return Picture(rgb, luminance, camera, depth, float(middle), float(min(peak, 1.0)))


def _linear(image: Image) -> Array:
    import cv2

    pixels = image.pixels[..., :3] if image.pixels.shape[2] >= 3 else np.repeat(image.pixels, 3, axis=2)
    step = max(image.width_px, image.height_px) / LONG_SIDE_PX
    if step > 1:
        size = (max(round(image.width_px / step), 1), max(round(image.height_px / step), 1))
        pixels = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    if pixels.dtype == np.uint8:
        out: Array = _LINEAR[pixels] if image.space == "srgb" else pixels.astype(np.float32) / 255
        return out
    values = np.nan_to_num(pixels.astype(np.float32), nan=0.0, posinf=1.0, neginf=0.0)
    return srgb_to_linear(values) if image.space == "srgb" else np.maximum(values, 0)


def patches(seen: Picture, room: Room, world_from_camera: Array) -> Patches:
    """Return the patches of a picture that lie on planes of a room; none where there are no planes."""
    import cv2

    height, width = seen.luminance.shape
    side = max(max(height, width) // _CELLS, 1)
    rows, columns = height // side, width // side
    whole = np.ascontiguousarray(seen.rgb[: rows * side, : columns * side])
    rgb = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA).reshape(-1, 3).astype(np.float64)
    clipped = (np.maximum(np.maximum(whole[..., 0], whole[..., 1]), whole[..., 2]) >= CLIPPED).astype(np.float32)
    clean = cv2.resize(clipped, (columns, rows), interpolation=cv2.INTER_AREA).reshape(-1) == 0
    y, x = (g.reshape(-1) for g in np.mgrid[0:rows, 0:columns] * side + (side - 1) / 2)
    origin, turn = world_from_camera[:3, 3], world_from_camera[:3, :3]
    directions = np.nan_to_num(seen.camera.rays(np.stack([x, y], axis=1))) @ turn.T
    depth = None
    if seen.depth_m is not None:
        depth = seen.depth_m[np.round(y).astype(int), np.round(x).astype(int)]
    plane, distance = where(room, origin, directions, depth)
    # Without depth, what is white on a wall may be its window.
    on = np.flatnonzero((plane >= 0) & (clean | (depth is not None)))
    normals = np.array([p.normal for p in room.planes]).reshape(-1, 3)
    luminance = rgb[on] @ LUMINANCE
    return Patches(
        points_m=origin + directions[on] * distance[on, None],
        normals=normals[plane[on]],
        plane=plane[on],
        rgb=rgb[on],
        usable=clean[on] & (luminance > _DARK),
    )


def where(room: Room, origin_m: Array, directions: Array, depth_m: Array | None) -> tuple[Array, Array]:
    """Return the plane (N,) that each ray meets, -1 for none, and the distance (N,) in lengths of the direction.

    A depth along the ray decides where there is one; else the first plane within its outline and in front of furniture.
    """
    distance = np.full(len(directions), np.inf)
    plane = np.full(len(directions), -1)
    if not room.planes:
        return plane, distance
    hits = np.stack([meets(p, origin_m, directions) for p in room.planes])
    if depth_m is None:
        nearest = hits.argmin(axis=0)
        distance = hits[nearest, np.arange(len(directions))]
        hidden = np.zeros(len(directions), bool)
        for box in room.objects:
            hidden |= box_distance(box, origin_m, directions) < distance - _SIDE_M
        plane = np.where(np.isfinite(distance) & ~hidden, nearest, -1)
    else:
        known = np.where(np.isfinite(depth_m), depth_m, 0.0)
        points = origin_m + directions * known[:, None]
        off = np.abs(np.stack([p.distance_m(points) for p in room.planes]))
        facing = np.stack([directions @ np.asarray(p.normal) < 0 for p in room.planes])
        # The noise of depth sensors grows with the square of the distance (Nguyen 2012).
        allowed = _SIDE_M + 0.006 * known**2 + 2 * np.array([p.sigma_offset_m for p in room.planes])[:, None]
        off = np.where(facing & (off < allowed), off, np.inf)
        nearest = off.argmin(axis=0)
        good = np.isfinite(off[nearest, np.arange(len(directions))]) & np.isfinite(depth_m)
        plane, distance = np.where(good, nearest, -1), np.where(good, known, np.inf)
    return plane, distance


def meets(plane: Plane, origin_m: Array, directions: Array, *, endless: bool = False) -> Array:
    """Return where rays meet the front of a plane within its outline, or `endless`, +inf where they do not."""
    normal = np.asarray(plane.normal)
    along = directions @ normal
    height = float(origin_m @ normal + plane.offset_m)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where((along < -1e-6) & (height > 0), -height / along, np.inf)
    if len(plane.outline_m) >= 3 and not endless:
        met = np.isfinite(distance)
        met[met] = _inside(plane, origin_m + directions[met] * distance[met, None])
        distance = np.where(met, distance, np.inf)
    return distance


def _inside(plane: Plane, points_m: Array) -> Array:
    """Tell which (N, 3) points of a plane lie within its outline (even-odd rule)."""
    u, v = in_plane(np.asarray(plane.normal))
    px, py = points_m @ u, points_m @ v
    cx, cy = plane.outline_m @ u, plane.outline_m @ v
    out = np.zeros(len(points_m), bool)
    for ax, ay, bx, by in zip(cx, cy, np.roll(cx, -1), np.roll(cy, -1), strict=True):
        if ay != by:
            crosses = (ay > py) != (by > py)
            out ^= crosses & (px < (bx - ax) * (py - ay) / (by - ay) + ax)
    return out


def in_plane(normal: Array) -> tuple[Array, Array]:
    """Return two unit vectors at right angles to a unit vector and to each other."""
    helper = np.eye(3)[int(np.abs(normal).argmin())]
    u = np.cross(normal, helper)
    u = u / np.linalg.norm(u)
    return u, np.cross(normal, u)


def box_distance(box: RoomObject, origins_m: Array, directions: Array) -> Array:
    """Return where rays enter a box, +inf where they miss it (slabs; Kay & Kajiya 1986); arrays broadcast to (..., 3)."""
    turn, middle = box.world_from_box[:3, :3], box.world_from_box[:3, 3]
    origins = np.asarray(origins_m) - middle
    enter, leave = np.float64(0.0), np.float64(np.inf)
    for axis, half in zip(turn.T, np.asarray(box.size_m) / 2, strict=True):  # numpy is slow at the largest of three
        origin, direction = origins @ axis, directions @ axis
        direction = np.where(np.abs(direction) < 1e-12, 1e-12, direction)
        a, b = (-half - origin) / direction, (half - origin) / direction
        enter, leave = np.maximum(enter, np.minimum(a, b)), np.minimum(leave, np.maximum(a, b))
    out: Array = np.where((enter <= leave) & (leave > 0), enter, np.inf)
    return out
