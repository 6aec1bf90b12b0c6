"""``arviz thumbnail``: a product as a picture that fits a device."""

from __future__ import annotations

from pathlib import Path

import click

from arviz.cli.options import INPUT, engine, environment, json_output, shadow, variant
from arviz.cli.terminal import file_size, printable, say, say_findings, say_json
from arviz.flows.render import ORBIT
from arviz.flows.thumbnail import PRESETS, thumbnail


@click.command("thumbnail")
@click.argument("file", type=INPUT)
@click.option("--for", "preset", required=True, type=click.Choice(list(PRESETS)), help="What the picture is shown on.")
@click.option(
    "-o", "--out", required=True, metavar="OUT", type=click.Path(path_type=Path), help="Picture: .webp, for social .jpg; none: added."
)
@click.option(
    "--orbit", default=ORBIT, show_default=True, metavar="AZIMUTH POLAR", help="Where the eye is, as model-viewer's camera-orbit."
)
@variant
@environment
@click.option(
    "--background",
    metavar="transparent|#rrggbb|FILE",
    help="What is behind the product. Default: transparent, white for social.",
)
@shadow
@engine
@click.option("--force", is_flag=True, help="Replace the picture if it exists.")
@json_output
def command(
    file: Path,
    preset: str,
    out: Path,
    orbit: str,
    variant: str | None,
    environment: str,
    background: str | None,
    shadow: float | None,
    engine: str,
    force: bool,
    as_json: bool,
) -> int:
    """Draw a product as a picture of the right size, format and weight for a device.

    \b
    phone    512 x 512, WebP, at most 40 kB
    desktop  1024 x 1024, WebP, at most 120 kB
    social   1200 x 630, JPEG, at most 300 kB: the picture of a shared link (og:image)

    \b
    Examples:
      arviz thumbnail sofa.glb --for phone -o sofa.webp
      arviz thumbnail sofa.glb --for social -o share.jpg --background "#f2f0ec"
    """
    made = thumbnail(
        file,
        preset=preset,
        out=out,
        orbit=orbit,
        variant=variant,
        environment=environment,
        background=background,
        shadow=shadow,
        engine=engine,
        force=force,
    )
    say_findings(made.findings)
    if as_json:
        say_json({"schema": "arviz.thumbnail/1", **made.to_json()})
    else:
        size = f"{made.width_px} x {made.height_px}, {file_size(made.bytes)}, quality {made.quality}"
        say(f"{printable(file.name)}  ->  {printable(str(made.file))} ({size})")
    return 0 if made.ok else 1
