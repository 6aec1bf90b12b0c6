"""``arviz inspect``: what is in a product file."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import INPUT, json_output, unit
from arviz.cli.terminal import finding_text, once, printable, say, say_json, sides_mm
from arviz.flows.inspect import inspect

_MOST_ROWS = 30
_UNCUT = 100_000


@click.command("inspect")
@click.argument("file", type=INPUT)
@unit
@json_output
def command(file: Path, unit: str, as_json: bool) -> int:
    """Show what is in a product file: structure, triangles, textures, size, memory, extensions.

    Works without a unit too; the size is then given in file units.
    """
    facts = inspect(file, unit=None if unit == "auto" else unit)
    if as_json:
        say_json(facts)
    else:
        _print(facts)
    return 0


def _print(facts: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    text = StringIO()
    console = _console(text)
    console.print(Text(printable(facts["file"]), style="bold"), Text(facts["format"]))
    rows = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for label, value in _lines(facts):
        rows.add_row(label, Text(printable(value)))
    console.print(rows)
    _table(console, "parts", ("part", "triangles", "shells", "materials"), [_part(part) for part in facts["parts"]])
    _table(console, "textures", ("picture", "type", "pixels", "KB"), [_picture(image) for image in facts["images"]])
    say("\n".join(line.rstrip() for line in text.getvalue().splitlines()))
    for finding in once(facts["findings"]):
        say(finding_text(finding))


def _console(text: StringIO) -> Any:
    """Return a console that writes into `text`: in colour and as wide as the terminal, or plain and never cut."""
    from rich.console import Console

    if sys.stdout is not None and sys.stdout.isatty():
        return Console(file=text, highlight=False, soft_wrap=True, force_terminal=True)
    return Console(file=text, highlight=False, soft_wrap=True, width=_UNCUT, color_system=None)


def _lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    megabytes = 1e6
    counted = [(facts["nodes"], "node"), (facts["meshes"], "mesh"), (len(facts["materials"]), "material"), (facts["uv_sets"], "UV set")]
    lines = [
        ("size", _size(facts)),
        (
            "triangles",
            f"{_many(facts['triangles'], 'triangle')} in {_many(facts['draw_calls'], 'draw call')}, {_many(facts['vertices'], 'vertex')}",
        ),
        ("structure", ", ".join(_many(*pair) for pair in counted)),
        ("memory", f"geometry {facts['geometry_bytes'] / megabytes:.1f} MB, textures {facts['texture_memory_bytes'] / megabytes:.1f} MB"),
    ]
    for label in ("variants", "animations", "lights", "extensions"):
        if facts[label]:
            lines.append((label, ", ".join(facts[label])))
    return lines


def _many(count: int, thing: str) -> str:
    plurals = {"mesh": "meshes", "vertex": "vertices"}
    return f"{count:,} {thing if count == 1 else plurals.get(thing, thing + 's')}"


def _size(facts: dict[str, Any]) -> str:
    if facts["size_mm"] is not None:
        return f"{sides_mm(facts['size_mm'])} (width x depth x height)"
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
    from rich.text import Text

    if not rows:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold", justify="right" if column in ("triangles", "shells", "KB") else "left")
    for row in rows[:_MOST_ROWS]:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)
    if len(rows) > _MOST_ROWS:
        console.print(f"... and {len(rows) - _MOST_ROWS} more {title}: see --json", markup=False)
