"""Compare the product with the size that its listing gives."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from arviz.core.asset import Asset
from arviz.core.graph import size
from arviz.core.report import Finding, Report
from arviz.core.units import METRES_PER_UNIT, PLAUSIBLE_M, format_mm, metres_per, short_mm

TOLERANCE = 0.03
"""Khronos Asset Auditor 1.0.6 compares product dimensions within 3 % in its examples."""

Listed = Sequence[float | None]
_SIDES = ("width", "height", "depth")
_AXES = ("+Y", "+Z")
"""Up and front of an `Asset`."""
_LISTED_ORDER = (0, 2, 1)
"""Width x depth x height, as people write a size."""
_ONE_SCALE = 0.005
"""Sides that are off by one factor, but for the rounding of a listing, are those of a model at another scale."""
_TIMES = 3.0
"""From here on a factor says more than a percentage."""


def check_size(asset: Asset, *, listed_m: Listed | None = None, tolerance: float = TOLERANCE) -> Report:
    """Compare the extent of `asset` with the listed size (x, y, z) in metres, None where the listing is silent.

    Findings: ``E_SIZE`` off by more than `tolerance`; ``E_SIZE_AXES`` fits only with its sides in another order
    (never swapped silently); ``W_SIZE_IMPLAUSIBLE`` an absurd size that nothing confirms: no listing, or one from
    which the unit was inferred, so that both may be in the wrong one; ``E_SIZE_ZERO``; ``E_NOTHING_DRAWN``.
    Figures: ``size_m``, ``listed_m``, ``deviation_percent``.
    """
    extent = size(asset)
    if extent is None:
        return Report(findings=(Finding(code="E_NOTHING_DRAWN", severity="error", message="the product has no visible geometry"),))
    source = asset.source
    unit = "m" if source is None or source.unit is None else source.unit
    inferred = source is not None and source.unit_source == "listing"
    axes = _AXES if source is None else (source.up, source.front)
    return check_extent(extent, listed_m=listed_m, tolerance=tolerance, unit=unit, axes=axes, inferred=inferred)


def check_extent(
    extent: Sequence[float],
    *,
    listed_m: Listed | None = None,
    tolerance: float = TOLERANCE,
    unit: str = "m",
    axes: tuple[str, str] = _AXES,
    inferred: bool = False,
) -> Report:
    """Judge an extent (x, y, z) in metres as `check_size` does that of a product.

    `unit` is that of its file, which may be the wrong one; `inferred`: it was taken from the listing. `axes` of the file were taken as up
    and front.
    """
    if max(extent) <= 0:
        zero = Finding(
            code="E_SIZE_ZERO",
            severity="error",
            where="size",
            message="the product has no extent: all its vertices lie in one point",
            hint="A scale of 0 is the usual cause; export the product again.",
        )
        return Report(findings=(zero,), figures={"size_m": extent})
    plausible = PLAUSIBLE_M[0] <= max(extent) <= PLAUSIBLE_M[1]
    if listed_m is None:
        return Report(findings=() if plausible else (_implausible(extent, unit=unit),), figures={"size_m": extent})
    deviation = [None if wanted is None else have / wanted - 1 for have, wanted in zip(extent, listed_m, strict=True)]
    findings: tuple[Finding, ...] = () if _fits(deviation, tolerance) else (_misfit(extent, listed_m, deviation, tolerance, unit, axes),)
    if inferred and not plausible:
        findings += (_implausible(extent, inferred=True),)
    percent = [None if d is None else 100 * d for d in deviation]
    return Report(findings=findings, figures={"size_m": extent, "listed_m": tuple(listed_m), "deviation_percent": percent})


def _fits(deviation: Sequence[float | None], tolerance: float) -> bool:
    return all(d is None or abs(d) <= tolerance for d in deviation)


def _misfit(
    extent: Sequence[float], listed: Listed, deviation: Sequence[float | None], tolerance: float, unit: str, axes: tuple[str, str]
) -> Finding:
    order = _order_that_fits(extent, listed, tolerance)
    if order is not None:
        # `order[i]` is the listed side that the product's side i equals; what is asked is which of the product's
        # sides each place of the listing (written width x depth x height) means.
        sides = " x ".join(_SIDES[order.index(listed_side)] for listed_side in _LISTED_ORDER)
        return Finding(
            code="E_SIZE_AXES",
            severity="error",
            where="size",
            message=f"the product measures {format_mm(extent)} (width x depth x height); "
            f"that is the listed size only if the listing is read as {sides}",
            hint=f"Turn the product: {_turn(order, axes)}, with the other sign if it stands on its head or shows its back then (in a "
            "catalogue the columns up and front). Or correct the order in --size: width x depth x height.",
        )
    wanted = ", ".join(
        f"{_SIDES[i]} {short_mm(extent[i])} mm instead of {short_mm(value)} mm ({_off(d)})"
        for i in _LISTED_ORDER
        if (value := listed[i]) is not None and (d := deviation[i]) is not None and abs(d) > tolerance
    )
    return Finding(
        code="E_SIZE",
        severity="error",
        where="size",
        message=f"the product is not as large as listed: {wanted}",
        hint=_other_sides(extent, listed, deviation, tolerance) or _cure(deviation, tolerance, unit),
    )


def _turn(order: tuple[int, ...], axes: tuple[str, str]) -> str:
    """Return the options that make each side of the product the listed one; `order` as of `_order_that_fits`."""
    old_up, old_front = (axis[-1].upper() for axis in axes)
    letters = (*({"X", "Y", "Z"} - {old_up, old_front}), old_up, old_front)
    up, front = letters[order.index(1)], letters[order.index(2)]
    usual = "-" if (up, front) == ("Z", "Y") else "+"  # as CAD programs have it
    return f"--front {usual}{front}" if up == old_up else f"--up +{up} --front {usual}{front}"


def _off(deviation: float) -> str:
    times = 1 + deviation
    return f"{100 * deviation:+.1f} %" if times < _TIMES else f"{times:,.{1 if times < 10 else 0}f} times as long"


def _other_sides(extent: Sequence[float], listed: Listed, deviation: Sequence[float | None], tolerance: float) -> str:
    """Return which sides of the product a partial listing fits, empty if it fits none."""
    given = [i for i in range(3) if listed[i] is not None]
    for sides in permutations(range(3), len(given)):
        if all(abs(extent[side] / (listed[i] or 1) - 1) <= tolerance for i, side in zip(given, sides, strict=True)):
            fits = " and ".join(
                f"the listed {_SIDES[i]} is the product's {_SIDES[side]}"
                for i, side in zip(given, sides, strict=True)
                if abs(deviation[i] or 0) > tolerance
            )
            return f"{fits[0].upper()}{fits[1:]}: turn the product with --up and --front, or correct the listing."
    return ""


def _cure(deviation: Sequence[float | None], tolerance: float, unit: str) -> str:
    in_catalogue = "in a catalogue the column file_unit"
    for other, metres in METRES_PER_UNIT.items():
        factor = metres / metres_per(unit)
        if _fits([None if d is None else (1 + d) * factor - 1 for d in deviation], tolerance):
            return f"It fits if the file is in {other} instead of {unit}: add --unit {other} ({in_catalogue})."
    factors = [1 + d for d in deviation if d is not None]
    scale = sum(factors) / len(factors)
    if len(factors) > 1 and all(abs(factor / scale - 1) <= _ONE_SCALE for factor in factors):
        length = f"{1000 * metres_per(unit) / scale:.5g}mm"
        return f"All sides are off by one factor. If the listing is right, --unit {length} makes the product so large ({in_catalogue})."
    return "Correct the listing or the model."


def _order_that_fits(extent: Sequence[float], listed: Listed, tolerance: float) -> tuple[int, ...] | None:
    if any(value is None for value in listed):
        return None
    for order in permutations(range(3)):
        if all(abs(extent[i] / (listed[order[i]] or 1) - 1) <= tolerance for i in range(3)):
            return order
    return None


def _likely(extent: Sequence[float], unit: str) -> str:
    """Return what the size would be in the other units that give one that shops sell."""
    sizes = ((other, [side * metres / metres_per(unit) for side in extent]) for other, metres in METRES_PER_UNIT.items())
    likely = [f"{other} ({format_mm(size)})" for other, size in sizes if PLAUSIBLE_M[0] <= max(size) <= PLAUSIBLE_M[1]]
    return f": {' or '.join(likely)}" if likely else ""


def _implausible(extent: Sequence[float], *, unit: str = "m", inferred: bool = False) -> Finding:
    listing = "The unit of the file was inferred from the listed size: check that its unit is right (in Python a size is in metres)."
    return Finding(
        code="W_SIZE_IMPLAUSIBLE",
        severity="warning",
        where="size",
        message=f"the product measures {format_mm(extent)}, which no shop sells",
        hint=listing
        if inferred
        else f"Give the listed size with --size to check it, or the file's true unit with --unit{_likely(extent, unit)}.",
    )
