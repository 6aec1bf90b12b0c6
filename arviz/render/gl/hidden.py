"""What is known of a picture before it is drawn: the depth of a photo that hides things, the light that is left in its parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.render.gl.inputs import Inputs
from arviz.render.lens import Lens, seen_by_pinhole
from arviz.render.photo_depth import SOFT_M, TOLERANCE_M, UNKNOWN_M


@contextmanager
def hidden_inputs(context: Any, hidden_behind_m: Array | None, lens: Lens | None) -> Iterator[Inputs]:
    """Give what `hidden.glsl` needs; nothing for None. The depth is as `check_hidden` returns it, seen through `lens`."""
    if hidden_behind_m is None:
        yield Inputs()
        return
    depth = hidden_behind_m if lens is None else seen_by_pinhole(lens, hidden_behind_m, outside=UNKNOWN_M)
    with _uploaded(context, depth, context.NEAREST) as texture:
        defines = {"HIDDEN": "1", "HIDDEN_TOLERANCE_M": str(TOLERANCE_M), "HIDDEN_SOFT_M": str(SOFT_M)}
        yield Inputs(defines=defines, textures={"hidden_behind": (texture, None)})


@contextmanager
def left_inputs(context: Any, left: Array | None, lens: Lens | None) -> Iterator[Inputs]:
    """Give what `light_left.glsl` needs of `Lighting.left`, seen through `lens`; nothing for None."""
    if left is None:
        yield Inputs()
        return
    if lens is not None:
        import cv2

        large = cv2.resize(left, (lens.camera.width_px, lens.camera.height_px), interpolation=cv2.INTER_LINEAR)
        left = np.stack([seen_by_pinhole(lens, large[..., channel], outside=1.0) for channel in (0, 1)], axis=-1)
    with _uploaded(context, left, context.LINEAR) as texture:
        yield Inputs(defines={"LIGHT_LEFT": "1"}, textures={"light_left_map": (texture, None)})


@contextmanager
def _uploaded(context: Any, values: Array, between: Any) -> Iterator[Any]:
    """Give (H, W) or (H, W, C) values as a texture with the picture's first row on top."""
    size, channels = values.shape[1::-1], values.size // (values.shape[0] * values.shape[1])
    texture = context.texture(size, channels, np.ascontiguousarray(values[::-1], np.float32).tobytes(), dtype="f4")
    texture.filter = between, between
    texture.repeat_x = texture.repeat_y = False
    try:
        yield texture
    finally:
        texture.release()
