"""``arviz render``: a product as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from arviz.cli.options import INPUT, json_output
from arviz.cli.terminal import printable, say, say_json
from arviz.flows.render import BACKGROUND, ENVIRONMENT, ORBIT, SIZE_PX, draw


@click.command("render")
@click.argument("file", type=INPUT)
@click.option("-o", "--out", required=True, metavar="OUT.png", type=click.Path(path_type=Path), help="Picture: .png, .webp or .jpg.")
@click.option("--width", type=int, default=SIZE_PX, show_default=True, help="Pixels.")
@click.option("--height", type=int, default=SIZE_PX, show_default=True, help="Pixels.")
@click.option(
    "--orbit", default=ORBIT, show_default=True, metavar="AZIMUTH POLAR", help="Where the eye is, as model-viewer's camera-orbit."
)
@click.option("--variant", metavar="NAME", help="Material variant.")
@click.option(
    "--environment", default=ENVIRONMENT, show_default=True, metavar="NAME|FILE.hdr", help="Light: studio, room or a Radiance file."
)
@click.option("--background", default=BACKGROUND, show_default=True, metavar="transparent|#rrggbb|FILE", help="What is behind the product.")
@click.option("--force", is_flag=True, help="Replace the picture if it exists.")
@json_output
def command(
    file: Path,
    out: Path,
    width: int,
    height: int,
    orbit: str,
    variant: str | None,
    environment: str,
    background: str,
    force: bool,
    as_json: bool,
) -> int:
    """Draw a product as a picture, framed and lit as on a shop page.

    \b
    Examples:
      arviz render sofa.glb -o sofa.png --orbit "30deg 75deg"
      arviz render sofa.glb -o navy.webp --variant Navy --background "#ffffff"
    """
    image, findings = draw(
        file,
        out=out,
        width=width,
        height=height,
        orbit=orbit,
        variant=variant,
        environment=environment,
        background=background,
        force=force,
    )
    for finding in findings:
        if finding.severity != "info":
            where = f" ({finding.where})" if finding.where else ""
            say(f"{finding.severity}: {printable(finding.message + where)} [{finding.code}]", err=True)
    if as_json:
        say_json(
            {
                "schema": "arviz.render/1",
                "file": str(out),
                "width_px": image.width_px,
                "height_px": image.height_px,
                "findings": [finding.to_json() for finding in findings],
            }
        )
    else:
        say(f"{printable(file.name)}  ->  {printable(str(out))} ({image.width_px} x {image.height_px})")
    return 0
