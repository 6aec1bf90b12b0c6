"""Journeys of single steps on surfaces: convex hulls, texture coordinates, baked pictures; each writes a GLB."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any, Unpack

from arviz.core.asset import Asset
from arviz.core.report import Report
from arviz.flows.step import Stated, read_solid, step
from arviz.ops import bake as bake_op
from arviz.ops import hulls as hulls_op
from arviz.ops import unwrap as unwrap_op

_Path = str | PathLike[str]
_FACTS = ("triangles", "vertices")


def write_hulls(source: _Path, *, out: _Path, count: int = hulls_op.COUNT, force: bool = False, **stated: Unpack[Stated]) -> dict[str, Any]:
    """Write the convex hulls of a product as GLB and return what they are as JSON-ready data (``arviz.hulls/1``).

    `source`, `out`, `force`, `stated` and errors as `arviz.flows.step.step`; `count` as `arviz.ops.hulls.hulls`.
    """

    def made(asset: Asset) -> tuple[Asset, Report]:
        done = hulls_op.hulls(asset, count=count)
        figures = dict(done.report.figures)
        told = {f"{key}_litres": figures.pop(f"{key}_m3") * 1000 for key in ("volume", "box")}
        told["outside_mm"] = figures.pop("outside_m") * 1000
        return done.asset, Report(findings=done.report.findings, figures={**figures, **told})

    return step("arviz.hulls/1", source, made, out=out, force=force, facts=_FACTS, **stated)


def write_unwrapped(
    source: _Path, *, out: _Path, texcoord: int = 0, size_px: int = unwrap_op.SIZE_PX, force: bool = False, **stated: Unpack[Stated]
) -> dict[str, Any]:
    """Write a product with texture coordinates where it has none and return what was made (``arviz.unwrap/1``).

    `source`, `out`, `force`, `stated` and errors as `arviz.flows.step.step`; `texcoord` and `size_px` as `arviz.ops.unwrap.unwrap`.
    """

    def made(asset: Asset) -> tuple[Asset, Report]:
        done = unwrap_op.unwrap(asset, texcoord=texcoord, size_px=size_px)
        return done.asset, done.report

    return step("arviz.unwrap/1", source, made, out=out, force=force, facts=_FACTS, **stated)


def write_baked(
    source: _Path,
    *,
    out: _Path,
    fine: _Path | None = None,
    maps: Sequence[bake_op.Map] | None = None,
    size_px: int = bake_op.SIZE_PX,
    texcoord: int = 0,
    rays: int = bake_op.RAYS,
    reach_m: float | None = None,
    force: bool = False,
    **stated: Unpack[Stated],
) -> dict[str, Any]:
    """Write a product with the normals and occlusion of a fine one painted on it and return what was painted (``arviz.bake/1``).

    `source`, `out`, `force`, `stated` and errors as `arviz.flows.step.step`; `fine` is a file in the same unit and place, the rest as
    `arviz.ops.bake.bake`.
    """

    def made(asset: Asset) -> tuple[Asset, Report]:
        detailed = None if fine is None else read_solid(fine, **stated)
        done = bake_op.bake(
            asset, source=detailed, maps=maps, size_px=size_px, texcoord=texcoord, rays=rays, reach_m=reach_m
        )  # fmt: skip
        return done.asset, done.report

    return step("arviz.bake/1", source, made, out=out, force=force, facts=_FACTS, **stated)
