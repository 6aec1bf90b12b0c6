"""The demo dining table: solid oak, tapered legs, for six. 160 x 90 x 75 cm (height as EN 15372 has it for seats of 45 cm)."""

from __future__ import annotations

import numpy as np
from boxes import X, Z, box, leg, rounded_rectangle, slab
from finish import finished
from model import Part, anchor, joined, picture
from oak import TILE_M, oak
from weave import linear, srgb, to_bytes

from arviz.core.asset import Asset
from arviz.core.material import Material, TextureInfo

SIZE_M = (1.60, 0.75, 0.90)
TOP_M = 0.030


def parts() -> Part:
    """Return the table's hierarchy, not yet cut to size."""
    top = slab(rounded_rectangle(1.60, 0.90, radius_m=0.035), bottom_m=0.75 - TOP_M, top_m=0.75, radius_m=0.006, under_m=0.014)
    rail_y, high = 0.75 - TOP_M - 0.041, 0.082
    rails = [box((1.38, high, 0.022), (0, rail_y, s * 0.365), grain=X) for s in (-1, 1)]
    rails += [box((0.022, high, 0.70), (s * 0.715, rail_y, 0), grain=Z) for s in (-1, 1)]
    legs = tuple(
        Part(
            f"leg {where} {side}",
            ((leg((x * 0.715, 0.75 - TOP_M, z * 0.365), (x * 0.735, 0, z * 0.385), wide_m=(0.038, 0.062), power=7, sides=32), "oak"),),
        )
        for z, where in ((1, "front"), (-1, "back"))
        for x, side in ((-1, "left"), (1, "right"))
    )
    return Part(
        "dining table",
        children=(
            Part("top", ((top, "oak"),), children=(
                anchor("contact", "top", at_m=(0, 0.75, 0), normal=(0, 1, 0), up=(0, 0, 1), width_m=1.60),
            )),
            Part("frame", ((joined(rails), "oak"),)),
            Part("legs", children=legs),
            anchor("contact", "floor", at_m=(0, 0, 0), normal=(0, -1, 0), up=(0, 0, 1), width_m=1.50),
        ),
    )  # fmt: skip


def woods() -> dict[str, object]:
    """Return materials, pictures, tiles and variants of oak in two finishes."""
    colour, orm = oak()
    maps = {"base_color_texture": TextureInfo(texture=0), "metallic_roughness_texture": TextureInfo(texture=1), "metallic_factor": 0.0}
    smoked = tuple(np.array(linear("#7a5a43")) / np.array(linear("#c2a176")))
    return {
        "materials": (Material(name="oak", **maps), Material(name="smoked oak", base_color_factor=(*smoked, 1), **maps)),
        "images": (picture(to_bytes(srgb(colour)), name="oak_colour", quality=86), picture(orm, name="oak_orm", quality=75)),
        "tile_m": {"oak": TILE_M, "smoked oak": TILE_M},
        "variants": {"Oak": {"oak": "oak"}, "Smoked": {"oak": "smoked oak"}},
    }


def build() -> Asset:
    """Make the dining table."""
    return finished(parts(), size_m=SIZE_M, reach_m=0.6, **woods())
