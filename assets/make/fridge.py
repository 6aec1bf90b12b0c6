"""The demo fridge-freezer: two doors hinged on the right, shelves, racks and drawers inside. 60 x 67 x 186 cm.

60 x 186 x 65-67 cm is the common European free-standing size (EN 16825 column of 60 cm); doors open to 110 degrees.
"""

from __future__ import annotations

import numpy as np
from boxes import box, rod, tray, turned
from finish import Motion, finished
from model import Part, anchor, joined, picture
from noise import periodic
from surfaces import Surface
from weave import Bytes, linear, to_bytes

from arviz.core.asset import Asset
from arviz.core.material import Material, TextureInfo
from arviz.core.transforms import similarity

SIZE_M = (0.60, 1.86, 0.67)
BACK_Z, FRAME_Z, DOOR_M, GAP_M, HANDLE_M = -0.335, 0.228, 0.060, 0.007, 0.040
DOOR_Z = FRAME_Z + GAP_M
"""Where a closed door begins."""
DOORS = {"fridge door": (0.684, 1.856), "freezer door": (0.072, 0.676)}
ROOMS = {"fridge": (0.720, 1.810), "freezer": (0.110, 0.636)}
WALL_M = 0.042
HINGE_X, HINGE_Z = 0.283, DOOR_Z + 0.017
OPEN_RAD = 1.92
"""110 degrees."""
TILE_M = 0.20


def cabinet() -> tuple[Surface, Surface]:
    """Make the carcass and what it stands on: walls round two rooms."""
    depth, middle = FRAME_Z - BACK_Z, (FRAME_Z + BACK_Z) / 2
    walls = [box((WALL_M, 1.80, depth), (s * (0.30 - WALL_M / 2), 0.06 + 0.90, middle), radius_m=0.004, cell_m=0.3) for s in (-1, 1)]
    inner = 0.60 - 2 * WALL_M + 0.004
    spans = ((0.06, ROOMS["freezer"][0]), (ROOMS["freezer"][1], ROOMS["fridge"][0]), (ROOMS["fridge"][1], 1.86))
    walls += [
        box((inner, high - low, depth - 0.0006), (0, (high + low) / 2, middle - 0.0003), radius_m=0.003, cell_m=0.25) for low, high in spans
    ]
    walls.append(box((inner - 0.002, 1.77, 0.05), (0, 0.95, BACK_Z + 0.025), radius_m=0.003, cell_m=0.4))
    plinth = [box((0.585, 0.05, depth - 0.05), (0, 0.040, middle - 0.015), radius_m=0.004, cell_m=0.15)]
    feet = [turned([[0, 0], [0.018, 0], [0.018, 0.016], [0, 0.016]], radius_m=0.002, sides=14, steps=2) for _ in range(4)]
    places = [(x, z) for x in (-0.25, 0.25) for z in (BACK_Z + 0.06, FRAME_Z - 0.06)]
    plinth += [f.moved(similarity(translation=(x, 0, z))) for f, (x, z) in zip(feet, places, strict=True)]
    grille = [box((0.54, 0.004, 0.003), (0, y, FRAME_Z - 0.0395), radius_m=0.001) for y in (0.026, 0.034, 0.042, 0.050)]
    return joined(walls), joined([*plinth, *grille])


def liner(name: str) -> Surface:
    """Make the formed white lining of a room: every inner edge is round."""
    low, high = ROOMS[name]
    front, back = FRAME_Z - 0.003, BACK_Z + 0.062
    return box(
        (0.60 - 2 * WALL_M - 0.0006, high - low - 0.0006, front - back), (0, (low + high) / 2, (front + back) / 2),
        radius_m=0.022, steps=2, cell_m=0.085, hollow=True, without=("+z",),
    )  # fmt: skip


def shelf(y: float) -> Part:
    """Make a glass shelf with white trim at front and back."""
    width, depth, middle = 0.508, 0.345, -0.082
    glass = box((width, 0.004, depth), (0, y, middle), radius_m=0.001)
    trim = joined([
        box((width, 0.016, 0.014), (0, y - 0.001, middle + depth / 2 + 0.004), radius_m=0.004, steps=2),
        box((width, 0.012, 0.010), (0, y, middle - depth / 2 - 0.003), radius_m=0.003),
    ])  # fmt: skip
    return Part(f"shelf {round(1000 * y)}", ((glass, "clear"), (trim, "trim")))


