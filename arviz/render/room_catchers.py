"""What of a room catches the shadow of a product, and where the photo shows it.

Whether a pixel shows a plane of the room says the photo's depth, or the planes themselves where there is none. Noisy depth near
a plane is taken as the plane: a shadow lies on it, and a product that stands before it is not hidden by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.room import Plane, Room
from arviz.core.scene import Item
from arviz.core.transforms import apply
from arviz.render.bodies import shown_asset
from arviz.render.plane_shadow import axes_of

ON_PLANE_M = 0.05
"""How near to a plane measured depth lies on it, beyond the sensor's noise."""
_REACH_M = 1.5
"""Walls farther from a product than this show little of the sky's shadow; a low sun's is lost. Against path-traced truth (8 rooms,
true light and depth) shadows have a mean IoU of 0.56, with 0.6 m of 0.48: what lies on a wall is wide and seen at once."""
_MOST = 6
_LEAST_M2 = {"floor": 0.0, "wall": 0.3, "table": 0.1}
_RAGGED_PX = 4.0
_HOLE = 0.06
"""Of the picture's width: how far from known depth what has none is taken for the same plane."""
_DOUBTED = 2.4
"""In gates of noise: how far off a plane a pixel is that may lie on it if its neighbours do."""
_MARGIN_M = 0.25
"""Walls and table tops may reach so far beyond what was seen of them."""
_BEHIND_M = 0.05
"""A product reaches at most this far behind a plane that it stands before: sigmas of walls are as large."""


class Catching(NamedTuple):
    """A plane of the room on which shadows of products fall."""

    plane: Plane
    before: bool
    """Whether all products stand before it, so that it cannot hide them."""


class OnPlane(NamedTuple):
    """What each pixel of a photo shows."""

    which: Array
    """(H, W) int8: index in the catchers, -1 for none."""
    share: Array
    """(H, W) float32: how sure it is that the pixel lies on that plane, 0 to 1."""
    surface_m: Array
    """(H, W) float32 depth along z of the plane, +inf where `which` is -1."""
    slopes: tuple[Array, Array]
    """x and y of each pixel's ray, as `ray_slopes` gives them: through a lens they take as long as a picture."""


def corners_m(items: Sequence[Item]) -> Array:
    """Return (8 N, 3) corners of the boxes around N items, in the world; no rows for items that draw nothing."""
    pick = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)])
    out = [np.zeros((0, 3))]
    for item in items:
        points = [piece.used_positions for piece in drawn(shown_asset(item))]
        points = [p[np.isfinite(p).all(axis=1)] for p in points if len(p)]
        if sum(map(len, points)):
            box = np.stack(
                [np.min([p.min(axis=0) for p in points if len(p)], axis=0), np.max([p.max(axis=0) for p in points if len(p)], axis=0)]
            )
            out.append(apply(np.asarray(item.world_from_asset), np.take_along_axis(box.astype(np.float64), pick, axis=0)))
    return np.concatenate(out)


def catchers(room: Room, corners: Array) -> tuple[Catching, ...]:
    """Return the planes of a room that catch the shadow of what lies between (N, 3) points: the floor, then the nearest."""
    found: list[tuple[tuple[bool, float, float], Catching]] = []
    for plane in room.planes:
        if not len(corners) or plane.kind not in _LEAST_M2:
            continue
        heights = plane.distance_m(corners)
        near = abs(float(heights.min()))  # of a table top: how far above it, or below, the products stand
        if heights.max() <= _BEHIND_M or near > _REACH_M or (area := plane.area_m2) < _LEAST_M2[plane.kind]:
            continue
        if plane.kind == "table" and not _over(plane, corners):
            continue
        # What cuts a product is no wall behind it, but a facet of something that it stands beside.
        if plane.kind == "wall" and heights.min() < -_BEHIND_M:
            continue
        # The floor never has to give way: a room full of furniture has dozens of tops.
        found.append(((plane.kind != "floor", near, -area), Catching(plane, bool(heights.min() > -_BEHIND_M))))
    found.sort(key=lambda pair: pair[0])
    return tuple(one for _, one in found[:_MOST])


