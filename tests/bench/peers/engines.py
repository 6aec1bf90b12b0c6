"""Every renderer behind one call: a `View` in, a `Drawn` out, with the same camera and the same light."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.errors import ArvizError
from arviz.core.frozen import Array
from arviz.core.image import Image, decode, encode
from arviz.core.scene import Item
from arviz.flows.stage import SHADOW_MARGIN, stage
from arviz.render.composite import composite
from arviz.render.framing import orbit_camera, parse_orbit
from arviz.render.renderer import RENDERERS, RenderOptions
from tests.bench.peers.compare import Drawn, over_white
from tests.bench.peers.filly import Filly
from tests.bench.peers.model_viewer import ModelViewer


class View(NamedTuple):
    """What is drawn: one product, one camera, one light."""

    name: str
    file: Path
    asset: Asset
    orbit: str
    environment: Path
    size_px: int

    def camera(self) -> tuple[Camera, Array]:
        """Return (camera, world_from_camera), framed as model-viewer does."""
        azimuth, polar = parse_orbit(self.orbit)
        return orbit_camera(self.asset, azimuth_rad=azimuth, polar_rad=polar, width_px=self.size_px, height_px=self.size_px)


Draw = Callable[[View], Drawn]


def own_engine(name: str, stack: ExitStack, *, samples: int = 4, shadow: float = 0.0) -> Draw:
    """Return how one of our engines draws a view: as a picture for pages, and over white in linear light."""
    options = RenderOptions(depth=False, samples=samples, shadow=shadow, shadow_margin=SHADOW_MARGIN)
    renderer = stack.enter_context(RENDERERS.get(name)())

    def draw(view: View) -> Drawn:
        camera, pose = view.camera()
        scene = stage((Item(asset=view.asset),), product=view.asset, environment=view.environment, shadow=shadow)
        layer = renderer.render(scene, camera, world_from_camera=pose, options=options)
        white = composite([layer], background=(255, 255, 255))
        return Drawn(composite([layer]), white.pixels.astype(np.float32) / 255)

    return draw


def model_viewer(size_px: int, stack: ExitStack, *, shadow: float = 0.0) -> Draw:
    """Return how model-viewer draws a view, framed by itself."""
    viewer = stack.enter_context(ModelViewer(width_px=size_px, height_px=size_px))

    def draw(view: View) -> Drawn:
        viewer.show(view.file, environment=view.environment, orbit=f"{view.orbit} auto", shadow_intensity=shadow)
        return _of_page(viewer.picture())

    return draw


def filament(stack: ExitStack) -> Draw:
    """Return how Filament draws a view, with our camera."""
    filly = stack.enter_context(Filly())

    def draw(view: View) -> Drawn:
        camera, pose = view.camera()
        filly.show(view.file, environment=view.environment, camera=camera)
        return _of_page(filly.picture(pose))

    return draw


def engines(names: list[str], size_px: int, stack: ExitStack, *, shadow: float = 0.0) -> dict[str, Draw]:
    """Open the engines that are there; say which are not. filly has no catcher: it draws no `shadow` on the floor."""
    found: dict[str, Draw] = {}
    for name in names:
        try:
            if name == "model-viewer":
                found[name] = model_viewer(size_px, stack, shadow=shadow)
            elif name == "filly":
                found[name] = filament(stack)
            else:
                found[name] = own_engine(name, stack, shadow=shadow)
        except (ArvizError, OSError, RuntimeError) as error:
            print(f"without {name}: {error}", file=sys.stderr)
    return found


def drawn_by(drawers: dict[str, Draw], view: View, *, keep: Path) -> dict[str, Drawn]:
    """Return engine -> picture; what `keep` already holds is not drawn again."""
    out: dict[str, Drawn] = {}
    for engine, draw in drawers.items():
        seen, white = (keep / f"{view.name}.{engine}{kind}.png" for kind in ("", ".white"))
        if not (seen.is_file() and white.is_file()):
            try:
                drawn = draw(view)
            except Exception as error:  # the other engines' pictures are still worth having
                print(f"{view.name}: {engine} failed: {type(error).__name__}: {error}", file=sys.stderr)
                continue
            seen.write_bytes(encode(drawn.image, "PNG"))
            white.write_bytes(encode(Image(pixels=np.round(drawn.white * 255).astype(np.uint8)), "PNG"))
        out[engine] = Drawn(decode(seen.read_bytes()), decode(white.read_bytes()).pixels[..., :3].astype(np.float32) / 255)
    return out


def _of_page(image: Image) -> Drawn:
    return Drawn(image, over_white(image))
