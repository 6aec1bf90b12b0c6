"""The plugin kind ``renderer``: what every engine promises, and where the engines are found."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal, Protocol, Self, get_args, runtime_checkable

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.registry import Registry
from arviz.core.scene import Layer, Scene

ToneMap = Literal["neutral", "aces", "none"]
Antialias = Literal["supersample", "multisample"]
Output = Literal["colour", "depth", "normals", "ids"]
Feature = Literal[
    "distortion",
    "skew",
    "hidden_behind",
    "shadow_catcher",
    "sun",
    "light_left",
    "ambient_occlusion",
    "alpha_test",
    "one_sided",
    "punctual_lights",
]
"""What a request may ask for beyond the planes of a layer; ``sun``: with its shadow, ``light_left``: `Lighting.left`,
``alpha_test``: textures that cut holes,
``one_sided``: backs of one-sided surfaces are not seen (a path tracer shows them, and is not asked to refuse them),
``punctual_lights``: those that products bring along (KHR_lights_punctual)."""


SAMPLES = (1, 4, 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """How to draw.

    Parameters
    ----------
    samples : int
        Samples per pixel: 1, 4 or 16.
    antialias : str
        ``supersample`` shades every sample; ``multisample`` (4 samples) only smooths edges and is meant for a GPU.
    tone_map : str
        Khronos PBR ``neutral``, ``aces`` or ``none``.
    exposure : float
        Factor before the tone map.
    colour : bool
        False: only further planes are wanted, and an engine may leave out the picture (zeros), which costs most.
    depth, normals, ids : bool
        Which further planes of the `Layer` are wanted.
    shadow : float
        How strong shadow catchers show what falls on them; 1 is as dark as the light says, 0 is none.
    shadow_margin : float
        Share of the picture's sides over which those shadows fade towards its borders: a picture that stands free on a
        page must not end in the middle of a shadow (with a lens: of the straight picture behind it). 0 for pictures in photos.
    ambient_occlusion : float
        How strong near surfaces of the scene shade each other from the light around; 0 is off, as in web viewers.
    """

    samples: int = 4
    antialias: Antialias = "supersample"
    tone_map: ToneMap = "neutral"
    exposure: float = 1.0
    colour: bool = True
    depth: bool = True
    normals: bool = False
    ids: bool = False
    shadow: float = 1.0
    shadow_margin: float = 0.0
    ambient_occlusion: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine can do, so that callers can choose and the contract suite knows what to ask.

    `outputs` are the planes of a `Layer` that it fills; an engine without ``colour`` gives opaque grey. Asked for an
    output or a feature that it does not state, an engine raises InputError ``E_ENGINE_CANNOT``
    (`arviz.render.request_checks.checked_request`). A picture's longer side is at most `max_size_px`.
    """

    max_size_px: int
    device: str
    outputs: frozenset[Output] = frozenset({"colour", "depth"})
    features: frozenset[Feature] = frozenset()


@runtime_checkable
class Renderer(Protocol):
    """An engine that owns a context: make it explicitly, use it in one thread, close it by ``with``."""

    def capabilities(self) -> Capabilities:
        """Say what this engine on this machine can do."""
        ...

    def render(
        self, scene: Scene, camera: Camera, *, world_from_camera: Array, options: RenderOptions, hidden_behind_m: Array | None = None
    ) -> Layer:
        """Draw `scene` as seen from `world_from_camera` (4, 4), OpenCV axes, with the camera's K and distortion.

        `hidden_behind_m` (H, W) is the depth of a photo along z in metres, NaN, 0 or +inf where unknown: what lies
        behind it is not seen.
        """
        ...

    def close(self) -> None:
        """Free the context; the renderer cannot be used afterwards."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


@runtime_checkable
class PictureRenderer(Renderer, Protocol):
    """An engine that can finish a picture itself; `arviz.render.picture.picture` uses it where it is there."""

    def picture(
        self,
        scene: Scene,
        camera: Camera,
        *,
        world_from_camera: Array,
        options: RenderOptions,
        background: Image | tuple[int, int, int] | None = None,
        hidden_behind_m: Array | None = None,
    ) -> Image:
        """Draw what `composite` makes of `render`'s layer, within 1/255: over a photo, an 8-bit sRGB colour, or with straight alpha.

        A picture as background has to be a photo in the sense of `is_photo`.
        """
        ...


def is_photo(image: Image, *, width_px: int, height_px: int) -> bool:
    """Return whether a picture can be a background as it is: opaque 8-bit sRGB of the right size."""
    return image.pixels.dtype == np.uint8 and image.space == "srgb" and image.pixels.shape == (height_px, width_px, 3)


def check_options(options: RenderOptions) -> None:
    """Refuse what no engine can draw.

    Raises
    ------
    InputError
        ``E_SAMPLES``, ``E_EXPOSURE``, ``E_TONE_MAP``, ``E_STRENGTH``, ``E_SHADOW_MARGIN``.
    """
    if options.samples not in SAMPLES or options.antialias not in get_args(Antialias):
        raise InputError(
            "E_SAMPLES", "unknown number of samples", expected="1, 4 or 16", found=f"{options.samples!r}, {options.antialias!r}"
        )
    if not (isfinite(options.exposure) and options.exposure >= 0):
        raise InputError("E_EXPOSURE", "the exposure is no brightness", expected="0 or a positive number", found=options.exposure)
    if options.tone_map not in get_args(ToneMap):
        raise InputError("E_TONE_MAP", "unknown tone map", expected=", ".join(get_args(ToneMap)), found=repr(options.tone_map))
    if not 0 <= options.shadow_margin <= 0.5:
        raise InputError("E_SHADOW_MARGIN", "not a margin for shadows", expected="0 to 0.5", found=options.shadow_margin)
    for name, value in (("shadow", options.shadow), ("ambient occlusion", options.ambient_occlusion)):
        if not 0 <= value <= 1:
            raise InputError("E_STRENGTH", f"the strength of the {name} is out of range", expected="0 to 1", found=value)


RENDERERS = Registry(
    "renderer",
    {
        "gl": "arviz.render.gl.renderer:GlRenderer",
        "pyrender": "arviz.render.pyrender.renderer:PyrenderRenderer",
        "open3d": "arviz.render.open3d.renderer:Open3dRenderer",
        "mitsuba": "arviz.render.mitsuba.renderer:MitsubaRenderer",
    },
)
