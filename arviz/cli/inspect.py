"""``arviz inspect``: what is in a product file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import json_output, unit
from arviz.flows.inspect import inspect

_MOST_ROWS = 30


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
@unit
@json_output
def command(file: Path, unit: str, as_json: bool) -> int:
    """Show what is in a product file: structure, triangles, textures, size, memory, extensions.

    Works without a unit too; the size is then given in file units.
    """
    facts = inspect(file, unit=None if unit == "auto" else unit)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        _print(facts)
    return 0


def _print(facts: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{facts['file']}[/bold]  {facts['format']}", markup=True)
    rows = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for label, value in _lines(facts):
        rows.add_row(label, value)
    console.print(rows)
    _table(console, "parts", ("part", "triangles", "shells", "materials"), [_part(part) for part in facts["parts"]])
    _table(console, "textures", ("picture", "type", "pixels", "KB"), [_picture(image) for image in facts["images"]])
    for finding in facts["findings"]:
        console.print(f"{finding['severity']}: {finding['message']} [{finding['code']}]", markup=False)
        if finding["hint"]:
            console.print(f"  hint: {finding['hint']}", markup=False)


def _lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    megabytes = 1e6
    lines = [
        ("size", _size(facts)),
        ("triangles", f"{facts['triangles']:,} in {facts['draw_calls']} draw calls, {facts['vertices']:,} vertices"),
        ("structure", f"{facts['nodes']} nodes, {facts['meshes']} meshes, {len(facts['materials'])} materials, {facts['uv_sets']} UV sets"),
        ("memory", f"geometry {facts['geometry_bytes'] / megabytes:.1f} MB, textures {facts['texture_memory_bytes'] / megabytes:.1f} MB"),
    ]
    for label in ("variants", "animations", "lights", "extensions"):
        if facts[label]:
            lines.append((label, ", ".join(facts[label])))
    return lines


def _size(facts: dict[str, Any]) -> str:
    if facts["size_mm"] is not None:
        return "{width:,.4g} x {depth:,.4g} x {height:,.4g} mm (width x depth x height)".format(**facts["size_mm"])
    if facts["size_file_units"] is not None:
        sides = "{width:,.4g} x {depth:,.4g} x {height:,.4g} (width x depth x height)".format(**facts["size_file_units"])
        return f"{sides} in file units: the file does not say its unit"
    return "nothing is drawn"


def _part(part: dict[str, Any]) -> tuple[str, ...]:
    return (str(part["id"]), f"{part['triangles']:,}", str(part["components"]), ", ".join(dict.fromkeys(part["materials"])))


def _picture(image: dict[str, Any]) -> tuple[str, ...]:
    return (image["name"], image["mime_type"], f"{image['width_px']} x {image['height_px']}", f"{image['bytes'] / 1000:,.0f}")


def _table(console: Any, title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table

    if not rows:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, justify="right" if column in ("triangles", "shells", "KB") else "left")
    for row in rows[:_MOST_ROWS]:
        table.add_row(*row)
    console.print(table)
    if len(rows) > _MOST_ROWS:
        console.print(f"... and {len(rows) - _MOST_ROWS} more {title}: see --json", markup=False)
