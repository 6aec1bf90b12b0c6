"""Textures no larger than a picture can show: shrunk once, by what the renderer would shrink them by for each picture."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace

from arviz.core.asset import Asset
from arviz.core.errors import ImageError
from arviz.core.frozen import Array
from arviz.core.image import measure
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import COLOUR_SLOTS, EncodedImage, Texture
from arviz.render.mipmaps import halved
from arviz.render.texture_pixels import decoded

_WEBP = "EXT_texture_webp"


def shrink_textures(asset: Asset, *, longest_px: int, halvings: Mapping[int, int] | None = None, limits: Limits = DEFAULT_LIMITS) -> Asset:
    """Return an asset whose textures have no side above `longest_px`; `asset` itself if there is nothing to shrink.

    `halvings` says by index of an image how many times it is halved at least. Each is halved until it fits, colour as light and data
    as plain numbers, and becomes a WebP without loss: a picture for which the renderer shrinks textures to `longest_px`, and which
    does not show finer levels, stays the same in every pixel. What is used both as colour and as data, is one of several pictures of
    a texture, or cannot be decoded, stays as it is.
    """
    uses: dict[int, set[bool | None]] = {}
    for texture in asset.textures:
        for index in texture.image_candidates:
            uses.setdefault(index, set()).update({None} if len(texture.image_candidates) > 1 else ())
    for material in asset.materials:
        for slot, info in material.texture_slots():
            for index in asset.textures[info.texture].image_candidates:
                uses[index].add(slot in COLOUR_SLOTS)
    alike = {index: True in kinds for index, kinds in uses.items() if kinds in ({True}, {False})}
    small = {i: _shrunk(asset.images[i], longest_px, (halvings or {}).get(i, 0), limits, srgb=srgb) for i, srgb in alike.items()}
    small = {index: image for index, image in small.items() if image is not asset.images[index]}
    if not small:
        return asset
    return replace(
        asset,
        images=tuple(small.get(index, image) for index, image in enumerate(asset.images)),
        textures=tuple(_of_webp(t, t.image_candidates[0]) if small.keys() & {*t.image_candidates} else t for t in asset.textures),
        extensions_required=tuple(dict.fromkeys((*asset.extensions_required, _WEBP))),
    )


def _of_webp(texture: Texture, index: int) -> Texture:
    return replace(texture, image=None, extensions={_WEBP: {"source": index}})


def _shrunk(image: EncodedImage, longest_px: int, times: int, limits: Limits, *, srgb: bool) -> EncodedImage:
    """Return a picture that fits and is halved so many times, the same one if it does and is already or cannot."""
    try:
        side = 0 if image.data is None else max(measure(image.data))
    except ImageError:
        return image
    most = min(longest_px, max(side >> times, 1))
    pixels = decoded(image, cap_px=longest_px, limits=limits, srgb=srgb) if side > most else None
    if pixels is None:
        return image
    while max(pixels.shape[:2]) > most:
        pixels = halved(pixels, srgb=srgb)  # as mipmaps are made
    return replace(image, data=_encoded(pixels), mime_type="image/webp")


def _encoded(pixels: Array) -> bytes:
    """Return (H, W, 4) uint8 as WebP without loss, of which a decoder makes pixels in two thirds of the time that PNG takes."""
    from PIL import Image as PillowImage

    picture = PillowImage.fromarray(pixels)
    out = io.BytesIO()
    # `exact` keeps the colours of what is clear, which a filter mixes with those beside it.
    (picture if pixels[..., 3].min() < 255 else picture.convert("RGB")).save(out, "WEBP", lossless=True, exact=True, quality=20, method=0)
    return out.getvalue()
