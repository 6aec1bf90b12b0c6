"""The demo floor lamp: weighted base, walnut and brass stem, linen shade that glows, a light in the bulb. 40 x 40 x 155 cm."""

from __future__ import annotations

import numpy as np
from model import Palette, Part, anchor, asset, fitted, joined, picture
from surfaces import Array, Grid, Surface, ellipse_section, lathe, rounded_profile, smooth_path, surface, sweep
from weave import linear, srgb, to_bytes, weave
from wood import walnut

from arviz.core.asset import Asset
from arviz.core.material import Material, TextureInfo

SIZE_M = (0.40, 1.55, 0.40)
SHADE_LOW, SHADE_HIGH, BOTTOM_R, TOP_R = 1.235, 1.55, 0.20, 0.155
BULB_Y = 1.36
WARM = (1.0, 0.62, 0.30)
"""Linear Rec.709 of about 2700 K (Planckian locus, CIE 1931), largest channel 1."""


def ring(radius: float, y: float, *, thickness: float, sides: int = 96) -> Surface:
    """Make a wire ring."""
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    path = np.stack([radius * np.sin(angle), np.full_like(angle, y), radius * np.cos(angle)], -1)
    path[-1] = path[0]
    return surface(sweep(path, ellipse_section(sides=10, width_m=thickness, height_m=thickness), closed=True))


def shade() -> Surface:
    """Make the shade: linen on both sides, 1.2 mm apart, rolled over its wire rings; u around, v down in 0..1."""
    height = np.linspace(SHADE_LOW, SHADE_HIGH, 4)
    radius = np.interp(height, [SHADE_LOW, SHADE_HIGH], [BOTTOM_R, TOP_R]) - 0.003
    outer = np.stack([radius, height], 1)
    inner = np.stack([radius - 0.0012, height], 1)[::-1]
    grids = []
    for number, profile in enumerate((outer, inner)):
        g = lathe(profile.tolist(), sides=96)[0]
        around = np.broadcast_to(np.linspace(0, 1, 97), g.points.shape[:2])
        down = (SHADE_HIGH - g.points[..., 1]) / (SHADE_HIGH - SHADE_LOW)
        grids.append(Grid(g.points, np.stack([around, down], -1), number))
    return surface(grids)


def trim(y: float, radius: float) -> Surface:
    """Make the bound edge of the shade."""
    height = 0.007
    section = ellipse_section(sides=8, width_m=0.0034, height_m=height * 1.6, power=3)
    angle = np.linspace(0, 2 * np.pi, 97)
    path = np.stack([radius * np.sin(angle), np.full_like(angle, y), radius * np.cos(angle)], -1)
    path[-1] = path[0]
    return surface(sweep(path, section, closed=True, up=(0, 1, 0)))


def spider() -> Surface:
    """Make the three arms that carry the shade, and their hub."""
    hub = [surface(lathe(rounded_profile([[0, 1.478], [0.014, 1.478], [0.014, 1.492], [0, 1.492]], radius_m=0.002), sides=32))]
    for k in range(3):
        a = 2 * np.pi * k / 3 + 0.3
        reach = np.array([[0.008, 1.485], [0.06, 1.487], [0.115, 1.503], [TOP_R - 0.005, 1.543]])
        path = smooth_path([[r * np.sin(a), y, r * np.cos(a)] for r, y in reach], count=24)
        hub.append(surface(sweep(path, ellipse_section(sides=10, width_m=0.0042, height_m=0.0042))))
    return joined(hub)


def turned(points: list[list[float]], *, radius: float, sides: int = 48, steps: int = 3) -> Surface:
    """Turn a profile with rounded corners."""
    return surface(lathe(rounded_profile(points, radius_m=radius, steps=steps), sides=sides))


