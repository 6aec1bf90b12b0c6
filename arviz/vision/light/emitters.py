"""Lamps and windows that the photo shows: its bright blobs, lifted into the room."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import Room
from arviz.vision.light.samples import CLIPPED, Picture, where

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


_PANE = np.array([0.25, 0.5, 0.75])
_SEEN = -2
"""Numbers of windows that the room knows and the picture shows count down from here."""
_IN_FRONT = 0.6
"""Share of a lamp's rim behind which everything is farther away; a patch of sun on a sofa has no such rim."""
_LARGE = 0.2
"""Lamps have a smaller radius than this share of the camera's height, some 30 cm; windows a larger one."""
_HALO = 6.0
"""A panel is at least this many of its radii from the next globe; nearer it is that globe's light on the ceiling."""
_ROUND = 0.8
"""Share of its own ellipse that a lamp's picture fills at least; and of an upright lens's picture."""


_CLIPPED_RADIANCE = {"lamp": 10.0, "window": 4.0}
"""Of what is white in a photo that is exposed for the room: lamps have 5 to 20 thousand candela per square metre, the sky 3 to
8, walls in lamp light some 50, by day some 200."""


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
    radiance: float = 1.0
    """In the unit of the photo; where it is clipped what such things usually have."""
    clipped: bool = False
    chance: float = 1.0
    """That it is there."""

    @property
    def power(self) -> float:
        """What it gives to a surface that faces it from the distance 1: radiance times area."""
        return self.chance * self.radiance * np.pi * self.radius_m**2


def emitters(seen: Picture, room: Room, world_from_camera: Array) -> tuple[Emitter, ...]:
    """Return what may light the room: known windows that are bright, and blobs of the picture that are none of these."""
    panes = windows(seen, room, world_from_camera)
    blobs = [blob for blob in located(seen, room, world_from_camera) if not any(_same(blob, pane) for pane in panes)]
    numbers = [blob.blob for blob in blobs]
    return (*panes, *(blob._replace(chance=1 / numbers.count(blob.blob)) for blob in blobs))


def _same(blob: Emitter, pane: Emitter) -> bool:
    return blob.kind == "window" and float(np.linalg.norm(blob.position_m - pane.position_m)) < 1.5 * pane.radius_m


def located(seen: Picture, room: Room, world_from_camera: Array) -> tuple[Emitter, ...]:
    """Return where the blobs of a picture may be, none in an evenly bright one.

    A blob on the floor or a table is the reflection of a lamp. One on a wall is a window if nothing is measured there
    (glass), or if the room knows a window; else a bright wall.
    """
    import cv2

    luminance = seen.luminance
    peak = seen.peak
    if peak < _ABOVE * max(seen.middle, 1e-3):
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
    globes = [e for e in found if e.normal is None and e.kind == "lamp"]
    shining = (e for e in found if not any(_halo(e, globe) for globe in globes))
    return tuple(e._replace(radiance=_radiance(peak, e.kind), clipped=peak >= CLIPPED) for e in shining)


def _halo(thing: Emitter, globe: Emitter) -> bool:
    """Tell whether a bright place on the ceiling is what a globe near it blows out."""
    if thing.normal is None or thing.kind != "lamp" or thing.blob == globe.blob:
        return False
    return float(np.linalg.norm(thing.position_m - globe.position_m)) < _HALO * thing.radius_m


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
    directions = np.nan_to_num(seen.camera.rays(np.stack([columns, rows], axis=1))) @ pose[:3, :3].T
    points = pose[:3, 3] + directions * depth[:, None]
    nearest = np.min([np.abs(plane.distance_m(points)) for plane in room.planes], axis=0)
    out[rows, columns] = nearest > _ON_M + 0.01 * depth
    return out


def _lifted(seen: Picture, room: Room, pose: Array, blob: _Blob) -> list[Emitter]:
    """Return the places that a blob may be."""
    origin = pose[:3, 3]
    direction = np.nan_to_num(seen.camera.rays(blob.centre_px)) @ pose[:3, :3].T
    focal = float(np.sqrt(seen.camera.k[0, 0] * seen.camera.k[1, 1]))
    spread = float(np.sqrt(blob.own.sum() / np.pi)) / focal  # radius of a disc of this area, at z = 1
    if seen.depth_m is not None:
        measured = seen.depth_m[blob.window][blob.own]
        known = measured[np.isfinite(measured)]
        if len(known) > 0.3 * len(measured):
            return _measured(seen, room, origin, direction, float(np.median(known)), spread, blob)
    plane, distance = where(room, origin, direction[None], None)
    if plane[0] < 0:
        return []
    behind, reach = room.planes[plane[0]], float(distance[0])
    point = origin + direction * reach
    if behind.kind in ("floor", "table"):
        return []
    hanging = [Emitter(origin + direction * reach * s, spread * reach * s, None, "lamp", blob.number) for s in _ALONG]
    if behind.kind == "ceiling":
        panel = Emitter(point, spread * reach, np.asarray(behind.normal), "lamp", blob.number)
        return [panel, *hanging] if _round(blob.own) else []
    pane = _window(room, point, spread * reach, blob.number)
    high = float(room.floor.distance_m(origin[None])[0]) if room.floor is not None else np.inf
    glass = blob.own.mean() > _FILLED if seen.depth_m is not None else spread * reach > _LARGE * abs(high)
    if not pane and glass:  # nothing measured in an upright shape, or too large for a lamp
        pane = [Emitter(point, spread * reach, np.asarray(behind.normal), "window", blob.number)]
    return pane or (hanging if _round(blob.own) else [])


