"""Surfaces as glTF 2.0 describes them: `Material`, its textures, samplers and encoded images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from arviz.core.frozen import EMPTY, freeze, set_fields, vector

COLOUR_SLOTS = frozenset({"baseColorTexture", "emissiveTexture", "sheenColorTexture", "specularColorTexture", "diffuseTexture"})
"""Texture slots that hold sRGB colour; all others are linear data (glTF 2.0 section 3.9 and the KHR extensions)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EncodedImage:
    """A picture as it lies in the file: bytes never re-encoded on the way, `data` None where it is missing."""

    data: bytes | None
    mime_type: str = ""
    name: str = ""
    uri: str = ""
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __repr__(self) -> str:
        # Not the bytes: pictures must not end up in a log.
        size = "missing" if self.data is None else f"{len(self.data):,} bytes"
        return f"EncodedImage({self.name[:60]!r}, {self.mime_type or 'type unknown'}, {size})"

    def __post_init__(self) -> None:
        set_fields(self, extensions=freeze(self.extensions), extras=freeze(self.extras))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sampler:
    """Filters and wrap modes, as OpenGL enumerants (glTF 2.0 section 3.8.4)."""

    mag_filter: int | None = None
    min_filter: int | None = None
    wrap_s: int = 10497
    wrap_t: int = 10497
    name: str = ""
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __post_init__(self) -> None:
        set_fields(self, extensions=freeze(self.extensions), extras=freeze(self.extras))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Texture:
    """An image with a sampler; EXT_texture_webp and KHR_texture_basisu name their image in `extensions`."""

    image: int | None = None
    sampler: int | None = None
    name: str = ""
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __post_init__(self) -> None:
        set_fields(self, extensions=freeze(self.extensions), extras=freeze(self.extras))

    @property
    def image_candidates(self) -> tuple[int, ...]:
        """Images that may be shown, best first: extension sources before the core fallback."""
        named = (self.extensions.get(name, {}).get("source") for name in _IMAGE_EXTENSIONS)
        return tuple(i for i in (*named, self.image) if i is not None)


_IMAGE_EXTENSIONS = ("EXT_texture_webp", "EXT_texture_avif", "KHR_texture_basisu")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TextureInfo:
    """A material's use of a texture: `scale` is the normal scale or occlusion strength where the slot has one."""

    texture: int
    texcoord: int = 0
    scale: float = 1.0
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __post_init__(self) -> None:
        set_fields(self, scale=float(self.scale), extensions=freeze(self.extensions), extras=freeze(self.extras))


AlphaMode = Literal["OPAQUE", "MASK", "BLEND"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Material:
    """A metallic-roughness surface; every KHR_materials_* extension stays as glTF JSON in `extensions`.

    Colour factors are linear Rec.709. Defaults are those of glTF 2.0 section 5.19.
    """

    name: str = ""
    base_color_factor: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    base_color_texture: TextureInfo | None = None
    metallic_factor: float = 1.0
    roughness_factor: float = 1.0
    metallic_roughness_texture: TextureInfo | None = None
    normal_texture: TextureInfo | None = None
    occlusion_texture: TextureInfo | None = None
    emissive_texture: TextureInfo | None = None
    emissive_factor: tuple[float, ...] = (0.0, 0.0, 0.0)
    alpha_mode: AlphaMode = "OPAQUE"
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    pbr_extensions: Mapping[str, Any] = EMPTY
    pbr_extras: Any = None
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __post_init__(self) -> None:
        if self.alpha_mode not in ("OPAQUE", "MASK", "BLEND"):
            raise ValueError(f"alpha_mode is OPAQUE, MASK or BLEND, found {self.alpha_mode!r}")
        set_fields(
            self,
            base_color_factor=vector(self.base_color_factor, 4),
            emissive_factor=vector(self.emissive_factor, 3),
            metallic_factor=float(self.metallic_factor),
            roughness_factor=float(self.roughness_factor),
            alpha_cutoff=float(self.alpha_cutoff),
            pbr_extensions=freeze(self.pbr_extensions),
            pbr_extras=freeze(self.pbr_extras),
            extensions=freeze(self.extensions),
            extras=freeze(self.extras),
        )

    def texture_slots(self) -> Iterator[tuple[str, TextureInfo]]:
        """Yield (glTF slot name, use) for every texture of the core model and of all extensions."""
        for slot, info in (
            ("baseColorTexture", self.base_color_texture),
            ("metallicRoughnessTexture", self.metallic_roughness_texture),
            ("normalTexture", self.normal_texture),
            ("occlusionTexture", self.occlusion_texture),
            ("emissiveTexture", self.emissive_texture),
        ):
            if info is not None:
                yield slot, info
        for extension in self.extensions.values():
            if not isinstance(extension, Mapping):
                continue
            for slot, value in extension.items():
                if slot.endswith("Texture") and isinstance(value, Mapping) and isinstance(value.get("index"), int):
                    yield slot, texture_info(value)


def texture_info(value: Mapping[str, Any]) -> TextureInfo:
    """Build a TextureInfo from glTF ``textureInfo`` JSON (``scale`` or ``strength`` become `TextureInfo.scale`)."""
    return TextureInfo(
        texture=value["index"],
        texcoord=value.get("texCoord", 0),
        scale=value.get("scale", value.get("strength", 1.0)),
        extensions=value.get("extensions", EMPTY),
        extras=value.get("extras"),
    )


def extension_number(extension: Any, key: str, default: float) -> float:
    """Return a number of a material extension's JSON; the default where it is absent or no finite number."""
    value = extension.get(key, default) if isinstance(extension, Mapping) else default
    return float(value) if isinstance(value, (int, float)) and isfinite(value) else default


def extension_colour(extension: Any, key: str, default: tuple[float, float, float]) -> tuple[float, ...]:
    """Return three numbers of a material extension's JSON; the default where they are anything else."""
    value = extension.get(key, default) if isinstance(extension, Mapping) else default
    return tuple(float(v) for v in value) if are_numbers(value, 3) else default


def extension_texture(extension: Any, key: str) -> TextureInfo | None:
    """Return the texture use that a material extension's JSON holds under `key`, None if it holds none."""
    value = extension.get(key) if isinstance(extension, Mapping) else None
    return texture_info(value) if isinstance(value, Mapping) and isinstance(value.get("index"), int) else None


def are_numbers(value: Any, count: int) -> bool:
    """Return whether a JSON value is a list of `count` finite numbers."""
    return isinstance(value, (tuple, list)) and len(value) == count and all(isinstance(v, (int, float)) and isfinite(v) for v in value)
