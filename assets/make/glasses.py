"""The demo glasses: Havana acetate, clear lenses, five-barrel hinges, adjustable pads. 145 x 48 x 150 mm. Left is the wearer's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from model import Palette, Part, anchor, asset, fitted, joined, picture
from noise import periodic
from outline import blend, even, plate, settled, trace
from surfaces import Array, Grid, Surface, ellipse_section, lathe, rounded_profile, smooth_path, surface, sweep
from weave import linear, srgb, to_bytes

from arviz.core.asset import Asset
from arviz.core.material import Material, TextureInfo
from arviz.core.parts import Joint

SIZE_M = (0.145, 0.048, 0.150)
MM = 1e-3
LENS_X, THICK = 34.6 * MM, 4.4 * MM
CURVE_M = 0.30
"""Radius of the front's bend about the vertical."""
HINGE = np.array([66.0, 9.5, -12.2]) * MM
"""Axis of the wearer's left hinge before fitting."""
TILE_M = 0.06
SIDES = {"left": 1, "right": -1}
FOLD_RAD = float(np.radians(92.0))
"""How far a temple turns from open to folded; the left one counter-clockwise seen from above."""


def lens_outline(count: int = 480) -> Array:
    """Return (count, 2) of the right-hand (+x) lens opening about its centre, panto shape, counter-clockwise."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    power = np.where(s > 0, 2.75, 2.2)
    x = np.sign(c) * np.abs(c) ** (2 / power) * 24.2
    y = np.sign(s) * np.abs(s) ** (2 / power) * np.where(s > 0, 18.4, 20.4)
    x = x * (1 + 0.0035 * y) + 0.035 * y  # narrower below, leaning outwards above
    return np.stack([x, y], 1) * MM


class Outline:
    """Signed distance to the lens opening, and the angle around it."""

    def __init__(self) -> None:
        from scipy.spatial import cKDTree

        fine = lens_outline(2400)
        self.tree, self.fine = cKDTree(fine), fine
        angle = np.arctan2(fine[:, 1], fine[:, 0])
        order = np.argsort(angle)
        self.angle, self.radius = angle[order], np.linalg.norm(fine, axis=1)[order]

    def __call__(self, xy: Array) -> tuple[Array, Array]:
        """Return the signed distance (N,), negative inside, and the angle (N,) of points (N, 2)."""
        angle = np.arctan2(xy[:, 1], xy[:, 0])
        edge = np.interp(angle, self.angle, self.radius, period=2 * np.pi)
        distance = self.tree.query(xy)[0]
        return np.where(np.linalg.norm(xy, axis=1) < edge, -distance, distance), angle


def front() -> Surface:
    """Mesh the front: two rims, a keyhole bridge and the end pieces, blended; then bent to the face."""
    outline = Outline()

    def flat(xy: Array) -> Array:
        folded = np.stack([np.abs(xy[:, 0]), xy[:, 1]], 1)
        d, angle = outline(folded - [LENS_X, 0])
        rim = (3.7 + 1.1 * np.clip(np.sin(angle), 0, 1) + 0.9 * np.exp(-(((angle - 0.45) / 0.5) ** 2))) * MM
        x, y = folded.T
        arch = y - (6.2 * MM - 9.0 * x**2)
        bridge = np.hypot(np.maximum(x - 10.5 * MM, 0), np.abs(arch)) - 3.0 * MM
        end = np.stack([np.abs(x - 62.5 * MM) - 6.6 * MM, np.abs(y - 10.0 * MM) - 2.9 * MM], 1)
        corner = np.linalg.norm(np.maximum(end, 0), axis=1) + np.minimum(end.max(1), 0) - 2.4 * MM
        solid = blend(blend(d - rim, bridge, reach=5 * MM), corner, reach=5 * MM)
        return solid

    contour = settled(flat, even(trace(flat, start=(0.0145 + LENS_X, 0.028), step_m=0.0015), count=330))
    hole = even(lens_outline(2400), count=120)[::-1] + np.array([LENS_X, 0])
    made = plate(contour, [hole, (hole * [-1, 1])[::-1]], thickness_m=THICK, inset_m=1.5 * MM, drop_m=1.15 * MM)
    return bent(made)


def bent(s: Surface) -> Surface:
    """Bend a surface about the vertical: z falls by x^2 / (2 R)."""
    p, n = s.positions.copy(), s.normals.copy()
    p[:, 2] -= p[:, 0] ** 2 / (2 * CURVE_M)
    n[:, 0] += n[:, 2] * p[:, 0] / CURVE_M  # inverse transpose of the bend's Jacobian
    return Surface(p, n / np.linalg.norm(n, axis=1, keepdims=True), s.uv, s.triangles, s.charts)


def lens(side: int) -> Surface:
    """Make a lens 1.8 mm thick, a little larger than its opening: its edge sits in the groove of the rim."""
    outline = lens_outline(96) * 1.022
    ring = np.vstack([outline, outline[:1]]) * [1, 1]
    t = np.array([0, 0.3, 0.6, 0.85, 1.0])[:, None, None]
    net = ring[None] * t
    x = net[..., 0] + LENS_X
    dome = -(net**2).sum(-1) / (2 * 0.12) + 0.9 * MM
    faces = []
    for z, flip in ((dome + 0.9 * MM, False), (dome - 0.9 * MM, True)):
        points = np.stack([x, net[..., 1], z], -1)
        points = points[::-1] if not flip else points
        faces.append(Grid(points, np.stack([points[..., 0], -points[..., 1]], -1), int(flip)))
    edge = np.stack([faces[1].points[-1], faces[0].points[0]])
    faces.append(Grid(edge, edge[..., :2], 2))
    made = bent(surface(faces))
    return made if side > 0 else mirrored(made)


def mirrored(s: Surface) -> Surface:
    """Return the mirror image in x, wound the right way round."""
    flip = np.array([-1.0, 1, 1])
    return Surface(s.positions * flip, s.normals * flip, s.uv * [-1, 1], s.triangles[:, ::-1], ())


def temple() -> Surface:
    """Sweep the wearer's left temple (+x): straight to the ear, then down and in."""
    path = (
        smooth_path(
            [
                [69.4, 9.5, -10.5],
                [70.4, 9.6, -32],
                [70.3, 9.4, -64],
                [69.7, 8.7, -95],
                [69.0, 5.4, -110],
                [67.9, -4.5, -128],
                [66.5, -17.0, -147.0],
            ],
            count=52,
        )
        * MM
    )
    t = np.linspace(0, 1, len(path))
    high = np.interp(t, [0, 0.12, 0.55, 0.8, 0.97, 1], [10.4, 8.6, 5.6, 6.2, 7.6, 7.2]) * MM
    wide = np.interp(t, [0, 0.3, 0.8, 1], [4.2, 3.8, 3.4, 3.2]) * MM
    unit = ellipse_section(sides=20, width_m=1, height_m=1, power=4.5)
    section = unit[None] * np.stack([wide, high], 1)[:, None]
    shrink = np.ones(len(path))
    shrink[:3], shrink[-6:] = [0.82, 0.95, 1.0], np.sqrt(1 - np.linspace(0, 0.93, 6) ** 2)
    grids = sweep(path, section * shrink[:, None, None], up=(0, 1, 0))
    body = grids[0].points
    grids[0] = Grid(body, np.stack([-body[..., 2] + 0.7 * body[..., 0], -body[..., 1] + 0.7 * body[..., 0]], -1), 0)
    return surface(grids)


