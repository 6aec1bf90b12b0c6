"""``arviz mirror``: a live window with a recipe on whoever stands before the camera."""

from __future__ import annotations

from pathlib import Path

import click

from arviz.cli.options import INPUT
from arviz.cli.terminal import printable, say
from arviz.flows.mirror import IDLE_S, Mirror
from arviz.viewer.mirror_window import show
from arviz.vision.landmarks.estimator import LANDMARK_ESTIMATORS


@click.command("mirror")
@click.option("--recipe", metavar="R.json", type=INPUT, required=True, help="What to try on; `arviz recipe new` writes one.")
@click.option("--webcam", metavar="N", type=click.IntRange(0), default=0, show_default=True, help="Number of the webcam.")
@click.option("--video", metavar="FILE", type=INPUT, help="A film instead of a webcam.")
@click.option("--snapshots", metavar="FOLDER", type=click.Path(path_type=Path), help="Where pictures go that are taken with s.")
@click.option("--kiosk", is_flag=True, help="Full screen; forgets everything when nobody has been there for a while.")
@click.option("--idle", metavar="SECONDS", type=click.FloatRange(min=1), default=IDLE_S, show_default=True, help="Of --kiosk.")
@click.option("--backend", type=click.Choice(list(LANDMARK_ESTIMATORS)), default="mediapipe", show_default=True, help="Who finds faces.")
def command(recipe: Path, webcam: int, video: Path | None, snapshots: Path | None, kiosk: bool, idle: float, backend: str) -> int:
    """Show a mirror with a recipe on; no picture leaves the memory but snapshots that you take.

    \b
    Examples:
      arviz mirror --recipe lipstick.json
      arviz mirror --recipe sunglasses.json --kiosk --idle 20
    """
    source = webcam if video is None else video
    with Mirror(recipe, source=source, backend=backend, idle_s=idle if kiosk else None) as mirror:
        count = show(mirror, full_screen=kiosk, snapshots=snapshots, snapped=lambda path: say(printable(str(path))))
    say(f"{count} picture{'' if count == 1 else 's'} shown")
    return 0
