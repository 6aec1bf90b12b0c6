"""The demo table lamp: the floor lamp's head on a glazed body. 28 x 28 x 45 cm.

It glows but carries no light: a point light a hand's breadth from its own body outshines everything else in a shop picture.
"""

from __future__ import annotations

from dataclasses import replace

from boxes import turned
from finish import finished
from lamp import BOTTOM_R, SHADE_HIGH, SHADE_LOW, TOP_R, bulb, harp, shade, spider, trim
from lamp import build as floor_lamp
from model import Part, anchor
from surfaces import Surface, lathe, smooth_path, surface
from weave import linear

from arviz.core.asset import Asset
from arviz.core.material import Material
from arviz.core.transforms import similarity

SIZE_M = (0.28, 0.45, 0.28)
GLAZES = {"chalk": "#cfc9bc", "sage": "#6f8375", "ink": "#2a3446"}
SCALE = 0.28 / (2 * BOTTOM_R)
HEAD = similarity(scale=SCALE, translation=(0, SIZE_M[1] - SCALE * SHADE_HIGH, 0))
"""From the floor lamp's head to this one's."""


def head(s: Surface) -> Surface:
    """Return a piece of the floor lamp's head in its place here."""
    return s.moved(HEAD)


def body() -> Surface:
    """Turn the body: a drop that narrows to the neck."""
    profile = smooth_path(
        [[0.046, 0.014, 0], [0.066, 0.050, 0], [0.070, 0.085, 0], [0.052, 0.140, 0], [0.026, 0.190, 0], [0.0165, 0.226, 0]], count=26
    )
    return surface(lathe([[0.0, 0.014], *profile[:, :2].tolist(), [0.0, 0.226]], sides=48))


def build() -> Asset:
    """Make the table lamp."""
    foot = turned([[0, 0], [0.054, 0], [0.056, 0.004], [0.056, 0.015], [0, 0.017]], radius_m=0.003, sides=48)
    neck_y = SIZE_M[1] - SCALE * (SHADE_HIGH - 1.306)
    neck = turned([[0, 0.222], [0.0135, 0.222], [0.0125, 0.235], [0.0125, neck_y], [0, neck_y]], radius_m=0.002, sides=32)
    root = Part(
        "table lamp",
        children=(
            Part("base", ((foot, "brass"),), children=(
                anchor("contact", "floor", at_m=(0, 0, 0), normal=(0, -1, 0), up=(0, 0, 1), width_m=0.11),
            )),
            Part("body", ((body(), "glaze chalk"),)),
            Part("neck", ((neck, "brass"),)),
            Part("head", children=(
                Part("bulb", ((head(bulb()), "bulb"),)),
                Part("harp", ((head(harp()), "brass"),)),
                Part("shade", ((head(shade()), "linen"),), children=(
                    Part("spider", ((head(spider()), "brass"),)),
                    Part("trim lower", ((head(trim(SHADE_LOW + 0.0056, BOTTOM_R - 0.0017)), "linen trim"),)),
                    Part("trim upper", ((head(trim(SHADE_HIGH - 0.0056, TOP_R - 0.0017)), "linen trim"),)),
                )),
            )),
        ),
    )  # fmt: skip
    looks = floor_lamp()  # its materials and pictures serve here too, but for the wood
    first = next(i for i, image in enumerate(looks.images) if image.name.startswith("linen"))

    def renumbered(m: Material) -> Material:
        slots = ("base_color_texture", "normal_texture", "emissive_texture")
        used = {slot: getattr(m, slot) for slot in slots if getattr(m, slot) is not None}
        if m.name == "bulb":
            m = replace(m, base_color_factor=(0.88, 0.84, 0.78, 1))
        return replace(m, **{slot: replace(info, texture=info.texture - first) for slot, info in used.items()})

    glazes = [
        Material(name=f"glaze {name}", base_color_factor=(*linear(colour), 1), metallic_factor=0, roughness_factor=0.22)
        for name, colour in GLAZES.items()
    ]
    return finished(
        root,
        size_m=SIZE_M,
        materials=[*glazes, *(renumbered(m) for m in looks.materials if m.name in ("brass", "linen", "linen trim", "bulb"))],
        images=looks.images[first:],
        tile_m={"linen": 1.0},
        variants={n.title(): {"glaze chalk": f"glaze {n}"} for n in GLAZES},
        reach_m=0.15,
    )
