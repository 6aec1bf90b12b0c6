"""A UsdPreviewSurface network as plain numbers and texture reads: no glTF here.

Source: UsdPreviewSurface specification 2.6 (OpenUSD).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from arviz.formats.usd_read.values import at_rest

_CHANNELS = {"r": (0,), "g": (1,), "b": (2,), "a": (3,), "rgb": (0, 1, 2)}
_DEEP = 16
"""Nodes between a surface and a texture's coordinates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """UsdTransform2d: scaled, turned counter-clockwise, moved."""

    scale: tuple[float, float] = (1.0, 1.0)
    rotation_rad: float = 0.0
    translation: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Read:
    """A UsdUVTexture: ``value * scale + bias`` of `asset`, at the primvar `varname` after `transform`."""

    asset: Any
    channels: tuple[int, ...]
    varname: str
    transform: Transform
    scale: tuple[float, ...]
    bias: tuple[float, ...]
    wrap: tuple[str, str]
    raw: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexColour:
    """A primvar of colours, `fallback` where a mesh has none."""

    varname: str
    fallback: tuple[float, ...]


Input = float | tuple[float, ...] | Read | VertexColour


def inputs_of(material: Any) -> Mapping[str, Input] | None:
    """Return the authored inputs of a UsdShade.Material's UsdPreviewSurface, None where it has no such surface."""
    from pxr import UsdShade

    source = UsdShade.Material(material).ComputeSurfaceSource()
    shader = source[0] if isinstance(source, tuple) else source
    if not shader or shader.GetShaderId() != "UsdPreviewSurface":
        return None
    out: dict[str, Input] = {}
    for each in shader.GetInputs():
        value = _value(each)
        if value is not None:
            out[str(each.GetBaseName())] = value
    return out


def _value(given: Any) -> Input | None:
    attribute = _producer(given)
    if attribute is None:
        return None
    if attribute.GetName().startswith("outputs:"):
        return _read(attribute.GetPrim(), str(attribute.GetName())[len("outputs:") :])
    return _numbers(at_rest(attribute))


def _producer(given: Any) -> Any:
    from pxr import UsdShade

    if not given:
        return None
    attributes = UsdShade.Utils.GetValueProducingAttributes(given)
    return attributes[0] if attributes else None


def _numbers(value: Any) -> Input | None:
    if isinstance(value, bool) or value is None:
        return None if value is None else float(value)
    if isinstance(value, (int, float)):
        return float(value) if np.isfinite(value) else None
    try:
        numbers = tuple(float(number) for number in value)
    except (TypeError, ValueError):
        return None
    return numbers if numbers and np.isfinite(numbers).all() else None


def _read(prim: Any, output: str) -> Input | None:
    from pxr import UsdShade

    shader = UsdShade.Shader(prim)
    kind = str(shader.GetShaderId() or "")
    if kind.startswith("UsdPrimvarReader_"):
        fallback = _numbers(_plain(shader, "fallback"))
        return VertexColour(varname=_word(shader, "varname"), fallback=fallback if isinstance(fallback, tuple) else (1.0, 1.0, 1.0))
    if kind != "UsdUVTexture":
        return None
    asset = _plain(shader, "file")
    if asset is None or output not in _CHANNELS:
        return None
    varname, transform = _coordinates(shader)
    return Read(
        asset=asset,
        channels=_CHANNELS[output],
        varname=varname,
        transform=transform,
        scale=_four(shader, "scale", 1.0),
        bias=_four(shader, "bias", 0.0),
        wrap=(_word(shader, "wrapS") or "useMetadata", _word(shader, "wrapT") or "useMetadata"),
        raw=_word(shader, "sourceColorSpace") == "raw",
    )


def _coordinates(shader: Any) -> tuple[str, Transform]:
    """Return the primvar that a texture reads and the transform between; ``st`` where it reads none."""
    from pxr import UsdShade

    place, transform = shader.GetInput("st"), Transform()
    for _ in range(_DEEP):
        attribute = _producer(place)
        if attribute is None or not attribute.GetName().startswith("outputs:"):
            return "st", transform
        node = UsdShade.Shader(attribute.GetPrim())
        kind = str(node.GetShaderId() or "")
        if kind.startswith("UsdPrimvarReader"):
            return _word(node, "varname") or "st", transform
        if kind != "UsdTransform2d":
            return "st", transform
        turn = _numbers(_plain(node, "rotation"))
        transform = Transform(
            scale=_two(node, "scale", 1.0),
            rotation_rad=float(np.deg2rad(turn)) if isinstance(turn, float) else 0.0,
            translation=_two(node, "translation", 0.0),
        )
        place = node.GetInput("in")
    return "st", transform


def _plain(shader: Any, name: str) -> Any:
    """Return what an input holds, through the interfaces of node graphs; None where it is empty or computed."""
    attribute = _producer(shader.GetInput(name))
    return None if attribute is None or attribute.GetName().startswith("outputs:") else at_rest(attribute)


def _word(shader: Any, name: str) -> str:
    value = _plain(shader, name)
    return "" if value is None else str(value)


def _four(shader: Any, name: str, default: float) -> tuple[float, ...]:
    value = _numbers(_plain(shader, name))
    return value if isinstance(value, tuple) and len(value) == 4 else (default,) * 4


def _two(shader: Any, name: str, default: float) -> tuple[float, float]:
    value = _numbers(_plain(shader, name))
    return (value[0], value[1]) if isinstance(value, tuple) and len(value) == 2 else (default, default)
