"""Corners of a four-sided thing to a fraction of a pixel: lines fitted to its sides, not to its corners.

Light adds up before it is encoded, so the middle of a blurred edge lies where *linear* light is half-way: in encoded values
a white sheet looks about 0.2 px larger all around. What is burnt looks larger too: `burnt_shift` says by how much.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.vision.calibration.corners import sample
from arviz.vision.photo.burnt import burnt_shift

_STEP_PX = 0.25
_LEAST_POINTS = 8
_LEAST_CONTRAST = 0.02
"""Of linear white, across a side."""
_CLOSE_PX, _LOOKED_AT = 2.5, 40
"""How near to a line found in colour its edge is, and at how many places that line was looked for."""
_LEAST_COLOUR = 0.006
"""The same where each place has its own mixture: a card in dim light."""
_INSIDE, _RING = 0.75, 1.3
"""Outlines, as shares of the quad's own, where its colour and that of its surroundings are taken."""
_SYSTEMATIC_PX = 0.1
"""What blur, demosaicking and JPEG leave in an edge that its scatter does not show."""


class Quad(NamedTuple):
    """Four corners and how well they are known."""

    corners_px: Array
    """(4, 2), in turn."""
    sigma_px: float
    """Standard deviation of each corner in x and y."""
    growth_px: float = 0.0
    """Standard deviation of how far all sides together lie too far out."""

    @property
    def relative_growth(self) -> float:
        """The same as a share of the thing's size."""
        return 2 * self.growth_px / float(np.linalg.norm(self.corners_px - np.roll(self.corners_px, 1, axis=0), axis=1).mean())


def refine_quad(image: Image, corners_px: Array, *, corner_share: float, reach_px: float, uneven: bool = False) -> Quad | None:
    """Return the quad whose sides lie on the edges near those given; None where a side has no clear edge.

    Parameters
    ----------
    image : Image
    corners_px : (4, 2)
        In turn, known to `reach_px`.
    corner_share : float
        Share of each side at either end that is not looked at: rounded or blurred corners.
    uneven : bool
        What lies around is not of one colour: each place of a side is told from what is beside it there.
    """
    colour, weights, corner = _surroundings(image, corners_px, margin_px=reach_px + 2)
    light = colour if uneven else (colour @ weights)[..., None]
    local = corners_px - corner
    lines, sigmas = [], []
    for k in range(4):
        line = _fit_side(light, local[k], local[(k + 1) % 4], corner_share, reach_px)
        if line is None:
            return None
        lines.append(line[:3])
        sigmas.append(line[3])
    sides = np.array(lines)
    refined = crossings(sides)
    if refined is None or np.abs(refined - local).max() > 2 * reach_px:
        return None
    sigma = float(np.hypot(np.sqrt(np.mean(np.square(sigmas))), _SYSTEMATIC_PX))
    inside = float(weights.sum()) > 0
    shift = burnt_shift(colour, refined, bright_inside=inside)
    if shift is None:
        return Quad(refined + corner, sigma)
    inwards = np.sign(sides[:, :2] @ refined.mean(axis=0) + sides[:, 2]) * (1 if inside else -1)
    sides[:, 2] -= inwards * shift.towards_bright_px
    moved = crossings(sides)
    return None if moved is None else Quad(moved + corner, sigma, shift.sigma_px)


def crossings(sides: Array) -> Array | None:
    """Return the corners (4, 2) where four lines cross in turn, each the last with the next; None where they hardly do."""
    points = np.cross(np.roll(sides, 1, axis=0), sides)
    if (np.abs(points[:, 2]) < 1e-3).any():  # sides under three minutes of arc
        return None
    out: Array = points[:, :2] / points[:, 2:]
    return out


def _surroundings(image: Image, corners_px: Array, *, margin_px: float) -> tuple[Array, Array, Array]:
    """Return a quad's surroundings (H, W, C) in linear light, the mixture (C,) that tells it from them, and their corner."""
    middle = corners_px.mean(axis=0)
    around = middle + _RING * (corners_px - middle)
    low = np.maximum(np.floor(around.min(axis=0) - margin_px), 0).astype(int)
    high = np.ceil(around.max(axis=0) + margin_px).astype(int) + 1
    colour = _linear(image, image.pixels[low[1] : high[1], low[0] : high[0], :3])
    shares = (np.arange(24) + 0.5) / 24
    sides = [(1 - t) * corners_px + t * np.roll(corners_px, -1, axis=0) - middle for t in shares]
    outline = np.concatenate(sides)
    means = []
    for size in (_INSIDE, _RING):
        places = middle + size * outline - low
        means.append(np.median([sample(colour[..., c], places) for c in range(colour.shape[2])], axis=1))
    contrast = means[0] - means[1]
    length = np.linalg.norm(contrast)
    weights = contrast / length if length > 1e-6 else np.ones(len(contrast)) / len(contrast)
    return colour, weights.astype(np.float32), low.astype(np.float64)


def _linear(image: Image, pixels: Array) -> Array:
    """Return pixels of an image as linear light, float32, 1 is white."""
    if pixels.dtype != np.uint8:
        values = np.clip(np.nan_to_num(pixels), 0, 1)
        return srgb_to_linear(values) if image.space == "srgb" else values
    levels = (np.arange(256) / 255).astype(np.float32)
    table: Array = srgb_to_linear(levels) if image.space == "srgb" else levels
    out: Array = table[pixels]
    return out


