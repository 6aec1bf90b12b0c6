"""From a few markers that were read to all corners of a board that the picture shows.

Each corner is looked for where those next to it place it (a homography of the nearest, so that a lens may bend the whole),
moved onto the saddle of brightness, and kept only if the picture around it looks like the board there. Nothing is kept that
was only extrapolated, so a hand on the board hides what it hides.

``cv2.aruco.CharucoDetector`` was not taken: it keeps no corner with an unread marker beside it, which are half of them where
squares are below 30 pixels, and lets single corners through that lie many pixels away.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.calibration.boards import APRILTAG_BORDER, Board, Pattern, marker_dictionary
from arviz.vision.calibration.corners import LEAST, Corners, homography, mapped, refine, sample

_NEAREST = 10
_REACH = 1.6
"""A corner is looked for within this many squares (sides of tags) from one that is known."""
_GUESS, _SHIFT = 0.35, 0.2
"""Of the distance to the next corner: as far from where rough and measured neighbours place it a corner may lie."""
_ALIKE = 0.8
"""Least correlation of the picture around a corner with the board's ink there."""
_CONTRAST = 8.0
_LEAST_STEP_PX = 4.0
_ENLARGED_MOST = 2_500_000
_PATCH = np.stack(np.meshgrid(*2 * [np.linspace(-1, 1, 10)]), axis=-1).reshape(-1, 2)


def complete(grey: Array, board: Board, flat_m: Array, points_px: Array) -> Corners | None:
    """Return all corners that an (H, W) uint8 picture shows, None below 6 or with all of them in one line.

    Parameters
    ----------
    flat_m, points_px : ndarray (N, 2)
        Places on the board, and where they were seen within a pixel or two: corners of markers, mutually consistent.
    """
    places, pattern, values = board.object_points()[1][:, :2], board.pattern(), grey.astype(np.float32)
    lengths = _lengths(board)
    if not len(flat_m):
        return None
    known_m, known_px = np.asarray(flat_m, np.float64), np.asarray(points_px, np.float64)
    found: dict[int, Array] = {}
    while True:
        fresh = _look(values, pattern, places, known_m, known_px, found, lengths)
        if not fresh:
            break
        found |= fresh
        # What was measured replaces what was roughly known.
        known_m, known_px = places[list(found)], np.array(list(found.values()))
        if len(found) < LEAST:
            known_m, known_px = np.concatenate([known_m, flat_m]), np.concatenate([known_px, points_px])
    numbers = np.array(sorted(found), np.int64)
    seen = np.array([found[number] for number in numbers.tolist()]).reshape(-1, 2)
    good = _fits(places[numbers], seen, lengths.step_m)
    numbers, seen = numbers[good], seen[good]
    if len(numbers) < LEAST or _in_line(places[numbers], lengths.step_m):
        return None
    return Corners(ids=numbers, points_px=seen)


def consistent(flat_m: Array, points_px: Array, *, within_m: float) -> Array:
    """Tell (N,) which pairs agree on one homography, a lens's bend of `within_m` on the board allowed."""
    import cv2

    if len(flat_m) < 4:
        return np.zeros(len(flat_m), bool)
    cv2.setRNGSeed(0)
    _, inside = cv2.findHomography(points_px, flat_m, cv2.RANSAC, within_m)
    return np.zeros(len(flat_m), bool) if inside is None else inside.reshape(-1) > 0


class _Lengths(NamedTuple):
    """Of a board, metres."""

    step_m: float
    """The least distance of two corners."""
    free_m: float
    """Half the side of what holds nothing but the two edges of a corner."""
    patch_m: float
    """Half the side of what is compared."""
    reach_m: float


def _lengths(board: Board) -> _Lengths:
    reach_m = _REACH * board.square_m
    cells = int(marker_dictionary(str(board.dictionary)).markerSize)
    if board.kind == "aprilgrid":
        gap, cell = board.square_m * float(board.spacing or 0), board.square_m / (cells + 2 * APRILTAG_BORDER)
        return _Lengths(min(gap, board.square_m), min(gap, APRILTAG_BORDER * cell), 0.8 * gap, reach_m)
    # Around a ChArUco corner the black borders of two markers face each other: they pull the saddle to no side.
    marker_m = float(board.marker_m or 0)
    free_m = (board.square_m - marker_m) / 2 + marker_m / (cells + 2)
    return _Lengths(board.square_m, free_m, 0.3 * board.square_m, reach_m)


class _Guess(NamedTuple):
    corner: int
    at: Array
    """(2,) where its neighbours place it."""
    offsets: Array
    """(P, 2) pixels of what is compared, from there."""
    step_px: float
    half_px: int


