"""How every picture of a product is staged: the product, the floor that catches its shadow, the light around."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.scene import Item, Lighting, Scene, ShadowMap
from arviz.render.environment import load_environment
from arviz.render.ground import ground_catcher
from arviz.render.renderer import Renderer, RenderOptions

SHADOW = 1.0
"""As dark as the light says; model-viewer shows a similar one with ``shadow-intensity="1"``."""
SHADOW_MARGIN = 0.12
"""Share of the sides over which it fades: products fill their pictures, and shadows reach beyond."""


def stage(
    items: tuple[Item, ...],
    *,
    product: Asset | Array,
    environment: str | PathLike[str],
    rotation_rad: float = 0.0,
    shadow: float,
    sky_shadow: tuple[ShadowMap, ...] | None = None,
) -> Scene:
    """Return the scene: `items` (the product or its parts) lit, on a floor where a shadow is wanted.

    `product` and its `sky_shadow` are as `ground_catcher` and `Item` take them.
    """
    floor = (replace(ground_catcher(product), sky_shadow=sky_shadow),) if shadow > 0 else ()
    return Scene(items=(*items, *floor), lighting=Lighting(environment=load_environment(environment), rotation_rad=rotation_rad))


def staged(
    asset: Asset,
    renderer: Renderer,
    *,
    variant: str | None,
    environment: str | PathLike[str],
    shadow: float | None,
    points: Array | None = None,
    sky_shadow: tuple[ShadowMap, ...] | None = None,
) -> tuple[Scene, RenderOptions]:
    """Return the scene of one product and the options that draw it as every picture of a product is drawn.

    `points` of `arviz.render.framing.drawn_points`, where they are known, spare looking for them; `sky_shadow` as in `stage`.
    """
    strength = shadow_of(renderer, shadow)
    items = (Item(asset=asset, variant=variant),)
    scene = stage(items, product=asset if points is None else points, environment=environment, shadow=strength, sky_shadow=sky_shadow)
    return scene, RenderOptions(depth=False, shadow=strength, shadow_margin=SHADOW_MARGIN)


def shadow_of(renderer: Renderer, shadow: float | None) -> float:
    """Return the strength asked for; without a wish the usual one, and none where the engine has no shadows."""
    if shadow is not None:
        return shadow
    return SHADOW if "shadow_catcher" in renderer.capabilities().features else 0.0
