"""CIEDE2000 against Sharma's published pairs and scikit-image, L*a*b* against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.colour import linear_to_srgb
from arviz.core.colour_difference import delta_e_2000, lab
from tests.seeds import drawn_seed

SHARMA = (
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
)
"""Of table 1 of Sharma, Wu and Dalal 2005: the pairs that implementations get wrong."""


def test_ciede2000_is_that_of_the_published_pairs() -> None:
    first, second, expected = (np.array(column) for column in zip(*SHARMA, strict=True))
    np.testing.assert_allclose(delta_e_2000(first, second), expected, atol=5e-5)
    np.testing.assert_allclose(delta_e_2000(second, first), expected, atol=5e-5)


def test_both_agree_with_scikit_image() -> None:
    color = pytest.importorskip("skimage.color")
    rng = np.random.default_rng(drawn_seed())
    first, second = rng.random((2, 5000, 3))
    np.testing.assert_allclose(lab(first), color.rgb2lab(linear_to_srgb(first).astype(np.float64)), atol=0.02)
    ours, theirs = delta_e_2000(lab(first), lab(second)), color.deltaE_ciede2000(lab(first), lab(second))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_a_colour_differs_from_itself_by_nothing_and_white_is_white() -> None:
    colours = lab(np.random.default_rng(drawn_seed()).random((100, 3)))
    assert delta_e_2000(colours, colours).max() == 0
    np.testing.assert_allclose(lab(np.ones(3)), (100, 0, 0), atol=1e-9)
