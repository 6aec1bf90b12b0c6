"""`depth_room`: frames with depth become a `Room`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.core.room import Extent, Plane, Room, Scale, View
from arviz.vision.planes.field import PlaneField
from arviz.vision.planes.manhattan import snap
from arviz.vision.planes.noise import DepthNoise
from arviz.vision.room.doubts import doubted
from arviz.vision.room.fusion import fuse
from arviz.vision.room.obstacles import height_grid
from arviz.vision.room.openings import openings_of
from arviz.vision.room.outlines import outlines_of
from arviz.vision.room.own_world import own_world
from arviz.vision.room.pieces import whole_floor, whole_walls
from arviz.vision.room.semantics import Named, name_surfaces
from arviz.vision.room.shared import with_focal_length
from arviz.vision.room.sight import Sight, look
from arviz.vision.room.square import SQUARE_RAD, squared
from arviz.vision.room.surface import Surface
from arviz.vision.room.upright import direction, up_of

SENSOR_SCALE = {"kinect": 0.005, "lidar": 0.005, "exact": 0.0}
"""How far all depths of one sensor may be wrong together, relative; of others, 1 %. Our own estimate: single units are wrong by
up to a few centimetres in a room (Boehm 2014, "Accuracy Investigation for Structured-light Based Consumer 3D Sensors"), phones
by 1 to 2 cm in 4 m."""
_OTHER_SCALE = 0.01
_ORDER = ("floor", "ceiling", "wall", "table", "other")
_GRAVITY_GATE_RAD = np.radians(15.0)
_EYE_M = (0.15, 3.5)
_CEILING_M = (1.7, 7.0)
_OUT_OF_RANGE = 0.5
"""Where these lie outside, the unit of the depth is doubtful."""


def depth_room(
    frames: Sequence[Frame],
    *,
    gravity: Sequence[float] | None = None,
    noise: DepthNoise | None = None,
    sigma_rotation_rad: float = 0.0,
    sigma_position_m: float = 0.0,
) -> Room:
    """Measure a room from frames with depth.

    One frame without a pose makes its own world: the floor at y = 0, the origin below the camera, the camera looking about
    along -Z, and walls along the axes where they are at right angles; without a floor, the camera is the origin. Frames with
    poses keep their world, whose +Y must be up.

    Parameters
    ----------
    frames : sequence of Frame
        Each with `depth_m`; its camera may be that of the picture, it is scaled to the depth. Several need `world_from_camera`.
    gravity : (3,) floats, optional
        Where things fall, in the first frame's camera axes (x right, y down, z forward).
    noise : DepthNoise, optional
        Of the sensor; guessed from the size of the depth otherwise.
    sigma_rotation_rad, sigma_position_m : float
        Standard deviations of each `world_from_camera`, about and along each axis.

    Raises
    ------
    InputError
        ``E_NO_FRAMES``, ``E_NO_DEPTH``, ``E_DEPTH_UNIT``, ``E_CAMERA_SIZE``, ``E_POSE``, ``E_GRAVITY``.
    """
    if not frames:
        raise InputError("E_NO_FRAMES", "a room needs at least one frame", hint="Give a picture with its depth.")
    sights, findings = _with_poses(look(frames, noise=noise))
    down = None if gravity is None else direction(np.asarray(gravity))
    if sights[0].pose is None:
        up, doubts = up_of(sights[0].field.planes, gravity=down)
        sights = [_squared(sights[0], up)]
        surfaces, poses = own_world(sights, [np.eye(4)], up=up)
        return _assembled(surfaces, sights, poses, (*findings, *doubts))
    poses = [sight.pose for sight in sights if sight.pose is not None]
    _check_gravity(down, poses[0])
    surfaces, apart = fuse(sights, poses, sigma_rotation_rad=sigma_rotation_rad, sigma_position_m=sigma_position_m)
    room = _assembled(whole_floor(squared(surfaces), sights=sights, poses=poses), sights, poses, (*findings, *apart))
    views = (replace(view, sigma_rotation_rad=sigma_rotation_rad, sigma_position_m=sigma_position_m) for view in room.views)
    return replace(room, views=tuple(views))


def _with_poses(sights: list[Sight]) -> tuple[list[Sight], tuple[Finding, ...]]:
    """Return the frames that can be used together: those with poses, or the first alone."""
    posed = [sight for sight in sights if sight.pose is not None] or sights[:1]
    left = len(sights) - len(posed)
    if not left:
        return posed, ()
    message = f"{left} of {len(sights)} frames have no pose and were left out"
    return posed, (Finding(code="W_NO_POSE", severity="warning", message=message, hint="Give world_from_camera of each frame."),)


def _check_gravity(down: Array | None, pose: Array) -> None:
    if down is not None and np.arccos(np.clip(-(pose[:3, :3] @ down)[1], -1, 1)) > _GRAVITY_GATE_RAD:
        raise InputError(
            "E_GRAVITY",
            "gravity and the pose of the first frame disagree about where up is",
            expected="a world whose +Y is up, and gravity as where things fall in the camera's axes",
            found=f"gravity along {(pose[:3, :3] @ down).round(3).tolist()} in the world",
            hint="Leave gravity out, or turn the poses into a world with +Y up.",
        )


def _squared(sight: Sight, up: Array) -> Sight:
    """Return the sight with planes turned to the room's right angles, where it has them."""
    square = snap(sight.field, gravity=-up)
    if square is None or square.square_rad > SQUARE_RAD:
        return sight
    return replace(sight, field=PlaneField(planes=square.planes, labels=sight.field.labels))


