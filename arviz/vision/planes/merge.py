"""Parts of one plane, kept apart by what stands before it or by noise, become one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.covariance import tilts_and_offset
from arviz.vision.planes.grow import Cells

_SIGMAS = 3.0
_OFF_M = 0.005
"""Two parts of a wall may be this far out of line beside their uncertainty."""
_TILT_RAD = np.radians(1.5)
_EXPLAINED = 0.7
"""Share of the cells of each of two parts that one plane must fit."""


class Part(NamedTuple):
    """A region of cells (N,) bool with its plane: theta, its covariance, the mean ray and the pixels of its cells."""

    cells: Array
    theta: Array
    covariance: Array
    ray: Array
    pixels: float
    tilt: float
    """Variance of its steepest tilt."""


def merge(cells: Cells, regions: list[Array]) -> list[Part]:
    """Return the regions with those joined whose planes agree within their uncertainty, largest first.

    The gates grow with the sigma of both: a wall five metres away comes in parts whose planes differ by centimetres.
    """
    parts = [part for part in (_part(cells, region) for region in regions) if part is not None]
    left = sorted(parts, key=lambda part: -part.pixels)
    done: list[Part] = []
    while left:
        first = left.pop(0)
        index = 0
        while index < len(left):
            both = _joined(cells, first, left[index]) if same_plane(first, left[index]) else None
            if both is None:
                index += 1
                continue
            left.pop(index)
            first, index = both, 0
        done.append(first)
    return sorted(done, key=lambda part: -part.pixels)


def _part(cells: Cells, region: Array) -> Part | None:
    members = np.flatnonzero(region)
    known = cells.fitted(members)
    if known is None:
        return None
    total = cells.sums[members, 3:6].sum(axis=0)
    tilt = float(np.linalg.eigvalsh(tilts_and_offset(*known, np.zeros(3))[:2, :2])[-1])
    return Part(region, *known, total / total[2], float(total[2]), tilt)


def _joined(cells: Cells, first: Part, second: Part) -> Part | None:
    """Return both as one, None where one plane does not explain most cells of each: a door is not in its wall's plane."""
    both = _part(cells, first.cells | second.cells)
    if both is None:
        return None
    suits = cells.fits(both.theta, both.covariance)
    return both if min(suits[first.cells].mean(), suits[second.cells].mean()) > _EXPLAINED else None


def same_plane(first: Part, second: Part) -> bool:
    """Tell whether two parts lie in one plane as far as their uncertainty lets anyone say."""
    lengths = [float(np.linalg.norm(part.theta)) for part in (first, second)]
    cosine = float(first.theta @ second.theta) / (lengths[0] * lengths[1])
    if np.arccos(np.clip(cosine, -1.0, 1.0)) > _SIGMAS * np.sqrt(_TILT_RAD**2 + first.tilt + second.tilt):
        return False
    offs = []
    for here, there, length in ((first, second, lengths[0]), (second, first, lengths[1])):
        inverse = float(there.theta @ there.ray)
        scale = 1 / (length * max(inverse, 1e-9))
        off = scale * (inverse - float(here.theta @ there.ray))
        variance = scale**2 * float(there.ray @ (here.covariance + there.covariance) @ there.ray) + _OFF_M**2
        offs.append(abs(off) / np.sqrt(variance))
    return bool(min(offs) < _SIGMAS)