def harp() -> Surface:
    """Bend the wire that holds the hub above the bulb."""
    path = smooth_path(
        [[0.017, 1.270, 0], [0.044, 1.30, 0], [0.060, 1.36, 0], [0.052, 1.43, 0], [0.022, 1.472, 0], [0, 1.480, 0],
         [-0.022, 1.472, 0], [-0.052, 1.43, 0], [-0.060, 1.36, 0], [-0.044, 1.30, 0], [-0.017, 1.270, 0]], count=56,
    )  # fmt: skip
    return surface(sweep(path, ellipse_section(sides=10, width_m=0.0036, height_m=0.0036)))


def bulb() -> Surface:
    """Turn a classic A60 bulb."""
    profile = smooth_path(
        [
            [0.0125, 1.303, 0],
            [0.0145, 1.315, 0],
            [0.022, 1.335, 0],
            [0.0295, 1.358, 0],
            [0.0285, 1.378, 0],
            [0.019, 1.396, 0],
            [0.0, 1.4035, 0],
        ],
        count=28,
    )
    return surface(lathe([[0.0, 1.303], *np.clip(profile[:, :2], 0, None).tolist()], sides=40))


def chain() -> Surface:
    """Hang the pull chain: small balls, and its drop-shaped handle."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 6)
    made = []
    for k in range(26):
        y = 1.276 - 0.0052 * k
        made.append(surface(lathe([[max(0.0019 * np.cos(a), 0), y + 0.0019 * np.sin(a)] for a in angle], sides=8)))
    drop = smooth_path(
        [[0.0, 1.112, 0], [0.0042, 1.1145, 0], [0.0052, 1.121, 0], [0.0028, 1.134, 0], [0.0016, 1.142, 0], [0.0, 1.143, 0]], count=20
    )
    made.append(surface(lathe(np.clip(drop[:, :2], 0, None).tolist(), sides=20)))
    moved = np.eye(4)
    moved[0, 3], moved[2, 3] = 0.020, 0.018
    return joined([s.moved(moved) for s in made])


def cable() -> Surface:
    """Let the cable leave the base at the back and lie on the floor."""
    path = smooth_path(
        [
            [0.02, 0.010, -0.125],
            [0.021, 0.0085, -0.142],
            [0.034, 0.0042, -0.155],
            [0.068, 0.0042, -0.168],
            [0.115, 0.0042, -0.163],
            [0.150, 0.0042, -0.125],
            [0.172, 0.0042, -0.075],
        ],
        count=60,
    )
    return surface(sweep(path, ellipse_section(sides=10, width_m=0.006, height_m=0.006)))


def glow(size_px: int = 256) -> Array:
    """Return linear (size, 8, 3): how bright the linen is over its height, the bulb behind it."""
    y = SHADE_HIGH - (np.arange(size_px) + 0.5) / size_px * (SHADE_HIGH - SHADE_LOW)
    radius = np.interp(y, [SHADE_LOW, SHADE_HIGH], [BOTTOM_R, TOP_R])
    squared = radius**2 + (y - BULB_Y) ** 2
    irradiance = radius / squared**1.5  # cosine law and inverse square
    level = 0.25 + 0.75 * irradiance / irradiance.max()
    return np.broadcast_to(level[:, None, None] * np.array(WARM), (size_px, 8, 3))


def build() -> Asset:
    """Make the floor lamp."""
    base = turned([[0, 0], [0.136, 0], [0.14, 0.004], [0.14, 0.018], [0.03, 0.026], [0.0, 0.026]], radius=0.004, sides=72)
    foot = turned([[0, 0.024], [0.019, 0.024], [0.019, 0.05], [0.0, 0.05]], radius=0.003)
    stem = turned([[0, 0.045], [0.0135, 0.045], [0.0115, 0.62], [0, 0.62]], radius=0.001)
    collar = turned([[0, 0.61], [0.0145, 0.61], [0.0145, 0.64], [0, 0.64]], radius=0.0025)
    pole = turned([[0, 0.63], [0.0075, 0.63], [0.0075, 1.255], [0, 1.255]], radius=0.001, sides=40)
    socket = turned([[0, 1.245], [0.011, 1.245], [0.018, 1.258], [0.018, 1.30], [0.0155, 1.306], [0, 1.306]], radius=0.003, sides=48)
    lamp = {"type": "point", "name": "bulb", "color": list(WARM), "intensity": 20.0, "range": 5.0}  # a 250 lm filament bulb: lm / 4 pi
    root = Part(
        "floor lamp",
        children=(
            Part("base", ((base, "black metal"),), children=(
                Part("cable", ((cable(), "black cloth"),)),
                anchor("contact", "floor", at_m=(0, 0, 0), normal=(0, -1, 0), up=(0, 0, 1), width_m=0.28),
            )),
            Part("stem", children=(
                Part("foot ring", ((foot, "brass"),)), Part("lower stem", ((stem, "walnut"),)), Part("collar", ((collar, "brass"),)),
                Part("upper stem", ((pole, "brass"),)),
            )),
            Part("head", children=(
                Part("socket", ((socket, "brass"),)),
                Part("bulb", ((bulb(), "bulb"),), children=(Part("bulb light", light=0, pivot_m=(0, BULB_Y, 0)),)),
                Part("harp", ((harp(), "brass"),)),
                Part("pull chain", ((chain(), "brass"),)),
                anchor("mount", "shade", at_m=(0, 1.485, 0), normal=(0, 1, 0), up=(0, 0, 1)),
                Part("shade", ((shade(), "linen"),), children=(
                    Part("spider", ((spider(), "brass"),)),
                    Part("trim lower", ((trim(SHADE_LOW + 0.0056, BOTTOM_R - 0.0035 + 0.0018), "linen trim"),)),
                    Part("trim upper", ((trim(SHADE_HIGH - 0.0056, TOP_R - 0.0035 + 0.0018), "linen trim"),)),
                )),
            )),
        ),
    )  # fmt: skip
    cloth = weave(size_px=512, threads=56, tile_m=0.13, seed=31)
    colour, _, wood_orm = walnut(size_px=512)
    repeat = {"KHR_texture_transform": {"scale": [9.0, 2.5]}}
    linen = linear("#d9cdb8")
    materials = (
        Material(name="black metal", base_color_factor=(0.010, 0.010, 0.011, 1), metallic_factor=0.0, roughness_factor=0.5),
        Material(name="brass", base_color_factor=(0.80, 0.60, 0.30, 1), metallic_factor=1.0, roughness_factor=0.27),
        Material(name="walnut", base_color_texture=TextureInfo(texture=0), metallic_factor=0,
                 metallic_roughness_texture=TextureInfo(texture=1)),
        Material(
            name="linen", base_color_factor=(*(min(c / 0.8, 1.0) for c in linen), 1), metallic_factor=0, roughness_factor=0.92,
            base_color_texture=TextureInfo(texture=2, extensions=repeat), normal_texture=TextureInfo(texture=3, extensions=repeat),
            emissive_texture=TextureInfo(texture=4), emissive_factor=(0.24, 0.24, 0.24),
        ),
        Material(name="linen trim", base_color_factor=(*linear("#e2d6c2"), 1), metallic_factor=0, roughness_factor=0.9),
        Material(name="bulb", base_color_factor=(1, 0.95, 0.88, 1), metallic_factor=0, roughness_factor=0.3,
                 emissive_factor=(1.0, 0.80, 0.52),
                 extensions={"KHR_materials_emissive_strength": {"emissiveStrength": 6.0}}),
        Material(name="black cloth", base_color_factor=(0.02, 0.02, 0.021, 1), metallic_factor=0, roughness_factor=0.85),
    )  # fmt: skip
    images = (
        picture(to_bytes(srgb(colour)), name="walnut_colour", quality=90),
        picture(wood_orm, name="walnut_orm", quality=85),
        picture(to_bytes(srgb(0.8 * cloth.tone)), name="linen_colour", quality=85),
        picture(cloth.normal, name="linen_normal", quality=82, full_chroma=True),
        picture(to_bytes(srgb(glow())), name="shade_glow", quality=None),
    )
    looks = Palette(materials=materials, images=images, tile_m={"walnut": 0.16, "linen": 1.0})
    return asset(fitted(root, size_m=SIZE_M), looks, lights=(lamp,), declared_size_m=SIZE_M)
