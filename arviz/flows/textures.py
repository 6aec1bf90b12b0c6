"""Journey: a product file becomes a GLB without what textures carry in vain, its pictures in another format or size if asked."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

from arviz.check.figures import figures
from arviz.check.size import Listed
from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import EncodedImage
from arviz.core.report import Finding
from arviz.flows.optimise.pictures import Source, may_stay
from arviz.flows.optimise.unsearched import USUAL_QUALITY
from arviz.flows.outputs import refuse_existing, refuse_other_formats, write_files
from arviz.flows.simplify import read_solid, written
from arviz.formats.pictures.encoding import MEDIA_TYPES, PictureEncoding, PictureFormat
from arviz.formats.pictures.kinds import picture_kinds
from arviz.formats.pictures.replace import put_pictures
from arviz.ops.drop_textures import broken_images
from arviz.ops.textures import textures
from arviz.ops.textures_channels import read_channels

SCHEMA = "arviz.textures/1"
Format = Literal["keep", "webp", "jpeg", "png", "ktx2"]
FORMATS: tuple[Format, ...] = ("keep", "webp", "jpeg", "png", "ktx2")
_OWN: dict[str, PictureFormat] = {kind: name for name, kind in MEDIA_TYPES.items()}


def textures_file(
    source: str | PathLike[str],
    *,
    out: str | PathLike[str],
    format: Format = "keep",
    quality: int | None = None,
    longest_px: int | None = None,
    unit: str | None = None,
    size: str | Listed | None = None,
    up: str | None = None,
    front: str | None = None,
    force: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Write a product without unused and equal textures as GLB, and return what that saved as JSON-ready data.

    Parameters
    ----------
    source, unit, size, up, front, limits
        As `arviz.convert`.
    out : path
        A ``.glb``.
    format : str
        What pictures become; ``keep`` leaves each in its own, and to the bit where neither quality nor size is asked for.
    quality : int, optional
        1 to 100; default: `USUAL_QUALITY` of what a picture is.
    longest_px : int, optional
        No side of a picture is longer.
    force : bool
        Replace what exists.

    Raises
    ------
    InputError
        The file cannot be read, the output exists or cannot be written, the quality is none.
    DependencyError
        The encoder of KTX2 is not installed.
    """
    path, target = Path(fspath(source)), Path(fspath(out))
    refuse_other_formats(target, (".glb",))
    refuse_existing([target], force=force, source=path)
    _check(quality, longest_px)
    asset = read_solid(path, unit=unit, size=size, up=up, front=front, limits=limits)
    lean = textures(asset, limits=limits)
    broken = broken_images(lean, limits=limits)
    images, findings = list(lean.images), list(broken.values())
    for one in (one for one in _sources(lean) if one.index not in broken):
        images[one.index] = made = _encoded(one, format, quality, longest_px, limits)
        if format == "jpeg" and made.mime_type != MEDIA_TYPES["jpeg"]:
            message, where = "a transparent picture became PNG: JPEG has no alpha", f"images[{one.index}]"
            findings.append(Finding(code="W_TEXTURE_ALPHA", severity="warning", where=where, message=message, hint="WebP has alpha."))
    output, faults = written(put_pictures(lean, images), target.stem, limits)
    write_files({target: output.data})
    before = figures(asset)
    found = () if asset.source is None else asset.source.findings
    return {
        "schema": SCHEMA,
        "input": str(path),
        "bytes_before": path.stat().st_size,
        "path": str(target),
        **{key: output.facts[key] for key in ("bytes", "sha256")},
        "pictures_before": len(asset.images),
        "pictures": len(images),
        **{f"{key}_before": before[key] for key in ("image_bytes", "texture_memory_bytes")},
        **{key: output.facts[key] for key in ("image_bytes", "texture_memory_bytes")},
        "findings": [finding.to_json() for finding in (*found, *findings, *faults.findings)],
    }


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
