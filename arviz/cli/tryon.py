"""``arviz tryon``: a recipe on the people in a photo or a film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from arviz.cli.options import INPUT, json_output
from arviz.cli.progress import progress_bar
from arviz.cli.terminal import printable, say, say_findings, say_json
from arviz.flows.try_on import try_on
from arviz.vision.landmarks.estimator import LANDMARK_ESTIMATORS


@click.command("tryon")
@click.argument("picture", type=INPUT, metavar="PHOTO|VIDEO")
@click.option("--recipe", metavar="R.json", type=INPUT, required=True, help="What to try on; `arviz recipe new` writes one.")
@click.option("-o", "--out", metavar="OUT.png|OUT.mp4", type=click.Path(path_type=Path), help="The picture with it on.")
@click.option(
    "--shades", metavar="LIST.json", type=INPUT, help="Shades of the recipe's last make-up: OUT is a sheet with one picture of each."
)
@click.option("--camera", metavar="CAM.json", type=INPUT, help="From `arviz calibrate run`. Default: what the photo's EXIF says.")
@click.option("--pd", metavar="LENGTH", help="Pupillary distance where it is known, 63mm: the surest scale.")
@click.option("--card", is_flag=True, help="A bank card is held beside the face, as scale.")
@click.option("--backend", type=click.Choice(list(LANDMARK_ESTIMATORS)), default="mediapipe", show_default=True, help="Who finds faces.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@json_output
def command(picture: Path, recipe: Path, shades: Path | None, as_json: bool, **options: Any) -> int:
    """Try glasses and make-up on the people in a photo or a film; pictures stay on this machine.

    \b
    Examples:
      arviz tryon me.jpg --recipe lipstick.json -o with.png
      arviz tryon film.mp4 --recipe sunglasses.json -o with.mp4 --json
    """
    if shades is not None:
        return _sheet(picture, recipe, shades, as_json, options)
    with progress_bar() as progress:
        tried = try_on(picture, recipe, progress=progress, **options)
    say_findings(tried.findings)
    if as_json:
        say_json(tried.to_json())
        return 0
    for number, face in enumerate(tried.faces, 1):
        if len(tried.faces) > 1:
            x, y = face.landmarks.points_px.mean(axis=0)
            say(f"  face {number} of {len(tried.faces)}, about {x:.0f} px from the left and {y:.0f} from the top:")
        say_findings(face.findings)
        for line in face.words():
            say(f"  {printable(line)}")
    written = "" if tried.file is None else f"{printable(str(tried.file))}: "
    pictures = f" in {tried.pictures} pictures" if tried.pictures > 1 else ""
    count = f"{len(tried.faces)} face{'' if len(tried.faces) == 1 else 's'}"
    say(f"{printable(picture.name)}  ->  {written}{printable(tried.recipe.title or tried.recipe.id)} on {count}{pictures}")
    return 0


def _sheet(picture: Path, recipe: Path, listed: Path, as_json: bool, options: dict[str, Any]) -> int:
    from arviz.flows.shades import shades

    if options.pop("pd") is not None or options.pop("card"):
        raise click.UsageError("--shades goes without --pd and --card")
    drawn = shades(picture, recipe, listed, **options)
    if as_json:
        say_json(drawn.to_json())
        return 0
    written = "" if drawn.file is None else f"{printable(str(drawn.file))}: "
    say(f"{printable(picture.name)}  ->  {written}{len(drawn.recipes)} shades")
    return 0
