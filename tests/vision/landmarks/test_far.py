"""Small and far faces, who is who, and detections that a picture's own search cannot give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.flows.models import open_estimator
from arviz.vision.landmarks.far import _tiles
from arviz.vision.landmarks.order import centre_px, in_order, is_same, size_px


def hand(x, y, size, confidence=1.0):
    """21 points on a circle: only place and size matter here."""
    angle = np.arange(21) * 2 * np.pi / 20
    return Landmarks(
        kind="hand",
        points_px=np.stack([x + size / 2 * np.cos(angle), y + size / 2 * np.sin(angle)], axis=1),
        confidence=confidence,
        source="test",
    )


@given(st.integers(64, 1280), st.integers(64, 1280), st.data())
def test_whatever_is_smaller_than_the_overlap_lies_whole_in_a_tile(width, height, data):
    side = min(width, height) // data.draw(st.sampled_from([1, 2]))
    overlap = data.draw(st.integers(1, max(side // 2, 1)))
    low = np.array([data.draw(st.integers(0, length - overlap)) for length in (width, height)])
    tiles = _tiles(np.array([width, height]), side, overlap=overlap)
    assert all((tile >= 0).all() and (tile + side <= [width, height]).all() for tile in tiles)
    # Rounding of the corners may take a pixel.
    assert any((tile <= low + 1).all() and (low + overlap - 1 <= tile + side).all() for tile in tiles)


def test_order_is_that_of_the_frame_before_then_the_largest():
    small, large, new = hand(100, 100, 40), hand(300, 100, 80), hand(600, 100, 200)
    before = [hand(103, 98, 41), hand(297, 102, 78)]
    assert in_order([large, new, small], before) == [small, large, new]
    assert in_order([large, new, small], before[::-1]) == [large, small, new]
    assert in_order([small, large, new], []) == [new, large, small]
    assert in_order([], before) == []


@given(st.permutations(range(5)))
def test_order_loses_nobody(order):
    people = [hand(200 * i, 50, 60 + i) for i in range(5)]
    got = in_order([people[i] for i in order], people)
    assert got == people


def test_the_same_is_near_and_another_is_not():
    assert is_same(hand(0, 0, 100), hand(40, 0, 60))
    assert not is_same(hand(0, 0, 100), hand(60, 0, 100))
    assert size_px(hand(5, 7, 30)) == pytest.approx(30)
    np.testing.assert_allclose(centre_px(hand(5, 7, 30)), [5, 7], atol=0.2)


def scene(portrait, scale):
    """A portrait twice in a grey picture of 1280 x 720, at so many pixels per pixel."""
    import cv2

    person = cv2.resize(portrait.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    high, wide = person.shape[:2]
    canvas = np.full((720, 1280, 3), 110, np.uint8)
    canvas[-high:, 100 : 100 + wide] = person
    canvas[-high:, 900 : 900 + wide] = person[:, ::-1]
    return Image(pixels=canvas)


@pytest.mark.parametrize("name", ["mediapipe", "litert"])
def test_far_faces_of_several_people(name, models, astronaut):
    if name == "litert":
        pytest.importorskip("ai_edge_litert", reason="the extra [litert] is not installed")
    with open_estimator(name, store=models) as estimator, open_estimator(name, store=models, far=False) as near:
        (face,) = near.estimate(astronaut)
        high = astronaut.height_px
        for scale in (0.6, 0.4, 0.2):
            picture = scene(astronaut, scale)
            assert near.estimate(picture) == ()
            faces = estimator.estimate(picture)
            assert len(faces) == 2
            expected = [
                (face.points_px + 0.5) * scale - 0.5 + [100, 720 - round(high * scale)],
                (astronaut.width_px - 1 - face.points_px[:, :1] + 0.5) * scale - 0.5 + 900,
            ]
            left, right = sorted(faces, key=lambda one: centre_px(one)[0])
            assert np.linalg.norm(centre_px(left) - (expected[0].min(axis=0) + expected[0].max(axis=0)) / 2) < 0.1 * size_px(left)
            assert abs(centre_px(right)[0] - expected[1].mean()) < 0.15 * size_px(right)


def test_in_a_film_a_lost_face_is_looked_for_where_it_was(models, astronaut):
    picture = scene(astronaut, 0.5)
    with open_estimator(store=models) as estimator, open_estimator(store=models, far=False) as near:
        before = estimator.estimate(picture)
        assert near.estimate(picture) == ()
        again = near.estimate(picture, previous=before)
        assert len(again) == len(before) == 2
        assert all(is_same(one, old) for one, old in zip(again, before, strict=True))


def test_a_small_face_of_a_huge_photo_is_as_exact_as_in_its_own_picture(models, astronaut):
    canvas = np.full((3000, 4000, 3), 128, np.uint8)
    canvas[1500:2012, 2000:2512] = astronaut.pixels
    with open_estimator(store=models) as estimator:
        (face,) = estimator.estimate(astronaut)
        found = estimator.estimate(Image(pixels=canvas))
        assert len(found) == 1
        error = np.linalg.norm(found[0].points_px - [2000, 1500] - face.points_px, axis=1).mean()
        assert error < 0.02 * np.linalg.norm(face.points_px[473] - face.points_px[468])
