"""The grain of a photo: how strong at each brightness, how coarse, how coloured; measured, and made anew.

Demosaicking, the camera's smoothing and JPEG leave grain that is neither white nor of one strength. It is described by its
spectrum in JPEG's own 8x8 blocks, one for each of ten brightnesses: a noise level function (Liu et al. 2006, "Noise Estimation
from a Single Image") with colour and coarseness. It lives in the encoded values, where JPEG rounds.

Rejected: one sigma for all (Immerkaer 1996: JPEG erases the grain of some brightnesses and keeps that of others); octaves of a
wavelet transform instead of the spectrum (the finest is not white within: 1.6 times too much of the finest grain); luma and
chroma apart (grain of R, G and B that is independent is not so in them).
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array

LEVELS = tuple((np.arange(10) / 10 + 0.05).tolist())
"""Encoded luma (0 to 1) at which grain is told."""
BLOCK_PX = 8

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Of encoded values (ITU-R BT.601-7), those of JPEG."""
_MOST_PIXELS = 1_500_000
_QUIET = 0.15
"""Of the places of one brightness: those with the least structure show the grain alone."""
_FEW, _MANY = 12, 1000
_MOST_TIMES, _ASKEW = 2.0, 2.0
_CLIPPED = (0.012, 0.985)
_ROUNDING = 1 / 12 / 255**2
"""Variance of rounding to 8 bits, which the finished picture gets by itself."""
_TILE_PX = 256
"""Grain is made once for a square that is repeated, for few pixels one half as wide: nobody sees a repetition in noise."""
_COSINES = np.sqrt(2 / BLOCK_PX) * np.cos(np.pi / BLOCK_PX * np.arange(BLOCK_PX)[:, None] * (np.arange(BLOCK_PX) + 0.5))
_COSINES[0] /= np.sqrt(2)
"""Rows are the orthonormal discrete cosine transform's."""
_FREQUENCY = np.add.outer(np.arange(BLOCK_PX), np.arange(BLOCK_PX))
_Squares = list[tuple[slice, slice]]
_GROUPS = tuple((low <= _FREQUENCY) & (high > _FREQUENCY) for low, high in ((1, 4), (4, 8), (8, 15)))


def luma(encoded: Array) -> Array:
    """Return (...) of encoded values (..., 3)."""
    return np.asarray(encoded @ _LUMA)


