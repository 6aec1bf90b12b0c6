"""Where the parts of a person are in a picture: `Landmarks` and `Matte`. Both are private: never logged, never shown by repr."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields

LandmarkKind = Literal["face", "pose", "hand"]
Side = Literal["left", "right"]
MatteKind = Literal["person", "hair", "hands"]

POINTS = {"face": 478, "pose": 33, "hand": 21}
"""How many points each kind has: the topologies of mediapipe (478 with both irises)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Landmarks:
    """The points of one face, body or hand in a picture.

    Parameters
    ----------
    kind : "face", "pose" or "hand"
        Which points: 478 of a face (468..472 the right iris, 473..477 the left one), 33 of a body, 21 of a hand.
    points_px : ndarray (N, 2) float64
        x and y in the picture's pixels, centres at integers; points may lie outside of the picture.
    depth_px : ndarray (N,) float64 or None
        How far a network guesses each point behind the middle of all, about as large as pixels; no measurement.
    visibility : ndarray (N,) float64 or None
        0 to 1: how likely each point is seen, where a network says so.
    confidence : float
        0 to 1: how sure it is that there is such a thing.
    side : "left", "right" or None
        Whose hand, as the person has it.
    source : str
        Who found them: the name of an estimator.
    """

    kind: LandmarkKind
    points_px: Array = field(repr=False)
    depth_px: Array | None = field(default=None, repr=False)
    visibility: Array | None = field(default=None, repr=False)
    confidence: float
    side: Side | None = None
    source: str

    def __post_init__(self) -> None:
        points = readonly(self.points_px, np.float64)
        if self.kind not in get_args(LandmarkKind) or points.shape != (POINTS[self.kind], 2) or not np.isfinite(points).all():
            raise ValueError(f"a {self.kind} has {POINTS.get(self.kind, 0)} finite points, found {points.shape}")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence is 0 to 1, found {self.confidence}")
        set_fields(self, points_px=points)
        for name in ("depth_px", "visibility"):
            values = getattr(self, name)
            if values is None:
                continue
            values = readonly(values, np.float64)
            if values.shape != (len(points),) or not np.isfinite(values).all():
                raise ValueError(f"{name} is one finite number per point, found {values.shape}")
            set_fields(self, **{name: values})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Matte:
    """How much of each pixel belongs to a person, to hair or to hands.

    Parameters
    ----------
    alpha : ndarray (H, W) float32
        0 to 1.
    confidence : float
        0 to 1; a matte that was guessed from landmarks and colours is below .5.
    source : str
    """

    kind: MatteKind
    alpha: Array = field(repr=False)
    confidence: float
    source: str

    def __post_init__(self) -> None:
        alpha = readonly(self.alpha, np.float32)
        if alpha.ndim != 2 or not ((alpha >= 0) & (alpha <= 1)).all():
            raise ValueError(f"a matte is (H, W) from 0 to 1, found {alpha.shape}")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence is 0 to 1, found {self.confidence}")
        set_fields(self, alpha=alpha)
