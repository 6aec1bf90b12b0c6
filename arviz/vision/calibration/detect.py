"""Find calibration boards and markers in pictures."""

from __future__ import annotations

from arviz.core.image import Image
from arviz.vision.calibration.apriltags import detect_aprilgrid
from arviz.vision.calibration.boards import Board
from arviz.vision.calibration.charuco import detect_charuco
from arviz.vision.calibration.chessboard import detect_chessboard, find_board_size
from arviz.vision.calibration.corners import LEAST_SIDE_PX, Corners, grey_values
from arviz.vision.calibration.markers import Marker, detect_markers
from arviz.vision.calibration.sharpness import sharpness

__all__ = ["Corners", "Marker", "detect", "detect_markers", "find_board_size", "sharpness"]


def detect(image: Image, board: Board, *, exhaustive: bool = True) -> Corners | None:
    """Find the corners of a board to a fraction of a pixel; None where it is not seen.

    A chessboard is seen whole or not at all; a half-hidden ChArUco board or AprilGrid gives the corners that are seen.

    Parameters
    ----------
    exhaustive : bool
        Take the time to try again where the first search of a chessboard finds nothing; live pictures do without.
    """
    grey = grey_values(image)
    if min(grey.shape) < LEAST_SIDE_PX:
        return None
    if board.kind == "chessboard":
        return detect_chessboard(grey, board, exhaustive=exhaustive)
    return detect_charuco(grey, board) if board.kind == "charuco" else detect_aprilgrid(grey, board)
