"""Put a layer of make-up on pixels, in linear light: ``blend(pixels, mask, uniforms)`` is pure, id ``arviz.brdf/1``.

A pixel of skin or lips is shading times reflectance plus shine. Its luminance against that of the region's middle is the
shading; what exceeds `shine_from` times the middle is shine, which has the colour of the light. The product keeps the shading and
brings its own reflectance under the estimated light, so a shade looks the same on every skin, and changes with the lamp. A surface
also mirrors a little of all the light around it (`sheen`); gloss mirrors lamps sharply, where the bare region is brightest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE, linear_to_srgb, to_uint8
from arviz.core.frozen import Array
from arviz.core.recipe import Finish
from arviz.tryon.constants import look
from arviz.tryon.makeup.light import linear


class Uniforms(NamedTuple):
    """What one layer on one picture needs beside its mask.

    `light` (3,): linear Rec.709 of a white matte surface in the middle of the region; `middle`: luminance of the bare region's
    middle; `albedo` (3,) of the product; `coverage` 0 to 1; `shine_from`: times the middle, where shine begins; `shine`: share of
    bare shine that stays; `sheen`: share of the light that is mirrored everywhere; `gloss`: share that the brightest pixels mirror;
    `gloss_from`, `gloss_over`: where that begins, and how far from there it is whole, times the middle.
    """

    light: Array
    middle: float
    albedo: Array
    coverage: float
    shine_from: float
    shine: float
    sheen: float
    gloss: float
    gloss_from: float
    gloss_over: float


def uniforms(luminance: Array, *, light: Array, albedo: Array, coverage: float, finish: Finish) -> Uniforms:
    """Return the uniforms of a layer, from the bare luminance (N,) of its core and the light there."""
    brdf = look()["brdf"]
    ordered = np.sort(luminance)
    middle = float(np.median(ordered))
    low, high = (float(ordered[int(np.floor(share * (len(ordered) - 1)))]) / middle for share in brdf["gloss_quantiles"])
    return Uniforms(
        light=np.asarray(light, np.float64),
        middle=middle,
        albedo=np.asarray(albedo, np.float64),
        coverage=coverage,
        shine_from=brdf["shine_from"],
        gloss_from=low,
        gloss_over=max(high - low, brdf["gloss_least"]),
        **brdf["finish"][finish],
    )


def blend(pixels: Array, mask: Array, given: Uniforms) -> Array:
    """Return 8-bit sRGB pixels (H, W, 3) with the product where `mask` (H, W) is above 0."""
    bare = linear(pixels)
    light = np.asarray(given.light, np.float32)
    white = float(light @ LUMINANCE)
    shade = bare @ LUMINANCE.astype(np.float32) / np.float32(given.middle)
    diffuse = np.minimum(shade, np.float32(given.shine_from))
    lobe = np.clip((shade - np.float32(given.gloss_from)) / np.float32(given.gloss_over), 0, 1)
    shine = (shade - diffuse) * np.float32(given.shine * given.middle / white)
    mirrored = shine + np.float32(given.sheen) * diffuse + np.float32(given.gloss) * lobe * lobe
    made = light * (np.asarray(given.albedo, np.float32) * diffuse[..., None] + mirrored[..., None])
    share = (mask * np.float32(given.coverage))[..., None]
    return to_uint8(linear_to_srgb(bare + share * (made - bare)))
