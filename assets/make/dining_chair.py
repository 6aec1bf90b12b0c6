"""The demo dining chair: oak frame, upholstered seat and back rest. 46 x 52 x 82 cm, seat at 46 cm (EN 12520 practice)."""

from __future__ import annotations

import numpy as np
from boxes import X, Z, box, leg
from dining_table import woods
from finish import finished
from model import Part, anchor, joined, picture
from sofa import turn
from surfaces import Grid, Surface, arc_lengths, ellipse_section, smooth_path, surface, sweep
from upholstery import cover
from weave import linear, srgb, to_bytes, weave

from arviz.core.asset import Asset
from arviz.core.material import Material, TextureInfo
from arviz.core.transforms import similarity

SIZE_M = (0.46, 0.82, 0.52)
SEAT_Y = 0.46
FABRICS = {"sand": "#b3a58f", "graphite": "#3d4043", "rust": "#94553a"}
FABRIC_TILE_M = 0.13
POST = [[0.200, 0.0, -0.240], [0.198, 0.20, -0.212], [0.196, 0.42, -0.190], [0.196, 0.60, -0.202], [0.198, 0.815, -0.244]]
"""Back leg and post on the right, in one piece."""


def post(side: int) -> Surface:
    """Sweep a back leg that goes on as the post of the back."""
    path = smooth_path([[side * x, y, z] for x, y, z in POST], count=16)
    path[0, 1] = 0.0
    t = np.linspace(0, 1, len(path))
    wide = np.interp(t, [0, 0.5, 1], [0.026, 0.036, 0.024])
    deep = np.interp(t, [0, 0.5, 1], [0.030, 0.044, 0.026])
    section = ellipse_section(sides=16, width_m=1, height_m=1, power=4.0)[None] * np.stack([wide, deep], 1)[:, None]
    section[-1] *= 0.72
    grids = sweep(path, section, up=(0, 0, 1))
    body = grids[0]
    body.points[0, :, 1] = 0.0  # cut level at the floor
    grids[1].points[:, :, 1] = 0.0
    along, around = arc_lengths(path), arc_lengths(section[8])
    return surface([Grid(body.points, np.stack(np.meshgrid(around + side, -along), -1), 0), *grids[1:]])


def bent(width: float, height: float, thick: float, *, y: float, sag: float, pad: float) -> Surface:
    """Make a bent pad for the back: a cover curved about the vertical, leaning with the posts."""
    shape = cover(
        width_m=width, depth_m=height, thickness_m=thick, radii_m=(0.03,) * 4, spacing_m=0.035, reach_m=0.018, rise_m=0.010,
        crown_m=(pad, pad * 0.5), bulge_m=0.003, band_rows=2, steps=3,
    )  # fmt: skip
    made = surface(shape.grids())
    upright = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    lean = np.arctan2(0.047, 0.21)
    made = made.moved(similarity(rotation=turn(x_rad=-lean) @ upright))
    p, n = made.positions.copy(), made.normals.copy()
    slope = 2 * sag * p[:, 0] / (width / 2) ** 2
    p[:, 2] += sag * (p[:, 0] / (width / 2)) ** 2 - sag
    n[:, 0] -= n[:, 2] * slope
    middle_z = np.interp(y, [q[1] for q in POST], [q[2] for q in POST])
    p += [0, y, middle_z + 0.012]
    return Surface(p, n / np.linalg.norm(n, axis=1, keepdims=True), made.uv, made.triangles, made.charts)


