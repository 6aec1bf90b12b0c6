"""``arviz room``: frames of a room become its measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import click

from arviz.cli.options import INPUT, json_output
from arviz.cli.progress import progress_bar
from arviz.cli.terminal import printable, say, say_findings, say_json
from arviz.core.length import Length
from arviz.flows.frames import MAX_FRAMES
from arviz.flows.room import DEPTH_KIND, MeasuredRoom, room
from arviz.vision.depth.provider import DepthKind

_OUT = click.Path(path_type=Path)
_LARGEST = 1e6
"""No picture has more columns; of gravity only the direction counts."""


class _Numbers(click.ParamType[list[float]]):
    """Numbers with commas between: a fixed count, or pairs where `count` is 2 and `many` is set."""

    def __init__(self, name: str, *, count: int, many: bool = False) -> None:
        self.name = name
        self.count = count
        self.many = many

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            numbers = [float(part) for part in str(value).split(",")]
        except ValueError:
            numbers = []
        fits = len(numbers) % self.count == 0 and numbers if self.many else len(numbers) == self.count
        if not fits or not all(abs(number) <= _LARGEST for number in numbers):
            self.fail(f"{value!r} is not {self.name}", param, ctx)
        return numbers


@click.command("room")
@click.argument("frames", type=INPUT, nargs=-1, required=True, metavar="FRAME...")
@click.option("-o", "--out", metavar="room.json", type=_OUT, help="The room, for `arviz place --room` and for programs.")
@click.option("--depth", metavar="D.png", type=INPUT, multiple=True, help="Depth of a frame, .png, .tiff or .npy; once per FRAME.")
@click.option("--depth-scale", metavar="UNITS|sun", help="Depth units in a metre: 1000 for millimetres, 5000 for TUM. Default: 1000.")
@click.option("--camera", metavar="CAM.json", type=INPUT, help="From `arviz calibrate run`. Default: what the photo's EXIF says.")
@click.option("--right", metavar="RIGHT.jpg", type=INPUT, help="What the right camera of a stereo pair took with the only FRAME.")
@click.option("--rig", metavar="RIG.json", type=INPUT, help="The stereo pair, from `arviz calibrate stereo`.")
@click.option("--gravity", metavar="X,Y,Z", type=_Numbers("X,Y,Z", count=3), help="Down in the camera's axes: right, down, ahead.")
@click.option(
    "--scale",
    metavar="a4|card|marker=15cm|board=BOARD|length=X,Y,X,Y,1.2m",
    help="What tells how long a metre is: lying on the floor, or a known length between two pixels.",
)
@click.option(
    "--floor-points", metavar="X,Y,X,Y,...", type=_Numbers("X,Y,X,Y,...", count=2, many=True), help="Corners of the floor, in pixels."
)
@click.option("--depth-model", metavar="MODEL.onnx", type=INPUT, help="A depth network of yours, for one photo with --scale.")
@click.option("--depth-kind", type=click.Choice(get_args(DepthKind)), default=DEPTH_KIND, show_default=True, help="What its numbers are.")
@click.option(
    "--measure",
    metavar="X,Y,X,Y",
    type=_Numbers("X,Y,X,Y", count=4),
    multiple=True,
    help="Print the length between two pixels; repeatable.",
)
@click.option("--draw", metavar="OUT.png", type=_OUT, help="The first frame with everything that was found drawn over it.")
@click.option(
    "--mesh", metavar="room.glb|usdz", type=_OUT, help="The room as a 3D model, with its pictures and where each part is known from."
)
@click.option("--max-frames", type=click.IntRange(1), default=MAX_FRAMES, show_default=True, help="Of a capture.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@json_output
def command(
    frames: tuple[Path, ...],
    gravity: list[float] | None,
    floor_points: list[float] | None,
    measure: tuple[list[float], ...],
    as_json: bool,
    **options: Any,
) -> int:
    """Measure a room from photos, depth frames, or a capture of a phone; every length with its uncertainty.

    \b
    Examples:
      arviz room photo.jpg --scale a4 -o room.json --draw found.png
      arviz room rgb.png --depth depth.png --camera cam.json -o room.json --mesh room.glb
      arviz room a.jpg b.jpg --depth a.png --depth b.png --camera cam.json -o room.json
      arviz room stray-scan/ -o room.json --measure 410,600,900,610
    """
    with progress_bar() as progress:
        measured = room(
            frames,
            gravity=gravity,
            floor_points=None if floor_points is None else _pairs(floor_points),
            measure=[_pairs(pair) for pair in measure],
            progress=progress,
            **options,
        )
    say_findings(measured.room.findings)
    if as_json:
        say_json(measured.to_json())
        return 0
    for line in _lines(measured, measure):
        say(line)
    written = ", ".join(str(path) for path in measured.files.values())
    told = f"{len(frames)} files" if len(frames) > 1 else frames[0].name
    found = f"{_counted(len(measured.room.planes), 'plane')}, {_counted(len(measured.room.openings), 'opening')}"
    say(f"{printable(told)}  ->  {printable(written) + ': ' if written else ''}{found}")
    return 0


def _pairs(numbers: Sequence[float]) -> list[list[float]]:
    return [list(numbers[i : i + 2]) for i in range(0, len(numbers), 2)]


def _lines(measured: MeasuredRoom, asked: Sequence[Sequence[float]]) -> Iterator[str]:
    """Yield what was measured, as people read it."""
    known = measured.room
    if known.views:
        camera = known.views[0].camera
        sigma = "" if camera.sigma_f_px is None else f" +- {100 * camera.sigma_f_px / camera.k[0, 0]:.2g}%"
        yield f"camera   {camera.source}, focal length {camera.k[0, 0]:.0f} px{sigma}"
    if known.scale is None:
        yield "scale    unknown: lengths are not metres"
    else:
        yield f"scale    {printable(known.scale.source)}, all lengths +- {known.scale.sigma:.1%}"
    for index, plane in enumerate(known.planes):
        size = "" if known.scale is None else f"{plane.area_m2:6.2f} m2 {plane.extent:<8}  place {_millimetres(plane.sigma_offset_m)}  "
        yield f"{index:<2} {plane.kind:<8} {size}confidence {plane.confidence:.0%}  ({printable(plane.source)})"
    for name, length in measured.dimensions.items():
        yield f"{name}: {length}"
    for ends, length_or_none in zip(asked, measured.lengths, strict=True):
        yield f"length {','.join(f'{number:g}' for number in ends)}: {_length(length_or_none, metric=known.scale is not None)}"
    if known.lighting is not None:
        light = known.lighting
        yield f"light    {light.source}, confidence {light.confidence:.0%}"


def _millimetres(sigma_m: float) -> str:
    return f"+- {sigma_m * 1000:.1f} mm" if sigma_m >= 1e-4 else "+- <0.1 mm"


def _length(length: Length | None, *, metric: bool) -> str:
    if length is None:
        return "unknown, " + ("the pixels show no plane that is known" if metric else "the room has no scale")
    return f"{length}  ({printable(length.source)})"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