def hinge() -> tuple[Surface, Surface]:
    """Make the metal of the left hinge: what is set into the front, and what is set into the temple."""
    knuckle, gap = 1.35 * MM, 0.12 * MM
    fixed, moving = [], []
    for i in range(5):
        low, high = (i - 2.5) * knuckle + gap / 2, (i - 1.5) * knuckle - gap / 2
        r = 1.55 * MM
        profile = rounded_profile([[0, low], [r, low], [r, high], [0, high]], radius_m=0.25 * MM, steps=2)
        (fixed if i % 2 == 0 else moving).append(surface(lathe(profile, sides=20)).moved(at(HINGE)))
    screw = rounded_profile([[0, 3.3 * MM], [1.1 * MM, 3.3 * MM], [1.1 * MM, 3.75 * MM], [0, 3.75 * MM]], radius_m=0.2 * MM, steps=2)
    fixed.append(surface(lathe(screw, sides=16)).moved(at(HINGE)))
    fixed.append(bar(HINGE + np.array([0, 0, 1.2]) * MM, size=np.array([3.6, 5.8, 2.4]) * MM))
    moving.append(bar(HINGE + np.array([1.1, 0, -4.6]) * MM, size=np.array([1.5, 4.0, 9.0]) * MM))
    return joined(fixed), joined(moving)


