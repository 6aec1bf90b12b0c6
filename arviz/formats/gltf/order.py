"""Vertices and triangles in the order in which they compress best and are drawn fastest; equal vertices become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from arviz.core.asset import TRIANGLES, Asset, Mesh, Primitive
from arviz.core.frozen import Array
from arviz.formats.gltf.codecs import meshopt


def ordered(asset: Asset) -> Asset:
    """Return `asset` with each triangle list welded and put in strip order, each vertex where it is first used.

    Vertices are one only where every attribute and morph target is equal to the bit; vertices that no triangle uses
    are left out. Points, lines, strips and fans stay as they are. The order is meshoptimizer's.

    Raises
    ------
    DependencyError
        The package meshopt is not installed.
    """
    return replace(asset, meshes=tuple(_ordered_mesh(mesh) for mesh in asset.meshes))


def _ordered_mesh(mesh: Mesh) -> Mesh:
    return replace(mesh, primitives=tuple(_ordered(p) if p.mode == TRIANGLES else p for p in mesh.primitives))


def _ordered(primitive: Primitive) -> Primitive:
    triangles = primitive.triangles
    if not len(triangles):
        return primitive
    first, same_as = _distinct(primitive)
    indices, vertices = meshopt.order(same_as[triangles.reshape(-1)])
    rows = first[vertices]
    return replace(
        primitive,
        attributes=_rows(primitive.attributes, rows),
        indices=indices,
        targets=tuple(_rows(target, rows) for target in primitive.targets),
    )


def _rows(attributes: Mapping[str, Array], rows: Array) -> dict[str, Array]:
    return {name: array[rows] for name, array in attributes.items()}


def _distinct(primitive: Primitive) -> tuple[Array, Array]:
    """Return the first vertex of each kind, (U,), and for each vertex, (V,) uint32, which of these it equals."""
    arrays = [*primitive.attributes.values(), *(array for target in primitive.targets for array in target.values())]
    count = len(primitive.positions)
    content = np.concatenate([np.ascontiguousarray(a).reshape(count, -1).view(np.uint8) for a in arrays], axis=1)
    keys = np.ascontiguousarray(content).view(np.dtype((np.void, content.shape[1])))[:, 0]
    _, first, same_as = np.unique(keys, return_index=True, return_inverse=True)
    # In the order of the vertices, not of their bytes: what is drawn together stays together.
    order = np.argsort(first)
    rank = np.empty(len(order), np.uint32)
    rank[order] = np.arange(len(order), dtype=np.uint32)
    return first[order], rank[same_as.reshape(-1)]
