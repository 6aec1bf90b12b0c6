"""Frames of synthetic rooms, and what of a measured room is which true part."""

from __future__ import annotations

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
_SAMPLES = 300
_NEAR_M = 0.06
_ANGLE_RAD = np.radians(5)


class Pair(NamedTuple):
    """A measured plane and the true one, and how far they are apart in the first frame's own axes."""

    index: int
    found: Plane
    true: TruthPlane
    share: float
    angle_rad: float
    offset_m: float
    """Along the true normal, at the middle of the found outline."""


class Picture(NamedTuple):
    """What a view truly shows: the points (N, 3) of its pixels in the true world and the true planes (N,) they lie on."""

    points_m: Array
    labels: Array


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


def picture_of(synthetic: SyntheticRoom, view: View) -> Picture:
    depth, labels = synthetic.seen(view)
    rows, columns = np.indices(depth.shape)
    good = np.isfinite(depth)
    k, z = view.camera.k, depth[good].astype(np.float64)
    local = np.stack([(columns[good] - k[0, 2]) / k[0, 0] * z, (rows[good] - k[1, 2]) / k[1, 1] * z, z], axis=1)
    pose = view.world_from_camera
    return Picture(local @ pose[:3, :3].T + pose[:3, 3], labels[good])


def true_from_found(room: Room, synthetic: SyntheticRoom) -> Array:
    """Return the (4, 4) that takes the measured room's world to the true one, by the first camera."""
    return synthetic.views[0].world_from_camera @ np.linalg.inv(room.views[0].world_from_camera)


def matched(room: Room, synthetic: SyntheticRoom, *, pictures: list[Picture], least: float = 0.01) -> list[Pair]:
    """Return for each measured plane the true one that most of what is seen in its outline lies on, if that is near at all."""
    to_true = true_from_found(room, synthetic)
    points = np.concatenate([picture.points_m for picture in pictures])
    labels = np.concatenate([picture.labels for picture in pictures])
    rng = np.random.default_rng(0)
    counts = np.bincount(labels[labels >= 0], minlength=len(synthetic.planes))
    some = {i: points[rng.choice(np.flatnonzero(labels == i), _SAMPLES)] for i in np.flatnonzero(counts >= least * len(labels)).tolist()}
    out = []
    for number, plane in enumerate(room.planes):
        if len(plane.outline_m) < 3:
            continue
        normal = to_true[:3, :3] @ np.asarray(plane.normal)
        corners = plane.outline_m @ to_true[:3, :3].T + to_true[:3, 3]
        middle = corners.mean(axis=0)
        best, most = None, 0.0
        for index, sample in some.items():
            true = synthetic.planes[index]
            angle = float(np.arccos(np.clip(normal @ np.asarray(true.normal), -1, 1)))
            off = float(np.asarray(true.normal) @ middle + true.offset_m)
            if angle > _ANGLE_RAD or abs(off) > _NEAR_M:
                continue
            inside = float(within(sample, corners, normal).mean()) * counts[index]
            if inside > most:
                best, most = Pair(number, plane, true, counts[index] / len(labels), angle, off), inside
        if best is not None:
            out.append(best)
    return out


def within(points: Array, corners: Array, normal: Array) -> Array:
    """Return which points (N, 3), moved along the normal, lie in the polygon (M, 3), by counting crossings."""
    first = np.cross(normal, (0.3, 0.5, 0.8))
    axes = np.stack([first, np.cross(normal, first)]) / np.linalg.norm(first)
    p, a = points @ axes.T, corners @ axes.T
    b = np.roll(a, -1, axis=0)
    spans = (a[:, 1] > p[:, 1:]) != (b[:, 1] > p[:, 1:])
    rise = np.where(a[:, 1] == b[:, 1], 1.0, b[:, 1] - a[:, 1])
    x = a[:, 0] + (p[:, 1:] - a[:, 1]) / rise * (b[:, 0] - a[:, 0])
    out: Array = (spans & (p[:, :1] < x)).sum(axis=1) % 2 == 1
    return out
