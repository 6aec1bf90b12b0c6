"""Guess where a product's anchors are, from its shape: the bridge, hinges and ear hooks of glasses, a lamp's light, a seat.

A guess is a proposal with a sigma; who knows better writes the anchor into the file.
"""

from __future__ import annotations

from collections.abc import Callable
from math import hypot

import numpy as np

from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.graph import bounds, drawn, size, world_matrices
from arviz.core.material import Material, extension_number
from arviz.core.parts import Anchor
from arviz.core.recipe import Glasses
from arviz.core.triangles import face_vectors
from arviz.ops.anchors import Placed
from arviz.place.kinds import kind_of
from arviz.tryon.glasses.model import WIDTHS_M, glasses_of

_SEATS = ("sofa", "dining-chair", "armchair", "recliner", "desk-chair", "ottoman")
_LAMPS = ("lamp-floor", "lamp-table")
_SEAT_M = 0.30, 0.62
"""Heights of seats above the floor: low lounge sofas to counter stools."""
_LEVEL, _BIN_M, _SOFT_M = 0.85, 0.01, 0.04
"""Least cosine of what faces up, the bins of heights, and how far a cushion's top may bulge."""
_LEAST_SEAT_M2 = 0.05
_SPOTS = np.array([(i + 1 / 3, j + 1 / 3, 6 - i - j - 2 / 3) for i in range(6) for j in range(6 - i)]) / 6
"""Where a triangle is looked at, as shares of its corners: a seat may be two triangles."""
_GLASSES_SIGMA_M, _SEAT_SIGMA_M, _LIGHT_SIGMA_M = 0.002, 0.03, 0.02


def guess_anchors(asset: Asset, *, kind: str | None = None, name: str = "") -> tuple[Placed, ...]:
    """Return anchors that a product seems to have; none where nothing is known of its kind.

    Parameters
    ----------
    asset : Asset
        In metres, +Y up, front +Z.
    kind : "glasses", "lamp" or "seat", optional
        Default: by its name and shape.
    name : str
        What the product is called.

    Raises
    ------
    InputError
        Only where `kind` is given: ``E_GLASSES_SHAPE``, ``E_ANCHOR_GUESS``: the product does not look like one.
    """
    if not asset.unit_known:
        raise InputError(
            "E_ANCHOR_UNIT", "anchors are in metres, and the product's unit is not known", hint="Convert it with --size first."
        )
    if kind is not None:
        found = GUESSES[kind](asset)
        if not found:
            raise InputError("E_ANCHOR_GUESS", f"this does not look like a product of the kind {kind}", found=name or None)
        return found
    extent = size(asset)
    if extent is None:
        return ()
    kind = kind_of(name, size_m=extent)
    if kind in _SEATS:
        return _seat(asset)
    if kind in _LAMPS:
        return _light(asset)
    if WIDTHS_M[0] <= extent[0] <= WIDTHS_M[1]:
        try:
            return _glasses(asset)
        except InputError:
            return ()
    return ()


def _glasses(asset: Asset) -> tuple[Placed, ...]:
    glasses = glasses_of(asset, Glasses(uri="glasses"))
    width = glasses.between_lenses_m
    out = [_anchor("bridge", "centre", glasses.bridge_m, normal=(0, 0, -1), width_m=width, sigma_m=_GLASSES_SIGMA_M)]
    for kind, points, normal in (("hinge", glasses.hinges_m, (0, 0, -1)), ("ear_hook", glasses.ear_hooks_m, (0, -1, 0))):
        up = (0, 1, 0) if kind == "hinge" else (0, 0, 1)
        for side, point in zip(("right", "left"), points, strict=True):
            out.append(_anchor(kind, side, point, normal=normal, up=up, sigma_m=_GLASSES_SIGMA_M))
    return tuple(out)


