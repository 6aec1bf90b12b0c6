"""A bare room lit by one globe, shaded analytically: nothing of the estimate is used here."""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.colour import linear_to_srgb, to_uint8
from arviz.core.frames import look_at
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import Plane, Room, Scale, View

WIDTH_M, HEIGHT_M, DEPTH_M = 4.0, 2.5, 5.0
CAMERA = Camera.from_fov(vertical_fov_rad=np.radians(60), width_px=320, height_px=240)


def bare_room(eye_m: Array, target_m: Array) -> Room:
    """Return a room around the origin of the floor plan, 4 x 2.5 x 5 m, seen by one camera."""
    x, z, h = WIDTH_M / 2, DEPTH_M / 2, HEIGHT_M
    corners = {
        "floor": [(-x, 0, -z), (-x, 0, z), (x, 0, z), (x, 0, -z)],
        "ceiling": [(-x, h, -z), (x, h, -z), (x, h, z), (-x, h, z)],
        "left": [(-x, 0, -z), (-x, h, -z), (-x, h, z), (-x, 0, z)],
        "right": [(x, 0, -z), (x, 0, z), (x, h, z), (x, h, -z)],
        "back": [(-x, 0, -z), (x, 0, -z), (x, h, -z), (-x, h, -z)],
        "front": [(-x, 0, z), (-x, h, z), (x, h, z), (x, 0, z)],
    }
    normals = {"floor": (0, 1, 0), "ceiling": (0, -1, 0), "left": (1, 0, 0), "right": (-1, 0, 0), "back": (0, 0, 1), "front": (0, 0, -1)}
    planes = tuple(
        Plane(
            kind=name if name in ("floor", "ceiling") else "wall",
            normal=normals[name],
            offset_m=-float(np.dot(normals[name], corners[name][0])),
            outline_m=np.array(corners[name], np.float64),
            extent="complete",
            sigma_normal_rad=0.001,
            sigma_offset_m=0.001,
            source="given",
        )
        for name in corners
    )
    view = View(camera=CAMERA, world_from_camera=look_at(eye_m, target_m))
    return Room(planes=planes, scale=Scale(sigma=0.0, source="given"), views=(view,))


def photo(room: Room, lamp_m: Array, *, radius_m: float = 0.1, ambient: float = 0.4, seed: int = 0) -> Frame:
    """Return the room's photo and exact depth with a globe at `lamp_m`; random paints, exposure and white balance."""
    rng = np.random.default_rng(seed)
    pose = room.views[0].world_from_camera
    y, x = np.mgrid[0 : CAMERA.height_px, 0 : CAMERA.width_px]
    rays = np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3) @ np.linalg.inv(CAMERA.k).T @ pose[:3, :3].T
    origin = pose[:3, 3]
    normals = np.array([p.normal for p in room.planes])
    height = normals @ origin + [p.offset_m for p in room.planes]
    with np.errstate(divide="ignore"):
        reach = np.where(rays @ normals.T < 0, -height / (rays @ normals.T), np.inf)
    plane, depth = reach.argmin(axis=1), reach.min(axis=1)
    points, normal = origin + rays * depth[:, None], normals[plane]
    way = lamp_m - points
    square = (way**2).sum(axis=1)
    lamp = np.maximum((way * normal).sum(axis=1), 0) / square**1.5
    paint = rng.uniform(0.35, 0.9, (len(room.planes), 1)) * (1 - 0.2 * rng.random((len(room.planes), 3)))
    light = (lamp / lamp.mean() + ambient)[:, None] * paint[plane] * np.exp(rng.normal(0, 0.08, 3))
    light *= rng.uniform(0.5, 0.9) / np.percentile(light, 97)
    unit = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    along = unit @ (lamp_m - origin)
    glow = (along > 0) & ((lamp_m - origin) @ (lamp_m - origin) - along**2 < radius_m**2)
    light[glow] = 4.0
    depth = np.where(glow, along / np.linalg.norm(rays, axis=1), depth)
    pixels = to_uint8(linear_to_srgb(light + rng.normal(0, 0.003, light.shape))).reshape(*x.shape, 3)
    return Frame(image=Image(pixels=pixels), camera=CAMERA, world_from_camera=pose, depth_m=depth.reshape(x.shape).astype(np.float32))


WINDOW_M = ((0.9, -1.6), (2.1, -0.2))
"""(y, z) of the lower and upper corner of a window in the left wall, with a bar in its middle."""
_BAR_M = 0.03


def in_the_sun(points_m: Array, to_sun: Array) -> Array:
    """Tell (N,) which points in the room see the sun through the window of `sunny_photo`."""
    reach = (-WIDTH_M / 2 - points_m[:, 0]) / to_sun[0]
    at = points_m[:, 1:] + reach[:, None] * to_sun[1:]
    (bottom, near), (top, far) = WINDOW_M
    within = (at[:, 0] > bottom) & (at[:, 0] < top) & (at[:, 1] > near) & (at[:, 1] < far)
    out: Array = within & (np.abs(at[:, 1] - (near + far) / 2) > _BAR_M) & (reach > 1e-6)
    return out


def sunny_photo(room: Room, to_sun: Array, *, seed: int = 0) -> Frame:
    """Return the room by day: evenly lit, and where the sun reaches through a window in the left wall six times as bright."""
    rng = np.random.default_rng(seed)
    pose = room.views[0].world_from_camera
    y, x = np.mgrid[0 : CAMERA.height_px, 0 : CAMERA.width_px]
    rays = CAMERA.rays(np.stack([x, y], axis=-1).reshape(-1, 2)) @ pose[:3, :3].T
    normals = np.array([p.normal for p in room.planes])
    with np.errstate(divide="ignore"):
        reach = np.where(rays @ normals.T < 0, -(normals @ pose[:3, 3] + [p.offset_m for p in room.planes]) / (rays @ normals.T), np.inf)
    plane, depth = reach.argmin(axis=1), reach.min(axis=1)
    points = pose[:3, 3] + rays * depth[:, None]
    facing = np.maximum(normals[plane] @ to_sun, 0)
    light = (1 + 10 * facing * in_the_sun(points, to_sun)) * rng.uniform(0.4, 0.9, len(normals))[plane] * 0.25
    pane = (points[:, 0] < -WIDTH_M / 2 + 1e-6) & in_the_sun(points + np.array([1e-3, 0, 0]), np.array([-1.0, 0, 0]))
    light, depth = np.where(pane, 4.0, light), np.where(pane, np.inf, depth)
    pixels = to_uint8(linear_to_srgb(light[:, None] + rng.normal(0, 0.003, (len(light), 3)))).reshape(*x.shape, 3)
    return Frame(image=Image(pixels=pixels), camera=CAMERA, world_from_camera=pose, depth_m=depth.reshape(x.shape).astype(np.float32))
