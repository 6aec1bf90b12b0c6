"""A finished picture from any engine: on the fast path where the engine has one, by `composite` where not."""

from __future__ import annotations

from dataclasses import replace

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.scene import Scene
from arviz.render.composite import composite
from arviz.render.renderer import PictureRenderer, Renderer, RenderOptions, is_photo


def picture(
    renderer: Renderer,
    scene: Scene,
    camera: Camera,
    *,
    world_from_camera: Array,
    options: RenderOptions,
    background: Image | tuple[int, int, int] | None = None,
    hidden_behind_m: Array | None = None,
) -> Image:
    """Draw `scene` and finish it over `background` as `composite` does; no further planes are drawn, whatever `options` ask.

    Returns
    -------
    Image
        8-bit sRGB: RGB over a background, RGBA with straight alpha without one. On the fast path each value is within
        1/255 of `composite`'s.
    """
    options = replace(options, depth=False, normals=False, ids=False)
    size = {"width_px": camera.width_px, "height_px": camera.height_px}
    if isinstance(renderer, PictureRenderer) and (not isinstance(background, Image) or is_photo(background, **size)):
        return renderer.picture(
            scene, camera, world_from_camera=world_from_camera, options=options, background=background, hidden_behind_m=hidden_behind_m
        )
    layer = renderer.render(scene, camera, world_from_camera=world_from_camera, options=options, hidden_behind_m=hidden_behind_m)
    return composite([layer], background=background)
