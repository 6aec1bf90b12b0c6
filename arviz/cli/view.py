"""``arviz view``: the designer's window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arviz.cli.options import INPUT
from arviz.cli.terminal import say
from arviz.viewer.words import LANGUAGES

if TYPE_CHECKING:  # what the window needs is loaded once its arguments are right; numpy while the renderer is, in its process
    from arviz.flows.scenery import Scenery
    from arviz.viewer.app import TryOnAsked

SIMPLE = (
    "The plain window: drag to turn, wheel to go nearer, q to leave. Measures, light, variants and rooms are in the full one: "
    "pip install 'arviz3d[desktop]', then `arviz view` without --simple."
)


@click.command("view")
@click.argument("files", metavar="FILE...", type=INPUT, nargs=-1)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of menus and messages.")
@click.option("--photo", metavar="PHOTO", type=INPUT, help="The photo of a room to show the product in; with --recipe a portrait.")
@click.option("--room", metavar="room.json", type=INPUT, help="Its room, from `arviz room -o room.json`. Default: measured in the photo.")
@click.option(
    "--camera", metavar="CAM.json", type=INPUT, help="The photo's camera, from `arviz calibrate run`. Default: what its EXIF says."
)
@click.option("--depth", metavar="D.png", type=INPUT, help="The photo's depth: a room in metres, and sharper edges of what stands before.")
@click.option("--depth-scale", metavar="UNITS|sun", help="Depth units in a metre. Default: 1000.")
@click.option("--scale", metavar="a4|card|marker=15cm|length=X,Y,X,Y,1.2m", help="What in the photo tells how long a metre is.")
@click.option("--recipe", metavar="R.json", type=INPUT, help="Try it on: on the portrait --photo, or before the webcam.")
@click.option("--webcam", metavar="N", type=click.IntRange(0), help="Number of the webcam to try things on before; no picture is kept.")
@click.option("--simple", is_flag=True, help="A plain window with one product; needs no extra.")
def command(files: tuple[Path, ...], language: str, simple: bool, recipe: Path | None, webcam: int | None, **scenery: Any) -> int:
    """Open products in a window: turn, measure, light and compare them, put them into the photo of a room.

    Needs the extra [desktop], --simple does not. Nothing leaves this machine, and no file is changed.

    \b
    Examples:
      arviz view sofa.glb
      arviz view sofa.glb chair.usdz --language zh
      arviz view sofa.glb --room room.json --photo photo.jpg
      arviz view sofa.glb --photo photo.jpg --camera cam.json --scale a4
      arviz view sofa.glb --photo photo.png --camera cam.json --depth depth.png
      arviz view --recipe lipstick.json --photo portrait.jpg
      arviz view --recipe sunglasses.json --webcam 0
      arviz view --simple sofa.glb
    """
    try_on = None if recipe is None and webcam is None else _try_on(scenery, recipe, webcam)
    asked = _scenery(scenery) if try_on is None else None
    if not simple:
        from arviz.viewer.app import run

        return run(files, language=language, scenery=asked, try_on=try_on)
    if len(files) != 1 or asked is not None or try_on is not None:
        raise click.UsageError("--simple shows one product, no room and no try-on.")
    from arviz.viewer.simple import show  # with what draws, which the full window loads in a process of its own

    say(SIMPLE, err=True)
    show(files[0])
    return 0


def _try_on(others: dict[str, Any], recipe: Path | None, webcam: int | None) -> TryOnAsked:
    """Return who tries what on."""
    photo = others["photo"]
    if webcam is not None and photo is not None:
        raise click.UsageError("a try-on is on --photo or before --webcam, not both.")
    if any(value is not None for name, value in others.items() if name != "photo"):
        raise click.UsageError("--room, --camera, --scale and --depth belong to products in rooms, not to --recipe.")
    from arviz.viewer.app import TryOnAsked

    return TryOnAsked(photo if webcam is None else webcam, recipe)


def _scenery(given: dict[str, Any]) -> Scenery | None:
    """Return the room that is asked for, None for none."""
    asked = {name for name, value in given.items() if value is not None}
    if "room" in asked and asked & {"camera", "scale"}:
        raise click.UsageError("--camera and --scale measure a room in --photo; --room is measured already.")
    if "photo" not in asked and asked - {"room"}:
        raise click.UsageError("--camera, --scale and --depth belong to --photo.")
    if not asked:
        return None
    from arviz.flows.scenery import Scenery

    return Scenery(**given)
