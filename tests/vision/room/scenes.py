"""Frames of synthetic rooms, and which measured plane is which true one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import Plane, Room, View
from arviz.testing.rooms import SyntheticRoom, TruthPlane, sensor_depth
from arviz.testing.rooms.sensors import SensorKind

LIDAR_SIZE = (256, 192)


class Pair(NamedTuple):
    """A measured plane and the true one, and how far they are apart in the frame's own axes."""

    found: Plane
    true: TruthPlane
    share: float
    angle_rad: float
    offset_m: float
    """Along the true normal, at the middle of the found outline."""


def sized(view: View, kind: SensorKind) -> View:
    if kind != "lidar":
        return view
    return replace(view, camera=view.camera.resized(width_px=LIDAR_SIZE[0], height_px=LIDAR_SIZE[1]))


def frames_of(room: SyntheticRoom, *, kind: SensorKind, count: int, posed: bool = False, seed: int = 0) -> list[Frame]:
    rng = np.random.default_rng([room.seed, seed])
    out = []
    for view in room.views[:count]:
        view = sized(view, kind)
        camera = view.camera
        depth = sensor_depth(room.depth(view), camera, kind=kind, rng=rng, lost=room.glass(view))
        grey = Image(pixels=np.full((camera.height_px, camera.width_px, 3), 128, np.uint8))
        out.append(Frame(image=grey, camera=camera, depth_m=depth, world_from_camera=view.world_from_camera if posed else None))
    return out


def matched(room: Room, synthetic: SyntheticRoom, *, view: View, kind: SensorKind = "kinect", least: float = 0.01) -> list[Pair]:
    """Return for each true plane with a share of the picture the measured one in whose outline most of its pixels lie."""
    view = sized(view, kind)
    depth, labels = synthetic.seen(view)
    true_from_found = view.world_from_camera @ np.linalg.inv(room.views[0].world_from_camera)
    out = []
    for index, true in enumerate(synthetic.planes):
        share = float((labels == index).mean())
        if share < least:
            continue
        best = nearest(room.planes, true, true_from_found, _middle(depth, labels == index, view))
        if best is not None:
            out.append(Pair(best[0], true, share, best[1], best[2]))
    return out


def _middle(depth: Array, mask: Array, view: View) -> Array:
    rows, columns = np.nonzero(mask)
    k = view.camera.k
    z = depth[mask].astype(np.float64)
    local = np.stack([(columns - k[0, 2]) / k[0, 0] * z, (rows - k[1, 2]) / k[1, 1] * z, z, np.ones_like(z)])
    return (view.world_from_camera @ local)[:3].mean(axis=1)


def nearest(planes: Sequence[Plane], true: TruthPlane, true_from_found: Array, middle: Array) -> tuple[Plane, float, float] | None:
    """Return the measured plane nearest to a true one with its angle and its distance at the middle, None where none is near."""
    best: tuple[Plane, float, float] | None = None
    for plane in planes:
        normal = true_from_found[:3, :3] @ np.asarray(plane.normal)
        if not len(plane.outline_m):
            continue
        angle = float(np.arccos(np.clip(normal @ np.asarray(true.normal), -1, 1)))
        centre = true_from_found[:3, :3] @ plane.outline_m.mean(axis=0) + true_from_found[:3, 3]
        point = centre - normal * float(normal @ (centre - middle)) * 0
        off = float(np.asarray(true.normal) @ point + true.offset_m)
        if angle < np.radians(5) and abs(off) < 0.06 and (best is None or abs(off) < abs(best[2])):
            best = plane, angle, off
    return best
