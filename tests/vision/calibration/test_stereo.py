"""Stereo rigs: solved from corners with known truth."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.testing.boards import random_views
from arviz.vision.calibration.boards import parse_board
from arviz.vision.calibration.corners import Corners
from arviz.vision.calibration.stereo import StereoRig, calibrate_stereo

BOARD = parse_board("chessboard:9x6:25mm")
LEFT = Camera(
    k=np.array([[610, 0, 322.0], [0, 612, 238], [0, 0, 1]]), width_px=640, height_px=480, distortion=(-0.2, 0.08, 0.001, -0.0005, 0)
)
RIGHT = Camera(k=np.array([[605, 0, 316.0], [0, 606, 243], [0, 0, 1]]), width_px=640, height_px=480, distortion=(-0.19, 0.07, 0, 0.0004, 0))


def turn(vector: tuple[float, float, float]) -> Array:
    import cv2

    out = np.eye(4)
    out[:3, :3] = cv2.Rodrigues(np.array(vector))[0]
    return out


def rig(baseline_m: float = 0.08) -> Array:
    out = turn((0.01, 0.05, -0.02))
    out[:3, 3] = (-baseline_m, 0.002, -0.003)
    return out


def pairs(rng: np.random.Generator, *, count: int, noise_px: float, right_from_left: Array) -> list[tuple[Corners, Corners]]:
    ids, points = BOARD.object_points()
    out = []
    for pose in random_views(BOARD, LEFT, count, rng):
        corners = []
        for camera, there in ((LEFT, pose), (RIGHT, right_from_left @ pose)):
            pixels = camera.project_distorted(points @ there[:3, :3].T + there[:3, 3]) + rng.normal(0, noise_px, (len(ids), 2))
            inside = ((pixels > 0) & (pixels < (640, 480))).all(axis=1)
            corners.append(Corners(ids=ids[inside], points_px=pixels[inside]))
        out.append((corners[0], corners[1]))
    return out


def fresh() -> np.random.Generator:
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print("seed", seed)
    return np.random.default_rng(seed)


def test_without_noise_the_rig_is_exact() -> None:
    found = calibrate_stereo(pairs(fresh(), count=5, noise_px=0, right_from_left=rig()), BOARD, left=LEFT, right=RIGHT)
    assert np.allclose(found.right_from_left, rig(), atol=1e-7)
    assert found.rms_px < 1e-4
    assert found.epipolar_px < 1e-4


def test_errors_are_as_large_as_stated() -> None:
    rng, shares = fresh(), []
    true = float(np.linalg.norm(rig()[:3, 3]))
    for _ in range(6):
        found = calibrate_stereo(pairs(rng, count=8, noise_px=0.1, right_from_left=rig()), BOARD, left=LEFT, right=RIGHT)
        assert found.rms_px == pytest.approx(0.1 * np.sqrt(2), rel=0.25)
        assert found.epipolar_px == pytest.approx(0.1 * np.sqrt(2), rel=0.3)
        assert found.sigma_baseline_m < 0.0005
        shares.append((found.baseline_m - true) / found.sigma_baseline_m)
    assert np.sqrt(np.mean(np.square(shares))) < 2.5
    assert np.abs(shares).max() < 6


def test_a_pair_of_another_moment_is_left_out() -> None:
    seen = pairs(fresh(), count=6, noise_px=0.05, right_from_left=rig())
    seen[2] = (seen[2][0], seen[3][1])
    found = calibrate_stereo(seen, BOARD, left=LEFT, right=RIGHT)
    assert found.pairs == 5
    assert np.allclose(found.right_from_left, rig(), atol=2e-3)


def test_pairs_in_another_order() -> None:
    seen = pairs(fresh(), count=6, noise_px=0.05, right_from_left=rig())
    mixed = [(one, other) for (one, _), (_, other) in zip(seen, seen[1:] + seen[:1], strict=True)]
    with pytest.raises(InputError) as caught:
        calibrate_stereo(mixed, BOARD, left=LEFT, right=RIGHT)
    assert caught.value.code == "E_STEREO_PAIRS"


def test_too_few_pairs() -> None:
    seen = pairs(fresh(), count=2, noise_px=0, right_from_left=rig())
    with pytest.raises(InputError) as caught:
        calibrate_stereo(seen, BOARD, left=LEFT, right=RIGHT)
    assert caught.value.code == "E_STEREO_FEW"


def test_what_is_no_rig() -> None:
    with pytest.raises(ValueError, match="rigid"):
        StereoRig(left=LEFT, right=RIGHT, right_from_left=np.diag([2.0, 1, 1, 1]))
    with pytest.raises(ValueError, match="apart"):
        StereoRig(left=LEFT, right=RIGHT, right_from_left=np.eye(4))
