"""ChArUco boards in pictures: the corners between markers that were read, so a part of the board is enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.calibration.boards import Board, marker_dictionary
from arviz.vision.calibration.corners import LEAST, Corners, homography, mapped, refine, window

_AWAY = 0.2
"""A corner further than this share of a square from where its neighbours place it is a mistake."""


def detect_charuco(grey: Array, board: Board) -> Corners | None:
    """Return the corners of a ChArUco board in an (H, W) uint8 picture; None below 6, or with all of them in one line.

    **The trap of two patterns** boards that OpenCV before 4.6 made begin with a white square where the count of rows is
    even. A board that was named without ``legacy`` is also tried with it, and the other way round: the corners are the same.
    """
    found = _search(grey, board)
    if found is None and board.rows % 2 == 0:
        found = _search(grey, replace(board, legacy=not board.legacy))
    return found


def _search(grey: Array, board: Board) -> Corners | None:
    import cv2

    size = float(board.marker_m or 0)
    made = cv2.aruco.CharucoBoard((board.columns, board.rows), board.square_m, size, marker_dictionary(str(board.dictionary)))
    made.setLegacyPattern(board.legacy)
    detector = cv2.aruco.CharucoDetector(made)
    points, ids, _, _ = detector.detectBoard(grey)
    if ids is None or len(ids) < LEAST:
        return None
    ids, points = ids.reshape(-1), points.reshape(-1, 2).astype(np.float64)
    flat = board.object_points()[1][ids, :2]
    return _sound(grey, board, ids, flat, points)


def _sound(grey: Array, board: Board, ids: Array, flat: Array, points: Array) -> Corners | None:
    """Refine corners and leave out those that do not fit their neighbours."""
    to_picture = homography(flat, points)
    if to_picture is None or np.linalg.matrix_rank(flat - flat.mean(axis=0), tol=board.square_m / 2) < 2:
        return None
    right = np.array([board.square_m, 0.0])
    square_px = np.linalg.norm(mapped(to_picture, flat + right) - mapped(to_picture, flat), axis=1)
    square_px = np.minimum(square_px, np.linalg.norm(mapped(to_picture, flat + right[::-1]) - mapped(to_picture, flat), axis=1))
    # The marker's edge is this share of a square away from the corner.
    free = (1 - float(board.marker_m or 0) / board.square_m) / 2
    refined = points.copy()
    for half in np.unique(halves := np.array([window(side * free * 2.5) for side in square_px])):
        some = halves == half
        refined[some] = refine(grey, points[some], half_px=int(half))
    good = np.linalg.norm(refined - points, axis=1) < _AWAY * square_px
    good &= _fit_neighbours(flat, refined, board.square_m, square_px)
    if good.sum() < LEAST or np.linalg.matrix_rank(flat[good] - flat[good].mean(axis=0), tol=board.square_m / 2) < 2:
        return None
    return Corners(ids=ids[good], points_px=refined[good])


def _fit_neighbours(flat: Array, points: Array, square_m: float, square_px: Array) -> Array:
    """Tell which (N,) corners lie where the others around place them; the lens bends little between neighbours."""
    good = np.ones(len(flat), bool)
    for index in range(len(flat)):
        distance = np.abs(flat - flat[index]).max(axis=1)
        distance[index] = np.inf
        around = np.argsort(distance, kind="stable")[: max(LEAST, int((distance < 1.5 * square_m).sum()))]
        local = homography(flat[around], points[around])
        if local is not None and np.linalg.matrix_rank(flat[around] - flat[around].mean(axis=0), tol=square_m / 2) == 2:
            good[index] = np.linalg.norm(mapped(local, flat[index : index + 1])[0] - points[index]) < _AWAY * square_px[index]
    return good
