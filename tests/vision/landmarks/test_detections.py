"""Anchors, boxes, squares and heat maps against what is known of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.vision.landmarks.detections import DETECTORS, Square, anchors, found, square_of
from arviz.vision.landmarks.heatmap import refined

SHAPES = {"face": 896, "pose": 2254, "hand": 2016}
"""Rows of the networks' outputs."""


@pytest.mark.parametrize("kind", SHAPES)
def test_there_is_an_anchor_for_each_row(kind):
    centres = anchors(DETECTORS[kind])
    assert centres.shape == (SHAPES[kind], 2)
    np.testing.assert_allclose(centres.mean(axis=0), 0.5)
    first = DETECTORS[kind].strides[0] / DETECTORS[kind].input_px
    np.testing.assert_allclose(centres[:4], [[first / 2] * 2, [first / 2] * 2, [first * 1.5, first / 2], [first * 1.5, first / 2]])


@pytest.mark.parametrize("kind", SHAPES)
def test_a_box_is_found_where_it_was_put_and_boxes_on_each_other_are_one(kind):
    spec = DETECTORS[kind]
    middle = anchors(spec)
    raw, logits = np.zeros((len(middle), 4 + 2 * spec.key_points)), np.full(len(middle), -50.0)
    truth = {0.3: np.array([[0.2, 0.25], [0.4, 0.45]]), 0.7: np.array([[0.6, 0.5], [0.9, 0.8]])}
    for box in truth.values():
        for row in np.argsort(np.linalg.norm(middle - box.mean(axis=0), axis=1))[:3]:
            raw[row] = np.concatenate([box.mean(axis=0) - middle[row], box[1] - box[0], np.tile(box[0] - middle[row], spec.key_points)])
            logits[row] = 3.0 if box[0, 0] < 0.5 else 2.0
    things = found(spec, raw * spec.input_px, logits)
    assert [round(score, 4) for score, _ in things] == [0.9526, 0.8808]
    for (_, points), box in zip(things, truth.values(), strict=True):
        np.testing.assert_allclose(points[:2], box, atol=1e-9)
        np.testing.assert_allclose(points[2:], np.tile(box[0], (spec.key_points, 1)), atol=1e-9)


def test_nothing_sure_is_nothing():
    spec = DETECTORS["face"]
    assert found(spec, np.zeros((896, 16)), np.full(896, -0.01)) == []


@given(st.floats(-3, 3), st.floats(10, 300), st.floats(-50, 500), st.floats(-50, 500))
def test_a_square_turns_clockwise_about_its_centre(turn, side, x, y):
    square = Square(centre_px=np.array([x, y]), side_px=side, turn_rad=turn)
    back = square.picture_from_square(256)
    corners = np.array([[0, 0, 1], [256, 0, 1], [256, 256, 1], [0, 256, 1]]) @ back.T
    np.testing.assert_allclose(corners.mean(axis=0), [x, y], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1), side)
    np.testing.assert_allclose(corners[1] - corners[0], side * np.array([np.cos(turn), np.sin(turn)]), atol=1e-9)


@pytest.mark.parametrize("tilt", [-0.6, 0.0, 1.2])
def test_the_square_stands_as_the_thing_does(tilt):
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])  # clockwise as seen: y is down
    right, up = turn @ [1, 0], turn @ [0, -1]
    box = np.array([[100.0, 100], [160, 150]])
    face = square_of(DETECTORS["face"], np.array([*box, [110, 120], np.array([110, 120]) + 30 * right, *np.zeros((4, 2))]))
    assert (face.side_px, face.centre_px.tolist()) == (90.0, [130.0, 125.0])
    hand = square_of(DETECTORS["hand"], np.array([*box, [130, 140], [0, 0], np.array([130, 140]) + 30 * up, *np.zeros((4, 2))]))
    np.testing.assert_allclose(hand.centre_px, np.array([130, 125]) + 25 * up)
    pose = square_of(DETECTORS["pose"], np.array([*box, [130, 140], np.array([130, 140]) + 80 * up, *np.zeros((2, 2))]))
    np.testing.assert_allclose([*pose.centre_px, pose.side_px], [130, 140, 200])
    np.testing.assert_allclose([face.turn_rad, hand.turn_rad, pose.turn_rad], tilt)


@given(st.floats(12, 50), st.floats(12, 50))
def test_a_point_moves_to_the_middle_of_its_heat(x, y):
    columns, rows = np.meshgrid(np.arange(64), np.arange(64))
    sure = 12 - 4 * ((columns - x) ** 2 + (rows - y) ** 2)
    heat = np.stack([sure, np.full((64, 64), -2.0)], axis=-1)
    start = np.array([[x + 0.7, y - 0.7], [x + 0.7, y - 0.7]]) / 64
    moved = refined(start, heat) * 64
    assert np.abs(moved[0] - [x, y]).max() < 0.35  # cells of a sigmoid are wide
    np.testing.assert_array_equal(moved[1] / 64, start[1])  # no heat there: it stays


def test_points_beyond_the_map_stay():
    outside = np.array([[-0.2, 0.5], [0.5, 1.4]])
    np.testing.assert_array_equal(refined(outside, np.full((64, 64, 2), 9.0)), outside)
