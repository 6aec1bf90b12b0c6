"""`sequence_room`: photos of a walk become a room, with every doubt said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.core.room import Plane, PlaneKind, Room, View
from arviz.vision.photo.anchors import ScaleAnchor
from arviz.vision.room.upright import world_of
from arviz.vision.sequence.cloud import CloudPlane, planes
from arviz.vision.sequence.photos import MOST_FRAMES, Engine, Progress, photo_sequence
from arviz.vision.sequence.result import PhotoSequence, PosedPhoto
from arviz.vision.sequence.scale import Metre, by_anchor, by_distance
from arviz.vision.sequence.upright import Upright, upright

_LEVEL_RAD, _WALL_RAD = np.radians(8.0), np.radians(8.0)
_CEILING = 1.05
"""A level surface seen from below is a ceiling from this share of the cameras' height on."""


def sequence_room(
    frames: Sequence[Frame],
    *,
    gravity: Sequence[float] | Array | None = None,
    scale: ScaleAnchor | None = None,
    between: tuple[int, int] | None = None,
    distance_m: float = 0.0,
    sigma_distance_m: float = 0.01,
    max_frames: int = MOST_FRAMES,
    engine: Engine = "own",
    progress: Progress = lambda step, share: None,
) -> Room:
    """Measure a room from overlapping photos: its planes through points that several photos show.

    The floor is at y = 0, the origin below the first placed camera, which looks along -Z. Without scale all lengths are in
    units of that camera's height.

    Parameters
    ----------
    frames : sequence of Frame
    gravity : (3,) float, optional
        Down in the axes of the first frame's camera.
    scale : ScaleAnchor, optional
        A thing of known size on the floor, in one or more of the photos.
    between : (int, int), optional
        Indices of two frames that were taken `distance_m` apart, `sigma_distance_m` its standard deviation; without `scale`.
    max_frames, engine, progress
        As for `photo_sequence`.

    Raises
    ------
    InputError
        As `photo_sequence` and `photo_room`; ``E_SEQUENCE_DISTANCE``.
    """
    found = photo_sequence(frames, max_frames=max_frames, engine=engine, progress=progress)
    progress("planes", 0.0)
    placed = found.placed
    eyes = np.array([_pose(photo)[:3, 3] for photo in placed])
    surfaces = planes(found.points, found.sigma, eyes)
    stance = upright(found, surfaces, frames, gravity=gravity)
    metre = _metre(found, stance, frames, scale, between, distance_m, sigma_distance_m)
    height = float(_ground(found, stance, eyes[:1])[0])
    unit = metre.metres if metre is not None else 1 / max(height, 1e-9)
    world_from_first = world_of(_pose(placed[0])[:3, :3].T @ stance.up, height_m=height)
    world_from_sequence = world_from_first @ np.linalg.inv(_pose(placed[0]))
    views = tuple(_view(photo, frames[photo.index], world_from_sequence, unit) for photo in placed)
    made = [_plane(surface, found, world_from_sequence, unit, stance, eyes) for surface in surfaces]
    findings = (*found.findings, *_findings(metre, stance))
    progress("planes", 1.0)
    order = sorted(made, key=lambda plane: plane.kind != "floor")
    return Room(planes=tuple(order), scale=None if metre is None else metre.scale, views=views, findings=findings)


def _pose(photo: PosedPhoto) -> Array:
    assert photo.world_from_camera is not None
    return photo.world_from_camera


def _metre(
    found: PhotoSequence,
    stance: Upright,
    frames: Sequence[Frame],
    scale: ScaleAnchor | None,
    between: tuple[int, int] | None,
    distance_m: float,
    sigma_distance_m: float,
) -> Metre | None:
    if scale is not None:
        if stance.floor is None:
            raise InputError(
                "E_FLOOR_UNKNOWN",
                "the photos do not say where the floor is, on which the thing of known size lies",
                expected="25 points on the floor that several photos show",
                found="too few",
                hint="Show more of the floor, with a rug or newspapers on it, from several sides.",
            )
        return by_anchor(found, stance.floor, frames, anchor=scale)
    return None if between is None else by_distance(found, between, metres=distance_m, sigma_m=sigma_distance_m)


