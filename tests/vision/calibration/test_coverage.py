from __future__ import annotations

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.vision.calibration.corners import Corners
from arviz.vision.calibration.coverage import ENOUGH, GOALS, Coverage, goals_of
from tests.vision.calibration.synthetic_views import BOARD, view

CAMERA = Camera(k=np.array([[600.0, 0, 319.5], [0, 600, 239.5], [0, 0, 1]]), width_px=640, height_px=480)
EMPTY = Coverage(board=BOARD, width_px=640, height_px=480)


def pose(x=0.0, y=0.0, z=0.5, *, about_x=0.0, about_y=0.0):
    """Return camera_from_board of a board whose middle is at (x, y, z)."""
    a, b = np.radians(about_x), np.radians(about_y)
    rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    ry = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    out = np.eye(4)
    out[:3, :3] = rx @ ry
    out[:3, 3] = np.array([x, y, z]) - out[:3, :3] @ [*(np.array(BOARD.size_m) / 2), 0]
    return out


def goals(**place):
    return goals_of(view(CAMERA, pose(**place)), BOARD)


def show(coverage, where, times=2):
    for _ in range(times):
        seen = view(CAMERA, where)
        coverage = coverage.see(Corners(ids=seen.ids, points_px=seen.points_px), name="frame")
    return coverage


def edge_depth(where, side):
    """Return how far away the middle of one edge of the board is."""
    width, height = BOARD.size_m
    place = {"left": (0, height / 2), "right": (width, height / 2), "top": (width / 2, 0), "bottom": (width / 2, height)}[side]
    return (where @ [*place, 0, 1])[2]


@pytest.mark.parametrize(
    ("goal", "turn"),
    [("left away", {"about_y": 30}), ("right away", {"about_y": -30}), ("top away", {"about_x": -30}), ("bottom away", {"about_x": 30})],
)
def test_tilts_are_named_by_the_edge_that_is_away(goal, turn):
    side = goal.split()[0]
    opposite = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}[side]
    assert edge_depth(pose(**turn), side) > edge_depth(pose(**turn), opposite)
    found = goals(**turn)
    assert goal in found
    assert sum(name.endswith("away") for name in found) == 1


def test_places_and_distances_are_seen():
    assert "centre" in goals()
    assert "near" in goals(z=0.3)
    assert "far" in goals(z=0.9)
    assert "upper left" in goals(x=-0.13, y=-0.1)
    assert "lower right" in goals(x=0.13, y=0.1)
    assert not {"upper left", "upper right", "lower left", "lower right"} & goals(z=0.8)
    assert not any(name.endswith("away") for name in goals(about_x=8))


def test_a_moving_board_is_not_taken():
    coverage = show(EMPTY, pose(), times=1)
    assert coverage.prompt == "hold still"
    assert not coverage.took
    coverage = show(coverage, pose(x=0.05), times=1)
    assert coverage.prompt == "hold still"
    assert coverage.kept == ()


def test_a_still_board_is_taken_once():
    coverage = show(EMPTY, pose())
    assert coverage.took
    assert "centre" in coverage.met
    coverage = show(coverage, pose(), times=3)
    assert not coverage.took
    assert len(coverage.kept) == 1
    assert coverage.prompt == GOALS["upper left"]


def test_no_board_and_a_blurred_one_are_told():
    assert EMPTY.see(None).prompt == "show the whole board"
    seen = view(CAMERA, pose())
    corners = Corners(ids=seen.ids, points_px=seen.points_px)
    assert "blurred" in EMPTY.see(corners, edge_px=9).see(corners, edge_px=9).prompt


def test_who_follows_every_prompt_is_done():
    answers = {
        "show the board": pose(),
        GOALS["centre"]: pose(),
        GOALS["upper left"]: pose(x=-0.13, y=-0.1),
        GOALS["upper right"]: pose(x=0.13, y=-0.1),
        GOALS["lower right"]: pose(x=0.13, y=0.1),
        GOALS["lower left"]: pose(x=-0.13, y=0.1),
        GOALS["near"]: pose(z=0.3),
        GOALS["far"]: pose(z=0.9),
        GOALS["top away"]: pose(about_x=-30),
        GOALS["bottom away"]: pose(about_x=30),
        GOALS["left away"]: pose(about_y=30),
        GOALS["right away"]: pose(about_y=-30),
    }
    coverage, before = EMPTY, -1.0
    for extra in range(40):
        if coverage.done:
            break
        where = answers.get(coverage.prompt, pose(x=-0.1 + 0.02 * extra, about_x=15))
        coverage = show(coverage, where)
        assert coverage.progress >= before
        before = coverage.progress
    assert coverage.done
    assert coverage.progress == 1
    assert len(coverage.kept) >= ENOUGH
    assert coverage.prompt == "enough: calibrate"
