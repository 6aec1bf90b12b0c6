"""``arviz variants``: the looks of a product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from arviz.cli.options import INPUT, force, glb_out, json_output
from arviz.cli.terminal import file_size, printable, say, say_json, say_told

_FILE = click.argument("file", type=INPUT)


@click.group("variants")
def command() -> None:
    """List, add, rename, remove and export the material variants of a product (KHR_materials_variants).

    \b
    Examples:
      arviz variants list shoe.glb
      arviz variants add sofa.glb Green sofa-green.glb -o sofa-both.glb
      arviz variants export shoe.glb beach -o shoe-beach.glb
    """


@command.command("list", short_help="Show which variants there are.")
@_FILE
@json_output
def list_(file: Path, as_json: bool) -> None:
    """Show the variants of FILE, and what each shows where the default shows something else."""
    from arviz.flows.variants import list_variants

    told = list_variants(file)
    if as_json:
        say_json(told)
        return
    for row in told["variants"]:
        say(_line(row))
    if not told["variants"]:
        say(f"{printable(file.name)} has no variants")


@command.command("rename", short_help="Call a variant otherwise.")
@_FILE
@click.argument("old")
@click.argument("new")
@glb_out
@force
@json_output
def rename(file: Path, old: str, new: str, out: Path, force: bool, as_json: bool) -> None:
    """Write FILE with the variant OLD called NEW."""
    from arviz.flows.variants import rename_variant_of

    _say(rename_variant_of(file, old, new, out=out, force=force), as_json=as_json)


@command.command("add", short_help="Add a variant from another file.")
@_FILE
@click.argument("name")
@click.argument("other", type=INPUT)
@click.option(
    "--match",
    type=click.Choice(["part", "material"]),
    default="part",
    show_default=True,
    help="What of OTHER is taken: the look of the same parts, or materials of the same names.",
)
@glb_out
@force
@json_output
def add(file: Path, name: str, other: Path, match: Any, out: Path, force: bool, as_json: bool) -> None:
    """Write FILE with one more variant NAME that looks as OTHER does.

    OTHER is the same product in another colour, or any file with materials of the same names (--match material).
    """
    from arviz.flows.variants import add_variant_of

    _say(add_variant_of(file, name, other, out=out, match=match, force=force), as_json=as_json)


@command.command("remove", short_help="Take variants away.")
@_FILE
@click.argument("names", nargs=-1, required=True)
@glb_out
@force
@json_output
def remove(file: Path, names: tuple[str, ...], out: Path, force: bool, as_json: bool) -> None:
    """Write FILE without the variants NAMES, and without materials and textures that only they showed."""
    from arviz.flows.variants import remove_variants_of

    _say(remove_variants_of(file, names, out=out, force=force), as_json=as_json)


@command.command("default", short_help="Show a variant where none is chosen.")
@_FILE
@click.argument("name")
@click.option("--keep-as", metavar="NAME", help="Keep what was the default as a variant of this name.")
@glb_out
@force
@json_output
def default(file: Path, name: str, keep_as: str | None, out: Path, force: bool, as_json: bool) -> None:
    """Write FILE with the look of the variant NAME as what is shown where none is chosen."""
    from arviz.flows.variants import make_default_of

    _say(make_default_of(file, name, out=out, keep_as=keep_as, force=force), as_json=as_json)


@command.command("export", short_help="Write one variant as a file of its own.")
@_FILE
@click.argument("name")
@glb_out
@force
@json_output
def export(file: Path, name: str, out: Path, force: bool, as_json: bool) -> None:
    """Write FILE as it looks in the variant NAME, without variants."""
    from arviz.flows.variants import export_variant

    _say(export_variant(file, name, out=out, force=force), as_json=as_json)


def _say(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(told)
        return
    say_told(told["findings"])
    names = ", ".join(row["name"] for row in told["variants"]) or "no variants"
    before, after = file_size(told["bytes_before"]), file_size(told["bytes"])
    say(f"{printable(Path(told['input']).name)} ({before})  ->  {printable(names)}, {after}: {printable(told['path'])}")


def _line(row: dict[str, Any]) -> str:
    if row["default"]:
        return f"{printable(row['name'])}: as without a variant"
    materials = ", ".join(material or "(no name)" for material in row["materials"])
    return f"{printable(row['name'])}: {row['primitives']} piece{'s' * (row['primitives'] != 1)} in {printable(materials)}"
