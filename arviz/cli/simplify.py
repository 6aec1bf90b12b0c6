"""``arviz simplify``: a product with fewer triangles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import one_step
from arviz.cli.terminal import file_size, printable, say, say_json, say_told
from arviz.flows.simplify import simplify_file


@click.command("simplify")
@one_step(
    click.option("--triangles", type=click.IntRange(1), metavar="N", help="At most so many triangles, over all parts."),
    click.option("--percent", type=float, metavar="P", help="At most so many of a hundred triangles."),
    click.option("--error", metavar="LENGTH|P%", help="How far the surface may move: 0.5mm, or 0.05% of the diagonal."),
)
def command(
    file: Path,
    triangles: int | None,
    percent: float | None,
    error: str | None,
    asked: Mapping[str, Any],
    as_json: bool,
) -> int:
    """Write a product with fewer triangles as GLB; seams, borders, materials, variants and parts stay.

    With --error and a count, whichever is met first ends it.

    \b
    Examples:
      arviz simplify mixer.glb -o mixer-small.glb --triangles 10000
      arviz simplify mixer.glb -o mixer-small.glb --error 0.5mm
    """
    if triangles is None and percent is None and error is None:
        raise click.UsageError("say how simple: --triangles N, --percent P or --error 0.5mm")
    done = simplify_file(file, triangles=triangles, percent=percent, error=error, **asked)
    if as_json:
        say_json(done)
        return 0
    say_told(done["findings"])
    say(f"{printable(file.name)} ({done['triangles_before']:,} triangles, {file_size(done['bytes_before'])})  ->  {summary(done)}")
    return 0


def summary(done: Mapping[str, Any]) -> str:
    """Return what a simplified product is, in one line."""
    off = f"off by {done['deviation_rms_mm']:.2g} mm rms, {done['deviation_max_mm']:.2g} at most"
    return f"{done['triangles']:,} triangles, {file_size(done['bytes'])}, {off}: {printable(str(done['path']))}"
