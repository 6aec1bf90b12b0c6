"""``arviz view``: the designer's window."""

from __future__ import annotations

from pathlib import Path

import click

from arviz.cli.options import INPUT
from arviz.flows.scenery import Scenery
from arviz.viewer.app import run
from arviz.viewer.words import LANGUAGES


@click.command("view")
@click.argument("files", metavar="FILE...", type=INPUT, nargs=-1)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of menus and messages.")
@click.option("--photo", metavar="PHOTO", type=INPUT, help="The photo of a room to show the product in.")
@click.option("--room", metavar="room.json", type=INPUT, help="Its room, from `arviz room -o room.json`. Default: measured in the photo.")
@click.option(
    "--camera", metavar="CAM.json", type=INPUT, help="The photo's camera, from `arviz calibrate run`. Default: what its EXIF says."
)
@click.option("--scale", metavar="a4|card|marker=15cm|length=X,Y,X,Y,1.2m", help="What in the photo tells how long a metre is.")
def command(files: tuple[Path, ...], language: str, photo: Path | None, room: Path | None, camera: Path | None, scale: str | None) -> int:
    """Open products in a window: turn, measure, light and compare them, put them into the photo of a room.

    Needs the extra [desktop]. Nothing leaves this machine, and no file is changed.

    \b
    Examples:
      arviz view sofa.glb
      arviz view sofa.glb chair.usdz --language zh
      arviz view sofa.glb --room room.json --photo photo.jpg
      arviz view sofa.glb --photo photo.jpg --camera cam.json --scale a4
    """
    return run(files, language=language, scenery=_scenery(photo, room, camera, scale))


def _scenery(photo: Path | None, room: Path | None, camera: Path | None, scale: str | None) -> Scenery | None:
    if room is not None and (camera is not None or scale is not None):
        raise click.UsageError("--camera and --scale measure a room in --photo; --room is measured already.")
    if photo is None and room is None:
        if camera is not None or scale is not None:
            raise click.UsageError("--camera and --scale belong to --photo.")
        return None
    return Scenery(photo=photo, room=room, camera=camera, scale=scale)
