"""Directions that stand for the light from all around on a plane (numpy only)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.scene import Lighting, light_from_world_axes
from arviz.render.prefilter import BRIGHTEST, directions

WIDTH_PX, HEIGHT_PX = 128, 64
_WIDEST_RAD = 0.35
_GOLDEN = (math.sqrt(5) - 1) / 2
"""Steps around by this share of a turn: on an even sky that is Vogel's spiral, rounder than Hammersley points."""


class SkySamples(NamedTuple):
    """Directions that each bring the same share of the irradiance on a plane."""

    to_light: Array
    """(N, 3) unit vectors in the world."""
    radius_rad: Array
    """(N,) of the cone of sky around each that it stands for."""
    irradiance: float
    """Luminance of all light on the plane, at `Lighting.intensity` 1."""


def sky_samples(lighting: Lighting, *, normal: Array, count: int) -> SkySamples:
    """Return `count` directions on the lit side of a plane, dense where much light comes from; none in the dark.

    Importance sampling of radiance times cosine with a golden-ratio lattice (Pharr, Jakob and Humphreys, "Physically Based
    Rendering", 3rd edition, 13.3.3 and 13.6.7): no chance in it, the same light gives the same directions.
    """
    turn = light_from_world_axes(lighting.rotation_rad)
    radiance = _shrunk(lighting.environment.pixels)
    edges = np.cos(np.pi * np.arange(HEIGHT_PX + 1) / HEIGHT_PX)
    solid_angle = (edges[:-1] - edges[1:]) * 2 * np.pi / WIDTH_PX
    cosine = np.maximum(directions(WIDTH_PX, HEIGHT_PX) @ (turn @ normal), 0)
    flux = radiance * cosine * solid_angle[:, None]
    total = float(flux.sum())
    if not total > 0:
        return SkySamples(np.zeros((0, 3)), np.zeros(0), 0.0)
    index = np.arange(count)
    row = _inverted(np.r_[0, np.cumsum(flux.sum(axis=1))] / total, (index + 0.5) / count)
    cumulated = np.concatenate([np.zeros((HEIGHT_PX, 1)), np.cumsum(flux, axis=1)], axis=1)
    across = (index * _GOLDEN + 0.5) % 1
    lines = cumulated[row.astype(int)]
    column = _inverted(lines / lines[:, -1:], across)
    polar, azimuth = np.pi * row / HEIGHT_PX, 2 * np.pi * (column / WIDTH_PX - 0.5)
    sine = np.sin(polar)
    found = np.stack([sine * np.cos(azimuth), np.cos(polar), sine * np.sin(azimuth)], axis=1)
    at = (row.astype(int), column.astype(int))
    cone = solid_angle[at[0]] * total / (count * flux[at])
    return SkySamples(found @ turn, np.minimum(np.sqrt(cone / np.pi), _WIDEST_RAD), total)


def _shrunk(pixels: Array) -> Array:
    """Return (64, 128) luminance, as bright at most as the renderer's light."""
    from PIL import Image as PillowImage

    light = np.minimum(np.nan_to_num(np.maximum(pixels[..., :3], 0), nan=0, posinf=BRIGHTEST), BRIGHTEST) @ LUMINANCE
    how = PillowImage.Resampling.BOX if light.shape[1] > WIDTH_PX else PillowImage.Resampling.BILINEAR
    shrunk = PillowImage.fromarray(light.astype(np.float32)).resize((WIDTH_PX, HEIGHT_PX), how)
    return np.maximum(np.asarray(shrunk, np.float64), 0)


def _inverted(steps: Array, at: Array) -> Array:
    """Return (N,) where, in steps and parts of one, rising curves (N, K + 1) or (K + 1,) from 0 to 1 pass `at`; never on a flat part."""
    steps = np.broadcast_to(steps, (len(at), steps.shape[-1]))
    index = np.clip((steps <= at[:, None]).sum(axis=1) - 1, 0, steps.shape[1] - 2)
    start, end = (steps[np.arange(len(at)), index + i] for i in (0, 1))
    part = np.divide(at - start, end - start, out=np.full(len(at), 0.5), where=end > start)
    out: Array = index + np.clip(part, 0, 1 - 1e-9)
    return out
