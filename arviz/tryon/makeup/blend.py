"""Put a layer of make-up on pixels, in linear light: ``blend(pixels, mask, uniforms)`` is pure, id ``arviz.brdf/1``.

A pixel of skin or lips is shading times reflectance plus shine. Its luminance against that of the region's middle is the
shading; what exceeds `shine_from` times the middle is shine, which has the colour of the light. The product keeps the shading and
brings its own reflectance under the estimated light, so a shade looks the same on every skin, and changes with the lamp. A surface
also mirrors a little of all the light around it (`sheen`); gloss mirrors lamps sharply, where the bare region is brightest.

A product that is brighter than the bare region would brighten its noise and its creases' colour as well: so the brighter it is, the
more the shading is that of the surroundings inside of the mask, by a binomial filter of 7 x 7 pixels.
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
    `gloss_from`, `gloss_over`: where that begins, and how far from there it is whole, times the middle; `even`: share of the shading
    that is taken from the surroundings.
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
    even: float


def uniforms(luminance: Array, *, light: Array, albedo: Array, coverage: float, finish: Finish) -> Uniforms:
    """Return the uniforms of a layer, from the bare luminance (N,) of its core and the light there."""
    brdf = look()["brdf"]
    ordered = np.sort(luminance)
    middle = float(np.median(ordered))
    low, high = (float(ordered[int(np.floor(share * (len(ordered) - 1)))]) / middle for share in brdf["gloss_quantiles"])
    made = float(np.asarray(light) * np.asarray(albedo) @ LUMINANCE)
    return Uniforms(
        light=np.asarray(light, np.float64),
        middle=middle,
        albedo=np.asarray(albedo, np.float64),
        coverage=coverage,
        shine_from=brdf["shine_from"],
        gloss_from=low,
        gloss_over=max(high - low, brdf["gloss_least"]),
        even=max(1 - middle / made, 0.0) if made > 0 else 0.0,
        **brdf["finish"][finish],
    )


def around(values: Array, mask: Array) -> Array:
    """Return values (H, W) filtered inside of a mask (H, W): each pixel's neighbours count as much as the mask covers them."""
    taps = np.array(look()["brdf"]["around"], np.float32)
    half = len(taps) // 2
    sums = np.pad(np.stack([values * mask, mask]).astype(np.float32), ((0, 0), (half, half), (half, half)))
    for axis in (1, 2):
        sums = np.lib.stride_tricks.sliding_window_view(sums, len(taps), axis=axis) @ taps
    return np.where(sums[1] > 0, sums[0] / np.maximum(sums[1], np.float32(1e-6)), values)


def blend(pixels: Array, mask: Array, given: Uniforms) -> Array:
    """Return 8-bit sRGB pixels (H, W, 3) with the product where `mask` (H, W) is above 0."""
    bare = linear(pixels)
    light = np.asarray(given.light, np.float32)
    white = float(light @ LUMINANCE)
    luminance = bare @ LUMINANCE.astype(np.float32)
    if given.even > 0:
        luminance = luminance + np.float32(given.even) * (around(luminance, mask) - luminance)
    shade = luminance / np.float32(given.middle)
    diffuse = np.minimum(shade, np.float32(given.shine_from))
    lobe = np.clip((shade - np.float32(given.gloss_from)) / np.float32(given.gloss_over), 0, 1)
    shine = (shade - diffuse) * np.float32(given.shine * given.middle / white)
    mirrored = shine + np.float32(given.sheen) * diffuse + np.float32(given.gloss) * lobe * lobe
    made = light * (np.asarray(given.albedo, np.float32) * diffuse[..., None] + mirrored[..., None])
    share = (mask * np.float32(given.coverage))[..., None]
    return to_uint8(linear_to_srgb(bare + share * (made - bare)))