def _look(
    values: Array, pattern: Pattern, places: Array, known_m: Array, known_px: Array, found: dict[int, Array], lengths: _Lengths
) -> dict[int, Array]:
    """Return the corners beside known places that are seen, by id: where (2,)."""
    guesses = []
    for corner, place in enumerate(places):
        if corner not in found:
            guess = _guess(values, corner, place, known_m, known_px, lengths)
            if guess is not None:
                guesses.append(guess)
    out = {}
    for half_px in {guess.half_px for guess in guesses}:
        some = [guess for guess in guesses if guess.half_px == half_px]
        for guess, at in zip(some, refine(values, np.array([guess.at for guess in some]), half_px=half_px), strict=True):
            near = np.linalg.norm(at - guess.at) <= max(_GUESS * guess.step_px, 1.5)
            ink = pattern.at(places[guess.corner] + _PATCH * lengths.patch_m)
            if near and _inside(values, at, half_px + 1) and _alike(sample(values, at + guess.offsets), ink):
                out[guess.corner] = at
    return out


def _guess(values: Array, corner: int, place: Array, known_m: Array, known_px: Array, lengths: _Lengths) -> _Guess | None:
    distance = np.abs(known_m - place).max(axis=1)
    nearest = np.argsort(distance, kind="stable")[:_NEAREST]
    if len(nearest) < 4 or distance[nearest[0]] > lengths.reach_m or _in_line(known_m[nearest], lengths.step_m / 4):
        return None
    local = homography(known_m[nearest], known_px[nearest])
    if local is None:
        return None
    around = mapped(local, place + np.array([[0.0, 0.0], [lengths.step_m, 0.0], [0.0, lengths.step_m]]))
    offsets = mapped(local, place + _PATCH * lengths.patch_m) - around[0]
    if not (np.isfinite(around).all() and np.isfinite(offsets).all()):
        return None
    step_px = float(np.linalg.norm(around[1:] - around[0], axis=1).min())
    half_px = int(np.clip(np.floor(0.9 * lengths.free_m / lengths.step_m * step_px), 2, 5))
    if step_px < _LEAST_STEP_PX or not _inside(values, around[0], half_px + 2):
        return None
    return _Guess(corner, around[0], offsets, step_px, half_px)


def _alike(values: Array, ink: Array) -> bool:
    light, paper = values - values.mean(), ~ink - (~ink).mean()
    spread = float(np.sqrt((light**2).mean()))
    return spread > _CONTRAST / 2 and float((light * paper).mean()) > _ALIKE * spread * float(np.sqrt((paper**2).mean()))


def _fits(places: Array, points: Array, step_m: float) -> Array:
    """Tell (N,) which corners lie where those around place them, to `_SHIFT` of their distance."""
    good = np.ones(len(places), bool)
    for index in range(len(places)):
        distance = np.abs(places - places[index]).max(axis=1)
        distance[index] = np.inf
        nearest = np.argsort(distance, kind="stable")[:_NEAREST][: len(places) - 1]
        if len(nearest) < 4 or _in_line(places[nearest], step_m / 4):
            continue
        local = homography(places[nearest], points[nearest])
        if local is not None:
            around = mapped(local, places[index] + np.array([[0.0, 0.0], [step_m, 0.0], [0.0, step_m]]))
            step_px = np.linalg.norm(around[1:] - around[0], axis=1).min()
            good[index] = np.linalg.norm(around[0] - points[index]) <= max(_SHIFT * step_px, 1.0)
    return good


def _in_line(places: Array, width_m: float) -> bool:
    """Tell whether (N, 2) places lie within a strip of this width (root mean square)."""
    if len(places) < 3:
        return True
    return bool(np.linalg.svd(places - places.mean(axis=0), compute_uv=False)[1] < width_m * np.sqrt(len(places)) / 2)


def _inside(values: Array, point: Array, margin: float) -> bool:
    height, width = values.shape
    return bool(margin <= point[0] <= width - 1 - margin and margin <= point[1] <= height - 1 - margin)


def enlarged(grey: Array) -> Array | None:
    """Return the picture at twice its size and sharpened, for markers of 2 pixels per cell; None for one that is large already.

    Blurred by 1 px, cells of 3 px: 9 of 36 tags are read instead of 1; by 1.5 px, cells of 4 px: 10 of 35 markers instead of 1.
    """
    import cv2

    if grey.size > _ENLARGED_MOST:
        return None
    # Its centres move as ours: x becomes 2 (x + 0.5) - 0.5.
    twice = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.addWeighted(twice, 2.5, cv2.GaussianBlur(twice, (0, 0), 3), -1.5, 0))
