"""Lamps and windows that the photo shows: its bright blobs, lifted into the room."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import Room
from arviz.vision.light.samples import Picture, rays, where

_ABOVE = 3.0
"""A lamp is at least this many times brighter than the middle of the picture."""
_LEVEL = 0.85
"""Share of the brightest value from which a pixel belongs to a blob."""
_LEAST_PX = 8
_MOST = 6
"""Blobs looked at, the largest first."""
_ALONG = (0.55, 0.65, 0.75, 0.85, 0.95)
"""Where a hanging lamp without depth may be, as a share of the way to the surface behind it."""


_ON_M = 0.05
"""How near to a plane something measured lies on it, 1 % of its depth on top."""
_FILLED = 0.4
"""Share of its upright frame that a pane fills, with its bars."""


class Emitter(NamedTuple):
    """A place that may light the room."""

    position_m: Array
    """(3,) its middle."""
    radius_m: float
    normal: Array | None
    """(3,) into the room for a flat emitter, None for one that shines to all sides."""
    kind: Literal["lamp", "window"]
    blob: int
    """Several places of one blob share its number."""


def located(seen: Picture, room: Room, world_from_camera: Array) -> tuple[Emitter, ...]:
    """Return where the blobs of a picture may be, none in an evenly bright one.

    A blob on the floor or a table is the reflection of a lamp. One on a wall is a window if nothing is measured there
    (glass), or if the room knows a window; else a bright wall.
    """
    import cv2

    luminance = seen.luminance
    peak = float(min(np.percentile(luminance, 99.95), 1.0))
    if peak < _ABOVE * max(float(np.median(luminance)), 1e-3):
        return ()
    bright = luminance >= _LEVEL * peak
    # A lamp near a wall blows out the wall: what is measured in front of all planes is apart from what lies on them.
    apart = _off_planes(seen, room, world_from_camera, bright)
    found: list[Emitter] = []
    for mask in (bright & apart, bright & ~apart):
        _, labels, stats, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        for label in np.argsort(-stats[1:, cv2.CC_STAT_AREA])[:_MOST] + 1:
            left, top, width, height, area = stats[label]
            if area < _LEAST_PX:
                break
            window = (slice(top, top + height), slice(left, left + width))
            blob = _Blob(window, labels[window] == label, centres[label], len(found))
            found.extend(_lifted(seen, room, world_from_camera, blob))
    return tuple(found)


class _Blob(NamedTuple):
    """Bright pixels that touch."""

    window: tuple[slice, slice]
    own: Array
    """(h, w) bool within the window."""
    centre_px: Array
    """(2,)."""
    number: int


def _off_planes(seen: Picture, room: Room, pose: Array, bright: Array) -> Array:
    """Tell (H, W) which bright pixels have a depth and lie on no plane."""
    out = np.zeros(bright.shape, bool)
    if seen.depth_m is None:
        return out
    rows, columns = np.nonzero(bright & np.isfinite(seen.depth_m))
    depth = seen.depth_m[rows, columns]
    directions = rays(seen.camera, np.stack([columns, rows], axis=1)) @ pose[:3, :3].T
    points = pose[:3, 3] + directions * depth[:, None]
    nearest = np.min([np.abs(plane.distance_m(points)) for plane in room.planes], axis=0)
    out[rows, columns] = nearest > _ON_M + 0.01 * depth
    return out


def _lifted(seen: Picture, room: Room, pose: Array, blob: _Blob) -> list[Emitter]:
    """Return the places that a blob may be."""
    origin = pose[:3, 3]
    direction = rays(seen.camera, blob.centre_px[None])[0] @ pose[:3, :3].T
    focal = float(np.sqrt(seen.camera.k[0, 0] * seen.camera.k[1, 1]))
    spread = float(np.sqrt(blob.own.sum() / np.pi)) / focal  # radius of a disc of this area, at z = 1
    if seen.depth_m is not None:
        measured = seen.depth_m[blob.window][blob.own]
        known = measured[np.isfinite(measured)]
        if len(known) > 0.3 * len(measured):
            return _measured(room, origin, direction, float(np.median(known)), spread, blob)
    plane, distance = where(room, origin, direction[None], None)
    if plane[0] < 0:
        return []
    behind, reach = room.planes[plane[0]], float(distance[0])
    point = origin + direction * reach
    if behind.kind in ("floor", "table"):
        return []
    hanging = [Emitter(origin + direction * reach * s, spread * reach * s, None, "lamp", blob.number) for s in _ALONG]
    if behind.kind == "ceiling":
        return [Emitter(point, spread * reach, np.asarray(behind.normal), "lamp", blob.number), *hanging]
    pane = _window(room, point, spread * reach, blob.number)
    if not pane and seen.depth_m is not None and blob.own.mean() > _FILLED:  # nothing measured in an upright shape: glass
        pane = [Emitter(point, spread * reach, np.asarray(behind.normal), "window", blob.number)]
    return pane or hanging


def _measured(room: Room, origin: Array, direction: Array, depth_m: float, spread: float, blob: _Blob) -> list[Emitter]:
    """Return the emitter of a blob with depth: a globe in the air, a panel at the ceiling, a window."""
    point, radius = origin + direction * depth_m, spread * depth_m
    on = min(room.planes, key=lambda plane: abs(float(plane.distance_m(point[None])[0])))
    if abs(float(on.distance_m(point[None])[0])) > _ON_M + 0.01 * depth_m:
        return [Emitter(point + direction * spread * depth_m, radius, None, "lamp", blob.number)]
    if on.kind == "ceiling":
        return [Emitter(point, radius, np.asarray(on.normal), "lamp", blob.number)]
    return _window(room, point, radius, blob.number) if on.kind in ("wall", "other") else []


def _window(room: Room, point_m: Array, radius_m: float, number: int) -> list[Emitter]:
    """Return the room's window that a point on a wall lies in, if any."""
    for opening in room.openings:
        if opening.kind != "window" or opening.wall is None:
            continue
        wall = room.planes[opening.wall]
        flat = opening.outline_m
        near = abs(float(wall.distance_m(point_m[None])[0])) < 0.3
        if near and np.linalg.norm(flat.mean(axis=0) - point_m) < np.linalg.norm(np.ptp(flat, axis=0)):
            return [Emitter(flat.mean(axis=0), radius_m, np.asarray(wall.normal), "window", number)]
    return []


def windows(room: Room) -> tuple[Emitter, ...]:
    """Return the windows that the room knows, seen or not."""
    out = []
    for opening in room.openings:
        if opening.kind == "window" and opening.wall is not None:
            size = float(np.sqrt(max(np.prod(np.sort(np.ptp(opening.outline_m, axis=0))[-2:]), 1e-6) / np.pi))
            out.append(Emitter(opening.outline_m.mean(axis=0), size, np.asarray(room.planes[opening.wall].normal), "window", -1))
    return tuple(out)
