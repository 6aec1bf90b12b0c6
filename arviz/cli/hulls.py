"""``arviz hulls``: convex hulls for physics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import INPUT, force, glb_out, json_output, stated
from arviz.cli.terminal import file_size, printable, say, say_json, say_told
from arviz.flows.surface import write_hulls


@click.command("hulls")
@click.argument("file", type=INPUT)
@glb_out
@click.option("--count", type=click.IntRange(1, 256), default=16, show_default=True, help="At most so many hulls.")
@stated
@force
@json_output
def command(file: Path, out: Path, count: int, stated: Mapping[str, Any], force: bool, as_json: bool) -> int:
    """Write convex hulls that together hold every triangle of a product, for physics and quick collision tests.

    \b
    Examples:
      arviz hulls chair.glb -o chair.hulls.glb
      arviz hulls chair.glb -o chair.hulls.glb --count 8
    """
    done = write_hulls(file, out=out, count=count, force=force, **stated)
    if as_json:
        say_json(done)
        return 0
    say_told(done["findings"])
    held = f"{done['volume_litres']:.3g} litres of a box of {done['box_litres']:.3g}"
    hulls = f"{done['hulls']} hull{'s' * (done['hulls'] != 1)}"
    say(f"{printable(file.name)}  ->  {hulls}, {held}, {file_size(done['bytes'])}: {printable(str(done['path']))}")
    return 0