def _fit_side(light: Array, start: Array, end: Array, corner_share: float, reach_px: float) -> tuple[float, float, float, float] | None:
    """Return the line (a, b, c) with a x + b y + c = 0 of a side, and the sigma of its ends across it."""
    if light.shape[2] > 1:
        start, end = _straightest(light, start, end, corner_share, reach_px)
        reach_px = min(reach_px, _CLOSE_PX)
    length = float(np.linalg.norm(end - start))
    count = int(np.clip(length * (1 - 2 * corner_share), 0, 200))
    if count < _LEAST_POINTS:
        return None
    along = (end - start) / length
    across = np.array([-along[1], along[0]])
    where = np.linspace(corner_share, 1 - corner_share, count) * length
    offsets = np.arange(-reach_px, reach_px + _STEP_PX / 2, _STEP_PX)
    profiles = _profiles(light, start + where[:, None] * along, across, offsets)
    if profiles is None:
        return None
    profile = _told_apart(profiles)
    # Differences over a pixel: narrower ones follow the bilinear steps between pixels.
    reach = round(1 / _STEP_PX)
    slope = profile[:, reach:] - profile[:, :-reach]
    middle = offsets[:-reach] + 0.5
    sign = np.sign(np.median(slope[np.arange(count), np.abs(slope).argmax(axis=1)]))
    rising = np.maximum(slope * sign, 0)
    peak = rising.argmax(axis=1)
    near = np.abs(np.arange(rising.shape[1]) - peak[:, None]) <= 2 * reach
    weight = np.where(near, rising, 0)
    total = weight.sum(axis=1)
    # In colour each place has its own contrast: hair here, skin there.
    least, share = (_LEAST_CONTRAST, 0.4) if light.shape[2] == 1 else (_LEAST_COLOUR, 0.05)
    strong = rising.max(axis=1) > max(least, share * float(np.median(rising.max(axis=1))))
    if strong.sum() < max(_LEAST_POINTS, 0.6 * count):
        return None
    offset = (weight[strong] @ middle) / total[strong]
    return _line(where[strong], offset, start, along, across, length)


def _profiles(light: Array, places: Array, across: Array, offsets: Array) -> Array | None:
    """Return what is seen (K, P, C) across a line at places (K, 2); None where that leaves the picture."""
    height, width, channels = light.shape
    at = places[:, None] + offsets[:, None] * across
    if (at < 1).any() or (at > (width - 2, height - 2)).any():
        return None
    return np.stack([sample(light[..., c], at) for c in range(channels)], axis=-1)


def _straightest(light: Array, start: Array, end: Array, corner_share: float, reach_px: float) -> tuple[Array, Array]:
    """Return the ends of the line near a side along which light changes at the most places, however much: not brows or wisps of hair."""
    offsets = np.arange(-reach_px, reach_px + 0.5, 0.5)
    shares = np.linspace(corner_share, 1 - corner_share, _LOOKED_AT)
    across = np.array([start[1] - end[1], end[0] - start[0]]) / max(float(np.linalg.norm(end - start)), 1e-9)
    profiles = _profiles(light, start + shares[:, None] * (end - start), across, offsets)
    if profiles is None:
        return start, end
    change = np.linalg.norm(profiles[:, 2:] - profiles[:, :-2], axis=2)
    change = np.minimum(change, 0.5 * np.median(change.max(axis=1)))
    inner = np.arange(len(offsets) - 2)
    # Rows: where the line begins; columns: where it ends.
    at = np.rint(inner[:, None, None] * (1 - shares) + inner[None, :, None] * shares).astype(int)
    found = change[np.arange(len(shares)), at].mean(axis=2)
    first, last = np.unravel_index(int(found.argmax()), found.shape)
    return start + offsets[first + 1] * across, end + offsets[last + 1] * across


def _told_apart(profiles: Array) -> Array:
    """Return profiles (K, P, C) of colour as ones of light (K, P), each in the mixture that differs most between its ends."""
    if profiles.shape[2] == 1:
        return profiles[..., 0]
    quarter = max(profiles.shape[1] // 4, 1)
    contrast = profiles[:, -quarter:].mean(axis=1) - profiles[:, :quarter].mean(axis=1)
    length = np.linalg.norm(contrast, axis=1, keepdims=True)
    out: Array = np.einsum("kpc,kc->kp", profiles, contrast / np.maximum(length, 1e-6))
    return out


def _line(
    where: Array, offset: Array, start: Array, along: Array, across: Array, length: float
) -> tuple[float, float, float, float] | None:
    """Fit offset = m + s where by iterated Tukey weights."""
    design = np.column_stack([np.ones(len(where)), where / length - 0.5])
    weight = np.ones(len(where))
    for _ in range(6):
        normal = design.T @ (design * weight[:, None])
        coefficients = np.linalg.solve(normal + 1e-9 * np.eye(2), design.T @ (weight * offset))
        residual = offset - design @ coefficients
        scatter = max(1.4826 * float(np.median(np.abs(residual))), 0.02)
        weight = np.clip(1 - (residual / (4.7 * scatter)) ** 2, 0, None) ** 2
    if (weight > 0.1).sum() < 0.6 * len(where) or scatter > 1.0:
        return None
    # Neighbouring profiles share their pixels: about one of two is news.
    covariance = np.linalg.inv(normal) * scatter**2 * 2
    sigma = float(np.sqrt(covariance[0, 0] + 0.25 * covariance[1, 1]))
    ends = [start + t * length * along + (coefficients @ (1, t - 0.5)) * across for t in (0, 1)]
    direction = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    a, b = -direction[1], direction[0]
    return float(a), float(b), float(-(a * ends[0][0] + b * ends[0][1])), sigma
