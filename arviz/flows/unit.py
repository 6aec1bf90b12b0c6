"""Settle the unit of a product before any millimetre is claimed."""

from __future__ import annotations

from dataclasses import replace

from arviz.check.size import Listed
from arviz.core.asset import Asset
from arviz.core.errors import UnitError
from arviz.core.graph import size
from arviz.core.reframe import rescale
from arviz.core.units import METRES_PER_UNIT, UnitGuess, format_mm, metres_per
from arviz.ops.unit import infer_unit


def resolve_unit(asset: Asset, listed_m: Listed | None) -> tuple[Asset, UnitGuess | None]:
    """Return the asset in metres, and the guess where the unit had to be inferred from the listed size.

    Raises
    ------
    UnitError
        ``E_UNIT_NEEDED``: neither the file nor the user nor a listed size tells the unit. It is never guessed.
    """
    if asset.unit_known:
        return asset, None
    assert asset.source is not None
    extent = size(asset)
    if extent is None:
        return asset, None  # nothing is drawn: check_size says so
    if listed_m is None:
        raise UnitError(
            "E_UNIT_NEEDED",
            f"{asset.source.format.upper()} files do not say their unit",
            where=asset.source.name,
            expected="--unit, or the listed size as --size WxDxH",
            hint=_candidates(extent),
        )
    guess = infer_unit(extent, listed_m)
    source = replace(asset.source, unit=guess.unit, unit_source="listing")
    return replace(rescale(asset, metres_per(guess.unit)), source=source), guess


def _candidates(extent: tuple[float, float, float]) -> str:
    sizes = (f"--unit {unit:2}  {format_mm([value * metres for value in extent])}" for unit, metres in METRES_PER_UNIT.items())
    return "\n".join(["Add the one that gives the true width x depth x height (in a catalogue: the column file_unit, or size):", *sizes])
