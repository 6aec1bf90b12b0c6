"""Where walls meet the floor, guessed from straight edges: one rectangle of up to four walls around the camera.

An edge counts if it runs along the room, what is below it looks like the floor and what is above it does not: boards, rugs'
inner stripes and the upper edges of skirtings do not pass, a sofa that stands against the wall may. That is why walls found
so are guesses until somebody confirms them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.vision.calibration.corners import sample
from arviz.vision.photo.floor import PhotoFloor
from arviz.vision.photo.outline import FloorOutline, polygon_area
from arviz.vision.photo.segments import Segments
from arviz.vision.photo.vanishing import Triad, along_axis

_SIGMA_PX = 1.5
_LOWEST_SIN = np.sin(np.radians(4.0))
"""Nearer to the horizon the floor is too far away for a wall to be placed."""
_LEAST_DISTANCE = 0.4
"""Of a wall from the camera's foot, in camera heights."""
_LEAST_LENGTH = 0.08
_COMPARABLE = 0.35
_LEAST_AREA = 0.03
"""Of the picture."""
_SAME_WALL = 0.04
"""Lines whose distances differ by this share are one."""
_ACROSS_PX = np.array([3.0, 5.0, 8.0])
_PLACES = 24
_LIKE = 2.5
"""In units of how much the floor itself varies."""
_LEAST_VARIATION = 0.05
_LEAST_FLOOR = 0.45
"""Of what lies inside the outline: furniture and rugs may cover the rest."""
_GUESS, _MOST_SURE = 0.3, 0.6


class _Wall(NamedTuple):
    towards: Array
    """(3,) horizontal unit vector, camera axes, from the camera to the wall."""
    distance: float
    """In the floor's unit."""
    covered: float
    """0 to 1: how much of the line in the picture shows an edge."""


def wall_outline(image: Image, segments: Segments, *, triad: Triad, floor: PhotoFloor) -> FloorOutline | None:
    """Return the floor that is seen as far as the walls that its edges show; None where they do not close it."""
    colours = _log_colours(image)
    feet = _feet(colours, segments, floor)
    walls = [wall for axis in (0, 2) for sign in (1, -1) if (wall := _wall(feet, segments, triad, floor, axis, sign)) is not None]
    if not walls:
        return None
    corners, made_by = _visible(floor), np.full(5, -1)
    corners, made_by = _clip(corners, made_by[: len(corners)], floor.up * -1, -_LOWEST_SIN, mark=-2)
    for number, wall in enumerate(walls):
        # h t . r <= distance (-up . r): the ray's place on the floor is on this side of the wall.
        form = -wall.distance * floor.up - floor.height_m * wall.towards
        corners, made_by = _clip(corners, made_by, form, 0.0, mark=number)
    if len(corners) < 3 or (made_by == -2).any():
        return None
    points = floor.camera.project_distorted(corners)
    size = np.array([floor.camera.width_px, floor.camera.height_px])
    points = np.clip(points, -0.5, size - 0.5)
    if polygon_area(points) < _LEAST_AREA * float(size.prod()):
        return None
    if _floor_share(colours, points, floor) < _LEAST_FLOOR:
        return None
    sure = float(np.mean([wall.covered for wall in walls]))
    return FloorOutline(points, made_by >= 0, _SIGMA_PX, _GUESS + (_MOST_SURE - _GUESS) * sure, "photo")


