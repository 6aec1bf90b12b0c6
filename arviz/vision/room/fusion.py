"""Several posed frames become one set of surfaces: matched by what they both see, fused by their uncertainty.

Matching by the nearest plane was measured to swap two surfaces a few centimetres apart (2.4 deg and 51 mm of scatter); here
two planes are one only if their pixels fall on each other, or if they are in line and no frame tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.vision.room.shared import with_poses
from arviz.vision.room.sight import Sight
from arviz.vision.room.surface import Surface, axes_of

_STEP_PX = 4
_SHARE = 0.3
"""Of what both frames can see of a plane must carry the other's label."""
_LEAST_PIXELS = 20
_AGREE_M = 0.03
_TURN_RAD = np.radians(10.0)
_IN_LINE_M = 0.01
_IN_LINE_RAD = np.radians(2.0)
_SIGMAS = 3.0
_COMMON = 0.5
"""Share of a phone's variance that is the same in all frames: what makes its depth smooth errs at the same places of the room
again. Our own estimate."""


def fuse(
    sights: Sequence[Sight], poses: Sequence[Array], *, sigma_rotation_rad: float = 0.0, sigma_position_m: float = 0.0
) -> tuple[list[Surface], tuple[Finding, ...]]:
    """Return the surfaces of all frames in the world of `poses` (world_from_camera), largest first, and what is doubtful.

    The sigmas are those of each pose, about and along each axis.
    """
    parts = [
        Surface.of(plane, world_from_camera=pose, member=(index, label))
        for index, (sight, pose) in enumerate(zip(sights, poses, strict=True))
        for label, plane in enumerate(sight.field.planes, start=1)
    ]
    if len(sights) == 1:
        return parts, ()
    linked, apart = _links(sights, poses, parts)
    groups = _groups(len(parts), linked)
    common = _COMMON * any(sight.noise.smooth_share for sight in sights)
    posed = [
        with_poses([parts[index] for index in group], poses, sigma_rotation_rad=sigma_rotation_rad, sigma_position_m=sigma_position_m)
        for group in groups
    ]
    fused = [fused_surface(group, common=common) for group in posed]
    surfaces = sorted(_joined(fused), key=lambda surface: -surface.pixels)
    findings = tuple(
        Finding(
            code="W_NO_OVERLAP",
            severity="warning",
            message=f"frame {index} shows nothing that another frame shows too: its pose is taken on trust",
            hint="Take pictures that overlap by half, or check that all poses are of one world.",
        )
        for index in apart
    )
    return surfaces, findings


def _links(sights: Sequence[Sight], poses: Sequence[Array], parts: list[Surface]) -> tuple[list[tuple[int, int]], list[int]]:
    """Return pairs of parts whose pixels fall on each other, and the frames that overlap with no other."""
    start = np.cumsum([0] + [len(sight.field.planes) for sight in sights])
    votes = {(i, j): _votes(sights[i], poses[i], sights[j], poses[j]) for i in range(len(sights)) for j in range(len(sights)) if i != j}
    overlapping = {i for (i, j), (_, common) in votes.items() if common and votes[j, i][1]}
    pairs = []
    for i in range(len(sights)):
        for j in range(i + 1, len(sights)):
            for a, b in _on_each_other(votes[i, j][0], votes[j, i][0].T):
                first, second = parts[start[i] + a], parts[start[j] + b]
                if first.normal @ second.normal > np.cos(_TURN_RAD):
                    pairs.append((int(start[i] + a), int(start[j] + b)))
    return pairs, [index for index in range(len(sights)) if index not in overlapping]


def same_planes(first: Sight, second: Sight, first_from_second: Array) -> list[tuple[int, int]]:
    """Return the planes of two frames, as indices, whose pixels fall on each other and whose normals are about the same."""
    here = np.eye(4)
    there, _ = _votes(first, here, second, first_from_second)
    back, _ = _votes(second, first_from_second, first, here)
    turn = first_from_second[:3, :3]
    return [
        (int(a), int(b))
        for a, b in _on_each_other(there, back.T)
        if first.field.planes[a].normal @ turn @ second.field.planes[b].normal > np.cos(_TURN_RAD)
    ]


