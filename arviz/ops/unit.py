"""Infer the unit of a unitless file from the size that the shop lists."""

from __future__ import annotations

import math
from collections.abc import Sequence

from arviz.core.errors import UnitError
from arviz.core.units import METRES_PER_UNIT, UnitGuess

_SIGMA = 0.10
"""Standard deviation of ln(model / listing): listings are rounded and models are built by eye. Neighbouring units
lie at least ln(2.54) = 0.93 apart, so the exact value decides little."""
_NO_UNIT = math.exp(-0.5 * 3**2)
"""Weight of "none of these units": as likely as a miss by three sigma."""


def infer_unit(size: Sequence[float], listed_m: Sequence[float | None]) -> UnitGuess:
    """Find the unit in which a product of extent `size` is as large as listed.

    The extents are compared in order of length, so that a product lying on its side still gives its unit; whether
    its axes fit is the business of `arviz.check.size`.

    Parameters
    ----------
    size : (x, y, z)
        Extent in file units.
    listed_m : (x, y, z)
        Listed extent in metres; None where the listing does not say.

    Returns
    -------
    UnitGuess
        `confidence` is the posterior of a log-normal error model with equal priors for mm, cm, m, in and ft and
        for "none of them".

    Raises
    ------
    UnitError
        ``E_UNIT_UNCLEAR``: no unit brings the product near the listed size.
    """
    factor = _scale(size, listed_m)
    misses = {unit: abs(math.log(factor / metres)) for unit, metres in METRES_PER_UNIT.items()}
    weights = {unit: math.exp(-0.5 * (miss / _SIGMA) ** 2) for unit, miss in misses.items()}
    total = sum(weights.values()) + _NO_UNIT
    ranked = sorted(misses, key=lambda unit: misses[unit])
    best = ranked[0]
    if weights[best] < _NO_UNIT:
        raise UnitError(
            "E_UNIT_UNCLEAR",
            "no unit makes the product as large as listed",
            expected="mm, cm, m, in or ft",
            found=f"one file unit would have to be {factor * 1000:.4g} mm",
            hint=f"Check the listed size. If it is right, --unit {factor * 1000:.5g}mm makes the product so large "
            "(in a catalogue the column file_unit); look at the picture then.",
        )
    return UnitGuess(
        unit=best,
        confidence=weights[best] / total,
        error_percent=100 * (math.exp(misses[best]) - 1),
        alternatives=tuple((unit, weights[unit] / total) for unit in ranked[1:3]),
    )


def _scale(size: Sequence[float], listed_m: Sequence[float | None]) -> float:
    """Return metres per file unit: the median ratio of the extents, which one wrong figure cannot move far."""
    if all(value is not None for value in listed_m):
        pairs = list(zip(sorted(size), sorted(v for v in listed_m if v is not None), strict=True))
    else:
        pairs = [(s, v) for s, v in zip(size, listed_m, strict=True) if v is not None]
    ratios = sorted(listed / extent for extent, listed in pairs if extent > 0)
    if not ratios:
        raise UnitError("E_UNIT_UNCLEAR", "the product has no extent along the listed sides", hint="Give --unit.")
    return math.sqrt(ratios[(len(ratios) - 1) // 2] * ratios[len(ratios) // 2])
