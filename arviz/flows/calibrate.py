"""Journey: photos of a printed board become a camera that says how well it is known, and later photos check it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.camera import Camera
from arviz.core.camera_file import camera_from_json, camera_to_json, parse_camera_json
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import decode
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding
from arviz.flows.calibrate_photos import Photo, other_counts, read_photo
from arviz.formats.files import Files
from arviz.vision.calibration.boards import Board, parse_board
from arviz.vision.calibration.detect import detect, sharpness
from arviz.vision.calibration.drift import DRIFT_RATIO, drift
from arviz.vision.calibration.exif import Exif, read_exif
from arviz.vision.calibration.print import board_pdf
from arviz.vision.calibration.solve import FEWEST_VIEWS
from arviz.vision.calibration.solve_model import Fit, fit
from arviz.vision.calibration.uncertainty import WEAK_SHARE, halves_difference_px, pixel_grid, projection_sigma
from arviz.vision.calibration.views import FEWEST_CORNERS, Dropped, View, select, turned

CHECK_SCHEMA = "arviz.calibrate.check/1"
_SHARED_ERROR = 2.0
"""From this widening of the sigmas on the views disagree by more than their corners' noise can explain."""
_REACH = 0.85
"""Corners should reach this share of the way from the middle of the picture to its corners."""
_WISHED_VIEWS = 10

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Calibration:
    """What `calibrate` returns.

    Parameters
    ----------
    camera : Camera
        With its `sigma_f_px`; source "calibrated".
    report : dict
        JSON-ready: the content of ``camera.json`` below "calibration" (docs/guide/calibrate.md).
    fit : Fit
        Views and residuals, for the page.
    board : Board
    """

    camera: Camera
    report: dict[str, Any]
    fit: Fit
    board: Board

    def __repr__(self) -> str:
        return f"Calibration({self.camera.width_px}x{self.camera.height_px}, rms {self.report['rms_px']:.3f} px)"

    def to_json(self) -> dict[str, Any]:
        """Return the content of ``camera.json``, schema ``arviz.camera/1``."""
        return {**camera_to_json(self.camera), "calibration": self.report}


def calibrate(
    photos: Iterable[Photo],
    *,
    board: str | Board,
    model: str | None = None,
    date: str | None = None,
    progress: Progress = lambda step: None,
    limits: Limits = DEFAULT_LIMITS,
) -> Calibration:
    """Solve a camera from photos of a printed board.

    Parameters
    ----------
    photos : iterable of path or bytes
        Pictures of one camera with one focus and zoom, about twelve.
    board : str or Board
        Such as ``"chessboard:9x6:25mm"`` or ``"charuco:7x10:26mm"``.
    model : str, optional
        ``pinhole4``, ``pinhole5``, ``rational`` or ``thin-prism``; by default the one that predicts unseen views best.
    date : str, optional
        When this was done; by default the date of the newest photo, if it has one.
    progress : callable
        Told in words what is done next.

    Raises
    ------
    InputError
        ``E_BOARD_NOT_FOUND``: no photo shows the board; ``E_CALIBRATION_VIEWS``: too few usable photos;
        ``E_CALIBRATION_DEGENERATE``: the photos leave the camera open.
    """
    board = parse_board(board) if isinstance(board, str) else board
    views, dropped, tags = seen_boards(photos, board, progress=progress, limits=limits)
    usable, unusable = select(views)
    if len(usable) < FEWEST_VIEWS:
        raise _too_few(len(usable), dropped + unusable)
    fitted = fit(usable, model=model, progress=progress)
    dropped = dropped + unusable + list(fitted.dropped)
    progress("uncertainty")
    camera = replace(fitted.solution.camera, sigma_f_px=fitted.known.sigma_f_px)
    report = _report(fitted, camera, board, dropped, tags, date)
    return Calibration(camera=camera, report=report, fit=fitted, board=board)


def printable_board(board: str | Board, *, paper: str = "a4") -> bytes:
    """Return a PDF page of a board in its true size; raises as `arviz.vision.calibration.print.board_pdf`."""
    return board_pdf(parse_board(board) if isinstance(board, str) else board, paper=paper)


def seen_boards(
    photos: Iterable[Photo], board: Board, *, progress: Progress = lambda step: None, limits: Limits = DEFAULT_LIMITS
) -> tuple[list[View], list[Dropped], list[Exif]]:
    """Return a view for each photo that shows the board, the others with a reason, and the tags of the used ones.

    Raises
    ------
    InputError
        ``E_BOARD_NOT_FOUND``: no photo shows the board; ``E_FILE_MISSING`` or ``E_IMAGE_BROKEN``: one cannot be read.
    """
    photos, ids_points = list(photos), board.object_points()
    views, dropped, tags = [], [], []
    for number, photo in enumerate(photos, start=1):
        data, name = read_photo(photo, number, limits)
        progress(f"photo {number} of {len(photos)}: {name}")
        exif = read_exif(data)
        view = view_of(data, name, board, ids_points, exif, limits=limits)
        if view is None:
            dropped.append(Dropped(name=name, reason="no_board", detail="the board is not seen, or not whole"))
        else:
            views.append(view)
            tags.append(exif)
    if not views:
        raise InputError(
            "E_BOARD_NOT_FOUND",
            "no picture shows the board",
            expected=board.text,
            found=f"{len(photos)} picture{'' if len(photos) == 1 else 's'} without it",
            hint=other_counts(photos, board, limits)
            or "Check the counts: a chessboard is named by its inner corners, a ChArUco board by its squares, an AprilGrid by its tags. "
            "A chessboard must be seen whole, with its white margin.",
        )
    return views, dropped, tags


