"""Journey: a product file becomes a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import nullcontext
from numbers import Integral
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypedDict, Unpack

from arviz.core.animation import at_time
from arviz.core.asset import Asset
from arviz.core.colour import parse_hex
from arviz.core.errors import ImageError, InputError, MeshError
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.image import Image, decode
from arviz.core.report import Finding
from arviz.core.scene import Item, Layer, ShadowMap
from arviz.core.variants import variant_index
from arviz.flows.layer_files import check_metric, check_suffix, depth_file, ids_file, normals_file, parts
from arviz.flows.outputs import PICTURES, picture_bytes, refuse_existing, refuse_twice, write_files
from arviz.flows.stage import SHADOW, SHADOW_MARGIN, shadow_of, stage, staged
from arviz.formats.files import Files
from arviz.formats.read import read
from arviz.ops.drop_textures import broken_images
from arviz.ops.normals import add_normals
from arviz.ops.weld import weld
from arviz.render.composite import composite
from arviz.render.framing import drawn_points, orbit_camera, parse_orbit
from arviz.render.picture import picture as finished
from arviz.render.renderer import RENDERERS, Antialias, Renderer, RenderOptions, ToneMap, check_options

ORBIT = "30deg 75deg"
ENVIRONMENT = "studio"
SIZE_PX = 1024
BACKGROUND = "transparent"
MAX_SIZE_PX = 8192


class Drawing(NamedTuple):
    """A picture, and what was found in the product on the way (textures that cannot be shown, for example)."""

    image: Image
    findings: tuple[Finding, ...]
    files: Mapping[str, Path] = MappingProxyType({})
    """What was written: ``picture``, ``depth``, ``normals``, ``ids`` -> where."""
    parts: tuple[str, ...] = ()
    """The part that each id stands for, from 1 on; empty unless ids were asked for."""


class MoreOptions(TypedDict, total=False):
    """What `render` hands on to `draw`, which says what each is."""

    rotate_environment_rad: float
    depth: str | PathLike[str] | None
    normals: str | PathLike[str] | None
    ids: str | PathLike[str] | None
    samples: int
    antialias: Antialias
    exposure: float
    tone_map: ToneMap
    animation: str | int | None
    time_s: float
    shadow: float | None
    ambient_occlusion: float
    device: int | None
    renderer: Renderer | None


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
    **options: Unpack[MoreOptions],
) -> Image:
    """Draw a product and return the picture; `arviz.flows.render.draw` also returns what was found on the way.

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
    **options
        As `arviz.flows.render.draw` takes them: `rotate_environment_rad`, `depth`, `normals` and `ids` (further files), `samples`,
        `antialias`, `exposure`, `tone_map`, `animation`, `time_s`, `shadow`, `ambient_occlusion`, `device`, `renderer`.

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
        **options,
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
    rotate_environment_rad: float = 0.0,
    background: str | PathLike[str] = BACKGROUND,
    depth: str | PathLike[str] | None = None,
    normals: str | PathLike[str] | None = None,
    ids: str | PathLike[str] | None = None,
    samples: int = 4,
    antialias: Antialias = "supersample",
    exposure: float = 1.0,
    tone_map: ToneMap = "neutral",
    animation: str | int | None = None,
    time_s: float = 0.0,
    shadow: float | None = None,
    ambient_occlusion: float = 0.0,
    engine: str = "gl",
    device: int | None = None,
    renderer: Renderer | None = None,
    force: bool = False,
) -> Drawing:
    """Draw a product as `render` does; return the picture and the findings, and write the planes beside it.

    Parameters
    ----------
    depth, normals, ids : path, optional
        Also write these, of the surface at each pixel's centre, in the forms of `arviz.flows.layer_files`: depth along z,
        normals in the axes of the eye, and numbers of the product's parts.
    rotate_environment_rad : float
        Turn of the light about +Y.
    samples : int
        Samples per pixel: 1, 4 or 16.
    antialias : str
        ``supersample`` or ``multisample``; see `arviz.render.renderer.RenderOptions`.
    exposure : float
        Factor before the tone map.
    tone_map : str
        ``neutral``, ``aces`` or ``none``.
    animation : str or int, optional
        Name or number (from 0) of the animation that is shown at `time_s`.
    shadow : float, optional
        Strength of the shadow on the floor: 0 is none, 1 as dark as the light says. Default: 1, 0 where the engine has
        no shadows.
    ambient_occlusion : float
        How strong near surfaces shade each other: 0 is off, as in web viewers.
    device : int, optional
        EGL device of the engine ``gl``.
    renderer : Renderer, optional
        An open one, instead of `engine` and `device`; it stays open.
    """
    check_pixels(width, height)
    width, height = int(width), int(height)
    azimuth, polar = parse_orbit(orbit)
    if not math.isfinite(rotate_environment_rad):
        raise InputError("E_ANGLE", "the light cannot be turned by this", expected="an angle", found=rotate_environment_rad)
    options = RenderOptions(
        samples=samples,
        antialias=antialias,
        exposure=exposure,
        tone_map=tone_map,
        depth=depth is not None,
        normals=normals is not None,
        ids=ids is not None,
        shadow=SHADOW if shadow is None else shadow,
        shadow_margin=SHADOW_MARGIN,
        ambient_occlusion=ambient_occlusion,
    )
    check_options(options)
    asked = {"picture": out, "depth": depth, "normals": normals, "ids": ids}
    files = {name: Path(fspath(path)) for name, path in asked.items() if path is not None}
    _check_files(files, transparent=str(background) == "transparent", force=force)
    behind = load_background(background)
    asset, findings = read_product(source)
    check_variant(asset, variant)
    if animation is not None:
        named = {known.name for known in asset.animations}
        number = isinstance(animation, str) and animation.isdecimal() and animation not in named
        asset = at_time(asset, animation=int(animation) if number else animation, time_s=time_s)
    if depth is not None:
        check_metric(asset)
    camera, pose = orbit_camera(asset, azimuth_rad=azimuth, polar_rad=polar, width_px=width, height_px=height)
    split = parts(asset) if ids is not None else (("", asset),)
    items = tuple(Item(asset=part, variant=variant) for _, part in split)
    with _engine(engine, device) if renderer is None else nullcontext(renderer) as opened:
        strength = shadow_of(opened, shadow)
        scene = stage(items, product=asset, environment=environment, rotation_rad=rotate_environment_rad, shadow=strength)
        if files.keys() <= {"picture"}:
            image = finished(opened, scene, camera, world_from_camera=pose, options=options, background=behind)
            layer = None
        else:
            layer = opened.render(scene, camera, world_from_camera=pose, options=options)
            image = composite([layer], background=behind)
    contents = {path: _content(name, path, image, layer, pose, len(split)) for name, path in files.items()}
    write_files({path: contents[path] for path in files.values()})
    return Drawing(image, findings, MappingProxyType(files), tuple(name for name, _ in split) if ids is not None else ())


