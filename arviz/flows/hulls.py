"""Journey: a product file becomes a GLB of convex hulls that hold it."""

from __future__ import annotations

from os import PathLike
from typing import Any, Unpack

from arviz.core.asset import Asset
from arviz.core.report import Report
from arviz.flows.step import Stated, step
from arviz.ops.hulls import COUNT, hulls

SCHEMA = "arviz.hulls/1"
_FACTS = ("triangles", "vertices")


def hulls_file(
    source: str | PathLike[str], *, out: str | PathLike[str], count: int = COUNT, force: bool = False, **stated: Unpack[Stated]
) -> dict[str, Any]:
    """Write the convex hulls of a product as GLB and return what they are as JSON-ready data.

    `source`, `out`, `force`, `stated` and errors as `arviz.flows.step.step`; `count` as `arviz.ops.hulls.hulls`.
    """

    def made(asset: Asset) -> tuple[Asset, Report]:
        done = hulls(asset, count=count)
        figures = dict(done.report.figures)
        told = {f"{key}_litres": figures.pop(f"{key}_m3") * 1000 for key in ("volume", "box")}
        told["outside_mm"] = figures.pop("outside_m") * 1000
        return done.asset, Report(findings=done.report.findings, figures={**figures, **told})

    return step(SCHEMA, source, made, out=out, force=force, facts=_FACTS, **stated)