def _ground(found: PhotoSequence, stance: Upright, at: Array) -> Array:
    """Return (N,) heights over the floor, or over the lowest points where no floor was found."""
    if stance.floor is not None:
        height: Array = at @ stance.floor.normal + stance.floor.offset
        return height
    low = float(np.percentile(found.points @ stance.up, 1)) if len(found.points) else -1.0
    out: Array = np.maximum(at @ stance.up - low, 1e-6)
    return out


def _view(photo: PosedPhoto, frame: Frame, world_from_sequence: Array, unit: float) -> View:
    pose = world_from_sequence @ _pose(photo)
    pose[:3, 3] *= unit
    return View(
        camera=photo.camera,
        world_from_camera=pose,
        time_s=frame.time_s,
        sigma_rotation_rad=photo.sigma_rotation_rad,
        sigma_position_m=photo.sigma_position * unit,
    )


def _plane(surface: CloudPlane, found: PhotoSequence, world_from_sequence: Array, unit: float, stance: Upright, eyes: Array) -> Plane:
    turn, shift = world_from_sequence[:3, :3], world_from_sequence[:3, 3]
    normal = turn @ surface.normal
    offset = (surface.offset - float(normal @ shift)) * unit
    points = (found.points[surface.members] @ turn.T + shift) * unit
    # The farther a camera walked, the better are the points; a plane of few of them may be chance.
    share = len(surface.members) / max(len(found.points), 1)
    return Plane(
        kind="floor" if surface is stance.floor else _kind(surface, found, stance, eyes),
        normal=tuple(normal / np.linalg.norm(normal)),
        offset_m=offset,
        outline_m=_outline(points, normal, offset),
        extent="seen",
        sigma_normal_rad=surface.sigma_normal_rad,
        sigma_offset_m=surface.sigma_offset * unit,
        source="photo",
        confidence=float(np.clip(1 - np.exp(-len(surface.members) / 60 - 10 * share), 0, 0.95)),
    )


def _kind(surface: CloudPlane, found: PhotoSequence, stance: Upright, eyes: Array) -> PlaneKind:
    along = float(surface.normal @ stance.up)
    height = float(_ground(found, stance, found.points[surface.members].mean(axis=0)[None])[0])
    camera = float(_ground(found, stance, eyes).mean())
    if along < -np.cos(_LEVEL_RAD) and height > _CEILING * camera:
        return "ceiling"
    if along > np.cos(_LEVEL_RAD) and stance.floor is not None and height > 0.05 * camera:
        return "table"
    if abs(along) < np.sin(_WALL_RAD):
        heights = _ground(found, stance, found.points[surface.members])
        tall = np.percentile(heights, 95) > 0.9 * camera  # furniture's sides end below the eye
        return "wall" if tall else "other"
    return "other"


def _outline(points: Array, normal: Array, offset: float) -> Array:
    """Return the convex hull (N, 3) of points moved onto their plane, counter-clockwise seen against the normal."""
    from scipy.spatial import ConvexHull, QhullError

    on = points - (points @ normal + offset)[:, None] * normal
    u = np.cross(normal, np.eye(3)[int(np.abs(normal).argmin())])
    u = u / np.linalg.norm(u)
    flat = np.stack([on @ u, on @ np.cross(normal, u)], axis=1)
    try:
        hull = ConvexHull(flat).vertices
    except QhullError:  # all on one line
        return np.empty((0, 3))
    out: Array = on[hull]
    return out


def _findings(metre: Metre | None, stance: Upright) -> tuple[Finding, ...]:
    out = []
    if stance.floor is None:
        out.append(
            Finding(
                code="W_FLOOR_UNKNOWN",
                severity="warning",
                message="the photos do not say where the floor is: too few points on it are in several of them",
                hint="Show more of the floor, with a rug or newspapers on it.",
            )
        )
    if not stance.source:
        out.append(
            Finding(
                code="W_UP_ASSUMED",
                severity="warning",
                message="nothing in the photos says where up is: they are taken as held upright",
                hint="Give gravity.",
            )
        )
    if metre is None:
        out.append(
            Finding(
                code="W_SCALE_UNKNOWN",
                severity="warning",
                message="nothing in the photos says how large things are: lengths are in units of the first camera's height",
                hint="Put an A4 sheet on the floor and give --scale a4.",
            )
        )
    return tuple(out)
