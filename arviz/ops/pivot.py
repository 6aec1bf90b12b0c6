"""Put the product's pivot at the middle of its base, where it touches the floor."""

from __future__ import annotations

import numpy as np

from arviz.core.asset import Asset
from arviz.core.graph import bounds
from arviz.core.reframe import transform_roots
from arviz.core.transforms import similarity

_TOLERANCE = 1e-5
"""Part of the product's diagonal below which a pivot counts as right: vertices of 16 bits, as the web's, cannot do better."""


def pivot(asset: Asset) -> Asset:
    """Move the asset so that the bottom centre of its bounds is the origin.

    Khronos 3D Commerce Asset Creation Guidelines 2: origin at the bottom centre. An asset that stands there
    already is returned as it is.
    """
    box = bounds(asset)
    if box is None:
        return asset
    base = np.array([box[:, 0].mean(), box[0, 1], box[:, 2].mean()])
    if np.abs(base).max() <= _TOLERANCE * np.linalg.norm(box[1] - box[0]):
        return asset
    x, y, z = (-base).tolist()
    return transform_roots(asset, similarity(translation=(x, y, z)))
