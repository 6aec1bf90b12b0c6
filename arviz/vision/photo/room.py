"""`photo_room`: one photo becomes a room, with every doubt said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.core.room import Plane, Room, Scale, View
from arviz.vision.photo.anchors import ScaleAnchor
from arviz.vision.photo.floor import PhotoFloor, floor_from_up
from arviz.vision.photo.focal import focal_from_vanishing, guessed, refined_camera, with_stated_sigma
from arviz.vision.photo.gravity import SIGMA_RAD, UpPrior, down_vector, gravity_prior
from arviz.vision.photo.locate import anchored_floor
from arviz.vision.photo.outline import FloorOutline, given_outline
from arviz.vision.photo.rays import check_size
from arviz.vision.photo.segments import find_segments, segments
from arviz.vision.photo.vanishing import Triad, manhattan
from arviz.vision.photo.world import floor_plane, scale_sigma, wall_planes, world_from_camera

_SURE = 0.35
"""Of a triad's confidence: below, it is not used for what is measured."""


def photo_room(
    frame: Frame,
    *,
    gravity: Sequence[float] | Array | None = None,
    gravity_sigma_rad: float = SIGMA_RAD,
    scale: ScaleAnchor | None = None,
    floor_points_px: Array | None = None,
) -> Room:
    """Return what one photo says about a room.

    The floor is at y = 0, the origin below the camera, the camera looks along -Z. Without anything that gives metres the
    unit of all lengths is the camera's height, `Room.scale` is None, and a finding says how to get scale. Where nothing
    says how the floor lies there are no planes.

    Parameters
    ----------
    frame : Frame
    gravity : (3,) float, optional
        Down in camera axes (x right, y down, z forward); any length.
    gravity_sigma_rad : float
        Standard deviation of it, about each direction across it.
    scale : ScaleAnchor, optional
        As `parse_scale` reads it.
    floor_points_px : (N, 2), optional
        Corners of the floor in turn.

    Raises
    ------
    InputError
        ``E_CAMERA_SIZE``, ``E_GRAVITY``, ``E_SCALE_NOT_FOUND``, ``E_SCALE_NEEDS_UP``, ``E_FLOOR_UNKNOWN``, ``E_FLOOR_POINTS``,
        ``E_POINT_OUTSIDE``, ``E_POINT_ABOVE_HORIZON``.
    """
    check_size(frame)
    down = None if gravity is None else down_vector(gravity)
    camera, triad = _seen_along(frame, down, gravity_sigma_rad)
    prior = _up_prior(triad, down, gravity_sigma_rad)
    findings: list[Finding] = []
    outline_px = np.empty((0, 2))
    if scale is not None:
        anchored = anchored_floor(frame.image, scale, camera=camera, prior=prior)
        floor, outline_px = anchored.floor, anchored.outline_px
        if anchored.disagrees:
            findings.append(_disagreement(scale, prior))
    elif prior is not None:
        floor = floor_from_up(prior, camera=camera)
        findings.append(_NO_SCALE)
    else:
        return Room(findings=(_NO_FLOOR, _NO_SCALE))
    outline = None if floor_points_px is None else given_outline(floor_points_px, floor=floor)
    return _assemble(frame, floor, triad, outline, outline_px, findings)


def _seen_along(frame: Frame, down: Array | None, gravity_sigma_rad: float) -> tuple[Camera, Triad | None]:
    """Return the room's directions, and the camera with a focal length that the picture agrees with."""
    camera = with_stated_sigma(frame.camera)
    edges = find_segments(frame.image, camera=camera)
    triad = manhattan(edges, camera=camera, gravity=down, gravity_sigma_rad=gravity_sigma_rad)
    if triad is None or triad.confidence < _SURE or not guessed(camera):
        return camera, triad
    prior = None if down is None else gravity_prior(down, sigma_rad=gravity_sigma_rad)
    camera = refined_camera(camera, focal_from_vanishing(edges, triad, camera=camera, prior=prior))
    edges = segments(edges.ends_px, camera=camera)
    return camera, manhattan(edges, camera=camera, gravity=down, gravity_sigma_rad=gravity_sigma_rad)


def _up_prior(triad: Triad | None, down: Array | None, gravity_sigma_rad: float) -> UpPrior | None:
    if triad is not None and triad.confidence >= _SURE:
        prior = triad.prior()
        return prior if down is None else prior._replace(source="gravity + vanishing points")
    return None if down is None else gravity_prior(down, sigma_rad=gravity_sigma_rad)


def _assemble(
    frame: Frame, floor: PhotoFloor, triad: Triad | None, outline: FloorOutline | None, seen_px: Array, findings: list[Finding]
) -> Room:
    planes: list[Plane] = [floor_plane(floor, outline, seen_px)]
    if outline is not None:
        planes += wall_planes(floor, outline)
    view = View(
        camera=floor.camera,
        world_from_camera=world_from_camera(floor),
        time_s=frame.time_s,
        sigma_rotation_rad=floor.sigma_tilt_rad,
        sigma_position_m=planes[0].sigma_offset_m,
    )
    scale = Scale(sigma=scale_sigma(floor), source=floor.source) if floor.metric else None
    return Room(planes=tuple(planes), scale=scale, views=(view,), findings=tuple(findings))


_NO_SCALE = Finding(
    code="W_SCALE_UNKNOWN",
    severity="warning",
    message="Nothing in the photo says how large things are: lengths are in units of the camera's height.",
    hint="Put an A4 sheet on the floor and give --scale a4, or give a length that you know: --scale length=X1,Y1,X2,Y2,1.2m.",
)
_NO_FLOOR = Finding(
    code="W_FLOOR_UNKNOWN",
    severity="warning",
    message="The photo does not say how the floor lies: too few straight edges at right angles.",
    hint="Give gravity, or put an A4 sheet on the floor and give --scale a4.",
)


def _disagreement(scale: ScaleAnchor, prior: UpPrior | None) -> Finding:
    return Finding(
        code="W_UP_DISAGREES",
        severity="warning",
        message=f"The {scale.kind} lies on another plane than {prior.source if prior else 'nothing'} would have it; it alone is believed.",
        hint="See that it lies flat on the floor, and that the camera's focal length and gravity belong to this photo.",
    )
