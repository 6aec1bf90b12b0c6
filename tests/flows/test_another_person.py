"""A film in which another person takes the place of the one before, from one picture to the next."""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Frame
from arviz.core.image import Image
from arviz.core.recipe import Recipe
from arviz.flows.fitting import Fitting, nobody_yet
from arviz.flows.frames import assumed_camera
from arviz.flows.recipe import makeup
from arviz.testing.heads import make_head, make_shot, photo
from arviz.vision.models.store import ModelStore

RUBY = Recipe(id="ruby", items=(makeup("lipstick", "#B0263A"),))


def test_nothing_is_kept_of_the_person_before(models: ModelStore) -> None:
    shot = make_shot(1, light="neutral", errors=False, yaw_rad=0.05, pitch_rad=0, roll_rad=0, distance_m=0.45, offset_px=(0, 0))
    one, other = (
        Image(pixels=photo(make_head(seed, skin_tone=tone, expression={}), shot, samples=1).frame.image.pixels)
        for seed, tone in ((3, 2), (4, 5))
    )
    begun, rng = [], np.random.default_rng(1)
    with Fitting(RUBY, live=True) as fitting:
        fitted = None
        for number, image in enumerate([one, one, one, other, other]):
            noisy = np.clip(image.pixels + 3 * rng.normal(size=image.pixels.shape), 0, 255).astype(np.uint8)
            frame = Frame(image=Image(pixels=noisy), camera=assumed_camera(image.width_px, image.height_px), time_s=number / 30)
            fitted = fitting.wear(frame, fitted or nobody_yet(frame))
            (face,) = fitted.faces
            assert face.steady is not None
            begun.append((bool((face.steady.bend == 0).all() and (face.steady.pace == 0).all()), face.light_since_s == frame.time_s))
    assert [new for new, _ in begun] == [True, False, False, True, False]
    assert [lit for _, lit in begun] == [True, False, False, True, False]
