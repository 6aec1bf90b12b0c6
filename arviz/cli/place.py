"""``arviz place``: products stand in a measured room."""

from __future__ import annotations

from collections.abc import Iterator
from math import radians
from pathlib import Path
from typing import Any, get_args

import click

from arviz.cli.options import INPUT, json_output
from arviz.cli.progress import progress_bar
from arviz.cli.terminal import printable, say, say_findings, say_json
from arviz.core.placement import Arrangement, RuleOutcome, RuleResult, Support
from arviz.flows.place import Placed, place

_OUT = click.Path(path_type=Path)
_MARKS: dict[RuleOutcome, str] = {"pass": "pass  ", "unsure": "unsure", "fail": "FAIL  ", "before": "before"}


class _At(click.ParamType[tuple[float, float]]):
    """``X,Z`` in metres."""

    name = "X,Z"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        try:
            x, z = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not X,Z in metres", param, ctx)
        return x, z


class _Names(click.ParamType[list[str]]):
    """Words with commas between."""

    name = "NAME,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        return [part.strip() for part in str(value).split(",") if part.strip()]


@click.command("place")
@click.argument("products", type=INPUT, nargs=-1, required=True, metavar="PRODUCT...")
@click.option("--room", metavar="room.json", type=INPUT, required=True, help="From `arviz room -o room.json`.")
@click.option("--frame", metavar="PHOTO", type=INPUT, help="The photo to furnish: one that the room was measured from.")
@click.option("--view", type=click.IntRange(0), metavar="N", help="Which view of the room it is. Default: by the file's name.")
@click.option("--depth", metavar="D.png", type=INPUT, help="The photo's depth: sharper edges of what stands before the product.")
@click.option("--depth-scale", metavar="UNITS|sun", help="Depth units in a metre. Default: 1000.")
@click.option("-o", "--out", metavar="preview.png", type=_OUT, help="The furnished photo; without --frame the room from above.")
@click.option("--plan", metavar="plan.svg|png", type=_OUT, help="The floor plan with dimensions.")
@click.option("--mesh", metavar="room.glb|usdz", type=_OUT, help="The furnished room as a 3D model.")
@click.option("--auto", is_flag=True, help="Search the best places: what happens without --at.")
@click.option("--at", metavar="X,Z", type=_At(), help="The place of one product, in metres of the room's own axes.")
@click.option("--yaw", metavar="DEG", type=float, help="Its turn, counter-clockwise seen from above; 0 faces +Z.")
@click.option("--wall", metavar="N", type=click.IntRange(0), help="The wall that it stands or hangs at: its number in the room.")
@click.option("--door", "doors", metavar="WALL:FROM-TO", multiple=True, help="A shut door: metres along a wall of the plan. Repeatable.")
@click.option("--window", "windows", metavar="WALL:FROM-TO[:SILL]", multiple=True, help="A window, the same way; with its sill's height.")
@click.option("--radiator", "radiators", metavar="WALL:FROM-TO[:DEPTH]", multiple=True, help="A radiator, the same way.")
@click.option("--variant", "variants", metavar="NAME,...", type=_Names(), default="", help="Material variant, one for all or one each.")
@click.option("--kind", "kinds", metavar="KIND,...", type=_Names(), default="", help="What it is: sofa, rug ... Default: by its name.")
@click.option("--on", "supports", metavar="|".join(get_args(Support)), type=_Names(), default="", help="What carries it.")
@click.option("--open", "opened", metavar="NAME,...|all", type=_Names(), default="", help="Doors, drawers, lids that are drawn open.")
@click.option("--figures", metavar="NAME,...", type=_Names(), default="", help="Figures for scale: adult, child, cat, dog.")
@click.option("--rules", metavar="RULES.json", type=INPUT, help="Rules of your own, arviz.rules/1.")
@click.option("--country", metavar="us|de", help="Whose rules ship with arviz. Default: us.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@json_output
def command(
    products: tuple[Path, ...], auto: bool, at: tuple[float, float] | None, yaw: float | None, as_json: bool, **options: Any
) -> int:
    """Put products into a measured room where they fit: a picture like a photo, and facts with their uncertainty.

    Exit code 1: nothing fits, or a rule fails; the files are written all the same.

    \b
    Examples:
      arviz place sofa.glb --room room.json --frame photo.jpg -o preview.png
      arviz place sofa.glb table.glb rug.glb --room room.json --plan plan.svg --json
      arviz place fridge.glb --room room.json --at 1.2,-2.4 --yaw 90 --open all --plan plan.svg
      arviz place sofa.glb --room room.json --door 2:1.05-1.95 --plan plan.svg
    """
    if auto and at is not None:
        raise click.UsageError("give either --auto or --at")
    with progress_bar() as progress:
        done = place(list(products), at=at, yaw_rad=None if yaw is None else radians(yaw), progress=progress, **options)
    say_findings(done.findings)
    if as_json:
        say_json(done.to_json())
    else:
        for line in _lines(done):
            say(line)
        written = ", ".join(str(path) for path in done.files.values())
        told = products[0].name if len(products) == 1 else f"{len(products)} products"
        say(f"{printable(told)}  ->  {printable(written) + ': ' if written else ''}{_verdict(done)}")
    return 1 if done.outcome == "fail" else 0


def _verdict(done: Placed) -> str:
    if done.arrangement is None:
        return f"no place found: {printable(done.why_not)}"
    words = {"pass": "fits", "unsure": "fits by the numbers, not for sure", "fail": "does not fit as it should"}
    return words[done.outcome]


def _lines(done: Placed) -> Iterator[str]:
    """Yield what was found, as people read it."""
    scale = done.site.room.scale
    if scale is not None:
        yield f"scale    {printable(scale.source)}, all lengths +- {scale.sigma:.1%}"
    for piece in done.furniture:
        width, height, depth = (f"{side * 1000:.0f}" for side in piece.size_m)
        yield f"{printable(piece.name)}: {width} x {depth} x {height} mm, {printable(piece.kind)}, on the {piece.support}"
    for number, arrangement in enumerate(done.best):
        if number == 0:
            yield from _arrangement(arrangement)
        else:
            places = "; ".join(printable(_place(placement.world_from_asset)) for placement in arrangement.placements)
            yield f"else {number}: {places}, score {arrangement.score:.2f}, {arrangement.outcome}"


def _place(pose: Any) -> str:
    from math import atan2, degrees

    return f"x {pose[0, 3]:.2f} m, z {pose[2, 3]:.2f} m, yaw {round(degrees(atan2(pose[0, 2], pose[2, 2])))} deg"


def _arrangement(arrangement: Arrangement) -> Iterator[str]:
    """Yield the facts of the best places: what does not pass in full, what passes by its number."""
    for placement in arrangement.placements:
        reasons = f" ({', '.join(placement.reasons)})" if placement.reasons else ""
        yield f"{printable(placement.product)}: {_place(placement.world_from_asset)}{printable(reasons)}"
        for clearance in placement.clearances:
            yield f"  {clearance.length} {clearance.side} to {printable(clearance.to)}"
        for thing in placement.blocked:
            yield f"  blocks {printable(thing)}"
    rules = [rule for placement in arrangement.placements for rule in placement.rules] + list(arrangement.rules)
    yield from (_rule(rule) for rule in rules if rule.outcome != "pass")
    yield f"  pass   {sum(rule.outcome == 'pass' for rule in rules)} of {len(rules)} rules; --json names them with their sources"
    for before, after in zip(arrangement.before, arrangement.after, strict=True):
        if after.length is None and before.length is not None:  # where there was none before, the products change nothing
            yield f"  no way from {printable(after.start)} to {printable(after.end)}, before {before.length}"
    ways = [walk for walk in arrangement.after if walk.pinch is not None]
    if ways:
        way = min(ways, key=lambda walk: walk.pinch.value_m if walk.pinch else 0.0)
        yield f"  the narrowest of {len(ways)} ways, {printable(way.start)} to {printable(way.end)}: {way.pinch}"


def _rule(rule: RuleResult) -> str:
    if rule.outcome == "before":
        found = f"{rule.found} before and after: the room, not the product"
    else:
        found = f"{rule.found}{'' if rule.before is None else f' ({rule.before} before)'}"
    return (
        f"  {_MARKS[rule.outcome]} {printable(rule.rule)}: {found}; needed {rule.needed_m * 1000:.0f} mm, "
        f"{printable(rule.where)} ({printable(rule.source)})"
    )