def _floor_share(colours: Array, points_px: Array, floor: PhotoFloor) -> float:
    """Return how much of what the picture shows inside a polygon (N, 2) has the colour of the floor near the camera."""
    import cv2

    step = max(1, colours.shape[1] // 160)
    mask = np.zeros((-(-colours.shape[0] // step), -(-colours.shape[1] // step)), np.uint8)
    cv2.fillPoly(mask, [np.round(points_px / step).astype(np.int32)], 1)
    middle, variation = _floor_colour(colours, floor)
    off = np.linalg.norm((colours[::step, ::step][mask > 0] - middle) / variation, axis=1) / np.sqrt(len(middle))
    return float((off < _LIKE).mean()) if len(off) else 0.0


def _feet(colours: Array, segments: Segments, floor: PhotoFloor) -> Array:
    """Return (N,) bool: edges with the floor below them and something else above."""
    below_horizon = floor.below(segments.ends_px).all(axis=1)
    out = np.zeros(len(segments), bool)
    index = np.flatnonzero(below_horizon)
    if not len(index):
        return out
    ends = segments.ends_px[index]
    share = (np.arange(_PLACES) + 0.5) / _PLACES
    places = ends[:, :1] + share[None, :, None] * (ends[:, 1:] - ends[:, :1])
    along = (ends[:, 1] - ends[:, 0]) / np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    # The side that is nearer to the camera on the floor: steeper below the horizon.
    middle = ends.mean(axis=1)
    steeper = np.asarray(_steepness(middle + 2 * across, floor) > _steepness(middle - 2 * across, floor))
    across[~steeper] *= -1
    offsets = _ACROSS_PX * max(colours.shape) / 640
    lower, upper = (
        np.median(
            _sampled(colours, places[:, :, None] + sign * offsets[None, None, :, None] * across[:, None, None]).reshape(
                len(index), -1, colours.shape[2]
            ),
            axis=1,
        )
        for sign in (1, -1)
    )
    floor_colour, variation = _floor_colour(colours, floor)
    like = np.linalg.norm((lower - floor_colour) / variation, axis=1) / np.sqrt(len(floor_colour))
    unlike = np.linalg.norm((upper - lower) / variation, axis=1) / np.sqrt(len(floor_colour))
    out[index] = (like < _LIKE) & (unlike > 1.0)
    return out


def _steepness(points_px: Array, floor: PhotoFloor) -> Array:
    towards = floor.camera.rays(points_px)
    out: Array = np.asarray(-(towards @ floor.up) / np.linalg.norm(towards, axis=-1))
    return out


def _log_colours(image: Image) -> Array:
    """Return (H, W, 3) log light: a shadow moves all of its channels alike."""
    pixels = image.pixels[..., :3]
    light = (pixels / np.float32(255)) if pixels.dtype == np.uint8 else np.clip(np.nan_to_num(pixels), 0, 1)
    light = srgb_to_linear(light) if image.space == "srgb" else light
    log = np.log(light + np.float32(0.01))
    if log.shape[2] == 1:
        return log
    mean = log.mean(axis=2)
    # Brightness counts a third: floors lie in light and shade.
    return np.stack([mean / 3, log[..., 0] - log[..., 1], log[..., 2] - log[..., 1]], axis=2)


def _sampled(channels: Array, points: Array) -> Array:
    return np.stack([sample(np.ascontiguousarray(channels[..., c]), points) for c in range(channels.shape[2])], axis=-1)


def _floor_colour(colours: Array, floor: PhotoFloor) -> tuple[Array, Array]:
    """Return the colour of the floor near the camera and how much it varies (robust)."""
    height, width = colours.shape[:2]
    x, y = np.meshgrid(np.linspace(0.15, 0.85, 30) * width, np.linspace(0.75, 0.98, 12) * height)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    near = points[floor.below(points)]
    seen = _sampled(colours, near if len(near) else points)
    middle = np.median(seen, axis=0)
    spread = 1.4826 * np.median(np.abs(seen - middle), axis=0)
    return middle, np.maximum(spread, _LEAST_VARIATION)


def _wall(feet: Array, segments: Segments, triad: Triad, floor: PhotoFloor, axis: int, sign: int) -> _Wall | None:
    """Return the wall whose line has the most edges, of those that face the camera along one direction."""
    towards = sign * triad.axes_camera[axis]
    towards = towards - (towards @ floor.up) * floor.up
    towards = towards / np.linalg.norm(towards)
    chosen = np.flatnonzero(feet & along_axis(segments, triad, 2 - axis))
    if not len(chosen):
        return None
    distance = (floor.points(segments.ends_px[chosen]) @ towards).mean(axis=1)
    length = segments.length_px[chosen]
    ahead = distance > _LEAST_DISTANCE * floor.height_m
    distance, length, chosen = distance[ahead], length[ahead], chosen[ahead]
    if not len(chosen):
        return None
    together = np.abs(np.log(distance[:, None] / distance[None])) < _SAME_WALL
    total = together @ length
    least = max(_LEAST_LENGTH * max(floor.camera.width_px, floor.camera.height_px), _COMPARABLE * float(total.max()))
    if total.max() < least:
        return None
    # Rugs and furniture stand before the wall, nothing of the floor lies behind it: the farthest line of some weight.
    best = int(np.argmax(np.where(total >= least, distance, 0)))
    members = together[best]
    where = float(np.average(distance[members], weights=length[members]))
    seen = _line_length(floor, towards, where)
    return _Wall(towards, where, float(np.clip(total[best] / max(seen, 1.0), 0, 1)))


def _line_length(floor: PhotoFloor, towards: Array, distance: float) -> float:
    """Return how many pixels of a line on the floor the picture shows."""
    along = np.cross(floor.up, towards)
    reach = np.linspace(-6, 6, 241) * floor.height_m
    points = -floor.height_m * floor.up + distance * towards + reach[:, None] * along
    points = points[points[:, 2] > 0.05 * floor.height_m]
    if len(points) < 2:
        return 0.0
    pixels = floor.camera.project_distorted(points)
    size = np.array([floor.camera.width_px, floor.camera.height_px])
    inside: Array = np.asarray(((pixels >= -0.5) & (pixels <= size - 0.5)).all(axis=1))
    steps = np.linalg.norm(np.diff(pixels, axis=0), axis=1)
    return float(steps @ (inside[1:] & inside[:-1]))


def _visible(floor: PhotoFloor) -> Array:
    """Return the picture's corners as rays (4, 3) with z = 1."""
    camera = floor.camera
    right, bottom = camera.width_px - 1.0, camera.height_px - 1.0
    return camera.rays(np.array([[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]]))


def _clip(corners: Array, made_by: Array, form: Array, least: float, *, mark: int) -> tuple[Array, Array]:
    """Return the part of a convex polygon of rays (N, 3) where form . ray >= least, and which form made each side.

    Side k goes from corner k to k + 1; the side that the cut makes is marked.
    """
    values = corners @ form + least
    out, marks = [], []
    for k in range(len(corners)):
        after = (k + 1) % len(corners)
        if values[k] >= 0:
            out.append(corners[k])
            marks.append(made_by[k])
        if (values[k] >= 0) != (values[after] >= 0):
            t = values[k] / (values[k] - values[after])
            out.append(corners[k] + t * (corners[after] - corners[k]))
            # Going out, the cut follows; coming in, the side goes on.
            marks.append(mark if values[k] >= 0 else made_by[k])
    return np.array(out).reshape(-1, 3), np.array(marks, int)
