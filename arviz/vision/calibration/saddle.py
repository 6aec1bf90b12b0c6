"""The crossing of two edges to a hundredth of a pixel: the saddle point of a quadratic surface (Lucchese & Mitra 2002).

``cv2.cornerSubPix`` looks for the point that all gradients are perpendicular to, and scatters by 0.04 px on pictures
without any noise: its gradients are differences of pixels. The quadratic is fitted to blurred brightness, which is smooth.
Exact views of a ChArUco board: 0.013 px instead of 0.038; OpenCV's 13 sample photos: residual 0.165 px instead of 0.195, and
0.166 instead of 0.199 for views left out. Both are nearly the same for blurs of 1 to 2.5 px and windows of 2 to 6 px.

The pixels are taken as they are, with weights that move with the point: ``cv2.remap`` rounds places to a fraction of a pixel
that is larger than the error sought.
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array

_BLUR, _REACH = 0.3, 0.8
"""Sigma of the blur and radius of the window, as shares of half the window of `arviz.vision.calibration.corners.refine`."""
_ROUNDS = 6
_FURTHEST = 0.5
"""A saddle further from the start than this share of the window is another one."""


def saddles(grey: Array, points_px: Array, *, half_px: int) -> Array:
    """Return (N, 2) points moved onto the saddles of brightness beside them; where there is none they stay.

    Parameters
    ----------
    grey : ndarray (H, W) uint8
    points_px : ndarray (N, 2)
        Within half a pixel of the crossings, as ``cv2.cornerSubPix`` leaves them.
    half_px : int
        The window is ``2 half_px + 1`` wide; nothing but the two edges may be inside of it.
    """
    start = np.asarray(points_px, np.float64)
    sigma, radius = _BLUR * half_px, _REACH * half_px + 0.5
    inner = int(np.ceil(radius)) + 1
    outer = inner + int(np.ceil(3 * sigma))
    centre = np.round(start).astype(int)
    height, width = grey.shape
    inside = ((centre >= outer) & (centre < (width - outer, height - outer))).all(axis=1)
    out = start.copy()
    if inside.any():
        patches = _blurred(_patches(grey, centre[inside], outer), sigma, inner)
        out[inside] = centre[inside] + _stationary(patches, (start - centre)[inside], radius, _FURTHEST * half_px)
    return out


def _patches(grey: Array, centre: Array, reach: int) -> Array:
    offsets = np.arange(-reach, reach + 1)
    out: Array = grey[centre[:, 1, None, None] + offsets[:, None], centre[:, 0, None, None] + offsets].astype(np.float64)
    return out


def _blurred(patches: Array, sigma: float, inner: int) -> Array:
    """Return (N, S, S) patches blurred, without the margin that the blur takes."""
    margin = (patches.shape[1] - 1) // 2 - inner
    kernel = np.exp(-((np.arange(-margin, margin + 1) / sigma) ** 2) / 2)
    count = 2 * inner + 1
    blur = np.zeros((count, patches.shape[1]))
    for row in range(count):
        blur[row, row : row + len(kernel)] = kernel / kernel.sum()
    out: Array = blur @ patches @ blur.T
    return out


def _stationary(patches: Array, start: Array, radius: float, furthest: float) -> Array:
    """Return (N, 2) stationary points of weighted quadratics, from the patches' middles; the start where there is no saddle."""
    inner = (patches.shape[1] - 1) // 2
    y, x = (axis.reshape(-1).astype(np.float64) for axis in np.mgrid[-inner : inner + 1, -inner : inner + 1])
    values = patches.reshape(len(patches), -1)
    at, good = start.copy(), np.ones(len(start), bool)
    for _ in range(_ROUNDS):
        u, v = x - at[:, :1], y - at[:, 1:]
        weights = np.maximum(0, radius - np.hypot(u, v))
        basis = np.stack([u * u, u * v, v * v, u, v, np.ones_like(u)], axis=2)
        weighted = basis * weights[..., None]
        normal = weighted.transpose(0, 2, 1) @ basis
        a, b, c, d, e, _ = np.linalg.solve(normal, weighted.transpose(0, 2, 1) @ values[..., None])[..., 0].T
        determinant = 4 * a * c - b * b
        good &= determinant < 0  # else a hill or a hollow
        step = np.stack([b * e - 2 * c * d, b * d - 2 * a * e], axis=1) / np.where(determinant < 0, determinant, -np.inf)[:, None]
        at = at + np.clip(step, -1, 1)
        good &= np.linalg.norm(at - start, axis=1) < furthest
        at = np.where(good[:, None], at, start)
    return at
