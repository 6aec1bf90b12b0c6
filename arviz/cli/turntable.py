"""``arviz turntable``: a product as a looping clip of one full turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import click

from arviz.cli.options import INPUT, engine, environment, json_output, shadow, variant
from arviz.cli.terminal import file_size, printable, say, say_findings, say_json
from arviz.flows.turntable import DIRECTIONS, FRAMES, ORBIT, QUALITY, SECONDS, SIZE_PX, Direction, turntable


@click.command("turntable")
@click.argument("file", type=INPUT)
@click.option("-o", "--out", required=True, metavar="OUT.webp", type=click.Path(path_type=Path), help="Clip: .webp, .gif, .webm or .mp4.")
@click.option("--frames", type=int, default=FRAMES, show_default=True, help="Pictures in a turn.")
@click.option("--seconds", type=float, default=SECONDS, show_default=True, help="Length of a turn.")
@click.option("--width", type=int, default=SIZE_PX, show_default=True, help="Pixels.")
@click.option("--height", type=int, default=SIZE_PX, show_default=True, help="Pixels.")
@click.option(
    "--orbit", default=ORBIT, show_default=True, metavar="AZIMUTH POLAR", help="Where the first picture is seen from, as in arviz render."
)
@click.option(
    "--direction", type=click.Choice(DIRECTIONS), default=DIRECTIONS[0], show_default=True, help="Where the product's front goes."
)
@variant
@environment
@click.option(
    "--background",
    metavar="transparent|#rrggbb|FILE",
    help="What is behind the product. Default: transparent in .webp and .gif, white in .webm and .mp4.",
)
@shadow
@engine
@click.option("--quality", type=int, default=QUALITY, show_default=True, help="Of the pictures, 1 to 100; .gif has none.")
@click.option("--force", is_flag=True, help="Replace the clip if it exists.")
@json_output
def command(
    file: Path,
    out: Path,
    frames: int,
    seconds: float,
    width: int,
    height: int,
    orbit: str,
    direction: str,
    variant: str | None,
    environment: str,
    background: str | None,
    shadow: float | None,
    engine: str,
    quality: int,
    force: bool,
    as_json: bool,
) -> int:
    """Turn a product once around, as a clip that loops without a seam.

    \b
    Examples:
      arviz turntable sofa.glb -o sofa.webp
      arviz turntable sofa.glb -o sofa.mp4 --width 1080 --height 1080 --frames 72 --seconds 6
    """
    with _progress(frames) as drawn:
        made = turntable(
            file,
            out=out,
            frames=frames,
            seconds=seconds,
            width=width,
            height=height,
            orbit=orbit,
            direction=cast(Direction, direction),
            variant=variant,
            environment=environment,
            background=background,
            shadow=shadow,
            engine=engine,
            quality=quality,
            force=force,
            drawn=drawn,
        )
    say_findings(made.findings)
    failed = int(any(finding.severity == "error" for finding in made.findings))
    if as_json:
        say_json({"schema": "arviz.turntable/1", **made.to_json()})
        return failed
    size = f"{made.width_px} x {made.height_px}, {made.frames} frames in {made.seconds:g} s, {made.codec}, {file_size(made.bytes)}"
    say(f"{printable(file.name)}  ->  {printable(str(made.file))} ({size})")
    return failed


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr, only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task: Any = bar.add_task("reading", total=None)
        yield lambda count: bar.update(task, description="drawing", total=total, completed=count)
