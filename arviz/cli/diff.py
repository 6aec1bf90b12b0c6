"""``arviz diff``: what differs between two product files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import INPUT, force, json_output, unit
from arviz.cli.terminal import file_size, printable, say, say_json, say_told

_MOST = 8
"""Names of a list that are shown; --json has all."""
_ONE_SCALE = 1e-3
"""Sides whose ratios are as near as this were scaled alike."""
_LISTS = ("parts", "names", "materials", "variants", "extensions", "animations", "joints", "slots", "anchors")


@click.command("diff")
@click.argument("first", type=INPUT)
@click.argument("second", type=INPUT)
@click.option(
    "-o", "--out", metavar="OUT.png", type=click.Path(path_type=Path), help="Also write a picture: first, second, difference times 8."
)
@click.option("--pictures/--no-pictures", default=True, show_default=True, help="Compare how they look.")
@unit
@force
@json_output
def command(first: Path, second: Path, out: Path | None, pictures: bool, unit: str, force: bool, as_json: bool) -> int:
    """Say what differs between two product files: structure, size, materials, variants, names, bytes, looks.

    \b
    Examples:
      arviz diff shoe.glb shoe-small.glb
      arviz diff shoe.glb shoe-small.glb -o shoe-difference.png
    """
    from arviz.flows.diff import diff

    told = diff(first, second, out=out, pictures=pictures, unit=None if unit == "auto" else unit, force=force)
    if as_json:
        say_json(told)
        return 0
    say_told(told["findings"])
    for line in _lines(told):
        say(printable(line))
    return 0


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    if told["size_mm"] is not None:
        yield from _size(told["size_mm"])
    for name, (before, after) in told["counts"].items():
        if before != after:
            yield f"{name.replace('_', ' ')}: {_amount(name, before)} -> {_amount(name, after)}{_percent(before, after)}"
    for name in _LISTS:
        for how, mark in (("missing", "-"), ("new", "+")):
            if told[name][how]:
                yield f"{name}: {mark} {_some(told[name][how])}"
        changed = told[name].get("changed", [])
        if changed:
            yield f"{name}: {len(changed)} changed: {_some([_change(row) for row in changed])}"
    looks = told["pictures"]
    if looks is not None:
        pooled = (
            "no difference"
            if looks["pooled_db"] is None
            else f"{looks['pooled_db']:.1f} dB pooled (above 40 nobody sees it), worst view {looks['worst_ssim']:.4f} of 1"
        )
        yield f"pictures: {pooled} ({looks['looks']} look{'' if looks['looks'] == 1 else 's'})"
    for path in told["files"].values():
        yield f"->  {path}"
    verdict = "the same product" if told["identical"] else "nothing that has a name is lost" if told["kept"] else "something is lost"
    before, after = told["first"]["bytes"], told["second"]["bytes"]
    yield f"{verdict}: {file_size(before)} -> {file_size(after)}{_percent(before, after)}"


def _size(size: Mapping[str, Any]) -> Iterator[str]:
    for side in ("width", "depth", "height"):
        before, after = size[side]
        if abs(before - after) >= 0.01:
            yield f"{side}: {before:,.2f} -> {after:,.2f} mm{_percent(before, after)}"
    scales = [size[side][1] / size[side][0] for side in ("width", "depth", "height") if size[side][0]]
    if scales and abs(scales[0] - 1) > _ONE_SCALE and max(scales) - min(scales) < _ONE_SCALE * scales[0]:
        yield f"scaled by {scales[0]:.4g} on all sides: pictures differ by that alone"
    if size["moved"] >= 0.01:
        yield f"moved by {size['moved']:,.2f} mm"


def _change(row: Mapping[str, Any]) -> str:
    if "changed" in row:
        return f"{row['name'] or '(no name)'} ({', '.join(row['changed'])})"
    if "triangles" in row:
        before, after = row["triangles"]
        return f"{row['id']} ({before:,} -> {after:,} triangles, {row['moved_mm']:g} mm)"
    return f"{row['name']} ({row['moved_mm']:g} mm)"


def _amount(name: str, value: int) -> str:
    return file_size(value) if name.endswith("bytes") else f"{value:,}"


def _percent(before: float, after: float) -> str:
    return f" ({100 * (after / before - 1):+.1f} %)" if before else ""


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