def _seat(asset: Asset) -> tuple[Placed, ...]:
    """Return the middle of the highest large level surface at the height of a seat."""
    corners, floor = _faces(asset)
    if floor is None:
        return ()
    centres, normals = corners.mean(axis=1), np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normals, axis=1)
    level = (area > 0) & (normals[:, 1] > _LEVEL * area)
    height = centres[:, 1] - floor
    level &= (height > _SEAT_M[0]) & (height < _SEAT_M[1])
    if not level.any():
        return ()
    plan = normals[:, 1] / 2  # what is seen from above
    bins = np.bincount(((height[level] - _SEAT_M[0]) / _BIN_M).astype(int), plan[level], minlength=1)
    around = np.convolve(bins, np.ones(2 * round(_SOFT_M / _BIN_M) + 1), "same")
    # Frames below a cushion face up too: of the levels that are about as large, the highest is sat on.
    top = int(np.flatnonzero(around >= 0.6 * around.max())[-1])
    heights = _SEAT_M[0] + _BIN_M * (top + 0.5)
    on = level & (np.abs(height - heights) <= 2 * _SOFT_M)
    if plan[on].sum() < _LEAST_SEAT_M2:
        return ()
    spots = np.einsum("sc,tc->ts", _SPOTS, corners[on, :, 0])
    left, right = _spread(spots.ravel(), np.repeat(plan[on], len(_SPOTS)))
    _, y, z = np.average(centres[on], axis=0, weights=plan[on])
    point = np.array([(left + right) / 2, y, z])
    return (_anchor("seat", "centre", point, normal=(0, 1, 0), up=(0, 0, 1), width_m=right - left, sigma_m=_SEAT_SIGMA_M),)


def _light(asset: Asset) -> tuple[Placed, ...]:
    """Return the lamps that the file has, else the middle of what glows."""
    box = bounds(asset)
    out: list[Placed] = []
    for index, matrix in world_matrices(asset).items():
        light = asset.nodes[index].light
        if light is None or not 0 <= light < len(asset.lights) or asset.lights[light].get("type") == "directional":
            continue
        if box is not None and ((matrix[:3, 3] >= box[0]) & (matrix[:3, 3] <= box[1])).all():  # others are of the photographer
            normal = -matrix[:3, 2] if asset.lights[light].get("type") == "spot" else np.array([0.0, 1.0, 0.0])
            up = (0, 0, 1) if abs(normal[1]) > hypot(normal[0], normal[2]) else (0, 1, 0)
            label = "centre" if not out else f"light-{len(out) + 1}"
            out.append(_anchor("light", label, matrix[:3, 3], normal=tuple(normal), up=up, sigma_m=_LIGHT_SIGMA_M))
    if out:
        return tuple(out)
    points, weights = [], []
    for piece in drawn(asset):
        material = None if piece.primitive.material is None else asset.materials[piece.primitive.material]
        if material is None or not _glows(material):
            continue
        corners = piece.primitive.triangles
        points.append(piece.positions[corners].mean(axis=1))
        weights.append(np.linalg.norm(face_vectors(piece.positions, corners), axis=1))
    if not points or not np.concatenate(weights).sum() > 0:
        return ()
    centre = np.average(np.concatenate(points), axis=0, weights=np.concatenate(weights))
    return (_anchor("light", "centre", centre, normal=(0, 1, 0), up=(0, 0, 1), sigma_m=_LIGHT_SIGMA_M),)


GUESSES: dict[str, Callable[[Asset], tuple[Placed, ...]]] = {"glasses": _glasses, "lamp": _light, "seat": _seat}


def _glows(material: Material) -> bool:
    strength = extension_number(material.extensions.get("KHR_materials_emissive_strength"), "emissiveStrength", 1.0)
    return max(material.emissive_factor) * strength > 0


def _faces(asset: Asset) -> tuple[Array, float | None]:
    """Return the corners (T, 3, 3) of all triangles, and where the floor is."""
    corners = [piece.positions[piece.primitive.triangles] for piece in drawn(asset)]
    found = np.concatenate([np.zeros((0, 3, 3)), *corners])
    return found, float(found[..., 1].min()) if len(found) else None


def _spread(values: Array, weights: Array) -> tuple[float, float]:
    """Return the 2nd and the 98th percentile."""
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    low, high = np.interp([0.02, 0.98], share, values[order])
    return float(low), float(high)


def _anchor(
    kind: str,
    id_: str,
    point: Array,
    *,
    normal: tuple[float, ...],
    sigma_m: float,
    up: tuple[float, ...] = (0, 1, 0),
    width_m: float | None = None,
) -> Placed:
    length = float(np.linalg.norm(normal)) or 1.0
    facing = tuple(float(value) / length for value in normal)
    above = np.asarray(up, float) - np.dot(up, facing) * np.asarray(facing)
    square = tuple((above / np.linalg.norm(above)).tolist())
    anchor = Anchor(id=id_, kind=kind, normal=facing, up=square, width_m=width_m, sigma_m=sigma_m)
    return Placed(anchor=anchor, node=-1, part=None, point_m=tuple(float(value) for value in point), normal=facing, up=square)
