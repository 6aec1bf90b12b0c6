"""`photo_room`: one photo becomes a room, with every doubt said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeGuard

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.report import Finding
from arviz.core.room import Plane, Room, Scale, View
from arviz.vision.photo.anchors import ScaleAnchor
from arviz.vision.photo.floor import PhotoFloor, floor_from_up
from arviz.vision.photo.focal import focal_from_vanishing, guessed, refined_camera, with_stated_sigma
from arviz.vision.photo.gravity import SIGMA_RAD, UpPrior, down_vector, gravity_prior
from arviz.vision.photo.locate import anchored_floor
from arviz.vision.photo.outline import FloorOutline, given_outline
from arviz.vision.photo.segments import Segments, find_segments, segments
from arviz.vision.photo.vanishing import Triad, manhattan
from arviz.vision.photo.wall_lines import wall_outline
from arviz.vision.photo.world import floor_plane, height_sigma, scale_sigma, wall_planes, world_from_camera

_SURE, _BEYOND_DOUBT = 0.35, 0.8
"""Of a triad's confidence: what is measured uses it from here on; it may contradict gravity only from there on."""
_DISAGREES_DEG, _WRONG_AXES_DEG = 6.0, 30.0
_CENTRE_SIGMA = 0.008
"""Of the longer side: where the optical axis of an uncalibrated camera meets the picture."""


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
        ``E_CAMERA_SIZE``, ``E_GRAVITY``, ``E_SCALE_NOT_FOUND``, ``E_SCALE_NEEDS_UP``, ``E_FLOOR_POINTS``,
        ``E_POINT_OUTSIDE``, ``E_POINT_ABOVE_HORIZON``.
    """
    frame.camera.check_size(width_px=frame.image.width_px, height_px=frame.image.height_px)
    camera = with_stated_sigma(frame.camera)
    given = None if gravity is None else _gravity(gravity, gravity_sigma_rad, camera)
    seen = _seen(frame.image, camera, given)
    camera, prior = seen.camera, _up_prior(seen.triad, given)
    findings = list(seen.findings)
    thing_px, trusted = np.empty((0, 2)), True
    if scale is not None:
        anchored = anchored_floor(frame.image, scale, camera=camera, prior=prior)
        floor, thing_px, trusted = anchored.floor, anchored.outline_px, not anchored.disagrees
        if anchored.disagrees:
            findings.append(_disagreement(scale, prior))
    elif prior is not None:
        floor = floor_from_up(prior, camera=camera)
        findings.append(_NO_SCALE)
    else:
        return Room(findings=(*findings, _NO_FLOOR, _NO_SCALE))
    outline = None
    if floor_points_px is not None:
        outline = given_outline(floor_points_px, floor=floor)
    elif trusted and _sure(seen.triad):
        outline = wall_outline(frame.image, seen.edges, triad=seen.triad, floor=floor)
        findings.append(_NO_OUTLINE if outline is None else _GUESSED_WALLS)
    else:
        findings.append(_NO_OUTLINE)
    return _assemble(frame, floor, outline, thing_px, findings)


class _Seen(NamedTuple):
    """What the edges of a picture say."""

    camera: Camera
    """With a focal length that the picture agrees with."""
    edges: Segments
    triad: Triad | None
    findings: tuple[Finding, ...]


def _gravity(gravity: Sequence[float] | Array, sigma_rad: float, camera: Camera) -> UpPrior:
    """Return gravity as the picture should see it.

    Nobody knows where the optical axis of an uncalibrated camera meets the sensor, so its picture may be turned against
    gravity by as much. Edges and sheets of paper are seen in the same picture: against each other they are not turned.
    """
    centre = _CENTRE_SIGMA * max(camera.width_px, camera.height_px) / float(camera.k[0, 0]) if guessed(camera) else 0.0
    return gravity_prior(down_vector(gravity), sigma_rad=float(np.hypot(sigma_rad, centre)))


def _seen(image: Image, camera: Camera, given: UpPrior | None) -> _Seen:
    edges = find_segments(image, camera=camera)
    triad = manhattan(edges, camera=camera, gravity=given)
    if triad is not None and _sure(triad) and guessed(camera):
        camera = refined_camera(camera, focal_from_vanishing(edges, triad, camera=camera, prior=given))
        edges = segments(edges.ends_px, camera=camera)
        triad = manhattan(edges, camera=camera, gravity=given)
    if given is None or _sure(triad):
        return _Seen(camera, edges, triad, ())
    free = manhattan(edges, camera=camera)
    if free is None or free.confidence < _BEYOND_DOUBT:
        return _Seen(camera, edges, None, ())
    off = float(np.degrees(np.arccos(np.clip(np.abs(free.axes_camera @ given.up).max(), 0, 1))))
    if off > _WRONG_AXES_DEG:
        raise InputError(
            "E_GRAVITY",
            "gravity contradicts the straight edges of the room",
            expected="down in camera axes (x right, y down, z forward), along the vertical edges",
            found=f"{off:.0f} degrees from every direction of the room",
            hint="See that gravity belongs to this photo and to the camera's axes, not to the phone's.",
        )
    return _Seen(camera, edges, None, (_gravity_disagrees(off),) if off > _DISAGREES_DEG else ())


def _sure(triad: Triad | None) -> TypeGuard[Triad]:
    """Tell whether there is a triad that may be used for what is measured."""
    return triad is not None and triad.confidence >= _SURE


def _up_prior(triad: Triad | None, given: UpPrior | None) -> UpPrior | None:
    if _sure(triad):
        return triad.prior() if given is None else triad.prior()._replace(source="gravity + vanishing points")
    return given


def _assemble(frame: Frame, floor: PhotoFloor, outline: FloorOutline | None, thing_px: Array, findings: list[Finding]) -> Room:
    planes: list[Plane] = [floor_plane(floor, outline, thing_px)]
    if outline is not None:
        planes += wall_planes(floor, outline)
    view = View(
        camera=floor.camera,
        world_from_camera=world_from_camera(floor),
        time_s=frame.time_s,
        sigma_rotation_rad=floor.sigma_tilt_rad,
        sigma_position_m=height_sigma(floor),
    )
    scale = Scale(sigma=scale_sigma(floor), source=floor.source) if floor.metric else None
    return Room(planes=tuple(planes), scale=scale, views=(view,), findings=tuple(findings))


_NO_SCALE = Finding(
    code="W_SCALE_UNKNOWN",
    severity="warning",
    message="nothing in the photo says how large things are: lengths are in units of the camera's height",
    hint="Put an A4 sheet on the floor and give --scale a4, or give a length that you know: --scale length=X1,Y1,X2,Y2,1.2m.",
)
_NO_FLOOR = Finding(
    code="W_FLOOR_UNKNOWN",
    severity="warning",
    message="the photo does not say how the floor lies: too few straight edges at right angles",
    hint="Give gravity, or put an A4 sheet on the floor and give --scale a4.",
)


_NO_OUTLINE = Finding(
    code="W_FLOOR_OUTLINE_UNKNOWN",
    severity="warning",
    message="one photo does not tell how far the floor reaches here",
    hint="Give the corners of the floor: --floor-points X1,Y1,X2,Y2,...",
)
_GUESSED_WALLS = Finding(
    code="W_WALLS_GUESSED",
    severity="warning",
    message="the walls are guessed from straight edges along the floor; furniture may have been taken for them",
    hint="Look at them with --draw, and give the corners of the floor if they are wrong: --floor-points X1,Y1,X2,Y2,...",
)


def _gravity_disagrees(off_deg: float) -> Finding:
    return Finding(
        code="W_GRAVITY_DISAGREES",
        severity="warning",
        message=f"the straight edges of the room are {off_deg:.0f} degrees from gravity; gravity alone is believed",
        hint="See that gravity belongs to this photo.",
    )


def _disagreement(scale: ScaleAnchor, prior: UpPrior | None) -> Finding:
    return Finding(
        code="W_UP_DISAGREES",
        severity="warning",
        message=f"the {scale.kind} lies on another plane than {prior.source if prior else 'nothing'} would have it; it alone is believed",
        hint="See that it lies flat on the floor, and that the camera's focal length and gravity belong to this photo.",
    )
