"""``arviz flip``: the mirror image of a product."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import one_step
from arviz.cli.terminal import file_size, printable, say, say_json, say_told
from arviz.core.report import Report
from arviz.flows.step import step
from arviz.ops.flip import flip


@click.command("flip")
@one_step()
def command(file: Path, asked: Mapping[str, Any], as_json: bool) -> int:
    """Write the mirror image of a product as GLB: what was left is right.

    Doors, animations and lights are mirrored too; names, parts, materials and variants stay. Printed words read backwards.

    \b
    Examples:
      arviz flip sofa.glb -o sofa-right.glb
      arviz flip fridge.glb -o fridge-hinged-left.glb
    """
    done = step("arviz.flip/1", file, lambda asset: (flip(asset), Report()), facts=("triangles",), **asked)
    if as_json:
        say_json(done)
        return 0
    say_told(done["findings"])
    say(f"{printable(file.name)}  ->  mirrored, {done['triangles']:,} triangles, {file_size(done['bytes'])}: {printable(done['path'])}")
    return 0
