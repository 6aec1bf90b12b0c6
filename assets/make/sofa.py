"""The demo sofa: three seats, loose cushions, piped seams, walnut legs; three fabrics. 218 x 102 x 79 cm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from inflate import relax
from model import Palette, Part, anchor, asset, fitted, picture
from occlusion import atlas, visibility
from surfaces import Array, Surface, lathe, rounded_profile, surface
from upholstery import Cover, cover, loops, piping
from wear import worn
from weave import linear, srgb, to_bytes, weave
from wood import walnut

from arviz.core.asset import Asset
from arviz.core.material import EncodedImage, Material, TextureInfo
from arviz.core.transforms import similarity

SIZE_M = (2.18, 0.79, 1.02)
INNER_M, SEAT_Y, LEG_M = 1.85, 0.262, 0.12
RAKE_RAD = np.radians(9.0)
FABRIC_TILE_M, WOOD_TILE_M = 0.25, 0.16
FABRICS = {"oat": "#c2b7a5", "moss": "#60624d", "ink": "#2c3544", "clay": "#8f5a45"}
"""Mean colours, sRGB; clay is the throw pillow of the oat sofa, the other two show oat."""


def turn(x_rad: float = 0.0, y_rad: float = 0.0, z_rad: float = 0.0) -> Array:
    """Return the (3, 3) rotation Ry @ Rx @ Rz."""
    (cx, sx), (cy, sy), (cz, sz) = ((np.cos(a), np.sin(a)) for a in (x_rad, y_rad, z_rad))
    rx = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    rz = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return ry @ rx @ rz


UPRIGHT = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
"""Lying cover to standing: its thickness looks to the front, its front edge is down."""


def sewn(shape: Cover, *, cord_m: float, pose: Array, out: float = 0.35, hidden: int | None = None) -> Surface:
    """Return cover and piping as one surface, in place."""
    cords = [piping(p, radius_m=cord_m, smooth=9 + i) for i, p in enumerate(loops(shape, outward_m=out * cord_m))]
    if hidden is not None:
        shape = shape.thinned(panel=hidden, edge=5, every=4)
    panels = shape.grids()
    made = surface([*panels, *(g for c in cords for g in c)]).moved(pose)
    return replace(made, solid=sum(g.points[..., 0].size for g in panels))


def seat(number: int) -> Surface:
    """Make one seat cushion: foam with a crown, sat in once, squeezed between its neighbours."""
    width, depth, thick = INNER_M / 3, 0.84, 0.115
    raw = cover(
        width_m=width - 0.004, depth_m=depth, thickness_m=thick, radii_m=(0.045,) * 4, spacing_m=0.0155, reach_m=0.05,
        rise_m=0.022, under_m=0.007, crown_m=(0.022, 0.002), bulge_m=0.012, band_rows=5,
    )  # fmt: skip
    rng = np.random.default_rng(40 + number)
    x, z = raw.points[:, 0], raw.points[:, 2]
    dent_x, dent_z = rng.uniform(-0.05, 0.05), -0.02 + rng.uniform(-0.04, 0.04)
    sat = np.exp(-(((x - dent_x) / 0.17) ** 2 + ((z - dent_z) / 0.2) ** 2))
    target = raw.points.copy()
    target[:, 1] -= (0.014 + 0.004 * rng.random()) * sat * (target[:, 1] > 0)
    target[:, 1] += 0.006 * rng.uniform(-1, 1) * x / width * (target[:, 1] > 0)
    low, side = -thick / 2 - 0.007, width / 2 + 0.001

    def contact(p: Array) -> Array:
        p = p.copy()
        p[:, 1] = np.maximum(p[:, 1], low)
        p[:, 0] = np.clip(p[:, 0], -side, side)
        return p

    shape = relax(raw, fullness=1.012, gather=0.985, pressure_m=0.0004, filling=0.022, contact=contact, seed=number, target=target)
    shape = worn(shape, seed=140 + number, pucker_m=0.0032, reach_m=0.024, fold_m=0.004, uneven_m=0.0016)
    shape = shape.at(contact(shape.points))
    pose = similarity(
        rotation=turn(y_rad=np.radians(rng.uniform(-0.4, 0.4))),
        translation=((number - 1) * width, SEAT_Y - low, 0.09),
    )
    return sewn(shape, cord_m=0.0048, pose=pose, hidden=1)


def back(number: int) -> Surface:
    """Make one back cushion: softer than the seat, fuller below, slumped a little."""
    width, height, thick = INNER_M / 3, 0.375, 0.10
    raw = cover(
        width_m=width - 0.004, depth_m=height, thickness_m=thick, radii_m=(0.05, 0.05, 0.06, 0.06), spacing_m=0.016,
        reach_m=0.06, rise_m=0.035, crown_m=(0.045, 0.02), bulge_m=0.012, band_rows=5,
    )  # fmt: skip
    rng = np.random.default_rng(60 + number)
    x, y, z = raw.points.T
    target = raw.points.copy()
    target[:, 1] += 0.02 * np.clip(y / 0.1, 0, 1) * (z / height)  # the filling sinks: fuller below
    target[:, 2] += 0.010 * np.cos(2 * np.pi * x / width + rng.uniform(-0.4, 0.4)) * (z < 0) * (abs(z) * 2 / height)
    target[:, 0] += 0.006 * rng.uniform(-1, 1) * z / height
    side = width / 2 + 0.001
    plane = -0.085

    def contact(p: Array) -> Array:
        p = p.copy()
        p[:, 1] = np.maximum(p[:, 1], plane)
        p[:, 0] = np.clip(p[:, 0], -side, side)
        p[:, 2] = np.minimum(p[:, 2], height / 2 + 0.012)
        return p

    shape = relax(raw, fullness=1.03, gather=0.98, pressure_m=0.0007, filling=0.02, contact=contact, seed=10 + number, target=target)
    shape = worn(shape, seed=160 + number, pucker_m=0.0034, reach_m=0.028, fold_m=0.006, uneven_m=0.0020)
    shape = shape.at(contact(shape.points))
    rotation = turn(x_rad=-RAKE_RAD, z_rad=np.radians(rng.uniform(-0.6, 0.6))) @ UPRIGHT
    return sewn(shape, cord_m=0.0048, pose=similarity(rotation=rotation, translation=((number - 1) * width, 0.585, -0.262)), hidden=1)


def pillow(*, size: tuple[float, float], seed: int, place: Sequence[float], yaw: float, tilt: float, roll: float) -> Surface:
    """Make a knife-edge throw pillow: two pieces of cloth sewn together and filled; the edges draw in, the corners stay."""
    raw = cover(
        width_m=size[0], depth_m=size[1], thickness_m=0.0, radii_m=(0.010,) * 4, spacing_m=0.0165, reach_m=0.05, rise_m=0.02,
        crown_m=(0.045, 0.045), band_rows=0,
    )  # fmt: skip

    def contact(p: Array) -> Array:
        p = p.copy()
        p[:, 1] = np.maximum(p[:, 1], -0.05)
        return p

    shape = relax(
        raw, fullness=1.0, gather=0.965, pressure_m=0.0004, filling=0.004, contact=contact, steps=220, rounds=12, seed=seed, bending=0.2
    )
    shape = seated(shape, edge=raw.panels[0][0])
    shape = worn(shape, seed=180 + seed, pucker_m=0.0028, reach_m=0.025, fold_m=0.006, uneven_m=0.0012)
    pose = similarity(rotation=turn(y_rad=yaw, x_rad=tilt, z_rad=roll) @ UPRIGHT, translation=place)
    return sewn(shape, cord_m=0.004, pose=pose)


def seated(shape: Cover, *, edge: np.ndarray) -> Cover:
    """Return a pillow whose lower seam (+z) its weight has pressed straight; the upper half stays."""
    points = shape.points.copy()
    order = np.argsort(points[edge, 0])
    x, z = points[edge, 0][order], points[edge, 2][order]
    missing = np.quantile(z, 0.95) - np.interp(points[:, 0], x, z)
    share = np.clip(points[:, 2] / z.min(), 0, 1)
    points[:, 2] += 0.85 * np.maximum(missing, 0) * share * share * (3 - 2 * share)
    return shape.at(points)


def arm(side: int) -> Surface:
    """Make an arm: its front panel edged with piping, the top rounded."""
    wide, high, deep = 0.16, 0.445, 0.955
    raw = cover(
        width_m=wide, depth_m=high, thickness_m=deep, radii_m=(0.012, 0.012, 0.055, 0.055), spacing_m=0.03, spacing_z_m=0.045,
        reach_m=0.02, rise_m=0.008, crown_m=(0.006, 0.002), band_rows=16, band_ease=0.94, steps=5, bulge_m=0.004,
    )  # fmt: skip
    x = side * (INNER_M / 2 + wide / 2 + 0.001)
    pose = similarity(rotation=UPRIGHT, translation=(x, LEG_M + high / 2, 0.005))
    return sewn(raw, cord_m=0.005, pose=pose)


def frame_back() -> Surface:
    """Make the back of the frame, raked like the cushions that lean on it."""
    high = 0.485
    raw = cover(
        width_m=INNER_M, depth_m=high, thickness_m=0.09, radii_m=(0.012, 0.012, 0.03, 0.03), spacing_m=0.12, spacing_z_m=0.08,
        reach_m=0.02, rise_m=0.008, crown_m=(0.0, 0.008), band_rows=5, bulge_m=0.004,
    )  # fmt: skip
    pose = similarity(rotation=turn(x_rad=-RAKE_RAD) @ UPRIGHT, translation=(0, LEG_M + 0.245, -0.40))
    return sewn(raw, cord_m=0.005, pose=pose)


def frame_base() -> Surface:
    """Make the seat frame under the cushions."""
    high = SEAT_Y - LEG_M - 0.02
    raw = cover(
        width_m=INNER_M, depth_m=0.86, thickness_m=high, radii_m=(0.02,) * 4, spacing_m=0.12, reach_m=0.02, rise_m=0.008,
        band_rows=5, bulge_m=0.003,
    )  # fmt: skip
    pose = similarity(translation=(0, LEG_M + high / 2 + 0.012, 0.055))
    return sewn(raw, cord_m=0.005, pose=pose)


def leg(x_sign: int, z_sign: int) -> Surface:
    """Turn a tapered leg and set it at a slant, its foot cut level."""
    profile = rounded_profile([[0, 0], [0.0135, 0], [0.026, LEG_M + 0.02], [0, LEG_M + 0.02]], radius_m=0.003, steps=3)
    points = np.asarray(profile)
    body = surface(lathe(points.tolist(), sides=28, smooth=None))
    slant = 0.13
    shear = np.eye(4)
    shear[0, 1], shear[2, 1] = -x_sign * slant, -z_sign * slant  # a shear keeps the foot level
    top = (x_sign * 0.965, 0.0, 0.005 + z_sign * 0.385)
    shear[:3, 3] = np.add(top, (x_sign * slant * LEG_M, 0, z_sign * slant * LEG_M))
    inverse = np.linalg.inv(shear[:3, :3]).T
    normals = body.normals @ inverse.T
    moved = Surface(
        body.positions @ shear[:3, :3].T + shear[:3, 3],
        normals / np.linalg.norm(normals, axis=1, keepdims=True),
        body.uv,
        body.triangles,
        body.charts,
    )
    return moved


def parts() -> Part:
    """Return the sofa's hierarchy, not yet cut to size."""
    names = {0: "left", 1: "middle", 2: "right"}
    sides = {-1: "left", 1: "right"}
    seats = tuple(Part(f"seat cushion {names[i]}", ((seat(i), "fabric oat"),)) for i in range(3))
    backs = tuple(Part(f"back cushion {names[i]}", ((back(i), "fabric oat"),)) for i in range(3))
    square = pillow(size=(0.40, 0.40), seed=3, place=(-0.67, 0.598, -0.03), yaw=0.26, tilt=-0.40, roll=0.02)
    lumbar = pillow(size=(0.50, 0.32), seed=5, place=(0.63, 0.565, -0.025), yaw=-0.16, tilt=-0.38, roll=-0.04)
    pillows = (Part("throw pillow left", ((square, "fabric clay"),)), Part("throw pillow right", ((lumbar, "fabric oat"),)))
    arms = tuple(Part(f"arm {sides[s]}", ((arm(s), "fabric oat"),)) for s in (-1, 1))
    legs = tuple(Part(f"leg {where} {sides[x]}", ((leg(x, z), "walnut"),)) for z, where in ((1, "front"), (-1, "back")) for x in (-1, 1))
    sit = anchor("contact", "seat", at_m=(0, 0.43, 0.1), normal=(0, 1, 0), up=(0, 0, 1), width_m=INNER_M)
    return Part(
        "sofa",
        children=(
            Part("frame", children=(
                Part("base", ((frame_base(), "fabric oat"),)), Part("back", ((frame_back(), "fabric oat"),)),
                Part("arms", children=arms), Part("legs", children=legs),
            )),
            Part("seat", children=(*seats, sit)),
            Part("back cushions", children=backs),
            Part("throw pillows", children=pillows),
        ),
    )  # fmt: skip


