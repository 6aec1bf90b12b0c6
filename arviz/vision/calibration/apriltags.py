"""AprilGrids of Kalibr in pictures.

The squares that join the tags make their corners sharp, and make threshold detectors see several tags as one blob: from
60 to 100 % of the tags are found at first. The others are looked for where those place them, and read.
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.calibration.boards import APRILTAG_BORDER, Board, marker_dictionary
from arviz.vision.calibration.corners import LEAST, Corners, homography, mapped, refine, sample, window

_KALIBR_FROM_CV = (1, 0, 3, 2)
"""Kalibr goes round a tag from its lower left, against the clock as printed; OpenCV from its own upper left, clockwise, with
this family turned by half: so Kalibr's lower left is OpenCV's corner 1, and so on."""
_NEIGHBOURS = 4
_WRONG_CELLS = 0.06


def detect_aprilgrid(grey: Array, board: Board) -> Corners | None:
    """Return the corners of an AprilGrid in an (H, W) uint8 picture, four of each tag that was read; None below two tags."""
    side, gap = board.square_m, board.square_m * float(board.spacing or 0)
    points_m = board.object_points()[1]
    tags = _corner_ids(board)
    flat = points_m[tags][:, :, :2]
    found = _first(grey, board)
    if len(found) < 2:
        return None
    tried: set[int] = set()
    while True:
        wanted = [tag for tag in range(len(tags)) if tag not in found and tag not in tried]
        near = _near(wanted, found, board)
        if not near:
            break
        for tag in near:
            tried.add(tag)
            if (corners := _guess(grey, board, flat, found, tag)) is not None:
                found[tag] = corners
                tried -= set(_around(tag, board))
    out_ids, out_px = [], []
    for tag, rough in found.items():
        sides = np.linalg.norm(rough - np.roll(rough, 1, axis=0), axis=1)
        half = window(float(sides.min()) * min(gap / side, 0.5) * 2)
        fine = refine(grey, rough, half_px=half)
        good = (np.linalg.norm(fine - rough, axis=1) < max(1.5, 0.05 * sides.min())) & _away_from_border(grey, fine, half)
        out_ids += tags[tag][good].tolist()
        out_px += fine[good].tolist()
    return Corners(ids=np.array(out_ids), points_px=np.array(out_px)) if len(out_ids) >= LEAST else None


def _corner_ids(board: Board) -> Array:
    """Return (T, 4): the ids of each tag's corners from the lower left, against the clock as printed."""
    row, column = np.divmod(np.arange(board.columns * board.rows), board.columns)
    lower = 2 * row * 2 * board.columns + 2 * column
    upper = lower + 2 * board.columns
    return np.stack([lower, lower + 1, upper + 1, upper], axis=1)


def _first(grey: Array, board: Board) -> dict[int, Array]:
    """Return the tags that OpenCV reads, by number: (4, 2) corners in Kalibr's order. A number seen twice is no tag."""
    import cv2

    parameters = cv2.aruco.DetectorParameters()
    parameters.markerBorderBits = APRILTAG_BORDER
    detector = cv2.aruco.ArucoDetector(marker_dictionary(str(board.dictionary)), parameters)
    corners, ids, _ = detector.detectMarkers(grey)
    numbers = [] if ids is None else [int(number) for number in ids.reshape(-1)]
    return {
        number: np.asarray(points, np.float64).reshape(4, 2)[list(_KALIBR_FROM_CV)]
        for number, points in zip(numbers, corners, strict=True)
        if number < board.columns * board.rows and numbers.count(number) == 1
    }


def _around(tag: int, board: Board) -> list[int]:
    row, column = divmod(tag, board.columns)
    return [
        r * board.columns + c
        for r in range(max(row - 1, 0), min(row + 2, board.rows))
        for c in range(max(column - 1, 0), min(column + 2, board.columns))
    ]


def _near(wanted: list[int], found: dict[int, Array], board: Board) -> list[int]:
    return [tag for tag in wanted if any(other in found for other in _around(tag, board))]


def _guess(grey: Array, board: Board, flat: Array, found: dict[int, Array], tag: int) -> Array | None:
    """Return the (4, 2) corners of a tag where its neighbours place it, None where the picture does not show it there."""
    numbers = np.array(list(found))
    distance = np.linalg.norm(flat[numbers].mean(axis=1) - flat[tag].mean(axis=0), axis=1)
    nearest = numbers[np.argsort(distance, kind="stable")[:_NEIGHBOURS]]
    local = homography(np.concatenate([flat[n] for n in nearest]), np.concatenate([found[n] for n in nearest]))
    if local is None:
        return None
    rough = mapped(local, flat[tag])
    if not np.isfinite(rough).all() or not _away_from_border(grey, rough, 3).all():
        return None
    sides = np.linalg.norm(rough - np.roll(rough, 1, axis=0), axis=1)
    fine = refine(grey, rough, half_px=window(float(sides.min()) * float(board.spacing or 0)))
    if np.linalg.norm(fine - rough, axis=1).max() > 0.15 * sides.min():
        return None
    return fine if _reads(grey, board, flat[tag], fine, tag) else None


def _reads(grey: Array, board: Board, flat: Array, corners: Array, tag: int) -> bool:
    """Tell whether the cells inside (4, 2) corners are those of the tag."""
    local = homography(flat, corners)
    if local is None:
        return False
    cells = int(marker_dictionary(str(board.dictionary)).markerSize) + 2 * APRILTAG_BORDER
    low, high = flat.min(axis=0), flat.max(axis=0)
    x, y = np.meshgrid(*(low[axis] + (np.arange(cells) + 0.5) / cells * (high[axis] - low[axis]) for axis in (0, 1)))
    middles = np.stack([x, y], axis=-1).reshape(-1, 2)
    dark = board.pattern().at(middles)
    values = sample(grey, mapped(local, middles))
    level = (np.median(values[dark]) + np.median(values[~dark])) / 2
    contrast = np.median(values[~dark]) - np.median(values[dark])
    return bool(contrast > 12 and ((values < level) != dark).mean() <= _WRONG_CELLS)


def _away_from_border(grey: Array, points: Array, margin: float) -> Array:
    height, width = grey.shape
    return np.asarray(((points > margin) & (points < np.array([width, height]) - 1 - margin)).all(axis=1))
