"""Journeys of single steps on surfaces: convex hulls, texture coordinates, baked pictures; each writes a GLB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.check.size import Listed
from arviz.core.asset import Asset
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Report
from arviz.flows.outputs import refuse_existing, refuse_other_formats, write_files
from arviz.flows.simplify import read_solid, written
from arviz.ops import bake as bake_op
from arviz.ops import hulls as hulls_op
from arviz.ops import unwrap as unwrap_op

_Path = str | PathLike[str]


def write_hulls(source: _Path, *, out: _Path, count: int = hulls_op.COUNT, force: bool = False, **stated: Any) -> dict[str, Any]:
    """Write the convex hulls of a product as GLB and return what they are as JSON-ready data (``arviz.hulls/1``).

    Parameters
    ----------
    source, stated
        As `arviz.convert`: ``unit``, ``size``, ``up``, ``front``, ``limits``.
    out : path
        A ``.glb``.
    count : int
        At most so many hulls.
    force : bool
        Replace what exists.

    Raises
    ------
    InputError
        The file cannot be read, its unit is unknown, the output exists or cannot be written.
    """

    def made(asset: Asset) -> tuple[Asset, Report]:
        done = hulls_op.hulls(asset, count=count)
        return done.asset, done.report

    told = _step("hulls", source, made, out=out, force=force, **stated)
    litres = {f"{key}_litres": told.pop(f"{key}_m3") * 1000 for key in ("volume", "box")}
    return {**told, **litres, "outside_mm": told.pop("outside_m") * 1000}


def write_unwrapped(
    source: _Path, *, out: _Path, texcoord: int = 0, size_px: int = unwrap_op.SIZE_PX, force: bool = False, **stated: Any
) -> dict[str, Any]:
    """Write a product with texture coordinates where it has none and return what was made (``arviz.unwrap/1``).

    Parameters and errors as `write_hulls`; `texcoord` and `size_px` as `arviz.ops.unwrap.unwrap`.
    """

    def made(asset: Asset) -> tuple[Asset, Report]:
        done = unwrap_op.unwrap(asset, texcoord=texcoord, size_px=size_px)
        return done.asset, done.report

    return _step("unwrap", source, made, out=out, force=force, **stated)


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
    **stated: Any,
) -> dict[str, Any]:
    """Write a product with the normals and occlusion of a fine one painted on it and return what was painted (``arviz.bake/1``).

    Parameters and errors as `write_hulls`; `fine` is a file in the same unit and place, the rest as `arviz.ops.bake.bake`.
    """

    def made(asset: Asset) -> tuple[Asset, Report]:
        detailed = None if fine is None else _read(fine, **stated)
        done = bake_op.bake(
            asset, source=detailed, maps=maps, size_px=size_px, texcoord=texcoord, rays=rays, reach_m=reach_m
        )  # fmt: skip
        return done.asset, done.report

    return _step("bake", source, made, out=out, force=force, **stated)


def _step(
    name: str,
    source: _Path,
    made: Callable[[Asset], tuple[Asset, Report]],
    *,
    out: _Path,
    force: bool,
    limits: Limits = DEFAULT_LIMITS,
    **stated: Any,
) -> dict[str, Any]:
    path, target = Path(fspath(source)), Path(fspath(out))
    refuse_other_formats(target, (".glb",))
    refuse_existing([target], force=force, source=path)
    asset = _read(path, limits=limits, **stated)
    done, report = made(asset)
    output, faults = written(done, target.stem, limits)
    write_files({target: output.data})
    found = () if asset.source is None else asset.source.findings
    return {
        "schema": f"arviz.{name}/1",
        "input": str(path),
        "path": str(target),
        **{key: output.facts[key] for key in ("bytes", "sha256", "triangles", "vertices")},
        **report.figures,
        "findings": [finding.to_json() for finding in (*found, *report.findings, *faults.findings)],
    }


def _read(
    source: _Path,
    *,
    unit: str | None = None,
    size: str | Listed | None = None,
    up: str | None = None,
    front: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Asset:
    return read_solid(Path(fspath(source)), unit=unit, size=size, up=up, front=front, limits=limits)
