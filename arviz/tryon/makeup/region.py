"""Where each kind of make-up goes on a face, and which skin tells how it is lit there; id ``arviz.mask/1``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.face import face_template
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.core.recipe import MakeupKind
from arviz.tryon.constants import look, painted, regions
from arviz.tryon.makeup.coverage import Window, coverage, smooth, window
from arviz.tryon.makeup.eyes import openness
from arviz.tryon.makeup.hands import hand_cover
from arviz.tryon.makeup.painted import on_picture

_EYES = ("right", "left")


class Region(NamedTuple):
    """Pixels that make-up covers.

    `window` of the picture; `mask`: share of each of its pixels (H, W); `core`: those that tell what the region is like (H, W);
    `beside`: name of the landmarks of skin that is lit alike; `hidden`: share of the region that hands hide.
    """

    window: Window
    mask: Array
    core: Array
    beside: str
    hidden: float = 0.0


def region(kind: MakeupKind, face: Landmarks, *, width_px: int, height_px: int, hands: Sequence[Landmarks] = ()) -> Region | None:
    """Return where a kind of make-up goes; None where the picture does not show it.

    Parameters
    ----------
    kind : "lipstick", "eyeshadow" or "blush"
    face : Landmarks
    hands : sequence of Landmarks
        Hands before the face: what they hide stays as it is.
    """
    bare = _REGIONS[kind](face, width_px, height_px)
    if bare is None or not bare.mask.any():
        return None
    free = 1 - hand_cover(hands, within=bare.window)
    mask = bare.mask * free
    if not mask.any():
        return None
    return bare._replace(mask=mask, core=bare.core & (free == 1), hidden=float(1 - mask.sum() / bare.mask.sum()))


def _core(mask: Array, share: str) -> Array:
    """Return the pixels that tell what a region is like: those it covers most; of a tiny face that may be none in whole."""
    out: Array = mask > look()[share] * mask.max()
    return out


def lip_outlines(face: Landmarks) -> dict[str, Array]:
    """Return the closed outline (N, 2) of each lip.

    Both lips end on the inner outline of the mouth, where their coverage adds up to 1 as long as they touch: a closed mouth has no
    seam, and an open one, be it by a fraction of a pixel, is left as it is.
    """
    outer, inner = (smooth(face.points_px[regions()[name]]) for name in ("lips_outer", "lips_inner"))
    half = len(outer) // 2  # both start at the right corner and come to the left one by the lower lip
    parts = {"lower": np.arange(half + 1), "upper": np.arange(half, 2 * half + 1) % (2 * half)}
    return {lip: np.concatenate([outer[part], inner[part][::-1]]) for lip, part in parts.items()}


def _lips(face: Landmarks, width_px: int, height_px: int) -> Region | None:
    outlines = lip_outlines(face)
    cut = window(np.concatenate(list(outlines.values())), margin_px=1, width_px=width_px, height_px=height_px)
    if cut is None:
        return None
    lower, upper = (coverage([outlines[lip]], within=cut) for lip in ("lower", "upper"))
    mask = np.minimum(lower + upper, 1)
    return Region(cut, mask, _core(mask, "core"), "around_mouth")


def _lids(face: Landmarks, width_px: int, height_px: int) -> Region | None:
    template = face_template()
    right = template.uv[template.triangles].mean(axis=1)[:, 0] < 0.5
    fades = {side: _fade(face, side) for side in _EYES}
    around = face.points_px[np.concatenate([regions()[f"lid_{side}"] for side in _EYES])]
    cut = window(around, margin_px=1, width_px=width_px, height_px=height_px)
    if cut is None:
        return None
    mask = on_picture(painted("eyeshadow"), face, gain=np.where(right, fades["right"], fades["left"]), within=cut)
    for side in _EYES:
        mask = mask * (1 - coverage([smooth(face.points_px[regions()[f"eye_{side}"]])], within=cut))
    return Region(cut, mask, _core(mask, "soft_core"), "under_eyes")


def _fade(face: Landmarks, side: str) -> float:
    """Return how strong eyeshadow is on a lid: an eye torn open rolls it in, and shows the blended edge above."""
    lid = look()["lid"]
    t = float(np.clip((openness(face, side) - lid["open"]) / (lid["wide"] - lid["open"]), 0, 1))
    return 1 - float(1 - lid["least"]) * t * t * (3 - 2 * t)


def _cheeks(face: Landmarks, width_px: int, height_px: int) -> Region | None:
    template = face_template()
    around = face.points_px[np.concatenate([regions()[f"cheek_{side}"] for side in _EYES])]
    cut = window(around, margin_px=1, width_px=width_px, height_px=height_px)
    if cut is None:
        return None
    mask = on_picture(painted("blush"), face, gain=np.ones(len(template.triangles)), within=cut)
    return Region(cut, mask, _core(mask, "soft_core"), "cheeks")


_REGIONS = {"lipstick": _lips, "eyeshadow": _lids, "blush": _cheeks}
