"""How sharp a photo is: the width of its sharpest edges.

An edge is a step blurred by a Gaussian; its width is fitted across the edge in linear light, where lenses blur (the edge
spread function of ISO 12233, one place at a time). What is no single step there fits badly and is left out.

Rejected: the ratio of two re-blurred gradients (Zhuo & Sim 2011): lines and texture look sharper than they are to it, and
have no misfit that betrays them.
"""

from __future__ import annotations

from math import erf

import numpy as np

from arviz.core.frozen import Array

_REBLUR_PX = 0.8
"""Makes interpolation between pixels exact enough, and grain small; taken off the result again."""
_REACH_PX, _STEP_PX = 5.0, 0.5
_WIDTHS_PX = np.geomspace(0.78, 4.2, 48)
_SHIFTS_PX = np.linspace(-1, 1, 9)
_ALONG_PX = np.linspace(-3, 3, 7)
"""An edge crosses the pixels differently all along: sharp ones look sharper or softer at one place than they are."""
_TILE_PX = 16
"""Each square of so many pixels offers its steepest place."""
_MOST, _FEW = 2500, 8
_MISFIT = 0.004
"""Share of an edge's variance that a step may leave unexplained."""
_CONTRAST = 0.3
"""Of an edge's step, relative to the sum of both sides."""
_BURNT = 0.95
_SHARPEST = 0.33
"""Of the edges: wider ones are soft by themselves or out of focus; some narrower ones are no single steps after all."""
_WIDE_PX = 1.2
"""Wider edges are measured again in the picture at half its size."""
_HALVINGS = 2


def blur_of_edges_px(light: Array) -> float | None:
    """Return the standard deviation of the Gaussian that blurs the sharpest edges, the square of the pixel included.

    None where no edge is good enough to tell.

    Parameters
    ----------
    light : ndarray (H, W) float32
        Luminance, linear, 1 is white.
    """
    import cv2

    found: float | None = None
    for halvings in range(_HALVINGS + 1):
        if min(light.shape) < 4 * _TILE_PX:
            break
        widths = _widths_px(light)
        if widths is not None:
            # Means over pixels widen edges too: by (4^n - 1) / 12 after n halvings.
            found = float(np.sqrt(max(np.quantile(widths, _SHARPEST) ** 2 * 4**halvings - (4**halvings - 1) / 12, 1 / 12)))
            if found < _WIDE_PX * 2**halvings:
                break
        light = cv2.resize(light, (light.shape[1] // 2, light.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return found


def _widths_px(light: Array) -> Array | None:
    """Return the widths (N,) of all edges that are single steps; None where they are too few."""
    import cv2

    smooth = cv2.GaussianBlur(light, (0, 0), _REBLUR_PX)
    down, across = cv2.Scharr(smooth, cv2.CV_32F, 0, 1, scale=1 / 32), cv2.Scharr(smooth, cv2.CV_32F, 1, 0, scale=1 / 32)
    steep = cv2.magnitude(across, down)
    relative = steep / (smooth + np.float32(0.01))
    margin = int(_REACH_PX + _ALONG_PX[-1]) + 2
    rows, columns = ((side - 2 * margin) // _TILE_PX for side in light.shape)
    if rows < 1 or columns < 1:
        return None
    inner = relative[margin : margin + rows * _TILE_PX, margin : margin + columns * _TILE_PX]
    tiles = inner.reshape(rows, _TILE_PX, columns, _TILE_PX).transpose(0, 2, 1, 3).reshape(rows * columns, -1)
    best = tiles.argmax(axis=1)
    order = np.argsort(-tiles[np.arange(len(best)), best])[:_MOST]
    r = order // columns * _TILE_PX + best[order] // _TILE_PX + margin
    c = order % columns * _TILE_PX + best[order] % _TILE_PX + margin
    way = np.stack([across[r, c], down[r, c]], axis=1) / np.maximum(steep[r, c], 1e-12)[:, None]
    steps = np.arange(-_REACH_PX, _REACH_PX + _STEP_PX / 2, _STEP_PX)
    x = c[:, None, None] + way[:, :1, None] * steps - way[:, 1:, None] * _ALONG_PX[:, None]
    y = r[:, None, None] + way[:, 1:, None] * steps + way[:, :1, None] * _ALONG_PX[:, None]
    shape = (len(x), -1)
    across_it = cv2.remap(
        smooth, np.float32(x).reshape(shape), np.float32(y).reshape(shape), cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    )
    profile = across_it.reshape(x.shape).mean(axis=1)
    low, high = profile[:, :4].mean(axis=1), profile[:, -4:].mean(axis=1)
    good = (high - low > _CONTRAST * (high + low)) & (profile.max(axis=1) < _BURNT)
    if good.sum() < _FEW:
        return None
    width, misfit = _fitted(profile[good], steps)
    good = misfit < _MISFIT
    if good.sum() < _FEW:
        return None
    out: Array = np.sqrt(np.maximum(width[good] ** 2 - _REBLUR_PX**2, 0))
    return out


def _fitted(profile: Array, steps: Array) -> tuple[Array, Array]:
    """Return the width (N,) of the blurred step that fits profiles (N, M) best, and the share of variance that it leaves."""
    phi = np.vectorize(lambda t: 0.5 * (1 + erf(t / 2**0.5)))
    shapes = phi((steps - _SHIFTS_PX[:, None, None]) / _WIDTHS_PX[:, None])  # (shifts, widths, M)
    shapes = shapes - shapes.mean(axis=-1, keepdims=True)
    shapes /= np.linalg.norm(shapes, axis=-1, keepdims=True)
    centred = profile - profile.mean(axis=1, keepdims=True)
    explained = (centred @ shapes.reshape(-1, len(steps)).T.astype(np.float32)) ** 2
    by_width = explained.reshape(len(profile), len(_SHIFTS_PX), -1).max(axis=1)
    best = np.clip(by_width.argmax(axis=1), 1, len(_WIDTHS_PX) - 2)
    n = np.arange(len(best))
    before, at, after = by_width[n, best - 1], by_width[n, best], by_width[n, best + 1]
    bend = before - 2 * at + after
    shift = np.clip(np.where(bend < 0, 0.5 * (before - after) / np.minimum(bend, -1e-30), 0), -1, 1)
    width = _WIDTHS_PX[0] * (_WIDTHS_PX[1] / _WIDTHS_PX[0]) ** (best + shift)
    misfit = 1 - at / np.maximum((centred**2).sum(axis=1), 1e-12)
    return width, misfit
