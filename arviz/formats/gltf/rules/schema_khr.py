"""The properties of the extensions that are looked into, and where each may stand (their JSON schemas, Khronos registry)."""

from __future__ import annotations

from math import pi

from arviz.formats.gltf.rules.schema import (
    BY_RULE,
    CORE,
    FLAG,
    INDEX,
    INDICES,
    NAME,
    TEXT,
    UNIT,
    Field,
    Properties,
    many,
    must,
    number,
    numbers,
    one,
    one_of,
    whole,
)

_TEXTURE = one("textureInfo")
_POINTER = Field(kind="text", pattern=r"^(?:\/(?:[^/~]|~0|~1)*)*$", required=True)

EXTENSIONS: dict[str, dict[str, Properties]] = {
    "EXT_texture_webp": {"texture": {"source": INDEX}},
    "KHR_texture_basisu": {"texture": {"source": INDEX}},
    "KHR_animation_pointer": {"target": {"pointer": _POINTER}},
    "KHR_lights_punctual": {"root": {"lights": many("light")}, "node": {"light": must(INDEX)}},
    "KHR_materials_anisotropy": {
        "material": {"anisotropyStrength": UNIT, "anisotropyRotation": number(), "anisotropyTexture": _TEXTURE}
    },
    "KHR_materials_clearcoat": {
        "material": {
            "clearcoatFactor": UNIT, "clearcoatTexture": _TEXTURE, "clearcoatRoughnessFactor": UNIT,
            "clearcoatRoughnessTexture": _TEXTURE, "clearcoatNormalTexture": one("normalTextureInfo"),
        }
    },
    "KHR_materials_dispersion": {"material": {"dispersion": number(0)}},
    "KHR_materials_emissive_strength": {"material": {"emissiveStrength": number(0)}},
    "KHR_materials_ior": {"material": {"ior": number(1, alone=0)}},
    "KHR_materials_iridescence": {
        "material": {
            "iridescenceFactor": UNIT, "iridescenceTexture": _TEXTURE, "iridescenceIor": number(1),
            "iridescenceThicknessMinimum": number(0), "iridescenceThicknessMaximum": number(0), "iridescenceThicknessTexture": _TEXTURE,
        }
    },
    "KHR_materials_pbrSpecularGlossiness": {
        "material": {
            "diffuseFactor": numbers(4, 0, 1), "diffuseTexture": _TEXTURE, "specularFactor": numbers(3, 0, 1), "glossinessFactor": UNIT,
            "specularGlossinessTexture": _TEXTURE,
        }
    },
    "KHR_materials_sheen": {
        "material": {
            "sheenColorFactor": numbers(3, 0, 1), "sheenColorTexture": _TEXTURE, "sheenRoughnessFactor": UNIT,
            "sheenRoughnessTexture": _TEXTURE,
        }
    },
    "KHR_materials_specular": {
        "material": {
            "specularFactor": UNIT, "specularTexture": _TEXTURE, "specularColorFactor": numbers(3, 0), "specularColorTexture": _TEXTURE,
        }
    },
    "KHR_materials_transmission": {"material": {"transmissionFactor": UNIT, "transmissionTexture": _TEXTURE}},
    "KHR_materials_unlit": {"material": {}},
    "KHR_materials_variants": {"root": {"variants": many("variant")}, "primitive": {"mappings": many("mapping")}},
    "KHR_materials_volume": {
        "material": {
            "attenuationColor": numbers(3, 0, 1), "attenuationDistance": number(above=0), "thicknessFactor": number(0),
            "thicknessTexture": _TEXTURE,
        }
    },
    "KHR_mesh_quantization": {},
    "KHR_node_visibility": {"node": {"visible": FLAG}},
    "KHR_texture_transform": {
        kind: {"offset": numbers(2), "rotation": number(), "scale": numbers(2), "texCoord": whole()}
        for kind in ("textureInfo", "normalTextureInfo", "occlusionTextureInfo")
    },
}  # fmt: skip
"""Extension -> type of the object that it stands on -> its properties."""

INNER: dict[str, Properties] = {
    "light": {
        **NAME, "color": numbers(3, 0, 1), "intensity": number(0), "spot": BY_RULE,
        "type": must(one_of("directional", "point", "spot")), "range": number(above=0),
    },
    "spot": {"innerConeAngle": number(0, below=pi / 2), "outerConeAngle": number(above=0, high=pi / 2)},
    "variant": {"name": must(TEXT)},
    "mapping": {**NAME, "variants": must(INDICES), "material": must(INDEX)},
}  # fmt: skip

MUST_BE_REQUIRED = frozenset({"KHR_mesh_quantization"})
STAND_ALONE = frozenset({"KHR_materials_unlit", "KHR_materials_pbrSpecularGlossiness"})
"""Materials that have one of these should have no other extension."""
DECODED_ELSEWHERE = frozenset({"KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression"})
"""Not looked into here, but the reader decodes them: no finding is due for using them."""
IMAGE_TYPES = {"EXT_texture_webp": "image/webp", "KHR_texture_basisu": "image/ktx2"}

TYPES: dict[str, Properties] = {
    **CORE,
    **INNER,
    **{f"{owner}.{name}": properties for name, owners in EXTENSIONS.items() for owner, properties in owners.items()},
}
"""Every object type -> its properties; an extension's is called ``<owner>.<extension>``."""
