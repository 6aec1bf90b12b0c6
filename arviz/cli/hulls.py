"""``arviz hulls``: convex hulls for physics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import one_step
from arviz.cli.terminal import file_size, printable, say, say_json, say_told
from arviz.flows.hulls import hulls_file
from arviz.ops.hulls import COUNT


@click.command("hulls")
@one_step(
    click.option("--count", type=click.IntRange(1, 256), default=COUNT, show_default=True, help="At most so many hulls."),
)
def command(file: Path, count: int, asked: Mapping[str, Any], as_json: bool) -> int:
    """Write convex hulls that together hold every triangle of a product, for physics and quick collision tests.

    \b
    Examples:
      arviz hulls chair.glb -o chair.hulls.glb
      arviz hulls chair.glb -o chair.hulls.glb --count 8
    """
    done = hulls_file(file, count=count, **asked)
    if as_json:
        say_json(done)
        return 0
    say_told(done["findings"])
    held = f"{done['volume_litres']:.3g} litres of a box of {done['box_litres']:.3g}"
    hulls = f"{done['hulls']} hull{'s' * (done['hulls'] != 1)}"
    say(f"{printable(file.name)}  ->  {hulls}, {held}, {file_size(done['bytes'])}: {printable(str(done['path']))}")
    return 0
