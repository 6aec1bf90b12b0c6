"""Know glasses: their parts, and the places by which they sit on a head."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.graph import bounds, world_matrices
from arviz.core.recipe import Glasses
from arviz.core.reframe import rescale
from arviz.core.report import Finding
from arviz.tryon.glasses.shape import Shape, shape_of

WIDTHS_M = (0.10, 0.18)
"""Fronts of glasses that people wear, from small children's to the largest fashion frames."""
SIDES = (-1, 1)
"""Right and left of the wearer, as the sign of x."""
FRONT, RIGHT, LEFT = 0, 1, 2


class LensBox(NamedTuple):
    """The box about one lens, seen from the front (boxing system of ISO 8624)."""

    centre_m: tuple[float, float, float]
    """Middle of the box; z is that of the lens's back at that place."""
    width_m: float
    height_m: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GlassesModel:
    """Glasses of true size with what is needed to put them on. All in the asset's frame: +Y up, +Z before the wearer, +X to the left.

    Pairs are right, left as the wearer has them.

    Parameters
    ----------
    asset : Asset
        Metres.
    width_m : float
        Of the front, without what temples add.
    bridge_m : ndarray (3,) float64
        Middle of the bridge, on its back.
    hinges_m : ndarray (2, 3) float64
    ear_hooks_m : ndarray (2, 3) float64
        Where the lower edge of each temple is to rest on the ear.
    lenses : (LensBox, LensBox)
    joints : (int, int) or None
        Which joints of the asset turn the temples; None: they are bent.
    points_m : ndarray (S, 3) float64
        Spread evenly over all surfaces.
    part : ndarray (S,) int64
        0 front, 1 right temple, 2 left temple.
    lens : ndarray (S,) bool
    findings : tuple of Finding
    """

    asset: Asset
    width_m: float
    bridge_m: Array
    hinges_m: Array
    ear_hooks_m: Array
    lenses: tuple[LensBox, LensBox]
    joints: tuple[int, int] | None
    points_m: Array = field(repr=False)
    part: Array = field(repr=False)
    lens: Array = field(repr=False)
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        for name in ("bridge_m", "hinges_m", "ear_hooks_m", "points_m"):
            set_fields(self, **{name: readonly(getattr(self, name), np.float64)})

    @property
    def between_lenses_m(self) -> float:
        """Distance between the boxes of both lenses (DBL of ISO 8624): the bridge's width."""
        right, left = self.lenses
        return max(0.0, left.centre_m[0] - right.centre_m[0] - (left.width_m + right.width_m) / 2)

    @property
    def frame_pd_m(self) -> float:
        """Distance between the middles of both lenses."""
        return self.lenses[1].centre_m[0] - self.lenses[0].centre_m[0]


def glasses_of(asset: Asset, item: Glasses) -> GlassesModel:
    """Return glasses from a product's file.

    The anchors that the file carries are taken (kinds bridge, hinge, ear_hook with the ids left, right); the others are measured
    from its shape, and a finding says so. What is measured is made symmetric: the left half and its mirror image.

    Raises
    ------
    InputError
        ``E_GLASSES_SHAPE``: this is no pair of glasses with open temples; ``E_GLASSES_SIZE``; ``E_GLASSES_UNIT``.
    """
    where = item.name or item.uri
    glasses = _known(_sized(asset, item, where), where)
    return glasses if item.width_m is None else _scaled(glasses, item.width_m / glasses.width_m)


