"""Equal pictures, samplers and textures become one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np

from arviz.core.asset import Asset
from arviz.core.errors import ArvizError
from arviz.core.image import decode, measure
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import EncodedImage
from arviz.ops.retarget import retarget_material, retarget_texture

_GLANCE_PX = 64
"""Pictures are compared at this size first."""


def merge_textures(asset: Asset, *, limits: Limits = DEFAULT_LIMITS) -> Asset:
    """Return `asset` with one of all pictures that are the same in every pixel, and one of all textures that show the same alike.

    Of equal pictures the smallest file is used by all; the others stay in the list, unused, for `drop_unused_textures`.
    """
    image_at = _same_pixels(asset.images, limits)
    sampler_at = _first_of([(s.mag_filter, s.min_filter, s.wrap_s, s.wrap_t, s.extensions, s.extras) for s in asset.samplers])
    textures = [
        replace(retarget_texture(t, image_at), sampler=None if t.sampler is None else sampler_at.get(t.sampler, t.sampler))
        for t in asset.textures
    ]
    texture_at = _first_of([(t.image, t.sampler, t.extensions, t.extras) for t in textures])
    if all(old == new for at in (image_at, sampler_at, texture_at) for old, new in at.items()):
        return asset
    materials = tuple(retarget_material(material, texture_at) for material in asset.materials)
    return replace(asset, textures=tuple(textures), materials=materials)


def _first_of(items: list[Hashable]) -> dict[int, int]:
    """Return index -> the first index with an equal item."""
    first: dict[Hashable, int] = {}
    return {index: first.setdefault(repr(item), index) for index, item in enumerate(items)}


def _same_pixels(images: tuple[EncodedImage, ...], limits: Limits) -> dict[int, int]:
    """Return image index -> the image of the same pixels, with the same extensions, that has the smallest file."""
    alike: dict[Hashable, list[int]] = {}
    for index, image in enumerate(images):
        alike.setdefault(_size(image, index), []).append(index)
    out = {index: index for index in range(len(images))}
    for size, group in alike.items():
        if isinstance(size, int) or len(group) < 2:
            continue
        # Small first: a JPEG costs a fraction then, and few that differ are alike.
        for near in _equal(group, images, limits, mean_at_px=_GLANCE_PX):
            for equal in _equal(near, images, limits, mean_at_px=None) if len(near) > 1 else ():
                best = min(equal, key=lambda index: (len(images[index].data or b""), index))
                out |= dict.fromkeys(equal, best)
    return out


def _size(image: EncodedImage, index: int) -> Hashable:
    """Return what pictures share that may be equal, read off their headers; `index` where one cannot be told."""
    try:
        # Of one media type: another is named by another extension of the texture.
        return index if image.data is None else (*measure(image.data), image.mime_type, repr(image.extensions), repr(image.extras))
    except ArvizError:
        return index


def _equal(group: Sequence[int], images: Sequence[EncodedImage], limits: Limits, *, mean_at_px: int | None) -> list[list[int]]:
    """Return a group of images, split into those of equal pixels."""
    by_pixels: dict[bytes, list[int]] = {}
    of_bytes: dict[bytes | None, bytes] = {}
    for index in group:
        data = images[index].data
        if data not in of_bytes:
            of_bytes[data] = _pixel_hash(images[index], limits, mean_at_px) or f"picture {index}".encode()
        by_pixels.setdefault(of_bytes[data], []).append(index)
    return list(by_pixels.values())


def _pixel_hash(image: EncodedImage, limits: Limits, mean_at_px: int | None) -> bytes | None:
    assert image.data is not None
    try:
        pixels = decode(image.data, limits=limits, mean_at_px=mean_at_px).pixels
    except ArvizError:
        return None
    return blake2b(np.ascontiguousarray(pixels).data, digest_size=16, key=str(pixels.shape).encode()).digest()