def _too_few(usable: int, dropped: Sequence[Dropped]) -> InputError:
    counts = Counter(gone.reason for gone in dropped)
    left_out = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in counts.items())
    return InputError(
        "E_CALIBRATION_VIEWS",
        "too few pictures of the board are usable",
        expected=f"at least {FEWEST_VIEWS}, better 12",
        found=f"{usable}{f'; left out: {left_out}' if left_out else ''}",
        hint="Take more sharp pictures of the whole board, tilted to all sides, near and far, out to the corners of the picture.",
    )


def view_of(
    data: bytes, name: str, board: Board, ids_points: tuple[Array, Array], exif: Exif, *, limits: Limits = DEFAULT_LIMITS
) -> View | None:
    """Return the board's corners in an encoded picture, turned upright; None where it is not seen."""
    image = decode(data, where=name, limits=limits, oriented=True)
    corners = detect(image, board)
    if corners is None:
        return None
    ids, points_m = ids_points
    return View(
        name=name,
        ids=corners.ids,
        points_px=corners.points_px,
        board_m=points_m[np.searchsorted(ids, corners.ids)],
        width_px=image.width_px,
        height_px=image.height_px,
        orientation=exif.orientation,
        blur_px=sharpness(image, corners),
    )


def _report(fitted: Fit, camera: Camera, board: Board, dropped: list[Dropped], tags: Sequence[Exif], date: str | None) -> dict[str, Any]:
    solution, held, known = fitted.solution, fitted.held, fitted.known
    seen = np.concatenate([view.points_px for view in fitted.views])
    grid = pixel_grid(camera.width_px, camera.height_px)
    sigma = projection_sigma(camera, known, seen_px=seen, at_px=grid.reshape(-1, 2)).reshape(grid.shape[:2])
    exif = tags[0]
    taken = max((tag.taken for tag in tags if tag.taken), default=None)
    halves = halves_difference_px(fitted.views, solution, at_px=seen)
    report = {
        "board": board.text,
        "date": date or taken,
        "model": solution.model.name,
        "rms_px": solution.rms_px,
        "noise_px": known.noise_px,
        "hold_out": {
            "rms_px": held.rms_px,
            "median_px": float(np.median(held.view_rms_px)),
            "worst_px": float(held.view_rms_px.max()),
            "models_px": fitted.hold_out_px,
        },
        "sigma": known.sigmas,
        "sigma_widened": known.widening,
        "board_bend_m": {"height": known.bend_m, "sigma": known.bend_sigma_m},
        "halves_px": halves,
        "projection_sigma_px": {
            "median": _finite(np.median(sigma)),
            "worst": _finite(sigma.max()),
            "grid": [[_finite(value) for value in row] for row in sigma],
        },
        "views": {
            "kept": [_view_row(fitted, index) for index in range(len(fitted.views))],
            "dropped": [asdict(gone) for gone in dropped],
            "corners_dropped": fitted.corners_dropped,
        },
        "taken_with": {
            "make": exif.make,
            "model": exif.model,
            "lens": exif.lens,
            "focal_mm": exif.focal_mm,
            "focal35_mm": exif.focal35_mm,
            "zoom": exif.zoom,
            "orientation": fitted.views[0].orientation,
        },
    }
    return {**report, "findings": [finding.to_json() for finding in _findings(fitted, camera, seen, tags)]}


