"""Products side by side: where one cannot be beside another, by their exact convex pieces, for many places at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from arviz.core.frozen import Array
from arviz.place.plan.kernels import SLACK_M, Kernel, half_planes, united
from arviz.place.plan.pose import on_plan
from arviz.place.product.furniture import Furniture
from arviz.place.single.pieces import Part, is_flat, parts_of


def conflicts(mover: Furniture, yaw_rad: float, other: Furniture, other_yaw_rad: float, *, cell_m: float) -> Kernel | None:
    """Return where the middle of a product cannot be, in cells around the middle of another, both turned; None: anywhere.

    A body meets a body where their heights do; it meets a hard zone of the other unless that lets it in. What lies flat is
    in the way of flat things only. Exact for products whose middles lie on the raster (Lozano-Perez 1983).
    """
    out = []
    for a, b in meeting_parts(mover, other):
        mine = on_plan(a.outline_m - mover.middle_m, at_m=np.zeros(2), yaw_rad=yaw_rad)
        its = on_plan(b.outline_m - other.middle_m, at_m=np.zeros(2), yaw_rad=other_yaw_rad)
        out.append(_lattice((its[:, None] - mine).reshape(-1, 2), cell_m))
    return united(out)


def meeting_parts(mover: Furniture, other: Furniture) -> Iterator[tuple[Part, Part]]:
    """Yield the pairs of convex parts of two products that must not meet."""
    for a in parts_of(mover):
        yield from ((a, b) for b in parts_of(other) if _meet(a, mover, b, other))


def _meet(a: Part, mover: Furniture, b: Part, other: Furniture) -> bool:
    if not (a.bottom_m < b.top_m and b.bottom_m < a.top_m) or (a.zone is not None and b.zone is not None):
        return False
    if a.zone is None and b.zone is None:
        return is_flat(mover) == is_flat(other)
    zone, guest = (a.zone, other) if a.zone is not None else (b.zone, mover)
    return zone is not None and zone.hard and not is_flat(guest) and guest.kind not in zone.lets


def _lattice(points_m: Array, cell_m: float) -> Kernel:
    """Return which whole numbers of cells lie inside the hull of points (N, 2); those on its edge do not."""
    import shapely

    hull = np.asarray(shapely.convex_hull(shapely.MultiPoint(points_m)).exterior.coords)[:-1]
    normals, offsets = half_planes(hull)
    low, high = np.floor(hull.min(axis=0) / cell_m).astype(int), np.ceil(hull.max(axis=0) / cell_m).astype(int)
    x, z = np.arange(low[0], high[0] + 1) * cell_m, np.arange(low[1], high[1] + 1)[:, None] * cell_m
    cells = np.ones((z.size, x.size), bool)
    for (nx, nz), offset in zip(normals, offsets, strict=True):
        cells &= nx * x + nz * z < offset - SLACK_M
    return Kernel(cells, int(low[1]), int(low[0]))
