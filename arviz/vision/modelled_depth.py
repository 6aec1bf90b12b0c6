"""A room from one photo and a depth network of the user's: the photo's floor gives the network its metres.

A network guesses; what it was never shown it may guess wrong everywhere alike. So the floor stays what the photo measured,
and every other plane carries the network's scatter against that floor as its sigma.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.core.room import Plane, Room, Scale, View
from arviz.vision.depth.align import AlignedDepth, align_depth, plane_anchors
from arviz.vision.depth.provider import DepthProvider
from arviz.vision.photo.anchors import ScaleAnchor
from arviz.vision.photo.room import photo_room
from arviz.vision.room.estimate import depth_room

REACH = 4.0
"""The floor is taken to go on around what marks it, this many times as far as the mark itself; robustly."""


def modelled_room(
    frame: Frame,
    provider: DepthProvider,
    *,
    gravity: Sequence[float] | None = None,
    scale: ScaleAnchor | None = None,
    floor_points_px: Array | None = None,
) -> Room:
    """Measure a room from one photo with the depth that a network guesses.

    Parameters
    ----------
    provider : DepthProvider
        Open.
    gravity, scale, floor_points_px
        As `arviz.vision.photo.room.photo_room` takes them; something must give the photo its scale.

    Raises
    ------
    InputError
        ``E_DEPTH_MODEL_SCALE``: the photo has no floor or no scale; ``E_DEPTH_ANCHOR``: the floor and the network disagree.
    """
    known = photo_room(frame, gravity=gravity, scale=scale, floor_points_px=floor_points_px)
    if known.scale is None or known.floor is None:
        raise InputError(
            "E_DEPTH_MODEL_SCALE",
            "a depth network does not know metres by itself",
            expected="a photo whose floor and scale are known",
            hint="Put an A4 sheet on the floor and give --scale a4.",
        )
    floor, view = known.floor, known.views[0]
    rotation, place = view.world_from_camera[:3, :3], view.world_from_camera[:3, 3]
    normal = rotation.T @ np.asarray(floor.normal)
    height_m = float(floor.distance_m(place[None])[0])
    anchors = plane_anchors(
        view.camera,
        normal=normal,
        offset_m=height_m,
        inside=_floor_pixels(floor, view, extent=1.0 if floor_points_px is not None else REACH),
        sigma_offset_m=float(np.hypot(floor.sigma_offset_m, known.scale.sigma * height_m)),
        source=known.scale.source,
    )
    aligned = align_depth(provider.predict(frame.image, camera=frame.camera), kind=provider.kind, anchors=anchors)
    seen = replace(frame, depth_m=aligned.depth_m, world_from_camera=view.world_from_camera)
    room = depth_room([seen])
    finding = Finding(
        code="W_DEPTH_GUESSED",
        severity="warning",
        message=f"depth is guessed by {provider.name}, {aligned.scatter:.1%} off the floor that it was fitted to",
        hint="Trust the floor and lengths on it; measure what matters.",
    )
    return replace(
        room,
        planes=(floor, *(_doubtful(plane, aligned, place) for plane in room.planes if plane.kind != "floor")),
        openings=(),
        scale=Scale(sigma=aligned.sigma_scale, source=f"{known.scale.source} and {provider.name}"),
        views=known.views,
        findings=(*known.findings, *room.findings, finding),
    )


def _doubtful(plane: Plane, aligned: AlignedDepth, eye_m: Array) -> Plane:
    """Return a plane with the network's scatter in its sigmas."""
    middle = plane.outline_m.mean(axis=0) if len(plane.outline_m) else eye_m
    distance = float(np.linalg.norm(middle - eye_m))
    return replace(
        plane,
        sigma_offset_m=float(np.hypot(plane.sigma_offset_m, aligned.scatter * distance)),
        sigma_normal_rad=float(np.hypot(plane.sigma_normal_rad, aligned.scatter)),
        source="depth model",
        confidence=plane.confidence * aligned.inliers,
    )


def _floor_pixels(floor: Plane, view: View, *, extent: float) -> Array:
    """Return (H, W) bool: the pixels of the floor's outline, blown up about its middle."""
    import cv2

    camera: Camera = view.camera
    if len(floor.outline_m) < 3:
        return np.zeros((camera.height_px, camera.width_px), bool)
    middle = floor.outline_m.mean(axis=0)
    corners = middle + (floor.outline_m - middle) * extent
    local = (corners - view.world_from_camera[:3, 3]) @ view.world_from_camera[:3, :3]
    inside = np.zeros((camera.height_px, camera.width_px), np.uint8)
    ahead = local[local[:, 2] > 0.1]
    if len(ahead) >= 3:
        cv2.fillConvexPoly(inside, cv2.convexHull(np.round(camera.project(ahead)).astype(np.int32)), 1)
    return inside.astype(bool)
