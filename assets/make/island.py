"""The demo kitchen island: six drawers, oak worktop that stands out at the back for stools. 120 x 90 x 90 cm.

Worktop at 90 cm, plinth of 10 cm, 4 cm of top: usual practice of European kitchens (EN 1116 co-ordinating sizes).
"""

from __future__ import annotations

from boxes import X, box, rod, tray
from finish import Motion, finished
from model import Part, anchor, joined, picture
from oak import TILE_M, oak
from weave import linear, srgb, to_bytes

from arviz.core.asset import Asset
from arviz.core.material import Material, TextureInfo

SIZE_M = (1.20, 0.90, 0.90)
TOP_Y, PLINTH_Y = 0.86, 0.10
FRONT_Z, DEPTH_M = 0.418, 0.58
PANEL_M = 0.032
TRAVEL_M = 0.42
COLUMNS = {"left": -0.283, "right": 0.283}
ROWS = {"top": (0.676, 0.853), "middle": (0.391, 0.673), "bottom": (0.106, 0.388)}
FRONT_M = (0.562, 0.019)


def drawer(column: str, row: str) -> Part:
    """Make a drawer: a lacquered front, a bar handle, a box behind it."""
    x, (low, high) = COLUMNS[column], ROWS[row]
    middle = (low + high) / 2
    front = box((FRONT_M[0], high - low, FRONT_M[1]), (x, middle, FRONT_Z - FRONT_M[1] / 2), radius_m=0.002, cell_m=0.2)
    body = tray((0.51, high - low - 0.055, 0.48), (x, middle - 0.004, FRONT_Z - FRONT_M[1] - 0.24), wall_m=0.014, radius_m=0.003)
    y, reach = high - 0.045, FRONT_Z + 0.027
    bar = rod([[x - 0.11, y, reach], [x, y, reach], [x + 0.11, y, reach]], diameter_m=0.010)
    feet = [rod([[x + s * 0.085, y, FRONT_Z - 0.003], [x + s * 0.085, y, reach]], diameter_m=0.008, sides=10) for s in (-1, 1)]
    name = f"drawer {column} {row}"
    return Part(
        name,
        ((front, "lacquer"), (body, "birch")),
        children=(
            Part(f"{name} handle", ((joined([bar, *feet]), "black metal"),)),
            anchor("grip", f"{column}-{row}", at_m=(x, y, reach)),
        ),
        pivot_m=(x, middle, FRONT_Z),
    )


def parts() -> Part:
    """Return the island's hierarchy, not yet cut to size."""
    inside = FRONT_Z - FRONT_M[1] - 0.002
    middle, high = inside - DEPTH_M / 2, TOP_Y - PLINTH_Y
    width = 1.20 - 2 * PANEL_M - 0.02
    worktop = box((1.20, 0.04, 0.90), (0, TOP_Y + 0.02, 0), radius_m=0.004, steps=2, cell_m=0.15, grain=X)
    ends = [
        box((PANEL_M, TOP_Y + 0.001, 0.855), (s * (0.590 - PANEL_M / 2), TOP_Y / 2 + 0.0005, -0.0085), radius_m=0.003, cell_m=0.2)
        for s in (-1, 1)
    ]
    case = [
        box((0.018, high, DEPTH_M), (x, PLINTH_Y + high / 2, middle), radius_m=0.001, cell_m=0.3)
        for x in (-width / 2 + 0.009, 0, width / 2 - 0.009)
    ]
    case.append(box((width, 0.018, DEPTH_M - 0.002), (0, PLINTH_Y + 0.009, middle), radius_m=0.001, cell_m=0.3))
    case.append(box((width + 0.018, high, 0.018), (0, PLINTH_Y + high / 2, inside - DEPTH_M - 0.009), radius_m=0.001, cell_m=0.2))
    plinth = box((width, PLINTH_Y, DEPTH_M - 0.06), (0, PLINTH_Y / 2, middle - 0.03), radius_m=0.001, cell_m=0.2)
    return Part(
        "island",
        children=(
            Part("worktop", ((worktop, "oak"),), children=(
                anchor("contact", "worktop", at_m=(0, 0.90, 0), normal=(0, 1, 0), up=(0, 0, 1), width_m=1.20),
            )),
            Part("end panels", ((joined(ends), "oak"),)),
            Part("case", ((joined(case), "white board"), (plinth, "black metal")), children=(
                anchor("contact", "floor", at_m=(0, 0, 0), normal=(0, -1, 0), up=(0, 0, 1), width_m=1.18),
            )),
            *(drawer(column, row) for column in COLUMNS for row in ROWS),
        ),
    )  # fmt: skip


def build() -> Asset:
    """Make the island."""
    colour, orm = oak()
    wood = {"metallic_factor": 0.0, "base_color_texture": TextureInfo(texture=0), "metallic_roughness_texture": TextureInfo(texture=1)}
    materials = (
        Material(name="oak", **wood),
        Material(name="oak front", **wood),
        Material(name="lacquer", base_color_factor=(0.80, 0.795, 0.78, 1), metallic_factor=0, roughness_factor=0.42),
        Material(name="lacquer green", base_color_factor=(*linear("#5f6f62"), 1), metallic_factor=0, roughness_factor=0.45),
        Material(name="white board", base_color_factor=(0.78, 0.78, 0.77, 1), metallic_factor=0, roughness_factor=0.5),
        Material(name="birch", base_color_factor=(*linear("#d8c3a0"), 1), metallic_factor=0, roughness_factor=0.55),
        Material(name="black metal", base_color_factor=(0.012, 0.012, 0.013, 1), metallic_factor=0, roughness_factor=0.5),
    )
    return finished(
        parts(),
        size_m=SIZE_M,
        materials=materials,
        images=(picture(to_bytes(srgb(colour)), name="oak_colour", quality=86), picture(orm, name="oak_orm", quality=75)),
        tile_m=dict.fromkeys(("oak", "oak front", "lacquer", "lacquer green"), TILE_M),
        variants={"White": {"lacquer": "lacquer"}, "Oak": {"lacquer": "oak front"}, "Sage": {"lacquer": "lacquer green"}},
        motions=[Motion(f"drawer {c} {r}", "prismatic", (0, 0, 1), TRAVEL_M) for c in COLUMNS for r in ROWS],
        reach_m=0.4,
    )
