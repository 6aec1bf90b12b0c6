"""What is drawn over a picture: measures as lines and words in its pixels; no Qt in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.flows.preview_shot import Seen, Touched


class Mark(NamedTuple):
    """A line of a picture (pixels, centres at integers) with arrow heads, and what stands at its middle."""

    start: tuple[float, float]
    end: tuple[float, float]
    text: str
    kind: str
    """``dimension`` or ``ruler``."""


def dimension_marks(seen: Seen, size_m: Sequence[float]) -> tuple[Mark, ...]:
    """Return width, depth and height of a product on the edges of its box that the eye sees best.

    Parameters
    ----------
    size_m : (3,) float
        x, y, z.
    """
    low, high = np.asarray(seen.box_m, np.float64)
    eye = seen.world_from_camera[:3, 3]
    near = np.where(eye > (low + high) / 2, high, low)
    front, side = (low[0], low[1], near[2]), (near[0], low[1], low[2])
    edges = (
        (front, (high[0], low[1], near[2]), size_m[0]),
        (side, (near[0], low[1], high[2]), size_m[2]),
        (*_leftmost(seen, low, high), size_m[1]),
    )
    marks = (_mark(seen, start, end, f"{length * 1000:.0f} mm", "dimension") for start, end, length in edges)
    return tuple(mark for mark in marks if mark is not None)


def _leftmost(seen: Seen, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the upright edge of a box that is most to the left in the picture: nothing of the product lies beyond it."""
    feet = np.array([(x, low[1], z) for x in (low[0], high[0]) for z in (low[2], high[2])])
    local = (feet - seen.world_from_camera[:3, 3]) @ seen.world_from_camera[:3, :3]
    foot = feet[np.argmin(local[:, 0] / np.maximum(local[:, 2], 1e-9))]
    return foot, np.array([foot[0], high[1], foot[2]])


def ruler_marks(seen: Seen, ruler: Sequence[Touched]) -> tuple[Mark, ...]:
    """Return the distance between two points with its standard deviation; one point alone is a dot without words."""
    if not ruler:
        return ()
    start, end = ruler[0], ruler[-1]
    length = float(np.linalg.norm(np.subtract(start.point_m, end.point_m)))
    sigma = float(np.hypot(start.sigma_m, end.sigma_m))
    text = f"{length * 1000:.0f} ± {max(sigma * 1000, 1):.0f} mm" if len(ruler) > 1 else ""
    mark = _mark(seen, start.point_m, end.point_m, text, "ruler")
    return () if mark is None else (mark,)


class Box(NamedTuple):
    """A rectangle of the window."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box) -> bool:
        """Tell whether they cover something of each other."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def clipped(mark: Mark, *, width: float, height: float) -> Mark | None:
    """Return the part of a mark that lies in a picture, None where none does (Liang and Barsky 1984)."""
    (x, y), (dx, dy) = mark.start, (mark.end[0] - mark.start[0], mark.end[1] - mark.start[1])
    first, last = 0.0, 1.0
    for step, room in ((-dx, x), (dx, width - 1 - x), (-dy, y), (dy, height - 1 - y)):
        if step == 0:
            if room < 0:
                return None
        elif step < 0:
            first = max(first, room / step)
        else:
            last = min(last, room / step)
    if first > last:
        return None
    return mark._replace(start=(x + first * dx, y + first * dy), end=(x + last * dx, y + last * dy))


def label_boxes(
    marks: Sequence[Mark], *, width: float, height: float, extent: Callable[[str], tuple[float, float]], taken: Sequence[Box] = ()
) -> tuple[Box | None, ...]:
    """Return where the words of each mark stand: on its line, or as near as nothing else stands; None without words or a place.

    Parameters
    ----------
    marks : sequence of Mark
        In the window's units, as `clipped` leaves them.
    extent : callable
        Words -> their width and height.
    taken : sequence of Box
        Where nothing may stand.
    """
    standing = list(taken)
    out: list[Box | None] = []
    for mark in marks:
        box = None
        if mark.text:
            wide, high = extent(mark.text)
            tried = (Box(x - wide / 2, y - high / 2, wide, high) for x, y in _places(mark, wide, high))
            box = next((one for one in tried if _inside(one, width, height) and not any(map(one.meets, standing))), None)
        if box is not None:
            standing.append(box)
        out.append(box)
    return tuple(out)


def _places(mark: Mark, wide: float, high: float) -> Iterator[tuple[float, float]]:
    """Yield points beside a line, from its middle on outwards; a line that its words would hide keeps them off it."""
    (x, y), (dx, dy) = mark.start, (mark.end[0] - mark.start[0], mark.end[1] - mark.start[1])
    length = float(np.hypot(dx, dy)) or 1.0
    across, away = (-dy / length, dx / length), abs(dy / length) * wide + abs(dx / length) * high
    hidden = abs(dx / length) * wide + abs(dy / length) * high > length
    for far in range(2 if hidden else 0, 9):
        for share in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9):
            for side in (far, -far) if far else (0,):
                yield x + share * dx + side * away / 2 * across[0], y + share * dy + side * away / 2 * across[1]


def _inside(box: Box, width: float, height: float) -> bool:
    return box.x >= 0 and box.y >= 0 and box.x + box.width <= width and box.y + box.height <= height


def _mark(seen: Seen, start: Sequence[float] | Array, end: Sequence[float] | Array, text: str, kind: str) -> Mark | None:
    """Return a line of the world as the picture shows it, None where it is not before the eye."""
    points = _pixels(seen, np.array([start, end], np.float64))
    if points is None:
        return None
    (x0, y0), (x1, y1) = points.tolist()
    return Mark((x0, y0), (x1, y1), text, kind)


def _pixels(seen: Seen, points_m: Array) -> Array | None:
    pose = seen.world_from_camera
    local = (points_m - pose[:3, 3]) @ pose[:3, :3]
    if (local[:, 2] <= 0).any():
        return None
    projected = local @ seen.camera.k.T
    out: Array = projected[:, :2] / projected[:, 2:]
    return out
