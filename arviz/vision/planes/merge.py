"""Parts of one plane, kept apart by what stands before it or by noise, become one."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.planes.covariance import tilts_and_offset
from arviz.vision.planes.grow import Cells

_SIGMAS = 3.0
_OFF_M = 0.005
"""Two parts of a wall may be this far out of line beside their uncertainty."""
_TILT_RAD = np.radians(1.5)


def merge(cells: Cells, regions: list[Array]) -> list[Array]:
    """Return the regions with those joined whose planes agree within their uncertainty, largest first.

    The gates grow with the sigma of both: a wall five metres away comes in parts whose planes differ by centimetres.
    """
    left = sorted(regions, key=lambda region: -int(cells.sums[region, 5].sum()))
    done: list[Array] = []
    while left:
        first = left.pop(0)
        joined = True
        while joined:
            joined = False
            for index, other in enumerate(left):
                if same_plane(cells, first, other):
                    first = first | left.pop(index)
                    joined = True
                    break
        done.append(first)
    return done


def same_plane(cells: Cells, first: Array, second: Array) -> bool:
    """Tell whether two regions lie in one plane as far as their uncertainty lets anyone say."""
    a, b = cells.fitted(np.flatnonzero(first)), cells.fitted(np.flatnonzero(second))
    if a is None or b is None:
        return False
    offs = []
    for (theta, covariance), (other, other_covariance), region in ((a, b, second), (b, a, first)):
        total = cells.sums[region].sum(axis=0)
        ray = total[3:6] / total[5]
        point = ray / float(other @ ray)
        distance = 1 / float(np.linalg.norm(theta))
        off = distance * (1 - float(theta @ point))
        inverse = float(other @ ray)
        scale = distance / inverse
        variance = float(ray @ (covariance + other_covariance) @ ray)
        offs.append(abs(off) / np.sqrt(variance * scale**2 + _OFF_M**2))
    if min(offs) > _SIGMAS:
        return False
    normals = [theta / np.linalg.norm(theta) for theta, _ in (a, b)]
    angle = float(np.arccos(np.clip(normals[0] @ normals[1], -1.0, 1.0)))
    variance = _TILT_RAD**2
    for theta, covariance in (a, b):
        variance += float(np.linalg.eigvalsh(tilts_and_offset(theta, covariance, np.zeros(3))[:2, :2])[-1])
    return bool(angle < _SIGMAS * np.sqrt(variance))
