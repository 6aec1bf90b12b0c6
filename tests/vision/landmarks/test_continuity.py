"""Who is who from one picture of a film to the next, when faces lie in one place."""

from __future__ import annotations

import numpy as np

from arviz.core.colour import linear_to_srgb, srgb_to_linear, to_uint8
from arviz.testing.heads import HeadPhoto, make_head, make_shot, photo
from arviz.vision.landmarks.continuity import ANOTHER, is_another, sight


def shown(seed: int, tone: int, *, yaw_rad: float = 0.0) -> HeadPhoto:
    shot = make_shot(1, light="neutral", errors=False, yaw_rad=yaw_rad, pitch_rad=0, roll_rad=0, distance_m=0.5, offset_px=(0, 0))
    return photo(make_head(seed, skin_tone=tone, expression={}, errors=False), shot, samples=1)


def seen(picture: HeadPhoto) -> np.ndarray:
    return sight(np.asarray(picture.frame.image.pixels), picture.landmarks_px)


def test_a_face_that_turns_in_other_light_is_the_same_and_another_is_not() -> None:
    first, turned, other = shown(3, 2), shown(3, 2, yaw_rad=0.07), shown(4, 5)
    dimmed = to_uint8(linear_to_srgb(srgb_to_linear(np.asarray(first.frame.image.pixels) / 255) * (0.6, 0.5, 0.4)))
    assert not is_another(seen(turned), seen(first))
    assert not is_another(sight(dimmed, first.landmarks_px), seen(first))
    assert is_another(seen(other), seen(first))
    assert np.abs(seen(other) - seen(first)).mean() > 1.3 * ANOTHER


def test_faces_at_the_rim_and_tiny_ones_are_seen() -> None:
    picture = shown(3, 2)
    pixels = np.asarray(picture.frame.image.pixels)
    for points in (picture.landmarks_px - (400, 0), picture.landmarks_px * 0.01, picture.landmarks_px + 10_000):
        assert np.isfinite(sight(pixels, points)).all()
