"""`refine_depth`: depth at the picture's resolution, with its edges where the picture's edges are.

Occlusion is only as good as the depth's edges, and sensors fray them: structured light loses what lies beside an edge, phones
blur it over pixels that then float between both surfaces. Pixels near a jump of the depth are forgotten and decided anew by
what surrounds them: the weighted median of the known pixels, weighted by likeness of colour (Kopf et al. 2007, "Joint
Bilateral Upsampling"; a mean would make new floating pixels), then the plane through those that belong to it.

Rejected: a guided filter (a mean: it floats at edges of little contrast); one filter per depth layer (Ma et al. 2013, exact,
but 0.7 s for 640x480).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.camera import Frame
from arviz.core.colour import linear_to_srgb
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image

_JUMP = 0.04
"""Of the inverse depth between neighbours, beside its slope: more is an edge."""
_FRAYED_PX = 2
"""Of the depth picture: how far from an edge its pixels are not believed."""
_DOUBTED = 0.6
_FLOATING = 0.03
"""What their word counts all the same: things thinner than the fray have no other."""
_REACH_PX = 9.0
"""Of the depth picture: how far away known pixels are asked. Wider holes stay."""
_ASKED = 72
_COLOUR = 12.0
"""Of 255: how far apart colours of one surface are."""
_NEAR_PX = 5.0
_SAME = 0.03
"""Of the inverse depth: what belongs to the surface that won."""
_LEAST = 1e-3
_LEAST_IN_HOLE = 0.01
"""Of the weight that all asked could have: a hole is filled where it is surrounded by its own colour, not beyond a sensor's range."""
_BATCH = 1 << 15


def refine_depth(frame: Frame) -> Frame:
    """Return the frame with depth of the picture's size, edges along the picture's, and confidence.

    Parameters
    ----------
    frame : Frame
        Depth may be smaller than the picture, if it shows the same view.

    Returns
    -------
    Frame
        `depth_m` (H, W) of the picture, +inf where nothing near is known; `confidence` (H, W) float32: 1 where the depth was
        measured, the winner's share of the weights where it was decided anew, 0 where it is unknown.

    Raises
    ------
    InputError
        ``E_NO_DEPTH``: the frame has none. ``E_CAMERA_SIZE``: picture and depth have different aspect ratios.
    """
    if frame.depth_m is None or np.asarray(frame.depth_m).ndim != 2 or not np.asarray(frame.depth_m).size:
        raise InputError("E_NO_DEPTH", "the frame has no depth", hint="Give a depth picture with the frame.")
    depth = np.asarray(frame.depth_m, np.float32)
    size = frame.image.height_px, frame.image.width_px
    scale = size[0] / depth.shape[0]
    if abs(size[1] / depth.shape[1] / scale - 1) > 0.01:
        raise InputError(
            "E_CAMERA_SIZE",
            "the depth picture is not the picture in another size",
            expected=f"the aspect ratio of {size[1]} x {size[0]}",
            found=f"{depth.shape[1]} x {depth.shape[0]}",
            hint="Crop the depth like the picture.",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.where(np.isfinite(depth) & (depth > 0), 1 / depth, 0.0).astype(np.float32)
    trust = _trust(inverse)
    inverse, trust = _enlarged(inverse, trust, size)
    refined, confidence = _decided(inverse, trust, _colours(frame.image), scale)
    with np.errstate(divide="ignore"):
        out = np.where(refined > 0, 1 / refined, np.float32(np.inf)).astype(np.float32)
    return replace(frame, depth_m=out, confidence=confidence)


def _colours(image: Image) -> Array:
    """Return (H, W, 1 or 3) float32, 0 to 255 as the eye grades them."""
    pixels = image.pixels[..., :3]
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, np.float32)
    shown = linear_to_srgb(np.clip(pixels, 0, 1)) if image.space == "linear" else np.clip(pixels, 0, 1)
    return np.asarray(np.nan_to_num(shown * 255), np.float32)


def _trust(inverse: Array) -> Array:
    """Return (H, W) float32: 0 where nothing is known, less than 1 beside a jump of the depth, least between two jumps."""
    import cv2

    jump, floats = np.zeros(inverse.shape, np.uint8), np.zeros(inverse.shape, bool)
    for axis in (0, 1):
        w, mark, float_ = (np.moveaxis(array, axis, 0) for array in (inverse, jump, floats))
        step = w[1:] - w[:-1]
        edge = np.abs(step) > _JUMP * np.maximum(w[1:], w[:-1])
        mark[1:] |= edge
        mark[:-1] |= edge
        # Nearer than one neighbour and farther than the other: on neither surface.
        float_[1:-1] |= edge[1:] & edge[:-1] & (step[1:] * step[:-1] > 0)
    side = 2 * _FRAYED_PX - 1
    frayed = cv2.dilate(jump, np.ones((side, side), np.uint8)) > 0
    out: Array = np.where(frayed, np.where(floats, np.float32(_FLOATING), np.float32(_DOUBTED)), np.float32(1))
    out[inverse <= 0] = 0
    return out


