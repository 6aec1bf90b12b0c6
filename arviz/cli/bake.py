"""``arviz bake``: normals and occlusion painted on a product."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import INPUT, one_step
from arviz.cli.terminal import file_size, printable, say, say_json, say_told
from arviz.core.units import parse_length
from arviz.flows.bake import bake_file
from arviz.ops.bake import RAYS, SIZE_PX


@click.command("bake")
@one_step(
    click.option("--from", "fine", type=INPUT, help="The fine product, in the same unit and place; without it, occlusion alone."),
    click.option("--map", "maps", multiple=True, type=click.Choice(["normal", "occlusion"]), help="What to paint; may be given twice."),
    click.option("--size-px", type=click.IntRange(16, 8192), default=SIZE_PX, show_default=True, help="Side of the pictures."),
    click.option("--texcoord", type=click.IntRange(0, 3), default=0, show_default=True, help="The set of coordinates to paint in."),
    click.option("--rays", type=click.IntRange(1, 65536), default=RAYS, show_default=True, help="Of occlusion, per texel."),
    click.option("--reach", metavar="LENGTH", help="How far the fine surface is looked for, and how near things shade each other: 5cm."),
)
def command(
    file: Path,
    fine: Path | None,
    maps: tuple[str, ...],
    size_px: int,
    texcoord: int,
    rays: int,
    reach: str | None,
    asked: Mapping[str, Any],
    as_json: bool,
) -> int:
    """Paint the normals of a fine product, and where light hardly comes, as pictures on a coarse one.

    \b
    Examples:
      arviz simplify vase.glb -o low.glb --triangles 2000
      arviz bake low.glb --from vase.glb -o vase-low.glb
      arviz bake table.glb -o table-shaded.glb --texcoord 1
    """
    done = bake_file(
        file, fine=fine, maps=maps or None, size_px=size_px, texcoord=texcoord, rays=rays,  # type: ignore[arg-type]
        reach_m=None if reach is None else parse_length(reach), **asked,
    )  # fmt: skip
    if as_json:
        say_json(done)
        return 0
    say_told(done["findings"])
    made = f"{done['texels']:,} texels painted" + (f", {done['missed']:.1%} met no fine surface" if done["missed"] else "")
    say(f"{printable(file.name)}  ->  {made}, {file_size(done['bytes'])}: {printable(str(done['path']))}")
    return 0