def _known(asset: Asset, where: str) -> GlassesModel:
    """Return the glasses of an asset that is about as large as glasses are."""
    shape = shape_of(asset)
    centre, half, depth = _checked(shape.points_m, where)
    hinge_z = _hinge_z(shape.points_m, centre, half, depth)
    joints, own = _parts(asset, shape, centre, hinge_z)
    left = shape.points_m[:, 0] >= centre
    mirror = np.array([-1.0, 1.0, 1.0]), np.array([2 * centre, 0.0, 0.0])
    points = np.concatenate([shape.points_m[left] * mirror[0] + mirror[1], shape.points_m[left]])
    part = np.concatenate([np.where(own[left] == FRONT, FRONT, RIGHT), np.where(own[left] == FRONT, FRONT, LEFT)])
    clear = np.concatenate([shape.clear[left]] * 2)
    anchors, guessed = _anchors(asset), []

    def place(kind: str, measured: Array) -> Array:
        named = [anchors.get((kind, side)) for side in ("right", "left")]
        if any(point is None for point in named):
            guessed.append(kind)
            named = [measured * mirror[0] + mirror[1], measured]
        return np.array(named)

    hinges = place("hinge", _hinge(points, hinge_z, centre))
    hooks = place("ear_hook", _ear_hook(points[part == LEFT], hinges[1]))
    front = points[part == FRONT]
    lens = _lens_points(points, clear & (part == FRONT), centre, half)
    if not lens.any():
        raise _no_glasses(where, "no two lenses: parts of a material that lets light through")
    box = _box(points[lens & (points[:, 0] > centre)])
    bridge = anchors.get(("bridge", "centre"))
    if bridge is None:
        guessed.append("bridge")
        bridge = _bridge(points[(part == FRONT) & ~lens], centre)
    findings: tuple[Finding, ...] = ()
    if guessed:
        message = f"the file has no anchors for {', '.join(guessed)}: they were measured from its shape"
        hint = "Add empty nodes ARVIZ_bridge_centre, ARVIZ_hinge_left, ARVIZ_ear_hook_left ... to the file."
        findings = (Finding(code="W_GLASSES_ANCHORS", severity="warning", message=message, where=where, hint=hint),)
    other = (2 * centre - box.centre_m[0], *box.centre_m[1:])
    return GlassesModel(
        asset=asset,
        width_m=float(np.ptp(front[:, 0])),
        bridge_m=bridge,
        hinges_m=hinges,
        ear_hooks_m=hooks,
        lenses=(box._replace(centre_m=other), box),
        joints=joints,
        points_m=points,
        part=part,
        lens=lens,
        findings=findings,
    )


def _scaled(glasses: GlassesModel, factor: float) -> GlassesModel:
    lenses = [LensBox((factor * x, factor * y, factor * z), factor * wide, factor * high) for (x, y, z), wide, high in glasses.lenses]
    return replace(
        glasses,
        asset=rescale(glasses.asset, factor),
        width_m=factor * glasses.width_m,
        bridge_m=factor * glasses.bridge_m,
        hinges_m=factor * glasses.hinges_m,
        ear_hooks_m=factor * glasses.ear_hooks_m,
        lenses=(lenses[0], lenses[1]),
        points_m=factor * glasses.points_m,
    )


def _no_glasses(where: str, found: str) -> InputError:
    return InputError(
        "E_GLASSES_SHAPE",
        "not a pair of glasses that can be put on",
        where=where,
        expected="a symmetric front facing +Z with two lenses, and two open temples that reach back",
        found=found,
        hint="Export the glasses upright with open temples: +Y up, +Z before the wearer.",
    )


def _sized(asset: Asset, item: Glasses, where: str) -> Asset:
    """Return the asset in metres; where the recipe says the front's width, about as large as that, for now with its temples."""
    box = bounds(asset)
    if box is None:
        raise _no_glasses(where, "nothing that is drawn")
    width = float(box[1, 0] - box[0, 0])
    if item.width_m is None and not asset.unit_known:
        raise InputError(
            "E_GLASSES_UNIT",
            "how large the glasses are is not known",
            where=where,
            expected="a file in metres, or the front's width",
            found="a file without a unit",
            hint="Give `width_mm` of the front in the recipe.",
        )
    if item.width_m is not None:
        return rescale(asset, item.width_m / width) if width > 0 else asset
    if not WIDTHS_M[0] <= width <= WIDTHS_M[1]:
        raise InputError(
            "E_GLASSES_SIZE",
            "no glasses are as wide as this",
            where=where,
            expected=f"{WIDTHS_M[0] * 1000:.0f} to {WIDTHS_M[1] * 1000:.0f} mm",
            found=f"{width * 1000:.0f} mm",
            hint="Give `width_mm` of the front in the recipe, or export the file in metres.",
        )
    return asset


