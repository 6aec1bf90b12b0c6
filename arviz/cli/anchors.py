"""``arviz anchors``: named points of a product."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import INPUT, force, glb_out, json_output
from arviz.cli.terminal import file_size, printable, say, say_json, say_told
from arviz.core.units import METRES_PER_UNIT, parse_length

_FILE = click.argument("file", type=INPUT)
_NUMBERS = re.compile(r"\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*([a-z]*)\s*")


def _three(text: str, *, unit: bool) -> tuple[float, ...]:
    """Return three numbers, of points in metres."""
    match = _NUMBERS.fullmatch(text)
    try:
        if match is None or bool(match[4]) != unit:
            raise ValueError
        factor = METRES_PER_UNIT[match[4]] if unit else 1.0
        return tuple(float(match[axis]) * factor for axis in (1, 2, 3))
    except (KeyError, ValueError):
        wanted = f"three numbers and a unit ({', '.join(METRES_PER_UNIT)}), as in 0,380,-120mm" if unit else "three numbers, as in 0,0,1"
        raise click.UsageError(f"{text!r} is not {wanted}") from None


def _properties(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what an anchor is like."""
    for option in (
        click.option("--label", "labels", multiple=True, metavar="LANGUAGE=WORDS", help="What people read; may be repeated."),
        click.option("--sigma", metavar="LENGTH", help="How sure its place is: 2mm."),
        click.option("--width", metavar="LENGTH", help="How wide what is there is: 18mm."),
        click.option("--up", metavar="X,Y,Z", help="Direction, square to the normal. Default: 0,1,0."),
        click.option("--normal", metavar="X,Y,Z", help="Direction away from the surface. Default: 0,0,1, to the front."),
    ):
        function = option(function)
    return function


def _said(normal: str | None, up: str | None, width: str | None, sigma: str | None, labels: tuple[str, ...]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "normal": None if normal is None else _three(normal, unit=False),
        "up": None if up is None else _three(up, unit=False),
        "width_m": None if width is None else parse_length(width),
        "sigma_m": None if sigma is None else parse_length(sigma),
    }
    if any("=" not in label for label in labels):
        raise click.UsageError("write a label as LANGUAGE=WORDS, as in en=Bridge")
    if labels:
        said["label"] = dict(label.split("=", 1) for label in labels)
    return {name: value for name, value in said.items() if value is not None}


@click.group("anchors")
def command() -> None:
    """List, check, guess, add, edit and remove the named points of a product: bridge, hinges, light, seat ...

    Points are in the product's frame: +X to the right of who looks at it, +Y up, +Z to the front.

    \b
    Examples:
      arviz anchors guess glasses.glb -o glasses-anchored.glb
      arviz anchors add sofa.glb seat left --at -520,430,60mm --normal 0,1,0 --up 0,0,1 -o sofa-anchored.glb
    """


@command.command("list", short_help="Show the anchors.")
@_FILE
@json_output
def list_(file: Path, as_json: bool) -> None:
    """Show the anchors of FILE."""
    from arviz.flows.anchors import list_anchors

    told = list_anchors(file)
    if as_json:
        say_json(told)
        return
    for row in told["anchors"]:
        say(_line(row))
    if not told["anchors"]:
        say(f"{printable(file.name)} has no anchors")


@command.command("validate", short_help="Check the anchors.")
@_FILE
@json_output
def validate(file: Path, as_json: bool) -> int:
    """Check the anchors of FILE: names, ids, kinds, directions, pairs, places. Exit code 1 if one is wrong."""
    from arviz.flows.anchors import list_anchors

    told = list_anchors(file)
    if as_json:
        say_json(told)
    else:
        say_told(told["findings"])
        verdict = click.style("ok", fg="green") if told["ok"] else click.style("failed", fg="red")
        say(f"{verdict} {printable(file.name)}: {len(told['anchors'])} anchors, {len(told['findings'])} findings")
    return 0 if told["ok"] else 1