def _on_each_other(there: Array, back: Array) -> Array:
    """Return (M, 2) planes, as indices, that both frames' pixels say to be one; votes by label, the first frame's in rows."""
    both = there[1:, 1:] + back[1:, 1:]
    # What the other frame could see of a plane, with whatever label it has there.
    could = np.minimum(there[1:].sum(axis=1)[:, None], back[:, 1:].sum(axis=0)[None])
    out: Array = np.argwhere((both > 2 * _LEAST_PIXELS) & (np.minimum(there, back)[1:, 1:] > _SHARE * could))
    return out


def _votes(sight: Sight, pose: Array, other: Sight, other_pose: Array) -> tuple[Array, bool]:
    """Return how many pixels of each label (rows) fall on each label of the other frame (columns), and whether frames overlap."""
    labels = sight.field.labels[::_STEP_PX, ::_STEP_PX]
    depth = sight.depth_m[::_STEP_PX, ::_STEP_PX]
    good = np.isfinite(depth)
    points = (sight.rays[::_STEP_PX, ::_STEP_PX][good] * depth[good][:, None]).astype(np.float64)
    place, z, inside = projected(points, np.linalg.inv(other_pose) @ pose, other)
    seen = other.depth_m[place[:, 1], place[:, 0]]
    with np.errstate(invalid="ignore"):
        same = inside & (np.abs(seen - z) < _SIGMAS * other.noise.sigma_m(z) + _AGREE_M)
    count, count_other = len(sight.field.planes) + 1, len(other.field.planes) + 1
    pair = labels[good][same].astype(np.int64) * count_other + other.field.labels[place[same, 1], place[same, 0]]
    out = np.bincount(pair, minlength=count * count_other).reshape(count, count_other)
    return out, bool(same.sum() > 0.02 * max(len(points), 1))


def projected(points_m: Array, camera_from_here: Array, sight: Sight) -> tuple[Array, Array, Array]:
    """Return the pixels (N, 2) int, the depths (N,) and whether (N,) points (N, 3) lie in a frame's picture."""
    local = points_m @ camera_from_here[:3, :3].T + camera_from_here[:3, 3]
    z = local[:, 2]
    ahead = z > 0.05
    local = np.where(ahead[:, None], local, (0.0, 0.0, 1.0))
    pixel = np.round(sight.camera.project_distorted(local))
    size = np.array([sight.camera.width_px, sight.camera.height_px])
    inside = ahead & (pixel >= 0).all(axis=1) & (pixel < size).all(axis=1)
    return np.where(inside[:, None], pixel, 0).astype(np.int64), z, inside


def _groups(count: int, pairs: list[tuple[int, int]]) -> list[list[int]]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    number, label = connected_components(graph, directed=False)
    return [np.flatnonzero(label == index).tolist() for index in range(number)]


class _Tangent(NamedTuple):
    """Surfaces as (two tilts, place) in the tangent plane at a common point, each with its covariance."""

    middle: Array
    mean: Array
    axes: Array
    states: Array
    covariances: Array

    @staticmethod
    def of(parts: Sequence[Surface]) -> _Tangent:
        pixels = np.array([part.pixels for part in parts], np.float64)
        middle = (pixels[:, None] * [part.centre_m for part in parts]).sum(axis=0) / pixels.sum()
        mean = (pixels[:, None] * [part.normal for part in parts]).sum(axis=0)
        mean = mean / np.linalg.norm(mean)
        axes = axes_of(mean)
        states, covariances = [], []
        for part in parts:
            jacobian = np.zeros((3, 4))
            jacobian[:2, :3] = axes
            jacobian[2, :3], jacobian[2, 3] = middle - part.centre_m, 1.0
            covariances.append(jacobian @ part.covariance @ jacobian.T + np.diag([1e-10, 1e-10, 1e-10]))
            states.append([*(axes @ part.normal), part.normal @ middle + part.offset_m])
        return _Tangent(middle, mean, axes, np.array(states), np.array(covariances))

    def surface(self, parts: Sequence[Surface], state: Array, covariance: Array) -> Surface:
        normal = self.mean + self.axes.T @ state[:2]
        normal = normal / np.linalg.norm(normal)
        centre = self.middle - state[2] * normal
        back = np.zeros((4, 3))
        back[:3, :2], back[3, 2] = self.axes.T, 1.0
        pixels = np.array([part.pixels for part in parts], np.float64)
        return Surface(
            normal=normal,
            offset_m=-float(normal @ centre),
            centre_m=centre,
            covariance=back @ covariance @ back.T,
            pixels=int(pixels.sum()),
            confidence=float((pixels * [part.confidence for part in parts]).sum() / pixels.sum()),
            members=tuple(member for part in parts for member in part.members),
        )


