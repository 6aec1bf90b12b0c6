"""The demo recliner: leather, the back leans down and the footrest swings up, each about its own joint. 82 x 92 x 104 cm.

Usual ranges of manual recliners: the back 40 degrees further, the footrest about 80 degrees.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from boxes import box, turned
from finish import Motion, finished
from model import Part, anchor, joined, picture
from noise import periodic
from sofa import UPRIGHT, turn
from surfaces import Array, Surface, surface
from upholstery import Cover, cover, loops, piping
from weave import Bytes, linear, normals, to_bytes

from arviz.core.asset import Asset
from arviz.core.material import Material, TextureInfo
from arviz.core.transforms import similarity

SIZE_M = (0.82, 1.04, 0.92)
BACK_RAD, FOOT_RAD = 0.70, 1.40
RAKE_RAD = np.radians(14.0)
BACK_PIVOT, FOOT_PIVOT = (0.0, 0.395, -0.278), (0.0, 0.330, 0.395)
LEATHERS = {"cognac": "#8a5330", "black": "#222121", "stone": "#9a9184"}
TILE_M = 0.14


def padded(shape: Cover, pose: Array, *, cord_m: float = 0.0035) -> Surface:
    """Return a cover with piping along its seams, in place."""
    cords = [piping(p, radius_m=cord_m, sides=4, smooth=9 + i) for i, p in enumerate(loops(shape, outward_m=0.4 * cord_m))]
    panels = shape.grids()
    made = surface([*panels, *(g for c in cords for g in c)])
    return replace(made, solid=sum(g.points[..., 0].size for g in panels)).moved(pose)


def arm(side: int) -> Surface:
    """Make an arm: a padded slab with a broad round top."""
    wide, high, deep = 0.132, 0.555, 0.83
    shape = cover(
        width_m=wide, depth_m=high, thickness_m=deep, radii_m=(0.012, 0.012, 0.062, 0.062), spacing_m=0.065, reach_m=0.022, rise_m=0.012,
        crown_m=(0.010, 0.004), bulge_m=0.008, band_rows=6, band_ease=0.9, steps=4,
    )  # fmt: skip
    return padded(shape, similarity(rotation=UPRIGHT, translation=(side * (0.265 + wide / 2), 0.06 + high / 2, -0.004)))


def seat() -> Surface:
    """Make the seat cushion, sat in once."""
    shape = cover(
        width_m=0.525, depth_m=0.615, thickness_m=0.105, radii_m=(0.05, 0.05, 0.02, 0.02), spacing_m=0.062, reach_m=0.05, rise_m=0.024,
        under_m=0.006, crown_m=(0.022, 0.0), bulge_m=0.012, band_rows=3, steps=3,
    )  # fmt: skip
    points = shape.points.copy()
    points[:, 1] -= 0.016 * np.exp(-((points[:, 0] / 0.17) ** 2) - ((points[:, 2] + 0.03) / 0.18) ** 2) * (points[:, 1] > 0)
    return padded(shape.at(points), similarity(translation=(0, 0.405, 0.108)))


def base() -> Surface:
    """Make the frame under the seat."""
    shape = cover(
        width_m=0.53, depth_m=0.70, thickness_m=0.235, radii_m=(0.015,) * 4, spacing_m=0.12, reach_m=0.015, rise_m=0.006, band_rows=3,
        bulge_m=0.002, steps=2,
    )  # fmt: skip
    return surface(shape.grids()).moved(similarity(translation=(0, 0.20, 0.0)))


def cushion(*, width: float, high: float, thick: float, at: float, crown: float, dent: float = 0.0) -> Cover:
    """Make a cushion of the back, lying; `at` is where its middle is along the back."""
    shape = cover(
        width_m=width, depth_m=high, thickness_m=thick, radii_m=(0.05,) * 4, spacing_m=0.06, reach_m=0.045, rise_m=0.026, under_m=0.004,
        crown_m=(crown, 0.0), bulge_m=0.014, band_rows=3, steps=3,
    )  # fmt: skip
    points = shape.points.copy()
    points[:, 1] -= dent * np.exp(-((points[:, 0] / 0.13) ** 2) - (points[:, 2] / 0.09) ** 2) * (points[:, 1] > 0)
    return shape.at(points - [0, 0, at])


def back() -> tuple[Surface, Surface]:
    """Make the back: its shell, and three cushions on it, raked as it stands when upright."""
    lean = turn(x_rad=-RAKE_RAD) @ UPRIGHT
    shell = cover(
        width_m=0.53, depth_m=0.61, thickness_m=0.055, radii_m=(0.02, 0.02, 0.07, 0.07), spacing_m=0.1, reach_m=0.02, rise_m=0.010,
        crown_m=(0.0, 0.018), bulge_m=0.004, band_rows=3, steps=3,
    )  # fmt: skip
    origin = np.array(BACK_PIVOT) + lean @ np.array([0, 0, -0.308]) + [0, 0.012, 0.008]
    pads = [
        padded(shape, similarity(rotation=lean, translation=origin + lean @ np.array([0, 0.085, 0])))
        for shape in (
            cushion(width=0.515, high=0.215, thick=0.085, at=-0.196, crown=0.030),
            cushion(width=0.520, high=0.195, thick=0.080, at=0.004, crown=0.020, dent=0.006),
            cushion(width=0.525, high=0.205, thick=0.090, at=0.204, crown=0.028, dent=0.012),
        )
    ]
    return surface(shell.grids()).moved(similarity(rotation=lean, translation=origin)), joined(pads)


def footrest() -> Surface:
    """Make the footrest as it hangs when folded."""
    shape = cover(
        width_m=0.515, depth_m=0.245, thickness_m=0.045, radii_m=(0.03,) * 4, spacing_m=0.07, reach_m=0.03, rise_m=0.014, under_m=0.006,
        crown_m=(0.012, 0.0), bulge_m=0.006, band_rows=3, steps=3,
    )  # fmt: skip
    x, y, z = FOOT_PIVOT
    return padded(shape, similarity(rotation=UPRIGHT, translation=(x, y - 0.130, z + 0.008)))


def parts() -> Part:
    """Return the recliner's hierarchy, not yet cut to size."""
    shell, pads = back()
    feet = [turned([[0, 0], [0.024, 0], [0.027, 0.07], [0, 0.07]], radius_m=0.002, sides=20, steps=2) for _ in range(4)]
    feet = [
        f.moved(similarity(translation=(x, 0, z)))
        for f, (x, z) in zip(feet, [(x, z) for x in (-0.33, 0.33) for z in (-0.31, 0.33)], strict=True)
    ]
    _, y, z = FOOT_PIVOT
    arms = [box((0.03, 0.018, 0.10), (s * 0.20, y - 0.055, z - 0.045), radius_m=0.003) for s in (-1, 1)]
    return Part(
        "recliner",
        children=(
            Part("frame", ((base(), "leather cognac"), (joined(feet), "black wood")), children=(
                Part("arm left", ((arm(-1), "leather cognac"),)), Part("arm right", ((arm(1), "leather cognac"),)),
                anchor("contact", "floor", at_m=(0, 0, 0), normal=(0, -1, 0), up=(0, 0, 1), width_m=0.70),
            )),
            Part("seat", ((seat(), "leather cognac"),), children=(
                anchor("contact", "seat", at_m=(0, 0.485, 0.12), normal=(0, 1, 0), up=(0, 0, 1), width_m=0.52),
            )),
            Part("back", ((joined([shell, pads]), "leather cognac"),), pivot_m=BACK_PIVOT),
            Part("footrest", ((footrest(), "leather cognac"), (joined(arms), "black wood")), pivot_m=FOOT_PIVOT),
        ),
    )  # fmt: skip