def _checked(points: Array, where: str) -> tuple[float, float, float]:
    """Return the symmetry plane's x, half the width, and the depth; refuse what is no pair of glasses."""
    from scipy.spatial import cKDTree

    low, high = points.min(0), points.max(0)
    centre = float(low[0] + high[0]) / 2
    width, height, depth = (high - low).tolist()
    if not (0.15 < height / width < 0.75 and 0.5 < depth / width < 1.6):
        raise _no_glasses(where, f"proportions {width * 1000:.0f} x {height * 1000:.0f} x {depth * 1000:.0f} mm")
    thin = points[:: max(1, len(points) // 3000)]
    apart = cKDTree(points).query(thin * [-1, 1, 1] + [2 * centre, 0, 0])[0]
    if np.percentile(apart, 90) > 0.03 * width:
        raise _no_glasses(where, "a shape without a plane of symmetry")
    aside = np.abs(points[:, 0] - centre)
    behind = points[:, 2] < high[2] - 0.5 * depth
    if not behind.any() or (aside[behind] < 0.25 * width).mean() > 0.02:
        raise _no_glasses(where, "no two temples that reach back")
    return centre, width / 2, depth


def _anchors(asset: Asset) -> dict[tuple[str, str], Array]:
    """Return (kind, id) -> point of the anchors."""
    world = world_matrices(asset)
    named = {(n.anchor.kind, n.anchor.id): world[i][:3, 3] for i, n in enumerate(asset.nodes) if n.anchor is not None and i in world}
    return named


def _hinge_z(points: Array, centre: float, half: float, depth: float) -> float:
    """Return how far back the front reaches: behind, nothing is left but temples."""
    front = points[:, 2].max()
    near = (np.abs(points[:, 0] - centre) < 0.75 * half) & (points[:, 2] > front - 0.4 * depth)
    return float(points[near, 2].min())


def _parts(asset: Asset, shape: Shape, centre: float, hinge_z: float) -> tuple[tuple[int, int] | None, Array]:
    """Return the joints of the temples, and which part each point is."""
    points = shape.points_m
    side = np.where(points[:, 0] < centre, RIGHT, LEFT)
    found: dict[int, int] = {}
    part = np.zeros(len(points), np.int64)
    for number, joint in enumerate(asset.joints):
        own = np.isin(shape.node, _below(asset, joint.node))
        if joint.kind == "revolute" and own.any() and points[own, 2].mean() < hinge_z:
            which = int(np.bincount(side[own]).argmax())
            found[which] = number
            part[own] = which
    if len(found) == 2:
        return (found[RIGHT], found[LEFT]), part
    return None, np.where(points[:, 2] < hinge_z, side, FRONT)


def _below(asset: Asset, node: int) -> list[int]:
    return [node, *(deeper for child in asset.nodes[node].children for deeper in _below(asset, child))]


def _hinge(points: Array, hinge_z: float, centre: float) -> Array:
    """Return the left hinge."""
    near = points[(np.abs(points[:, 2] - hinge_z) < 0.003) & (points[:, 0] > centre)]
    outer = near[near[:, 0] - centre > 0.8 * (near[:, 0] - centre).max()]
    return np.array([outer[:, 0].mean(), outer[:, 1].mean(), hinge_z])


DROP_M = 0.003
"""Where the middle of a temple has gone down by this from its straight part, it rests on the ear."""


def _ear_hook(temple: Array, hinge: Array) -> Array:
    """Return the lower edge of a temple where its straight part ends."""
    back = temple[:, 2].min()
    edges = np.linspace(hinge[2], back, 61)
    slices = [temple[(temple[:, 2] <= a) & (temple[:, 2] > b)] for a, b in pairwise(edges)]
    rows = np.array([[s[:, 2].mean(), (s[:, 1].min() + s[:, 1].max()) / 2, s[:, 1].min(), s[:, 0].mean()] for s in slices if len(s) > 3])
    straight = rows[: max(4, len(rows) // 2)]
    slope, offset = np.polyfit(straight[2:, 0], straight[2:, 1], 1)
    down = slope * rows[:, 0] + offset - rows[:, 1] > DROP_M
    down[: len(rows) // 2] = False
    at = int(np.argmax(down)) if down.any() else int(0.72 * len(rows))
    return np.array([rows[at, 3], rows[at, 2], rows[at, 0]])


def _lens_points(points: Array, clear: Array, centre: float, half: float) -> Array:
    """Return which points are of lenses: clear, and not of nose pads, which stand inside of them."""
    aside = np.abs(points[:, 0] - centre)
    if not (clear & (aside > 0.3 * half)).any():
        return np.zeros(len(points), bool)
    low, high = np.percentile(points[clear & (aside > 0.3 * half), 2], [0, 100])
    out: Array = clear & (points[:, 2] > low - 0.001) & (points[:, 2] < high + 0.001) & (aside > 0.12 * half)
    return out


def _box(points: Array) -> LensBox:
    low, high = points.min(0), points.max(0)
    middle = (low + high) / 2
    near = points[np.hypot(points[:, 0] - middle[0], points[:, 1] - middle[1]) < 0.006]
    back = float(near[:, 2].min() if len(near) else low[2])
    return LensBox((float(middle[0]), float(middle[1]), back), float(high[0] - low[0]), float(high[1] - low[1]))


def _bridge(front: Array, centre: float) -> Array:
    middle = front[np.abs(front[:, 0] - centre) < 0.003]
    if not len(middle):
        middle = front[np.abs(front[:, 0] - centre) < 0.02]
    return np.array([centre, middle[:, 1].mean(), middle[:, 2].min()])
