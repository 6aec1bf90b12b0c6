from __future__ import annotations

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.testing.boards import board_view
from arviz.vision.calibration.boards import parse_board
from arviz.vision.calibration.corners import grey_values
from arviz.vision.calibration.saddle import saddles

BOARD = parse_board("chessboard:5x4:30mm")


@pytest.fixture(scope="module")
def view():
    """Return grey values of an exact, slightly turned and tilted view, and where its corners are."""
    camera = Camera(k=np.array([[500.0, 0, 159.3], [0, 500, 119.6], [0, 0, 1]]), width_px=320, height_px=240)
    angle, tilt = 0.3, 0.4
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    lean = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    pose = np.eye(4)
    pose[:3, :3] = lean @ turn
    points = BOARD.object_points()[1]
    pose[:3, 3] = np.array([0, 0, 0.5]) - pose[:3, :3] @ points.mean(axis=0)
    picture = board_view(BOARD, camera=camera, camera_from_board=pose, samples=8, blur_px=0.8)
    return grey_values(picture), camera.project_distorted(points @ pose[:3, :3].T + pose[:3, 3])


def test_saddles_are_found_to_two_hundredths_of_a_pixel(view):
    grey, truth = view
    start = truth + np.random.default_rng(1).normal(0, 0.15, truth.shape)
    error = np.linalg.norm(saddles(grey, start, half_px=5) - truth, axis=1)
    assert np.sqrt((error**2).mean()) < 0.02


def test_it_beats_the_gradient_method(view):
    import cv2

    grey, truth = view
    start = truth.astype(np.float32)[:, None].copy()
    gradients = cv2.cornerSubPix(grey, start, (5, 5), (-1, -1), (3, 40, 1e-3))[:, 0]
    ours = saddles(grey, gradients, half_px=5)
    assert np.linalg.norm(ours - truth) < 0.7 * np.linalg.norm(gradients - truth)


def test_points_without_a_saddle_stay():
    y, x = np.mgrid[0:60, 0:60]
    hill = np.clip(200 - 0.5 * ((x - 30) ** 2 + (y - 30) ** 2), 0, 255).astype(np.uint8)
    for grey in (hill, np.full((60, 60), 90, np.uint8)):
        points = np.array([[30.2, 30.4], [1.0, 1.0]])
        assert saddles(grey, points, half_px=5).tolist() == points.tolist()


def test_nothing_in_is_nothing_out():
    assert saddles(np.zeros((50, 50), np.uint8), np.zeros((0, 2)), half_px=5).shape == (0, 2)