def _view_row(fitted: Fit, index: int) -> dict[str, Any]:
    import cv2

    view, solution = fitted.views[index], fitted.solution
    rotation, _ = cv2.Rodrigues(solution.rotations[index])
    middle = rotation @ view.board_m.mean(axis=0) + solution.translations_m[index]
    return {
        "name": view.name,
        "corners": len(view.ids),
        "rms_px": float(solution.view_rms_px[index]),
        "hold_out_px": float(fitted.held.view_rms_px[index]),
        "edge_px": _finite(view.blur_px),
        "distance_m": float(np.linalg.norm(middle)),
        "tilt_deg": float(np.degrees(np.arccos(min(abs(rotation[2, 2]), 1.0)))),
    }


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _findings(fitted: Fit, camera: Camera, seen: Array, tags: Sequence[Exif]) -> list[Finding]:
    out, known = [], fitted.known
    share = known.sigma_f_px / float(camera.k[[0, 1], [0, 1]].mean())
    if share > WEAK_SHARE:
        out.append(
            Finding(
                code="W_CALIBRATION_WEAK",
                severity="warning",
                message=f"low confidence: the focal length is known to {share:.1%} only",
                hint="Add pictures with the board tilted by 20 to 45 degrees to all sides.",
            )
        )
    if len(fitted.views) < _WISHED_VIEWS:
        out.append(
            Finding(
                code="W_CALIBRATION_FEW_VIEWS",
                severity="warning",
                message=f"{len(fitted.views)} pictures are used; with fewer than {_WISHED_VIEWS} the sigmas themselves are uncertain",
                hint="Add pictures.",
            )
        )
    middle = np.array([camera.width_px - 1, camera.height_px - 1]) / 2
    reach = float(np.linalg.norm(seen - middle, axis=1).max() / np.linalg.norm(middle))
    if reach < _REACH:
        out.append(
            Finding(
                code="W_CALIBRATION_COVERAGE",
                severity="warning",
                message=f"corners reach {reach:.0%} of the way to the picture's corners: beyond, the distortion is extrapolated",
                hint="Add pictures with the board in each corner of the picture.",
            )
        )
    if known.bend_m:
        out.append(
            Finding(
                code="W_CALIBRATION_BOARD_BENT",
                severity="warning",
                message=f"the board seems bent by {known.bend_m * 1000:.2f} +- {known.bend_sigma_m * 1000:.2f} mm; all sigmas allow for it",
                hint="Glue the print to something flat, such as glass, and take the pictures again.",
            )
        )
    if known.widening > _SHARED_ERROR:
        out.append(
            Finding(
                code="W_CALIBRATION_SHARED_ERROR",
                severity="warning",
                message=f"pictures disagree {known.widening:.1f} times more than their corners scatter: all sigmas are widened by that",
                hint="Glue the print to something flat, hold board and camera still, and keep focus and zoom fixed.",
            )
        )
    if len({(tag.make, tag.model, tag.lens, tag.focal_mm) for tag in tags}) > 1:
        out.append(
            Finding(
                code="W_CALIBRATION_MIXED",
                severity="warning",
                message="the pictures were taken with different cameras, lenses or zooms, as their tags say",
                hint="Calibrate each camera with its own pictures.",
            )
        )
    return out


def check_camera(
    camera: Mapping[str, Any] | str | PathLike[str],
    photos: Iterable[Photo],
    *,
    board: str | Board | None = None,
    progress: Progress = lambda step: None,
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Compare new photos of a board with a calibration; JSON-ready, ``ok`` is False where it does not hold any more.

    Parameters
    ----------
    camera : mapping or path
        ``camera.json`` or its content.
    photos : iterable of path or bytes
        One is enough.
    board : str or Board, optional
        By default the board of the calibration.

    Raises
    ------
    InputError
        As `seen_boards`; ``E_CAMERA_SIZE``: a photo of another size; ``E_CAMERA_UNCALIBRATED``: the camera holds no residual.
    """
    where = None if isinstance(camera, Mapping) else Path(fspath(camera))
    values = camera if isinstance(camera, Mapping) else _json(Path(fspath(camera)), limits)
    known = camera_from_json(values, where=where)
    told = values.get("calibration")
    stored, told_board = (told.get("rms_px"), told.get("board")) if isinstance(told, Mapping) else (None, None)
    if not isinstance(stored, int | float) or not stored > 0 or (board is None and not isinstance(told_board, str)):
        raise InputError(
            "E_CAMERA_UNCALIBRATED",
            "the camera does not say what its calibration left over",
            where=where,
            expected='"calibration" with "rms_px" and "board"',
            hint="Make it with `arviz calibrate run PHOTOS... --board BOARD`.",
        )
    board = board if isinstance(board, Board) else parse_board(board or str(told_board))
    orientation = (told.get("taken_with") or {}).get("orientation", 1) if isinstance(told, Mapping) else 1
    views, dropped, _ = seen_boards(photos, board, progress=progress, limits=limits)
    views = [turned(view, orientation) for view in views]
    usable = [view for view in views if len(view.ids) >= FEWEST_CORNERS]
    dropped += [Dropped(name=v.name, reason="few_corners", detail=f"{len(v.ids)} corners are seen") for v in views if v not in usable]
    found = drift(usable, known, stored_px=float(stored))
    rows = [{"name": view.name, "rms_px": value} for view, value in zip(usable, found.view_rms_px, strict=True)]
    return {
        "schema": CHECK_SCHEMA,
        "ok": found.holds,
        "rms_px": found.rms_px,
        "stored_px": found.stored_px,
        "ratio": found.ratio,
        "most_ratio": DRIFT_RATIO,
        "board": board.text,
        "views": {"kept": rows, "dropped": [asdict(gone) for gone in dropped]},
    }


def _json(path: Path, limits: Limits) -> dict[str, Any]:
    return parse_camera_json(Files(path, name=path.name, limits=limits).read_input(), where=path.name)
