"""The pose between two frames from everything that both measured: points of the photo, and planes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.registration.bend import BENDS, spread_of
from arviz.vision.registration.marks import Marks
from arviz.vision.registration.motion import cross_matrix, off, turned
from arviz.vision.room.surface import Surface, axes_of

_ROUNDS = 8
_HUBER = 2.0
"""Sigmas; what is farther off pulls no more than this (Huber 1964)."""
_COLUMNS, _LINES = 4, 3
_LEAST_EXCESS = 2.0
"""By how much the covariance grows at least: patterns that repeat and steps of the depth move many points alike. With 1, of 274 pairs of
ray-traced rooms 93 % of the turns and 96 % of the shifts lay within two sigma, in nine rooms seen last 85 and 91 %."""
_FINER = 1.5
"""How many times as unsure the bend leaves a pose as its patterns say: there are finer ones. Set on eight ray-traced rooms with bends of
0.1 to 0.3 px of disparity that were drawn in another way; without it 86 % of all axes lay within two sigma there."""
_UNKNOWN = 10.0
"""Sigma of what nothing tells, in radians and metres."""
_FLAT_RAD, _FLAT_M = 0.0015, 0.0015
"""How much less flat than their covariance says walls and floors are. Our own estimate."""


class Level(NamedTuple):
    """A plane in one camera's axes, and what a bend of spread 1 does to it."""

    surface: Surface
    rise: Array
    """(4, BENDS): to the normal, and to the offset at the middle."""


class Solved(NamedTuple):
    """A pose first_from_second and how sure it is: turns about the second's place, and that place, in the first's axes."""

    pose: Array
    """(4, 4)."""
    bend: Array
    """(BENDS,): of the sensor."""
    chance: Array
    """(6, 6): the covariance of what is by chance in these two frames."""
    swayed: Array
    """(6, BENDS): by how much the pose is moved by what is not known of the bend, which is the same in all frames."""

    @property
    def covariance(self) -> Array:
        """(6, 6)."""
        out: Array = self.chance + self.swayed @ self.swayed.T
        return out


def solved(first: Marks, second: Marks, planes: Sequence[tuple[Level, Level]], *, start: Array, bend: Array, told: Array) -> Solved:
    """Return the pose first_from_second, and the bend of the sensor that took both.

    Parameters
    ----------
    first, second : Marks
        Matched, row by row.
    planes : sequence of (Level, Level)
        Planes of the first and of the second frame that are one, each in its own camera's axes.
    start : ndarray (4, 4)
    bend : ndarray (BENDS,)
        To start with.
    told : ndarray
        What planes say of how bent the sensor is, see `bend.Bent`.
    """
    pose = np.array(start)
    blocks = np.concatenate([_blocks(second.points_m), _COLUMNS * _LINES + np.arange(len(planes))])
    for index in range(_ROUNDS):
        rows = _rows(first, second, planes, pose, bend)
        excess = max(rows.excess, _common(rows, blocks), _LEAST_EXCESS)
        whole, pull = rows.information / excess, rows.pulls.sum(axis=0) / excess
        target = pull + whole[:, 6:] @ bend
        known = np.linalg.pinv(whole[:6, :6], rcond=1e-12, hermitian=True)
        sway = known @ whole[:6, 6:]
        information, along = whole[6:, 6:] - whole[6:, :6] @ sway, target[6:] - sway.T @ target[:6]
        spread = spread_of(information, along, told)
        left = np.linalg.inv(information + np.eye(BENDS) / spread**2)
        better = left @ along
        step = known @ target[:6] - sway @ better
        if index == _ROUNDS - 1 or max(np.abs(step).max(), np.abs(better - bend).max()) < 1e-7:
            break
        pose, bend = turned(pose, step), better
    # A direction that nothing holds has no sigma: it slides.
    free = np.eye(6) - known @ whole[:6, :6]
    values, vectors = np.linalg.eigh(left)
    return Solved(pose, bend, known + _UNKNOWN**2 * free @ free.T, -_FINER * sway @ (vectors * np.sqrt(values)) @ vectors.T)


def straightened(first: Marks, second: Marks, pose: Array, bend: Array) -> tuple[Array, Array]:
    """Return the points of both frames without a bend."""
    one, two = _rises(first, second, pose)
    return first.points_m + one @ bend, second.points_m + two @ bend


def _rises(first: Marks, second: Marks, pose: Array) -> tuple[Array, Array]:
    """Return (N, 3, BENDS) by how much a bend of spread 1 moves each point, in the first's and in the second's camera.

    Where both frames together have the point: with the places of each by itself, what is by chance in them would speak for smaller depths,
    which fit each other better.
    """
    turn, place = pose[:3, :3], pose[:3, 3]
    difference, weight = off(pose, first.points_m, second.points_m, first.covariance, second.covariance)
    here = first.points_m + np.einsum("nij,njk,nk->ni", first.covariance, weight, difference)
    there = (here - place) @ turn
    one, two = ((points * points[:, 2:])[:, :, None] * marks.shapes[:, None] for points, marks in ((here, first), (there, second)))
    return one, two


