"""Collects what a material gives the shader: defines, uniforms, textures and the UV channels that they read (no GL here)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.material import COLOUR_SLOTS, TextureInfo
from arviz.core.texture_transform import uv_matrix

_MOST_VISIBLE_FIRST = (
    "base_map",
    "normal_map",
    "emissive_map",
    "metal_rough_map",
    "transmission_map",
    "occlusion_map",
    "specular_colour_map",
    "clearcoat_map",
    "sheen_colour_map",
    "iridescence_map",
    "iridescence_thickness_map",
    "anisotropy_map",
    "thickness_map",
    "specular_map",
    "clearcoat_normal_map",
    "clearcoat_roughness_map",
    "sheen_rough_map",
)
"""Which textures stay where a driver cannot hold all (OpenGL 3.3 promises 16 for material, light and passes together)."""
_ALONE = frozenset({"transmission_map", "thickness_map"})
"""Samplers that the shader declares in any case: they never read through that of another slot."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Slot:
    """A texture in use: `name` of the sampler uniform, the texture's index, and whether it holds sRGB colour."""

    name: str
    texture: int
    srgb: bool


Mirrors = Callable[[int, bool], tuple[bool, bool] | None]
"""(texture index, srgb) -> which axes repeat by mirroring; None for a texture that cannot be shown."""


@dataclass(slots=True, eq=False, kw_only=True)
class Slots:
    """What a material uses, filled lobe by lobe.

    Per texture ``name`` there are the defines ``NAME``, where to read it, and ``NAME_UV``, its channel. Slots of the same
    texture share one sampler (``name`` is then defined as the other's name), so that packed maps are fetched once.
    """

    attributes: Mapping[str, Any]
    mirrors: Mirrors
    defines: dict[str, str] = field(default_factory=dict)
    uniforms: dict[str, Any] = field(default_factory=dict)
    slots: list[Slot] = field(default_factory=list)
    uv: list[tuple[int, Array]] = field(default_factory=list)

    def texture(self, name: str, slot: str, info: TextureInfo | None) -> bool:
        """Use a texture if it is there, can be decoded and has its UV set; else the slot's default stays."""
        srgb = slot in COLOUR_SLOTS
        if info is None or (mirror := self.mirrors(info.texture, srgb)) is None:
            return False
        uv_set, matrix = uv_matrix(info)
        if f"TEXCOORD_{uv_set}" not in self.attributes or not np.isfinite(matrix).all():
            return False
        uv = self.channel(uv_set, matrix)
        self.defines[f"{name.upper()}_UV"] = uv
        self.defines[name.upper()] = f"mirror({uv}, bvec2({int(mirror[0])}, {int(mirror[1])}))" if any(mirror) else uv
        same = [s.name for s in self.slots if (s.texture, s.srgb) == (info.texture, srgb) and s.name not in _ALONE]
        if same and name not in _ALONE:
            self.defines[name] = same[0]
        else:
            self.slots.append(Slot(name=name, texture=info.texture, srgb=srgb))
        return True

    def channel(self, uv_set: int, matrix: Array) -> str:
        """Return the shader's name of the UVs of a set after a transform (3, 3)."""
        for index, (other, known) in enumerate(self.uv):
            if other == uv_set and np.array_equal(known, matrix):
                return f"v_uv[{index}]"
        self.uv.append((uv_set, matrix))
        return f"v_uv[{len(self.uv) - 1}]"

    def limit(self, most: int) -> None:
        """Drop the textures that are seen least until `most` are left; their slots keep the default."""
        readers = {slot.name: [slot.name, *(name for name, other in self.defines.items() if other == slot.name)] for slot in self.slots}
        rank = {slot.name: min(_MOST_VISIBLE_FIRST.index(name) for name in readers[slot.name]) for slot in self.slots}
        for slot in sorted(self.slots, key=lambda s: rank[s.name])[max(most, 0) :]:
            self.slots.remove(slot)
            for name in readers[slot.name]:
                for key in (name, name.upper(), f"{name.upper()}_UV"):
                    self.defines.pop(key, None)
