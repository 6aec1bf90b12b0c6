"""The demo rug: flat-woven wool with a border, bound edge. 200 x 140 x 1 cm."""

from __future__ import annotations

import numpy as np
from boxes import rounded_rectangle, slab
from finish import finished
from model import Part, anchor, picture
from noise import periodic
from surfaces import Array
from weave import linear, srgb, to_bytes, weave

from arviz.core.asset import Asset
from arviz.core.material import Material, TextureInfo

SIZE_M = (2.00, 0.010, 1.40)
COLOURS = {"sand": ("#b5a384", "#6d5540", "#d3c5a8"), "indigo": ("#3c4a66", "#c7b893", "#55658a")}
"""Ground, border, inner line."""
WEAVE_TILE_M = 0.10


def design(colours: tuple[str, str, str], *, width_px: int = 512, height_px: int = 512) -> Array:
    """Return linear (H, W, 3): borders, a field of faint lozenges, and the streaks of hand-dyed yarn."""
    ground, border, line = (np.array(linear(c)) for c in colours)
    x = (np.arange(width_px) + 0.5)[None] / width_px * 2.0
    y = (np.arange(height_px) + 0.5)[:, None] / height_px * 1.4
    edge = np.minimum(np.minimum(x, 2.0 - x), np.minimum(y, 1.4 - y))
    u, v = (x - 1.0) / 0.23, (y - 0.70) / 0.23
    to_line = np.minimum(*(abs((w + 0.5) % 1 - 0.5) for w in (u + v, u - v)))
    heart = abs((u + v) % 1 - 0.5) + abs((u - v) % 1 - 0.5)
    mark = np.where(((to_line < 0.05) | (heart < 0.16)) & (edge > 0.20), 0.75, 0.0)[..., None]
    picture = ground * (1 - mark) + line * mark
    picture = np.where(((edge > 0.09) & (edge < 0.15))[..., None], border, picture)
    picture = np.where((((edge > 0.165) & (edge < 0.175)) | ((edge > 0.065) & (edge < 0.075)))[..., None], line, picture)
    yarn = np.random.default_rng(5).normal(0, 1, height_px)[:, None]
    cloud = periodic((height_px, width_px), seed=8, low=1, high=10, slope=1.0)
    fuzz = periodic((height_px, width_px), seed=9, low=40, high=170, slope=0.2)
    return np.clip(picture * (1 + 0.05 * yarn + 0.025 * cloud + 0.05 * fuzz)[..., None], 0, 1)


def build() -> Asset:
    """Make the rug."""
    body = slab(rounded_rectangle(2.00, 1.40, radius_m=0.008, steps=4), bottom_m=0, top_m=0.010, radius_m=0.0048)
    place = body.positions[:, [0, 2]] + [1.00, 0.70]
    body.uv[:] = place / [2.00, 1.40]
    cloth = weave(size_px=512, threads=24, tile_m=WEAVE_TILE_M, seed=61)
    repeat = {"KHR_texture_transform": {"scale": [2.00 / WEAVE_TILE_M, 1.40 / WEAVE_TILE_M]}}
    materials = tuple(
        Material(
            name=f"wool {name}", base_color_texture=TextureInfo(texture=i), metallic_factor=0.0, roughness_factor=0.95,
            normal_texture=TextureInfo(texture=len(COLOURS), extensions=repeat),
        )
        for i, name in enumerate(COLOURS)
    )  # fmt: skip
    images = tuple(picture(to_bytes(srgb(design(c))), name=f"rug_{n}", quality=88) for n, c in COLOURS.items())
    root = Part(
        "rug",
        children=(
            Part("field", ((body, "wool sand"),)),
            anchor("contact", "floor", at_m=(0, 0, 0), normal=(0, -1, 0), up=(0, 0, 1), width_m=2.0),
            anchor("contact", "top", at_m=(0, 0.010, 0), normal=(0, 1, 0), up=(0, 0, 1), width_m=2.0),
        ),
    )
    return finished(
        root,
        size_m=SIZE_M,
        materials=materials,
        images=(*images, picture(cloth.normal, name="rug_normal", quality=78, full_chroma=True)),
        tile_m={m.name: 1.0 for m in materials},
        variants={n.title(): {"wool sand": f"wool {n}"} for n in COLOURS},
        reach_m=0.1,
    )
