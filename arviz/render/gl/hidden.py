"""What the depth of a photo hides: a soft test per fragment against a float texture of the picture's size."""

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
    height, width = depth.shape
    texture = context.texture((width, height), 1, np.ascontiguousarray(depth[::-1], np.float32).tobytes(), dtype="f4")
    texture.filter = context.NEAREST, context.NEAREST
    texture.repeat_x = texture.repeat_y = False
    try:
        defines = {"HIDDEN": "1", "HIDDEN_TOLERANCE_M": str(TOLERANCE_M), "HIDDEN_SOFT_M": str(SOFT_M)}
        yield Inputs(defines=defines, textures={"hidden_behind": (texture, None)})
    finally:
        texture.release()
