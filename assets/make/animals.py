"""A cat and a dog of blended round cones: standing, without eyes or fur. Each is drawn in centimetres, its nose to +Z."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from isosurface import Field, skin
from outline import blend
from surfaces import Array, Surface, smooth_path

Chain = tuple[tuple[float, float, float, float], ...]
"""Balls (x, y, z, radius) joined by cones, one after the other; what stands off the middle is mirrored in x."""


@dataclass(frozen=True)
class Limb:
    """A chain, and how far its joint to the rest of the body is rounded out."""

    balls: Chain
    reach: float


@dataclass(frozen=True)
class Animal:
    """`withers_m` is the height of the back over the shoulders, the usual measure of an animal's height."""

    title: str
    withers_m: float
    withers_z: float
    step: float
    limbs: tuple[Limb, ...]


CAT = Animal(
    "Cat, 25 cm at the shoulder",
    0.25,
    4.5,
    0.30,
    (
        Limb(((0, 18.4, 9.5, 5.6), (0, 18.4, 1.0, 5.3), (0, 19.0, -7.0, 5.4), (0, 19.8, -14.0, 5.2)), 2.0),
        Limb(((0, 20.6, 4.0, 4.4), (0, 20.5, 9.0, 4.4)), 2.0),
        Limb(((0, 20.6, 11.0, 4.5), (0, 24.2, 14.8, 3.5), (0, 26.8, 17.0, 3.3)), 2.2),
        Limb(((0, 28.6, 18.0, 4.1), (0, 28.9, 18.8, 3.9)), 1.2),
        Limb(((2.0, 27.3, 18.2, 2.9), (1.3, 27.2, 19.6, 2.5)), 1.4),
        Limb(((0, 28.7, 20.4, 1.9), (0, 27.7, 22.7, 1.05)), 1.4),
        Limb(((0.75, 26.75, 21.6, 1.4), (0.7, 26.8, 22.6, 1.1)), 0.9),
        Limb(((0, 25.8, 20.8, 1.4), (0, 25.75, 21.9, 0.9)), 0.9),
        Limb(((0.9, 31.6, 17.7, 0.9), (3.4, 35.0, 17.4, 0.3)), 0.5),
        Limb(((4.2, 29.2, 17.0, 0.9), (3.4, 35.0, 17.4, 0.3)), 0.5),
        Limb(((1.9, 31.2, 17.5, 0.9), (3.0, 33.8, 17.4, 0.5)), 0.5),
        Limb(((3.1, 30.4, 17.2, 0.9), (3.4, 33.4, 17.4, 0.5)), 0.5),
        Limb(((2.7, 18.8, 9.6, 3.2), (3.1, 12.8, 7.2, 2.0), (3.0, 7.0, 8.2, 1.45), (3.0, 3.0, 8.6, 1.2)), 1.8),
        Limb(((3.0, 1.5, 8.8, 1.3), (3.0, 1.2, 10.5, 1.25)), 1.0),
        Limb(((2.6, 18.6, -14.0, 4.4), (3.5, 12.6, -10.0, 3.0)), 2.0),
        Limb(((3.5, 12.4, -10.0, 2.7), (3.4, 9.8, -13.4, 1.9), (3.3, 7.6, -16.2, 1.4), (3.3, 2.6, -14.8, 1.15)), 1.2),
        Limb(((3.3, 1.4, -14.4, 1.25), (3.3, 1.2, -12.0, 1.25)), 1.0),
        Limb(
            (
                (0, 22.2, -17.0, 1.9), (0, 21.4, -21.5, 1.5), (0, 17.6, -27.0, 1.35), (0, 14.4, -32.5, 1.3), (0, 14.0, -38.0, 1.25),
                (0, 16.8, -42.5, 1.15), (0, 20.8, -44.0, 1.0),
            ),
            1.2,
        ),
    ),
)  # fmt: skip
DOG = Animal(
    "Dog, 55 cm at the shoulder",
    0.55,
    9.0,
    0.60,
    (
        Limb(((0, 42.6, 17.0, 9.8), (0, 43.4, 6.0, 10.0), (0, 45.4, -8.0, 8.6), (0, 45.8, -20.0, 8.4)), 4.0),
        Limb(((0, 37.5, 18.0, 8.2), (0, 37.6, 8.0, 8.2), (0, 41.5, -6.0, 7.2)), 4.0),
        Limb(((0, 47.6, 4.0, 7.2), (0, 47.6, 13.0, 7.2)), 4.0),
        Limb(((0, 46.5, 20.0, 8.8), (0, 54.0, 26.0, 7.2), (0, 61.0, 30.5, 6.2)), 4.0),
        Limb(((0, 65.4, 32.0, 6.6), (0, 65.8, 35.6, 6.4)), 2.5),
        Limb(((2.8, 63.2, 35.6, 4.8), (2.2, 62.2, 39.0, 4.0)), 2.0),
        Limb(((0, 63.6, 40.0, 4.1), (0, 62.4, 45.5, 3.7), (0, 62.0, 49.5, 3.3)), 1.2),
        Limb(((0, 60.2, 39.0, 3.6), (0, 59.4, 45.0, 3.0), (0, 59.4, 48.0, 2.7)), 1.0),
        Limb(((0, 63.6, 51.6, 1.8), (0, 63.4, 52.2, 1.6)), 0.5),
        Limb(((4.6, 69.2, 32.6, 2.0), (6.8, 67.4, 33.0, 1.9)), 1.0),
        Limb(((6.9, 67.4, 31.4, 1.2), (7.8, 61.8, 32.4, 1.3), (7.5, 57.0, 35.0, 0.9)), 0.8),
        Limb(((6.9, 67.8, 33.2, 1.2), (7.9, 62.2, 34.6, 1.3), (7.5, 57.0, 35.4, 0.9)), 0.8),
        Limb(((6.8, 67.6, 34.8, 1.2), (7.8, 62.5, 36.6, 1.3), (7.4, 57.4, 36.2, 0.9)), 0.8),
        Limb(((5.4, 43.5, 16.5, 6.4), (6.4, 31.0, 11.8, 4.2), (6.3, 21.0, 13.2, 3.0), (6.2, 12.0, 13.8, 2.4), (6.2, 6.0, 14.2, 2.2)), 4.0),
        Limb(((6.2, 3.2, 14.8, 2.4), (6.2, 2.3, 18.2, 2.3)), 2.0),
        Limb(((4.8, 43.5, -20.5, 7.4), (6.6, 30.5, -15.5, 5.4)), 4.0),
        Limb(((6.6, 29.5, -15.5, 4.9), (6.5, 22.0, -22.5, 3.3), (6.4, 15.5, -28.5, 2.4), (6.4, 5.6, -27.0, 2.1)), 2.0),
        Limb(((6.4, 3.2, -26.6, 2.3), (6.4, 2.3, -22.2, 2.3)), 2.0),
        Limb(((0, 49.8, -25.0, 3.6), (0, 48.4, -32.0, 2.7), (0, 44.0, -40.0, 2.3), (0, 41.4, -48.0, 1.8), (0, 42.6, -55.0, 1.1)), 2.0),
    ),
)  # fmt: skip


