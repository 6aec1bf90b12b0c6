"""Eyes: a sphere with sclera, and behind a clear window the iris, a flat ring in the plane of the circle that it shares with the sclera."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.testing.heads.head import SyntheticHead
from arviz.testing.heads.skin import noise, step

TURNS_AT_M = 0.0102
"""From the point that an eye turns about to the plane of its iris (13.5 mm behind the cornea, which stands 3.3 mm before it; Fry and
Hill 1962)."""
PUPIL = 0.32
"""Of the iris's diameter."""
LIMBUS_M = 0.0005


def sphere(centre: Array, radius: float) -> tuple[Array, Array]:
    """Return points and triangles of the front two thirds of a sphere, its pole to +z."""
    rings, spokes = 26, 48
    polar = np.radians(118) * np.arange(1, rings + 1) / rings
    turn = 2 * np.pi * np.arange(spokes) / spokes
    grid = np.stack(
        [np.outer(np.sin(polar), np.cos(turn)), np.outer(np.sin(polar), np.sin(turn)), np.outer(np.cos(polar), np.ones(spokes))], -1
    )
    points = np.concatenate([[[0, 0, 1.0]], grid.reshape(-1, 3)])
    i, j = np.meshgrid(np.arange(rings - 1), np.arange(spokes), indexing="ij")
    a, b = 1 + i * spokes + j, 1 + i * spokes + (j + 1) % spokes
    c, d = a + spokes, b + spokes
    cap = np.stack([np.zeros(spokes, int), 1 + np.arange(spokes), 1 + (np.arange(spokes) + 1) % spokes], 1)
    faces = [cap, np.stack([a, c, d], -1).reshape(-1, 3), np.stack([a, d, b], -1).reshape(-1, 3)]
    return centre + radius * points, np.concatenate(faces)


def gazes(head: SyntheticHead, *, target_m: Array | None) -> Array:
    """Return where the middles of both irises lie from their eyeballs' centres, as unit vectors (2, 3) in the head's frame.

    `target_m` is what both look at; None for afar. An iris is moved as far aside as that of an anatomical eye, `TURNS_AT_M` before
    its pivot; MakeHuman's eyeballs are larger, and turned by the same angle would move it half as much again.
    """
    if target_m is None:
        return np.array([[0.0, 0.0, 1.0]] * 2)
    plane = np.sqrt(head.eye_radius_m**2 - (head.iris_diameter_m / 2) ** 2)
    pivots = head.eyes_m + np.array([0, 0, plane - TURNS_AT_M])
    towards = target_m - pivots
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    middles = pivots + TURNS_AT_M * towards - head.eyes_m
    out: Array = middles / np.linalg.norm(middles, axis=1, keepdims=True)
    return out


def iris_centres(head: SyntheticHead, gaze: Array) -> Array:
    """Return the middles (2, 3) of the circles between iris and sclera, in the head's frame."""
    plane = np.sqrt(head.eye_radius_m**2 - (head.iris_diameter_m / 2) ** 2)
    out: Array = head.eyes_m + plane * gaze
    return out


def eyeball(head: SyntheticHead, *, hits: Array, rays: Array, centre: Array, gaze: Array) -> tuple[Array, Array]:
    """Return albedo (N, 3) and normals of the wet surface (N, 3) where rays hit an eyeball.

    Parameters
    ----------
    hits, rays : ndarray (N, 3)
        Points on the sphere and unit directions of the rays.
    centre, gaze : ndarray (3,)
        In the same frame.
    """
    radius, half = head.eye_radius_m, head.iris_diameter_m / 2
    plane = np.sqrt(radius**2 - half**2)
    # Rays meet the flat facets of the ball, which lie a little within it.
    out_from_centre = (hits - centre) / np.linalg.norm(hits - centre, axis=1, keepdims=True)
    # Through the window, straight on to the plane of the iris.
    slope = rays @ gaze
    reach = (plane - (hits - centre) @ gaze) / np.where(np.abs(slope) < 1e-3, -1e-3, slope)
    on_plane = hits + np.maximum(reach, 0)[:, None] * rays - centre - plane * gaze
    through = (out_from_centre @ gaze > plane / radius) & (slope < 0)
    away = np.where(through, np.linalg.norm(on_plane, axis=1), np.inf)
    side = np.cross([0.0, 1.0, 0.0], gaze)
    angle = np.arctan2(on_plane @ np.cross(gaze, side), on_plane @ side)
    seed = head.seed
    sclera = np.array(head.sclera_albedo) * np.ones((len(hits), 1))
    corner = step(0.55, 0.95, np.abs(out_from_centre[:, 0] - gaze[0]))
    sclera *= 1 - corner[:, None] * np.array([0.05, 0.16, 0.15])
    around = np.stack([angle * 0.006, np.minimum(away, 0.02) * 0.3, np.zeros_like(angle)], 1)
    fibres = noise(around, size_m=0.0004, seed=seed) + 0.7 * noise(around, size_m=0.0011, seed=seed + 1)
    r = away / half
    ring = np.array(head.iris_albedo) * np.exp(0.22 * fibres)[:, None]
    ring *= (1.25 - 0.55 * step(0.45, 1.0, r))[:, None]
    ring = ring * (1 - 0.75 * step(half - 2 * LIMBUS_M, half - 0.2 * LIMBUS_M, away))[:, None]
    pupil = 1 - step(PUPIL - 0.03, PUPIL + 0.03, r)
    ring = ring * (1 - pupil[:, None]) + pupil[:, None] * 0.006
    albedo = np.where(through[:, None], ring, sclera)
    # The cornea's ball: its middle lies before the eye's, so that highlights sit on the iris.
    cornea = (hits - centre) - 0.45 * radius * gaze
    cornea /= np.linalg.norm(cornea, axis=1, keepdims=True)
    blend = step(0.75, 1.0, out_from_centre @ gaze / (plane / radius) * 0.98)[:, None]
    normal = out_from_centre + blend * (cornea - out_from_centre)
    return albedo.astype(np.float32), normal / np.linalg.norm(normal, axis=1, keepdims=True)
