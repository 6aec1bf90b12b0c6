"""``arviz calibrate``: a camera from photos of a printed board."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import INPUT, json_output
from arviz.cli.terminal import printable, say, say_findings, say_json
from arviz.core.length import Length
from arviz.core.report import Finding

_BOARD_HELP = "The board: chessboard:9x6:25mm (inner corners), charuco:7x10:26mm (squares) or aprilgrid:6x6:24mm (tags)."
_OUT = click.Path(path_type=Path)
board = click.option("--board", required=True, metavar="BOARD", help=_BOARD_HELP)
force = click.option("--force", is_flag=True, help="Replace results that exist.")


@click.group("calibrate")
def command() -> None:
    """Calibrate a camera from photos of a printed board.

    \b
    Examples:
      arviz calibrate board -o board.pdf --board charuco:7x10:26mm
      arviz calibrate run photos/*.jpg --board charuco:7x10:26mm -o camera.json --report camera.html
      arviz calibrate check camera.json today.jpg
    """


@command.command("run", short_help="Solve the camera that took photos of a board.")
@click.argument("photos", metavar="PHOTOS...", nargs=-1, required=True, type=INPUT)
@board
@click.option("-o", "--out", required=True, metavar="CAMERA.json", type=_OUT, help="Where the camera goes.")
@click.option("--report", "page", metavar="PAGE.html", type=_OUT, help="Also write a page with coverage, residuals and uncertainty.")
@click.option(
    "--model",
    type=click.Choice(["auto", "pinhole4", "pinhole5", "rational", "thin-prism"]),
    default="auto",
    show_default=True,
    help="Lens model; auto: the one that predicts unseen pictures best.",
)
@force
@json_output
def run(photos: tuple[Path, ...], board: str, out: Path, page: Path | None, model: str, force: bool, as_json: bool) -> None:
    """Solve the camera that took PHOTOS of a board: lens, and how well it is known.

    About twelve sharp pictures with one focus and zoom: the board near and far, tilted to all sides by 20 to 45 degrees,
    and out in each corner of the picture.
    """
    from arviz.flows.calibrate import calibrate
    from arviz.flows.calibrate_report import calibration_page
    from arviz.flows.outputs import write_files

    _check_results({"camera": (out, (".json",)), "report": (page, (".html", ".htm"))}, force=force)
    with _progress() as step:
        result = calibrate(
            photos, board=board, model=None if model == "auto" else model, date=f"{datetime.now(UTC):%Y-%m-%d}", progress=step
        )
        content = result.to_json()
        files = {out: (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()}
        if page:
            step("page")
            files[page] = calibration_page(result)
    write_files(files)
    if as_json:
        say_json(content)
        return
    _print_dropped(content["calibration"]["views"]["dropped"])
    _print_camera(content)
    used, results = len(content["calibration"]["views"]["kept"]), ", ".join(str(path) for path in files)
    say(f"{click.style('ok', fg='green')} {used} of {len(photos)} pictures  ->  {printable(results)}")


def _print_camera(content: dict[str, Any]) -> None:
    told = content["calibration"]
    sigma, size = told["sigma"], f"{content['width_px']} x {content['height_px']} px"
    say_findings(_findings(told["findings"]))
    say(f"camera  {size}, {told['model']}, {len(told['views']['kept'])} pictures, {told['taken_with']['model'] or 'camera unnamed'}")
    for name in ("fx_px", "fy_px", "cx_px", "cy_px"):
        say(f"  {name[:2]}  {content[name]:9.2f} +- {sigma[name]:.2f} px")
    held, projected = told["hold_out"], told["projection_sigma_px"]
    say(f"  residual {told['rms_px']:.3f} px, of unseen pictures {held['median_px']:.3f} px (median)")
    worst = "unknown" if projected["worst"] is None else f"{projected['worst']:.2f} px"
    say(f"  projection known to {projected['median']:.2f} px (median), {worst} in the worst corner, one sigma")


def _print_dropped(dropped: list[dict[str, str]]) -> None:
    for row in dropped:
        say(f"{click.style('dropped', fg='yellow')} {printable(row['name'])}: {row['reason']}, {printable(row['detail'])}", err=True)


def _findings(rows: list[dict[str, Any]]) -> Iterator[Finding]:
    for row in rows:
        yield Finding(**row)


@command.command("board")
@board
@click.option("-o", "--out", required=True, metavar="BOARD.pdf", type=_OUT, help="Where the page goes.")
@click.option("--paper", default="a4", show_default=True, metavar="a4|a3|letter", help="Paper to print on.")
@force
def print_board(board: str, out: Path, paper: str, force: bool) -> None:
    """Write a board to print, with a bar of 100 mm to check the print."""
    from arviz.flows.calibrate import printable_board
    from arviz.flows.outputs import write_files

    _check_results({"board": (out, (".pdf",))}, force=force)
    write_files({out: printable_board(board, paper=paper)})
    say(f"{click.style('ok', fg='green')} print at 100 %, check that the bar is 100 mm long  ->  {printable(str(out))}")


@command.command("guide", short_help="Tell what to show next while a board is filmed.")
@click.argument("video", metavar="[VIDEO]", required=False, type=INPUT)
@click.option("--webcam", metavar="N", type=click.IntRange(0), help="Look at a webcam instead of a film.")
@board
@click.option("-o", "--out", metavar="FOLDER", type=_OUT, help="Keep the good frames here, for `arviz calibrate run`. Default: none.")
@force
@json_output
def guide_person(video: Path | None, webcam: int | None, board: str, out: Path | None, force: bool, as_json: bool) -> int:
    """Tell what to show next while a board is filmed, and keep the frames that help.

    Hold the board still for a moment in each place. Ends when everything was shown, at the end of the film, or with Ctrl-C.
    Exit code 1: something is still missing.
    """
    if (video is None) == (webcam is None):
        raise click.UsageError("give either a VIDEO or --webcam")
    from arviz.core.image import encode
    from arviz.flows.calibrate_guide import guide
    from arviz.flows.outputs import refuse_existing, write_files

    if out is not None:
        refuse_existing(sorted(out.glob("frame-*.png")) or [out / "frame-000000.png"], force=force)
    prompt = ""
    taken: list[dict[str, Any]] = []
    coverage = None
    for look in guide(webcam if webcam is not None else str(video), board=board):
        coverage = look.coverage
        if coverage.took:
            taken.append({"name": f"frame-{look.number:06d}.png", "time_s": look.time_s})
            if out is not None:
                write_files({out / taken[-1]["name"]: encode(look.image, "PNG")})
        if coverage.prompt != prompt and not as_json:
            prompt = coverage.prompt
            say(f"{coverage.progress:4.0%}  {prompt}")
    missing = [] if coverage is None else coverage.missing
    done = coverage is not None and coverage.done
    if as_json:
        say_json({"schema": "arviz.calibrate.guide/1", "ok": done, "frames": taken, "missing": missing})
    else:
        kept = f"{len(taken)} frames" + (f"  ->  {printable(str(out))}" if out else " would help; keep them with -o FOLDER")
        say(f"{click.style('ok', fg='green') if done else click.style('incomplete', fg='yellow')} {kept}")
        for words in missing:
            say(f"  still missing: {words}")
    return 0 if done else 1


@command.command("check", short_help="See from new photos whether a calibration still holds.")
@click.argument("camera", metavar="CAMERA.json", type=INPUT)
@click.argument("photos", metavar="PHOTOS...", nargs=-1, required=True, type=INPUT)
@click.option("--board", metavar="BOARD", help="Another board than that of the calibration.")
@json_output
def check(camera: Path, photos: tuple[Path, ...], board: str | None, as_json: bool) -> int:
    """Check with new PHOTOS of a board whether a calibration still holds.

    Exit code 1: the residual is more than twice what the calibration left over; calibrate again.
    """
    from arviz.flows.calibrate import check_camera

    with _progress() as step:
        result = check_camera(camera, photos, board=board, progress=step)
    if as_json:
        say_json(result)
    else:
        _print_dropped(result["views"]["dropped"])
        verdict = click.style("ok", fg="green") if result["ok"] else click.style("drifted", fg="red")
        ratio = f"{result['ratio']:.1f} times the calibration's {result['stored_px']:.3f} px, at most {result['most_ratio']:g}"
        say(f"{verdict} residual {result['rms_px']:.3f} px, {ratio}")
    return 0 if result["ok"] else 1


@command.command("stereo", short_help="Solve two cameras on one bar.")
@click.argument("left", metavar="LEFT", type=INPUT)
@click.argument("right", metavar="RIGHT", type=INPUT)
@board
@click.option("-o", "--out", required=True, metavar="RIG.json", type=_OUT, help="Where the stereo rig goes.")
@click.option("--left-camera", metavar="CAMERA.json", type=INPUT, help="The left lens, where it is known. Default: from the same photos.")
@click.option("--right-camera", metavar="CAMERA.json", type=INPUT, help="The right lens.")
@force
@json_output
def stereo(
    left: Path, right: Path, board: str, out: Path, left_camera: Path | None, right_camera: Path | None, force: bool, as_json: bool
) -> None:
    """Solve two cameras on one bar from the folders LEFT and RIGHT of photos that both took at the same moments.

    Sorted by name, the first picture of one folder belongs to the first of the other.
    """
    from arviz.flows.calibrate_stereo import calibrate_stereo
    from arviz.flows.outputs import write_files
    from arviz.vision.calibration.rig_file import rig_to_json

    _check_results({"rig": (out, (".json",))}, force=force)
    with _progress() as step:
        rig = calibrate_stereo(left, right, board=board, left_camera=left_camera, right_camera=right_camera, progress=step)
    content = rig_to_json(rig)
    write_files({out: (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()})
    if as_json:
        say_json(content)
        return
    baseline = Length(rig.baseline_m, rig.sigma_baseline_m)
    say(f"baseline {baseline}, residual {rig.rms_px:.3f} px, corners {rig.epipolar_px:.3f} px off their lines")
    say(f"{click.style('ok', fg='green')} {rig.pairs} pairs  ->  {printable(str(out))}")


def _check_results(results: Mapping[str, tuple[Path | None, Sequence[str]]], *, force: bool) -> None:
    """Refuse results that have another format than they are called, share a file or exist, before the work starts."""
    from arviz.flows.outputs import refuse_existing, refuse_other_formats, refuse_twice

    asked = {name: (path, suffixes) for name, (path, suffixes) in results.items() if path is not None}
    for path, suffixes in asked.values():
        refuse_other_formats(path, suffixes)
    refuse_twice({name: path for name, (path, _) in asked.items()})
    refuse_existing([path for path, _ in asked.values()], force=force)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show what is done on stderr, only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda step: status.update(printable(step).replace("[", "\\["))
