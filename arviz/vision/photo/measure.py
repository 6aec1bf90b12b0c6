"""Lengths between two pixels on a plane of any room, with their sigma."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.core.room import Plane, Room, View
from arviz.vision.photo.floor import CLICK_SIGMA_PX, check_inside
from arviz.vision.photo.gravity import tangents
from arviz.vision.photo.rays import rays, relative_focal_sigma

_STEP = 1e-5
_GRAZING = np.sin(np.radians(1.0))


def measure_length(
    room: Room,
    p_px: Array | Sequence[float],
    q_px: Array | Sequence[float],
    *,
    view: int = 0,
    plane: int | None = None,
    click_sigma_px: float = CLICK_SIGMA_PX,
) -> Length | None:
    """Return how far apart two places are that two pixels show on a plane of the room.

    The sigma is of first order: tilt and place of the plane, pose of the camera (in rooms of several views; in others the
    planes' sigmas hold it), focal length (where depth was measured with it), scale, and both pixels.

    Parameters
    ----------
    room : Room
    p_px, q_px : (2,)
        Pixels of the view, as its lens shows them.
    view : int
        Index in `Room.views`.
    plane : int, optional
        Index in `Room.planes`; by default the nearest one whose outline holds both places, else the floor.
    click_sigma_px : float
        Standard deviation of each pixel in x and y.

    Returns
    -------
    Length or None
        None where the room has no scale or no such plane, or a pixel does not look at it.

    Raises
    ------
    InputError
        ``E_ROOM_INDEX``: no such view or plane; ``E_POINT_OUTSIDE``, ``E_POINTS_EQUAL``.
    """
    seen_from = room.views[_index(view, len(room.views), "view")]
    named = None if plane is None else room.planes[_index(plane, len(room.planes), "plane")]
    ends = check_inside(np.stack([np.asarray(p_px, np.float64), np.asarray(q_px, np.float64)]), camera=seen_from.camera)
    if np.linalg.norm(ends[1] - ends[0]) < 1e-9:
        raise InputError(
            "E_POINTS_EQUAL", "both ends of the length are one point", expected="two places", found=f"({ends[0, 0]:.1f}, {ends[0, 1]:.1f})"
        )
    towards = rays(ends, camera=seen_from.camera)
    surface = named or _plane_under(room, seen_from, towards)
    if room.scale is None or surface is None or not np.isfinite(towards).all():
        return None
    hits = _hits(seen_from, towards, surface)
    if hits is None:
        return None
    value = float(np.linalg.norm(hits[1] - hits[0]))
    variance = _variance(room, seen_from, surface, ends, hits, click_sigma_px)
    return Length(value, float(np.sqrt(variance)), f"{surface.source}, scale: {room.scale.source}")


def _index(index: int, count: int, name: str) -> int:
    if 0 <= index < count:
        return index
    expected = f"0 to {count - 1}" if count else f"a room with a {name}"
    raise InputError("E_ROOM_INDEX", f"the room has no such {name}", expected=expected, found=str(index))


def _plane_under(room: Room, view: View, towards: Array) -> Plane | None:
    """Return the nearest plane whose outline holds both places, else the floor."""
    best: tuple[float, Plane] | None = None
    for plane in room.planes:
        hits = _hits(view, towards, plane)
        if hits is None or not _holds(plane, hits):
            continue
        distance = float(np.linalg.norm(hits.mean(axis=0) - view.world_from_camera[:3, 3]))
        if best is None or distance < best[0]:
            best = (distance, plane)
    return room.floor if best is None else best[1]


def _hits(view: View, towards: Array, plane: Plane) -> Array | None:
    """Return (2, 3) world places where rays (2, 3) in camera axes meet a plane; None if one does not, or grazes it."""
    pose = view.world_from_camera
    directions = towards @ pose[:3, :3].T
    normal = np.asarray(plane.normal)
    steep = directions @ normal
    if (np.abs(steep) < _GRAZING * np.linalg.norm(directions, axis=1)).any():
        return None
    reach = -(pose[:3, 3] @ normal + plane.offset_m) / steep
    return None if (reach <= 0).any() else pose[:3, 3] + reach[:, None] * directions


def _holds(plane: Plane, points: Array) -> bool:
    """Tell whether all (N, 3) points on a plane lie inside its outline (even-odd rule)."""
    if len(plane.outline_m) < 3:
        return False
    across = tangents(np.asarray(plane.normal))
    corners, places = plane.outline_m @ across.T, points @ across.T
    (x, y), (u, v) = corners.T, np.roll(corners, -1, axis=0).T
    for place in places:
        spans = (y > place[1]) != (v > place[1])
        with np.errstate(divide="ignore", invalid="ignore"):
            crossings = x + (place[1] - y) / (v - y) * (u - x)
        if np.count_nonzero(spans & (place[0] < crossings)) % 2 == 0:
            return False
    return True


def _variance(room: Room, view: View, plane: Plane, ends: Array, hits: Array, click_sigma_px: float) -> float:
    assert room.scale is not None
    normal = np.asarray(plane.normal)
    across = tangents(normal)
    middle = plane.outline_m.mean(axis=0) if len(plane.outline_m) else hits.mean(axis=0)
    pose = view.world_from_camera
    value = float(np.linalg.norm(hits[1] - hits[0]))

    def length(change: Array) -> float:
        """Return the length after changes (15): plane's tilts and offset, camera's turn, place and 4 pixel coordinates, ln f."""
        n = normal + change[:2] @ across
        n = n / np.linalg.norm(n)
        offset = -n @ middle + (normal @ middle + plane.offset_m) + change[2]
        eye = pose[:3, 3] + change[6:9]
        towards = rays(ends + change[9:13].reshape(2, 2), camera=view.camera)
        directions = towards @ pose[:3, :3].T
        directions = directions + np.cross(change[3:6], directions)
        reach = -(eye @ n + offset) / (directions @ n)
        local = reach[:, None] * directions @ pose[:3, :3]
        # Depth is measured along z: a longer focal length draws everything nearer to the axis, planes and all.
        local = local * (1 - change[13], 1 - change[13], 1)
        return float(np.linalg.norm(local[1] - local[0]))

    several = len(room.views) > 1
    sigmas = np.concatenate(
        [
            [plane.sigma_normal_rad] * 2,
            [plane.sigma_offset_m],
            [view.sigma_rotation_rad * several] * 3,
            [view.sigma_position_m * several] * 3,
            [click_sigma_px] * 4,
            [relative_focal_sigma(view.camera) * (plane.source == "depth")],
        ]
    )
    slopes = _slopes(length, len(sigmas))
    return float(((slopes * sigmas) ** 2).sum() + (room.scale.sigma * value) ** 2)


def _slopes(function: Callable[[Array], float], count: int) -> Array:
    """Return central differences of a function of (count,) changes at 0."""
    return np.array([(function(_STEP * unit) - function(-_STEP * unit)) / (2 * _STEP) for unit in np.eye(count)])
