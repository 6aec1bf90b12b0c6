"""Guide a person with a board before a camera: what is still to show, and which frames are worth keeping.

`Coverage` is a value: `Coverage.see` returns the next one. What is asked for are the three things that fix a camera: corners
out to the picture's corners (radius), the board tilted to four sides (focal length against distance), near and far (scale).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.vision.calibration.boards import Board
from arviz.vision.calibration.corners import Corners
from arviz.vision.calibration.solve import pose, project
from arviz.vision.calibration.views import FEWEST_CORNERS, View

GOALS = {
    "centre": "hold the board in the middle of the picture",
    "upper left": "move to the upper left of the picture",
    "upper right": "move to the upper right of the picture",
    "lower right": "move to the lower right of the picture",
    "lower left": "move to the lower left of the picture",
    "near": "come closer: the board should fill the picture",
    "far": "go farther away: the board should fill a third of the picture",
    "top away": "tilt: the upper edge away from the camera",
    "bottom away": "tilt: the lower edge away from the camera",
    "left away": "turn: the left edge away from the camera",
    "right away": "turn: the right edge away from the camera",
}
"""What is to be shown, and how to ask for it; left and right as in the picture."""
ENOUGH = 12
"""Frames to keep."""
_EDGE = 0.2
"""A corner of the picture is covered by board corners within this share of its width and height."""
_NEAR, _FAR = 0.65, 0.45
"""Length of the board's outline in the picture beside the picture's own: near is above, far below."""
_TILT_RAD = np.radians(18)
_STILL_SHARE = 0.004
"""Corners that move by more than this share of the diagonal between two looks are smeared, or badly placed in time."""
_NEW_SHARE = 0.06
"""A frame is new if its corners are this share of the diagonal away from those of every kept frame."""
_BLURRED_PX = 4.0
_USUAL_F = 0.9
"""Focal length over the longer side of the picture, a guess good enough for a tilt to a few degrees."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Coverage:
    """What has been shown so far.

    Parameters
    ----------
    board : Board
    width_px, height_px : int
        Size of the frames.
    kept : tuple of View
        The frames that were worth keeping.
    met : frozenset of str
        Those of `GOALS` that are met.
    took : bool
        Whether the last frame was kept.
    prompt : str
        What to do next; what is wrong with the last frame comes first.
    """

    board: Board
    width_px: int
    height_px: int
    kept: tuple[View, ...] = ()
    met: frozenset[str] = frozenset()
    took: bool = False
    prompt: str = "show the board"
    last: View | None = None

    @property
    def done(self) -> bool:
        """Whether everything was shown."""
        return len(self.met) == len(GOALS) and len(self.kept) >= ENOUGH

    @property
    def missing(self) -> list[str]:
        """What is still to be shown, in words."""
        return [words for goal, words in GOALS.items() if goal not in self.met]

    @property
    def progress(self) -> float:
        """0 to 1."""
        return (len(self.met) + min(len(self.kept), ENOUGH)) / (len(GOALS) + ENOUGH)

    def see(self, corners: Corners | None, *, name: str = "", edge_px: float = 0.0) -> Coverage:
        """Return the coverage after one more frame, None for one without the board; `edge_px` is its sharpness."""
        if corners is None or len(corners.ids) < FEWEST_CORNERS:
            return replace(self, took=False, prompt="show the whole board", last=None)
        ids, board_m = self.board.object_points()
        view = View(
            name=name,
            ids=corners.ids,
            points_px=corners.points_px,
            board_m=board_m[np.searchsorted(ids, corners.ids)],
            width_px=self.width_px,
            height_px=self.height_px,
            blur_px=edge_px,
        )
        still = self.last is not None and self._shift(view, self.last) < _STILL_SHARE
        now = replace(self, last=view, took=False)
        if not still:
            return replace(now, prompt="hold still")
        if edge_px > _BLURRED_PX:
            return replace(now, prompt="the picture is blurred: hold still, or focus")
        shown = goals_of(view, self.board)
        fresh = all(self._shift(view, other) > _NEW_SHARE for other in self.kept)
        if shown - self.met or (fresh and len(self.kept) < ENOUGH):
            now = replace(now, took=True, kept=(*self.kept, view), met=self.met | shown)
        return replace(now, prompt=now.next_prompt())

    def next_prompt(self) -> str:
        """Return how to ask for what is missing."""
        if self.missing:
            return self.missing[0]
        if len(self.kept) < ENOUGH:
            return f"show the board elsewhere, {ENOUGH - len(self.kept)} more"
        return "enough: calibrate"

    def _shift(self, a: View, b: View) -> float:
        """Return the mean distance of common corners as a share of the diagonal; infinite where there are few."""
        common, at_a, at_b = np.intersect1d(a.ids, b.ids, return_indices=True)
        if len(common) < FEWEST_CORNERS:
            return float("inf")
        distance = np.linalg.norm(a.points_px[at_a] - b.points_px[at_b], axis=1).mean()
        return float(distance / np.hypot(self.width_px, self.height_px))


def goals_of(view: View, board: Board) -> frozenset[str]:
    """Return those of `GOALS` that one view meets."""
    size = np.array([view.width_px, view.height_px], np.float64)
    at = (view.points_px + 0.5) / size
    met = set()
    for goal, corner in (("upper left", (0, 0)), ("upper right", (1, 0)), ("lower right", (1, 1)), ("lower left", (0, 1))):
        if (np.abs(at - corner) < _EDGE).all(axis=1).any():
            met.add(goal)
    if np.abs(at.mean(axis=0) - 0.5).max() < 0.15:
        met.add("centre")
    outline, normal = _outline_and_normal(view, board)
    scale = float((outline.max(axis=0) - outline.min(axis=0)).max() / size.max())
    met |= {"near"} if scale > _NEAR else {"far"} if scale < _FAR else set()
    # The normal looks away from the camera: where it leans to, that side of the board is the nearer one.
    tilt = float(np.arccos(np.clip(normal[2], -1, 1)))
    if tilt > _TILT_RAD:
        across, down = normal[0], normal[1]
        if abs(across) > abs(down):
            met.add("left away" if across > 0 else "right away")
        else:
            met.add("top away" if down > 0 else "bottom away")
    return frozenset(met)


def _outline_and_normal(view: View, board: Board) -> tuple[Array, Array]:
    """Return the four corners of the board in the picture (4, 2) and its normal in the camera's frame, z > 0."""
    import cv2

    focal = _USUAL_F * max(view.width_px, view.height_px)
    k = np.array([[focal, 0, (view.width_px - 1) / 2], [0, focal, (view.height_px - 1) / 2], [0, 0, 1]])
    usual = Camera(k=k, width_px=view.width_px, height_px=view.height_px, source="assumed")
    rotation, translation = pose(view, usual)
    matrix, _ = cv2.Rodrigues(rotation)
    width, height = board.size_m
    outline = np.array([[0, 0, 0], [width, 0, 0], [width, height, 0], [0, height, 0]], np.float64)
    normal = matrix[:, 2] if matrix[2, 2] > 0 else -matrix[:, 2]
    return project(outline, usual, rotation, translation), normal
