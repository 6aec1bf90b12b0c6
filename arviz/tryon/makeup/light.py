"""The light on a face, from the whites of its eyes: what a perfectly white matte surface there would show, id ``arviz.light/1``.

The white of an eye is nearly the same in all people, skin is not: so shades come out equally well on every skin. Its
brightest fifth is taken, as lids and lashes shade the rest; then skin beside a region, against skin below the eyes, says how
much more or less light falls on that region.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE, srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.tryon.constants import regions
from arviz.tryon.makeup.coverage import coverage, smooth, window

SCLERA = (0.80, 0.78, 0.76)
"""Reflectance of the white of an eye, linear Rec.709."""
_BRIGHTEST = 0.2
_PATCH = 0.025
"""Half the side of a patch of skin, in distances between the eyes."""
_DECODE = srgb_to_linear(np.arange(256) / 255)


class FaceLight(NamedTuple):
    """What lights a face.

    `white` (3,): linear Rec.709 of a white matte surface beside the eyes, as this picture would show it; `skin`: luminance of
    the skin below the eyes, in the same unit.
    """

    white: Array
    skin: float


def linear(pixels: Array) -> Array:
    """Return 8-bit sRGB (..., 3) as linear light, float32."""
    out: Array = _DECODE[pixels]
    return out


def face_light(pixels: Array, face: Landmarks) -> FaceLight | None:
    """Return the light on a face; None where its eyes show no white (closed, or out of the picture).

    Parameters
    ----------
    pixels : ndarray (H, W, 3) uint8
        sRGB.
    face : Landmarks
    """
    whites = [_white(pixels, face, side) for side in ("right", "left")]
    seen = np.concatenate([white for white in whites if white is not None] or [np.empty((0, 3), np.float32)])
    skin = skin_luminance(pixels, face, "under_eyes")
    if len(seen) < 8 or skin is None:
        return None
    luminance = seen @ LUMINANCE
    brightest = seen[np.argsort(-luminance, kind="stable")[: max(int(np.ceil(_BRIGHTEST * len(seen))), 1)]]
    return FaceLight(np.median(brightest, axis=0) / np.array(SCLERA), skin)


def _white(pixels: Array, face: Landmarks, side: str) -> Array | None:
    """Return the linear pixels (N, 3) that lie wholly in the white of one eye."""
    outline = smooth(face.points_px[regions()[f"eye_{side}"]])
    cut = window(outline, margin_px=1, width_px=pixels.shape[1], height_px=pixels.shape[0])
    if cut is None:
        return None
    centre, *rim = face.points_px[regions()[f"iris_{side}"]]
    radius = float(np.linalg.norm(np.array(rim) - centre, axis=1).mean())
    y, x = np.mgrid[cut.y0 : cut.y1, cut.x0 : cut.x1]
    beside = np.hypot(x - centre[0], y - centre[1]) > 1.15 * radius
    return linear(pixels[cut.of][(coverage([outline], within=cut) == 1) & beside])


def skin_luminance(pixels: Array, face: Landmarks, ring: str) -> float | None:
    """Return the median luminance of small patches about some landmarks; None where the picture has none of them."""
    eyes = np.linalg.norm(face.points_px[regions()["eye_left"][8]] - face.points_px[regions()["eye_right"][0]])
    half = max(round(_PATCH * float(eyes)), 1)
    height, width = pixels.shape[:2]
    patches = []
    for x, y in np.floor(face.points_px[regions()[ring]] + 0.5).astype(int):
        patch = pixels[max(y - half, 0) : max(y + half + 1, 0), max(x - half, 0) : max(x + half + 1, 0)]
        if patch.size and 0 <= x < width and 0 <= y < height:
            patches.append(linear(patch).reshape(-1, 3) @ LUMINANCE)
    return float(np.median(np.concatenate(patches))) if patches else None
