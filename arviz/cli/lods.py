"""``arviz lods``: levels of detail."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import one_step
from arviz.cli.progress import work_in_sight
from arviz.cli.terminal import file_size, printable, say, say_json, say_told
from arviz.flows.lods import lods_file
from arviz.ops.lods import HEIGHT_PX, MOST_LEVELS

_MOST_KEPT = 0.5
"""A level with fewer of the first one's triangles than this, and more of its bytes, is not much lighter for it."""


@click.command("lods")
@one_step(
    click.option("--levels", type=click.IntRange(1, MOST_LEVELS), default=3, show_default=True, help="Simpler levels at most."),
    click.option(
        "--pixels",
        "height_px",
        type=click.IntRange(1),
        default=HEIGHT_PX,
        show_default=True,
        metavar="PX",
        help="Height of the pictures in which no step may show.",
    ),
    click.option("--name", metavar="NAME", help="Name of the files. Default: the file's name."),
    out=click.option("-o", "--out", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder for the levels."),
)
def command(file: Path, levels: int, height_px: int, name: str | None, asked: Mapping[str, Any], as_json: bool) -> int:
    """Write a product at several levels of detail, and a table of when each is shown.

    DIR/NAME.lod0.glb is the product itself, .lod1.glb and on are simpler, NAME.lods.json says from which distance
    or share of the picture each is good enough that nobody sees the step.

    \b
    Examples:
      arviz lods mixer.glb -o levels
      arviz lods mixer.glb -o levels --levels 2 --pixels 2160
    """
    with work_in_sight() as work:
        work.begin(file.name)
        work.doing("making simpler levels")
        done = lods_file(file, levels=levels, height_px=height_px, name=name, **asked)
    if as_json:
        say_json(done)
        return 0
    for row in done["levels"]:
        say_told(row["findings"])
        say(
            f"{printable(row['path'])}: {row['triangles']:,} triangles, {file_size(row['bytes'])}, from {row['distance_m']:.2f} m "
            f"(at most {row['coverage']:.1%} of the height), off by {row['deviation_max_mm']:.2g} mm at most"
        )
    first, last = done["levels"][0], done["levels"][-1]
    if last["triangles"] < _MOST_KEPT * first["triangles"] and last["bytes"] > _MOST_KEPT * first["bytes"]:
        say(
            "most of these files is pictures, which stay as they are: arviz convert --target web --lods makes them small",
            err=True,
        )
    levels_made = f"{len(done['levels'])} levels, down to {last['triangles']:,} triangles"
    say(f"{printable(file.name)} ({first['triangles']:,} triangles)  ->  {levels_made}")
    return 0
