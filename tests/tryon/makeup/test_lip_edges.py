"""Lip outlines from the picture: drawn mouths whose edge is known, found from points that err."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.colour import linear_to_srgb, to_uint8
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.testing.heads.draws import LIPS, SKINS
from arviz.tryon.constants import regions
from arviz.tryon.makeup.coverage import Window, coverage, smooth
from arviz.tryon.makeup.lip_edges import lips_in_picture
from tests.tryon.makeup.test_put_on import vector

OUTER = regions()["lips_outer"]


def face() -> Landmarks:
    """Return a face of 300 pixels, its mouth shut."""
    _, found = vector("matte")
    points = found.points_px * 2.5
    lower, upper = regions()["lips_inner"][1:10], regions()["lips_inner"][:10:-1]
    points[lower] = points[upper] = (points[lower] + points[upper]) / 2
    return replace(found, points_px=points, depth_px=None)


def drawn(true: Landmarks, *, skin: Array, lips: Array, noise: float = 0.01, seed: int = 0) -> Array:
    """Return a picture of a mouth under a light that falls off to one side."""
    side = 320
    cover = coverage([smooth(true.points_px[OUTER])], within=Window(0, 0, side, side))[..., None]
    fall = np.linspace(1.1, 0.5, side)[None, :, None] * np.array([1.1, 1.0, 0.7])
    light = (skin + cover * (lips - skin)) * fall
    grain = 1 + noise * np.random.default_rng(seed).normal(size=light.shape)
    return to_uint8(linear_to_srgb(np.clip(light * grain, 0, 1)))


def erring(true: Landmarks, *, seed: int, share: float = 0.015) -> Landmarks:
    """Return a face whose outer lip points err together with their neighbours, by a share of the distance between the eyes."""
    eyes = float(np.linalg.norm(true.points_px[33] - true.points_px[263]))
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(len(OUTER), 2))
    steps = steps + np.roll(steps, 1, axis=0) + np.roll(steps, -1, axis=0)
    points = true.points_px.copy()
    points[OUTER] += share * eyes * steps / 3**0.5
    return replace(true, points_px=points)


def union_share(one: Landmarks, other: Landmarks) -> float:
    """Return the intersection of two outlines over their union."""
    a, b = (coverage([smooth(each.points_px[OUTER])], within=Window(0, 0, 320, 320)) for each in (one, other))
    return float(np.minimum(a, b).sum() / np.maximum(a, b).sum())


@pytest.mark.parametrize("tone", range(6))
def test_the_edge_is_found_on_every_skin(tone: int) -> None:
    true, skin = face(), np.array(SKINS[tone])
    before, after = [], []
    for seed in range(5):
        start = erring(true, seed=10 * tone + seed)
        pixels = drawn(true, skin=skin, lips=skin * np.array(LIPS), seed=seed)
        before.append(union_share(start, true))
        after.append(union_share(lips_in_picture(pixels, start), true))
    assert np.mean(after) > np.mean(before) + 0.04
    assert np.mean(after) > 0.92


def test_lips_unlike_in_nothing_stay_where_the_network_puts_them() -> None:
    start = erring(face(), seed=1)
    skin = np.array(SKINS[2])
    moved = lips_in_picture(drawn(face(), skin=skin, lips=skin, noise=0.05), start)
    eyes = float(np.linalg.norm(start.points_px[33] - start.points_px[263]))
    assert np.abs(moved.points_px - start.points_px).max() < 0.01 * eyes


def test_only_the_outer_outline_moves_and_a_small_face_not_at_all() -> None:
    true, skin = face(), np.array(SKINS[1])
    pixels, start = drawn(true, skin=skin, lips=skin * np.array(LIPS)), erring(true, seed=2)
    moved = lips_in_picture(pixels, start)
    others = np.setdiff1d(np.arange(478), OUTER)
    assert np.array_equal(moved.points_px[others], start.points_px[others])
    assert not np.array_equal(moved.points_px[OUTER], start.points_px[OUTER])
    tiny = replace(start, points_px=start.points_px / 8)
    assert lips_in_picture(np.ascontiguousarray(pixels[::8, ::8]), tiny) is tiny


def test_light_cancels_out() -> None:
    true, skin = face(), np.array(SKINS[2])
    start = erring(true, seed=3)
    one = lips_in_picture(drawn(true, skin=skin, lips=skin * np.array(LIPS), noise=0), start)
    other = lips_in_picture(drawn(true, skin=skin * (0.5, 0.6, 0.9), lips=skin * np.array(LIPS) * (0.5, 0.6, 0.9), noise=0), start)
    assert np.abs(one.points_px - other.points_px).max() < 0.3


@pytest.mark.parametrize("away", [(-200, 0), (0, 150), (5000, 5000), (150, -120)])
def test_a_mouth_at_the_pictures_rim_or_beyond_it(away: tuple[int, int]) -> None:
    pixels, start = drawn(face(), skin=np.array(SKINS[0]), lips=np.array(SKINS[0]) * LIPS), erring(face(), seed=4)
    moved = lips_in_picture(pixels, replace(start, points_px=start.points_px + away))
    assert np.isfinite(moved.points_px).all()
