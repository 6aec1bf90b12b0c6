"""Tone maps for pictures that no shader has mapped yet, the same formulas as ``gl/shaders/tone.glsl``."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.render.renderer import ToneMap


def tone_map(radiance: Array, *, how: ToneMap, exposure: float = 1.0) -> Array:
    """Return display-referred linear values for linear radiance, both (..., 3) float32.

    ``neutral`` is Khronos PBR Neutral (KhronosGroup/ToneMapping, PBR_Neutral/README.md), ``aces`` Stephen Hill's fit of
    the ACES reference and output transforms with three.js's exposure of 1 / 0.6 (MJP/BakingLab, ACES.hlsl; three.js,
    ``ACESFilmicToneMapping``).
    """
    colour = np.clip(np.asarray(radiance, np.float32) * exposure, 0, 60000)
    if how == "neutral":
        return _neutral(colour)
    return _aces(colour) if how == "aces" else colour


def _neutral(colour: Array) -> Array:
    low = colour.min(axis=-1, keepdims=True)
    colour = colour - np.where(low < 0.08, low - 6.25 * low * low, np.float32(0.04))
    peak = colour.max(axis=-1, keepdims=True)
    squeezed = 1 - 0.0576 / (np.maximum(peak, 0.76) + 0.24 - 0.76)
    grey = 1 - 1 / (0.15 * (peak - squeezed) + 1)
    scaled = colour * (squeezed / np.maximum(peak, 1e-9))
    out: Array = np.where(peak < 0.76, colour, scaled + (squeezed - scaled) * grey).astype(np.float32)
    return out


_ACES_INPUT = np.array([[0.59719, 0.35458, 0.04823], [0.07600, 0.90834, 0.01566], [0.02840, 0.13383, 0.83777]], np.float32)
_ACES_OUTPUT = np.array([[1.60475, -0.53108, -0.07367], [-0.10208, 1.10813, -0.00605], [-0.00327, -0.07276, 1.07602]], np.float32)


def _aces(colour: Array) -> Array:
    v = (colour / np.float32(0.6)) @ _ACES_INPUT.T
    v = (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.4329510) + 0.238081)
    out: Array = np.clip(v @ _ACES_OUTPUT.T, 0, 1).astype(np.float32)
    return out
