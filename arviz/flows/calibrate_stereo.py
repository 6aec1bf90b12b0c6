"""Journey: two folders of photos of a board, taken together, become a stereo rig."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path

from arviz.core.camera import Camera
from arviz.core.camera_file import read_camera
from arviz.core.errors import InputError
from arviz.core.image import Image, decode
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.flows.calibrate import calibrate
from arviz.formats.files import Files
from arviz.vision.calibration.boards import Board, parse_board
from arviz.vision.calibration.detect import detect
from arviz.vision.calibration.stereo import StereoRig
from arviz.vision.calibration.stereo import calibrate_stereo as solve

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")
Folder = str | PathLike[str]


def calibrate_stereo(
    left: Folder,
    right: Folder,
    *,
    board: str | Board,
    left_camera: Camera | Folder | None = None,
    right_camera: Camera | Folder | None = None,
    progress: Callable[[str], None] = lambda step: None,
    limits: Limits = DEFAULT_LIMITS,
) -> StereoRig:
    """Solve two cameras on one bar from photos of a board that both took at the same moments.

    Parameters
    ----------
    left, right : path
        Folders with as many pictures each; sorted by name, the first belongs to the first.
    board : str or Board
        Such as ``"charuco:7x10:26mm"``.
    left_camera, right_camera : Camera or path, optional
        Where the lenses are known, as `arviz calibrate run` writes them; by default they are calibrated from the same photos.
    progress : callable
        Told in words what is done next.

    Raises
    ------
    InputError
        ``E_STEREO_PHOTOS``: the folders do not pair; and as `arviz.flows.calibrate.calibrate` and
        `arviz.vision.calibration.stereo.calibrate_stereo` raise.
    """
    board = parse_board(board) if isinstance(board, str) else board
    sides = [_pictures(Path(fspath(folder))) for folder in (left, right)]
    if not sides[0] or len(sides[0]) != len(sides[1]):
        raise InputError(
            "E_STEREO_PHOTOS",
            "the two folders do not pair",
            expected="as many pictures in each, which sort into the same order",
            found=f"{len(sides[0])} in {Path(fspath(left)).name}, {len(sides[1])} in {Path(fspath(right)).name}",
        )
    cameras = []
    for name, known, paths in (("left", left_camera, sides[0]), ("right", right_camera, sides[1])):
        progress(f"{name} camera")
        cameras.append(_camera(known, limits) or calibrate(paths, board=board, progress=progress, limits=limits).camera)
    pairs = []
    for one, other in zip(*sides, strict=True):
        progress(f"pair {one.name}")
        seen = detect(_image(one, limits), board), detect(_image(other, limits), board)
        if seen[0] is not None and seen[1] is not None:
            pairs.append((seen[0], seen[1]))
    progress("rig")
    return solve(pairs, board, left=cameras[0], right=cameras[1])


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(
            "E_STEREO_PHOTOS", "not a folder of pictures", where=folder.name, expected="a folder per camera", found=str(folder)
        )
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def _camera(known: Camera | Folder | None, limits: Limits) -> Camera | None:
    if known is None or isinstance(known, Camera):
        return known
    path = Path(fspath(known))
    return read_camera(Files(path, name=path.name, limits=limits).read_input(), where=path.name)


def _image(path: Path, limits: Limits) -> Image:
    return decode(Files(path, name=path.name, limits=limits).read_input(), where=path.name, limits=limits, oriented=True)
