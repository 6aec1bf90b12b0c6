"""Views of a board and which of them a calibration can use: one size, sharp, no two alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields

FEWEST_CORNERS = 8
"""A pose takes 6 numbers and each corner gives 2: below this a view tells next to nothing about the lens."""
_SAME_SHARE = 0.005
"""Views whose corners differ by less than this share of the picture's diagonal say the same twice."""
_BLUR_RATIO = 2.5
_BLUR_FLOOR_PX = 4.0
"""Blurred: edges wider than this, and this many times wider than in the sharpest quarter of the views."""
_TURNS = {1: 0, 6: 1, 3: 2, 8: 3}
"""EXIF orientation -> quarter turns clockwise from the sensor's picture to the upright one (Exif 2.32, tag 0x0112)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class View:
    """The corners that one picture shows.

    Parameters
    ----------
    name : str
        The picture's name.
    ids : ndarray (N,)
        Which corners of the board.
    points_px : ndarray (N, 2) float64
        Where they are seen.
    board_m : ndarray (N, 3) float64
        Where they are on the board, z = 0.
    width_px, height_px : int
        The picture's size.
    orientation : int
        EXIF orientation by which the picture was turned upright; 1 for none.
    blur_px : float
        Width of the board's edges from 10 to 90 %; 0 where it was not measured.
    """

    name: str
    ids: Array
    points_px: Array
    board_m: Array
    width_px: int
    height_px: int
    orientation: int = 1
    blur_px: float = 0.0

    def __post_init__(self) -> None:
        points, board = readonly(self.points_px, np.float64), readonly(self.board_m, np.float64)
        if points.shape != (len(self.ids), 2) or board.shape != (len(self.ids), 3):
            raise ValueError(f"{len(self.ids)} ids go with as many points, found {points.shape} and {board.shape}")
        set_fields(self, ids=readonly(self.ids), points_px=points, board_m=board)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A picture that takes no part: `reason` is a stable word, `detail` tells people more."""

    name: str
    reason: str
    detail: str


def turned(view: View, orientation: int) -> View:
    """Return the view as if its picture had been turned by another EXIF orientation: the same place on the sensor.

    A phone turns the pictures that it takes upside down or upright. Their lens is one and the same only on the sensor.
    Mirrored orientations are returned as they are.

    **Convention** a sensor's picture is 640 x 480; upright by orientation 6 it is 480 x 640, and the sensor's pixel (0, 0)
    is its upper right one, (479, 0).
    """
    if view.orientation not in _TURNS or orientation not in _TURNS:
        return view
    points, width, height = view.points_px, view.width_px, view.height_px
    for _ in range((_TURNS[orientation] - _TURNS[view.orientation]) % 4):
        points = np.stack([height - 1 - points[:, 1], points[:, 0]], axis=1)
        width, height = height, width
    return replace(view, points_px=points, width_px=width, height_px=height, orientation=orientation)


def select(views: Sequence[View]) -> tuple[list[View], list[Dropped]]:
    """Return the views of one size that are sharp and differ, in their order, and the others with a reason."""
    kept, dropped = list(views), []
    for rule in (_few_corners, _other_size, _blurred, _duplicates):
        kept, gone = rule(kept)
        dropped += gone
    return kept, dropped


def _few_corners(views: list[View]) -> tuple[list[View], list[Dropped]]:
    words = f"corners are seen, {FEWEST_CORNERS} are needed"
    few = {at: f"{len(view.ids)} {words}" for at, view in enumerate(views) if len(view.ids) < FEWEST_CORNERS}
    return _split(views, "few_corners", few)


def _other_size(views: list[View]) -> tuple[list[View], list[Dropped]]:
    if not views:
        return [], []
    orientation = Counter(view.orientation for view in views).most_common(1)[0][0]
    views = [turned(view, orientation) for view in views]
    size = Counter((view.width_px, view.height_px) for view in views).most_common(1)[0][0]
    words = f"most pictures are {size[0]} x {size[1]}"
    sizes = [(view.width_px, view.height_px) for view in views]
    other = {at: f"{ours[0]} x {ours[1]}, {words}" for at, ours in enumerate(sizes) if ours != size}
    return _split(views, "other_size", other)


def _blurred(views: list[View]) -> tuple[list[View], list[Dropped]]:
    blurs = np.array([view.blur_px for view in views])
    if len(blurs) == 0:
        return [], []
    limit = max(_BLUR_FLOOR_PX, _BLUR_RATIO * float(np.quantile(blurs, 0.25)))
    words = f"px wide, at most {limit:.1f} px are useful here"
    return _split(views, "blurred", {at: f"its edges are {blur:.1f} {words}" for at, blur in enumerate(blurs) if blur > limit})


def _duplicates(views: list[View]) -> tuple[list[View], list[Dropped]]:
    same: dict[int, str] = {}
    for index, view in enumerate(views):
        for before, other in enumerate(views[:index]):
            if before not in same and _alike(view, other):
                # The sharper one stays; of two equal ones the first.
                gone, stays = (before, view) if view.blur_px < other.blur_px else (index, other)
                same[gone] = f"shows the board where {stays.name} shows it"
                break
    return _split(views, "duplicate", same)


def _alike(a: View, b: View) -> bool:
    common, at_a, at_b = np.intersect1d(a.ids, b.ids, return_indices=True)
    if len(common) < 0.5 * max(len(a.ids), len(b.ids)):
        return False
    shift = np.linalg.norm(a.points_px[at_a] - b.points_px[at_b], axis=1)
    return bool(shift.max() < _SAME_SHARE * np.hypot(a.width_px, a.height_px))


def _split(views: list[View], reason: str, words: dict[int, str]) -> tuple[list[View], list[Dropped]]:
    """Take out views by their place, as pictures of several folders may have one name."""
    gone = [Dropped(name=views[at].name, reason=reason, detail=detail) for at, detail in words.items()]
    return [view for at, view in enumerate(views) if at not in words], gone
