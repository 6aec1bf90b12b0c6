"""Where iris meets sclera, to a fraction of a pixel: circles through the edges at the sides of both irises.

Light adds up before it is encoded, so edges are looked for in linear light: in encoded values an iris looks .1 px too small all around.
Lids cover an iris above and below; only its sides are looked at. Both irises of a person are equally large (to 1.5 %), which keeps a
circle from running away along lashes and corners of the eye.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.vision.calibration.corners import sample

SIDES_RAD = np.radians(np.linspace(-30, 40, 22))
"""Angles below the horizontal, each to both sides."""
STEP_PX = 0.25
UNLIKE = 0.015
"""Standard deviation of the ratio of a person's irises."""
LEAST_STEP = 0.12
"""Of the sclera's light: a weaker edge is none. Dark lenses and closed lids show none."""
LEAST_SHARE = 0.35
"""Of the edges that must be found and agree."""
BLUR_PX2 = 1 / 12 + 1 / 6
"""Variance of what a pixel averages and of what is read between pixels: it draws the steepest place of a round edge inwards, to
r^2 - variance."""
ROUNDS = 3
FITS = 4


class Limbus(NamedTuple):
    """Circles of the right and the left iris."""

    middles_px: Array
    """(2, 2)."""
    radii_px: Array
    """(2,)."""
    sigma_px: float
    """Standard deviation of the mean radius, from the scatter of the edges."""
    contrast: float
    """Step of light at the edges, as a share of the sclera's."""


def find_limbus(image: Image, middles_px: Array, radii_px: Array, *, size_ratio: float = 1.0) -> Limbus | None:
    """Return both circles near those given; None where their edges are not seen.

    Parameters
    ----------
    image : Image
    middles_px, radii_px : ndarray (2, 2), (2,)
        Of the right and the left iris, to about a sixth of a radius.
    size_ratio : float
        How many times larger the left one should look, for it is nearer.
    """
    sides = np.concatenate([SIDES_RAD, np.pi - SIDES_RAD])
    spokes = np.column_stack([np.cos(sides), np.sin(sides)])
    centres, mean = np.array(middles_px, np.float64), float(np.mean(radii_px))
    if mean < 3 or not (centres > 2 * mean + 2).all() or not (centres < np.array([image.width_px, image.height_px]) - 2 * mean - 3).all():
        return None
    patches = [_light(image, centre, 2 * mean + 2) for centre in centres]
    shares = np.array([1, size_ratio]) / np.sqrt(size_ratio)
    radii = mean * shares
    reach = 0.35 * mean
    for number in range(ROUNDS):
        edges = [_edges(light, c - corner, spokes, r, reach) for (light, corner), c, r in zip(patches, centres, radii, strict=True)]
        away, step = (np.stack([edge[k] for edge in edges]) for k in (0, 1))
        weight = _trust(step)
        if (weight > 0).mean() < LEAST_SHARE:
            return None
        fit = _circles(spokes, away, weight, centres, radii, shares)
        if fit is None:
            return None
        centres, radii, scatter, used = fit
        if (np.abs(centres - middles_px) > 0.6 * mean).any() or not (0.6 * mean < radii).all() or not (radii < 1.5 * mean).all():
            return None
        reach = max(1.75, 0.15 * mean) if number else max(2.0, 0.22 * mean)
    if used < LEAST_SHARE * away.size:
        return None
    # Neighbouring spokes share their pixels.
    news = max(used * min(1.0, 2 * mean * np.ptp(SIDES_RAD) / len(SIDES_RAD) / 1.5), 4)
    radii = np.sqrt(radii**2 + BLUR_PX2)
    return Limbus(centres, radii, scatter / np.sqrt(news), float(np.median(step[weight > 0])))


