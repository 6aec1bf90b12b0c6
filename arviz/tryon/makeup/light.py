"""The light on a face, from the whites of its eyes: what a perfectly white matte surface there would show, id ``arviz.light/1``.

The white of an eye is nearly the same in all people, skin is not: so shades come out equally well on every skin. Of each eye the
brightest fifth is taken, as lids and lashes shade the rest. Skin below the same eye then says how bright skin is under a known
light, and skin beside a region how much light falls there: so a face that is lit from one side is no trouble.

Where no white can be seen, skin itself has to do: human skin has a narrow range of hues, but any brightness from .05 to .6.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE, srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.tryon.constants import look, regions
from arviz.tryon.makeup.coverage import coverage, smooth, window

LightSource = Literal["eyes", "skin"]
_DECODE = srgb_to_linear(np.arange(256) / 255)
_EYES = ("right", "left")


class FaceLight(NamedTuple):
    """What lights a face.

    `white` (3,): linear Rec.709 of a white matte surface beside the eyes, as this picture would show it; `skin`: luminance of the
    skin below the eyes, in the same unit; `sigma`: relative standard deviation of the luminance of `white`, `sigma_hue` that of the
    ratios between its channels; `source`: what told it.
    """

    white: Array
    skin: float
    sigma: float
    sigma_hue: float
    source: LightSource


def linear(pixels: Array) -> Array:
    """Return 8-bit sRGB (..., 3) as linear light, float32."""
    out: Array = _DECODE[pixels]
    return out


def face_light(pixels: Array, face: Landmarks) -> FaceLight | None:
    """Return the light on a face; None where the picture shows neither the whites of its eyes nor the skin below them.

    Parameters
    ----------
    pixels : ndarray (H, W, 3) uint8
        sRGB.
    face : Landmarks
    """
    constants = look()["light"]
    found = []
    for side in _EYES:
        white, skin = _white(pixels, face, side), skin_colour(pixels, face, f"under_eye_{side}")
        if white is not None and skin is not None:
            found.append((white[0] / (skin @ LUMINANCE), white[1], skin))
    if not found:
        return _by_skin(pixels, face)
    counts = np.array([count for _, count, _ in found], float)
    share = counts / counts.sum()
    per_skin = np.exp(share @ np.log([ratio for ratio, _, _ in found]))
    below = float(share @ np.array([colour @ LUMINANCE for _, _, colour in found]))
    return FaceLight(per_skin * below, below, constants["sigma"], constants["sigma_hue"], "eyes")


def _by_skin(pixels: Array, face: Landmarks) -> FaceLight | None:
    """Return the light by what skin is like in general.

    ln of albedo and ln of the light's luminance are taken as normal; what the picture shows is their sum.
    """
    colour = skin_colour(pixels, face, "under_eyes")
    if colour is None:
        return None
    prior = look()["light"]["prior"]
    skin = float(colour @ LUMINANCE)
    a, w = prior["skin_luminance"], prior["white_luminance"]
    weight = w["sigma_ln"] ** 2 / (a["sigma_ln"] ** 2 + w["sigma_ln"] ** 2)
    ln_white = np.log(w["mean"]) + weight * (np.log(max(skin, 1e-4)) - np.log(w["mean"]) - np.log(a["mean"]))
    hue = np.array(prior["skin_rgb"])
    white = colour / hue
    white = white / (white @ LUMINANCE) * np.exp(ln_white)
    return FaceLight(white, skin, float(a["sigma_ln"] * np.sqrt(weight)), prior["sigma_hue"], "skin")


def _white(pixels: Array, face: Landmarks, side: str) -> tuple[Array, int] | None:
    """Return the linear light (3,) of a white surface by one eye, and of how many pixels; None where too few show its white."""
    constants = look()["light"]
    outline = smooth(face.points_px[regions()[f"eye_{side}"]])
    cut = window(outline, margin_px=1, width_px=pixels.shape[1], height_px=pixels.shape[0])
    if cut is None:
        return None
    centre, *rim = face.points_px[regions()[f"iris_{side}"]]
    radius = float(np.linalg.norm(np.array(rim) - centre, axis=1).mean())
    y, x = np.mgrid[cut.y0 : cut.y1, cut.x0 : cut.x1]
    beside = np.hypot(x - centre[0], y - centre[1]) > constants["iris"] * radius
    seen = linear(pixels[cut.of][(coverage([outline], within=cut) == 1) & beside])
    if len(seen) < constants["fewest"]:
        return None
    luminance = seen @ LUMINANCE
    brightest = seen[np.argsort(-luminance, kind="stable")[: int(np.ceil(constants["brightest"] * len(seen)))]]
    return np.median(brightest, axis=0) / np.array(constants["sclera"]), len(seen)


def skin_colour(pixels: Array, face: Landmarks, ring: str) -> Array | None:
    """Return the median linear colour (3,) of small patches about some landmarks; None where the picture has none of them."""
    eyes = np.linalg.norm(face.points_px[regions()["eye_left"][8]] - face.points_px[regions()["eye_right"][0]])
    half = max(int(np.floor(look()["light"]["patch"] * float(eyes) + 0.5)), 1)
    height, width = pixels.shape[:2]
    patches = []
    for x, y in np.floor(face.points_px[regions()[ring]] + 0.5).astype(int):
        if 0 <= x < width and 0 <= y < height:
            patch = pixels[max(y - half, 0) : y + half + 1, max(x - half, 0) : x + half + 1]
            patches.append(linear(patch).reshape(-1, 3))
    return np.median(np.concatenate(patches), axis=0) if patches else None