def leather(size_px: int = 512, *, cells: int = 2600, seed: int = 91) -> tuple[Bytes, Bytes]:
    """Return normal map and occlusion-roughness-metal map of grained leather that repeats: small cells with creases between."""
    from scipy.spatial import cKDTree

    points = np.random.default_rng(seed).random((cells, 2))
    tree = cKDTree(points, boxsize=1.0)
    at = (np.stack(np.mgrid[0:size_px, 0:size_px], -1).reshape(-1, 2) + 0.5) / size_px
    near = tree.query(at, k=2)[0]
    crease = np.clip((near[:, 1] - near[:, 0]) * np.sqrt(cells) / 0.35, 0, 1).reshape(size_px, size_px)
    soft = periodic(size_px, seed=seed + 1, low=4, high=40, slope=0.8)
    height_m = 0.00007 * np.sqrt(crease) + 0.00002 * soft
    roughness = 0.46 + 0.10 * (1 - crease) + 0.02 * soft
    orm = np.stack([0.85 + 0.15 * crease, roughness, np.zeros_like(roughness)], -1)
    return normals(height_m, pixel_m=TILE_M / size_px), to_bytes(orm)


def build() -> Asset:
    """Make the recliner."""
    normal, orm = leather()
    skins = [
        Material(
            name=f"leather {name}", base_color_factor=(*linear(colour), 1), metallic_factor=0, roughness_factor=1.0,
            normal_texture=TextureInfo(texture=0), metallic_roughness_texture=TextureInfo(texture=1),
        )
        for name, colour in LEATHERS.items()
    ]  # fmt: skip
    return finished(
        parts(),
        size_m=SIZE_M,
        materials=[*skins, Material(name="black wood", base_color_factor=(0.02, 0.019, 0.018, 1), metallic_factor=0, roughness_factor=0.5)],
        images=(picture(normal, name="leather_normal", quality=72), picture(orm, name="leather_orm", quality=62)),
        tile_m={m.name: TILE_M for m in skins},
        variants={n.title(): {"leather cognac": f"leather {n}"} for n in LEATHERS},
        motions=[Motion("back", "revolute", (-1, 0, 0), BACK_RAD), Motion("footrest", "revolute", (-1, 0, 0), FOOT_RAD)],
        reach_m=0.4,
    )
