"""AprilGrids of Kalibr in pictures: a part of the grid with one tag that can be read is enough.

The squares that join the tags make their corners sharp, and make detectors that look for outlines see several tags as one
blob: they read 60 to 100 % of the tags. `complete` finds the corners of the others.
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.calibration.boards import APRILTAG_BORDER, Board, marker_dictionary
from arviz.vision.calibration.complete import complete, consistent, enlarged
from arviz.vision.calibration.corners import Corners

_KALIBR_FROM_CV = (1, 0, 3, 2)
"""Kalibr goes round a tag from its lower left, against the clock as printed; OpenCV from its own upper left, clockwise, with
this family turned by half: so Kalibr's lower left is OpenCV's corner 1, and so on."""


def detect_aprilgrid(grey: Array, board: Board) -> Corners | None:
    """Return the corners of an AprilGrid in an (H, W) uint8 picture; None below 6, or with all of them in one line."""
    places = board.object_points()[1][:, :2]
    for factor in (1, 2):
        larger = grey if factor == 1 else enlarged(grey)
        if larger is None:
            break
        numbers, outlines = _tags(larger, board)
        outlines = ((outlines + 0.5) / factor - 0.5).reshape(-1, 2)
        flat = places[_corner_ids(board)[numbers]].reshape(-1, 2)
        agree = consistent(flat, outlines, within_m=board.square_m / 2)
        found = complete(grey, board, flat[agree], outlines[agree])
        if found is not None:
            return found
    return None


def _corner_ids(board: Board) -> Array:
    """Return (T, 4): the ids of each tag's corners from the lower left, against the clock as printed."""
    row, column = np.divmod(np.arange(board.columns * board.rows), board.columns)
    lower = 2 * row * 2 * board.columns + 2 * column
    upper = lower + 2 * board.columns
    return np.stack([lower, lower + 1, upper + 1, upper], axis=1)


def _tags(grey: Array, board: Board) -> tuple[Array, Array]:
    """Return the numbers (N,) and corners (N, 4, 2), in pixels and Kalibr's order, of the tags that can be read.

    A number seen twice is no tag of this board.
    """
    import cv2

    parameters = cv2.aruco.DetectorParameters()
    parameters.markerBorderBits = APRILTAG_BORDER
    dictionary = marker_dictionary(str(board.dictionary))
    corners, ids, _ = cv2.aruco.ArucoDetector(dictionary, parameters).detectMarkers(grey)
    if not len(corners):
        return np.zeros(0, np.int64), np.zeros((0, 4, 2))
    numbers, outlines = ids.reshape(-1).astype(np.int64), np.array(corners, np.float64).reshape(-1, 4, 2)
    once = np.bincount(numbers, minlength=len(dictionary.bytesList))[numbers] == 1
    known = once & (numbers < board.columns * board.rows)
    return numbers[known], outlines[known][:, list(_KALIBR_FROM_CV)]
