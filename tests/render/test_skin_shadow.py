"""The shadow of a bar before a ball, against sums over many directions that slabs of the bar cut off (no Embree)."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.material import Material
from arviz.core.scene import Item
from arviz.render.eyewear import eyewear
from arviz.render.face_light import FaceLight
from arviz.render.face_rays import FaceRays
from arviz.render.skin_shadow import light_left
from arviz.testing.shapes import box, sphere

RADIUS_M, DISTANCE_M = 0.08, 0.5
CAMERA = Camera(k=np.array([[600.0, 0, 159.5], [0, 600, 119.5], [0, 0, 1]]), width_px=320, height_px=240)
POSE = np.diag([1.0, -1, -1, 1])
POSE[2, 3] = DISTANCE_M
BAR = np.array([[-0.05, 0.012, 0.088], [0.05, 0.018, 0.092]])
SKY = 0.3
"""Radiance."""
SUN, SUN_RAD = np.array([0.2, 0.5, 0.84]) / np.linalg.norm([0.2, 0.5, 0.84]), 0.15


def blocked(start: Array, ways: Array) -> Array:
    """Tell (N, M) which directions (M, 3) the bar cuts off of places (N, 3)."""
    slabs = (BAR[:, None, None] - start[None, :, None]) / np.where(np.abs(ways) < 1e-9, 1e-9, ways)
    near, far = slabs.min(axis=0).max(axis=2), slabs.max(axis=0).min(axis=2)
    return np.asarray((far > near) & (far > 0))


def expected(normals: Array, share_of_sun: float) -> Array:
    """Return the share of light that is left (N,) on the ball."""
    rng = np.random.default_rng(3)
    ways = rng.normal(size=(6000, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    across = np.cross(SUN, [0.0, 1, 0])
    across /= np.linalg.norm(across)
    radius, turn = np.tan(SUN_RAD) * np.sqrt(rng.random(600)), rng.uniform(0, 2 * np.pi, 600)
    lamps = SUN + radius[:, None] * (np.cos(turn)[:, None] * across + np.sin(turn)[:, None] * np.cross(SUN, across))
    lamps /= np.linalg.norm(lamps, axis=1, keepdims=True)
    free, left = np.zeros(len(normals)), np.zeros(len(normals))
    for some, weight in ((ways, SKY * 4 * np.pi), (lamps, share_of_sun)):
        arriving = np.maximum(normals @ some.T, 0) * weight / len(some)
        free += arriving.sum(axis=1)
        left += (arriving * ~blocked(RADIUS_M * normals, some)).sum(axis=1)
    return left / free


@pytest.mark.parametrize("sun", [0.0, 1.5])
def test_a_bar_before_a_ball(sun: float) -> None:
    light = FaceLight(np.vstack([np.full((1, 3), SKY / 0.28209479), np.zeros((8, 3))]), SUN, np.full(3, sun), SUN_RAD)
    bar = box(size_m=tuple(BAR[1] - BAR[0]), centre_m=tuple(BAR.mean(axis=0)), material=Material())
    with FaceRays(sphere(radius_m=RADIUS_M), eyewear([Item(asset=bar)])) as rays:
        found = light_left(rays, CAMERA, POSE, light)[..., 0]
    x, y = np.meshgrid(np.linspace(-0.045, 0.045, 31), np.linspace(-0.03, 0.03, 31))
    places = np.stack([x, y, np.sqrt(RADIUS_M**2 - x**2 - y**2)], axis=-1).reshape(-1, 3)
    seen = CAMERA.project((np.c_[places, np.ones(len(places))] @ POSE.T)[:, :3])
    columns, rows = np.round(seen).astype(int).T
    difference = found[rows, columns] - expected(places / RADIUS_M, sun)
    assert np.sqrt(np.mean(difference**2)) < 0.024
    assert abs(difference.mean()) < 0.006
