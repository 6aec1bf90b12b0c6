"""Measure a room from its frames: by depth where there is some, else from one photo or a sequence of photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.core.room import LightEstimate, Room, View
from arviz.vision.depth.provider import DepthProvider
from arviz.vision.light.estimate import estimate_light
from arviz.vision.light.sun import room_sun
from arviz.vision.photo.anchors import ScaleAnchor, parse_scale
from arviz.vision.photo.room import photo_room


def estimate_room(
    frames: Frame | Sequence[Frame],
    *,
    gravity: Sequence[float] | None = None,
    scale: ScaleAnchor | str | None = None,
    floor_points_px: Array | Sequence[Sequence[float]] | None = None,
    depth_provider: DepthProvider | None = None,
    device_light: LightEstimate | None = None,
    light: LightEstimate | None = None,
    sigma_rotation_rad: float = 0.0,
    sigma_position_m: float = 0.0,
    progress: Callable[[str, float], None] = lambda step, share: None,
) -> Room:
    """Measure a room from frames of it.

    Parameters
    ----------
    frames : Frame or sequence of Frame
        With depth: one, or several with poses. Without: one photo, or a sequence of photos that overlap. All have depth, or none.
    gravity : (3,) float, optional
        Where down is, in the axes of the first frame's camera (x right, y down, z ahead); any length.
    scale : ScaleAnchor or str, optional
        What gives photos their scale, as `arviz.vision.photo.anchors.parse_scale` reads it: ``"a4"``, ``"card"``,
        ``"marker=15cm"``, ``"board=charuco:7x10:26mm"``, ``"length=x1,y1,x2,y2,1.2m"``.
    floor_points_px : (N, 2) float, optional
        Corners of the floor in the first frame, in pixels, in order.
    depth_provider : DepthProvider, optional
        An open network of yours that guesses depth, for a single photo with a scale; none is shipped or fetched.
    device_light : LightEstimate, optional
        What the phone says of the light; used unless `light` is given.
    light : LightEstimate, optional
        Overrides every estimate.
    sigma_rotation_rad, sigma_position_m : float
        Standard deviations of the poses of frames with depth, about and along each axis.
    progress : callable
        Told a step and how far it is, 0 to 1.

    Returns
    -------
    Room
        `Room.scale` is None where nothing says how long a metre is.

    Raises
    ------
    InputError
        No frame, frames that do not fit together, an anchor that is not in the picture, gravity that contradicts it.
    """
    given = (frames,) if isinstance(frames, Frame) else tuple(frames)
    if not given:
        raise InputError("E_NO_FRAMES", "there is no frame", expected="at least one picture of the room")
    if not all(isinstance(frame, Frame) for frame in given):
        raise InputError(
            "E_FRAME_KIND",
            "this is no frame",
            expected="arviz.Frame, or several",
            found=type(frames).__name__,
            hint="arviz.room reads pictures, depth and captures from files.",
        )
    with_depth = sum(frame.depth_m is not None for frame in given)
    if 0 < with_depth < len(given):
        raise InputError(
            "E_DEPTH_SOME",
            "only some frames have depth",
            expected="depth for every frame or for none",
            found=f"{with_depth} of {len(given)}",
            hint="Give one --depth per frame, or leave the frames without depth out.",
        )
    anchor = parse_scale(scale) if isinstance(scale, str) else scale
    progress("room", 0.1)
    if with_depth:
        room = _from_depth(given, anchor, gravity=gravity, sigma_rotation_rad=sigma_rotation_rad, sigma_position_m=sigma_position_m)
        given = _viewed(given)
    elif len(given) == 1:
        points = None if floor_points_px is None else np.asarray(floor_points_px, np.float64)
        room = _from_photo(given[0], depth_provider, gravity=gravity, scale=anchor, floor_points_px=points)
    else:
        from arviz.vision.sequence.room import sequence_room

        room = sequence_room(given, gravity=gravity, scale=anchor, progress=progress)
    if floor_points_px is not None and (with_depth or len(given) > 1):
        room = _without_points(room)
    progress("light", 0.9)
    if with_depth:
        room = replace(room, sun=room_sun(given, room))
    measured: Room = replace(room, lighting=estimate_light(given[0], room, device=device_light, override=light))
    return measured


def _from_photo(frame: Frame, provider: DepthProvider | None, **known: Any) -> Room:
    if provider is None:
        return photo_room(frame, **known)
    from arviz.vision.modelled_depth import modelled_room

    return modelled_room(frame, provider, **known)


def _from_depth(frames: Sequence[Frame], anchor: ScaleAnchor | None, **known: Any) -> Room:
    from arviz.vision.room.estimate import depth_room

    room = depth_room(frames, **known)
    room = replace(room, views=tuple(map(_of_picture, room.views, _viewed(frames))))
    if anchor is None:
        return room
    finding = Finding(
        code="I_SCALE_UNUSED",
        severity="info",
        message=f"the scale comes from the depth; the {anchor.kind} was not needed",
    )
    return replace(room, findings=(*room.findings, finding))


def _viewed(frames: Sequence[Frame]) -> tuple[Frame, ...]:
    """Return the frames with depth that have a view in the room: those with poses, or the first alone."""
    return tuple(frame for frame in frames if frame.world_from_camera is not None) or tuple(frames[:1])


def _of_picture(view: View, frame: Frame) -> View:
    """Return a view with the camera of its picture: a phone's depth is smaller, and people name pixels of the picture."""
    camera = frame.camera
    fits = (camera.width_px, camera.height_px) == (frame.image.width_px, frame.image.height_px)
    return replace(view, camera=camera) if fits else view


def _without_points(room: Room) -> Room:
    finding = Finding(
        code="W_FLOOR_POINTS_UNUSED",
        severity="warning",
        message="corners of the floor are used for a single photo only",
        hint="Give one photo without depth, or leave the corners out.",
    )
    return replace(room, findings=(*room.findings, finding))
