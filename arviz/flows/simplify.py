"""Journey: a product file becomes a GLB with fewer triangles; nothing else about it changes."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, Unpack

from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.graph import size as extent
from arviz.core.graph import triangle_count
from arviz.core.report import Report
from arviz.core.units import parse_length
from arviz.flows.step import Stated, step
from arviz.ops.simplify import simplified

SCHEMA = "arviz.simplify/1"
_LENGTHS = ("deviation_rms", "deviation_max", "uv_slip_rms", "uv_slip_max")


def simplify_file(
    source: str | PathLike[str],
    *,
    out: str | PathLike[str],
    triangles: int | None = None,
    percent: float | None = None,
    error: str | None = None,
    force: bool = False,
    **stated: Unpack[Stated],
) -> dict[str, Any]:
    """Write a product with fewer triangles as GLB, and return what it cost as JSON-ready data.

    Parameters
    ----------
    source, out, force, stated
        As `arviz.flows.step.step`, whose errors are raised too.
    triangles, percent : int, float, optional
        At most so many triangles, or so many of a hundred.
    error : str, optional
        How far a vertex may end from the new surface: a length (``"0.5mm"``), or a part of the product's diagonal (``"0.05%"``).

    Raises
    ------
    InputError
        The goal makes no sense.
    """
    if percent is not None:
        _check_percent(percent)

    def simple(asset: Asset) -> tuple[Asset, Report]:
        goal = triangles
        if percent is not None:
            share = max(int(triangle_count(asset) * percent / 100), 1)
            goal = share if goal is None else min(share, goal)
        done = simplified(asset, triangles=goal, error_m=None if error is None else error_m(error, asset))
        before = Path(source).stat().st_size
        return done.asset, Report(findings=done.report.findings, figures={"bytes_before": before, **told(done.report)})

    return step(SCHEMA, source, simple, out=out, force=force, facts=("vertices",), **stated)


def error_m(text: str, asset: Asset) -> float:
    """Return an error in metres: a length, or a part of the product's diagonal in percent."""
    if not text.strip().endswith("%"):
        return parse_length(text)
    sides = extent(asset) or (0.0, 0.0, 0.0)
    try:
        share = float(text.strip().removesuffix("%"))
    except ValueError:
        hint = "Write a length such as 0.5mm, or a part of the diagonal such as 0.05%."
        raise InputError("E_SIMPLIFY_GOAL", "this is not an error that we understand", found=repr(text), hint=hint) from None
    return float(share / 100 * sum(side**2 for side in sides) ** 0.5)


def told(report: Report) -> dict[str, Any]:
    """Return the figures of a simplified asset as programs get them: lengths in millimetres."""
    counts = {key: report.figures[key] for key in ("triangles_before", "triangles")}
    return {**counts, **{f"{key}_mm": report.figures[f"{key}_m"] * 1000 for key in _LENGTHS}}


def _check_percent(percent: float) -> None:
    if not 0 < percent <= 100:
        raise InputError("E_SIMPLIFY_GOAL", "a part is above 0 and at most 100 percent", found=f"{percent:g}", hint="Give --percent 25.")