def measured_grain(encoded: Array) -> Array:
    """Return (L, 8, 8, 3, 3): the covariance of each cosine's coefficients in blocks of 8x8 pixels, at `LEVELS`.

    Parameters
    ----------
    encoded : ndarray (H, W, 3) float32
        sRGB values, 0 to 1, with the pixels that the camera stored.
    """
    part = _part(encoded)
    rows, columns = (side // BLOCK_PX for side in part.shape[:2])
    blocks = part.reshape(rows, BLOCK_PX, columns, BLOCK_PX, 3).transpose(0, 2, 1, 3, 4)
    light = luma(blocks)
    usable = (blocks.min(axis=(2, 3, 4)) > _CLIPPED[0]) & (blocks.max(axis=(2, 3, 4)) < _CLIPPED[1])
    power = _transformed(light[..., None])[..., 0] ** 2
    structure = np.stack([power[..., group].sum(axis=-1) for group in _GROUPS])
    squares = [(slice(r, None, 2), slice(c, None, 2)) for r, c in ((0, 0), (1, 1), (0, 1), (1, 0))]
    level = np.mean([light[square].mean(axis=(2, 3)) for square in squares], axis=0)
    good = np.all([usable[square] for square in squares], axis=0)
    index = np.clip((level * len(LEVELS)).astype(int), 0, len(LEVELS) - 1)
    out = np.full((len(LEVELS), BLOCK_PX, BLOCK_PX, 3, 3), np.nan)
    for number in range(len(LEVELS)):
        here = np.nonzero(good & (index == number))
        if len(here[0]) < _FEW:
            continue
        quiet = [
            _quiet(structure, blocks, here, chosen, measured)
            for chosen, measured in ((squares[:2], squares[2:]), (squares[2:], squares[:2]))
        ]
        coefficients = _transformed(np.concatenate(quiet))
        out[number] = np.einsum("nijc,nijd->ijcd", coefficients, coefficients) / len(coefficients)
    return _settled(out)


def _part(encoded: Array) -> Array:
    """Return the middle of a photo, of at most `_MOST_PIXELS`, whole squares of two by two JPEG blocks."""
    square = 2 * BLOCK_PX
    factor = min(1.0, (_MOST_PIXELS / (encoded.shape[0] * encoded.shape[1])) ** 0.5)
    rows, columns = (int(side * factor) // square * square for side in encoded.shape[:2])
    top, left = ((whole - kept) // 2 // square * square for whole, kept in zip(encoded.shape[:2], (rows, columns), strict=True))
    return encoded[top : top + rows, left : left + columns]


def _quiet(structure: Array, blocks: Array, here: tuple[Array, ...], chosen: _Squares, measured: _Squares) -> Array:
    """Return the blocks (N, 8, 8, 3) of the squares with the least structure: two choose a square, the two others are returned.

    Chosen by the same pixels, grain would come out too weak.
    """
    score = sum(structure[:, rows, columns][:, here[0], here[1]] for rows, columns in chosen)
    relative = (score / np.maximum(np.median(score, axis=1, keepdims=True), 1e-12)).max(axis=0)
    best = np.argsort(relative)[: min(max(int(_QUIET * len(relative)), 1), _MANY)]
    return np.concatenate([blocks[rows, columns][here[0][best], here[1][best]] for rows, columns in measured])


def _transformed(blocks: Array) -> Array:
    """Return the cosines' coefficients (..., 8, 8, C) of blocks."""
    matrix = _COSINES.astype(np.float32)
    out: Array = np.moveaxis(matrix @ np.moveaxis(blocks, -1, 0) @ matrix.T, 0, -1)
    return out


def _settled(covariance: Array) -> Array:
    """Return it with every level known, without what shading does to the lowest frequencies and rounding to all."""
    known = np.isfinite(covariance[:, 1, 1, 0, 0])
    if not known.any():
        return np.zeros(covariance.shape)
    # Photon noise, encoded, is nearly as strong at all brightnesses: what stands out is texture of something.
    total = covariance[:, 1:, 1:].trace(axis1=3, axis2=4).mean(axis=(1, 2))
    most = _MOST_TIMES * np.quantile(total[known], 0.25)
    covariance = covariance * np.minimum(1, most / np.maximum(total, 1e-30))[:, None, None, None, None]
    levels, flat = np.asarray(LEVELS), covariance.reshape(len(LEVELS), -1)
    out = np.stack([np.interp(levels, levels[known], row[known]) for row in flat.T], axis=1).reshape(covariance.shape)
    # Boards and cloth are coarser along one axis than along the other, and grain is not.
    turned = out.swapaxes(1, 2)
    own, other = (some.trace(axis1=3, axis2=4)[..., None, None] for some in (out, turned))
    out = np.where(own > _ASKEW * other, turned, np.where(other > _ASKEW * own, out, (out + turned) / 2))
    low = (out[:, 1, 1] + out[:, 2, 0] + out[:, 0, 2]) / 3
    for i, j in ((0, 0), (0, 1), (1, 0)):
        out[:, i, j] = low
    return _power(out - _ROUNDING * np.eye(3), 1)


def _power(matrix: Array, exponent: float) -> Array:
    """Return a power of symmetric matrices (..., 3, 3) whose negative eigenvalues count as 0."""
    values, vectors = np.linalg.eigh(matrix)
    out: Array = np.einsum("...ik,...k,...jk->...ij", vectors, np.maximum(values, 0) ** exponent, vectors)
    return out


def grain_at(rows: Array, columns: Array, level: Array, *, grain: Array, seed: int) -> Array:
    """Return grain (N, 3) float32 for pixels, to add to their encoded values.

    Parameters
    ----------
    rows, columns : ndarray (N,) int
    level : ndarray (N,)
        Their encoded luma.
    grain : ndarray (L, 8, 8, 3, 3)
        As `measured_grain` returns it.
    """
    nearest = np.clip((level * len(LEVELS)).astype(np.int64), 0, len(LEVELS) - 1)
    sigma = np.sqrt(grain.mean(axis=(1, 2)).trace(axis1=1, axis2=2))
    strength = np.interp(level, LEVELS, sigma) / np.maximum(sigma, 1e-9)[nearest]
    side = _TILE_PX if len(rows) > 2 * _TILE_PX**2 else _TILE_PX // 2
    white = np.fft.rfft2(np.random.default_rng(seed).standard_normal((3, side, side), dtype=np.float32))
    at = rows % side * side + columns % side
    out = np.empty((len(rows), 3), np.float32)
    for number in np.flatnonzero(np.bincount(nearest)):
        here = np.flatnonzero(nearest == number)
        mixed = (_gains(grain[number], side).astype(np.float32) * white).sum(axis=1)
        tile = np.fft.irfft2(mixed, s=(side, side)).reshape(3, -1)
        out[here] = tile[:, at[here]].T
    out *= strength[:, None].astype(np.float32)
    return out


def _gains(grain: Array, side: int) -> Array:
    """Return (3, 3, n, n / 2 + 1): how R, G and B of white noise mix at each frequency of `np.fft.rfft2`.

    Each frequency takes the nearest cosine: between them, amplitudes would lose power where JPEG cuts the spectrum off.
    """
    across, down = (
        np.minimum(np.round(2 * BLOCK_PX * np.abs(f(side))).astype(int), BLOCK_PX - 1) for f in (np.fft.rfftfreq, np.fft.fftfreq)
    )
    # The lowest cosine is half a step wide and the highest one and a half: all of them together keep their power.
    often = np.bincount(down, minlength=BLOCK_PX) / side
    both = float(often @ grain.trace(axis1=2, axis2=3) @ often)
    roots = _power(grain * (grain.mean(axis=(0, 1)).trace() / max(both, 1e-30)), 0.5)
    out: Array = np.ascontiguousarray(np.moveaxis(roots, (0, 1), (2, 3)))[:, :, down[:, None], across]
    return out
