"""Corners in pictures: where they are, and that nothing is seen where nothing is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.image import Image, decode
from arviz.testing.boards import board_view, random_views
from arviz.vision.calibration.boards import marker_cells, marker_dictionary, parse_board
from arviz.vision.calibration.detect import Corners, detect, detect_markers, find_board_size, sharpness

CAMERA = Camera(
    k=np.array([[700, 0, 322.0], [0, 702, 238], [0, 0, 1]]), width_px=640, height_px=480, distortion=(-0.2, 0.08, 0.001, -0.0005, 0)
)
CHESSBOARD = parse_board("chessboard:9x6:25mm")


def fresh() -> np.random.Generator:
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print("seed", seed)
    return np.random.default_rng(seed)


def seen_from(text: str, pose: Array, **options: Any) -> Image:
    return board_view(parse_board(text), camera=CAMERA, camera_from_board=pose, samples=3, **options)


def upright(text: str, *, depth_m: float, turned_rad: float = 0.0) -> Array:
    """Return the pose of a board in the middle of the picture."""
    board = parse_board(text)
    cosine, sine = np.cos(turned_rad), np.sin(turned_rad)
    pose = np.eye(4)
    pose[:3, :3] = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    pose[:3, 3] = np.array([0, 0, depth_m]) - pose[:3, :3] @ (*np.array(board.size_m) / 2, 0)
    return pose


def truth(text: str, pose: Array) -> Array:
    return CAMERA.project_distorted(parse_board(text).object_points()[1] @ pose[:3, :3].T + pose[:3, 3])


@pytest.mark.parametrize("text", ["chessboard:9x6:25mm", "charuco:5x7:30mm", "charuco:7x10:26mm", "aprilgrid:4x3:40mm:0.3"])
def test_corners_are_where_they_are(text: str) -> None:
    board, rng = parse_board(text), fresh()
    errors, seen = [], 0
    for pose in random_views(board, CAMERA, 3, rng):
        found = detect(seen_from(text, pose, blur_px=0.6, noise=2, rng=rng), board)
        if found is not None:
            seen += len(found)
            errors.append(found.points_px - truth(text, pose)[found.ids])
    assert seen > 0.7 * 3 * len(board.object_points()[0])
    assert np.sqrt((np.concatenate(errors) ** 2).sum(axis=1).mean()) < 0.12
    assert np.linalg.norm(np.concatenate(errors), axis=1).max() < 1


@pytest.mark.parametrize("turned_rad", [0.0, 2.5, 4.0])
@pytest.mark.parametrize("text", ["chessboard:9x6:25mm", "charuco:5x7:30mm", "aprilgrid:4x3:40mm:0.3"])
def test_numbers_turn_with_the_board(text: str, turned_rad: float) -> None:
    """Upside down too: the black corner square, or the markers, say where the numbering starts."""
    pose = upright(text, depth_m=0.5, turned_rad=turned_rad)
    found = detect(seen_from(text, pose), parse_board(text))
    assert found is not None
    assert np.abs(found.points_px - truth(text, pose)[found.ids]).max() < 0.2


@pytest.mark.parametrize("text", ["chessboard:8x6:25mm", "chessboard:6x6:25mm"])
def test_boards_that_look_the_same_turned(text: str) -> None:
    """Half turns (and quarter turns of a square board) cannot be told apart: the corners are right as a set."""
    board = parse_board(text)
    assert board.ambiguous
    pose = upright(text, depth_m=0.5, turned_rad=3.0)
    found = detect(seen_from(text, pose), board)
    assert found is not None
    true = truth(text, pose)
    nearest = np.linalg.norm(found.points_px[:, None] - true[None], axis=2).min(axis=1)
    assert nearest.max() < 0.2
    assert found.points_px[0, 1] < found.points_px[-1, 1]  # from the top


@pytest.mark.parametrize("text", ["charuco:5x7:30mm", "aprilgrid:4x3:40mm:0.3"])
def test_a_hand_hides_corners(text: str) -> None:
    pose = upright(text, depth_m=0.5)
    pixels = seen_from(text, pose).pixels.copy()
    pixels[:, 320:] = (190, 140, 120)
    found = detect(Image(pixels=pixels), parse_board(text))
    assert found is not None
    true = truth(text, pose)
    hidden = true[:, 0] > 318
    assert not np.isin(found.ids, np.flatnonzero(hidden)).any()
    assert len(found) >= (true[:, 0] < 305).sum() * 0.9
    assert np.abs(found.points_px - true[found.ids]).max() < 0.3


def test_half_a_chessboard_is_none() -> None:
    pixels = seen_from("chessboard:9x6:25mm", upright("chessboard:9x6:25mm", depth_m=0.5)).pixels.copy()
    pixels[:, 380:] = (190, 140, 120)
    assert detect(Image(pixels=pixels), CHESSBOARD) is None


@pytest.mark.parametrize("printed", ["charuco:6x8:26mm:19.5mm:5X5_250:legacy", "charuco:6x8:26mm:19.5mm:5X5_250"])
@pytest.mark.parametrize("named", ["charuco:6x8:26mm:19.5mm:5X5_250:legacy", "charuco:6x8:26mm:19.5mm:5X5_250"])
def test_the_trap_of_two_patterns(printed: str, named: str) -> None:
    pose = upright(printed, depth_m=0.4)
    found = detect(seen_from(printed, pose), parse_board(named))
    assert found is not None
    assert len(found) == 35
    assert np.abs(found.points_px - truth(printed, pose)[found.ids]).max() < 0.2


@pytest.mark.parametrize("sigma_px", [0.7, 1.7])
def test_sharpness_is_the_width_of_edges(sigma_px: float) -> None:
    for text in ("chessboard:9x6:25mm", "charuco:5x7:30mm", "aprilgrid:4x3:40mm:0.3"):
        image = seen_from(text, upright(text, depth_m=0.4, turned_rad=0.3), blur_px=sigma_px)
        found = detect(image, parse_board(text))
        assert found is not None
        # A pixel and the bilinear reading of the profile add their own width.
        assert sharpness(image, found) == pytest.approx(2.563 * np.hypot(sigma_px, 0.5), rel=0.2)


def test_motion_blur_counts() -> None:
    image = seen_from("chessboard:9x6:25mm", upright("chessboard:9x6:25mm", depth_m=0.5))
    moved = Image(pixels=np.mean([np.roll(image.pixels, step, axis=1) for step in range(8)], axis=0).astype(np.uint8))
    still, found = detect(image, CHESSBOARD), detect(moved, CHESSBOARD)
    assert still is not None
    assert found is not None
    assert sharpness(moved, found) > 2 * sharpness(image, still)


def test_corners_alone_have_no_sharpness() -> None:
    few = Corners(ids=np.arange(1), points_px=np.array([[50.0, 50.0]]))
    assert sharpness(Image(pixels=np.zeros((100, 100, 1), np.uint8)), few) == float("inf")


@pytest.mark.parametrize("name", ["4X4_50", "6X6_250", "ARUCO_ORIGINAL", "APRILTAG_36h11"])
def test_markers(name: str) -> None:
    """A marker of 15 cm on the floor: found without its name, by its corners."""
    number = int(fresh().integers(0, 50))
    print("marker", number)
    dictionary = marker_dictionary(name)
    cells = np.pad(~marker_cells(dictionary, number, border=1), 2, constant_values=True)
    pixels = np.kron(cells, np.ones((12, 12))) * 200 + 30
    target = np.array([[210, 130], [420, 160], [440, 330], [170, 300.0]])
    side = 12.0 * len(cells)
    turn = cv2.getPerspectiveTransform(
        np.array([[-0.5, -0.5], [side - 0.5, -0.5], [side - 0.5, side - 0.5], [-0.5, side - 0.5]], np.float32), target.astype(np.float32)
    )
    picture = cv2.warpPerspective(pixels.astype(np.float32), turn, (640, 480), borderValue=90, flags=cv2.INTER_AREA)
    image = Image(pixels=np.repeat(picture[..., None].clip(0, 255).astype(np.uint8), 3, axis=2))
    for given in (None, name):
        found = detect_markers(image, given)
        assert [(marker.id, marker.dictionary) for marker in found] == [(number, name)]
        ends = np.array([[2, 2], [len(cells) - 2, 2], [len(cells) - 2] * 2, [2, len(cells) - 2]]) * 12.0 - 0.5
        assert np.abs(found[0].corners_px - cv2.perspectiveTransform(ends[None], turn.astype(np.float64))[0]).max() < 0.6


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
    names = ["room/tum/TUM_color.png", "room/cape/rgb_0.png", "photos/portrait.jpg", "room/chess_left/left01.jpg"]
    for name in names:
        image = decode((data / name).read_bytes())
        for text in ("chessboard:7x5:25mm", "charuco:7x10:26mm", "aprilgrid:6x6:24mm"):
            assert detect(image, parse_board(text)) is None
        assert detect_markers(image) == ()


def test_odd_pictures() -> None:
    for pixels in (np.zeros((3, 4, 3), np.uint8), np.full((200, 300, 1), 255, np.uint8), np.full((60, 80, 4), 0.5, np.float32)):
        image = Image(
            pixels=pixels, alpha="straight" if pixels.shape[2] == 4 else "none", space="linear" if pixels.shape[2] == 4 else "srgb"
        )
        for text in ("chessboard:9x6:25mm", "charuco:7x10:26mm", "aprilgrid:6x6:24mm"):
            assert detect(image, parse_board(text)) is None
        assert detect_markers(image) == ()
        assert find_board_size(image) is None
