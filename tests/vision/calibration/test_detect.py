"""Corners in pictures: where they are, and that nothing is seen where nothing is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.image import decode
from arviz.testing.boards import board_view, random_views
from arviz.vision.calibration.boards import parse_board
from arviz.vision.calibration.detect import detect, find_board_size

CAMERA = Camera(
    k=np.array([[700, 0, 322.0], [0, 702, 238], [0, 0, 1]]), width_px=640, height_px=480, distortion=(-0.2, 0.08, 0.001, -0.0005, 0)
)
CHESSBOARD = parse_board("chessboard:9x6:25mm")


def fresh() -> np.random.Generator:
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print("seed", seed)
    return np.random.default_rng(seed)


@pytest.mark.parametrize("text", ["chessboard:9x6:25mm", "chessboard:8x6:25mm", "charuco:5x7:30mm", "aprilgrid:4x3:40mm:0.3"])
def test_corners_are_where_they_are(text: str) -> None:
    board, rng = parse_board(text), fresh()
    seen = 0
    for pose in random_views(board, CAMERA, 3, rng):
        true = CAMERA.project_distorted(board.object_points()[1] @ pose[:3, :3].T + pose[:3, 3])
        found = detect(board_view(board, camera=CAMERA, camera_from_board=pose, blur_px=0.5), board)
        if found is not None:
            seen += 1
            assert np.linalg.norm(found.points_px - true[found.ids], axis=1).mean() < 0.3
    assert seen >= 1


def test_photos_of_a_chessboard(data: Path) -> None:
    for name in ("left01.jpg", "left02.jpg", "left08.jpg"):
        image = decode((data / "room" / "chess_left" / name).read_bytes())
        found = detect(image, CHESSBOARD)
        assert found is not None
        assert len(found) == 54
        for other in ("8x6", "7x5"):
            assert detect(image, parse_board(f"chessboard:{other}:25mm")) is None


def test_the_size_of_an_unknown_board(data: Path) -> None:
    assert find_board_size(decode((data / "room" / "chess_left" / "left01.jpg").read_bytes())) == (9, 6)
    assert find_board_size(decode((data / "room" / "tum" / "TUM_color.png").read_bytes())) is None


def test_nothing_where_nothing_is(data: Path) -> None:
    for path in ("room/tum/TUM_color.png", "photos/portrait.jpg"):
        image = decode((data / path).read_bytes())
        for text in ("chessboard:9x6:25mm", "charuco:7x10:26mm", "aprilgrid:6x6:24mm"):
            assert detect(image, parse_board(text)) is None
