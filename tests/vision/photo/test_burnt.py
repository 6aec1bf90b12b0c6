"""Edges of sheets that are brighter than a picture can hold, drawn by coverage, blurred in linear light, clipped and encoded."""

import cv2
import numpy as np
import pytest

from arviz.core.colour import linear_to_srgb
from arviz.core.image import Image
from arviz.vision.photo.edges import Quad, refine_quad

PARTS = 8


def drawn(rng: np.random.Generator, *, inside: float, outside: float, blur_px: float) -> tuple[Image, np.ndarray]:
    """Return a picture of a four-sided thing and its true corners."""
    corners = np.array([[40, 35], [150, 44], [138, 128], [28, 112]]) + rng.uniform(-6, 6, (4, 2))
    fine = np.zeros((160 * PARTS, 180 * PARTS), np.uint8)
    cv2.fillPoly(fine, [np.round(((corners + 0.5) * PARTS - 0.5) * 2**8).astype(np.int32)], 1, shift=8)
    # A polygon of OpenCV holds the pixels on its border: it is half a fine pixel larger.
    blurred = cv2.GaussianBlur(fine.astype(np.float32), (0, 0), blur_px * PARTS)
    share = cv2.resize(blurred, (180, 160), interpolation=cv2.INTER_AREA).astype(np.float64)
    light = outside + (inside - outside) * share
    light = light * (1 + rng.normal(0, 0.01, light.shape))
    encoded = linear_to_srgb(np.clip(light, 0, 1)) * 255 + rng.normal(0, 1, light.shape)
    return Image(pixels=np.clip(encoded + 0.5, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)), corners


def grown(quad: Quad, corners: np.ndarray) -> float:
    """Return how far a quad's sides lie outside of the true ones on average."""
    along = np.roll(corners, -1, axis=0) - corners
    across = np.stack([along[:, 1], -along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
    across *= np.sign(((corners - corners.mean(axis=0)) * across).sum(axis=1, keepdims=True))
    off = quad.corners_px - corners
    return float((((off + np.roll(off, -1, axis=0)) / 2) * across).sum(axis=1).mean())


@pytest.mark.parametrize("dark_thing", [False, True])
def test_burnt_edges_are_where_they_are_within_what_is_said(dark_thing: bool) -> None:
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print("seed", seed)
    rng = np.random.default_rng(seed)
    errors, sigmas = [], []
    for _ in range(16):
        dark, bright = float(rng.uniform(0.1, 0.35)), float(rng.uniform(1.1, 2.0))
        inside, outside = (dark, bright) if dark_thing else (bright, dark)
        image, corners = drawn(rng, inside=inside, outside=outside, blur_px=float(rng.uniform(0.45, 0.75)))
        quad = refine_quad(image, corners + rng.uniform(-1, 1, (4, 2)), corner_share=0.1, reach_px=4)
        assert quad is not None
        errors.append(grown(quad, corners))
        sigmas.append(quad.growth_px)
    off = np.abs(errors) / np.hypot(sigmas, 0.05)
    assert np.sqrt(np.mean(off**2)) < 2
    assert np.median(np.abs(errors)) < 0.3  # half-way places are 0.4 to 0.5 px off


def test_edges_that_are_not_burnt_are_left_alone() -> None:
    image, corners = drawn(np.random.default_rng(4), inside=0.8, outside=0.2, blur_px=0.6)
    quad = refine_quad(image, corners, corner_share=0.1, reach_px=4)
    assert quad is not None
    assert quad.growth_px == 0 == quad.relative_growth
    assert abs(grown(quad, corners)) < 0.15
