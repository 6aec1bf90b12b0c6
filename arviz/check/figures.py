"""Count and measure an Asset: what `inspect` prints and `report.json` holds."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Primitive
from arviz.core.errors import ArvizError
from arviz.core.extensions import used_extensions
from arviz.core.frozen import Array
from arviz.core.graph import Drawn, bounds, drawn
from arviz.core.image import measure

_BYTES_PER_TEXEL = 4
_MIPMAPS = 4 / 3
"""A full mipmap chain adds a third: 1 + 1/4 + 1/16 + ..."""


def figures(asset: Asset) -> dict[str, Any]:
    """Return what can be counted and measured, as plain JSON-ready data.

    ``size`` is (x, y, z) in metres if the unit is known, else in file units; ``size_sigma`` the rounding of its
    float32 coordinates. ``texture_memory_bytes`` assumes uncompressed RGBA8 with mipmaps, as browsers upload
    PNG, JPEG and WebP.
    """
    pieces = list(drawn(asset))
    box = bounds(asset)
    images = [_image(asset, index) for index in range(len(asset.images))]
    return {
        "size": None if box is None else (box[1] - box[0]).tolist(),
        "size_sigma": None if box is None else float(np.spacing(np.float32(np.abs(box).max()))),
        "bounds": None if box is None else box.tolist(),
        "triangles": sum(len(piece.primitive.triangles) for piece in pieces),
        "vertices": sum(len(piece.positions) for piece in pieces),
        "draw_calls": len(pieces),
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
        "parts": _parts(asset, pieces),
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


def _parts(asset: Asset, pieces: list[Drawn]) -> list[dict[str, Any]]:
    """One entry per mesh node, in drawing order: id, label, bounds, triangles, materials, connected shells."""
    out: dict[int, dict[str, Any]] = {}
    for piece in pieces:
        node = asset.nodes[piece.node]
        part = out.setdefault(
            piece.node,
            {"id": node.part, "label": node.name, "bounds": None, "triangles": 0, "materials": [], "components": 0},
        )
        if len(piece.positions):
            box = np.stack([piece.positions.min(0), piece.positions.max(0)])
            if part["bounds"] is not None:
                old = np.array(part["bounds"])
                box = np.stack([np.minimum(old[0], box[0]), np.maximum(old[1], box[1])])
            part["bounds"] = box.tolist()
        part["triangles"] += len(piece.primitive.triangles)
        part["components"] += _components(piece.primitive)
        material = piece.primitive.material
        if material is not None:
            part["materials"].append(asset.materials[material].name)
    return list(out.values())


def _components(primitive: Primitive) -> int:
    """Return the number of connected shells, vertices at the same place counted as one."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    triangles = primitive.triangles
    if not len(triangles):
        return 0
    _, place = np.unique(primitive.positions[triangles.ravel()], axis=0, return_inverse=True)
    corners = place.reshape(-1, 3)
    count = int(corners.max()) + 1
    links = np.concatenate([corners[:, :2], corners[:, 1:]])
    graph = coo_matrix((np.ones(len(links), bool), (links[:, 0], links[:, 1])), shape=(count, count))
    components, _ = connected_components(graph, directed=False)
    return int(components)