def _enlarged(inverse: Array, trust: Array, size: tuple[int, int]) -> tuple[Array, Array]:
    """Return the inverse depth and its trust at another size: linear between firm pixels, else that of the nearest."""
    import cv2

    if inverse.shape == size:
        return inverse, trust
    # cv2.resize has its pixel centres where arviz has them: (x + 0.5) s - 0.5.
    linear = cv2.resize(inverse, size[::-1], interpolation=cv2.INTER_LINEAR)
    firm = cv2.resize((trust == 1).astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR) > 0.999
    nearest, doubted = (cv2.resize(array, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT) for array in (inverse, trust))
    return np.where(firm, linear, nearest), np.where(firm, np.float32(1), np.minimum(doubted, np.float32(_DOUBTED)))


def _asked(scale: float) -> Array:
    """Return (N, 2) offsets in pixels that fill a disc evenly (a sunflower: golden angle, root of the number)."""
    number = np.arange(1, _ASKED + 1)
    radius = _REACH_PX * scale * np.sqrt(number / _ASKED)
    angle = number * np.pi * (3 - np.sqrt(5))
    around = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return np.unique(np.round(np.concatenate([around, np.zeros((1, 2))])).astype(int), axis=0)


def _decided(inverse: Array, trust: Array, colours: Array, scale: float) -> tuple[Array, Array]:
    offsets = _asked(scale)
    height, width = inverse.shape
    firm = trust == 1
    out, confidence = np.where(firm, inverse, 0).astype(np.float32), firm.astype(np.float32)
    rows, columns = np.nonzero(~firm)
    near = np.exp(-0.5 * (offsets**2).sum(axis=1) / (_NEAR_PX * scale) ** 2).astype(np.float32)
    for start in range(0, len(rows), _BATCH):
        r, c = rows[start : start + _BATCH], columns[start : start + _BATCH]
        y, x = r[:, None] + offsets[:, 0], c[:, None] + offsets[:, 1]
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
        value = inverse[y, x]
        unlike = ((colours[y, x] - colours[r, c][:, None]) ** 2).mean(axis=-1)
        weight = near * np.exp(-0.5 * unlike / _COLOUR**2) * (inside * trust[y, x])
        total = weight.sum(axis=1)
        middle = _weighted_median(value, weight)
        mine = weight * (np.abs(value - middle[:, None]) < _SAME * middle[:, None])
        least = np.where(trust[r, c] > 0, _LEAST, _LEAST_IN_HOLE) * near.sum()
        good = (total > least) & (middle > 0)
        flat = _plane_at_middle(value, mine, offsets.astype(np.float32), middle)
        out[r, c] = np.where(good, flat, 0)
        confidence[r, c] = np.where(good, mine.sum(axis=1) / np.maximum(total, 1e-9), 0)
    return out, confidence


def _weighted_median(value: Array, weight: Array) -> Array:
    order = np.argsort(value, axis=1)
    running = np.cumsum(np.take_along_axis(weight, order, axis=1), axis=1)
    at = (running >= running[:, -1:] / 2).argmax(axis=1)
    out: Array = np.take_along_axis(value, np.take_along_axis(order, at[:, None], axis=1), axis=1)[:, 0]
    return out


def _plane_at_middle(value: Array, weight: Array, offsets: Array, middle: Array) -> Array:
    """Return what the plane of least squares through weighted neighbours has at the pixel itself, near their median."""
    off = value - middle[:, None]
    p, q = offsets[:, 0], offsets[:, 1]
    ridge = 1e-3 + 0.02 * float((p * p).mean()) * weight.sum(axis=1)
    n, sp, sq = weight.sum(axis=1) + 1e-9, weight @ p, weight @ q
    pp, pq, qq = weight @ (p * p) + ridge, weight @ (p * q), weight @ (q * q) + ridge
    weighted = weight * off
    b0, bp, bq = weighted.sum(axis=1), weighted @ p, weighted @ q
    # Cramer's rule for the constant of a + b p + c q.
    determinant = n * (pp * qq - pq * pq) - sp * (sp * qq - pq * sq) + sq * (sp * pq - pp * sq)
    constant = b0 * (pp * qq - pq * pq) - sp * (bp * qq - pq * bq) + sq * (bp * pq - pp * bq)
    step = constant / np.where(np.abs(determinant) > 1e-12, determinant, np.inf)
    out: Array = middle + np.clip(step, -_SAME * middle, _SAME * middle)
    return out