def cone(points: Array, a: Array, b: Array, ra: float, rb: float) -> Array:
    """Return the distance (N,) to two balls and the cone that touches both.

    Found as the ball between them that is nearest: its place slides from where a cylinder would have it by the cone's slope.
    """
    along = b - a
    length = float(np.linalg.norm(along))
    if length <= abs(ra - rb):
        return np.minimum(np.linalg.norm(points - a, axis=-1) - ra, np.linalg.norm(points - b, axis=-1) - rb)
    axis = along / length
    slope = (ra - rb) / np.sqrt(length**2 - (ra - rb) ** 2)
    t = (points - a) @ axis
    off = np.linalg.norm(points - a - t[..., None] * axis, axis=-1)
    share = np.clip((t - off * slope) / length, 0, 1)
    return np.linalg.norm(points - a - share[..., None] * along, axis=-1) - (ra + share * (rb - ra))


def animal(what: Animal, *, triangles: int) -> tuple[Surface, tuple[float, float, float]]:
    """Return an animal's skin in metres, the feet on y = 0, and the place of its withers, exactly as high as stated."""
    from scipy.ndimage import gaussian_filter

    balls = np.array([ball for limb in what.limbs for ball in limb.balls])
    rim = balls[:, 3:] + 4 * what.step
    low, high = (balls[:, :3] - rim).min(0), (balls[:, :3] + rim).max(0)
    low[0], low[1] = -high[0], -4 * what.step
    field = Field(np.zeros(np.ceil((high - low) / what.step).astype(int) + 1), low, what.step)
    points = field.points()
    points[..., 0] = abs(points[..., 0])
    values = np.full(field.values.shape, FAR)
    for limb in what.limbs:
        chain = np.array(limb.balls)
        if len(chain) > 3:
            chain = smooth_path(chain.tolist(), count=4 * len(chain))
        one = np.full(values.shape, FAR)
        for a, b in pairwise(chain):
            near = _box(field, np.stack([a, b]), margin=limb.reach + 4 * what.step)
            one[near] = np.minimum(one[near], cone(points[near], a[:3], b[:3], a[3], b[3]))
        values = blend(values, one, reach=limb.reach)
    soft = gaussian_filter(np.maximum(values, -points[..., 1]), 0.8)  # soles are flat
    made = skin(replace(field, values=soft), triangles=triangles)
    points = made.positions - [0, made.positions[:, 1].min(), 0]
    spine = points[(abs(points[:, 0]) < 4 * what.step) & (abs(points[:, 2] - what.withers_z) < 4 * what.step)]
    scale = what.withers_m / spine[:, 1].max()
    return replace(made, positions=points * scale), (0.0, what.withers_m, what.withers_z * scale)


def _box(field: Field, balls: Array, *, margin: float) -> tuple[slice, slice, slice]:
    """Return where in the grid two balls (2, 4) and their mirror images lie, with a margin."""
    rim = balls[:, 3:] + margin
    low, high = (balls[:, :3] - rim).min(0), (balls[:, :3] + rim).max(0)
    low[0] = -high[0]
    first = np.maximum(np.floor((low - field.origin_m) / field.step_m).astype(int), 0)
    last = np.ceil((high - field.origin_m) / field.step_m).astype(int) + 1
    x, y, z = (slice(a, b) for a, b in zip(first.tolist(), last.tolist(), strict=True))
    return x, y, z


FAR = 1e3

ANIMALS = {"cat": CAT, "dog": DOG}
