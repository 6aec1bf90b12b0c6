"""Photos of flat things drawn from their definition: one ray per part of a pixel, no library in between.

World as in `arviz`: +Y up, the floor at y = 0, the camera above the origin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import linear_to_srgb
from arviz.core.image import Image

Paint = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(N,) u and v in metres -> (N, 3) linear colour; NaN where there is nothing."""


class Rectangle(NamedTuple):
    """A flat thing: ``origin + u a + v b`` for unit vectors a, b and 0 <= u <= width, 0 <= v <= height."""

    origin: tuple[float, float, float]
    a: tuple[float, float, float]
    b: tuple[float, float, float]
    size: tuple[float, float]
    paint: Paint


class Shot(NamedTuple):
    """Where a camera is: (3, 3) rows are its axes in the world."""

    camera: Camera
    camera_from_world: np.ndarray
    height_m: float

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Return where (N, 3) world points are in the picture."""
        return self.camera.project_distorted((np.asarray(points) - (0, self.height_m, 0)) @ self.camera_from_world.T)

    @property
    def up(self) -> np.ndarray:
        """The truth about up, in camera axes."""
        return self.camera_from_world[:, 1]

    @property
    def down(self) -> np.ndarray:
        """Gravity, in camera axes."""
        return -self.camera_from_world[:, 1]


def shot(
    *,
    height_m: float = 1.45,
    pitch_deg: float = 25.0,
    roll_deg: float = 0.0,
    yaw_deg: float = 0.0,
    width_px: int = 1008,
    height_px: int = 756,
    focal_px: float = 750.0,
    distortion: tuple[float, ...] = (),
    sigma_f_px: float | None = None,
) -> Shot:
    """Return a camera that looks `pitch_deg` down, turned by `yaw_deg` to the right of -Z."""
    pitch, roll, yaw = np.radians([pitch_deg, roll_deg, yaw_deg])
    ahead = np.array([np.sin(yaw) * np.cos(pitch), -np.sin(pitch), -np.cos(yaw) * np.cos(pitch)])
    right = np.array([np.cos(yaw), 0, np.sin(yaw)])
    down = np.cross(ahead, right)
    axes = np.stack([np.cos(roll) * right + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * right, ahead])
    k = np.array([[focal_px, 0, (width_px - 1) / 2], [0, focal_px, (height_px - 1) / 2], [0, 0, 1]])
    camera = Camera(k=k, width_px=width_px, height_px=height_px, distortion=distortion, source="calibrated", sigma_f_px=sigma_f_px)
    return Shot(camera, axes, height_m)


def draw(view: Shot, things: Sequence[Rectangle], *, rng: np.random.Generator, parts: int = 3, noise: float = 0.008) -> Image:
    """Return the picture of flat things, the nearest in front, each pixel the mean of parts x parts rays, with noise."""
    camera = view.camera
    offsets = (np.arange(parts) + 0.5) / parts - 0.5
    u, v = np.meshgrid(np.arange(camera.width_px, dtype=float), np.arange(camera.height_px, dtype=float))
    total = np.zeros((u.size, 3))
    eye = np.array([0, view.height_m, 0])
    for dx in offsets:
        for dy in offsets:
            pixels = np.stack([u.ravel() + dx, v.ravel() + dy], axis=1)
            directions = camera.rays(pixels) @ view.camera_from_world
            nearest = np.full(len(directions), np.inf)
            colour = np.full((len(directions), 3), 0.02)
            for thing in things:
                a, b = np.array(thing.a), np.array(thing.b)
                normal = np.cross(a, b)
                with np.errstate(divide="ignore", invalid="ignore"):
                    reach = ((np.array(thing.origin) - eye) @ normal) / (directions @ normal)
                ahead = (reach > 1e-6) & (reach < nearest - 1e-9)
                at = eye + reach[ahead, None] * directions[ahead] - thing.origin
                x, y = at @ a, at @ b
                inside = (x >= 0) & (x <= thing.size[0]) & (y >= 0) & (y <= thing.size[1])
                paint = np.full((len(x), 3), np.nan)
                paint[inside] = thing.paint(x[inside], y[inside])
                inside = np.isfinite(paint[:, 0])
                index = np.flatnonzero(ahead)[inside]
                nearest[index], colour[index] = reach[index], paint[inside]
            total += colour
    linear = (total / parts**2).reshape(camera.height_px, camera.width_px, 3)
    encoded = linear_to_srgb(linear) + rng.normal(0, noise, linear.shape)
    return Image(pixels=(np.clip(encoded, 0, 1) * 255 + 0.5).astype(np.uint8))


def plain(*colour: float) -> Paint:
    """Return one colour."""
    return lambda x, y: np.broadcast_to(np.array(colour), (len(x), 3)).copy()


def boards(rng: np.random.Generator, colour: Sequence[float] = (0.28, 0.17, 0.09), width_m: float = 0.14) -> Paint:
    """Return a floor of wooden boards along b, each of its own brightness, with dark gaps."""
    shades = rng.uniform(0.75, 1.2, 400)

    def paint(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        number = np.floor(x / width_m).astype(int)
        gap = np.abs(x - number * width_m) < 0.002
        grain = 1 + 0.06 * np.sin(90 * x + 3 * np.sin(2 * y + number))
        return np.array(colour) * (shades[number % 400] * grain * np.where(gap, 0.45, 1))[:, None]

    return paint


def on_floor(size_m: tuple[float, float], *, at: tuple[float, float], turn_deg: float, paint: Paint, lift_m: float = 0.0) -> Rectangle:
    """Return a rectangle on the floor whose middle is at (x, z)."""
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    a, b = np.array([c, 0, s]), np.array([-s, 0, c])
    origin = np.array([at[0], lift_m + 1e-5, at[1]]) - size_m[0] / 2 * a - size_m[1] / 2 * b
    return Rectangle(tuple(origin), tuple(a), tuple(b), size_m, paint)


def corners(thing: Rectangle) -> np.ndarray:
    """Return the (4, 3) corners of a rectangle in turn."""
    o, a, b = (np.array(v) for v in (thing.origin, thing.a, thing.b))
    w, h = thing.size
    return np.stack([o, o + w * a, o + w * a + h * b, o + h * b])


def rounded(size_m: tuple[float, float], radius_m: float, paint: Paint) -> Paint:
    """Return a paint with round corners."""

    def inside(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        dx = np.maximum(np.abs(x - size_m[0] / 2) - (size_m[0] / 2 - radius_m), 0)
        dy = np.maximum(np.abs(y - size_m[1] / 2) - (size_m[1] / 2 - radius_m), 0)
        return np.where((np.hypot(dx, dy) <= radius_m)[:, None], paint(x, y), np.nan)

    return inside


def room(rng: np.random.Generator, *, left: float = -1.8, right: float = 2.0, back: float = -4.0) -> list[Rectangle]:
    """Return a room of 2.5 m: floor, three walls with a skirting, a white door, a picture, a window."""
    tall, wide, deep = 2.5, right - left, 6.0
    wall = plain(0.5, 0.48, 0.42)

    def skirted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where((y < 0.08)[:, None], (0.75, 0.75, 0.73), wall(x, y))

    side = plain(0.38, 0.36, 0.33)
    door, picture = plain(0.85, 0.85, 0.83), plain(0.8, 0.8, 0.8)
    return [
        Rectangle((left, 0, back), (1, 0, 0), (0, 0, 1), (wide, deep), boards(rng)),
        Rectangle((left, 0, back), (1, 0, 0), (0, 1, 0), (wide, tall), skirted),
        Rectangle((left, 0, back), (0, 0, 1), (0, 1, 0), (deep, tall), side),
        Rectangle((right, 0, back), (0, 0, 1), (0, 1, 0), (deep, tall), side),
        Rectangle((left + 0.5, 0, back + 0.01), (1, 0, 0), (0, 1, 0), (0.9, 2.0), door),
        Rectangle((left + 2.2, 1.1, back + 0.01), (1, 0, 0), (0, 1, 0), (0.707, 0.5), picture),
    ]