def palette(occlusion: EncodedImage) -> Palette:
    """Return three fabrics that share one weave, the accent, and walnut."""
    cloth = weave()
    brightest = 0.64
    colour, wood_normal, wood_orm = walnut()
    images = (
        picture(to_bytes(srgb(brightest * cloth.tone)), name="weave_colour", quality=88),
        picture(cloth.normal, name="weave_normal", quality=80, full_chroma=True),
        picture(cloth.orm, name="weave_orm", quality=70, full_chroma=True),
        occlusion,
        picture(to_bytes(srgb(colour)), name="walnut_colour", quality=90),
        picture(wood_normal, name="walnut_normal", quality=88, full_chroma=True),
        picture(wood_orm, name="walnut_orm", quality=85),
    )
    materials = [
        Material(
            name=f"fabric {name}",
            base_color_factor=(*(min(c / brightest, 1.0) for c in linear(value)), 1.0),
            base_color_texture=TextureInfo(texture=0),
            metallic_factor=0.0,
            metallic_roughness_texture=TextureInfo(texture=2),
            normal_texture=TextureInfo(texture=1, scale=1.0),
            occlusion_texture=TextureInfo(texture=3, texcoord=1),
            extensions={
                "KHR_materials_sheen": {
                    "sheenColorFactor": [round(0.03 + 0.22 * c, 4) for c in linear(value)],
                    "sheenRoughnessFactor": 0.45,
                }
            },
        )
        for name, value in FABRICS.items()
    ]
    walnut_material = Material(
        name="walnut",
        base_color_texture=TextureInfo(texture=4),
        metallic_factor=0.0,
        metallic_roughness_texture=TextureInfo(texture=6),
        normal_texture=TextureInfo(texture=5),
        occlusion_texture=TextureInfo(texture=3, texcoord=1),
    )
    return Palette(
        materials=(*materials, walnut_material),
        images=images,
        tile_m={**{f"fabric {n}": FABRIC_TILE_M for n in FABRICS}, "walnut": WOOD_TILE_M},
        variants={
            "Oat": {"fabric oat": "fabric oat", "fabric clay": "fabric clay"},
            "Moss": {"fabric oat": "fabric moss", "fabric clay": "fabric oat"},
            "Ink": {"fabric oat": "fabric ink", "fabric clay": "fabric oat"},
        },
    )


def build() -> Asset:
    """Make the sofa."""
    root = fitted(parts(), size_m=SIZE_M)
    surfaces = [s for p in root.all() for s, _ in p.surfaces]
    values = [0.12 + 0.88 * v for v in visibility(surfaces)]
    uv1, baked = atlas(surfaces, values, size_px=1024)
    looks = palette(picture(baked, name="sofa_occlusion"))
    return asset(root, looks, uv1={id(s): u for s, u in zip(surfaces, uv1, strict=True)}, declared_size_m=SIZE_M)