def bar(centre: Array, *, size: Array) -> Surface:
    """Make a small bar with rounded edges, along z."""
    t = np.array([0, 0.04, 0.12, 0.5, 0.88, 0.96, 1.0])
    path = centre + np.stack([0 * t, 0 * t, (t - 0.5) * size[2]], 1)
    unit = ellipse_section(sides=16, width_m=size[0], height_m=size[1], power=6)
    scale = np.array([0.86, 0.96, 1, 1, 1, 0.96, 0.86])
    return surface(sweep(path, unit[None] * scale[:, None, None], up=(0, 1, 0)))


def at(place: Array) -> Array:
    """Return the (4, 4) translation."""
    matrix = np.eye(4)
    matrix[:3, 3] = place
    return matrix


def pad() -> tuple[Surface, Surface]:
    """Make the left nose pad (silicone) and its wire."""
    centre = np.array([7.6, -6.5, -7.0]) * MM
    rows, columns = 13, 25
    v, u = np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, rows), np.linspace(0, 2 * np.pi, columns), indexing="ij")
    ball = np.stack([np.cos(v) * np.cos(u) * 1.3, np.sin(v) * 6.3, -np.cos(v) * np.sin(u) * 3.6 * (1 - 0.12 * np.sin(v))], -1) * MM
    ball[:, -1] = ball[:, 0]
    lean, yaw = np.radians(14), np.radians(-28)
    rz = np.array([[np.cos(lean), -np.sin(lean), 0], [np.sin(lean), np.cos(lean), 0], [0, 0, 1]])
    ry = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    silicone = surface([Grid(ball @ (ry @ rz).T + centre, np.stack([u * 3.6 * MM, -v * 6.3 * MM], -1))])
    wire = (
        smooth_path(
            [centre / MM + [0.9, 0, 0.1], [9.7, -5.9, -7.4], [10.1, -4.4, -5.4], [9.3, -2.9, -3.4], [8.9, -2.5, -2.0]],
            count=26,
        )
        * MM
    )
    return silicone, surface(sweep(wire, ellipse_section(sides=10, width_m=1.1 * MM, height_m=1.1 * MM)))


def havana(size_px: int = 512) -> Array:
    """Return linear colour (size, size, 3) of tortoiseshell acetate: dark clouds in amber."""
    cloud = periodic(size_px, seed=3, low=3, high=16, slope=1.7) + 0.3 * periodic(size_px, seed=4, low=10, high=90, slope=1.2)
    deep = 1 / (1 + np.exp(-3.2 * (cloud + 0.35)))
    fleck = 0.12 * periodic(size_px, seed=5, low=4, high=30, slope=1.4)
    amber, brown = np.array(linear("#8a4f1f")), np.array(linear("#1c0f0a"))
    share = np.clip(deep + fleck, 0, 1)[..., None]
    return amber * (1 - share) + brown * share


