"""Between the world and a floor plan: (x, z) both, turned about +Y and moved."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array

_ON_PLAN = np.ix_((0, 2), (0, 2))


def to_plan(points_m: Array, *, world_from_site: Array) -> Array:
    """Return site (x, z) of the world points (..., 3) or of their (x, z) (..., 2)."""
    points = np.asarray(points_m, np.float64)
    flat = points if points.shape[-1] == 2 else points[..., [0, 2]]
    out: Array = (flat - world_from_site[[0, 2], 3]) @ world_from_site[_ON_PLAN]
    return out


def to_world(points_m: Array, *, world_from_site: Array) -> Array:
    """Return world (x, z) of the site's (..., 2) (x, z)."""
    out: Array = np.asarray(points_m, np.float64) @ world_from_site[_ON_PLAN].T + world_from_site[[0, 2], 3]
    return out


def turned(vectors: Array, *, world_from_site: Array) -> Array:
    """Return world vectors (..., 3), such as normals, as (x, z) of the site, not made longer."""
    out: Array = np.asarray(vectors, np.float64)[..., [0, 2]] @ world_from_site[_ON_PLAN]
    return out
