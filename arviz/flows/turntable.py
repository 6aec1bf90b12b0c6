"""Journey: a product file becomes a clip of one full turn that loops without a seam."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

import numpy as np

from arviz.core.above import InNotebook
from arviz.core.asset import Asset
from arviz.core.errors import ImageError, InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.report import Finding
from arviz.core.scene import Scene
from arviz.core.transforms import similarity
from arviz.flows.outputs import refuse_existing, writing
from arviz.flows.render import ENVIRONMENT, check_pixels, check_variant, load_background, read_product
from arviz.flows.stage import staged
from arviz.flows.video.encoder import Encoder, Plan, encoder_for
from arviz.render.framing import Orbit, drawn_points, orbit_camera, parse_orbit
from arviz.render.picture import picture
from arviz.render.renderer import RENDERERS, Renderer, RenderOptions

ORBIT = "0deg 75deg"
FRAMES = 36
SECONDS = 4.0
SIZE_PX = 512
QUALITY = 80
DIRECTIONS = ("right", "left")
MAX_FRAMES = 3600
MAX_SECONDS = 600.0
_WHITE = "#ffffff"

Direction = Literal["right", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turntable(InNotebook):
    """A finished clip: where it is, what it holds and what was found on the way."""

    file: Path
    bytes: int
    codec: str
    width_px: int
    height_px: int
    frames: int
    seconds: float
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form."""
        return {
            "file": str(self.file),
            "bytes": self.bytes,
            "codec": self.codec,
            "width_px": self.width_px,
            "height_px": self.height_px,
            "frames": self.frames,
            "seconds": self.seconds,
            "findings": [finding.to_json() for finding in self.findings],
        }


def turntable(
    source: str | PathLike[str] | bytes | Asset,
    *,
    out: str | PathLike[str],
    frames: int = FRAMES,
    seconds: float = SECONDS,
    width: int = SIZE_PX,
    height: int = SIZE_PX,
    orbit: str = ORBIT,
    direction: Direction = "right",
    variant: str | None = None,
    environment: str | PathLike[str] = ENVIRONMENT,
    background: str | PathLike[str] | None = None,
    shadow: float | None = None,
    quality: int = QUALITY,
    engine: str = "gl",
    renderer: Renderer | None = None,
    force: bool = False,
    drawn: Callable[[int], None] = lambda count: None,
) -> Turntable:
    """Draw a product from all around and write the pictures as one looping clip.

    Frame ``i`` of ``n`` is turned by ``i / n`` of a full turn, so the frame after the last is the first. The camera
    keeps its distance: the product has one size in every frame.

    Parameters
    ----------
    source : path, bytes (GLB) or Asset
        What to draw; read once.
    out : path
        ``.webp`` (transparent), ``.gif`` (1-bit transparency), ``.webm`` or ``.mp4`` (opaque).
    frames : int
        Pictures in a turn.
    seconds : float
        Length of a turn.
    width, height : int
        Pixels; a video in MP4 has even sides, odd ones are drawn one pixel larger.
    orbit : str
        Where the first picture is seen from: azimuth and polar angle, as model-viewer's ``camera-orbit``.
    direction : str
        Where the product's front goes: ``"right"``, as model-viewer's ``auto-rotate``, or ``"left"``.
    variant : str, optional
        Name of a material variant.
    environment : str or path
        ``"studio"``, ``"room"``, or a Radiance ``.hdr`` file.
    background : str or path, optional
        ``"transparent"``, ``"#rrggbb"``, or a picture that is scaled to cover. Default: transparent where the format
        can be, else white.
    shadow : float, optional
        Strength of the shadow on the floor, 0 for none. Default: 1, 0 where a transparent format has only one bit for it.
    quality : int
        1 to 100, of the pictures; GIF has none.
    renderer : Renderer, optional
        An open one to draw with instead of `engine`: of many clips only the first pays for its start.
    drawn : callable
        Called with the number of finished frames, from 0.

    Returns
    -------
    Turntable

    Raises
    ------
    InputError, ImageError
        The file cannot be read; an option is not understood; `out` exists or has an unknown suffix.
    BackendError, DependencyError
        No OpenGL context can be made, or the encoder fails.
    """
    path = Path(fspath(out))
    encoder_type = encoder_for(path)
    start = parse_orbit(orbit)
    _check(frames=frames, seconds=seconds, quality=quality, direction=direction)
    width, height, rounded = _sides(encoder_type, width, height)
    check_pixels(width, height)
    behind = _behind(encoder_type, background, path)
    refuse_existing([path], force=force, source=Path(source) if isinstance(source, str | PathLike) else None)
    plan = Plan(width_px=width, height_px=height, frames=frames, seconds=float(seconds), quality=quality)
    asset, findings = read_product(source)
    check_variant(asset, variant)
    if shadow is None and behind is None and encoder_type.alpha_bits == 1:
        shadow = 0.0  # half a shadow is worse than none
    step = -1 if direction == "right" else 1
    with RENDERERS.get(engine)() if renderer is None else nullcontext(renderer) as opened:
        scene, options = staged(asset, opened, variant=variant, environment=environment, shadow=shadow)
        with writing(path) as file:
            encoder = encoder_type(file, plan)
            drawn(0)
            for count, frame in enumerate(_pictures(scene, opened, plan, start=start, step=step, behind=behind, options=options), 1):
                encoder.add(frame)
                drawn(count)
            encoder.finish()
            size = file.seek(0, 2)
    return Turntable(
        file=path,
        bytes=size,
        codec=encoder.codec,
        width_px=width,
        height_px=height,
        frames=frames,
        seconds=float(seconds),
        findings=(*findings, *rounded, *encoder.findings),
    )


