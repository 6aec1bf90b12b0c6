"""Skin weights: which joints move each vertex, and how much (glTF 2.0 section 3.7.3.3)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from arviz.core.frozen import Array
from arviz.formats.gltf.rules.links import Links
from arviz.formats.gltf.rules.resources import Resources
from arviz.formats.gltf.rules.structure import Json

_STEP = 2e-7
"""Rounding of one float32 addition, as the Khronos validator allows it for each influence."""
_MOST_SETS = 8


def check_influences(links: Links, resources: Resources) -> None:
    """Check joints and weights of every primitive that a skinned node draws."""
    joints_of: dict[int, int] = {}
    for _, node, _where in links.items("nodes"):
        skin = links.item("skins", node.get("skin", -1))
        if skin is not None and "joints" in skin and "mesh" in node:
            mesh = node["mesh"]
            joints_of[mesh] = min(joints_of.get(mesh, len(skin["joints"])), len(skin["joints"]))
    for index, mesh, where in links.items("meshes"):
        if index not in joints_of:
            continue
        for number, primitive in enumerate(mesh.get("primitives", ())):
            sets = primitive["counts"]["JOINTS"]
            if 0 < sets <= _MOST_SETS:
                place = f"{where}/primitives/{number}/attributes"
                _check_primitive(links, resources, primitive, place, sets=sets, last=joints_of[index] - 1)


def _check_primitive(links: Links, resources: Resources, primitive: Json, where: str, *, sets: int, last: int) -> None:
    attributes = primitive["attributes"]
    names = [f"JOINTS_{i}" for i in range(sets)] + [f"WEIGHTS_{i}" for i in range(sets)]
    accessors = [links.item("accessors", attributes.get(name, -1)) for name in names]
    count = next((a.get("count", -1) for a in (links.item("accessors", i) for i in attributes.values()) if a is not None), -1)
    sources = []
    for name, accessor in zip(names, accessors, strict=True):
        wanted = (5121, 5123, 5125, 5120, 5122) if name.startswith("JOINTS") else (5121, 5123, 5126, 5120, 5122, 5125)
        if accessor is None or accessor.get("count", -1) != count or accessor.get("componentType") not in wanted:
            return
        stored = "bufferView" in accessor or "sparse" in accessor  # without either it is a placeholder, all zeros
        blocks = resources.blocks(accessor, where) if stored and accessor.get("type") == "VEC4" else None
        if blocks is None:
            return
        sources.append(blocks())
    found: dict[tuple[str, int], int] = {}
    for parts in zip(*sources, strict=True):
        # Influences in the order in which a vertex is read: component by component, and in each set after set.
        joints = np.stack([values.astype(np.int64) for _, values in parts[:sets]], axis=2).reshape(len(parts[0][1]), -1)
        weights = np.stack([_weights(values) for _, values in parts[sets:]], axis=2).reshape(len(joints), -1)
        for code, bad in _faults(joints, weights, last):
            if bad.any():
                vertex = np.argwhere(bad)[0][0]
                for number in range(sets):
                    if bad.shape[1] == 1 or bad[:, number::sets].any():
                        found.setdefault((code, number), parts[0][0] + int(vertex))
    for (code, number), vertex in found.items():
        kind = "WEIGHTS" if "WEIGHTS" in code else "JOINTS"
        links.issues.add(code, f"{where}/{kind}_{number}", f"vertex {vertex}")


def _weights(values: Array) -> Array:
    if values.dtype.kind == "f":
        return values
    top = np.float64(np.iinfo(values.dtype).max)
    return np.maximum(values.astype(np.float64) / top, -1)


def _faults(joints: Array, weights: Array, last: int) -> Iterator[tuple[str, Array]]:
    """Yield code and (V, influences) or (V, 1) bool: where vertices break the rule."""
    inside = joints <= last
    acts = inside & (weights != 0)
    total = np.zeros(len(joints), np.float32)
    tolerance = np.zeros(len(joints))
    twice = np.zeros(joints.shape, bool)
    for column in range(joints.shape[1]):
        same = acts[:, :column] & (joints[:, :column] == joints[:, column, None])
        twice[:, column] = acts[:, column] & same.any(axis=1)
        adds = acts[:, column] & ~twice[:, column] & ~(weights[:, column] < 0)
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.where(adds, (total.astype(np.float64) + weights[:, column]).astype(np.float32), total)
        tolerance += np.where(adds, _STEP, 0)
    yield "ACCESSOR_JOINTS_INDEX_OOB", ~inside
    yield "ACCESSOR_JOINTS_INDEX_DUPLICATE", twice
    yield "ACCESSOR_WEIGHTS_NEGATIVE", acts & (weights < 0)
    yield "ACCESSOR_JOINTS_USED_ZERO_WEIGHT", inside & (weights == 0) & (joints != 0)
    with np.errstate(invalid="ignore"):
        yield "ACCESSOR_WEIGHTS_NON_NORMALIZED", (np.abs(total.astype(np.float64) - 1) > tolerance)[:, None]
