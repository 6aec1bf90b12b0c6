"""How well a camera is calibrated, against the bars of the issue and cv2's own corners."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from tests.bench.measure import Row

DATA = Path(os.environ.get("ARVIZ_TEST_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")


def _rng() -> tuple[np.random.Generator, int]:
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    return np.random.default_rng(seed), seed


def bench_chessboards() -> list[Row]:
    """OpenCV's 13 left photos of a 9x6 chessboard: residual and its median for photos left out, against the same solution
    from cv2's classic corners refined by cornerSubPix 5x5. Bars: 0.20 px, all 13 kept, left out at most 1.1 of the residual.
    """
    import cv2

    from arviz.flows.calibrate import calibrate

    photos = sorted((DATA / "room" / "chess_left").glob("*.jpg"))
    told = calibrate(photos, board="chessboard:9x6:25mm").report
    grid = np.zeros((54, 3), np.float32)
    grid[:, :2] = np.mgrid[0:9, 0:6].T.reshape(-1, 2) * 0.025
    points = []
    for photo in photos:
        grey = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
        corners = cv2.findChessboardCorners(grey, (9, 6))[1]
        points.append(cv2.cornerSubPix(grey, corners, (5, 5), (-1, -1), (3, 40, 1e-3)))
    theirs = cv2.calibrateCamera([grid] * len(points), points, (640, 480), None, None)[0]
    rms, kept, held = told["rms_px"], len(told["views"]["kept"]), told["hold_out"]["median_px"]
    return [
        Row("13 chessboard photos, residual, against 0.20 px", 1000 * rms, 200, 1.0, f"{kept} kept, {told['model']}", "px / 1000"),
        Row("the same, against cv2's corners", 1000 * rms, 1000 * float(theirs), None, "cornerSubPix 5x5, pinhole5", "px / 1000"),
        Row("median of photos left out, against the residual", 1000 * held, 1000 * rms, 1.1, "", "px / 1000"),
    ]


def bench_charuco() -> list[Row]:
    """Twelve synthetic ChArUco views (7x10, 26 mm, 1280 x 720, lens blur 0.7 px, noise 2/255, fresh poses): the projection error
    against the true camera, after the best rotation, on a grid over the whole picture and where corners were seen.

    Corners scatter by 0.015 px, a third of what cornerSubPix gives; but with 12 poses that leaves the focal length open by
    0.02 % (0.1 px at 500 px from the middle), and the picture's corners lie beyond all views. The stated sigma covers both.
    """
    from arviz.core.camera import Camera
    from arviz.core.image import encode
    from arviz.flows.calibrate import calibrate
    from arviz.testing.boards import board_view, random_views
    from arviz.vision.calibration.boards import parse_board
    from arviz.vision.calibration.uncertainty import pixel_grid, projection_difference, projection_sigma

    rng, seed = _rng()
    board = parse_board("charuco:7x10:26mm")
    k = np.array([[1150.0, 0, 640.3], [0, 1150, 352.1], [0, 0, 1]])
    truth = Camera(k=k, width_px=1280, height_px=720, distortion=(-0.1, 0.05, 0.0005, -0.0003, 0.01))
    poses = random_views(board, truth, 12, rng)
    photos = [encode(board_view(board, camera=truth, camera_from_board=pose, blur_px=0.7, noise=2.0, rng=rng), "PNG") for pose in poses]
    result = calibrate(photos, board=board)
    seen = np.concatenate([view.points_px for view in result.fit.views])
    grid = pixel_grid(1280, 720).reshape(-1, 2)
    sigma = projection_sigma(result.camera, result.fit.known, seen_px=seen, at_px=grid)
    everywhere = np.linalg.norm(projection_difference(truth, result.camera, seen_px=seen, at_px=grid), axis=1)
    inside = np.linalg.norm(projection_difference(truth, result.camera, seen_px=seen, at_px=seen), axis=1)
    note = f"seed {seed}, {len(seen)} corners, {result.report['model']}"
    return [
        Row("12 ChArUco views, worst error anywhere, against 0.1 px", 1000 * float(everywhere.max()), 100, 1.0, note, "px / 1000"),
        Row(
            "the same, worst where corners were seen",
            1000 * float(inside.max()),
            100,
            1.0,
            f"median {np.median(inside):.3f} px",
            "px / 1000",
        ),
        Row("worst error / stated sigma, against 3", float((everywhere / sigma).max()), 3.0, None, "", "sigma"),
    ]


def bench_two_sigma() -> list[Row]:
    """Share of fx, fy, cx, cy of synthetic calibrations that lie inside the stated two sigma (0.90 to 0.99 is asked), 40 fresh
    sets of 12 views each: corners with white noise of 0.1 px, and a board bent by 0.5 mm besides.
    """
    from dataclasses import replace

    from arviz.vision.calibration.solve import MODELS, hold_out, project, solve
    from arviz.vision.calibration.uncertainty import parameters, uncertainty
    from tests.vision.calibration.synthetic_views import camera, views

    rows = []
    for name, bend_m in (("flat board", 0.0), ("bent board", 0.0005)):
        rng, seed = _rng()
        inside = []
        for _ in range(40):
            truth = camera(rng)
            exact = views(truth, rng, noise_px=0)
            poses = solve(exact, model=MODELS["pinhole5"])
            seen = []
            for view, rotation, shift in zip(exact, poses.rotations, poses.translations_m, strict=True):
                middle = view.board_m.mean(axis=0)
                height = bend_m * ((view.board_m - middle)[:, 0] / np.ptp(view.board_m[:, 0]) * 2) ** 2
                points = project(view.board_m + height[:, None] * (0, 0, 1), truth, rotation, shift)
                seen.append(replace(view, points_px=points + rng.normal(0, 0.1, points.shape)))
            solution = solve(seen, model=MODELS["pinhole5"])
            known = uncertainty(seen, solution, hold_out(seen, solution))
            error = parameters(solution.camera, ()) - parameters(truth, ())
            inside.append(np.abs(error) < 2 * np.array(list(known.sigmas.values()))[:4])
        note = "fx, fy, cx, cy: " + ", ".join(f"{share:.2f}" for share in np.mean(inside, axis=0)) + f"; seed {seed}"
        rows.append(Row(f"truth inside two sigma, {name}, against 0.95", 100 * float(np.mean(inside)), 95, None, note, "%"))
    return rows
