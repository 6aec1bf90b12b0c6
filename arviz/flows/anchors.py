"""Journey: the anchors of a product file are listed, checked, guessed or changed, and it is written as GLB again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike, fspath
from typing import Any

from arviz.core.asset import Asset
from arviz.core.errors import InputError
from arviz.core.parts import Anchor
from arviz.core.report import Report
from arviz.flows.anchors_guess import guess_anchors
from arviz.flows.step import step
from arviz.formats.read import read
from arviz.ops.anchors import Placed, add_anchor, check_anchors, edit_anchor, placed_anchors, remove_anchors

SCHEMA = "arviz.anchors/1"
_Path = str | PathLike[str]


def list_anchors(source: _Path) -> dict[str, Any]:
    """Return the anchors of a product file in its frame, and what is wrong with them.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    return _listed(source, _read(source))


def add_anchor_to(
    source: _Path,
    kind: str,
    id_: str,
    *,
    point_m: Sequence[float],
    out: _Path,
    part: str | None = None,
    changes: Mapping[str, Any] | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Write a product with one more anchor; return what is listed of it.

    Parameters
    ----------
    point_m : (3,) float
        In the product's frame.
    part : str, optional
        Id of the part that it belongs to.
    changes : Mapping, optional
        Further fields of `arviz.core.parts.Anchor`.
    """
    anchor = Anchor(id=id_, kind=kind, **(changes or {}))
    return _changed(source, lambda asset: add_anchor(asset, anchor, point_m=point_m, part=part), out=out, force=force)


def edit_anchor_of(
    source: _Path,
    name: str,
    *,
    out: _Path,
    point_m: Sequence[float] | None = None,
    changes: Mapping[str, Any] | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Write a product with another place, or other properties, of one anchor."""
    return _changed(source, lambda asset: edit_anchor(asset, name, point_m=point_m, **(changes or {})), out=out, force=force)


def remove_anchors_of(source: _Path, names: Sequence[str], *, out: _Path, force: bool = False) -> dict[str, Any]:
    """Write a product without some anchors."""
    return _changed(source, lambda asset: remove_anchors(asset, names), out=out, force=force)


def guess_anchors_of(source: _Path, *, out: _Path | None = None, kind: str | None = None, force: bool = False) -> dict[str, Any]:
    """Guess the anchors of a product, and write it with those that it does not have yet; without `out` nothing is written."""
    guessed: list[Placed] = []

    def with_guesses(asset: Asset) -> Asset:
        assert asset.source is not None
        known = {node.anchor.node_name for node in asset.nodes if node.anchor is not None}
        guesses = guess_anchors(asset, kind=kind, name=asset.source.name)
        guessed.extend(placed for placed in guesses if placed.anchor.node_name not in known)
        for placed in guessed:
            asset = add_anchor(asset, placed.anchor, point_m=placed.point_m)
        return asset

    told = _listed(source, with_guesses(_read(source))) if out is None else _changed(source, with_guesses, out=out, force=force)
    return {**told, "guessed": [placed.anchor.node_name for placed in guessed]}


def _changed(source: _Path, change: Callable[[Asset], Asset], *, out: _Path, force: bool) -> dict[str, Any]:
    def changed(asset: Asset) -> tuple[Asset, Report]:
        made = change(asset)
        return made, _report(made)

    told = step(SCHEMA, source, changed, out=out, force=force, opened=_read)
    return {**told, "ok": all(finding["severity"] != "error" for finding in told["findings"])}


def _read(source: _Path) -> Asset:
    asset = read(source)
    if not asset.unit_known:
        raise InputError(
            "E_ANCHOR_UNIT",
            "anchors are in metres, and the product's unit is not known",
            where=fspath(source),
            hint="Convert it first: arviz convert with --unit or --size.",
        )
    return asset


def _listed(source: _Path, asset: Asset) -> dict[str, Any]:
    report = _report(asset)
    findings = [finding.to_json() for finding in report.findings]
    return {"schema": SCHEMA, "input": fspath(source), "ok": report.ok, **report.figures, "findings": findings}


def _report(asset: Asset) -> Report:
    """Return the anchors of a product, and what is wrong with them."""
    return check_anchors(asset) + Report(figures={"anchors": [anchor_told(placed) for placed in placed_anchors(asset)]})


def anchor_told(placed: Placed) -> dict[str, Any]:
    """Return an anchor as programs get it: lengths in millimetres, in the product's frame."""
    anchor = placed.anchor
    return {
        "name": anchor.node_name,
        "kind": anchor.kind,
        "id": anchor.id,
        "part": placed.part,
        "point_mm": [round(value * 1000, 3) for value in placed.point_m],
        "normal": [round(value, 6) for value in placed.normal],
        "up": [round(value, 6) for value in placed.up],
        "width_mm": None if anchor.width_m is None else round(anchor.width_m * 1000, 3),
        "sigma_mm": None if anchor.sigma_m is None else round(anchor.sigma_m * 1000, 3),
        "label": dict(anchor.label),
    }
