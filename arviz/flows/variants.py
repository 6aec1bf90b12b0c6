"""Journey: the variants of a product file are listed or changed, and it is written as GLB again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal

from arviz.core.asset import Asset
from arviz.core.report import Finding, Report
from arviz.core.variants import variant_at
from arviz.flows.step import step
from arviz.formats.read import read
from arviz.ops.join import in_variant
from arviz.ops.variants import (
    add_variant,
    default_is_named,
    drop_unused_materials,
    make_default,
    name_default,
    remove_variants,
    rename_variant,
)

SCHEMA = "arviz.variants/1"
_Path = str | PathLike[str]


def list_variants(source: _Path) -> dict[str, Any]:
    """Return the variants of a product file, and the materials that each shows where the default shows others.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    return {"schema": SCHEMA, "input": fspath(source), "variants": _told(read(source))}


def rename_variant_of(source: _Path, old: str, new: str, *, out: _Path, force: bool = False) -> dict[str, Any]:
    """Write a product with one variant called otherwise; return what is listed of it."""
    return _changed(source, lambda asset: rename_variant(asset, old, new), out=out, force=force)


def add_variant_of(
    source: _Path, name: str, other: _Path, *, out: _Path, match: Literal["part", "material"] = "part", force: bool = False
) -> dict[str, Any]:
    """Write a product with the materials of another file as one more variant; `match` as `arviz.ops.variants.add_variant`."""
    return _changed(source, lambda asset: add_variant(asset, name, read(other), match=match), out=out, force=force)


def remove_variants_of(source: _Path, names: Sequence[str], *, out: _Path, force: bool = False) -> dict[str, Any]:
    """Write a product without some variants and what only they showed."""
    return _changed(source, lambda asset: remove_variants(asset, names), out=out, force=force)


def make_default_of(source: _Path, name: str, *, out: _Path, keep_as: str | None = None, force: bool = False) -> dict[str, Any]:
    """Write a product that shows a variant where none is chosen.

    Parameters
    ----------
    keep_as : str, optional
        Name of a new variant that shows what was the default; without it that look is lost, with a finding, if no variant has it.
    """

    def changed(asset: Asset) -> Asset:
        return make_default(asset if keep_as is None else name_default(asset, keep_as), name)

    def lost(asset: Asset) -> list[Finding]:
        if keep_as is not None or default_is_named(asset):
            return []
        message = "what was shown without a variant is lost: no variant shows it"
        return [Finding(code="W_VARIANT_DEFAULT_LOST", severity="warning", message=message, hint="Keep it under a name with --keep-as.")]

    return _changed(source, changed, out=out, force=force, found=lost)


def export_variant(source: _Path, name: str, *, out: _Path, force: bool = False) -> dict[str, Any]:
    """Write one look of a product as a GLB without variants, for who does not know them."""

    def changed(asset: Asset) -> Asset:
        alone = in_variant(asset, variant_at(asset, name))
        return drop_unused_materials(replace(alone, slots=()))

    def lost(asset: Asset) -> list[Finding]:
        if not asset.slots:
            return []
        message = f"choices were left out: {', '.join(slot.id for slot in asset.slots)}"
        return [Finding(code="W_SLOTS_DROPPED", severity="warning", message=message)]

    return _changed(source, changed, out=out, force=force, found=lost)


def _changed(
    source: _Path,
    change: Callable[[Asset], Asset],
    *,
    out: _Path,
    force: bool,
    found: Callable[[Asset], list[Finding]] = lambda asset: [],
) -> dict[str, Any]:
    def changed(asset: Asset) -> tuple[Asset, Report]:
        made = change(asset)
        told = {"bytes_before": Path(source).stat().st_size, "variants": _told(made)}
        return made, Report(findings=tuple(found(asset)), figures=told)

    return step(SCHEMA, source, changed, out=out, force=force, opened=read)


def _told(asset: Asset) -> list[dict[str, Any]]:
    """Return for each variant its name, on how many primitives it differs from the default, and what these show."""
    rows = []
    primitives = [primitive for mesh in asset.meshes for primitive in mesh.primitives]
    for index, name in enumerate(asset.variants):
        shown = [p.material_for(index) for p in primitives if p.material_for(index) != p.material]
        names = dict.fromkeys("" if material is None else asset.materials[material].name for material in shown)
        rows.append({"name": name, "primitives": len(shown), "materials": list(names), "default": not shown})
    return rows