def drawer(name: str, *, low: float, high: float, width: float, depth: float, front_z: float) -> Part:
    """Make a see-through drawer with a white front rail and a grip."""
    middle = front_z - depth / 2
    body = tray((width, high - low, depth), (0, (low + high) / 2, middle), wall_m=0.003, radius_m=0.010)
    rail = joined([
        box((width + 0.006, 0.034, 0.012), (0, high - 0.016, front_z + 0.004), radius_m=0.005, steps=2),
        box((0.16, 0.012, 0.016), (0, high - 0.030, front_z + 0.010), radius_m=0.005, steps=2),
    ])  # fmt: skip
    return Part(name, ((body, "clear"), (rail, "trim")))


def rack(name: str, y: float, *, high: float) -> Part:
    """Make a door rack: a white tray with a clear front."""
    width, depth = 0.452, 0.092
    middle = DOOR_Z - 0.014 - depth / 2
    body = tray((width, 0.035, depth), (0, y + 0.0175, middle), wall_m=0.0035, radius_m=0.008)
    guard = box((width - 0.004, high, 0.003), (0, y + high / 2 + 0.012, middle - depth / 2 + 0.004), radius_m=0.001)
    lip = box((width, 0.010, 0.008), (0, y + high + 0.012, middle - depth / 2 + 0.004), radius_m=0.0035, steps=2)
    sides = [box((0.003, high, depth), (s * (width / 2 - 0.002), y + high / 2 + 0.012, middle), radius_m=0.001) for s in (-1, 1)]
    return Part(name, ((joined([body, lip]), "trim"), (joined([guard, *sides]), "clear")))


def handle(low: float, high: float) -> Surface:
    """Make a bar handle on two feet, at the edge away from the hinge."""
    x, z = -0.258, DOOR_Z + DOOR_M + HANDLE_M - 0.008
    bar = turned([[0, low], [0.008, low], [0.008, high], [0, high]], radius_m=0.002, sides=20, steps=2).moved(
        similarity(translation=(x, 0, z))
    )
    feet = [rod([[x, y, DOOR_Z + DOOR_M - 0.004], [x, y, z - 0.003], [x, y, z]], diameter_m=0.009) for y in (low + 0.05, high - 0.05)]
    return joined([bar, *feet])


def door(name: str) -> Part:
    """Make a door with its lining, seal, handle and racks."""
    low, high = DOORS[name]
    middle = (low + high) / 2
    front = box((0.596, high - low, DOOR_M), (0, middle, DOOR_Z + DOOR_M / 2), radius_m=0.007, steps=2, cell_m=0.2)
    seal = []
    for x, y, width, height in (
        (0, low + 0.028, 0.55, 0.014), (0, high - 0.028, 0.55, 0.014),
        (-0.268, middle, 0.014, high - low - 0.056), (0.268, middle, 0.014, high - low - 0.056),
    ):  # fmt: skip
        seal.append(box((width, height, 0.010), (x, y, DOOR_Z - 0.002), radius_m=0.004, cell_m=1.2))
    lining = [box((0.478, high - low - 0.115, 0.016), (0, middle, DOOR_Z - 0.006), radius_m=0.0075, steps=2, cell_m=0.10)]
    grip = (low + 0.06, low + 0.52) if name == "fridge door" else (high - 0.42, high - 0.06)
    racks: tuple[Part, ...] = ()
    if name == "fridge door":
        lining += [
            box((0.016, high - low - 0.16, 0.040), (s * 0.231, middle, DOOR_Z - 0.030), radius_m=0.007, steps=1, cell_m=0.12)
            for s in (-1, 1)
        ]
        racks = (rack("lower rack", 0.775, high=0.105), rack("middle rack", 1.125, high=0.06), rack("upper rack", 1.435, high=0.06))
    bar = Part(f"{name} handle", ((handle(*grip), "chrome"),))
    at = (HINGE_X, middle, HINGE_Z)
    return Part(
        name,
        ((front, "stainless"), (joined(lining), "liner"), (joined(seal), "seal")),
        children=(
            *racks,
            bar,
            anchor("hinge", name.replace(" ", "-"), at_m=at, normal=(0, 0, 1), up=(0, 1, 0)),
            anchor("grip", name.replace(" ", "-"), at_m=(-0.258, sum(grip) / 2, DOOR_Z + DOOR_M + HANDLE_M)),
        ),
        pivot_m=at,
    )


def hinges() -> Surface:
    """Make the hinge covers above, between and below the doors."""
    pins = [((0.064, 0.004, 0.060), (0.258, y, DOOR_Z + 0.010)) for y in (0.680, 0.068)]
    return joined([box(size, at, radius_m=0.0015) for size, at in pins])


