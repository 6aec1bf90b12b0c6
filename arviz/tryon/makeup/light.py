"""The light on a face, from the whites of its eyes: what a perfectly white matte surface there would show, id ``arviz.light/1``.

The white of an eye is nearly the same in all people, skin is not: so shades come out equally well on every skin. Of each eye the
brightest tenth is taken, as lids and lashes shade the rest, and what they take of the light even there is a constant, and more in eyes
that are narrowed by a smile or by the sun. Skin says how the light differs over the face, by its red less its blue: both against those
of the light, so that shine, which has the colour of the light, cancels out. And no skin sends back more than the fairest: the light is
never less than that asks for.

Where no white can be seen, skin itself has to do: human skin has a narrow range of hues, but any brightness from .05 to .6.

Measured on 60 synthetic heads and turned down, as worse: the brightest fifth, the medians of the whites, their halves beside the
iris, one light for each eye, a linear model of the light by the normals of the face, and skin beside the mouth against skin below
the eyes at any difference (it adds .15 to the ln of the light where both are lit alike).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE, srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.tryon.constants import look, regions
from arviz.tryon.makeup.coverage import coverage, smooth, window
from arviz.tryon.makeup.eyes import openness

LightSource = Literal["eyes", "skin"]
_DECODE = srgb_to_linear(np.arange(256) / 255)
_EYES = ("right", "left")


class FaceLight(NamedTuple):
    """What lights a face.

    `white` (3,): linear Rec.709 of a white matte surface that looks as the face does, as this picture would show it; `skin`: red less
    blue of the skin below the eyes (`redness`); `sigma`: relative standard deviation of the luminance of `white`, `sigma_hue` that of
    the ratios between its channels; `source`: what told it.
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
    whites = [white for side in _EYES if (white := _white(pixels, face, side)) is not None]
    below = [skin for side in _EYES if (skin := skin_colour(pixels, face, f"under_eye_{side}")) is not None]
    if not below:
        return None
    if not whites:
        return _by_skin(np.mean(below, axis=0))
    white = np.mean(whites, axis=0)
    sides = np.array([redness(skin, white) for skin in below])
    if sides.mean() < constants["least_redness"] * float(np.mean(below, axis=0) @ LUMINANCE):
        return _by_skin(np.mean(below, axis=0))  # what was taken for a white is a lid
    # Of a face that is lit from one side, the whites that are lit face the lamp; the mouth, between both sides, gets their mean.
    uneven = float(np.log(sides.max() / sides.min()))
    narrowed = constants["narrow"]
    narrow = max(narrowed["below"] - float(np.mean([openness(face, side) for side in _EYES])), 0.0)
    sigma = float(np.linalg.norm([constants["sigma"], constants["sigma_uneven"] * uneven, narrowed["sigma"] * narrow]))
    white = white * (np.exp(narrowed["shade"] * narrow) * sides.mean() / sides.max())
    least = float(np.mean(below, axis=0) @ LUMINANCE) / constants["fairest"]
    white = white * max(1.0, least / max(float(white @ LUMINANCE), 1e-6))
    return FaceLight(white, float(sides.mean()), sigma, constants["sigma_hue"], "eyes")


def redness(colour: Array, white: Array) -> float:
    """Return red less blue of linear colours (3,) of skin, each against that of a white surface: what the skin itself sends back."""
    hue = white / (white @ LUMINANCE)
    return float(max(colour[0] / hue[0] - colour[2] / hue[2], 1e-4))


def light_beside(light: FaceLight, pixels: Array, face: Landmarks, ring: str) -> Array | None:
    """Return the light (3,) by some landmarks of skin; None where the picture has none of them.

    It is that of the face, unless the skin there is clearly brighter or darker than below the eyes: a shadow of a hat or a hand.
    """
    skin = skin_colour(pixels, face, ring)
    if skin is None:
        return None
    apart = float(np.log(redness(skin, light.white) / light.skin))
    clear = np.sign(apart) * max(abs(apart) - look()["light"]["alike"], 0)
    out: Array = light.white * np.exp(clear)
    return out


def _by_skin(colour: Array) -> FaceLight:
    """Return the light by what skin (3,) is like in general.

    ln of its albedo and ln of the light's luminance are taken as normal; what the picture shows is their sum.
    """
    prior = look()["light"]["prior"]
    a, w = prior["skin_luminance"], prior["white_luminance"]
    weight = w["sigma_ln"] ** 2 / (a["sigma_ln"] ** 2 + w["sigma_ln"] ** 2)
    surprise = np.log(max(float(colour @ LUMINANCE), 1e-4)) - np.log(w["mean"]) - np.log(a["mean"])
    white = np.maximum(colour, 1e-4) / np.array(prior["skin_rgb"])
    white = white / (white @ LUMINANCE) * w["mean"] * np.exp(weight * surprise)
    return FaceLight(white, redness(colour, white), float(a["sigma_ln"] * np.sqrt(weight)), prior["sigma_hue"], "skin")


def _white(pixels: Array, face: Landmarks, side: str) -> Array | None:
    """Return the linear light (3,) of a white surface by one eye; None where it is shut, or too few pixels show its white."""
    constants = look()["light"]
    outline = smooth(face.points_px[regions()[f"eye_{side}"]])
    cut = window(outline, margin_px=1, width_px=pixels.shape[1], height_px=pixels.shape[0])
    if cut is None or openness(face, side) < constants["narrow"]["shut"]:
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
    out: Array = np.median(brightest, axis=0) / (np.array(constants["sclera"]) * constants["between_lids"])
    return out


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
