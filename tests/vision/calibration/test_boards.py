"""Boards: their names, their corners, their ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.testing.boards import board_picture, board_view, margin_of, random_views
from arviz.vision.calibration.boards import Board, marker_dictionary, parse_board

BOARDS = ("chessboard:9x6:25mm", "charuco:7x10:26mm", "charuco:6x8:26mm:20mm:4x4_100:legacy", "aprilgrid:6x6:24mm:0.3")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chessboard:9x6:25mm", Board(kind="chessboard", columns=9, rows=6, square_m=0.025)),
        (" Chessboard:9X6:1in ", Board(kind="chessboard", columns=9, rows=6, square_m=0.0254)),
        ("charuco:7x10:26mm", Board(kind="charuco", columns=7, rows=10, square_m=0.026, marker_m=0.0195, dictionary="5X5_250")),
        ("charuco:7x10:26mm:0.75", parse_board("charuco:7x10:26mm")),
        ("charuco:7x10:26mm:DICT_5x5_250:19.5mm", parse_board("charuco:7x10:26mm")),
        ("aprilgrid:6x6:24mm", parse_board("aprilgrid:6x6:24mm:0.3")),
    ],
)
def test_names(text: str, expected: Board) -> None:
    assert parse_board(text) == expected


@given(
    st.sampled_from(("chessboard", "charuco", "aprilgrid")),
    st.integers(3, 9),
    st.integers(3, 9),
    st.floats(0.001, 5),
    st.floats(0.31, 0.94),
)
def test_a_board_is_its_text(kind: str, columns: int, rows: int, square_m: float, share: float) -> None:
    extra = {"chessboard": "", "charuco": f":{share:.3f}:4x4_50", "aprilgrid": f":{share:.3f}"}[kind]
    board = parse_board(f"{kind}:{columns}x{rows}:{square_m * 1000:.9f}mm{extra}")
    assert parse_board(board.text) == board


@pytest.mark.parametrize(
    "text",
    ["", "chess", "chessboard", "chessboard:9x6", "chessboard:9x6:25", "chessboard:9x6:25mm:5", "chessboard:2x6:25mm", "chessboard:9:25mm",
     "circles:9x6:25mm", "charuco:7x10:26mm:30mm", "charuco:7x10:26mm:9x9_50", "charuco:20x20:26mm:4x4_50", "charuco:7x10:26mm:1:2",
     "aprilgrid:6x6:24mm:x", "aprilgrid:30x30:24mm", "chessboard:9x6:25km", "chessboard:9x6:0mm", "chessboard:9x6:999m",
     "aprilgrid:6x6:24mm:nan"],
)  # fmt: skip
def test_what_is_no_board(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_board(text)
    assert caught.value.code == "E_BOARD_SYNTAX"
    assert caught.value.expected


def test_the_frame() -> None:
    ids, points = parse_board("chessboard:9x6:25mm").object_points()
    assert ids.tolist() == list(range(54))
    assert np.allclose(points[[0, 1, 9, 53]], [[0.025, 0.025, 0], [0.05, 0.025, 0], [0.025, 0.05, 0], [0.225, 0.15, 0]])
    assert np.allclose(parse_board("chessboard:9x6:25mm").size_m, (0.25, 0.175))
    # Kalibr numbers from the lower left; see GridCalibrationTargetAprilgrid.cpp.
    grid = parse_board("aprilgrid:2x2:100mm:0.3")
    _, points = grid.object_points()
    kalibr = np.array([[c // 2 * 0.13 + c % 2 * 0.1, r // 2 * 0.13 + r % 2 * 0.1] for r in range(4) for c in range(4)])
    assert np.allclose(points[:, :2], np.stack([0.03 + kalibr[:, 0], grid.size_m[1] - 0.03 - kalibr[:, 1]], axis=1))


@pytest.mark.parametrize(
    "text", ["charuco:7x10:26mm", "charuco:6x8:26mm:20mm:4x4_100:legacy", "charuco:6x8:26mm", "charuco:6x9:26mm:legacy"]
)
def test_charuco_is_opencvs(text: str) -> None:
    board = parse_board(text)
    theirs = cv2.aruco.CharucoBoard((board.columns, board.rows), board.square_m, board.marker_m, marker_dictionary(str(board.dictionary)))
    theirs.setLegacyPattern(board.legacy)
    assert np.allclose(theirs.getChessboardCorners(), board.object_points()[1], atol=1e-6)
    scale = 200
    y, x = np.mgrid[0 : board.rows * scale, 0 : board.columns * scale]
    ink = board.pattern().at((np.stack([x, y], axis=-1) + 0.5) / scale * board.square_m)
    # They round the cells to pixels.
    assert (ink != (theirs.generateImage((board.columns * scale, board.rows * scale)) < 128)).mean() < 0.006


def test_aprilgrid_holds_kalibrs_codes() -> None:
    """Tags 0 and 1 of t36h11, most significant bit at the upper left of the printed tag (AprilTag library)."""
    board = parse_board("aprilgrid:3x2:100mm:0.3")
    for tag, code in ((0, 0xD5D628584), (1, 0xD97F18B49)):
        x, y = np.meshgrid((np.arange(6) + 2.5) / 10 * 0.1, (np.arange(6) + 2.5) / 10 * 0.1)
        left, top = 0.03 + 0.13 * tag, board.size_m[1] - 0.03 - 0.1
        ink = board.pattern().at(np.stack([x + left, y + top], axis=-1))
        assert "".join("0" if dark else "1" for dark in ink.reshape(-1)) == f"{code:036b}"


@pytest.mark.parametrize("text", BOARDS)
def test_a_picture_is_the_mean_of_its_area(text: str) -> None:
    board = parse_board(text)
    picture = board_picture(board, 1234.5, margin_m=0.01)
    dark = (picture.pixels.astype(float).mean() - 255 * 0.93) < 0
    assert dark
    assert picture.width_px == int(np.ceil((board.size_m[0] + 0.02) * 1234.5))


@pytest.mark.parametrize("text", BOARDS)
def test_views_are_exact(text: str) -> None:
    """Looked at straight on, without a lens, a view is the flat picture."""
    board = parse_board(text)
    scale = 2000.0
    flat = board_picture(board, scale, margin_m=margin_of(board))
    margin = margin_of(board)
    k = np.array([[scale, 0, 0], [0, scale, 0], [0, 0, 1.0]])
    camera = Camera(k=k, width_px=flat.width_px, height_px=flat.height_px)
    pose = np.eye(4)
    pose[:3, 3] = (margin - 0.5 / scale, margin - 0.5 / scale, 1.0)
    view = board_view(board, camera=camera, camera_from_board=pose, samples=8, background=0.85)
    difference = np.abs(view.pixels.astype(int) - flat.pixels.astype(int))[1:-1, 1:-1]
    assert difference.mean() < 0.6
    assert np.quantile(difference, 0.995) < 40


def test_random_views_show_the_board() -> None:
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print("seed", seed)
    rng = np.random.default_rng(seed)
    board = parse_board("charuco:7x10:26mm")
    k = np.array([[600, 0, 330], [0, 610, 235], [0, 0, 1.0]])
    camera = Camera(k=k, width_px=640, height_px=480, distortion=(-0.25, 0.1, 0.001, 0, 0))
    poses = random_views(board, camera, 20, rng)
    points = np.stack([camera.project_distorted(board.object_points()[1] @ p[:3, :3].T + p[:3, 3]) for p in poses])
    assert (points > 0).all()
    assert (points < (640, 480)).all()
    cells = {(int(x // 128), int(y // 120)) for x, y in points.reshape(-1, 2)}
    assert len(cells) >= 16  # of 20
