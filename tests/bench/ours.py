"""Our side of the render benchmarks: the one place to change when the engine learns to do it better or cheaper."""

from __future__ import annotations

import math
from pathlib import Path
from types import TracebackType
from typing import Self

from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.scene import Item, Lighting, Scene, Sun
from arviz.formats.read import read
from arviz.render.environment import load_environment
from arviz.render.framing import orbit_camera
from arviz.render.ground import ground_catcher
from arviz.render.picture import picture
from arviz.render.renderer import RENDERERS, Antialias, Renderer, RenderOptions

POLAR_RAD = math.radians(75)
SUN = Sun(to_light=(-0.35, 1.0, 0.45), irradiance=(1.0, 1.0, 1.0))


def finished(renderer: Renderer, scene: Scene, camera: Camera, world_from_camera: Array, options: RenderOptions) -> Image:
    """Return a picture as a shop saves it: 8-bit sRGB with straight alpha."""
    return picture(renderer, scene, camera, world_from_camera=world_from_camera, options=options)


def scene_of(asset: Asset, environment: Path, *, floor: bool, sun: bool) -> Scene:
    """Return a product in image-based light, on a floor that shows what it hides, in a sun whose shadow falls on the product."""
    lighting = Lighting(environment=load_environment(environment), sun=SUN if sun else None)
    return Scene(items=(Item(asset=asset), *((ground_catcher(asset),) if floor else ())), lighting=lighting)


class Ours:
    """One product, one light, one size, the default engine; `frame` draws it from an azimuth."""

    def __init__(
        self,
        glb: Path,
        *,
        environment: Path,
        width_px: int,
        height_px: int,
        samples: int = 4,
        antialias: Antialias = "supersample",
        floor: bool = False,
        sun: bool = False,
        engine: str = "gl",
    ) -> None:
        self.asset = read(glb)
        self.size = {"width_px": width_px, "height_px": height_px}
        self.options = RenderOptions(depth=False, samples=samples, antialias=antialias)
        self.renderer: Renderer = RENDERERS.get(engine)()
        self.scene = scene_of(self.asset, environment, floor=floor, sun=sun)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.renderer.close()

    def view(self, azimuth_deg: float) -> tuple[Camera, Array]:
        """Return the camera that frames the product as model-viewer does."""
        return orbit_camera(self.asset, azimuth_rad=math.radians(azimuth_deg), polar_rad=POLAR_RAD, **self.size)

    def frame(self, azimuth_deg: float) -> Image:
        """Draw one finished picture."""
        camera, pose = self.view(azimuth_deg)
        return finished(self.renderer, self.scene, camera, pose, self.options)