def parts() -> Part:
    """Return the fridge's hierarchy, not yet cut to size."""
    walls, below = cabinet()
    light = box((0.30, 0.006, 0.05), (0, ROOMS["fridge"][1] - 0.004, 0.12), radius_m=0.002)
    shelves = tuple(shelf(y) for y in (0.955, 1.215, 1.495))
    crisper = drawer("crisper", low=0.730, high=0.925, width=0.470, depth=0.325, front_z=0.078)
    rows = ((0.124, 0.262), (0.294, 0.432), (0.464, 0.602))
    boxes = tuple(
        drawer(f"freezer drawer {i + 1}", low=low, high=high, width=0.470, depth=0.420, front_z=0.190) for i, (low, high) in enumerate(rows)
    )
    return Part(
        "fridge",
        children=(
            Part("cabinet", ((walls, "cabinet"), (below, "black plastic"), (hinges(), "trim grey")), children=(
                anchor("contact", "floor", at_m=(0, 0, 0), normal=(0, -1, 0), up=(0, 0, 1), width_m=0.5),
                anchor("mount", "back", at_m=(0, 0.93, BACK_Z), normal=(0, 0, -1), up=(0, 1, 0), width_m=0.6),
            )),
            Part("inside", ((joined([liner("fridge"), liner("freezer")]), "liner"),), children=(
                Part("inside light", ((light, "light"),)), *shelves, crisper, *boxes,
            )),
            *(door(name) for name in DOORS),
        ),
    )  # fmt: skip


def brushed(size_px: int = 512) -> Bytes:
    """Return the occlusion-roughness-metal map of brushed steel, brushed along u."""
    lines = periodic((size_px, size_px), seed=11, low=24, high=127, slope=0.1, stretch=90.0)
    roughness = np.clip(0.34 + 0.018 * lines, 0, 1)
    return to_bytes(np.stack([np.ones_like(roughness), roughness, np.ones_like(roughness)], -1))


def build() -> Asset:
    """Make the fridge."""
    steel = Material(
        name="stainless", base_color_factor=(0.56, 0.56, 0.555, 1), metallic_factor=1, roughness_factor=1,
        metallic_roughness_texture=TextureInfo(texture=0),
    )  # fmt: skip
    plain = {"metallic_factor": 0.0}
    materials = (
        steel,
        Material(name="white front", base_color_factor=(0.80, 0.80, 0.79, 1), roughness_factor=0.22, **plain),
        Material(name="white cabinet", base_color_factor=(0.80, 0.80, 0.79, 1), roughness_factor=0.3, **plain),
        Material(name="graphite front", base_color_factor=(*linear("#2b2d30"), 1), roughness_factor=0.42, **plain),
        Material(name="cabinet", base_color_factor=(*linear("#b9bbbc"), 1), roughness_factor=0.4, **plain),
        Material(name="liner", base_color_factor=(0.82, 0.83, 0.835, 1), roughness_factor=0.32, **plain),
        Material(name="trim", base_color_factor=(0.80, 0.81, 0.815, 1), roughness_factor=0.38, **plain),
        Material(name="trim grey", base_color_factor=(0.18, 0.18, 0.185, 1), roughness_factor=0.45, **plain),
        Material(name="seal", base_color_factor=(0.52, 0.53, 0.54, 1), roughness_factor=0.75, **plain),
        Material(name="black plastic", base_color_factor=(0.02, 0.02, 0.021, 1), roughness_factor=0.55, **plain),
        Material(name="chrome", base_color_factor=(0.66, 0.66, 0.655, 1), metallic_factor=1, roughness_factor=0.2),
        Material(name="clear", base_color_factor=(0.62, 0.76, 0.76, 0.22), roughness_factor=0.06, alpha_mode="BLEND", **plain),
        Material(name="light", base_color_factor=(0.8, 0.8, 0.8, 1), roughness_factor=0.5, emissive_factor=(1.0, 0.98, 0.94), **plain),
    )
    return finished(
        parts(),
        size_m=SIZE_M,
        materials=materials,
        images=(picture(brushed(), name="steel_orm", quality=80),),
        tile_m=dict.fromkeys(("stainless", "white front", "graphite front"), TILE_M),
        variants={
            "Stainless": {"stainless": "stainless"},
            "White": {"stainless": "white front", "cabinet": "white cabinet"},
            "Graphite": {"stainless": "graphite front"},
        },
        motions=[Motion(name, "revolute", (0, 1, 0), OPEN_RAD) for name in DOORS],
        reach_m=0.4,
    )
