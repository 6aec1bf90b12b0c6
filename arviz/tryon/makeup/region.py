"""Where each kind of make-up goes on a face, and which skin tells how it is lit there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.core.recipe import MakeupKind
from arviz.tryon.constants import regions
from arviz.tryon.makeup.coverage import Window, coverage, smooth, window


class Region(NamedTuple):
    """Pixels that make-up covers: a window of the picture, the share of each of its pixels, and the landmarks of skin beside it."""

    window: Window
    mask: Array
    beside: str


def region(kind: MakeupKind, face: Landmarks, *, width_px: int, height_px: int) -> Region | None:
    """Return where a kind of make-up goes; None where the picture does not show it.

    Lips: inside of the outer outline, without what lies inside of the inner one, so that teeth and tongue stay as they are.
    """
    if kind != "lipstick":
        raise NotImplementedError(kind)
    outer, inner = (smooth(face.points_px[regions()[name]]) for name in ("lips_outer", "lips_inner"))
    cut = window(outer, margin_px=1, width_px=width_px, height_px=height_px)
    if cut is None:
        return None
    mask = coverage([outer], within=cut) * (1 - coverage([inner], within=cut))
    return Region(cut, mask.astype(np.float32), "around_mouth")