class _Rows(NamedTuple):
    """Everything measured, one row each, at a pose."""

    information: Array
    pulls: Array
    """(N, 6 + BENDS): by how much each row pulls pose and bend, times the information."""
    excess: float
    """Chi-square per degree of freedom."""


def _blocks(points_m: Array) -> Array:
    """Return (N,) in which part of the picture points lie."""
    flat = points_m[:, :2] / points_m[:, 2:]
    low, high = flat.min(axis=0), flat.max(axis=0)
    column, line = ((flat - low) / np.maximum(high - low, 1e-9) * (_COLUMNS, _LINES) * 0.999).astype(np.int64).T
    out: Array = line * _COLUMNS + column
    return out


def _common(rows: _Rows, blocks: Array) -> float:
    """Return by how much the covariance grows because what lies together errs together, as the residuals show.

    Sensors bend depth over parts of the picture. The covariance of a sum over blocks, each with the error that it shows (Liang &
    Zeger 1986, "Longitudinal data analysis using generalized linear models"), against that of independent errors.
    """
    number, label = np.unique(blocks, return_inverse=True)
    sums = np.zeros((len(number), 6))
    np.add.at(sums, label, rows.pulls[:, :6])
    grown = float(np.einsum("bi,ij,bj->", sums, np.linalg.pinv(rows.information[:6, :6]), sums)) / 6
    return grown * len(number) / max(len(number) - 2, 1)


def _rows(first: Marks, second: Marks, planes: Sequence[tuple[Level, Level]], pose: Array, bend: Array) -> _Rows:
    one, two = _rises(first, second, pose)
    there = second.points_m + two @ bend
    difference, weight = off(pose, first.points_m + one @ bend, there, first.covariance, second.covariance)
    across = -cross_matrix(there @ pose[:3, :3].T)
    jacobian = np.concatenate([across, np.broadcast_to(np.eye(3), across.shape), pose[:3, :3] @ two - one], axis=2)
    if planes:
        mine = difference, jacobian, weight
        theirs = zip(*(_of_planes(a, b, pose, bend) for a, b in planes), strict=True)
        difference, jacobian, weight = (np.concatenate([a, np.stack(b)]) for a, b in zip(mine, theirs, strict=True))
    far = np.sqrt(np.einsum("ni,nij,nj->n", difference, weight, difference))
    weight = weight * np.minimum(1, _HUBER / np.maximum(far, 1e-9))[:, None, None]
    weighed = weight @ jacobian
    information = np.einsum("nki,nkj->ij", jacobian, weighed, optimize=True)
    pulls = -np.einsum("nki,nk->ni", weighed, difference)
    chi = float(np.einsum("ni,nij,nj->", difference, weight, difference))
    return _Rows(information, pulls, chi / max(3 * len(difference) - 6, 1))


def _of_planes(first: Level, second: Level, pose: Array, bend: Array) -> tuple[Array, Array, Array]:
    """Return by how much two planes differ in two tilts and place, how that varies with pose and bend, and its information."""
    here, there = first.surface, second.surface.moved(pose)
    axes = axes_of(here.normal)
    share = there.pixels / (here.pixels + there.pixels)
    middle = here.centre_m + share * (there.centre_m - here.centre_m)
    difference = np.append(axes @ (there.normal - here.normal), there.height_m(middle) - here.height_m(middle))
    jacobian = np.zeros((3, 6 + BENDS))
    jacobian[:2, :3] = -axes @ cross_matrix(there.normal)
    # A turn w about the second's place c moves the plane's distance of m by (w x n) . (m - c), a shift v by -n . v.
    jacobian[2, :3] = np.cross(there.normal, middle - pose[:3, 3])
    jacobian[2, 3:6] = -there.normal
    covariance = np.diag([_FLAT_RAD**2, _FLAT_RAD**2, _FLAT_M**2])
    turn = np.eye(4)
    turn[:3, :3] = pose[:3, :3]
    for surface, rise in ((here, -first.rise), (there, turn @ second.rise)):
        state = np.zeros((3, 4))
        state[:2, :3] = axes
        state[2, :3], state[2, 3] = middle - surface.centre_m, 1.0
        covariance = covariance + state @ surface.covariance @ state.T
        jacobian[:, 6:] += state @ rise
    return difference + jacobian[:, 6:] @ bend, jacobian, np.linalg.inv(covariance)
