"""Depth pictures with exact truth for the plane tests: planes and boxes cut by rays, and views of synthetic rooms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.lens import undistort
from arviz.testing.rooms import make_room, sensor_depth

KINECT_CAMERA = Camera(k=np.array([[525.0, 0, 319.5], [0, 525.0, 239.5], [0, 0, 1]]), width_px=640, height_px=480)
LIDAR_CAMERA = Camera(k=np.array([[212.0, 0, 127.5], [0, 212.0, 95.5], [0, 0, 1]]), width_px=256, height_px=192)


class Truth(NamedTuple):
    """A plane as the camera truly sees it: ``normal . x + offset_m = 0``, towards the camera."""

    normal: Array
    offset_m: float
    pixels: int


class Case(NamedTuple):
    """A depth picture and what it shows: `labels` (H, W) are 0 for nothing flat, i + 1 for ``truth[i]``."""

    camera: Camera
    depth_m: Array
    labels: Array
    truth: list[Truth]


def pixel_rays(camera: Camera) -> Array:
    """Return (H, W, 3) where pixels look, z = 1; NaN where the lens shows nothing."""
    pixels = np.stack(np.meshgrid(np.arange(camera.width_px), np.arange(camera.height_px)), axis=-1)
    seen = undistort((pixels - camera.k[:2, 2]) @ np.linalg.inv(camera.k[:2, :2]).T, camera.distortion)
    return np.concatenate([seen, np.ones_like(seen[..., :1])], axis=-1)


def inside_of(camera: Camera, planes: list[tuple[Array, float]]) -> Case:
    """Return what a camera sees inside the convex room that planes (normal inwards, offset) enclose."""
    rays = pixel_rays(camera)
    with np.errstate(divide="ignore", invalid="ignore"):
        towards = np.stack([-(rays @ np.asarray(normal, np.float64)) / offset for normal, offset in planes])
    nearest = towards.max(axis=0)
    known = np.isfinite(nearest) & (nearest > 0)
    depth = np.where(known, 1 / np.where(known, nearest, 1.0), np.inf)
    labels = np.where(known, towards.argmax(axis=0) + 1, 0)
    truth = [Truth(np.asarray(n, np.float64), d, int((labels == i + 1).sum())) for i, (n, d) in enumerate(planes)]
    return Case(camera, depth.astype(np.float32), labels, truth)


def box_room(camera: Camera) -> Case:
    """Return a floor, a wall ahead and one to the left, seen with the camera looking 20 degrees down and 30 to the side."""
    down, side = np.radians(20), np.radians(30)
    tip = np.array([[1, 0, 0], [0, np.cos(down), -np.sin(down)], [0, np.sin(down), np.cos(down)]])
    yaw = np.array([[np.cos(side), 0, np.sin(side)], [0, 1, 0], [-np.sin(side), 0, np.cos(side)]])
    turn = tip @ yaw
    return inside_of(camera, [(-turn[:, 1], 1.4), (-turn[:, 2], 3.0), (turn[:, 0], 1.5)])


def unit(x: float, y: float, z: float) -> Array:
    """Return a vector of length 1."""
    out: Array = np.array([x, y, z]) / np.linalg.norm([x, y, z])
    return out


def angle_deg(a: Array, b: Array) -> float:
    """Return the angle between two unit vectors."""
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))


def room_case(kind: str, seed: int) -> Case:
    """Return a view of the synthetic room `seed` as a sensor gives it: ``kinect``, ``lidar``, or ``exact``."""
    room = make_room(seed, camera=LIDAR_CAMERA if kind == "lidar" else None, views=1)
    view = room.views[0]
    exact, labels = room.seen(view)
    glass = room.glass(view)
    rng = np.random.default_rng(seed)
    depth = np.where(glass, np.inf, exact) if kind == "exact" else sensor_depth(exact, view.camera, kind=kind, rng=rng, lost=glass)
    labels = np.where(np.isfinite(depth), labels + 1, 0)
    counts = np.bincount(labels.reshape(-1), minlength=len(room.planes) + 1)
    truth = []
    for plane, count in zip(room.planes, counts[1:], strict=True):
        normal = view.world_from_camera[:3, :3].T @ np.asarray(plane.normal)
        offset = float(np.asarray(plane.normal) @ view.world_from_camera[:3, 3] + plane.offset_m)
        truth.append(Truth(normal * np.sign(offset), abs(offset), int(count)))
    return Case(view.camera, depth.astype(np.float32), labels, truth)
