"""Draws of a thing on the floor before a camera, and what is measured of 2 m beside it; no pictures."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.vision.photo.anchors import A4_M
from arviz.vision.photo.edges import Quad
from arviz.vision.photo.floor import PhotoFloor, floor_from_up, with_known_length
from arviz.vision.photo.gravity import gravity_prior
from arviz.vision.photo.pose import fit_flat
from arviz.vision.photo.sheet import fit_sheet

Thing = Literal["a4", "marker", "charuco", "length"]
WIDTH, HEIGHT, FOCAL = 2016, 1512, 1500.0
AWAY_M, LENGTH_M = 2.2, 2.0
SQUARE_M = 0.026


class Draw(NamedTuple):
    """What one draw gave."""

    tilt_rad: float
    """Angle between the floor's true and found normal."""
    tilt_sigmas: float
    """The same over its sigma about one axis; of two axes, so 1.25 on average."""
    error: float
    """Of 2 m on the floor, as a share."""
    sigmas: float
    """The same, signed, over its sigma."""
    height_sigmas: float


def draw(
    rng: np.random.Generator,
    thing: Thing,
    *,
    noise_px: float,
    gravity_deg: float | None = None,
    sigma_f: float = 0.0,
    click_px: float = 0.0,
    beside_m: float = 0.0,
) -> Draw:
    """Return what a camera 1.3 to 1.6 m high measures whose f and gravity may be wrong, from corners with noise.

    The 2 m are centred on the thing, or up to `beside_m` off in x and z.
    """
    k = np.array([[FOCAL, 0, (WIDTH - 1) / 2], [0, FOCAL, (HEIGHT - 1) / 2], [0, 0, 1]])
    while True:
        height, turn = rng.uniform(1.3, 1.6), _camera_from_world(rng)
        middle = np.array([rng.uniform(-0.3, 0.3), 0, -np.sqrt(AWAY_M**2 - height**2)])
        object_m = _corners(thing)
        angle = rng.uniform(0, 2 * np.pi)
        flat = (object_m - object_m.mean(axis=0)) @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        corners = middle + np.column_stack([flat[:, 0], np.zeros(len(flat)), flat[:, 1]])
        way = rng.uniform(0, 2 * np.pi)
        half = LENGTH_M / 2 * np.array([np.cos(way), 0, np.sin(way)])
        beside = middle + rng.uniform(-beside_m, beside_m, 3) * (1, 0, 1)
        seen, ends = (_project(k, turn, height, points) for points in (corners, np.stack([beside - half, beside + half])))
        if all(((p > 8) & (p < np.array([WIDTH, HEIGHT]) - 9)).all() for p in (seen, ends)):
            break
    seen = seen + rng.normal(0, noise_px, seen.shape)
    ends = ends + rng.normal(0, click_px, ends.shape) if click_px else ends
    up = turn @ [0, 1, 0]
    floor = _measured(rng, thing, object_m, seen, up, k, noise_px, gravity_deg, sigma_f)
    tilt = float(np.arccos(np.clip(floor.up @ up, -1, 1)))
    length = floor.length_on_floor(ends[0], ends[1], click_sigma_px=click_px)
    return Draw(
        tilt,
        tilt / floor.sigma_tilt_rad,
        length.value_m / LENGTH_M - 1,
        (length.value_m - LENGTH_M) / length.sigma_m,
        (floor.height_m - height) / floor.sigma_height_m,
    )


def _measured(
    rng: np.random.Generator,
    thing: Thing,
    object_m: np.ndarray,
    seen: np.ndarray,
    up: np.ndarray,
    k: np.ndarray,
    noise_px: float,
    gravity_deg: float | None,
    sigma_f: float,
) -> PhotoFloor:
    handed = k.copy()
    handed[:2, :2] *= np.exp(rng.normal(0, sigma_f)) if sigma_f else 1.0
    camera = Camera(k=handed, width_px=WIDTH, height_px=HEIGHT, source="exif", sigma_f_px=sigma_f * handed[0, 0] or None)
    prior = None
    if gravity_deg is not None:
        felt = up + rng.normal(0, np.radians(gravity_deg), 3)
        prior = gravity_prior(-felt / np.linalg.norm(felt), sigma_rad=np.radians(gravity_deg))
    if thing == "length":
        assert prior is not None
        return with_known_length(floor_from_up(prior, camera=camera), seen, 1.0, sigma_px=noise_px, relative_sigma=0.0)
    if thing == "a4":
        fit = fit_sheet(Quad(seen, noise_px), size_m=A4_M, camera=camera, source=thing, prior=prior)
    else:
        fit = fit_flat(object_m, seen, sigma_px=noise_px, camera=camera, source=thing, prior=prior)
    assert fit is not None
    return fit.floor


def _corners(thing: Thing) -> np.ndarray:
    if thing == "length":
        return np.array([[0.0, 0.0], [1.0, 0.0]])
    if thing == "charuco":
        x, y = np.meshgrid(np.arange(6.0), np.arange(9.0))
        return np.stack([x.ravel(), y.ravel()], axis=1) * SQUARE_M
    width, height = A4_M if thing == "a4" else (0.15, 0.15)
    return np.array([[0, 0], [width, 0], [width, height], [0, height]])


def _camera_from_world(rng: np.random.Generator) -> np.ndarray:
    pitch, roll = np.radians(rng.uniform(20, 35)), np.radians(rng.normal(0, 2))
    ahead, right = np.array([0, -np.sin(pitch), -np.cos(pitch)]), np.array([1.0, 0, 0])
    down = np.cross(ahead, right)
    return np.stack([np.cos(roll) * right + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * right, ahead])


def _project(k: np.ndarray, turn: np.ndarray, height: float, points: np.ndarray) -> np.ndarray:
    shown = (points - (0, height, 0)) @ turn.T @ k.T
    return shown[:, :2] / shown[:, 2:]
