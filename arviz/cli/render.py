"""``arviz render``: a product as a picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, cast, get_args

import click

from arviz.cli.options import INPUT, engine, environment, json_output, shadow, variant
from arviz.cli.terminal import printable, say, say_findings, say_json
from arviz.flows.render import BACKGROUND, ORBIT, SIZE_PX, draw
from arviz.render.renderer import SAMPLES, Antialias, ToneMap

_OUT = click.Path(path_type=Path)


@click.command("render")
@click.argument("file", type=INPUT)
@click.option("-o", "--out", metavar="OUT.png", type=_OUT, help="Picture: .png, .webp or .jpg.")
@click.option("--depth", metavar="OUT.png|.npy", type=_OUT, help="Depth: 16-bit millimetres with 0 for nothing, or metres in .npy.")
@click.option("--normals", metavar="OUT.png|.npy", type=_OUT, help="Normals: +X right, +Y up, +Z to the viewer.")
@click.option("--ids", metavar="OUT.png|.npy", type=_OUT, help="Number of the part that each pixel shows; --json names the parts.")
@click.option("--width", type=int, default=SIZE_PX, show_default=True, help="Pixels.")
@click.option("--height", type=int, default=SIZE_PX, show_default=True, help="Pixels.")
@click.option(
    "--orbit", default=ORBIT, show_default=True, metavar="AZIMUTH POLAR", help="Where the eye is, as model-viewer's camera-orbit."
)
@variant
@click.option("--animation", metavar="NAME|NUMBER", help="Show the product as this animation has it at --time.")
@click.option("--time", "time_s", type=float, default=0.0, show_default=True, metavar="S", help="Seconds into the animation.")
@environment
@click.option("--rotate-environment", type=float, default=0.0, metavar="DEG", help="Turn of the light, counter-clockwise from above.")
@click.option("--exposure", type=float, default=1.0, show_default=True, metavar="FACTOR", help="Brightness before the tone map.")
@click.option(
    "--tone-map", type=click.Choice(get_args(ToneMap)), default="neutral", show_default=True, help="neutral: Khronos PBR Neutral."
)
@click.option("--background", default=BACKGROUND, show_default=True, metavar="transparent|#rrggbb|FILE", help="What is behind the product.")
@shadow
@click.option(
    "--ambient-occlusion", type=float, default=0.0, show_default=True, metavar="0-1", help="How strong near surfaces shade each other."
)
@click.option(
    "--samples", type=click.Choice([str(n) for n in SAMPLES]), default="4", show_default=True, help="Per pixel; 16 for the finest edges."
)
@click.option(
    "--antialias",
    type=click.Choice(get_args(Antialias)),
    default="supersample",
    show_default=True,
    help="multisample smooths edges only: cheaper on a GPU.",
)
@engine
@click.option("--device", type=int, metavar="N", help="EGL device of gl, as arviz doctor lists them. Default: the first.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@json_output
def command(
    file: Path,
    animation: str | None,
    rotate_environment: float,
    tone_map: str,
    samples: str,
    antialias: str,
    as_json: bool,
    **options: Any,
) -> int:
    """Draw a product as a picture, framed and lit as on a shop page.

    \b
    Examples:
      arviz render sofa.glb -o sofa.png --orbit "30deg 75deg"
      arviz render sofa.glb -o navy.webp --variant Navy --background "#ffffff"
      arviz render sofa.glb -o sofa.png --depth depth.png --ids parts.png --json
    """
    if not any(options[name] for name in ("out", "depth", "normals", "ids")):
        raise click.UsageError("nothing to write: give -o, --depth, --normals or --ids")
    if options["time_s"] and animation is None:
        raise click.UsageError("--time needs --animation")
    drawing = draw(
        file,
        animation=animation,
        antialias=cast(Antialias, antialias),
        rotate_environment_rad=math.radians(rotate_environment),
        tone_map=cast(ToneMap, tone_map),
        samples=int(samples),
        **options,
    )
    image = drawing.image
    say_findings(drawing.findings)
    if as_json:
        files = {name: str(path) for name, path in drawing.files.items()}
        say_json(
            {
                "schema": "arviz.render/1",
                "file": files.get("picture"),
                "files": files,
                "width_px": image.width_px,
                "height_px": image.height_px,
                **({"parts": [{"id": i, "part": part} for i, part in enumerate(drawing.parts, 1)]} if drawing.parts else {}),
                "findings": [finding.to_json() for finding in drawing.findings],
            }
        )
    else:
        written = ", ".join(str(path) for path in drawing.files.values())
        say(f"{printable(file.name)}  ->  {printable(written)} ({image.width_px} x {image.height_px})")
    return int(any(finding.severity == "error" for finding in drawing.findings))
