"""The floor under a product, for its shadow."""

from __future__ import annotations

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive, SceneRoots
from arviz.core.frozen import Array
from arviz.core.scene import Item
from arviz.core.transforms import apply
from arviz.render.framing import drawn_points

_REACH = 4.0
"""The floor reaches this many heights of the product beyond its foot print: a sun 14 degrees high still throws its shadow on it."""


def ground_catcher(subject: Asset | Array, world_from_asset: Array | None = None) -> Item:
    """Return a shadow catcher under a product's lowest point, large enough for its shadow under any sky.

    Level in the world (normal +Y), whatever the pose. A product that draws nothing gets one of zero size, which shows
    nothing. The shadow of a lower sun ends at the edge.

    Parameters
    ----------
    subject : Asset or ndarray (N, 3)
        The product, or its points as `arviz.render.framing.drawn_points` returns them.
    world_from_asset : ndarray (4, 4), optional
        Pose of the asset, as in its `Item`.
    """
    points = drawn_points(subject) if isinstance(subject, Asset) else subject
    if world_from_asset is not None:
        points = apply(np.asarray(world_from_asset, np.float64), points)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        points = np.zeros((1, 3))
    low, high = points.min(axis=0), points.max(axis=0)
    reach = _REACH * (high[1] - low[1])
    middle, half = (low + high) / 2, (high - low) / 2 + reach
    x, z = half[0], half[2]
    corners = np.array([[-x, 0, -z], [-x, 0, z], [x, 0, z], [x, 0, -z]])
    primitive = Primitive(
        attributes={"POSITION": corners.astype(np.float32), "NORMAL": np.tile([0.0, 1.0, 0.0], (4, 1)).astype(np.float32)},
        indices=np.array([0, 1, 2, 0, 2, 3], np.uint32),
    )
    floor = Asset(
        nodes=(Node(name="floor", mesh=0),), meshes=(Mesh(primitives=(primitive,), name="floor"),), scenes=(SceneRoots(nodes=(0,)),)
    )
    world_from_floor = np.eye(4)
    world_from_floor[:3, 3] = middle[0], low[1], middle[2]
    return Item(asset=floor, world_from_asset=world_from_floor, role="shadow_catcher")
