"""The properties of glTF 2.0 as one table: object type -> property -> what its value may be.

Transcribed from the glTF 2.0 specification, section 5 (properties reference) and the JSON schemas of the extensions
(`arviz.formats.gltf.rules.schema_khr`). `structure` walks a document along it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Literal

Kind = Literal[
    "index", "whole", "number", "numbers", "word", "text", "flag", "object", "objects", "indices", "words", "attributes", "targets",
    "by_rule",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What one property may hold; `to` is the collection that an index points into, `of` the type of an object."""

    kind: Kind
    required: bool = False
    low: float = -inf
    high: float = inf
    above: float = -inf
    below: float = inf
    alone: float | None = None
    choices: tuple[str | int, ...] = ()
    length: int | None = None
    pattern: str = ""
    of: str = ""


Properties = dict[str, Field]


def must(field: Field) -> Field:
    """Return the field as a required one."""
    return replace(field, required=True)


def whole(low: int = 0, high: float = inf) -> Field:
    """Return a whole number from `low` to `high`."""
    return Field(kind="whole", low=low, high=high)


def number(low: float = -inf, high: float = inf, *, above: float = -inf, below: float = inf, alone: float | None = None) -> Field:
    """Return a number within low..high, exclusively within above..below, or equal to `alone`."""
    return Field(kind="number", low=low, high=high, above=above, below=below, alone=alone)


def numbers(length: int | None = None, low: float = -inf, high: float = inf) -> Field:
    """Return an array of `length` numbers, each within low..high."""
    return Field(kind="numbers", length=length, low=low, high=high)


def one_of(*choices: str) -> Field:
    """Return one of some words."""
    return Field(kind="word", choices=choices)


def code_of(*choices: int) -> Field:
    """Return one of some GL codes."""
    return Field(kind="whole", choices=choices)


def one(of: str) -> Field:
    """Return an object of type `of`."""
    return Field(kind="object", of=of)


def many(of: str) -> Field:
    """Return an array of objects of type `of`; every such array in glTF below the root is required."""
    return Field(kind="objects", of=of, required=True)


INDEX = Field(kind="index")
INDICES = Field(kind="indices")
TEXT = Field(kind="text")
FLAG = Field(kind="flag")
BY_RULE = Field(kind="by_rule")
"""Known, and looked at by the rule of its object, as it depends on other properties."""
NAME = {"name": TEXT}
UNIT = number(0, 1)
_VERSION = Field(kind="text", pattern=r"^([0-9]+)\.([0-9]+)$")
_COMPONENT = must(code_of(5120, 5121, 5122, 5123, 5125, 5126))

ROOT_LISTS = {
    "accessors": "accessor", "animations": "animation", "buffers": "buffer", "bufferViews": "bufferView", "cameras": "camera",
    "images": "image", "materials": "material", "meshes": "mesh", "nodes": "node", "samplers": "sampler", "scenes": "scene",
    "skins": "skin", "textures": "texture",
}  # fmt: skip
"""Root property -> type of its elements."""

CORE: dict[str, Properties] = {
    "asset": {"copyright": TEXT, "generator": TEXT, "version": must(_VERSION), "minVersion": _VERSION},
    "accessor": {
        **NAME, "bufferView": INDEX, "byteOffset": whole(), "componentType": _COMPONENT, "count": must(whole(1)),
        "type": must(one_of("SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4")), "normalized": FLAG,
        "min": BY_RULE, "max": BY_RULE, "sparse": one("sparse"),
    },
    "sparse": {"count": must(whole(1)), "indices": must(one("sparseIndices")), "values": must(one("sparseValues"))},
    "sparseIndices": {"bufferView": must(INDEX), "byteOffset": whole(), "componentType": must(code_of(5121, 5123, 5125))},
    "sparseValues": {"bufferView": must(INDEX), "byteOffset": whole()},
    "animation": {**NAME, "channels": many("channel"), "samplers": many("animationSampler")},
    "channel": {"sampler": must(INDEX), "target": must(one("target"))},
    "target": {"node": INDEX, "path": must(one_of("translation", "rotation", "scale", "weights"))},
    "animationSampler": {"input": must(INDEX), "interpolation": one_of("LINEAR", "STEP", "CUBICSPLINE"), "output": must(INDEX)},
    "buffer": {**NAME, "uri": TEXT, "byteLength": must(whole(1))},
    "bufferView": {
        **NAME, "buffer": must(INDEX), "byteOffset": whole(), "byteLength": must(whole(1)), "byteStride": whole(4, 252),
        "target": code_of(34962, 34963),
    },
    "camera": {**NAME, "type": must(one_of("orthographic", "perspective")), "orthographic": BY_RULE, "perspective": BY_RULE},
    "orthographic": {"xmag": must(number()), "ymag": must(number()), "zfar": must(number(above=0)), "znear": must(number(0))},
    "perspective": {"aspectRatio": number(above=0), "yfov": must(number(above=0)), "zfar": number(above=0), "znear": must(number(above=0))},
    "image": {**NAME, "bufferView": INDEX, "mimeType": one_of("image/jpeg", "image/png"), "uri": TEXT},
    "material": {
        **NAME, "pbrMetallicRoughness": one("pbrMetallicRoughness"), "normalTexture": one("normalTextureInfo"),
        "occlusionTexture": one("occlusionTextureInfo"), "emissiveTexture": one("textureInfo"), "emissiveFactor": numbers(3, 0, 1),
        "alphaMode": one_of("OPAQUE", "MASK", "BLEND"), "alphaCutoff": number(0), "doubleSided": FLAG,
    },
    "pbrMetallicRoughness": {
        "baseColorFactor": numbers(4, 0, 1), "baseColorTexture": one("textureInfo"), "metallicFactor": UNIT, "roughnessFactor": UNIT,
        "metallicRoughnessTexture": one("textureInfo"),
    },
    "textureInfo": {"index": must(INDEX), "texCoord": whole()},
    "normalTextureInfo": {"index": must(INDEX), "texCoord": whole(), "scale": number()},
    "occlusionTextureInfo": {"index": must(INDEX), "texCoord": whole(), "strength": UNIT},
    "mesh": {**NAME, "primitives": many("primitive"), "weights": numbers()},
    "primitive": {
        "attributes": must(Field(kind="attributes")), "indices": INDEX, "material": INDEX, "mode": whole(0, 6),
        "targets": Field(kind="targets"),
    },
    "node": {
        **NAME, "camera": INDEX, "children": INDICES, "skin": INDEX, "matrix": numbers(16), "mesh": INDEX,
        "rotation": numbers(4, -1, 1), "scale": numbers(3), "translation": numbers(3), "weights": numbers(),
    },
    "sampler": {
        **NAME, "magFilter": code_of(9728, 9729), "minFilter": code_of(9728, 9729, 9984, 9985, 9986, 9987),
        "wrapS": code_of(33071, 33648, 10497), "wrapT": code_of(33071, 33648, 10497),
    },
    "scene": {**NAME, "nodes": INDICES},
    "skin": {**NAME, "inverseBindMatrices": INDEX, "skeleton": INDEX, "joints": must(INDICES)},
    "texture": {**NAME, "sampler": INDEX, "source": INDEX},
}  # fmt: skip