def _pictures(
    scene: Scene,
    renderer: Renderer,
    plan: Plan,
    *,
    start: Orbit,
    step: int,
    behind: Image | tuple[int, int, int] | None,
    options: RenderOptions,
) -> Iterator[Image]:
    """Yield the pictures of a turn; what does not change in it is computed once."""
    points = drawn_points(scene.items[0].asset)
    camera, first = orbit_camera(
        points, azimuth_rad=start.azimuth_rad, polar_rad=start.polar_rad, width_px=plan.width_px, height_px=plan.height_px
    )
    points = points[np.isfinite(points).all(axis=1)]
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    for index in range(plan.frames):
        pose = _turned(first, step * 2 * math.pi * index / plan.frames, about=centre)
        yield picture(renderer, scene, camera, world_from_camera=pose, options=options, background=behind)


def _turned(world_from_camera: Array, angle_rad: float, *, about: Array) -> Array:
    """Return the pose carried around a vertical axis; a camera above the product turns as well, not only its place."""
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    turn = np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
    world_from_turned = similarity(rotation=turn, translation=about - turn @ about)
    return world_from_turned @ world_from_camera


def _check(*, frames: int, seconds: float, quality: int, direction: str) -> None:
    if not 1 <= frames <= MAX_FRAMES:
        raise InputError("E_FRAME_COUNT", "a turn cannot have this many pictures", expected=f"1 to {MAX_FRAMES}", found=str(frames))
    if not 0 < seconds <= MAX_SECONDS:
        raise InputError(
            "E_DURATION", "a turn cannot take this long", expected=f"above 0, to {MAX_SECONDS:g} seconds", found=f"{seconds:g}"
        )
    if frames / seconds > 1000:
        raise InputError("E_DURATION", "frames shorter than a millisecond cannot be written", found=f"{frames} frames in {seconds:g} s")
    if not 1 <= quality <= 100:
        raise InputError("E_QUALITY", "not a quality", expected="1 to 100", found=str(quality))
    if direction not in DIRECTIONS:
        raise InputError("E_DIRECTION", "not a direction", expected=" or ".join(DIRECTIONS), found=repr(direction))


def _sides(encoder: type[Encoder], width: int, height: int) -> tuple[int, int, tuple[Finding, ...]]:
    """Return the size to draw: even where the format asks for it, with a finding if that is another."""
    if not encoder.even or (width % 2 == 0 and height % 2 == 0):
        return width, height, ()
    even = width + width % 2, height + height % 2
    message = f"a video of {width} x {height} pixels plays on few devices: drawn as {even[0]} x {even[1]}"
    return *even, (Finding(code="I_VIDEO_EVEN", severity="info", message=message, hint="Give even sides."),)


def _behind(encoder: type[Encoder], background: str | PathLike[str] | None, path: Path) -> Image | tuple[int, int, int] | None:
    if background is None:
        background = "transparent" if encoder.alpha_bits else _WHITE
    if str(background) == "transparent" and not encoder.alpha_bits:
        raise ImageError(
            "E_PICTURE_ALPHA",
            f"{path.suffix.lower()} cannot be transparent",
            where=path,
            hint="Leave out the background for white, give another as '#rrggbb', or write .webp.",
        )
    return load_background(background)
