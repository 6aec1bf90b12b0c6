"""Depth whose edges follow the picture's."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.image import Image
from arviz.vision.depth.refine import refine_depth

WIDTH, HEIGHT = 160, 120
NEAR_M, FAR_M = 1.0, 3.0


def _edge(width: int, height: int):
    """Return (H, W) bool: what is near, left of a slanted edge in the middle."""
    rows, columns = np.indices((height, width))
    return columns + 0.5 < width * (0.45 + 0.1 * (rows + 0.5) / height)


def _frame(depth, *, seed: int = 0) -> Frame:
    rng = np.random.default_rng(seed)
    near = _edge(WIDTH, HEIGHT)
    pixels = np.where(near[..., None], (200, 60, 50), (60, 90, 190)) + rng.normal(0, 4, (HEIGHT, WIDTH, 3))
    camera = Camera.from_fov(vertical_fov_rad=0.9, width_px=WIDTH, height_px=HEIGHT)
    return Frame(image=Image(pixels=np.clip(pixels, 0, 255).astype(np.uint8)), camera=camera, depth_m=depth)


def _ragged(scale: int, *, seed: int = 0):
    """Return depth whose edge is off by up to three pixels from row to row, with holes beside it."""
    rng = np.random.default_rng(seed)
    near = _edge(WIDTH // scale, HEIGHT // scale)
    out = np.where(near, np.float32(NEAR_M), np.float32(FAR_M))
    for row, shift in enumerate(rng.integers(-3, 4, len(out))):
        out[row] = np.roll(near[row], shift) * np.float32(NEAR_M - FAR_M) + np.float32(FAR_M)
        out[row, :4], out[row, -4:] = NEAR_M, FAR_M
        out[row, near[row].sum() : near[row].sum() + 2] = np.inf
    return out


@pytest.mark.parametrize("scale", [1, 2])
def test_ragged_edges_follow_the_picture(scale):
    ragged = _ragged(scale)
    truth = _edge(WIDTH, HEIGHT)
    before = np.kron(ragged, np.ones((scale, scale), np.float32)) < 2
    refined = refine_depth(_frame(ragged))
    assert refined.depth_m.shape == (HEIGHT, WIDTH)
    assert refined.depth_m.dtype == np.float32
    wrong_before, wrong = (before != truth).mean(), ((refined.depth_m < 2) != truth).mean()
    assert wrong_before > 0.005
    assert wrong < wrong_before / 3


def test_nothing_floats_between_the_surfaces():
    blurred = np.where(_edge(WIDTH, HEIGHT), np.float32(NEAR_M), np.float32(FAR_M))
    blurred[:, 1:-1] = (blurred[:, :-2] + blurred[:, 1:-1] + blurred[:, 2:]) / 3
    between = (blurred > 1.1 * NEAR_M) & (blurred < 0.9 * FAR_M)
    refined = refine_depth(_frame(blurred)).depth_m
    assert between.sum() > HEIGHT
    assert ((refined > 1.1 * NEAR_M) & (refined < 0.9 * FAR_M)).sum() < 0.05 * between.sum()


def test_what_is_flat_stays_as_it_is():
    tilted = np.float32(1) / np.linspace(0.4, 0.8, WIDTH, dtype=np.float32)[None].repeat(HEIGHT, axis=0)
    refined = refine_depth(_frame(tilted))
    np.testing.assert_allclose(refined.depth_m, tilted, rtol=1e-5)
    assert (refined.confidence == 1).all()


def test_holes_of_a_tilted_plane_are_filled_with_the_plane():
    tilted = np.float32(1) / np.linspace(0.4, 0.8, WIDTH, dtype=np.float32)[None].repeat(HEIGHT, axis=0)
    holed = tilted.copy()
    holed[50:54, 100:104] = np.inf
    refined = refine_depth(_frame(holed)).depth_m
    np.testing.assert_allclose(refined[50:54, 100:104], tilted[50:54, 100:104], rtol=0.005)


def test_what_is_unknown_stays_unknown():
    refined = refine_depth(_frame(np.full((HEIGHT, WIDTH), np.nan, np.float32)))
    assert np.isposinf(refined.depth_m).all()
    assert (refined.confidence == 0).all()
    half = np.full((HEIGHT, WIDTH), np.inf, np.float32)
    half[:, : WIDTH // 2] = 2.0
    refined = refine_depth(_frame(half))
    assert np.isposinf(refined.depth_m[:, -WIDTH // 4 :]).all()
    assert not np.isnan(refined.confidence).any()
    assert ((refined.confidence >= 0) & (refined.confidence <= 1.0001)).all()


def test_a_depth_of_another_shape_is_refused():
    for depth, code in ((None, "E_NO_DEPTH"), (np.ones((50, 50), np.float32), "E_CAMERA_SIZE")):
        with pytest.raises(InputError) as caught:
            refine_depth(_frame(depth))
        assert caught.value.code == code
