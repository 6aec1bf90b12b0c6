"""Circles around drawn irises: their radius to a few hundredths of a pixel, nothing where nothing is seen."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.colour import linear_to_srgb, to_uint8
from arviz.core.image import Image
from arviz.vision.face.limbus import find_limbus


def eyes(middles: np.ndarray, radius: float, *, iris: float = 0.05, sclera: float = 0.5, lid: float = 0.55) -> Image:
    """Draw discs whose upper part a lid of skin covers, from `lid` radii above the middle."""
    y, x = np.mgrid[0:120, 0:240].astype(np.float64)
    light = np.full((120, 240), sclera)
    for cx, cy in middles:
        inside = np.clip(radius + 0.5 - np.hypot(x - cx, y - cy), 0, 1)
        light = light * (1 - inside) + iris * inside
    for _, cy in middles:
        skin = np.clip(cy - lid * radius - y + 0.5, 0, 1) * (np.abs(y - cy) < 3 * radius)
        light = light * (1 - skin) + 0.3 * skin
    return Image(pixels=to_uint8(linear_to_srgb(np.repeat(light[..., None], 3, axis=2).astype(np.float32))))


@settings(max_examples=40, deadline=None)
@given(st.floats(4.5, 14), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0.9, 1.1), st.floats(-0.08, 0.08))
def test_discs_are_measured(radius: float, right: float, down: float, told: float, off: float) -> None:
    middles = np.array([[60 + right, 60 + down], [175 - down, 60 + down]])
    found = find_limbus(eyes(middles, radius), middles + off * radius, np.array([told * radius] * 2))
    assert found is not None
    assert np.abs(found.radii_px - radius).max() < 0.12
    assert np.abs(found.middles_px[:, 0] - middles[:, 0]).max() < 0.12


def test_dark_lenses_hide_irises() -> None:
    middles = np.array([[60.0, 60], [175, 60]])
    assert find_limbus(eyes(middles, 8, iris=0.04, sclera=0.042), middles, np.array([8.0, 8])) is None


def test_tiny_and_cut_irises_are_none() -> None:
    middles = np.array([[60.0, 60], [175, 60]])
    assert find_limbus(eyes(middles, 2), middles, np.array([2.0, 2])) is None
    assert find_limbus(eyes(middles, 8), middles - (55, 0), np.array([8.0, 8])) is None
