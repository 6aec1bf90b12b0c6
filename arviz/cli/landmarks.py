"""``arviz landmarks``: the points of faces, bodies and hands in a photo or a film."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import click

from arviz.cli.options import INPUT, json_output
from arviz.cli.progress import progress_bar
from arviz.cli.terminal import printable, say, say_findings, say_json
from arviz.flows.landmarks import FoundLandmarks, Wanted, landmarks
from arviz.vision.landmarks.estimator import LANDMARK_ESTIMATORS

_NAMES = {"face": "face", "pose": "body", "hand": "hand"}


@click.command("landmarks")
@click.argument("source", type=INPUT, metavar="PHOTO|VIDEO")
@click.option("--kind", type=click.Choice(get_args(Wanted)), multiple=True, default=("face",), show_default=True, help="Repeatable.")
@click.option("--draw", metavar="OUT.png|OUT.mp4", type=click.Path(path_type=Path), help="The picture with everything drawn over it.")
@click.option("--backend", type=click.Choice(list(LANDMARK_ESTIMATORS)), default="mediapipe", show_default=True, help="Who looks.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@json_output
def command(source: Path, kind: tuple[Wanted, ...], draw: Path | None, backend: str, force: bool, as_json: bool) -> int:
    """Find the points of people; pictures stay on this machine.

    \b
    Examples:
      arviz landmarks photo.jpg --draw seen.png
      arviz landmarks film.mp4 --kind face --kind hands --json > points.json
    """
    with progress_bar() as progress:
        found = landmarks(source, kind=kind, draw=draw, backend=backend, force=force, progress=progress)
    say_findings(found.findings)
    if as_json:
        say_json(found.to_json())
        return 0
    written = "" if found.file is None else f"{printable(str(found.file))}: "
    say(f"{printable(source.name)}  ->  {written}{_told(found)}")
    return 0


def _told(found: FoundLandmarks) -> str:
    counts: Counter[str] = Counter()
    for seen in found.seen:
        here = Counter(_NAMES[one.kind] for one in seen.landmarks)
        counts |= here
    said = [f"{count} {name if count == 1 else {'body': 'bodies'}.get(name, name + 's')}" for name, count in counts.items()]
    people = [seen.person_share for seen in found.seen if seen.person_share is not None]
    if people:
        said.append(f"people on {sum(people) / len(people):.0%} of the picture")
    films = f"{len(found.seen)} pictures, at most " if len(found.seen) > 1 else ""
    return films + (", ".join(said) or "nobody")
