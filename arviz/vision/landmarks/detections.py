"""Read what MediaPipe's detectors say: anchors, boxes with key points, and the turned square that the next network looks at.

A detector (an SSD, Liu et al. 2016, as BlazeFace, Bazarevsky et al. 2019) sees the whole picture in a square and gives, for each of
many fixed anchors, a score, a box and key points relative to the anchor's centre. Boxes that lie on each other are averaged by score
instead of thrown away, which is steadier. All as in MediaPipe's graphs, whose constants stand in `DETECTORS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Literal

import numpy as np

from arviz.core.frozen import Array

MOST_LOGIT = 100.0
"""Scores are clipped to this before the sigmoid, as by `score_clipping_thresh`."""
LEAST_SCORE = 0.5
OVERLAP = 0.3
"""Boxes that share this much of their union are one thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """How one detector's numbers are read.

    Parameters
    ----------
    input_px : int
        Side of what it sees.
    low : float
        The value of black; white is 1.
    strides : tuple of int
        Pixels per cell of each layer; each layer gives two anchors per cell.
    key_points : int
    axis : (int, int)
        Key points from which to which the thing points.
    upright_rad : float
        The direction of the axis where the thing stands upright; 0 is to the right, counter-clockwise as seen.
    square : "box" or "axis"
        What the square is made of: the longer side of the box, about its centre; or twice the axis, about where it begins.
    grow : float
        Factor from there to the side of the square.
    lift : float
        How far the square's centre is moved up, in heights of the box.
    """

    input_px: int
    low: float
    strides: tuple[int, ...]
    key_points: int
    axis: tuple[int, int]
    upright_rad: float
    square: Literal["box", "axis"] = "box"
    grow: float
    lift: float = 0.0


DETECTORS = {
    "face": Detector(input_px=128, low=-1.0, strides=(8, 16, 16, 16), key_points=6, axis=(0, 1), upright_rad=0.0, grow=1.5),
    "pose": Detector(
        input_px=224, low=-1.0, strides=(8, 16, 32, 32, 32), key_points=4, axis=(0, 1), upright_rad=np.pi / 2, square="axis", grow=1.25
    ),
    "hand": Detector(input_px=192, low=0.0, strides=(8, 16, 16, 16), key_points=7, axis=(0, 2), upright_rad=np.pi / 2, grow=2.6, lift=0.5),
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Square:
    """A turned square of a picture: what a landmark network looks at.

    Parameters
    ----------
    centre_px : ndarray (2,) float64
    side_px : float
    turn_rad : float
        Clockwise as seen, 0 upright.
    """

    centre_px: Array
    side_px: float
    turn_rad: float

    def picture_from_square(self, size_px: int) -> Array:
        """Return (2, 3): pixels of the picture from those of the square drawn `size_px` large.

        Pixel 0 of the square is its edge, not half a pixel inside: so MediaPipe samples, and the networks learned it.
        """
        scale = self.side_px / size_px
        cos, sin = np.cos(self.turn_rad) * scale, np.sin(self.turn_rad) * scale
        linear = np.array([[cos, -sin], [sin, cos]])
        middle = np.full(2, size_px / 2)
        return np.column_stack([linear, self.centre_px - linear @ middle])


@cache
def anchors(detector: Detector) -> Array:
    """Return the centres (N, 2) of a detector's anchors, x and y from 0 to 1; layers of one stride share their cells."""
    rows = []
    for stride, layers in groupby(detector.strides):
        cells = -(-detector.input_px // stride)
        line = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
        rows.append(np.repeat(grid, 2 * len(list(layers)), axis=0))
    return np.concatenate(rows)


def found(detector: Detector, raw: Array, logits: Array) -> list[tuple[float, Array]]:
    """Return (score, points) of each thing, the surest first.

    Parameters
    ----------
    raw : ndarray (N, 4 + 2 K)
        Centre, width and height, then key points, in pixels of the input from the anchor.
    logits : ndarray (N,)

    Returns
    -------
    list of (float, ndarray (2 + K, 2))
        The box's upper left and lower right corners, then the key points; 0 to 1 across the input.
    """
    scores = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -MOST_LOGIT, MOST_LOGIT)))
    keep = np.flatnonzero(scores >= LEAST_SCORE)
    keep = keep[np.argsort(-scores[keep], kind="stable")]
    numbers = raw[keep].astype(np.float64).reshape(len(keep), 2 + detector.key_points, 2) / detector.input_px
    middle = anchors(detector)[keep]
    half = numbers[:, 1] / 2
    centre = numbers[:, 0] + middle
    points = np.concatenate([(centre - half)[:, None], (centre + half)[:, None], numbers[:, 2:] + middle[:, None]], axis=1)
    scores = scores[keep]
    out = []
    while len(scores):
        same = _overlap(points[0, :2], points[:, :2]) > OVERLAP
        same[0] = True
        out.append((float(scores[0]), np.average(points[same], axis=0, weights=scores[same])))
        points, scores = points[~same], scores[~same]
    return out


def _overlap(box: Array, boxes: Array) -> Array:
    """Return the share (N,) of the union that a box (2, 2) has in common with each of (N, 2, 2)."""
    sides = np.clip(np.minimum(box[1], boxes[:, 1]) - np.maximum(box[0], boxes[:, 0]), 0, None)
    common = sides.prod(axis=1)
    union = np.clip(box[1] - box[0], 0, None).prod() + np.clip(boxes[:, 1] - boxes[:, 0], 0, None).prod(axis=1) - common
    share: Array = common / np.maximum(union, 1e-12)
    return share


def square_of(detector: Detector, points_px: Array) -> Square:
    """Return what the landmark network should look at, from a detection (2 + K, 2) in pixels of the picture."""
    low, high, *keys = points_px
    begin, end = keys[detector.axis[0]], keys[detector.axis[1]]
    along = end - begin
    turn = detector.upright_rad - np.arctan2(-along[1], along[0])
    if detector.square == "axis":
        return Square(centre_px=begin, side_px=float(2 * np.linalg.norm(along) * detector.grow), turn_rad=float(turn))
    width, height = high - low
    up = np.array([np.sin(turn), -np.cos(turn)])
    centre = (low + high) / 2 + detector.lift * height * up
    return Square(centre_px=centre, side_px=float(max(width, height) * detector.grow), turn_rad=float(turn))
