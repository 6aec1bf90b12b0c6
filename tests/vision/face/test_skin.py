"""Skin told from hair by its colour, on synthetic heads of all skin tones."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.image import Image
from arviz.core.landmarks import Landmarks, Matte
from arviz.core.transforms import apply
from arviz.testing.heads import make_head, make_shot, photo
from arviz.vision.face.skin import skin_matte


@pytest.mark.parametrize("tone", [1, 3, 6])
def test_ears_and_cheeks_are_skin_and_hair_is_not(tone: int) -> None:
    head, shot = make_head(tone + 30, skin_tone=tone), make_shot(tone + 30, light="neutral", errors=False, distance_m=0.7)
    seen = photo(head, shot, samples=1)
    points = shot.camera.project(apply(shot.camera_from_head, head.landmarks_m))
    face = Landmarks(kind="face", points_px=np.concatenate([points, np.zeros((10, 2))]), confidence=1.0, source="truth")
    person = Matte(kind="person", alpha=seen.masks["foreground"], confidence=1.0, source="truth")
    found = skin_matte(seen.frame.image, face, person)
    rows, columns = np.indices(found.alpha.shape)
    near = (np.abs(columns - points[:, 0].mean()) < np.ptp(points[:, 0])) & (rows > points[:, 1].min()) & (rows < points[:, 1].max())
    assert (found.alpha[near & (seen.masks["skin"] > 0.99)] > 0.5).mean() > 0.85
    assert (found.alpha[near & (seen.masks["hair"] > 0.99)] < 0.5).mean() > 0.85
    assert found.confidence < 0.5


def test_nobody_in_the_picture_has_no_skin() -> None:
    face = Landmarks(kind="face", points_px=np.full((478, 2), -500.0), confidence=1.0, source="test")
    picture = Image(pixels=np.full((20, 30, 3), 90, np.uint8))
    person = Matte(kind="person", alpha=np.ones((20, 30)), confidence=1.0, source="test")
    assert not skin_matte(picture, face, person).alpha.any()
