"""How a surface looks to an engine without shaders: matte, in its base colour, by textures read in numpy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import Material, Sampler, TextureInfo, extension_number
from arviz.core.texture_transform import uv_matrix
from arviz.render.bodies import Body
from arviz.render.texture_pixels import CLAMP, NEAREST, REPEAT, sampler_of, texture_pixels

_LINEAR = srgb_to_linear(np.arange(256, dtype=np.float32) / 255).astype(np.float32)


class Picture(NamedTuple):
    """A texture in use."""

    pixels: Array
    """(H, W, 4) uint8 sRGB with straight alpha."""
    sampler: Sampler
    uv: Array
    """(V, 2) float64 of the body's vertices, texture transform applied."""


class Look(NamedTuple):
    """A body's surface."""

    material: Material
    base: Picture | None
    emission: Picture | None
    colours: Array | None
    """(V, 4) float32 vertex colours."""


def looks(parts: Iterable[Body], *, cap_px: int, limits: Limits = DEFAULT_LIMITS) -> list[Look]:
    """Return how each body looks; each texture is decoded once, no side above `cap_px`."""
    known: dict[tuple[int, int], Array | None] = {}

    def picture(body: Body, info: TextureInfo | None) -> Picture | None:
        if info is None or not 0 <= info.texture < len(body.asset.textures):
            return None
        key = (id(body.asset.images), info.texture)
        if key not in known:
            known[key] = texture_pixels(body.asset, info.texture, cap_px=cap_px, limits=limits)
        pixels = known[key]
        uv_set, matrix = uv_matrix(info)
        uv = body.piece.arrays.get(f"TEXCOORD_{uv_set}")
        if pixels is None or uv is None or not np.isfinite(matrix).all():
            return None
        return Picture(pixels, sampler_of(body.asset, info.texture), uv.astype(np.float64) @ matrix[:2, :2].T + matrix[:2, 2])

    return [
        Look(b.material, picture(b, b.material.base_color_texture), picture(b, b.material.emissive_texture), b.piece.arrays.get("COLOR_0"))
        for b in parts
    ]


def base_colour(look: Look, corners: Array, weights: Array) -> Array:
    """Return (N, 4) linear base colour with alpha at `weights` (N, 3) between the vertices `corners` (N, 3) of the body."""
    colour = np.broadcast_to(np.asarray(look.material.base_color_factor, np.float32), (len(corners), 4))
    if look.base is not None:
        colour = colour * _sampled(look.base, corners, weights)
    if look.colours is not None:
        colour = colour * np.einsum("nk,nkc->nc", weights, look.colours[corners]).astype(np.float32)
    return np.clip(colour, 0, 1)


def emission(look: Look, corners: Array, weights: Array) -> Array:
    """Return (N, 3) linear light that the surface sends out by itself."""
    material = look.material
    strength = extension_number(material.extensions.get("KHR_materials_emissive_strength"), "emissiveStrength", 1.0)
    factor = np.asarray(material.emissive_factor, np.float32) * np.float32(strength)
    if look.emission is None or not factor.any():
        return np.broadcast_to(factor, (len(corners), 3))
    return factor * _sampled(look.emission, corners, weights)[:, :3]


def _sampled(picture: Picture, corners: Array, weights: Array) -> Array:
    """Return (N, 4) float32, linear: bilinear over the nearest texels, without smaller levels."""
    uv = np.einsum("nk,nkc->nc", weights, picture.uv[corners])
    uv = np.where(np.isfinite(uv), uv, 0)
    height, width = picture.pixels.shape[:2]
    nearest = picture.sampler.mag_filter == NEAREST
    x, fx = _texels(uv[:, 0], width, picture.sampler.wrap_s, nearest=nearest)
    y, fy = _texels(uv[:, 1], height, picture.sampler.wrap_t, nearest=nearest)
    out = np.zeros((len(uv), 4), np.float32)
    for row, wy in ((y[0], 1 - fy), (y[1], fy)):
        for column, wx in ((x[0], 1 - fx), (x[1], fx)):
            texels = picture.pixels[row, column]
            weight = (wx * wy).astype(np.float32)[:, None]
            out[:, :3] += weight * _LINEAR[texels[:, :3]]
            out[:, 3:] += weight * (texels[:, 3:] / np.float32(255))
    return out


def _texels(position: Array, size: int, wrap: int, *, nearest: bool) -> tuple[tuple[Array, Array], Array]:
    """Return the two texels beside each position (0..1 over the picture) along one axis, and how far it is to the second."""
    if wrap == REPEAT:
        position = position - np.floor(position)
    elif wrap == CLAMP:
        position = position.clip(0, 1)
    else:
        position = 1 - np.abs(np.mod(position, 2) - 1)
    at = position * size - (0 if nearest else 0.5)
    low = np.floor(at).astype(np.int64)
    share = np.zeros_like(at) if nearest else at - low
    pair = (low, low + 1)
    if wrap == REPEAT:
        return (pair[0] % size, pair[1] % size), share
    return (pair[0].clip(0, size - 1), pair[1].clip(0, size - 1)), share
