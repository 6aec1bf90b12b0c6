"""`Inputs`: what one pass hands to the shader of the surfaces (light, shadow maps, occlusion, what lies behind glass)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Inputs:
    """Defines, uniforms and textures under the names that the shader knows them by.

    Parameters
    ----------
    defines : Mapping[str, str]
    uniforms : Mapping[str, Any]
        Bytes for arrays and matrices, else plain numbers and tuples.
    textures : Mapping[str, (texture, sampler)]
        moderngl objects; None for the sampler uses the texture's own settings.
    """

    defines: Mapping[str, str] = field(default_factory=dict)
    uniforms: Mapping[str, Any] = field(default_factory=dict)
    textures: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def merged(inputs: Iterable[Inputs]) -> Inputs:
    """Return all in one; later ones win."""
    defines: dict[str, str] = {}
    uniforms: dict[str, Any] = {}
    textures: dict[str, tuple[Any, Any]] = {}
    for one in inputs:
        defines |= one.defines
        uniforms |= one.uniforms
        textures |= one.textures
    return Inputs(defines=defines, uniforms=uniforms, textures=textures)
