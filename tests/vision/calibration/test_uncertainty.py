from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.vision.calibration.solve import MODELS, hold_out, project, solve
from arviz.vision.calibration.uncertainty import (
    parameters,
    pixel_grid,
    projection_difference,
    projection_sigma,
    uncertainty,
)
from tests.vision.calibration.synthetic_views import camera, views


@pytest.fixture
def rng():
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print(f"seed {seed}")
    return np.random.default_rng(seed)


def test_sigmas_are_those_of_opencv(rng):
    import cv2

    truth = camera(rng)
    seen = views(truth, rng)
    solution = solve(seen, model=MODELS["pinhole5"])
    known = uncertainty(seen, solution)
    boards, points = [v.board_m.astype(np.float32) for v in seen], [v.points_px.astype(np.float32) for v in seen]
    found = cv2.calibrateCameraExtended(boards, points, (1280, 720), None, None)
    assert np.allclose(list(known.sigmas.values()), found[5].ravel()[:9], rtol=0.03)
    assert known.noise_px == pytest.approx(0.1, rel=0.15)


def test_the_truth_lies_inside_two_sigma(rng):
    hits = []
    for _ in range(12):
        truth = camera(rng)
        seen = views(truth, rng)
        solution = solve(seen, model=MODELS["pinhole5"])
        known = uncertainty(seen, solution, hold_out(seen, solution))
        error = parameters(solution.camera, range(5)) - parameters(truth, range(5))
        hits.append(np.abs(error) < 2 * np.array(list(known.sigmas.values())))
    assert np.mean(hits) > 0.8  # 0.95 is expected; 108 correlated draws seldom fall below this


def test_a_bent_board_is_seen_and_allowed_for(rng):
    truth = camera(rng)
    exact = views(truth, rng, noise_px=0)
    poses = solve(exact, model=MODELS["pinhole5"])
    bent, flat = [], []
    for view, rotation, shift in zip(exact, poses.rotations, poses.translations_m, strict=True):
        across = 2 * (view.board_m[:, 0] - 0.125) / 0.2  # -1 to 1 over the corners
        board_m = view.board_m + 0.001 * across[:, None] ** 2 * np.array([0, 0, 1])
        noise = rng.normal(0, 0.05, view.points_px.shape)
        bent.append(replace(view, points_px=project(board_m, truth, rotation, shift) + noise))
        flat.append(replace(view, points_px=view.points_px + noise))
    known = {}
    for name, seen in (("bent", bent), ("flat", flat)):
        solution = solve(seen, model=MODELS["pinhole5"])
        known[name] = uncertainty(seen, solution)
    assert known["bent"].bend_m == pytest.approx(0.001, abs=0.0002)
    assert known["flat"].bend_m == 0
    assert known["bent"].sigma_f_px > known["flat"].sigma_f_px


def test_the_map_is_what_repeated_calibrations_show(rng):
    truth = camera(rng)
    exact = views(truth, rng, noise_px=0)
    grid = pixel_grid(1280, 720, columns=6).reshape(-1, 2)
    apart, sigmas = [], []
    for _ in range(30):
        seen = [replace(v, points_px=v.points_px + rng.normal(0, 0.1, v.points_px.shape)) for v in exact]
        solution = solve(seen, model=MODELS["pinhole5"])
        at = np.concatenate([v.points_px for v in seen])
        sigmas.append(projection_sigma(solution.camera, uncertainty(seen, solution), seen_px=at, at_px=grid))
        apart.append(projection_difference(truth, solution.camera, seen_px=at, at_px=grid))
    spread = np.einsum("nik,nil->ikl", apart, apart) / len(apart)
    measured = np.sqrt(np.linalg.eigvalsh(spread)[:, 1])
    ratio = measured / np.mean(sigmas, axis=0)
    assert 0.6 < np.median(ratio) < 1.5


def test_a_camera_differs_from_itself_by_nothing(rng):
    truth = camera(rng)
    grid = pixel_grid(1280, 720).reshape(-1, 2)
    assert np.nanmax(np.abs(projection_difference(truth, truth, seen_px=grid, at_px=grid))) < 1e-6


def test_the_best_rotation_takes_up_a_shifted_centre(rng):
    truth = camera(rng, distortion=())
    k = truth.k.copy()
    k[0, 2] += 2
    middle = np.array([[600.0, 300], [700, 300], [600, 400], [700, 400]])
    apart = projection_difference(truth, replace(truth, k=k), seen_px=middle, at_px=middle)
    assert np.abs(apart).max() < 0.1


def test_grids_reach_the_corners():
    grid = pixel_grid(640, 480, columns=8)
    assert grid.shape == (6, 8, 2)
    assert grid[0, 0].tolist() == [0, 0]
    assert grid[-1, -1].tolist() == [639, 479]


def test_projection_is_the_camera_of_core(rng):
    truth = camera(rng)
    board = np.array([[0.0, 0, 0], [0.1, 0.05, 0]])
    assert np.allclose(project(board, truth, np.zeros(3), np.array([0, 0, 0.5])), truth.project_distorted(board + np.array([0, 0, 0.5])))
