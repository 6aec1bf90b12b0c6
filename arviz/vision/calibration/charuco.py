"""ChArUco boards in pictures: a part of the board with one marker that can be read is enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.calibration.boards import Board, marker_dictionary
from arviz.vision.calibration.complete import complete, consistent, enlarged
from arviz.vision.calibration.corners import Corners

_AGREE = 0.6


def detect_charuco(grey: Array, board: Board) -> Corners | None:
    """Return the corners of a ChArUco board in an (H, W) uint8 picture; None below 6, or with all of them in one line.

    **The trap of two patterns** boards that OpenCV before 4.6 made begin with a white square where the count of rows is
    even, which moves each row of markers by a square. The pattern on which the markers agree is taken, whatever the board's
    name says: the corners are the same.
    """
    for factor in (1, 2):
        larger = grey if factor == 1 else enlarged(grey)
        if larger is None:
            break
        numbers, outlines = _markers(larger, board)
        outlines = (outlines + 0.5) / factor - 0.5
        best = None
        for legacy in (board.legacy, not board.legacy) if board.rows % 2 == 0 else (board.legacy,):
            pattern = replace(board, legacy=legacy)
            flat = _marker_corners(pattern)[numbers].reshape(-1, 2)
            agree = consistent(flat, outlines.reshape(-1, 2), within_m=board.square_m / 2)
            if agree.sum() > _AGREE * len(agree) and (best is None or agree.sum() > best[2].sum()):
                best = pattern, flat, agree
        if best is not None:
            pattern, flat, agree = best
            found = complete(grey, pattern, flat[agree], outlines.reshape(-1, 2)[agree])
            if found is not None:
                return found
    return None


def _markers(grey: Array, board: Board) -> tuple[Array, Array]:
    """Return the numbers (N,) and outlines (N, 4, 2), in pixels, of the board's markers that can be read."""
    import cv2

    dictionary = marker_dictionary(str(board.dictionary))
    corners, ids, _ = cv2.aruco.ArucoDetector(dictionary, cv2.aruco.DetectorParameters()).detectMarkers(grey)
    if not len(corners):
        return np.zeros(0, np.int64), np.zeros((0, 4, 2))
    numbers, outlines = ids.reshape(-1).astype(np.int64), np.array(corners, np.float64).reshape(-1, 4, 2)
    once = np.bincount(numbers, minlength=len(dictionary.bytesList))[numbers] == 1
    known = once & (numbers < board.columns * board.rows // 2)
    return numbers[known], outlines[known]


def _marker_corners(board: Board) -> Array:
    """Return (T, 4, 2): the corners of each marker on the board, metres, clockwise from its upper left."""
    white = [(row, column) for row in range(board.rows) for column in range(board.columns) if not board.dark_square(row, column)]
    side = float(board.marker_m or 0)
    upper_left = np.array(white)[:, ::-1] * board.square_m + (board.square_m - side) / 2
    return upper_left[:, None] + np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * side
