"""``arviz unwrap``: texture coordinates where a product has none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import one_step
from arviz.cli.terminal import file_size, printable, say, say_json, say_told
from arviz.core.asset import Asset
from arviz.core.report import Report
from arviz.flows.step import step
from arviz.ops.unwrap import SETS, SIZE_PX, unwrap


@click.command("unwrap")
@one_step(
    click.option(
        "--texcoord",
        type=click.IntRange(0, SETS - 1),
        default=0,
        show_default=True,
        help="The set to fill; 1 stands beside one that repeats.",
    ),
    click.option(
        "--size-px", type=click.IntRange(16, 16384), default=SIZE_PX, show_default=True, help="Side of the picture that will be painted."
    ),
)
def command(file: Path, texcoord: int, size_px: int, asked: Mapping[str, Any], as_json: bool) -> int:
    """Give surfaces without texture coordinates their own: one picture for the product, nothing overlaps.

    \b
    Examples:
      arviz unwrap scan.stl -o scan.glb --unit mm
      arviz unwrap sofa.glb -o sofa.glb --texcoord 1
    """

    def with_coordinates(asset: Asset) -> tuple[Asset, Report]:
        made = unwrap(asset, texcoord=texcoord, size_px=size_px)
        return made.asset, made.report

    done = step("arviz.unwrap/1", file, with_coordinates, facts=("triangles", "vertices"), **asked)
    if as_json:
        say_json(done)
        return 0
    say_told(done["findings"])
    if not done["unwrapped"]:
        say(f"all surfaces have coordinates in set {texcoord} already: --texcoord fills another one", err=True)
    made = f"{done['unwrapped']} surface{'s' * (done['unwrapped'] != 1)} in {done['charts']} charts, {done['filled']:.0%} of the picture"
    say(f"{printable(file.name)}  ->  {made}, {done['kept']} kept, {file_size(done['bytes'])}: {printable(str(done['path']))}")
    return 0
