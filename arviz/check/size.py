"""Compare the product with the size that its listing gives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from arviz.core.asset import Asset
from arviz.core.graph import size
from arviz.core.report import Finding, Report
from arviz.core.units import METRES_PER_UNIT, format_mm

TOLERANCE = 0.03
"""Khronos Asset Auditor 1.0.6 compares product dimensions within 3 % in its examples."""
PLAUSIBLE_M = (0.002, 20.0)
"""Largest extent of anything that a shop previews: an ear stud to a garden house."""

Listed = Sequence[float | None]
_SIDES = ("width", "height", "depth")


def check_size(asset: Asset, *, listed_m: Listed | None = None, tolerance: float = TOLERANCE) -> Report:
    """Compare the extent of `asset` with the listed size (x, y, z) in metres, None where the listing is silent.

    Findings: ``E_SIZE`` off by more than `tolerance`; ``E_SIZE_AXES`` fits only with its sides in another order
    (never swapped silently); ``W_SIZE_IMPLAUSIBLE`` no listing and an absurd size; ``E_NOTHING_DRAWN``.
    Figures: ``size_m``, ``listed_m``, ``deviation_percent``.
    """
    extent = size(asset)
    if extent is None:
        return Report(findings=(Finding(code="E_NOTHING_DRAWN", severity="error", message="the product has no visible geometry"),))
    if listed_m is None:
        findings = () if PLAUSIBLE_M[0] <= max(extent) <= PLAUSIBLE_M[1] else (_implausible(extent),)
        return Report(findings=findings, figures={"size_m": extent})
    deviation = [None if wanted is None else have / wanted - 1 for have, wanted in zip(extent, listed_m, strict=True)]
    unit = asset.source.unit if asset.source is not None else "m"
    findings = () if _fits(deviation, tolerance) else (_misfit(extent, listed_m, deviation, tolerance, unit or "m"),)
    percent = [None if d is None else 100 * d for d in deviation]
    return Report(findings=findings, figures={"size_m": extent, "listed_m": tuple(listed_m), "deviation_percent": percent})


def _fits(deviation: Sequence[float | None], tolerance: float) -> bool:
    return all(d is None or abs(d) <= tolerance for d in deviation)


def _misfit(extent: Sequence[float], listed: Listed, deviation: Sequence[float | None], tolerance: float, unit: str) -> Finding:
    order = _order_that_fits(extent, listed, tolerance)
    if order is not None:
        # `order[i]` is the listed side that the product's side i equals; what is asked is which of the product's
        # sides each place of the listing (written width x depth x height) means.
        sides = " x ".join(_SIDES[order.index(listed_side)] for listed_side in (0, 2, 1))
        return Finding(
            code="E_SIZE_AXES",
            severity="error",
            where="size",
            message=f"the product measures {format_mm(extent)} (width x depth x height); "
            f"that is the listed size only if the listing is read as {sides}",
            hint="Turn the product with --up and --front, or correct the order in --size (width x depth x height).",
        )
    wanted = ", ".join(
        f"{name} {have * 1000:,.4g} mm instead of {value * 1000:,.4g} mm ({100 * d:+.1f} %)"
        for name, have, value, d in zip(_SIDES, extent, listed, deviation, strict=True)
        if value is not None and d is not None and abs(d) > tolerance
    )
    return Finding(
        code="E_SIZE",
        severity="error",
        where="size",
        message=f"the product is not as large as listed: {wanted}",
        hint=_cure(deviation, tolerance, unit),
    )


def _cure(deviation: Sequence[float | None], tolerance: float, unit: str) -> str:
    for other, metres in METRES_PER_UNIT.items():
        factor = metres / METRES_PER_UNIT[unit]
        if _fits([None if d is None else (1 + d) * factor - 1 for d in deviation], tolerance):
            return f"It fits if the file is in {other} instead of {unit}: add --unit {other}."
    return "Correct the listing or the model."


def _order_that_fits(extent: Sequence[float], listed: Listed, tolerance: float) -> tuple[int, ...] | None:
    if any(value is None for value in listed):
        return None
    for order in permutations(range(3)):
        if all(abs(extent[i] / (listed[order[i]] or 1) - 1) <= tolerance for i in range(3)):
            return order
    return None


def _implausible(extent: Sequence[float]) -> Finding:
    return Finding(
        code="W_SIZE_IMPLAUSIBLE",
        severity="warning",
        where="size",
        message=f"the product measures {format_mm(extent)}, which no shop sells",
        hint="Give the listed size with --size to check it, or the file's true unit with --unit.",
    )
