"""What hands hide: fingers as thick lines between their joints, the palm as a thick polygon."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.tryon.constants import look, regions
from arviz.tryon.makeup.coverage import Window, inside


def hand_cover(hands: Sequence[Landmarks], *, within: Window) -> Array:
    """Return how much of each pixel of a window hands hide, (H, W) float32: ``clip(1/2 + radius - distance, 0, 1)``.

    Radius: `look()["finger"]` times the distance between the knuckles of index and little finger, which lie three fingers apart.
    """
    out = np.zeros(within.shape, np.float32)
    y, x = np.mgrid[within.y0 : within.y1, within.x0 : within.x1]
    for hand in hands:
        points = hand.points_px
        radius = look()["finger"] * float(np.linalg.norm(points[5] - points[17]))
        reach = radius + 1
        low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
        if high[0] < within.x0 or high[1] < within.y0 or low[0] > within.x1 or low[1] > within.y1:
            continue
        palm = points[regions()["palm"]]
        distance = np.where(inside(palm, within=within), -radius, np.inf)
        for a, b in regions()["hand_bones"]:
            along = points[b] - points[a]
            share = ((x - points[a][0]) * along[0] + (y - points[a][1]) * along[1]) / max(float(along @ along), 1e-12)
            share = np.clip(share, 0, 1)
            apart = np.hypot(x - points[a][0] - share * along[0], y - points[a][1] - share * along[1])
            distance = np.minimum(distance, apart)
        out = np.maximum(out, np.clip(0.5 + radius - distance, 0, 1).astype(np.float32))
    return out
