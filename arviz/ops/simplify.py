"""Draw a product with fewer triangles: seams, borders, materials, variants and parts stay as they are.

Public simplifiers either drop texture coordinates (Open3D, fast-simplification) or stop where seams are dense (meshoptimizer
ends at 3,515 triangles where 1,545 of DamagedHelmet are asked for). Here an edge collapses with all vertices at its ends, on both
sides of a seam, so that nothing tears and nothing blocks; see `arviz.ops.collapse`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.graph import triangle_count
from arviz.core.report import Finding, Report
from arviz.ops.collapse.checks import RULES
from arviz.ops.collapse.measure import deviations, slips
from arviz.ops.collapse.product import UV_WEIGHT, Product, asset_of, surface_of
from arviz.ops.collapse.rounds import Progress, begin, until


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Simplified:
    """A simplified asset and what was measured of it.

    Figures of the report: ``triangles_before`` and ``triangles`` as drawn; ``deviation_rms_m`` and ``deviation_max_m``, how far the
    input's vertices are from the new surface; ``uv_slip_rms_m`` and ``uv_slip_max_m``, how far the textures slipped along it.
    Lengths are in file units where the unit is unknown.
    """

    asset: Asset
    report: Report


def simplify(asset: Asset, *, triangles: int | None = None, error_m: float | None = None) -> Asset:
    """Return the asset drawn with fewer triangles, those that show least taken from all its meshes; see `simplified`."""
    return next(simplified_levels(asset, goals=[Goal(triangles=triangles, error_m=error_m)], measured=False)).asset


def simplified(asset: Asset, *, triangles: int | None = None, error_m: float | None = None) -> Simplified:
    """Simplify an asset, and say what it cost.

    One budget holds for all meshes: what shows least goes first, wherever it is. Nodes, parts, materials, variants and every attribute
    stay; skins and morph targets move the new surface as they moved the old one. Only what the default scene draws is simplified.

    Parameters
    ----------
    asset : Asset
    triangles : int, optional
        At most so many are drawn, instances counted each time.
    error_m : float, optional
        No vertex of the input ends further than this from the new surface, in metres; textures and normals are kept as strictly.
        With `triangles` too, whichever is met first ends it.

    Raises
    ------
    InputError
        ``E_SIMPLIFY_GOAL``: neither is given, or not above zero.
    """
    return next(simplified_levels(asset, goals=[Goal(triangles=triangles, error_m=error_m)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """When to stop, as `simplified` takes it."""

    triangles: int | None = None
    error_m: float | None = None

    def __post_init__(self) -> None:
        given = {"triangles": self.triangles, "error": self.error_m}
        wrong = {name: value for name, value in given.items() if value is not None and not 0 < value < np.inf}
        if wrong or (self.triangles is None and self.error_m is None):
            found = ", ".join(f"{name} {value}" for name, value in wrong.items()) or "neither"
            hint = "Give --triangles 5000, --percent 25 or --error 0.5mm."
            raise InputError(
                "E_SIMPLIFY_GOAL", "it is not said how simple", expected="triangles or an error above zero", found=found, hint=hint
            )


def simplified_levels(asset: Asset, *, goals: Sequence[Goal], measured: bool = True) -> Iterator[Simplified]:
    """Yield the asset simplified to ever simpler `goals`, which all have an error or none has; each goes on from the one before.

    Unless `measured`, which takes a third of the time, reports are empty.
    """
    before = triangle_count(asset)
    progress = None
    for goal in goals:
        count = goal.triangles or 0
        if before <= count:
            yield unchanged(asset)
            continue
        if progress is None:
            product, surface = surface_of(asset)
            progress = begin(surface, watched=goal.error_m is not None)
        until(progress, count=count - product.fixed, error=None if goal.error_m is None else goal.error_m / product.scale)
        out = asset_of(asset, product, progress)
        report = _report(out, product, progress, before=before, count=count) if measured else Report()
        yield Simplified(asset=out, report=report)


def unchanged(asset: Asset) -> Simplified:
    """Return an asset as it is, with the figures of one that was simplified."""
    count = triangle_count(asset)
    return Simplified(asset=asset, report=Report(figures=_figures(count, count, np.zeros(0), np.zeros(0))))


def _report(out: Asset, product: Product, progress: Progress, *, before: int, count: int) -> Report:
    slip = slips(progress) * product.scale / UV_WEIGHT
    figures = _figures(before, triangle_count(out), deviations(progress) * product.scale, slip)
    return Report(findings=tuple(_findings(product, progress, figures, count)), figures=figures)


def _figures(before: int, after: int, deviation: Array, slip: Array) -> dict[str, float]:
    lengths = {"deviation": deviation, "uv_slip": slip}
    rms = {f"{name}_rms_m": float(np.sqrt(np.mean(np.square(of)))) if len(of) else 0.0 for name, of in lengths.items()}
    most = {f"{name}_max_m": float(of.max(initial=0)) for name, of in lengths.items()}
    return {"triangles_before": before, "triangles": after, **rms, **most}


def _findings(product: Product, progress: Progress, figures: dict[str, float], count: int) -> Iterator[Finding]:
    for mesh, index in product.unusable:
        yield Finding(
            code="W_SIMPLIFY_NOT_FINITE",
            severity="warning",
            where=f"meshes[{mesh}].primitives[{index}]",
            message="was not simplified: places in it are not numbers",
            hint="Export it again from the program that made it.",
        )
    if progress.watch is None and figures["triangles"] > count:
        yield Finding(
            code="W_SIMPLIFY_COUNT",
            severity="warning",
            message=f"{figures['triangles']:,} triangles are left, {count:,} were asked for: more would tear the surface or end a material",
            hint="Take whole parts out, or draw it with a baked texture.",
        )
    if progress.rule == len(RULES) - 1:
        yield Finding(
            code="W_SIMPLIFY_FOLDED",
            severity="warning",
            message="to reach the count some triangles had to turn over and small shells to end",
            hint="Ask for more triangles.",
        )
    elif progress.rule:
        slip = figures["uv_slip_max_m"]
        yield Finding(
            code="I_SIMPLIFY_UV",
            severity="info",
            message=f"to reach the count some triangles' pictures had to turn over; pictures slip by {slip * 1000:.3g} mm at most",
        )
