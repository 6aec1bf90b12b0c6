"""Leave out textures whose picture is missing or broken, so that what is written shows in every viewer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from arviz.core.asset import Asset
from arviz.core.errors import ArvizError, DependencyError
from arviz.core.extensions import used_extensions
from arviz.core.image import check_readable
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import EncodedImage
from arviz.core.report import Finding
from arviz.ops.retarget import retarget_material, retarget_texture

_WRITTEN = ("image/png", "image/jpeg", "image/webp", "image/avif", "image/ktx2")
"""glTF 2.0 section 3.8.2, and the extensions EXT_texture_webp, EXT_texture_avif and KHR_texture_basisu."""


def broken_images(asset: Asset, *, limits: Limits = DEFAULT_LIMITS) -> dict[int, Finding]:
    """Return a finding for every image that cannot be shown: missing, broken, or larger than `limits`.

    Raises
    ------
    DependencyError
        The decoder of one is not installed.
    """
    out = {}
    for index, image in enumerate(asset.images):
        finding = _inspect(index, image, limits)
        if finding is not None:
            out[index] = finding
    return out


def _inspect(index: int, image: EncodedImage, limits: Limits) -> Finding | None:
    where = f"images[{index}] {image.name or image.uri}".strip()
    if image.data is None:
        return Finding(code="W_TEXTURE_MISSING", severity="warning", where=where, message="the texture's picture is missing",
                       hint=f"Put {image.uri or 'the picture'} beside the model.")  # fmt: skip
    if image.mime_type not in _WRITTEN:
        message = f"glTF has no pictures of this kind: {image.mime_type or 'unknown'}"
        return Finding(code="W_TEXTURE_BROKEN", severity="warning", where=where, message=message, hint="Save it as PNG or JPEG.")
    try:
        check_readable(image.data, where=where, limits=limits)
    except DependencyError:
        raise  # the picture may be fine: nobody asked to leave it out
    except ArvizError as error:
        return Finding(
            code="W_TEXTURE_BROKEN", severity="warning", where=where, message=f"{error.what}: {error.found}", hint=error.hint or ""
        )
    return None


def drop_textures(asset: Asset, images: Iterable[int]) -> Asset:
    """Return the asset without `images`, the textures that show nothing else, and the uses of those textures.

    Factors stay: a material without its colour texture is drawn in its plain colour.
    """
    gone_images = set(images)
    if not gone_images:
        return asset
    keep_images = [i for i in range(len(asset.images)) if i not in gone_images]
    image_at = {old: new for new, old in enumerate(keep_images)}
    textures = {i: retarget_texture(texture, image_at) for i, texture in enumerate(asset.textures)}
    keep_textures = [i for i, texture in textures.items() if texture.image_candidates]
    texture_at = {old: new for new, old in enumerate(keep_textures)}
    mended = replace(
        asset,
        images=tuple(asset.images[i] for i in keep_images),
        textures=tuple(textures[i] for i in keep_textures),
        materials=tuple(retarget_material(material, texture_at) for material in asset.materials),
    )
    # A texture format that nothing uses any more must not be demanded of a viewer.
    idle = set(used_extensions(asset)) - set(used_extensions(mended))
    return replace(mended, extensions_required=tuple(name for name in asset.extensions_required if name not in idle))
