from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.vision.calibration.solve import MODELS, hold_out, solve
from arviz.vision.calibration.solve_model import fit
from arviz.vision.calibration.uncertainty import parameters
from arviz.vision.calibration.views import View
from tests.vision.calibration.synthetic_views import camera, view, views


@pytest.fixture
def rng():
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print(f"seed {seed}")
    return np.random.default_rng(seed)


def test_exact_corners_give_the_exact_camera(rng):
    truth = camera(rng)
    solution = solve(views(truth, rng, noise_px=0), model=MODELS["pinhole5"])
    error = parameters(solution.camera, range(5)) - parameters(truth, range(5))
    # OpenCV takes corners as float32: a thousandth of a pixel is rounding.
    assert np.abs(error[:4]).max() < 0.02
    assert np.abs(error[4:]).max() < 2e-3
    assert solution.rms_px < 1e-3


def test_unseen_views_fit_worse_than_seen_ones(rng):
    truth = camera(rng)
    seen = views(truth, rng)
    solution = solve(seen, model=MODELS["pinhole5"])
    held = hold_out(seen, solution)
    assert solution.rms_px < held.rms_px < 1.5 * solution.rms_px
    assert len(held.cameras) == len(seen)


def test_a_strong_lens_gets_the_model_it_needs(rng):
    # atan(r) / r as (1 + 4/15 r^2) / (1 + 9/15 r^2), 110 degrees wide: no polynomial in r^6 follows it.
    k = np.array([[450.0, 0, 639.5], [0, 450, 359.5], [0, 0, 1]])
    truth = Camera(k=k, width_px=1280, height_px=720, distortion=(4 / 15, 0, 0, 0, 0, 9 / 15, 0, 0))
    fitted = fit(views(truth, rng, noise_px=0.05))
    assert fitted.solution.model.name == "rational"
    assert fitted.hold_out_px["rational"] < 0.8 * fitted.hold_out_px["pinhole5"]


def test_a_view_with_wrong_corners_is_dropped(rng):
    truth = camera(rng)
    seen = views(truth, rng)
    wrong = replace(seen[4], points_px=seen[4].points_px + rng.normal(0, 3, seen[4].points_px.shape))
    fitted = fit([*seen[:4], wrong, *seen[5:]], model="pinhole5")
    assert [(gone.name, gone.reason) for gone in fitted.dropped] == [("view 4", "outlier")]
    assert len(fitted.views) == 11


def test_a_single_wrong_corner_is_left_out(rng):
    truth = camera(rng)
    seen = views(truth, rng)
    points = seen[2].points_px.copy()
    points[7] += (2.0, -1.5)
    fitted = fit([*seen[:2], replace(seen[2], points_px=points), *seen[3:]], model="pinhole5")
    assert fitted.dropped == ()
    assert 7 not in fitted.views[2].ids
    assert fitted.corners_dropped <= 3


def test_fewer_than_three_views_are_refused(rng):
    truth = camera(rng)
    with pytest.raises(InputError) as told:
        fit(views(truth, rng, count=2))
    assert told.value.code == "E_CALIBRATION_VIEWS"


def test_views_straight_at_the_board_are_refused(rng):
    truth = Camera(k=np.array([[1000.0, 0, 639.5], [0, 1000, 359.5], [0, 0, 1]]), width_px=1280, height_px=720)
    straight = []
    for x in (-0.25, -0.1, 0.05):
        for y in (-0.15, 0.0):
            pose = np.eye(4)
            pose[:3, 3] = (x, y, 0.6 + rng.uniform(0, 0.2))
            straight.append(view(truth, pose, noise_px=0.1, rng=rng))
    with pytest.raises(InputError) as told:
        fit(straight)
    assert told.value.code == "E_CALIBRATION_DEGENERATE"


def test_shared_chessboards_meet_the_bar(data):
    from arviz.core.image import decode
    from arviz.vision.calibration.boards import parse_board
    from arviz.vision.calibration.detect import detect

    board = parse_board("chessboard:9x6:25mm")
    ids, board_m = board.object_points()
    seen = []
    for path in sorted((data / "room" / "chess_left").glob("*.jpg")):
        corners = detect(decode(path.read_bytes()), board)
        assert corners is not None
        seen.append(View(name=path.name, ids=ids, points_px=corners.points_px, board_m=board_m, width_px=640, height_px=480))
    fitted = fit(seen)
    assert len(fitted.views) == 13
    assert fitted.solution.rms_px <= 0.20
    assert np.median(fitted.held.view_rms_px) <= 1.1 * fitted.solution.rms_px
