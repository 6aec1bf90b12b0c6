"""A product with some of its pictures encoded anew, and its textures naming them where glTF wants each kind named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from arviz.core.asset import Asset
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import EncodedImage, Texture
from arviz.formats.pictures.encode import encode_picture
from arviz.formats.pictures.encoding import MEDIA_TYPES, PictureEncoding
from arviz.formats.pictures.kinds import picture_kinds

_EXTENSION_OF = {"image/webp": "EXT_texture_webp", "image/avif": "EXT_texture_avif", "image/ktx2": "KHR_texture_basisu"}
"""Where a texture names a picture that is neither PNG nor JPEG."""


def with_pictures(asset: Asset, encodings: Mapping[int, PictureEncoding], *, limits: Limits = DEFAULT_LIMITS) -> Asset:
    """Return `asset` with ``images[index]`` encoded as asked; missing pictures stay missing.

    A texture whose picture became WebP or KTX2 names it in the extension and gets no fallback, so the extension is
    required then; one that was required and is used no longer is not.

    Raises
    ------
    ValueError
        There is no such picture.
    ImageError, LimitError, DependencyError
        As `arviz.formats.pictures.encode.encode_picture`.
    """
    if not encodings:
        return asset
    if wrong := [index for index in encodings if not 0 <= index < len(asset.images)]:
        raise ValueError(f"the asset has {len(asset.images)} pictures, found an encoding for {sorted(wrong)}")
    kinds, images = picture_kinds(asset), list(asset.images)
    for index, encoding in encodings.items():
        data = images[index].data
        if data is not None:
            made = encode_picture(data, encoding, kind=kinds.get(index, "data"), where=f"images[{index}]", limits=limits)
            images[index] = replace(images[index], data=made, mime_type=MEDIA_TYPES[encoding.format])
    return put_pictures(asset, images)


def put_pictures(asset: Asset, images: Sequence[EncodedImage]) -> Asset:
    """Return `asset` with other pictures of the same indices, each named by its textures as its kind wants."""
    asset = replace(asset, images=tuple(images))
    textures = tuple(_named(texture, asset) for texture in asset.textures)
    needed = {e for texture in textures if texture.image is None for e in _EXTENSION_OF.values() if e in texture.extensions}
    kept = tuple(e for e in asset.extensions_required if e not in _EXTENSION_OF.values() or e in needed)
    return replace(asset, textures=textures, extensions_required=(*kept, *sorted(needed - set(kept))))


def _named(texture: Texture, asset: Asset) -> Texture:
    """Return the texture with each of its pictures named by its kind; of two of one kind the better stays."""
    places: dict[str | None, int] = {}
    for image in texture.image_candidates:
        if 0 <= image < len(asset.images):
            places.setdefault(_EXTENSION_OF.get(asset.images[image].mime_type), image)
    others = {name: value for name, value in texture.extensions.items() if name not in _EXTENSION_OF.values()}
    sources = {name: {**texture.extensions.get(name, {}), "source": image} for name, image in places.items() if name is not None}
    return replace(texture, image=places.get(None), extensions={**others, **sources})