@command.command("add", short_help="Add an anchor.")
@_FILE
@click.argument("kind")
@click.argument("id_", metavar="ID")
@click.option("--at", required=True, metavar="X,Y,ZUNIT", help="Where, in the product's frame: 0,380,-120mm.")
@click.option("--part", metavar="ID", help="Part that it belongs to. Default: the whole product.")
@_properties
@glb_out
@force
@json_output
def add(file: Path, kind: str, id_: str, at: str, part: str | None, out: Path, force: bool, as_json: bool, **properties: Any) -> None:
    """Write FILE with one more anchor, the empty node ARVIZ_KIND_ID."""
    from arviz.flows.anchors import add_anchor_to

    point = _three(at, unit=True)
    _say(add_anchor_to(file, kind, id_, point_m=point, part=part, changes=_said(**properties), out=out, force=force), as_json=as_json)


@command.command("edit", short_help="Change an anchor.")
@_FILE
@click.argument("name")
@click.option("--at", metavar="X,Y,ZUNIT", help="Where, in the product's frame.")
@_properties
@glb_out
@force
@json_output
def edit(file: Path, name: str, at: str | None, out: Path, force: bool, as_json: bool, **properties: Any) -> None:
    """Write FILE with the anchor NAME (ARVIZ_KIND_ID, KIND/ID, or ID where no other has it) elsewhere or with other properties."""
    from arviz.flows.anchors import edit_anchor_of

    point = None if at is None else _three(at, unit=True)
    _say(edit_anchor_of(file, name, point_m=point, changes=_said(**properties), out=out, force=force), as_json=as_json)


@command.command("remove", short_help="Take anchors away.")
@_FILE
@click.argument("names", nargs=-1, required=True)
@glb_out
@force
@json_output
def remove(file: Path, names: tuple[str, ...], out: Path, force: bool, as_json: bool) -> None:
    """Write FILE without the anchors NAMES."""
    from arviz.flows.anchors import remove_anchors_of

    _say(remove_anchors_of(file, names, out=out, force=force), as_json=as_json)


@command.command("guess", short_help="Guess anchors from the shape.")
@_FILE
@click.option("--kind", type=click.Choice(["glasses", "lamp", "seat"]), help="What the product is. Default: by its name and shape.")
@click.option("-o", "--out", metavar="OUT.glb", type=click.Path(path_type=Path), help="Also write the GLB with them.")
@force
@json_output
def guess(file: Path, kind: str | None, out: Path | None, force: bool, as_json: bool) -> None:
    """Guess the anchors of FILE: of glasses bridge, hinges and ear hooks, of a lamp its light, of what is sat on the seat.

    Anchors that the file has already stay as they are.
    """
    from arviz.flows.anchors import guess_anchors_of

    told = guess_anchors_of(file, out=out, kind=kind, force=force)
    if as_json:
        say_json(told)
        return
    for row in told["anchors"]:
        if row["name"] in told["guessed"]:
            say(_line(row))
    if not told["guessed"]:
        say(f"{printable(file.name)}: nothing to guess, or nothing new")
    if out is not None:
        _say(told, as_json=False)


def _say(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(told)
        return
    say_told(told["findings"])
    count = len(told["anchors"])
    anchors = f"{count} anchor{'' if count == 1 else 's'}"
    say(f"{printable(Path(told['input']).name)}  ->  {anchors}, {file_size(told['bytes'])}: {printable(told['path'])}")


def _line(row: dict[str, Any]) -> str:
    x, y, z = row["point_mm"]
    width = "" if row["width_mm"] is None else f", {row['width_mm']:.1f} mm wide"
    sigma = "" if row["sigma_mm"] is None else f" +- {row['sigma_mm']:g}"
    part = "" if row["part"] is None else f", part {row['part']}"
    return printable(f"{row['name']}: {x:.1f}, {y:.1f}, {z:.1f}{sigma} mm{width}{part}")