def _over(plane: Plane, corners: Array) -> bool:
    """Tell whether the plan of the products touches that of a table top, with a hand's width around it."""
    if len(plane.outline_m) < 3:
        return False
    low, high = plane.outline_m.min(axis=0) - 0.5, plane.outline_m.max(axis=0) + 0.5
    axes = [i for i in range(3) if abs(plane.normal[i]) < 0.9]
    return all(corners[:, i].max() > low[i] and corners[:, i].min() < high[i] for i in axes)


def on_planes(catching: Sequence[Catching], room: Room, *, camera: Camera, world_from_camera: Array, depth_m: Array | None) -> OnPlane:
    """Return which catcher each pixel shows: by the photo's depth, or the nearest of the room's planes where it has none.

    Parameters
    ----------
    depth_m : ndarray (H, W) or None
        Along z, +inf, NaN or 0 where unknown.
    """
    import cv2

    shape = (camera.height_px, camera.width_px)
    index, surface = np.full(shape, -1, np.int8), np.full(shape, np.inf, np.float32)
    share = np.zeros(shape, np.float32)
    x, y = slopes = ray_slopes(camera)
    if depth_m is None:
        every = [(i, one.plane) for i, one in enumerate(catching)]
        every += [(-1, plane) for plane in room.planes if all(plane is not one.plane for one in catching) and plane.kind != "other"]
        for i, plane in every:
            reach = plane_depth(plane, slopes, world_from_camera)
            if plane.kind == "table":
                reach = np.where(inside_outline(plane.outline_m, camera, world_from_camera), reach, np.float32(np.inf))
            nearer = reach < surface
            surface[nearer], index[nearer] = reach[nearer], i
        surface[index < 0] = np.inf
        share[index >= 0] = 1
        return OnPlane(index, share, surface, slopes)
    known = np.isfinite(depth_m) & (depth_m > 0)
    depth = np.where(known, depth_m, np.float32(0)).astype(np.float32)
    per_gate = 1 / (ON_PLANE_M + 2 * sensor_sigma_m(depth))
    best = np.full(shape, np.inf, np.float32)
    reaches = [plane_depth(one.plane, slopes, world_from_camera) for one in catching]
    for i, (one, reach) in enumerate(zip(catching, reaches, strict=True)):
        normal = (world_from_camera[:3, :3].T @ np.asarray(one.plane.normal)).astype(np.float32)
        slope = normal[0] * x + (normal[1] * y + normal[2])
        away = np.abs((depth - np.minimum(reach, np.float32(1e6))) * slope) * per_gate
        nearer = known & (away < best)
        if one.plane.kind != "floor":
            nearer &= (away < _DOUBTED) & _near_outline(one.plane, slopes, world_from_camera, reach)
        for kept, values in ((best, away), (surface, reach), (index, np.int8(i))):
            np.copyto(kept, values, where=nearer)
    # Of its neighbours: where a radiator is hardly before its wall, single noisy pixels would be left out of the shadow.
    own = np.clip((1.2 - best) / 0.4, 0, 1).astype(np.float32)
    around_known = cv2.erode(known.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    share = np.where(around_known & (index >= 0), cv2.medianBlur(own, 5), own)
    index[share <= 0] = -1
    _fill(index, share, surface, known, reaches)
    surface[share <= 0] = np.inf
    return OnPlane(index, share, surface, slopes)


def _fill(index: Array, share: Array, surface: Array, known: Array, reaches: Sequence[Array]) -> None:
    """Take pixels without depth for what the nearest pixel with depth shows: sensors lose borders and what gleams."""
    import cv2

    on_any = index >= 0
    if known.all() or not on_any.any():
        return
    to_known = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 5)
    far, labels = cv2.distanceTransformWithLabels((~on_any).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    # Single pixels at a ragged border that lie on no plane do not count.
    rows, columns = np.nonzero(~known & (far < _HOLE * index.shape[1]) & (far < to_known + _RAGGED_PX))
    of_label = np.zeros(int(labels.max()) + 1, np.int64)
    of_label[labels[on_any]] = np.flatnonzero(on_any)
    nearest = of_label[labels[rows, columns]]
    taken = index.reshape(-1)[nearest]
    smooth = cv2.blur(share, (9, 9)) / np.maximum(cv2.blur(known.astype(np.float32), (9, 9)), 1e-6)
    for i, reach in enumerate(reaches):
        mine = taken == i
        at = rows[mine], columns[mine]
        there = np.isfinite(reach[at])
        at = at[0][there], at[1][there]
        index[at], surface[at] = i, reach[at]
        share[at] = smooth.reshape(-1)[nearest[mine][there]]


def sensor_sigma_m(depth_m: Array) -> Array:
    """Return the standard deviation of a depth camera's depth (Nguyen, Izadi and Lovell 2012, "Modeling Kinect Sensor Noise")."""
    out: Array = np.float32(0.0012) + np.float32(0.0019) * (np.maximum(depth_m, np.float32(0.4)) - np.float32(0.4)) ** 2
    return out


def ray_slopes(camera: Camera) -> tuple[Array, Array]:
    """Return x and y of each pixel's ray at z = 1, broadcast to (H, W): a row and a column where the lens allows it."""
    columns, rows = np.arange(camera.width_px), np.arange(camera.height_px)
    if any(camera.distortion) or camera.k[0, 1]:
        u, v = np.meshgrid(columns, rows)
        rays = np.nan_to_num(camera.rays(np.stack([u, v], axis=-1)))
        return rays[..., 0].astype(np.float32), rays[..., 1].astype(np.float32)
    x = (columns - camera.k[0, 2]) / camera.k[0, 0]
    y = (rows - camera.k[1, 2]) / camera.k[1, 1]
    return x[None].astype(np.float32), y[:, None].astype(np.float32)


def plane_depth(plane: Plane, slopes: tuple[Array, Array], world_from_camera: Array) -> Array:
    """Return (H, W) float32 depth along z at which a camera with `ray_slopes` sees a plane without end from its front, else +inf."""
    x, y = slopes
    normal = (world_from_camera[:3, :3].T @ np.asarray(plane.normal)).astype(np.float32)
    height = np.float32(plane.distance_m(world_from_camera[None, :3, 3])[0])
    towards = normal[0] * x + (normal[1] * y + normal[2])
    with np.errstate(divide="ignore", invalid="ignore"):
        out: Array = np.where((towards < -1e-4) & (height > 0), -height / towards, np.float32(np.inf))
    return out


def _near_outline(plane: Plane, slopes: tuple[Array, Array], world_from_camera: Array, depth: Array) -> Array:
    """Return (H, W) bool: where rays meet a plane within the rectangle around its outline, a margin wider."""
    inside: Array = np.ones(depth.shape, bool)
    if len(plane.outline_m) < 3:
        return inside
    (x, y), rotation, eye = slopes, world_from_camera[:3, :3], world_from_camera[:3, 3]
    reach = np.where(np.isfinite(depth), depth, np.float32(0))
    for axis in axes_of(plane)[:2, :3]:
        seen = (rotation.T @ axis).astype(np.float32)
        at = reach * (seen[0] * x + (seen[1] * y + seen[2])) + np.float32(axis @ eye)
        own = plane.outline_m @ axis
        inside &= (at > np.float32(own.min() - _MARGIN_M)) & (at < np.float32(own.max() + _MARGIN_M))
    return inside


def inside_outline(outline_m: Array, camera: Camera, world_from_camera: Array) -> Array:
    """Return (H, W) bool: the pixels of an outline (N, 3) in the world, none if a part of it lies behind the camera."""
    import cv2

    out = np.zeros((camera.height_px, camera.width_px), np.uint8)
    local = (outline_m - world_from_camera[:3, 3]) @ world_from_camera[:3, :3]
    if len(local) >= 3 and local[:, 2].min() > 0.05:
        cv2.fillPoly(out, [np.round(np.clip(camera.project_distorted(local), -1e5, 1e5)).astype(np.int32)], 1)
    return out.astype(bool)
