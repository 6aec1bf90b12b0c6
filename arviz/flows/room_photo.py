"""A photo of a measured room, with its camera, its place and its depth."""

from __future__ import annotations

from dataclasses import replace
from os import fspath
from pathlib import Path

import numpy as np

from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.room import Room
from arviz.core.scene import Item, Lighting, Scene
from arviz.flows.frames import Source, read_frames
from arviz.flows.room_twin import room_twin
from arviz.render.environment import load_environment
from arviz.render.renderer import Renderer, RenderOptions
from arviz.render.room_catchers import plane_depth, ray_slopes
from arviz.vision.depth.refine import refine_depth


def room_photo(
    photo: Source | Frame, room: Room, *, view: int | None = None, depth: Source | None = None, depth_scale: float | str | None = None
) -> Frame:
    """Return the frame of a photo that a room was measured from.

    Parameters
    ----------
    photo : path or Frame
        A frame with a pose of its own is taken as it is.
    view : int, optional
        Index in `Room.views`; default: the one of the file's name, or the only one.
    depth, depth_scale
        As `arviz.flows.frames.read_frames` takes them; sharpens what hides the product.

    Raises
    ------
    InputError
        ``E_VIEW``: it is not known where the photo was taken; ``E_CAMERA_SIZE``; what `read_frames` refuses.
    """
    if isinstance(photo, Frame):
        if photo.world_from_camera is not None:
            return photo
        index = _view(room, "", view)
        return replace(photo, world_from_camera=room.views[index].world_from_camera)
    index = _view(room, Path(fspath(photo)).name, view)
    seen = room.views[index]
    found = read_frames([photo], depth=() if depth is None else [depth], depth_scale=depth_scale, camera=seen.camera)
    return replace(found.frames[0], world_from_camera=seen.world_from_camera)


def _view(room: Room, name: str, view: int | None) -> int:
    if view is None:
        named = [index for index, seen in enumerate(room.views) if name and seen.name == name]
        if named or len(room.views) == 1:
            return named[0] if named else 0
    elif 0 <= view < len(room.views):
        return view
    known = ", ".join(f"{index} {seen.name}".strip() for index, seen in enumerate(room.views)) or "none"
    raise InputError(
        "E_VIEW",
        "it is not known from where in the room this photo was taken",
        where=name or None,
        expected=f"one of the views of the room: {known}",
        found=name or view,
        hint="Give a photo that the room was measured from, or its number with --view.",
    )


def depth_before(frame: Frame, room: Room, renderer: Renderer) -> Array:
    """Return the depth (H, W) of what may stand before a product, +inf where nothing is known.

    From the frame's own depth, its edges moved to those of the picture; else from the floor, and from the other planes, the
    furniture and the obstacles of a room with a scale.
    """
    if frame.depth_m is not None:
        refined = refine_depth(frame).depth_m
        assert refined is not None
        return refined
    depth = np.full((frame.camera.height_px, frame.camera.width_px), np.inf, np.float32)
    if frame.world_from_camera is None:
        return depth
    if room.floor is not None:
        depth = plane_depth(room.floor, ray_slopes(frame.camera), frame.world_from_camera)
    standing = replace(room, planes=tuple(plane for plane in room.planes if plane.kind != "floor"), openings=())
    if room.scale is None or not (standing.planes or standing.objects or standing.obstacles is not None):
        return depth
    scene = Scene(items=(Item(asset=room_twin(standing)),), lighting=Lighting(environment=load_environment("studio")))
    options = RenderOptions(samples=1, colour=False)
    layer = renderer.render(scene, frame.camera, world_from_camera=frame.world_from_camera, options=options)
    assert layer.depth_m is not None
    return np.minimum(depth, layer.depth_m)
