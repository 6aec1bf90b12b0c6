"""Journey: a product file becomes a picture."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path
from typing import NamedTuple

from arviz.core.asset import Asset
from arviz.core.colour import parse_hex
from arviz.core.errors import ImageError, InputError
from arviz.core.image import Image, decode, encode
from arviz.core.report import Finding
from arviz.core.scene import Item, Lighting, Scene
from arviz.flows.outputs import refuse_existing, write_files
from arviz.formats.files import Files
from arviz.formats.read import read
from arviz.ops.drop_textures import broken_images
from arviz.ops.normals import add_normals
from arviz.ops.weld import weld
from arviz.render.composite import composite
from arviz.render.environment import load_environment
from arviz.render.framing import orbit_camera, parse_orbit
from arviz.render.renderer import RENDERERS, Renderer, RenderOptions

ORBIT = "30deg 75deg"
ENVIRONMENT = "studio"
SIZE_PX = 1024
BACKGROUND = "transparent"
_ENCODINGS = {".png": "PNG", ".webp": "WEBP", ".jpg": "JPEG", ".jpeg": "JPEG"}
_LOSSY_QUALITY = 90
MAX_SIZE_PX = 8192


class Drawing(NamedTuple):
    """A picture, and what was found in the product on the way (textures that cannot be shown, for example)."""

    image: Image
    findings: tuple[Finding, ...]


def render(
    source: str | PathLike[str] | bytes | Asset,
    *,
    out: str | PathLike[str] | None = None,
    width: int = SIZE_PX,
    height: int = SIZE_PX,
    orbit: str = ORBIT,
    variant: str | None = None,
    environment: str | PathLike[str] = ENVIRONMENT,
    background: str | PathLike[str] = BACKGROUND,
    engine: str = "gl",
    force: bool = False,
) -> Image:
    """Draw a product and return the picture; `draw` also returns what was found on the way.

    Parameters
    ----------
    source : path, bytes (GLB) or Asset
        What to draw. A file without a unit is drawn as well: a picture has no millimetres.
    out : path, optional
        Also write the picture here; ``.png`` (lossless), ``.webp`` or ``.jpg``.
    width, height : int
        Pixels.
    orbit : str
        Azimuth and polar angle of the eye, as model-viewer's ``camera-orbit``: ``"30deg 75deg"``.
    variant : str, optional
        Name of a material variant.
    environment : str or path
        ``"studio"``, ``"room"``, or a Radiance ``.hdr`` file.
    background : str or path
        ``"transparent"``, ``"#rrggbb"``, or a picture that is scaled to cover.
    engine : str
        Name of a renderer.
    force : bool
        Replace `out` if it exists.

    Returns
    -------
    Image
        (H, W, 4) uint8 sRGB with straight alpha for a transparent background, else (H, W, 3).

    Raises
    ------
    InputError
        The file cannot be read; an option is not understood; `out` exists.
    BackendError, DependencyError
        No OpenGL context can be made.
    """
    return draw(
        source,
        out=out,
        width=width,
        height=height,
        orbit=orbit,
        variant=variant,
        environment=environment,
        background=background,
        engine=engine,
        force=force,
    ).image


def draw(
    source: str | PathLike[str] | bytes | Asset,
    *,
    out: str | PathLike[str] | None = None,
    width: int = SIZE_PX,
    height: int = SIZE_PX,
    orbit: str = ORBIT,
    variant: str | None = None,
    environment: str | PathLike[str] = ENVIRONMENT,
    background: str | PathLike[str] = BACKGROUND,
    engine: str = "gl",
    force: bool = False,
) -> Drawing:
    """Draw a product as `render` does; return the picture and the findings."""
    check_pixels(width, height)
    parse_orbit(orbit)
    save = _saver(out, transparent=str(background) == "transparent", force=force)
    behind = load_background(background)
    asset, findings = read_product(source)
    with RENDERERS.get(engine)() as renderer:
        image = picture(
            asset, renderer, width=width, height=height, orbit=orbit, variant=variant, environment=environment, background=behind
        )
    save(image)
    return Drawing(image, findings)


def read_product(source: str | PathLike[str] | bytes | Asset) -> tuple[Asset, tuple[Finding, ...]]:
    """Return what every picture of a product is drawn from, and what was found on the way."""
    asset = source if isinstance(source, Asset) else read(source, format="glb" if isinstance(source, bytes) else None)
    findings = _findings(asset)
    if asset.source is not None and asset.source.format != "gltf":
        asset = add_normals(weld(asset))  # as `convert` does, so that both show the same surface
    return asset, findings


def _findings(asset: Asset) -> tuple[Finding, ...]:
    known = () if asset.source is None else asset.source.findings
    codes = {finding.code for finding in known}
    return (*known, *(finding for finding in broken_images(asset).values() if finding.code not in codes))


def picture(
    asset: Asset,
    renderer: Renderer,
    *,
    width: int,
    height: int,
    orbit: str = ORBIT,
    variant: str | None = None,
    environment: str | PathLike[str] = ENVIRONMENT,
    background: Image | tuple[int, int, int] | None = None,
) -> Image:
    """Draw one asset with an open renderer, framed as model-viewer frames it."""
    check_variant(asset, variant)
    azimuth, polar = parse_orbit(orbit)
    camera, world_from_camera = orbit_camera(asset, azimuth_rad=azimuth, polar_rad=polar, width_px=width, height_px=height)
    lighting = Lighting(environment=load_environment(environment))
    scene = Scene(items=(Item(asset=asset, variant=variant),), lighting=lighting)
    layer = renderer.render(scene, camera, world_from_camera=world_from_camera, options=RenderOptions(depth=False))
    return composite([layer], background=background)


def check_variant(asset: Asset, variant: str | None) -> None:
    """Raise InputError for a variant that the product does not have."""
    if variant is not None and variant not in asset.variants:
        raise InputError(
            "E_VARIANT_UNKNOWN",
            "the product has no such variant",
            expected=", ".join(asset.variants) or "none: the product has no variants",
            found=repr(variant),
        )


def check_pixels(width: int, height: int) -> None:
    """Raise InputError for a picture size that cannot be drawn."""
    if not (1 <= width <= MAX_SIZE_PX and 1 <= height <= MAX_SIZE_PX):
        raise InputError(
            "E_PICTURE_SIZE", "this picture size cannot be drawn", expected=f"1 to {MAX_SIZE_PX} pixels", found=f"{width} x {height}"
        )


def load_background(background: str | PathLike[str]) -> Image | tuple[int, int, int] | None:
    """Return the picture or the 8-bit colour that `composite` puts behind; None for ``transparent``."""
    text = fspath(background)
    if text == "transparent":
        return None
    if text.startswith("#"):
        return parse_hex(text)
    path = Path(text)
    if not path.suffix and not path.exists():
        raise InputError(
            "E_COLOUR_SYNTAX",
            "neither a colour nor a picture",
            expected="transparent, #rrggbb or a file",
            found=repr(text),
            hint="Colours are written in hexadecimal: white is '#ffffff'.",
        )
    return decode(Files(path, name=path.name).read_input(), where=path.name, oriented=True)


def _saver(out: str | PathLike[str] | None, *, transparent: bool, force: bool) -> Callable[[Image], None]:
    """Check where the picture goes before any work is done; return the function that writes it."""
    if out is None:
        return lambda image: None
    path = Path(fspath(out))
    encoding = _ENCODINGS.get(path.suffix.lower())
    if encoding is None:
        raise ImageError(
            "E_PICTURE_FORMAT", "pictures are not written in this format", where=path, expected=", ".join(_ENCODINGS), found=path.suffix
        )
    if encoding == "JPEG" and transparent:
        raise ImageError(
            "E_PICTURE_ALPHA", "JPEG cannot be transparent", where=path, hint="Add --background '#ffffff', or write .png or .webp."
        )
    refuse_existing([path], force=force)
    quality = None if encoding == "PNG" else _LOSSY_QUALITY
    return lambda image: write_files({path: encode(image, encoding, quality=quality)})
