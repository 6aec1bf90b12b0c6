"""Journey of one step: a product file is read, one thing about it is changed, and it is written as GLB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypedDict, Unpack

from arviz.check.figures import figures
from arviz.check.size import Listed
from arviz.core.asset import Asset
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Report
from arviz.core.units import listed_size
from arviz.flows.outputs import refuse_existing, refuse_other_formats, write_files
from arviz.flows.tiers import Output, master
from arviz.flows.unit import resolve_unit
from arviz.formats.read import read
from arviz.ops.normals import add_normals
from arviz.ops.weld import weld


class Stated(TypedDict, total=False):
    """What is said about a product file because it does not say it itself, and what it may cost; each as `arviz.convert` takes it."""

    unit: str | None
    size: str | Listed | None
    up: str | None
    front: str | None
    limits: Limits


def read_solid(
    source: str | PathLike[str],
    *,
    unit: str | None = None,
    size: str | Listed | None = None,
    up: str | None = None,
    front: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Asset:
    """Return a product in metres whose faces know their neighbours; a glTF is left as it is.

    Raises
    ------
    InputError
        The file cannot be read, or its unit is unknown.
    """
    asset, _ = resolve_unit(read(source, unit=unit, up=up, front=front, limits=limits), listed_size(size))
    assert asset.source is not None
    return asset if asset.source.format == "gltf" else add_normals(weld(asset))


def written(asset: Asset, name: str, limits: Limits) -> tuple[Output, Report]:
    """Return the lossless GLB of an asset, read back and checked."""
    return master(asset, name=name, measured=figures(asset), limits=limits)


def step(
    schema: str,
    source: str | PathLike[str],
    change: Callable[[Asset], tuple[Asset, Report]],
    *,
    out: str | PathLike[str],
    force: bool,
    opened: Callable[..., Asset] = read_solid,
    facts: Sequence[str] = (),
    **stated: Unpack[Stated],
) -> dict[str, Any]:
    """Write a product with a change as GLB and return what was done as JSON-ready data.

    Parameters
    ----------
    schema : str
        Of what is returned.
    source : path
        The product's file, of any format that `arviz.convert` reads.
    stated
        What the file does not say, as `Stated`; `opened` gets both.
    change : callable
        The op: what it makes of a product, what is found on the way, and figures, which are returned too.
    out : path
        A ``.glb``.
    force : bool
        Replace what exists.
    facts : sequence of str
        What of `arviz.flows.tiers.Output.facts` is returned, beside ``bytes`` and ``sha256``.

    Raises
    ------
    InputError
        The file cannot be read, the output exists or cannot be written.
    """
    path, target = Path(fspath(source)), Path(fspath(out))
    refuse_other_formats(target, (".glb",))
    refuse_existing([target], force=force, source=path)
    asset = opened(path, **stated)
    changed, report = change(asset)
    output, faults = written(changed, target.stem, stated.get("limits", DEFAULT_LIMITS))
    write_files({target: output.data})
    found = () if asset.source is None else asset.source.findings
    return {
        "schema": schema,
        "input": str(path),
        "path": str(target),
        **{key: output.facts[key] for key in ("bytes", "sha256", *facts)},
        **report.figures,
        "findings": [finding.to_json() for finding in (*found, *report.findings, *faults.findings)],
    }
