"""How a texture lies on a surface: its set of coordinates, moved, turned and scaled (KHR_texture_transform)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.material import TextureInfo, are_numbers, extension_number

_TRANSFORM = "KHR_texture_transform"


def uv_matrix(info: TextureInfo) -> tuple[int, Array]:
    """Return the UV set and the (3, 3) matrix that KHR_texture_transform gives a texture use.

    uv' = translation @ rotation @ scale @ uv (KHR_texture_transform, "Overview"); the rotation is
    counter-clockwise around the upper-left origin.
    """
    transform = info.extensions.get(_TRANSFORM)
    if not isinstance(transform, Mapping):
        return info.texcoord, np.eye(3)
    angle = extension_number(transform, "rotation", 0.0)
    sx, sy = _pair(transform, "scale", 1.0)
    ox, oy = _pair(transform, "offset", 0.0)
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.array([[c * sx, s * sy, ox], [-s * sx, c * sy, oy], [0, 0, 1]])
    uv_set = transform.get("texCoord", info.texcoord)
    return uv_set if isinstance(uv_set, int) else info.texcoord, matrix


def _pair(extension: Mapping[str, Any], key: str, default: float) -> tuple[float, float]:
    value = extension.get(key)
    return (float(value[0]), float(value[1])) if value is not None and are_numbers(value, 2) else (default, default)