def seat() -> Surface:
    """Make the seat: a padded board, wider in front."""
    shape = cover(
        width_m=0.452, depth_m=0.445, thickness_m=0.030, radii_m=(0.045, 0.045, 0.03, 0.03), spacing_m=0.032, reach_m=0.030, rise_m=0.016,
        under_m=0.004, crown_m=(0.008, 0.0), bulge_m=0.004, band_rows=2, steps=4,
    )  # fmt: skip
    points = shape.points.copy()
    points[:, 0] *= np.interp(points[:, 2], [-0.2225, 0.2225], [0.88, 1.0])
    points[:, 1] -= 0.010 * np.exp(-(((points[:, 2] + 0.03) / 0.11) ** 2) - (points[:, 0] / 0.12) ** 2) * (points[:, 1] > 0)  # sat in
    made = surface(shape.at(points).grids())
    return made.moved(similarity(translation=(0, SEAT_Y - 0.036, 0.026)))


def frame() -> Surface:
    """Make the rails under the seat."""
    y, high = SEAT_Y - 0.078, 0.050
    rails: list[Surface] = [box((0.36, high, 0.020), (0, y, 0.205), radius_m=0.003, grain=X)]
    rails.append(box((0.36, high, 0.020), (0, y, -0.188), radius_m=0.003, grain=X))
    rails += [box((0.020, high, 0.37), (s * 0.190, y, 0.010), radius_m=0.003, grain=Z) for s in (-1, 1)]
    return joined(rails)


def parts() -> Part:
    """Return the chair's hierarchy, not yet cut to size."""
    sides = {-1: "left", 1: "right"}
    front = tuple(
        Part(f"front leg {sides[s]}", ((leg((s * 0.194, SEAT_Y - 0.040, 0.205), (s * 0.203, 0, 0.238), wide_m=(0.024, 0.038)), "oak"),))
        for s in (-1, 1)
    )
    posts = tuple(Part(f"back leg {sides[s]}", ((post(s), "oak"),)) for s in (-1, 1))
    back = bent(0.420, 0.205, 0.016, y=0.700, sag=0.022, pad=0.005)
    return Part(
        "dining chair",
        children=(
            Part("frame", ((frame(), "oak"),), children=(*front, *posts)),
            Part("seat", ((seat(), "fabric sand"),), children=(
                anchor("contact", "seat", at_m=(0, SEAT_Y, 0.03), normal=(0, 1, 0), up=(0, 0, 1), width_m=0.42),
            )),
            Part("back", ((back, "fabric sand"),)),
            anchor("contact", "floor", at_m=(0, 0, 0), normal=(0, -1, 0), up=(0, 0, 1), width_m=0.42),
        ),
    )  # fmt: skip


def fabrics(colours: dict[str, str], *, first: int, size_px: int = 512) -> tuple[list[Material], tuple]:
    """Return one cloth in several colours, and its pictures, the first of which will be number `first`."""
    cloth = weave(size_px=size_px, threads=56, tile_m=FABRIC_TILE_M, seed=31)
    brightest = 0.64
    materials = [
        Material(
            name=f"fabric {name}", base_color_factor=(*(min(c / brightest, 1.0) for c in linear(value)), 1.0), metallic_factor=0.0,
            base_color_texture=TextureInfo(texture=first), normal_texture=TextureInfo(texture=first + 1), roughness_factor=0.92,
            extensions={"KHR_materials_sheen": {
                "sheenColorFactor": [round(0.03 + 0.2 * c, 4) for c in linear(value)], "sheenRoughnessFactor": 0.45}},
        )
        for name, value in colours.items()
    ]  # fmt: skip
    return materials, (
        picture(to_bytes(srgb(brightest * cloth.tone)), name="cloth_colour", quality=80),
        picture(cloth.normal, name="cloth_normal", quality=78, full_chroma=True),
    )


def build() -> Asset:
    """Make the dining chair."""
    wood = woods()
    cloths, pictures = fabrics(FABRICS, first=len(wood["images"]))
    return finished(
        parts(),
        size_m=SIZE_M,
        materials=(*wood["materials"], *cloths),
        images=(*wood["images"], *pictures),
        tile_m={**wood["tile_m"], **{m.name: FABRIC_TILE_M for m in cloths}},
        variants={n.title(): {"fabric sand": f"fabric {n}"} for n in FABRICS},
        reach_m=0.4,
    )
