"""Views of a board with known truth: projected corners, no pictures."""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.testing.boards import random_views
from arviz.vision.calibration.boards import parse_board
from arviz.vision.calibration.views import View

BOARD = parse_board("chessboard:9x6:25mm")


def camera(rng, *, width_px=1280, height_px=720, distortion=None):
    """Return a camera as phones and webcams have them."""
    f = rng.uniform(0.7, 1.3) * width_px
    centre = (np.array([width_px, height_px]) - 1) / 2 + rng.normal(0, 0.008 * width_px, 2)
    k = np.array([[f * rng.normal(1, 0.001), 0, centre[0]], [0, f, centre[1]], [0, 0, 1]])
    drawn = (rng.normal(-0.1, 0.1), rng.normal(0.03, 0.06), *rng.normal(0, 0.0006, 2), rng.normal(0, 0.03))
    return Camera(k=k, width_px=width_px, height_px=height_px, distortion=drawn if distortion is None else distortion)


def view(seen_by, camera_from_board, *, noise_px=0.0, rng=None, name="view", board=BOARD):
    """Return what a camera sees of the board's corners."""
    ids, board_m = board.object_points()
    points = seen_by.project_distorted(board_m @ camera_from_board[:3, :3].T + camera_from_board[:3, 3])
    if noise_px:
        points = points + rng.normal(0, noise_px, points.shape)
    return View(name=name, ids=ids, points_px=points, board_m=board_m, width_px=seen_by.width_px, height_px=seen_by.height_px)


def views(seen_by, rng, *, count=12, noise_px=0.1, board=BOARD):
    """Return `count` views that cover the picture."""
    poses = random_views(board, seen_by, count, rng)
    return [view(seen_by, pose, noise_px=noise_px, rng=rng, name=f"view {i}", board=board) for i, pose in enumerate(poses)]
