"""Count and measure an Asset: what `inspect` prints and `report.json` holds."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Primitive
from arviz.core.errors import ArvizError
from arviz.core.extensions import used_extensions
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.image import measure
from arviz.core.triangles import shell_count

_BYTES_PER_TEXEL = 4
_MIPMAPS = 4 / 3
"""A full mipmap chain adds a third: 1 + 1/4 + 1/16 + ..."""


def figures(asset: Asset) -> dict[str, Any]:
    """Return what can be counted and measured, as plain JSON-ready data.

    ``size`` is (x, y, z) in metres if the unit is known, else in file units; ``size_sigma`` the coarsest rounding of
    its float32 coordinates, each in its own node. ``texture_memory_bytes`` assumes uncompressed RGBA8 with mipmaps, as browsers upload
    PNG, JPEG and WebP.
    """
    counts, parts, sigma = _drawn_figures(asset)
    box = _box(parts)
    images = [_image(asset, index) for index in range(len(asset.images))]
    return {
        "size": None if box is None else (box[1] - box[0]).tolist(),
        "size_sigma": None if box is None else sigma,
        "bounds": None if box is None else box.tolist(),
        **counts,
        "nodes": len(asset.nodes),
        "meshes": len(asset.meshes),
        "materials": [material.name for material in asset.materials],
        "images": images,
        "image_bytes": sum(image["bytes"] for image in images),
        "texture_memory_bytes": sum(image["memory_bytes"] for image in images),
        "geometry_bytes": _geometry_bytes(asset),
        "uv_sets": _sets(asset, "TEXCOORD_"),
        "variants": list(asset.variants),
        "animations": [animation.name for animation in asset.animations],
        "skins": len(asset.skins),
        "lights": [dict(light).get("type", "") for light in asset.lights],
        "extensions": list(used_extensions(asset)),
        "parts": parts,
    }


def _image(asset: Asset, index: int) -> dict[str, Any]:
    image = asset.images[index]
    width = height = 0
    if image.data is not None:
        with suppress(ArvizError):  # a broken picture has no size; whoever decodes it reports it
            width, height = measure(image.data, where=f"images[{index}]")
    return {
        "name": image.name or image.uri,
        "mime_type": image.mime_type,
        "bytes": len(image.data or b""),
        "width_px": width,
        "height_px": height,
        "memory_bytes": round(width * height * _BYTES_PER_TEXEL * _MIPMAPS),
    }


def _geometry_bytes(asset: Asset) -> int:
    """Bytes of all arrays, shared ones once."""
    arrays: dict[int, Array] = {}
    for mesh in asset.meshes:
        for primitive in mesh.primitives:
            for array in _arrays(primitive):
                arrays[array.__array_interface__["data"][0]] = array
    return sum(array.nbytes for array in arrays.values())


def _arrays(primitive: Primitive) -> list[Array]:
    out = [*primitive.attributes.values(), *(array for target in primitive.targets for array in target.values())]
    return out if primitive.indices is None else [*out, primitive.indices]


def _sets(asset: Asset, prefix: str) -> int:
    names = {n for mesh in asset.meshes for p in mesh.primitives for n in p.attributes if n.startswith(prefix)}
    return len(names)


def _drawn_figures(asset: Asset) -> tuple[dict[str, int], list[dict[str, Any]], float]:
    """Return the totals of what is drawn, one entry per mesh node (id, label, bounds, triangles, materials, shells), sigma.

    One piece at a time: a small file may draw a large mesh many times.
    """
    sigma = 0.0
    largest: dict[int, float] = {}
    counts = {"triangles": 0, "vertices": 0, "draw_calls": 0}
    parts: dict[int, dict[str, Any]] = {}
    shells: dict[int, int] = {}
    for piece in drawn(asset):
        primitive, node = piece.primitive, asset.nodes[piece.node]
        triangles = len(primitive.triangles)
        counts["triangles"] += triangles
        counts["vertices"] += len(piece.positions)
        counts["draw_calls"] += 1
        empty: dict[str, Any] = {"id": node.part, "label": node.name, "bounds": None, "triangles": 0, "materials": [], "components": 0}
        part = parts.setdefault(piece.node, empty)
        part["bounds"] = _joined(part["bounds"], piece.used_positions)
        part["triangles"] += triangles
        if id(primitive) not in shells:
            shells[id(primitive)] = _components(primitive)
            largest[id(primitive)] = _largest(primitive)
        scale = float(np.linalg.norm(piece.asset_from_node[:3, :3], axis=0).max())
        sigma = max(sigma, scale * float(np.spacing(np.float32(largest[id(primitive)]))))
        part["components"] += shells[id(primitive)]
        if primitive.material is not None:
            part["materials"].append(asset.materials[primitive.material].name)
    return counts, list(parts.values()), sigma


def _largest(primitive: Primitive) -> float:
    """Return the largest finite coordinate that a triangle uses, in its node's frame, without its sign."""
    used = np.zeros(len(primitive.positions), bool)
    used[primitive.triangles.ravel()] = True
    values = np.abs(primitive.positions[used])
    return float(values[np.isfinite(values)].max(initial=0.0))


def _box(parts: list[dict[str, Any]]) -> Array | None:
    """Return the (2, 3) bounds of all parts as `arviz.core.graph.bounds` has them."""
    boxes = np.array([part["bounds"] for part in parts if part["bounds"] is not None]).reshape(-1, 2, 3)
    box = np.stack([boxes[:, 0].min(axis=0, initial=np.inf), boxes[:, 1].max(axis=0, initial=-np.inf)])
    return box if np.isfinite(box).all() else None


def _joined(bounds: list[list[float]] | None, points: Array) -> list[list[float]] | None:
    if not len(points):
        return bounds
    corners = points if bounds is None else np.concatenate([points, bounds])
    return [corners.min(0).tolist(), corners.max(0).tolist()]


def _components(primitive: Primitive) -> int:
    """Return the number of connected shells, vertices at the same place counted as one."""
    triangles = primitive.triangles
    if not len(triangles):
        return 0
    _, place = np.unique(primitive.positions, axis=0, return_inverse=True)
    return shell_count(triangles, place.reshape(-1))
