"""Levels of detail: the same product ever simpler, each for when it is small enough on the screen.

A level whose surface is off by e shows it as one pixel where the product, of diagonal d, covers d / e pixels. So level k, shown where
the product covers at most 1 / 2^k of a picture `height_px` high, may be off by 2^k d / height_px, and no step is ever seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arviz.core.asset import Asset
from arviz.core.graph import bounds
from arviz.core.report import Report
from arviz.ops.simplify import Goal, simplified_levels, unchanged

HEIGHT_PX = 1080
MOST_LEVELS = 8
"""Beside the product itself: the last is for a product of four pixels."""
WORTH = 0.8
"""A level has at most this part of the triangles of the one before, or it is left out: loading it would cost more than it spares."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lod:
    """One level: shown where the product's diagonal covers at most `coverage` of the picture's height; off by `error_m` at most."""

    asset: Asset
    coverage: float
    error_m: float
    report: Report


def lods(asset: Asset, *, levels: int = 3, height_px: int = HEIGHT_PX) -> tuple[Lod, ...]:
    """Return the asset itself and up to `levels` simpler ones.

    Parameters
    ----------
    asset : Asset
    levels : int
        Beside the asset itself. Fewer come back where a level would save less than a fifth of the one before.
    height_px : int
        Of the pictures in which one pixel is the most that may be seen of an error.
    """
    box = bounds(asset)
    diagonal = 0.0 if box is None else float(np.linalg.norm(box[1] - box[0]))
    errors = [2**level * diagonal / height_px for level in range(1, levels + 1)] if diagonal > 0 else []
    out = [Lod(asset=asset, coverage=1.0, error_m=0.0, report=unchanged(asset).report)]
    for level, simple in enumerate(simplified_levels(asset, goals=[Goal(error_m=error) for error in errors]), start=1):
        if simple.report.figures["triangles"] <= WORTH * out[-1].report.figures["triangles"]:
            out.append(Lod(asset=simple.asset, coverage=0.5**level, error_m=errors[level - 1], report=simple.report))
    return tuple(out)
