"""Rooms have right angles: turn the planes that nearly have them so that they do, each pulling by its certainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields
from arviz.vision.planes.covariance import in_plane_axes
from arviz.vision.planes.field import PlaneField, SeenPlane

_FIRST, _SECOND = 4, 8
"""Frames are tried from pairs of one of the largest four and one of the largest eight planes."""
_SQUARE = 0.1
"""|cosine| of two directions that may be meant as a right angle: 6 degrees."""
_GATE_RAD = np.radians(3.0)
"""A plane further from all axes is not meant to be square, unless it is that uncertain."""
_LEAST_SHARE = 0.5
"""Of the pixels in planes that must be square for a room to be called so."""
_GRAVITY_COS = np.cos(np.radians(15))
_ROUNDS = 6


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Snapped:
    """A room's three directions and its planes turned to them.

    Parameters
    ----------
    axes_camera : ndarray (3, 3)
        Columns are the room's x, y (up: away from gravity if that was given, else up in the picture) and z in the camera's axes:
        a rotation, ``camera_from_room``.
    planes : tuple of SeenPlane
        In the order given; those that are square have normals of +- one axis and new covariances.
    snapped : tuple of bool
        Which of them were turned.
    covariance : ndarray (3, 3)
        Of a small turn of the axes, as a vector in the camera's axes, rad.
    square_rad : float
        How far from square the planes were found to be, beside their own uncertainty.
    """

    axes_camera: Array
    planes: tuple[SeenPlane, ...]
    snapped: tuple[bool, ...]
    covariance: Array
    square_rad: float

    def __post_init__(self) -> None:
        for name in ("axes_camera", "covariance"):
            set_fields(self, **{name: readonly(getattr(self, name), np.float64)})

    @property
    def sigma_rad(self) -> float:
        """Standard deviation of the angle by which the axes are turned."""
        return float(np.sqrt(np.trace(self.covariance)))


def snap(planes: PlaneField | Sequence[SeenPlane], *, gravity: Array | None = None) -> Snapped | None:
    """Return the room's axes and its planes turned to them, None where the planes show no right angles.

    Parameters
    ----------
    planes : PlaneField or sequence of SeenPlane
    gravity : ndarray (3,), optional
        Down in the camera's axes, from a device, good to a few degrees: it only says which frame is meant and which axis is up.
    """
    seen = tuple(planes.planes if isinstance(planes, PlaneField) else planes)
    down = None if gravity is None else np.asarray(gravity, np.float64) / np.linalg.norm(gravity)
    start = _best_frame(seen, down)
    if start is None:
        return None
    axes, square = start, 0.0
    for _ in range(_ROUNDS):
        chosen = _square_planes(seen, axes)
        if len({axis for _, axis, _ in chosen}) < 2:
            return None
        axes, covariance, square = _fitted(seen, chosen, axes)
    chosen = _square_planes(seen, axes)
    pixels = sum(plane.pixels for plane in seen)
    if sum(seen[index].pixels for index, _, _ in chosen) < _LEAST_SHARE * pixels:
        return None
    out = list(seen)
    for index, axis, sign in chosen:
        out[index] = _turned(seen[index], sign * axes[:, axis], covariance)
    turned = {index for index, _, _ in chosen}
    return Snapped(
        axes_camera=_upright(axes, down),
        planes=tuple(out),
        snapped=tuple(index in turned for index in range(len(seen))),
        covariance=covariance,
        square_rad=square,
    )


def _best_frame(seen: Sequence[SeenPlane], down: Array | None) -> Array | None:
    """Return the axes (columns) that most pixels agree with among those that two large planes span."""
    normals = np.array([plane.normal for plane in seen]).reshape(-1, 3)
    weight = np.array([plane.pixels * plane.confidence for plane in seen], np.float64)
    gate = np.array([_gate(plane) for plane in seen])
    best, score = None, 0.0
    for i in range(min(_FIRST, len(seen))):
        for j in range(i + 1, min(_SECOND, len(seen))):
            if abs(normals[i] @ normals[j]) > _SQUARE:
                continue
            second = normals[j] - (normals[j] @ normals[i]) * normals[i]
            second /= np.linalg.norm(second)
            axes = np.stack([normals[i], second, np.cross(normals[i], second)], axis=1)
            if down is not None and np.abs(down @ axes).max() < _GRAVITY_COS:
                continue
            off = np.arccos(np.clip(np.abs(normals @ axes).max(axis=1), 0.0, 1.0))
            agreed = float(weight[off < gate].sum())
            if agreed > score:
                best, score = axes, agreed
    return best


def _gate(plane: SeenPlane) -> float:
    return float(np.hypot(_GATE_RAD, 2 * min(plane.sigma_normal_rad, _GATE_RAD)))


def _square_planes(seen: Sequence[SeenPlane], axes: Array) -> list[tuple[int, int, float]]:
    """Return (plane, axis, sign) of those that lie along an axis."""
    out = []
    for index, plane in enumerate(seen):
        along = plane.normal @ axes
        axis = int(np.abs(along).argmax())
        if np.arccos(min(abs(along[axis]), 1.0)) < _gate(plane):
            out.append((index, axis, float(np.sign(along[axis]))))
    return out


def _fitted(seen: Sequence[SeenPlane], chosen: list[tuple[int, int, float]], axes: Array) -> tuple[Array, Array, float]:
    """Return the axes turned to fit their planes best, the covariance of that turn, and how far from square the planes are.

    Each plane says by which tilts it is off its axis, with the covariance of its fit. Real rooms are not square to the last
    arc minute: where the tilts scatter more than their covariances allow, a common variance is added to all until they agree
    (Mandel and Paule 1970), so that one very certain plane does not turn the room alone.
    """
    tilts, maps, sigmas = [], [], []
    for index, axis, sign in chosen:
        plane = seen[index]
        basis = in_plane_axes(plane.normal)
        target = sign * axes[:, axis]
        # The turn w that takes the axis to the plane's normal: w x target = normal - target, seen about the two tilt axes.
        tilts.append(basis @ np.cross(target, plane.normal))
        maps.append(basis)
        sigmas.append(plane.covariance[:2, :2] / max(plane.confidence, 0.05))
    tilt, design = np.concatenate(tilts), np.concatenate(maps)
    freedom = len(tilt) - 3

    def solve(extra: float) -> tuple[Array, Array, float]:
        weights = np.zeros((len(tilt), len(tilt)))
        for place, sigma in enumerate(sigmas):
            weights[2 * place : 2 * place + 2, 2 * place : 2 * place + 2] = np.linalg.inv(sigma + extra * np.eye(2))
        covariance = np.linalg.inv(design.T @ weights @ design)
        turn = covariance @ (design.T @ weights @ tilt)
        left = tilt - design @ turn
        return turn, covariance, float(left @ weights @ left)

    turn, covariance, excess = solve(0.0)
    low, high = 0.0, float(_GATE_RAD**2)
    if excess > freedom > 0:
        for _ in range(30):
            middle = (low + high) / 2
            turn, covariance, excess = solve(middle)
            low, high = (middle, high) if excess > freedom else (low, middle)
        turn, covariance, _ = solve(high)
    else:
        high = 0.0
    return _rotation(turn) @ axes, covariance, float(np.sqrt(high))


def _rotation(turn: Array) -> Array:
    """Return the (3, 3) rotation by a vector (Rodrigues)."""
    angle = float(np.linalg.norm(turn))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = turn / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    out: Array = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
    return out


def _turned(plane: SeenPlane, normal: Array, covariance: Array) -> SeenPlane:
    """Return the plane with a new normal; its place at the centroid moves as far as it hangs together with the tilts."""
    basis = in_plane_axes(plane.normal)
    tilt = basis @ np.cross(plane.normal, normal)
    gain = plane.covariance[2, :2] @ np.linalg.inv(plane.covariance[:2, :2])
    centroid = plane.centroid_m - float(gain @ tilt) * normal
    new_basis = in_plane_axes(normal)
    tilts = new_basis @ covariance @ new_basis.T
    left = float(plane.covariance[2, 2] - gain @ plane.covariance[2, :2])
    place = float(gain @ tilts @ gain) + max(left, 0.0)
    cross = gain @ tilts
    new = np.block([[tilts, cross[:, None]], [cross[None], np.array([[place]])]])
    return replace(plane, normal=normal, offset_m=float(-normal @ centroid), centroid_m=centroid, covariance=new)


def _upright(axes: Array, down: Array | None) -> Array:
    """Return the axes as columns x, y, z of a right-handed frame whose y is up and whose z comes nearest to the camera's."""
    up = np.array([0.0, -1.0, 0.0]) if down is None else -down
    vertical = int(np.abs(up @ axes).argmax())
    y = axes[:, vertical] * np.sign(up @ axes[:, vertical])
    rest = [axes[:, i] for i in range(3) if i != vertical]
    z = max(rest, key=lambda axis: abs(axis[2]))
    z = -z * np.sign(z[2]) if z[2] else z
    return np.stack([np.cross(y, z), y, z], axis=1)
