"""Say how glasses fit a head, in millimetres with sigma: `fit_of`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from arviz.core.face import FaceScale
from arviz.core.length import Length
from arviz.tryon.glasses.model import LEFT, RIGHT, GlassesModel
from arviz.tryon.glasses.seat import Seat
from arviz.tryon.head.fitted import FittedHead

NARROW_M, WIDE_M = -0.017, 0.028
"""Practice, no standard (ISO 8624 says how frames are measured, not whom they fit): temples should go straight back and touch only
at the ears, at most slightly angled out (opticianworks.com; here 5 degrees, 8.5 mm a side); where an index finger, 14 mm, fits between
temple and face the frame is too large (Ophthalmology Management, September 1999)."""
HEAD_SIGMA_M = 0.005
"""Of the head's width at the ears, where landmarks do not reach: measured on synthetic heads, without the sigma of scale."""
EAR_SIGMA_M = 0.004
"""Of the distance from the face back to the ears, likewise."""
VERTEX_SIGMA_M = 0.002
"""Of the eye's depth behind the nose, likewise."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FitFigures:
    """How glasses fit.

    Parameters
    ----------
    verdict : str
        ``narrow``, ``good``, ``wide``; ``between narrow and good``, ``between good and wide`` where sigma does not say.
    frame_width : Length
        Of the front.
    head_width : Length
        Between the roots of the ears.
    room : Length
        How much farther apart the temples are at the ears, as the file has them, than the head is wide there; negative: they
        are bent outwards.
    between_lenses : Length
        DBL of ISO 8624.
    frame_pd, pd : Length
        Between the middles of both lenses, and between the pupils.
    temple : Length
        From hinge to the place that is to rest on the ear.
    to_ear : Length
        From hinge to ear.
    vertex : Length
        From the eye to the back of the lens, mean of both.
    """

    verdict: str
    frame_width: Length
    head_width: Length
    room: Length
    between_lenses: Length
    frame_pd: Length
    pd: Length
    temple: Length
    to_ear: Length
    vertex: Length

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form, lengths in millimetres."""
        names = ("frame_width", "head_width", "room", "between_lenses", "frame_pd", "pd", "temple", "to_ear", "vertex")
        return {"verdict": self.verdict, **{name: getattr(self, name).to_json() for name in names}}


def fit_of(glasses: GlassesModel, head: FittedHead, seat: Seat, *, scale: FaceScale) -> FitFigures:
    """Return how glasses fit a head on which they sit."""
    source = f"head, scale by {scale.source}"

    def of_head(value_m: float, own_sigma_m: float) -> Length:
        return Length(value_m, float(np.hypot(own_sigma_m, scale.sigma * value_m)), source)

    def of_file(value_m: float) -> Length:
        return Length(value_m, 0.0, "file")

    right, left = head.ear_roots_m
    width = of_head(float(left[0] - right[0]), HEAD_SIGMA_M)
    room = _apart(glasses, head, seat) - width.value_m
    hinges = glasses.hinges_m @ seat.head_from_glasses[:3, :3].T + seat.head_from_glasses[:3, 3]
    to_ear = float(np.mean(hinges[:, 2] - head.ear_roots_m[:, 2]))
    return FitFigures(
        verdict=verdict(Length(room, width.sigma_m)),
        frame_width=of_file(glasses.width_m),
        head_width=width,
        room=Length(room, width.sigma_m, source),
        between_lenses=of_file(glasses.between_lenses_m),
        frame_pd=of_file(glasses.frame_pd_m),
        pd=scale.pd,
        temple=of_file(float(np.mean(glasses.hinges_m[:, 2] - glasses.ear_hooks_m[:, 2]))),
        to_ear=of_head(to_ear, EAR_SIGMA_M),
        vertex=of_head(float(np.mean(seat.vertex_m)), VERTEX_SIGMA_M),
    )


def verdict(room: Length) -> str:
    """Return the words for how much farther apart the temples are than the head is wide."""
    low, high = room.value_m - room.sigma_m, room.value_m + room.sigma_m
    words = ["narrow" if value < NARROW_M else "wide" if value > WIDE_M else "good" for value in (low, high)]
    if words[0] == words[1]:
        return words[0]
    return "between narrow and good" if words[0] == "narrow" else "between good and wide"


def _apart(glasses: GlassesModel, head: FittedHead, seat: Seat) -> float:
    """Return the distance between the insides of the unopened temples at the depth of the ears."""
    inner = []
    for part, ear, side in ((RIGHT, head.ear_roots_m[0], np.max), (LEFT, head.ear_roots_m[1], np.min)):
        points = glasses.points_m[glasses.part == part] @ seat.head_from_glasses[:3, :3].T + seat.head_from_glasses[:3, 3]
        reach = max(ear[2], float(points[:, 2].min()) + 0.004)
        inner.append(float(side(points[np.abs(points[:, 2] - reach) < 0.003, 0])))
    return inner[1] - inner[0]