def fused_surface(parts: Sequence[Surface], *, common: float = 0.0) -> Surface:
    """Return the weighted mean of surfaces that are one; if they scatter more than they should, its sigma grows to that.

    Tilts and place at a common point, weighted by the inverse of their covariance; chi-square per degree of freedom above 1
    enlarges the covariance. The share `common` of their variance is one error of all: no number of frames makes it smaller.
    """
    if len(parts) == 1:
        return parts[0]
    tangent = _Tangent.of(parts)
    best, covariance, excess = _fitted(tangent)
    return tangent.surface(parts, best, covariance * max((1 - common) * excess, 1 - common) + common * len(parts) * covariance)


def scattered_surface(parts: Sequence[Surface], *, weights: Sequence[float]) -> Surface:
    """Return one surface for pieces of it: fused where they agree; else their mean by `weights`, its sigma their scatter.

    Where pieces of one surface disagree beyond their sigmas, what moves them is none of the errors that those know: the most
    certain piece says no more about the others than its size does.
    """
    tangent = _Tangent.of(parts)
    best, covariance, excess = _fitted(tangent)
    if excess > 1:
        share = np.asarray(weights, np.float64) / sum(weights)
        best = share @ tangent.states
        off = tangent.states - best
        covariance = np.einsum("n,nij->ij", share**2, tangent.covariances) + (share[:, None] * off).T @ off
    return tangent.surface(parts, best, covariance)


def _fitted(tangent: _Tangent) -> tuple[Array, Array, float]:
    """Return the weighted mean of states, its covariance, and chi-square per degree of freedom."""
    weight = np.linalg.inv(tangent.covariances)
    covariance: Array = np.linalg.inv(weight.sum(axis=0))
    best = covariance @ np.einsum("nij,nj->i", weight, tangent.states)
    off = tangent.states - best
    return best, covariance, float(np.einsum("ni,nij,nj->", off, weight, off)) / max(3 * (len(off) - 1), 1)


def _joined(surfaces: list[Surface]) -> list[Surface]:
    """Return the surfaces with those joined that are in line; never two that one frame tells apart."""
    left = sorted(surfaces, key=lambda surface: -surface.pixels)
    done: list[Surface] = []
    while left:
        first = left.pop(0)
        for other in list(left):
            apart = {index for index, _ in first.members} & {index for index, _ in other.members}
            if not apart and in_line(first, other):
                first = replace(fused_surface([first, other]), members=first.members + other.members)
                left.remove(other)
        done.append(first)
    return done


def in_line(first: Surface, second: Surface) -> bool:
    """Tell whether two surfaces lie in one plane as far as their uncertainty lets anyone say."""
    turn = np.arccos(np.clip(first.normal @ second.normal, -1, 1))
    if turn > _IN_LINE_RAD + _SIGMAS * np.hypot(first.sigma_normal_rad, second.sigma_normal_rad):
        return False
    for one, other in ((first, second), (second, first)):
        sigma = np.hypot(one.sigma_at_m(other.centre_m), other.sigma_at_m(other.centre_m))
        if abs(one.height_m(other.centre_m)) < _IN_LINE_M + _SIGMAS * min(float(sigma), 0.02):
            return True
    return False