def _assembled(surfaces: list[Surface], sights: list[Sight], poses: list[Array], findings: tuple[Finding, ...]) -> Room:
    surfaces = with_focal_length(surfaces, sights, poses)
    named = whole_walls(name_surfaces(surfaces, sights=sights, poses=poses), poses=poses)
    outlines = outlines_of(named, sights=sights, poses=poses)
    judged, doubts = doubted(named, outlines, sights=sights, poses=poses)
    if any(new.kind != old.kind or new.surface is not old.surface for new, old in zip(judged, named, strict=True)):
        outlines = outlines_of(judged, sights=sights, poses=poses)
    order = sorted(range(len(judged)), key=lambda index: _ORDER.index(judged[index].kind))
    named, outlines = [judged[index] for index in order], [outlines[index] for index in order]
    planes = [_plane(one, outline.polygon_m, outline.extent) for one, outline in zip(named, outlines, strict=True)]
    openings, seen = openings_of(named, outlines, sights=sights, poses=poses)
    floor = max((one.surface for one in named if one.kind == "floor"), key=lambda surface: surface.pixels, default=None)
    grid = None if floor is None else height_grid(named, outlines, floor=floor, sights=sights, poses=poses)
    return Room(
        planes=tuple(planes),
        openings=tuple(openings),
        obstacles=grid,
        scale=_scale(sights),
        views=tuple(View(camera=sight.camera, world_from_camera=pose) for sight, pose in zip(sights, poses, strict=True)),
        findings=(*findings, *_about(named, floor, sights, poses), *doubts, *seen),
    )


def _plane(one: Named, outline: Array, extent: Extent) -> Plane:
    surface = one.surface
    middle = outline.mean(axis=0) if len(outline) else surface.centre_m
    return Plane(
        kind=one.kind,
        normal=tuple(surface.normal),
        offset_m=surface.offset_m,
        outline_m=outline,
        extent=extent,
        sigma_normal_rad=float(surface.sigma_normal_rad / np.sqrt(2)),
        sigma_offset_m=float(surface.sigma_at_m(middle)),
        source="depth",
        confidence=float(np.clip(surface.confidence, 0, 1)),
    )


def _scale(sights: list[Sight]) -> Scale:
    """Return how far all lengths may be wrong together: the sensor's calibration, and the focal length."""
    sensor = max(SENSOR_SCALE.get(sight.noise.name, _OTHER_SCALE) for sight in sights)
    focal = max(sight.camera.relative_sigma_f for sight in sights)
    return Scale(sigma=float(np.hypot(sensor, focal)), source="depth")


def _unit_doubt(named: list[Named], floor: Surface | None, sights: list[Sight], poses: list[Array]) -> str:
    """Return why the unit of the depth is doubtful, nothing where it is not."""
    beyond = max(sight.out_of_range for sight in sights)
    if beyond > _OUT_OF_RANGE:
        return f"{100 * beyond:.0f} % of the depths are out of the sensor's range"
    if floor is None:
        return ""
    eye = max(float(floor.height_m(pose[:3, 3])) for pose in poses)
    if not _EYE_M[0] <= eye <= _EYE_M[1]:
        return f"the camera would have been held {eye:.2f} m above the floor"
    heights = [float(floor.height_m(one.surface.centre_m)) for one in named if one.kind == "ceiling" and one.surface.confidence >= 0.5]
    if heights and not _CEILING_M[0] <= max(heights) <= _CEILING_M[1]:
        return f"the ceiling would be {max(heights):.2f} m above the floor"
    return ""


def _about(named: list[Named], floor: Surface | None, sights: list[Sight], poses: list[Array]) -> tuple[Finding, ...]:
    out = []
    if floor is None:
        out.append(
            Finding(
                code="W_NO_FLOOR",
                severity="warning",
                message="no floor is in view: nothing can be placed on it",
                hint="Tilt the camera down, so that a part of the floor is in the picture.",
            )
        )
    if doubt := _unit_doubt(named, floor, sights, poses):
        out.append(
            Finding(
                code="W_DEPTH_UNIT",
                severity="warning",
                message=doubt,
                hint="Check what one step of the depth picture means: 1/1000 m, or 1/5000 m as in TUM RGB-D.",
            )
        )
    if len(named) < 2:
        out.append(
            Finding(
                code="W_ONE_PLANE" if named else "W_NO_PLANE",
                severity="warning",
                message="only one plane is in view" if named else "no plane is in view",
                hint="Step back, so that floor and walls are in the picture.",
            )
        )
    return tuple(out)