def materials() -> tuple[Material, ...]:
    """Return acetate in three colours, lens, metal and silicone."""
    glass = {"KHR_materials_transmission": {"transmissionFactor": 1.0}, "KHR_materials_ior": {"ior": 1.5}}
    soft = {"KHR_materials_transmission": {"transmissionFactor": 0.6}, "KHR_materials_ior": {"ior": 1.41}}
    polished: dict[str, Any] = {"metallic_factor": 0, "roughness_factor": 0.16, "extensions": {"KHR_materials_ior": {"ior": 1.49}}}
    return (
        Material(name="acetate havana", base_color_texture=TextureInfo(texture=0), **polished),
        Material(name="acetate black", base_color_factor=(0.008, 0.008, 0.009, 1), **polished),
        Material(name="acetate sea", base_color_factor=(*linear("#24464a"), 1), **polished),
        Material(name="lens", base_color_factor=(0.985, 0.995, 0.99, 1), metallic_factor=0, roughness_factor=0, extensions=glass),
        Material(name="metal", base_color_factor=(0.83, 0.69, 0.42, 1), metallic_factor=1, roughness_factor=0.24),
        Material(name="silicone", base_color_factor=(0.86, 0.88, 0.86, 1), metallic_factor=0, roughness_factor=0.35, extensions=soft),
    )


def parts() -> Part:
    """Return the hierarchy: what is fixed to the front, and the two temples that turn about their hinges."""
    fixed, moving = hinge()
    silicone, wire = pad()
    arm = temple()
    on_front: list[Part] = []
    temples: list[Part] = []
    for side, sign in SIDES.items():

        def on(s: Surface, sign: int = sign) -> Surface:
            return s if sign > 0 else mirrored(s)

        flip = np.array([sign, 1, 1])
        pivot = tuple((HINGE * flip).tolist())
        on_front += [
            Part(f"lens_{side}", ((lens(sign), "lens"),)),
            Part(f"pad_{side}", ((on(silicone), "silicone"),), children=(Part(f"pad_{side}_wire", ((on(wire), "metal"),)),)),
            Part(f"hinge_{side}", ((on(fixed), "metal"),)),
            anchor("hinge", side, at_m=pivot, normal=(0, 0, -1)),
        ]
        below = (
            Part(f"hinge_{side}_temple", ((on(moving), "metal"),)),
            anchor("temple", side, at_m=np.array([70.3, 9.4, -64]) * flip * MM, normal=(sign, 0, 0)),
            anchor("ear_hook", side, at_m=np.array([69.2, 3.0, -109]) * flip * MM, normal=(0, -1, 0), up=(0, 0, 1)),
        )
        temples.append(Part(f"temple_{side}", ((on(arm), "acetate havana"),), children=below, pivot_m=pivot))
    bridge = anchor("bridge", "centre", at_m=(0, 3.0 * MM, -THICK / 2), normal=(0, 0, -1), width_m=0.0195)
    return Part("glasses", children=(Part("front", ((front(), "acetate havana"),), children=(bridge, *on_front)), *temples))


def build() -> Asset:
    """Make the glasses."""
    looks = Palette(
        materials=materials(),
        images=(picture(to_bytes(srgb(havana())), name="havana", quality=90),),
        tile_m={"acetate havana": TILE_M},
        variants={
            "Havana": {"acetate havana": "acetate havana"},
            "Black": {"acetate havana": "acetate black"},
            "Sea": {"acetate havana": "acetate sea"},
        },
    )
    made = asset(fitted(parts(), size_m=SIZE_M), looks, declared_size_m=SIZE_M)
    number = {node.name: i for i, node in enumerate(made.nodes)}
    joints = []
    for side, sign in SIDES.items():
        limits = sorted((0.0, sign * FOLD_RAD))
        node = number[f"temple_{side}"]
        joints.append(Joint(id=f"temple-{side}", node=node, kind="revolute", axis=(0, 1, 0), min=limits[0], max=limits[1]))
    return replace(made, joints=tuple(joints))
