"""``arviz recipe``: what to try on, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import click

from arviz.cli.options import INPUT, json_output
from arviz.cli.terminal import printable, say, say_json
from arviz.core.recipe import Finish, Makeup, MakeupKind, Recipe
from arviz.core.units import parse_length

_RX_PARTS = 2


class _Rx(click.ParamType[list[float]]):
    """Two dioptres with a comma between: right, left."""

    name = "R,L"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            numbers = [float(part) for part in str(value).split(",")]
        except ValueError:
            numbers = []
        if len(numbers) != _RX_PARTS or not all(-30 <= number <= 30 for number in numbers):
            self.fail(f"{value!r} is not two dioptres, right and left, such as -2.0,-2.5", param, ctx)
        return numbers


@click.group("recipe")
def command() -> None:
    """Make and check recipes: what `arviz tryon` and `arviz mirror` put on a face.

    \b
    Examples:
      arviz recipe new lipstick --colour "#B0263A" --finish gloss -o ruby.json
      arviz recipe new glasses --product frame.glb --width 140mm -o frame.json
      arviz recipe check ruby.json
    """


@command.command("new", short_help="Write a recipe.")
@click.argument("kind", type=click.Choice([*get_args(MakeupKind), "glasses"]))
@click.option("-o", "--out", metavar="R.json", type=click.Path(path_type=Path), required=True, help="The recipe; its name is its id.")
@click.option("--colour", metavar="#RRGGBB", help="Of make-up: what the product reflects, as a flat scan shows it.")
@click.option("--finish", type=click.Choice(get_args(Finish)), default="satin", show_default=True, help="Of make-up.")
@click.option("--coverage", type=click.FloatRange(0, 1), default=0.85, show_default=True, help="Of make-up: how much skin it hides.")
@click.option("--product", metavar="FRAME.glb", type=INPUT, help="Of glasses: their file, kept beside the recipe.")
@click.option("--width", metavar="LENGTH", help="Of glasses: true width of the front, 140mm. Default: as the file says.")
@click.option("--rx", type=_Rx(), help="Of glasses: power of the right and the left lens in dioptres, -2.0,-2.5.")
@click.option("--name", metavar="TEXT", default="", help="What a shopper calls it.")
@click.option("--title", metavar="TEXT", default="", help="Of the recipe.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def new(kind: str, out: Path, **options: Any) -> int:
    """Write a recipe of one KIND; more items can be added to the file."""
    from arviz.flows.recipe import new_recipe

    item = _glasses(out, options) if kind == "glasses" else _makeup(kind, options)
    recipe = new_recipe([item], out=out, title=options["title"] or options["name"], force=options["force"])
    say(f"{printable(str(out))}: {_told(recipe)}")
    return 0


def _makeup(kind: str, options: dict[str, Any]) -> Any:
    from arviz.flows.recipe import makeup

    if options["colour"] is None or options["product"] is not None:
        raise click.UsageError(f"{kind} needs --colour, and no --product")
    return makeup(kind, options["colour"], finish=options["finish"], coverage=options["coverage"], name=options["name"])  # type: ignore[arg-type]


def _glasses(out: Path, options: dict[str, Any]) -> Any:
    from arviz.flows.recipe import glasses

    if options["product"] is None or options["colour"] is not None:
        raise click.UsageError("glasses need --product, and no --colour")
    width = None if options["width"] is None else parse_length(options["width"])
    return glasses(options["product"], beside=out, width_m=width, rx_dioptre=options["rx"] or (0.0, 0.0))


@command.command("check", short_help="Check that a recipe can be tried on.")
@click.argument("recipe", type=INPUT, metavar="R.json")
@json_output
def check(recipe: Path, as_json: bool) -> int:
    """Check a recipe and the files that it names."""
    from arviz.flows.recipe import check_recipe
    from arviz.tryon.recipe import recipe_to_json

    found = check_recipe(recipe)
    if as_json:
        say_json(recipe_to_json(found))
    else:
        say(f"{printable(recipe.name)}: {_told(found)}")
    return 0


@command.command("schema", short_help="Print the JSON Schema of recipes.")
def schema() -> int:
    """Print the JSON Schema of recipe files, for editors and other programs."""
    from arviz.tryon.recipe import recipe_schema

    say_json(recipe_schema())
    return 0


def _told(recipe: Recipe) -> str:
    items = [f"{item.kind}, {item.finish}" if isinstance(item, Makeup) else "glasses" for item in recipe.items]
    return "; ".join(printable(f"{kind} {item.name}".strip()) for kind, item in zip(items, recipe.items, strict=True))