def _measured(seen: Picture, room: Room, origin: Array, direction: Array, depth_m: float, spread: float, blob: _Blob) -> list[Emitter]:
    """Return the emitter of a blob with depth: a globe in the air, a panel at the ceiling, a window."""
    point, radius = origin + direction * depth_m, spread * depth_m
    on = min(room.planes, key=lambda plane: abs(float(plane.distance_m(point[None])[0])))
    if abs(float(on.distance_m(point[None])[0])) > _ON_M + 0.01 * depth_m:
        if not _stands_out(seen, blob, depth_m, radius):
            return []
        return [Emitter(point + direction * spread * depth_m, radius, None, "lamp", blob.number)]
    if on.kind == "ceiling":
        return [Emitter(point, radius, np.asarray(on.normal), "lamp", blob.number)]
    return _window(room, point, radius, blob.number) if on.kind in ("wall", "other") else []


def _stands_out(seen: Picture, blob: _Blob, depth_m: float, radius_m: float) -> bool:
    """Tell whether what surrounds a blob is clearly farther away."""
    import cv2

    assert seen.depth_m is not None
    rows, columns = blob.window
    reach = 4
    box = (slice(max(rows.start - reach, 0), rows.stop + reach), slice(max(columns.start - reach, 0), columns.stop + reach))
    own = np.zeros(seen.depth_m[box].shape, np.uint8)
    own[rows.start - box[0].start :, columns.start - box[1].start :][: blob.own.shape[0], : blob.own.shape[1]] = blob.own
    square = np.ones((3, 3), np.uint8)
    rim = (cv2.dilate(own, square, iterations=4) > 0) & ~(cv2.dilate(own, square, iterations=1) > 0)
    around = seen.depth_m[box][rim]
    return bool((around > depth_m + max(radius_m, 0.05)).mean() > _IN_FRONT) if len(around) else False


def _round(own: Array) -> bool:
    """Tell whether a blob fills the ellipse of its own moments, as a globe or panel does."""
    rows, columns = np.nonzero(own)
    spread = float(np.sqrt(max(np.linalg.det(np.cov(np.stack([rows, columns])) + np.eye(2) / 12), 1e-9)))
    return bool(len(rows) / (4 * np.pi * spread) > _ROUND)


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


def windows(seen: Picture, room: Room, world_from_camera: Array) -> tuple[Emitter, ...]:
    """Return the room's windows that are brighter than the middle of the picture, and then those that it does not show."""
    inverse = np.linalg.inv(world_from_camera)
    middle = max(seen.middle, 1e-4)
    unseen: list[tuple[Array, float, Array]] = []
    bright: list[Emitter] = []
    for opening in room.openings:
        if opening.kind != "window" or opening.wall is None:
            continue
        size = float(np.sqrt(max(np.prod(np.sort(np.ptp(opening.outline_m, axis=0))[-2:]), 1e-6) / np.pi))
        at, normal = opening.outline_m.mean(axis=0), np.asarray(room.planes[opening.wall].normal)
        # Nine places on the pane, between its bars as likely as not: the brightest third tells.
        pane = at + _PANE[:, None, None] * (opening.outline_m - at)
        pixels, visible = shown(seen, pane.reshape(-1, 3), inverse)
        if visible.mean() < 0.5:
            unseen.append((at, size, normal))
            continue
        level = float(np.percentile(seen.luminance[pixels[visible, 1], pixels[visible, 0]], 70))
        if level > middle:
            radiance = _radiance(level, "window")
            bright.append(Emitter(at, size, normal, "window", _SEEN - len(bright), radiance, level >= CLIPPED))
    # Windows beside the picture look at the same sky.
    sky = float(np.mean([e.radiance for e in bright])) if bright else 0.0
    same = any(e.clipped for e in bright)
    return (*bright, *(Emitter(*one, "window", -1, sky, same) for one in unseen if bright))


def _radiance(level: float, kind: Literal["lamp", "window"]) -> float:
    return _CLIPPED_RADIANCE[kind] if level >= CLIPPED else level


def shown(seen: Picture, points_m: Array, camera_from_world: Array) -> tuple[Array, Array]:
    """Return the pixels (N, 2) of points and whether they are in the picture and nothing measured is before them (N,)."""
    at = points_m @ camera_from_world[:3, :3].T + camera_from_world[:3, 3]
    height, width = seen.luminance.shape
    front = at[:, 2] > 1e-6
    at = np.where(front[:, None], at, [0.0, 0.0, 1.0])
    pixels = np.round(seen.camera.project_distorted(at))
    inside = front & (pixels >= 0).all(axis=1) & (pixels < [width, height]).all(axis=1)
    pixels = np.where(inside[:, None], pixels, 0).astype(int)
    if seen.depth_m is not None:
        inside &= seen.depth_m[pixels[:, 1], pixels[:, 0]] > 0.93 * at[:, 2]
    return pixels, inside
