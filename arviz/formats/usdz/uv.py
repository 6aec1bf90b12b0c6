"""Texture coordinates: from glTF's (u, v down) with KHR_texture_transform to USD's (s, t up), baked per mesh.

Why baked and not a ``UsdTransform2d`` node: the node is exact in OpenUSD's own viewers, but Quick Look applies its
steps in another order and lets all textures of a material inherit the transform of the base colour (three.js pull
requests 21852 and 26023, issue 21906; Apple feedback FB10036297, FB11442287). Coordinates that already lie where
they belong look the same everywhere, and each material reads its main set as plain ``st``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.material import TextureInfo

_TRANSFORM = "KHR_texture_transform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A UV set as a texture sees it: glTF set `texcoord`, then scaled, rotated by `rotation_rad`, moved by `offset`."""

    texcoord: int = 0
    scale: tuple[float, float] = (1.0, 1.0)
    rotation_rad: float = 0.0
    offset: tuple[float, float] = (0.0, 0.0)


def channel_of(info: TextureInfo) -> Channel:
    """Return the channel that a texture use reads; a transform that is not finite counts as none."""
    transform = info.extensions.get(_TRANSFORM)
    if not isinstance(transform, Mapping):
        return Channel(texcoord=info.texcoord)
    texcoord = transform.get("texCoord", info.texcoord)
    channel = Channel(
        texcoord=texcoord if isinstance(texcoord, int) else info.texcoord,
        scale=_pair(transform.get("scale"), 1.0),
        rotation_rad=_number(transform.get("rotation"), 0.0),
        offset=_pair(transform.get("offset"), 0.0),
    )
    return channel if np.isfinite([*channel.scale, channel.rotation_rad, *channel.offset]).all() else Channel(texcoord=channel.texcoord)


def st_from_uv(channel: Channel, uv: Array) -> Array:
    """Return the primvar (V, 2) float32 for glTF coordinates `uv` (V, 2).

    glTF: uv' = offset + R(rotation) (scale * uv), the rotation counter-clockwise as seen with v pointing down:
    R = ((cos, sin), (-sin, cos)) (KHR_texture_transform, "Overview"). USD: st = (u', 1 - v').

    **Convention** (0.25, 0.1) becomes (0.25, 0.9); turned by 90 degrees, (1, 0) goes to (0, -1), which is st (0, 2).
    """
    c, s = np.cos(channel.rotation_rad), np.sin(channel.rotation_rad)
    u, v = (uv[:, i].astype(np.float64) * channel.scale[i] for i in range(2))
    out: Array = np.stack([c * u + s * v + channel.offset[0], 1.0 - (c * v - s * u + channel.offset[1])], axis=1).astype(np.float32)
    return out


def _pair(value: Any, default: float) -> tuple[float, float]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return default, default
    return _number(value[0], default), _number(value[1], default)


def _number(value: Any, default: float) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else default