def _light(image: Image, centre: Array, reach: float) -> tuple[Array, Array]:
    """Return the linear red light (H, W) about a point, and the patch's first pixel: irises are darkest in red, vessels are not seen."""
    low = np.maximum(np.floor(centre - reach), 0).astype(int)
    high = np.ceil(centre + reach).astype(int) + 1
    values = image.pixels[low[1] : high[1], low[0] : high[0], 0]
    values = values.astype(np.float32) / 255 if values.dtype == np.uint8 else np.clip(np.nan_to_num(values), 0, 1).astype(np.float32)
    return np.ascontiguousarray(srgb_to_linear(values) if image.space == "srgb" else values, np.float32), low.astype(np.float64)


def _edges(light: Array, centre: Array, spokes: Array, radius: float, reach: float) -> tuple[Array, Array]:
    """Return how far along each spoke (S,) light rises, and by how much of what is outside."""
    away = np.arange(max(radius - reach, 1.0), radius + reach + STEP_PX / 2, STEP_PX)
    profile = sample(light, centre + away[None, :, None] * spokes[:, None, :])
    span = round(1 / STEP_PX)
    slope = profile[:, span:] - profile[:, :-span]
    middle = away[:-span] + 0.5
    # The limbus is where light rises most, and rather where it is expected than elsewhere.
    likely = np.exp(-0.5 * ((middle - radius) / (0.8 * reach)) ** 2)
    peak = (slope * likely).argmax(axis=1)
    near = np.abs(np.arange(slope.shape[1]) - peak[:, None]) <= 1.5 * span
    weight = np.where(near, np.maximum(slope, 0), 0)
    total = np.maximum(weight.sum(axis=1), 1e-9)
    rows = np.arange(len(spokes))
    outside = profile[rows, np.minimum(peak + 2 * span, profile.shape[1] - 1)]
    inside = profile[rows, np.maximum(peak - span, 0)]
    return (weight @ middle) / total, (outside - inside) / np.maximum(outside, 0.004)


def _trust(step: Array) -> Array:
    """Return a weight (2, S) of edges: those much weaker than the median are none."""
    clear = step > max(LEAST_STEP, 0.4 * float(np.median(step)))
    out: Array = np.where(clear, np.clip(step, 0, 1), 0.0)
    return out


def _circles(
    spokes: Array, away: Array, weight: Array, centres: Array, radii: Array, shares: Array
) -> tuple[Array, Array, float, float] | None:
    """Return middles, radii, scatter of the edges and how many count, of two circles as large as `shares`, by Tukey's weights."""
    count = len(spokes)
    places = centres[:, None] + away[..., None] * spokes
    rows = np.zeros((2 * count + 1, 6))  # x, y, ln r of both eyes
    trust, scatter = np.ones((2, count)), 1.0
    centres, radii = centres.copy(), radii.copy()
    for _ in range(FITS):
        out = places - centres[:, None]
        distance = np.linalg.norm(out, axis=2)
        residual = distance - radii[:, None]
        scatter = max(1.4826 * float(np.median(np.abs(residual[weight > 0]))), 0.06)
        trust = np.clip(1 - (residual / (4.7 * scatter)) ** 2, 0, None) ** 2
        root = np.sqrt(trust * weight) / scatter
        direction = out / np.maximum(distance, 1e-6)[..., None]
        for eye in (0, 1):
            block = slice(eye * count, (eye + 1) * count)
            rows[block, 3 * eye : 3 * eye + 2] = root[eye, :, None] * direction[eye]
            rows[block, 3 * eye + 2] = root[eye] * radii[eye]
        unlike = np.log(radii[1] / shares[1]) - np.log(radii[0] / shares[0])
        rows[-1, [2, 5]] = np.array([-1, 1]) / UNLIKE
        target = np.append((root * residual).ravel(), -unlike / UNLIKE)
        normal = rows.T @ rows + 1e-6 * np.eye(6)
        step = np.linalg.solve(normal, rows.T @ target)
        centres += step.reshape(2, 3)[:, :2]
        radii *= np.exp(np.clip(step.reshape(2, 3)[:, 2], -0.2, 0.2))
    if not np.isfinite(centres).all() or not np.isfinite(radii).all():
        return None
    return centres, radii, scatter, float(((trust > 0.1) & (weight > 0)).sum())
