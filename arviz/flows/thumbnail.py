"""Journey: a product file becomes a picture of the right size, format and weight for where it is shown."""

from __future__ import annotations

import io
from contextlib import nullcontext
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

import numpy as np

from arviz.core.above import InNotebook
from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.errors import ImageError, InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.report import Finding
from arviz.flows.outputs import refuse_existing, write_files
from arviz.flows.render import ENVIRONMENT, ORBIT, check_variant, load_background, read_product
from arviz.flows.stage import staged
from arviz.render.fill import filled
from arviz.render.framing import Orbit, drawn_points, orbit_camera, parse_orbit
from arviz.render.picture import picture
from arviz.render.renderer import RENDERERS, Renderer

HIGHEST_QUALITY = 95
"""Above it files grow and nobody sees more (Pillow and libjpeg warn of JPEG above 95)."""

FILLED_SHARE = 0.85
"""Google Merchant Center asks for 75 to 90 % of the picture (support.google.com/merchants/answer/6324350)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What a place asks of a picture; `lowest_quality` is where fabrics still look like fabrics."""

    width_px: int
    height_px: int
    format: Literal["WEBP", "JPEG"]
    suffixes: tuple[str, ...]
    max_bytes: int
    lowest_quality: int
    background: str
    why: str


PRESETS = {
    "phone": Preset(
        width_px=512,
        height_px=512,
        format="WEBP",
        suffixes=(".webp",),
        max_bytes=40_000,
        lowest_quality=50,
        background="transparent",
        why="one of two columns on a phone 400 points wide, at 2.5 pixels a point; ten load in a second at 4 Mbit/s",
    ),
    "desktop": Preset(
        width_px=1024,
        height_px=1024,
        format="WEBP",
        suffixes=(".webp",),
        max_bytes=120_000,
        lowest_quality=50,
        background="transparent",
        why="512 points at two pixels a point: half of a product page",
    ),
    "social": Preset(
        width_px=1200,
        height_px=630,
        format="JPEG",
        suffixes=(".jpg", ".jpeg"),
        max_bytes=300_000,
        lowest_quality=60,
        background="#ffffff",
        why="the picture of a shared link, og:image: small enough for WhatsApp; JPEG, as not every preview knows WebP",
    ),
}
"""The devices of ``--for``; what the platforms ask is in docs/guide/thumbnail.md with its sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail(InNotebook):
    """A finished picture: where it is, its weight, the quality that keeps it, and what was found on the way."""

    file: Path
    preset: str
    bytes: int
    quality: int
    width_px: int
    height_px: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True if no finding is an error: the weight is kept."""
        return all(finding.severity != "error" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form."""
        return {
            "ok": self.ok,
            "file": str(self.file),
            "for": self.preset,
            "bytes": self.bytes,
            "quality": self.quality,
            "width_px": self.width_px,
            "height_px": self.height_px,
            "findings": [finding.to_json() for finding in self.findings],
        }


def thumbnail(
    source: str | PathLike[str] | bytes | Asset,
    *,
    preset: str,
    out: str | PathLike[str],
    orbit: str = ORBIT,
    variant: str | None = None,
    environment: str | PathLike[str] = ENVIRONMENT,
    background: str | PathLike[str] | None = None,
    shadow: float | None = None,
    engine: str = "gl",
    renderer: Renderer | None = None,
    force: bool = False,
) -> Thumbnail:
    """Draw a product for a kind of device, large, and encode it as well as its weight allows.

    Parameters
    ----------
    source : path, bytes (GLB) or Asset
        What to draw.
    preset : str
        ``"phone"`` (512 x 512 WebP, 40 kB), ``"desktop"`` (1024 x 1024 WebP, 120 kB) or ``"social"``
        (1200 x 630 JPEG, 300 kB); see `PRESETS`.
    out : path
        Where the picture goes; without a suffix it gets the preset's.
    orbit, variant, environment, shadow, engine, force
        As in `arviz.flows.render.render`.
    renderer : Renderer, optional
        An open one, instead of `engine`; it stays open.
    background : str or path, optional
        ``"transparent"``, ``"#rrggbb"``, or a picture that is scaled to cover. Default: transparent in WebP, white
        in JPEG.

    Returns
    -------
    Thumbnail
        The picture has the highest quality, up to 95, that keeps the weight. Where even the lowest sensible quality
        is too heavy it is written all the same, with the finding ``E_THUMBNAIL_WEIGHT``.

    Raises
    ------
    InputError, ImageError
        The file cannot be read; an option is not understood; `out` exists or has another format's suffix.
    BackendError, DependencyError
        No OpenGL context can be made.
    """
    if preset not in PRESETS:
        raise InputError("E_PRESET", "no such preset", expected=", ".join(PRESETS), found=repr(preset))
    wanted = PRESETS[preset]
    path = _path(out, wanted, preset)
    behind = wanted.background if background is None else background
    if str(behind) == "transparent" and wanted.format == "JPEG":
        raise ImageError(
            "E_PICTURE_ALPHA", "JPEG cannot be transparent", where=path, hint="Leave out the background for white, or give '#rrggbb'."
        )
    refuse_existing([path], force=force, source=Path(source) if isinstance(source, str | PathLike) else None)
    eye = parse_orbit(orbit)
    shown = load_background(behind)
    asset, findings = read_product(source)
    check_variant(asset, variant)
    with RENDERERS.get(engine)() if renderer is None else nullcontext(renderer) as opened:
        data, quality = drawn_for(
            wanted, asset, opened, orbit=eye, variant=variant, environment=environment, background=shown, shadow=shadow
        )
    if len(data) > wanted.max_bytes:
        findings = (*findings, _too_heavy(len(data), quality, wanted, preset))
    write_files({path: data})
    return Thumbnail(
        file=path,
        preset=preset,
        bytes=len(data),
        quality=quality,
        width_px=wanted.width_px,
        height_px=wanted.height_px,
        findings=findings,
    )


def drawn_for(
    wanted: Preset,
    asset: Asset,
    renderer: Renderer,
    *,
    orbit: Orbit,
    variant: str | None = None,
    environment: str | PathLike[str] = ENVIRONMENT,
    background: Image | tuple[int, int, int] | None,
    shadow: float | None = None,
) -> tuple[bytes, int]:
    """Draw one asset with an open renderer, large; return it encoded as well as the weight allows, and with which quality."""
    camera, pose = _camera(asset, wanted, orbit)
    scene, options = staged(asset, renderer, variant=variant, environment=environment, shadow=shadow)
    return best(picture(renderer, scene, camera, world_from_camera=pose, options=options, background=background), wanted)


def _camera(asset: Asset, wanted: Preset, eye: Orbit) -> tuple[Camera, Array]:
    """Return where the eye stands, as in every other picture, and a lens that shows the product large."""
    points = drawn_points(asset)
    camera, pose = orbit_camera(
        points, azimuth_rad=eye.azimuth_rad, polar_rad=eye.polar_rad, width_px=wanted.width_px, height_px=wanted.height_px
    )
    return filled(camera, points, world_from_camera=pose, share=FILLED_SHARE), pose


def _path(out: str | PathLike[str], wanted: Preset, preset: str) -> Path:
    path = Path(fspath(out))
    if path.is_dir() or fspath(out).endswith(("/", "\\")):
        raise InputError(
            "E_OUTPUT_FOLDER", "this is a folder, not a file", where=path, hint=f"Name the picture inside it: {path / 'picture'}."
        )
    if not path.suffix:
        return path.with_name(path.name + wanted.suffixes[0])
    if path.suffix.lower() not in wanted.suffixes:
        raise ImageError(
            "E_PICTURE_FORMAT",
            f"thumbnails for {preset} are not written in this format",
            where=path,
            expected=" or ".join(wanted.suffixes),
            found=path.suffix,
        )
    return path


def best(image: Image, wanted: Preset) -> tuple[bytes, int]:
    """Return the bytes of the highest quality within the weight, found by halving; of the lowest if none is."""
    low, high = wanted.lowest_quality, HIGHEST_QUALITY
    best, quality = encoded(image, wanted.format, quality=high), high
    if len(best) <= wanted.max_bytes:
        return best, quality
    best, quality = encoded(image, wanted.format, quality=low), low
    while high - low > 1 and len(best) <= wanted.max_bytes:
        middle = (low + high) // 2
        data = encoded(image, wanted.format, quality=middle)
        if len(data) <= wanted.max_bytes:
            best, quality, low = data, middle, middle
        else:
            high = middle
    return best, quality


def encoded(image: Image, format: str, *, quality: int) -> bytes:
    """Encode a finished picture as small as its quality allows: WebP at full effort, progressive JPEG."""
    from PIL import Image as PillowImage

    # Alpha at 95 is off by 1 of 255 at most, and encoded ten times faster than without loss: the shadow of a chair took 4 of 4.5 s.
    options: dict[str, Any] = {"method": 6, "alpha_quality": 95} if format == "WEBP" else {"optimize": True, "progressive": True}
    out = io.BytesIO()
    PillowImage.fromarray(np.ascontiguousarray(image.pixels)).save(out, format, quality=quality, **options)
    return out.getvalue()


def _too_heavy(count: int, quality: int, wanted: Preset, preset: str) -> Finding:
    return Finding(
        code="E_THUMBNAIL_WEIGHT",
        severity="error",
        message=f"{count:,} bytes at quality {quality}, the lowest that is sensible: {preset} allows {wanted.max_bytes:,}",
        hint="Choose a plainer --background or another --orbit, or make a smaller picture with arviz render.",
    )
