"""Chessboards in pictures: all inner corners or none.

The classic detector comes first: with ``cornerSubPix`` (5, 5) its corners gave .195 px on OpenCV's sample boards, those of
the sector-based one (SB) .256 px, so SB only finds what the classic one does not, and its places are refined alike.
Both happily return a part of a larger board (8x6 in 12 of 13 photos of a 9x6 board): what they find is checked.
"""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.vision.calibration.boards import Board
from arviz.vision.calibration.corners import LEAST_SIDE_PX, Corners, grey_values, homography, mapped, refine, sample, window

_LARGEST_PX = 1600
"""Longer pictures are searched at this size, by the classic detector at half of it, and refined at their own: with noise the
classic one took 3 s at 1280 x 960 and 4 ms at half of that, SB 0.13 s."""
_LEAST_SIZE = (5, 4)
"""Smaller ones are found among keyboards and books, and within larger boards."""


def detect_chessboard(grey: Array, board: Board, *, exhaustive: bool = True) -> Corners | None:
    """Return the corners of a chessboard in an (H, W) uint8 picture, None where it is not seen whole.

    The numbering starts at the black corner square; a board that looks the same after a half turn (``board.ambiguous``)
    starts at the end that is further up in the picture.

    Parameters
    ----------
    exhaustive : bool
        Try the slower detector where the classic one finds nothing.
    """
    for most_px, search in _SEARCHES if exhaustive else _SEARCHES[:1]:
        small, scale = _reduced(grey, most_px)
        found = search(small, board.grid)
        if found is not None:
            checked = _checked(grey, (found + 0.5) / scale - 0.5)
            if checked is not None:
                return Corners(ids=np.arange(checked.size // 2), points_px=_numbered(grey, checked).reshape(-1, 2))
    return None


def find_board_size(image: Image) -> tuple[int, int] | None:
    """Return the inner corners (columns, rows) of a chessboard of any size from 5 x 4, the larger first; None where none is seen.

    For the person who gave another size: a board that is cut by the picture's edge has fewer than it was printed with.
    """
    import cv2

    grey = grey_values(image)
    if min(grey.shape) < LEAST_SIDE_PX:
        return None
    small, _ = _reduced(grey, _LARGEST_PX)
    flags = cv2.CALIB_CB_LARGER | cv2.CALIB_CB_NORMALIZE_IMAGE
    found, _, meta = cv2.findChessboardCornersSBWithMeta(small, _LEAST_SIZE, flags)
    if not found or meta is None:
        return None
    short, long = sorted(meta.shape)
    return int(long), int(short)


def _classic(grey: Array, grid: tuple[int, int]) -> Array | None:
    import cv2

    found, points = cv2.findChessboardCorners(grey, grid, flags=cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE)
    return np.asarray(points, np.float64).reshape(grid[1], grid[0], 2) if found else None


def _sectors(grey: Array, grid: tuple[int, int]) -> Array | None:
    import cv2

    found, points = cv2.findChessboardCornersSB(grey, grid, flags=cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_EXHAUSTIVE)
    return np.asarray(points, np.float64).reshape(grid[1], grid[0], 2) if found else None


_SEARCHES = ((800, _classic), (_LARGEST_PX, _sectors))


def _reduced(grey: Array, most_px: int) -> tuple[Array, float]:
    import cv2

    scale = min(1.0, most_px / max(grey.shape))
    if scale == 1:
        return grey, 1.0
    size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA), scale


def _checked(grey: Array, grid: Array) -> Array | None:
    """Return a (rows, columns, 2) grid refined, or None where its squares are not black and white in turn, or go on outside."""
    sides = np.concatenate([np.linalg.norm(np.diff(grid, axis=axis), axis=2).reshape(-1) for axis in (0, 1)])
    refined = refine(grey, grid.reshape(-1, 2), half_px=window(float(sides.min()))).reshape(grid.shape)
    if np.linalg.norm(refined - grid, axis=2).max() > 0.3 * sides.min():
        return None
    inner = _centres(refined)
    values = sample(grey, inner)
    parity = np.add.outer(np.arange(inner.shape[0]), np.arange(inner.shape[1])) % 2 == 0
    if values[parity].mean() > values[~parity].mean():
        parity = ~parity
    if not _alternate(values, parity):
        return None
    if not _has_a_rim(grey, refined, values, parity) or _goes_on(grey, refined, values, parity):
        return None
    return refined


def _centres(grid: Array) -> Array:
    out: Array = (grid[:-1, :-1] + grid[1:, :-1] + grid[:-1, 1:] + grid[1:, 1:]) / 4
    return out


def _alternate(values: Array, dark: Array) -> bool:
    """Tell whether each dark square is darker than its bright neighbours, by a third of what is usual."""
    steps = []
    for axis in (0, 1):
        step = np.diff(values, axis=axis)
        sign = np.where(np.take(dark, range(1, dark.shape[axis]), axis=axis), -1.0, 1.0)
        steps.append((step * sign).reshape(-1))
    contrast = np.concatenate(steps)
    return bool(contrast.min() > max(np.median(contrast) / 3, 4))


def _goes_on(grey: Array, grid: Array, values: Array, dark: Array) -> bool:
    """Tell whether a further row of corners follows on any side: then this is a part of a larger board.

    Beyond the next row the squares change colour; on a board that ends there, all is margin.
    """
    contrast = float(values[~dark].mean() - values[dark].mean())
    sides = [_steps(grey, grid, dark, turn, beyond=1.25) for turn in range(4)]
    return any(len(steps) >= 2 and (steps > 0.3 * contrast).mean() > 0.7 for steps in sides)


def _has_a_rim(grey: Array, grid: Array, values: Array, dark: Array) -> bool:
    """Tell whether the squares outside the outermost corners are black and white in turn too."""
    contrast = float(values[~dark].mean() - values[dark].mean())
    steps = np.concatenate([-_steps(grey, grid, dark, turn, beyond=0.25) for turn in range(4)])
    return bool((steps > 0.3 * contrast).mean() > 0.8) if len(steps) else False


def _steps(grey: Array, grid: Array, dark: Array, turn: int, *, beyond: float) -> Array:
    """Return the steps of brightness along one side, `beyond` squares outside of its corners, positive as in the first inner row."""
    turned, parity = np.rot90(grid, turn), np.rot90(dark, turn)
    columns = turned.shape[1]
    known = np.stack(np.meshgrid(np.arange(columns), np.arange(min(len(turned), 4))), axis=-1).reshape(-1, 2).astype(np.float64)
    local = homography(known, turned[:4].reshape(-1, 2))
    if local is None:
        return np.zeros(0)
    middles = mapped(local, np.stack([np.arange(columns - 1) + 0.5, np.full(columns - 1, -beyond)], axis=1))
    height, width = grey.shape
    seen = np.asarray((np.isfinite(middles) & (middles >= 0) & (middles <= (width - 1, height - 1))).all(axis=1))
    steps = np.diff(sample(grey, np.where(seen[:, None], middles, 0.0)))
    return np.asarray((steps * np.where(parity[0, :-1], 1.0, -1.0))[seen[1:] & seen[:-1]])


def _numbered(grey: Array, grid: Array) -> Array:
    """Return the grid with its first corner beside the black corner square and its rows to the right of its columns."""
    rows, columns = grid.shape[:2]
    along, down = grid[rows // 2, -1] - grid[rows // 2, 0], grid[-1, columns // 2] - grid[0, columns // 2]
    if along[0] * down[1] - along[1] * down[0] < 0:  # mirrored: the detectors only promise a grid
        grid = grid[:, ::-1]
    turns = [grid, grid[::-1, ::-1]]
    if rows == columns:
        turns += [np.rot90(grid), np.rot90(grid, 3)]
    values = [sample(grey, _centres(turned)) for turned in turns]
    black = [turned for turned, value in zip(turns, values, strict=True) if value[0, 0] + value[1, 1] < value[0, 1] + value[1, 0]]
    # Of several (a board that looks the same after a half turn) the one that starts furthest up in the picture.
    return min(black or turns, key=lambda turned: float(turned[0, 0, 1] + 0.1 * turned[0, 0, 0]))
