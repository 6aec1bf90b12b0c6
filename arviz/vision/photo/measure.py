"""Lengths between what two pixels show of the planes of any room, with their sigma."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.length import Length
from arviz.core.room import Plane, Room, View
from arviz.vision.photo.floor import CLICK_SIGMA_PX, check_inside
from arviz.vision.photo.gravity import tangents

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
    """Return how far apart two places are that two pixels show on planes of the room: on one, or each on its own.

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
        Index in `Room.planes` of the plane that holds both; by default each place is on the nearest one whose outline
        holds it, else on the floor.
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
    towards = seen_from.camera.rays(ends)
    if room.scale is None or not np.isfinite(towards).all():
        return None
    on = [named or _plane_at(room, seen_from, ray) for ray in towards]
    if on[0] is None or on[1] is None:
        return None
    hits = [_hit(seen_from, ray, surface) for ray, surface in zip(towards, (on[0], on[1]), strict=True)]
    if hits[0] is None or hits[1] is None:
        return None
    value = float(np.linalg.norm(hits[1] - hits[0]))
    variance = _variance(room, seen_from, (on[0], on[1]), ends, value, click_sigma_px)
    sources = " and ".join(dict.fromkeys((on[0].source, on[1].source)))
    return Length(value, float(np.sqrt(variance)), f"{sources}, scale: {room.scale.source}")


def _index(index: int, count: int, name: str) -> int:
    if 0 <= index < count:
        return index
    expected = f"0 to {count - 1}" if count else f"a room with a {name}"
    raise InputError("E_ROOM_INDEX", f"the room has no such {name}", expected=expected, found=str(index))


def _plane_at(room: Room, view: View, towards: Array) -> Plane | None:
    """Return the nearest plane whose outline holds what a ray meets, else the floor."""
    best: tuple[float, Plane] | None = None
    for plane in room.planes:
        hit = _hit(view, towards, plane)
        if hit is None or not _holds(plane, hit):
            continue
        distance = float(np.linalg.norm(hit - view.world_from_camera[:3, 3]))
        if best is None or distance < best[0]:
            best = (distance, plane)
    return room.floor if best is None else best[1]


def _hit(view: View, towards: Array, plane: Plane) -> Array | None:
    """Return the place (3,) in the world where a ray (3,) in camera axes meets a plane; None if it does not, or grazes it."""
    pose = view.world_from_camera
    direction = pose[:3, :3] @ towards
    normal = np.asarray(plane.normal)
    steep = float(direction @ normal)
    if abs(steep) < _GRAZING * np.linalg.norm(direction):
        return None
    reach = -(pose[:3, 3] @ normal + plane.offset_m) / steep
    out: Array | None = None if reach <= 0 else pose[:3, 3] + reach * direction
    return out


def _holds(plane: Plane, point: Array) -> bool:
    """Tell whether a point (3,) on a plane lies inside its outline (even-odd rule)."""
    if len(plane.outline_m) < 3:
        return False
    across = tangents(np.asarray(plane.normal))
    corners, place = plane.outline_m @ across.T, across @ point
    (x, y), (u, v) = corners.T, np.roll(corners, -1, axis=0).T
    spans = (y > place[1]) != (v > place[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = x + (place[1] - y) / (v - y) * (u - x)
    return bool(np.count_nonzero(spans & (place[0] < crossings)) % 2)


def _variance(room: Room, view: View, on: tuple[Plane, Plane], ends: Array, value: float, click_sigma_px: float) -> float:
    assert room.scale is not None
    planes = list(dict.fromkeys(on))  # errors of one plane move both ends together
    place_of = [planes.index(plane) for plane in on]
    normals = np.array([plane.normal for plane in planes])
    offsets = np.array([plane.offset_m for plane in planes])
    middles = np.array(
        [plane.outline_m.mean(axis=0) if len(plane.outline_m) else -plane.offset_m * np.asarray(plane.normal) for plane in planes]
    )
    across = np.array([tangents(normal) for normal in normals])
    pose = view.world_from_camera
    shared = 11  # the camera's turn and place, 4 pixel coordinates, ln f; then tilts and offset of each plane

    def length(change: Array) -> float:
        """Return the length after changes (`shared` + 3 for each plane)."""
        moved = change[shared:].reshape(-1, 3)
        turned = normals + np.einsum("pt,ptc->pc", moved[:, :2], across)
        turned = turned / np.linalg.norm(turned, axis=1, keepdims=True)
        # A plane tilts about the middle of its outline.
        shifted = -np.einsum("pc,pc->p", turned, middles) + np.einsum("pc,pc->p", normals, middles) + offsets + moved[:, 2]
        eye = pose[:3, 3] + change[3:6]
        directions = view.camera.rays(ends + change[6:10].reshape(2, 2)) @ pose[:3, :3].T
        directions = directions + np.cross(change[:3], directions)
        n, d = turned[place_of], shifted[place_of]
        reach = -(n @ eye + d) / np.einsum("ec,ec->e", directions, n)
        local = reach[:, None] * directions @ pose[:3, :3]
        # Depth is measured along z: a longer focal length draws everything nearer to the axis, planes and all.
        local = local * (1 - change[10], 1 - change[10], 1)
        return float(np.linalg.norm(local[1] - local[0]))

    several = len(room.views) > 1
    by_depth = any(plane.source == "depth" for plane in planes)
    sigmas = np.concatenate(
        [
            [view.sigma_rotation_rad * several] * 3,
            [view.sigma_position_m * several] * 3,
            [click_sigma_px] * 4,
            [view.camera.relative_sigma_f * by_depth],
            *([plane.sigma_normal_rad, plane.sigma_normal_rad, plane.sigma_offset_m] for plane in planes),
        ]
    )
    slopes = _slopes(length, len(sigmas))
    return float(((slopes * sigmas) ** 2).sum() + (room.scale.sigma * value) ** 2)


def _slopes(function: Callable[[Array], float], count: int) -> Array:
    """Return central differences of a function of (count,) changes at 0."""
    return np.array([(function(_STEP * unit) - function(-_STEP * unit)) / (2 * _STEP) for unit in np.eye(count)])