def _engine(name: str, device: int | None) -> Renderer:
    if device is None:
        renderer: Renderer = RENDERERS.get(name)()
        return renderer
    if name != "gl":
        raise InputError("E_DEVICE_ENGINE", "only the engine 'gl' takes a device", found=f"engine {name!r}, device {device}")
    opened: Renderer = RENDERERS.get(name)(device=device)
    return opened


def _content(name: str, path: Path, image: Image, layer: Layer | None, world_from_camera: Array, count: int) -> bytes:
    """Return the bytes of one file."""
    suffix = path.suffix.lower()
    if name == "picture" or layer is None:
        return picture_bytes(image, path)
    if name == "depth" and layer.depth_m is not None:
        return depth_file(layer.depth_m, suffix)
    if name == "normals" and layer.normals is not None:
        return normals_file(layer.normals, world_from_camera, suffix)
    assert layer.ids is not None
    return ids_file(layer.ids, suffix, most=count)


def read_product(source: str | PathLike[str] | bytes | Asset) -> tuple[Asset, tuple[Finding, ...]]:
    """Return what every picture of a product is drawn from, and what was found on the way."""
    asset = source if isinstance(source, Asset) else read(source, format="glb" if isinstance(source, bytes) else None)
    findings = _findings(asset)
    if not any(len(piece.primitive.triangles) for piece in drawn(asset)):
        raise MeshError(
            "E_NOTHING_DRAWN",
            "there is nothing to draw",
            where=asset.source.name if asset.source is not None else None,
            expected="at least one triangle",
            hint="`arviz inspect` says what the file holds.",
        )
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
    shadow: float | None = None,
    points: Array | None = None,
    sky_shadow: tuple[ShadowMap, ...] | None = None,
) -> Image:
    """Draw one asset with an open renderer, framed as model-viewer frames it; `points` and `sky_shadow` as in `staged`."""
    check_variant(asset, variant)
    azimuth, polar = parse_orbit(orbit)
    points = drawn_points(asset) if points is None else points
    camera, world_from_camera = orbit_camera(points, azimuth_rad=azimuth, polar_rad=polar, width_px=width, height_px=height)
    scene, options = staged(asset, renderer, variant=variant, environment=environment, shadow=shadow, points=points, sky_shadow=sky_shadow)
    return finished(renderer, scene, camera, world_from_camera=world_from_camera, options=options, background=background)


def check_variant(asset: Asset, variant: str | None) -> None:
    """Raise InputError for a variant that the product does not have."""
    variant_index(asset, variant)


def check_pixels(width: int, height: int) -> None:
    """Raise InputError for a picture size that cannot be drawn."""
    sides: tuple[object, ...] = (width, height)
    if not all(isinstance(side, Integral) and not isinstance(side, bool) for side in sides):
        raise InputError("E_PICTURE_SIZE", "a picture has whole pixels", expected="two integers", found=f"{width!r} x {height!r}")
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


def _check_files(files: Mapping[str, Path], *, transparent: bool, force: bool) -> None:
    """Check where everything goes before any work is done."""
    for name, path in files.items():
        if name != "picture":
            check_suffix(name, path)
            continue
        encoding = PICTURES.get(path.suffix.lower())
        if encoding is None:
            raise ImageError(
                "E_PICTURE_FORMAT", "pictures are not written in this format", where=path, expected=", ".join(PICTURES), found=path.suffix
            )
        if encoding == "JPEG" and transparent:
            raise ImageError(
                "E_PICTURE_ALPHA", "JPEG cannot be transparent", where=path, hint="Add --background '#ffffff', or write .png or .webp."
            )
    refuse_twice(files)
    refuse_existing(files.values(), force=force)
