"""Shapes with fewer triangles, for pictures that come thirty times a second: corners that are near to each other become one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.frozen import Array
from arviz.core.scene import Item
from arviz.render.bodies import bodies, soup

_TURNS = 1.0
"""Corners whose normals lie round to other whole numbers are kept apart: edges stay sharp."""
_SMALL = 6
"""Parts of no more cells than this have no edges that anybody sees: hinges and screws."""


def simpler(asset: Asset, *, cell_m: float) -> Asset:
    """Return an asset in which corners within a cube of `cell_m` that face alike are one of them, with what it has of UVs and colours.

    Rossignac and Borrel 1993, "Multi-resolution 3D approximations for rendering complex scenes". Primitives with morph
    targets stay as they are.
    """
    made = tuple(replace(mesh, primitives=tuple(_fewer(p, cell_m) for p in mesh.primitives)) for mesh in asset.meshes)
    return replace(asset, meshes=made)


def _fewer(primitive: Primitive, cell_m: float) -> Primitive:
    normals = primitive.attributes.get("NORMAL")
    if primitive.targets or normals is None or not len(primitive.triangles):
        return primitive
    small = float(np.ptp(primitive.positions, axis=0).max()) < _SMALL * cell_m
    cells = np.concatenate([np.floor(primitive.positions / cell_m), np.rint(normals * (0 if small else _TURNS))], axis=1).astype(np.int64)
    _, first, owner = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    triangles = _whole(owner.ravel()[primitive.triangles])
    if not len(triangles):
        return primitive
    attributes = {name: values[first] for name, values in primitive.attributes.items()}
    return replace(primitive, attributes=attributes, indices=triangles.ravel().astype(np.uint32), mode=4)


def plain(asset: Asset, *, cell_m: float, low_m: Array, high_m: Array, beside_m: float) -> Asset:
    """Return an asset as a shape alone: in a box (3,), (3,) corners within a cube of `cell_m` are one, beside it of `beside_m`."""
    whole = soup(bodies([Item(asset=asset, role="occluder")]))
    places = whole.vertices.astype(np.float64) + whole.centre
    inside: Array = np.asarray(((places > low_m) & (places < high_m)).all(axis=1))
    cells = np.floor(places / np.where(inside, cell_m, beside_m)[:, None]).astype(np.int64)
    _, owner = np.unique(np.concatenate([cells, inside[:, None]], axis=1), axis=0, return_inverse=True)
    owner = owner.ravel()
    count = np.bincount(owner)
    merged = np.stack([np.bincount(owner, places[:, c]) / count for c in range(3)], axis=1)
    triangles = _whole(owner[whole.triangles.astype(np.int64)])
    primitive = Primitive(attributes={"POSITION": merged.astype(np.float32)}, indices=triangles.ravel().astype(np.uint32))
    return Asset(nodes=(Node(name="plain", mesh=0),), meshes=(Mesh(primitives=(primitive,)),))


def _whole(triangles: Array) -> Array:
    """Return the triangles (T, 3) whose corners differ, each once."""
    a, b, c = triangles.T
    kept = triangles[(a != b) & (b != c) & (a != c)]
    out: Array = kept if not len(kept) else kept[np.sort(np.unique(np.sort(kept, axis=1), axis=0, return_index=True)[1])]
    return out
