"""Journey: a product file becomes a GLB without what textures carry in vain, its pictures in another format or size if asked."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Unpack

from arviz.check.figures import figures
from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import EncodedImage
from arviz.core.report import Finding, Report
from arviz.flows.optimise.pictures import Source, may_stay
from arviz.flows.optimise.unsearched import USUAL_QUALITY
from arviz.flows.step import Stated, step
from arviz.formats.pictures.encoding import MEDIA_TYPES, PictureEncoding, PictureFormat
from arviz.formats.pictures.kinds import picture_kinds
from arviz.formats.pictures.replace import put_pictures
from arviz.ops.drop_textures import broken_images
from arviz.ops.textures import textures
from arviz.ops.textures_channels import read_channels

SCHEMA = "arviz.textures/1"
Format = Literal["keep", "webp", "jpeg", "png", "ktx2"]
FORMATS: tuple[Format, ...] = ("keep", "webp", "jpeg", "png", "ktx2")
_PICTURES = ("image_bytes", "texture_memory_bytes")
_OWN: dict[str, PictureFormat] = {kind: name for name, kind in MEDIA_TYPES.items()}


def textures_file(
    source: str | PathLike[str],
    *,
    out: str | PathLike[str],
    format: Format = "keep",
    quality: int | None = None,
    longest_px: int | None = None,
    force: bool = False,
    **stated: Unpack[Stated],
) -> dict[str, Any]:
    """Write a product without unused and equal textures as GLB, and return what that saved as JSON-ready data.

    Parameters
    ----------
    source, out, force, stated
        As `arviz.flows.step.step`, whose errors are raised too.
    format : str
        What pictures become; ``keep`` leaves each in its own, and to the bit where neither quality nor size is asked for.
    quality : int, optional
        1 to 100; default: `USUAL_QUALITY` of what a picture is.
    longest_px : int, optional
        No side of a picture is longer.

    Raises
    ------
    InputError
        The quality or the size is none.
    DependencyError
        The encoder of KTX2 is not installed.
    """
    _check(quality, longest_px)
    limits = stated.get("limits", DEFAULT_LIMITS)

    def lean(asset: Asset) -> tuple[Asset, Report]:
        made = textures(asset, limits=limits)
        broken = broken_images(made, limits=limits)
        images, findings = list(made.images), list(broken.values())
        for one in (one for one in _sources(made) if one.index not in broken):
            images[one.index] = image = _encoded(one, format, quality, longest_px, limits)
            if format == "jpeg" and image.mime_type != MEDIA_TYPES["jpeg"]:
                message, where = "a transparent picture became PNG: JPEG has no alpha", f"images[{one.index}]"
                findings.append(Finding(code="W_TEXTURE_ALPHA", severity="warning", where=where, message=message, hint="WebP has alpha."))
        measured = figures(asset)
        before = {"bytes": Path(source).stat().st_size, "pictures": len(asset.images), **{key: measured[key] for key in _PICTURES}}
        told = {**{f"{key}_before": value for key, value in before.items()}, "pictures": len(images)}
        return put_pictures(made, images), Report(findings=tuple(findings), figures=told)

    return step(SCHEMA, source, lean, out=out, force=force, facts=_PICTURES, **stated)


def _sources(asset: Asset) -> Iterator[Source]:
    kinds, read = picture_kinds(asset), read_channels(asset)
    for index, image in enumerate(asset.images):
        if index in kinds and image.data is not None:
            yield Source(index=index, image=image, kind=kinds[index], read=read[index])


def _encoded(source: Source, format: Format, quality: int | None, longest_px: int | None, limits: Limits) -> EncodedImage:
    """Return a picture as asked; one that is so already stays to the bit unless it gets smaller."""
    image = source.image
    wanted = _OWN.get(image.mime_type, "webp") if format == "keep" else format
    stays = may_stay(image, (wanted,), limits.image_pixels if longest_px is None else longest_px)
    if stays and quality is None:
        return image
    pixels = source.pixels(limits)
    if wanted == "jpeg" and pixels.shape[2] == 4 and pixels[..., 3].min() < 255:
        wanted = "png"
    best = USUAL_QUALITY[source.kind] if quality is None else quality
    made = source.of_pixels(pixels, PictureEncoding(format=wanted, quality=best, longest_px=longest_px))
    return image if stays and len(made.data or b"") >= len(image.data or b"") else made


def _check(quality: int | None, longest_px: int | None) -> None:
    if quality is not None and not 1 <= quality <= 100:
        raise InputError("E_TEXTURE_QUALITY", "a quality is 1 to 100", found=str(quality), hint="Give --quality 80.")
    if longest_px is not None and longest_px < 1:
        raise InputError("E_TEXTURE_SIZE", "a picture has one pixel at least", found=str(longest_px), hint="Give --longest 1024.")
