"""Lengths as people write them: units, sizes with a unit, and millimetres for people."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from arviz.core.errors import UnitError

METRES_PER_UNIT = {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254, "ft": 0.3048}
"""Exact: the international inch and foot are defined in metres (International Yard and Pound Agreement, 1959)."""
PLAUSIBLE_M = (0.002, 20.0)
"""Largest extent of anything that a shop previews: an ear stud to a garden house."""

_NUMBER = r"\d+(?:[.,]\d+)?|[.,]\d+"
_ONE = rf"\s*({_NUMBER})\s*([a-z\"'″′”’]*)\s*"
_SIZE = re.compile(rf"{_ONE}[x×*]{_ONE}[x×*]{_ONE}", re.IGNORECASE)
_LENGTH = re.compile(_ONE, re.IGNORECASE)
_ALIASES = {
    '"': "in",
    "″": "in",
    "”": "in",
    "′": "ft",
    "’": "ft",
    "inch": "in",
    "inches": "in",
    "'": "ft",
    "feet": "ft",
    "foot": "ft",
    "metre": "m",
    "meter": "m",
}


def unit_name(unit: str) -> str:
    """Return the unit that is meant: a key of `METRES_PER_UNIT`, or a length of its own such as ``"0.866m"``, for a model off by a scale.

    **Convention** ``unit_name("Inches")`` is ``"in"``, ``unit_name("0,866 M")`` is ``"0.866m"``.

    Raises
    ------
    UnitError
        ``E_UNIT_UNKNOWN``; a length as of `parse_length`.
    """
    length = _LENGTH.fullmatch(unit)
    if length and length[2]:
        parse_length(unit)
        return f"{length[1].replace(',', '.')}{unit_name(length[2])}"
    name = _ALIASES.get(unit.lower(), unit.lower())
    if name not in METRES_PER_UNIT:
        raise UnitError(
            "E_UNIT_UNKNOWN", "unknown unit", expected=f"{', '.join(METRES_PER_UNIT)}, or a length such as 0.866m", found=repr(unit)
        )
    return name


def metres_per(unit: str) -> float:
    """Return the length of one `unit`, as `unit_name` takes it, in metres; raise UnitError for an unknown one."""
    name = unit_name(unit)
    return METRES_PER_UNIT[name] if name in METRES_PER_UNIT else parse_length(name)


def parse_length(text: str) -> float:
    """Read one length such as ``"218cm"``; return metres.

    Raises
    ------
    UnitError
        No unit, an unknown one, or not a positive number.
    """
    match = _LENGTH.fullmatch(text)
    if not match:
        raise UnitError("E_LENGTH_SYNTAX", "not a length", expected="a number with a unit, as in 218cm", found=repr(text))
    return _to_metres(match[1], match[2], text)


def parse_size(text: str) -> tuple[float, float, float]:
    """Read a size written width x depth x height, as listings do; return (x, y, z) in metres.

    One unit stands at the end or one after each number.

    **Convention** ``"218x102x79cm"`` is 2.18 m wide (x), 1.02 m deep (z) and 0.79 m high (y):
    the result is ``(2.18, 0.79, 1.02)``.

    Raises
    ------
    UnitError
        Not three numbers, no unit, an unknown one, or not positive.
    """
    match = _SIZE.fullmatch(text)
    if not match:
        raise UnitError(
            "E_SIZE_SYNTAX",
            "not a size",
            expected="WIDTHxDEPTHxHEIGHT with a unit, as in 218x102x79cm",
            found=repr(text),
        )
    units = [match[2], match[4], match[6]]
    if not all(units) and units[2] and not any(units[:2]):
        units = 3 * [units[2]]
    # A size of which only some numbers have units may mean anything: `_to_metres` refuses the bare ones.
    width, depth, height = (_to_metres(match[i], unit, text) for i, unit in zip((1, 3, 5), units, strict=True))
    return (width, height, depth)


def _to_metres(number: str, unit: str, text: str) -> float:
    if not unit:
        raise UnitError(
            "E_SIZE_UNIT",
            "the length has no unit",
            expected=f"one of {', '.join(METRES_PER_UNIT)}",
            found=repr(text),
            hint="Write its unit behind each number, or once at the end, as in 70cm and 218x102x79cm; take the one that the listing means.",
        )
    if re.fullmatch(r"[1-9]\d{0,2},\d{3}", number):
        whole, decimal = number.replace(",", ""), number.replace(",", ".")
        raise UnitError(
            "E_SIZE_AMBIGUOUS", "the comma may separate thousands or decimals", expected=f"{whole} or {decimal}", found=repr(text)
        )
    value = float(number.replace(",", ".")) * metres_per(unit)
    if not (value > 0 and math.isfinite(value)):
        raise UnitError("E_SIZE_POSITIVE", "a length must be positive", found=repr(text))
    return value


def listed_size(size: str | Sequence[float | None] | None) -> tuple[float | None, ...] | None:
    """Return a listed size as (x, y, z) in metres, None where the listing is silent; text as `parse_size` reads it.

    Raises
    ------
    UnitError
        Not three entries, or one that is not a positive number.
    """
    if size is None:
        return None
    if isinstance(size, str):
        return parse_size(size)
    sides = tuple(None if side is None else float(side) for side in size)
    if len(sides) != 3 or not all(side is None or (side > 0 and math.isfinite(side)) for side in sides):
        raise UnitError("E_SIZE_SYNTAX", "not a size", expected="(x, y, z) in metres, None where unknown", found=repr(size))
    return sides


def format_mm(size_m: Sequence[float]) -> str:
    """Write a size (x, y, z) in metres as people read it: width x depth x height in millimetres."""
    x, y, z = (short_mm(side) for side in size_m)
    return f"{x} x {z} x {y} mm"


def short_mm(length_m: float) -> str:
    """Write a length in metres as a number of millimetres for people: a tenth at most from 10 on, else three digits."""
    value = length_m * 1000
    return f"{value:,.1f}".removesuffix(".0") if value >= 10 else f"{value:.3g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitGuess:
    """A unit inferred from a listed size: `confidence` in 0..1, and the other units that came near."""

    unit: str
    confidence: float
    error_percent: float
    alternatives: tuple[tuple[str, float], ...] = ()
