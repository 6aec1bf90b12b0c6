"""The demo coffee table: oak top with round corners, a shelf below, legs set at a slant. 110 x 60 x 38 cm."""

from __future__ import annotations

from boxes import leg, rounded_rectangle, slab
from dining_table import woods
from finish import finished
from model import Part, anchor

from arviz.core.asset import Asset

SIZE_M = (1.10, 0.38, 0.60)


def parts() -> Part:
    """Return the table's hierarchy, not yet cut to size."""
    top = slab(rounded_rectangle(1.10, 0.60, radius_m=0.14, steps=10), bottom_m=0.355, top_m=0.38, radius_m=0.006, under_m=0.016)
    shelf = slab(rounded_rectangle(0.86, 0.38, radius_m=0.08, steps=8), bottom_m=0.140, top_m=0.156, radius_m=0.004)
    legs = tuple(
        Part(f"leg {where} {side}", ((leg((x * 0.40, 0.357, z * 0.175), (x * 0.455, 0, z * 0.225), wide_m=(0.024, 0.042)), "oak"),))
        for z, where in ((1, "front"), (-1, "back"))
        for x, side in ((-1, "left"), (1, "right"))
    )
    return Part(
        "coffee table",
        children=(
            Part("top", ((top, "oak"),), children=(
                anchor("contact", "top", at_m=(0, 0.38, 0), normal=(0, 1, 0), up=(0, 0, 1), width_m=1.10),
            )),
            Part("shelf", ((shelf, "oak"),)),
            Part("legs", children=legs),
            anchor("contact", "floor", at_m=(0, 0, 0), normal=(0, -1, 0), up=(0, 0, 1), width_m=0.93),
        ),
    )  # fmt: skip


def build() -> Asset:
    """Make the coffee table."""
    return finished(parts(), size_m=SIZE_M, reach_m=0.4, **woods())
