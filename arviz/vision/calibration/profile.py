"""Cameras that were calibrated before, found again by what a photo says of itself.

A profile is a camera file of `arviz calibrate run` as it is: its key "calibration" names make, model, focal length and
picture size. ``calibration/cameras`` holds those that ship; a folder of one's own works alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import hypot
from pathlib import Path
from typing import Any

from arviz.core.camera import Camera
from arviz.core.camera_file import camera_from_json, parse_camera_json
from arviz.core.errors import ArvizError
from arviz.core.regular_file import read_regular
from arviz.core.resources import resource
from arviz.vision.calibration.exif import Exif, camera_from_exif, read_exif

_UNIT_SHARE = 0.005
"""Two cameras of one model, and one camera focused elsewhere: half a percent of focal length, stated, not measured."""
_SAME_FOCAL = 0.01
_SAME_SHAPE = 0.002


def find_profile(exif: Exif, *, width_px: int, height_px: int, folder: Path) -> Camera | None:
    """Return the camera of a folder that took a photo with these tags, scaled to its size; None where none is known.

    Parameters
    ----------
    exif : Exif
        Tags of the photo; without make and model nothing is found.
    width_px, height_px : int
        Size of the photo turned upright.
    folder : Path
        Camera files; others are passed over.

    Returns
    -------
    Camera or None
        Source "profile", its sigma widened for another unit of the same model.
    """
    if exif.make is None or exif.model is None:
        return None
    for path in sorted(folder.glob("*.json")):
        told = _calibration(path)
        if told is not None and _same(told[1], exif):
            camera = told[0]
            if abs(camera.width_px / camera.height_px / (width_px / height_px) - 1) < _SAME_SHAPE:
                resized = camera.resized(width_px=width_px, height_px=height_px)
                focal = float(resized.k[0, 0])
                return replace(resized, source="profile", sigma_f_px=hypot(resized.sigma_f_px or 0.0, _UNIT_SHARE * focal))
    return None


def camera_of_photo(data: bytes, *, folder: Path | None = None) -> Camera | None:
    """Return the camera of an encoded photo turned upright: from a profile, else from its focal length, else None.

    `folder` holds the profiles, by default those that ship.
    """
    tagged = camera_from_exif(data)
    exif = read_exif(data)
    if tagged is None:
        return None
    folder = resource("calibration", "cameras") if folder is None else folder
    return find_profile(exif, width_px=tagged.width_px, height_px=tagged.height_px, folder=folder) or tagged


def _calibration(path: Path) -> tuple[Camera, Mapping[str, Any]] | None:
    try:
        values = parse_camera_json(read_regular(path, where=path.name), where=path.name)
        camera = camera_from_json(values, where=path.name)
    except ArvizError:
        return None
    told = values.get("calibration")
    taken = told.get("taken_with") if isinstance(told, Mapping) else None
    return (camera, taken) if isinstance(taken, Mapping) else None


def _same(taken: Mapping[str, Any], exif: Exif) -> bool:
    """Tell whether a profile was taken with the lens, the zoom and the turn that a photo names."""
    if (taken.get("make"), taken.get("model"), taken.get("orientation", 1)) != (exif.make, exif.model, exif.orientation):
        return False
    if exif.lens is not None and taken.get("lens") not in (None, exif.lens):
        return False
    pairs = [(taken.get(name), getattr(exif, name)) for name in ("focal_mm", "focal35_mm")]
    known = [(a, b) for a, b in pairs if isinstance(a, int | float) and b is not None]
    # Without a focal length a phone's wide and tele lenses look alike.
    if not known or any(abs(a / b - 1) > _SAME_FOCAL for a, b in known):
        return False
    zooms = [value if isinstance(value, int | float) else 1.0 for value in (taken.get("zoom"), exif.zoom)]
    return abs(zooms[0] / zooms[1] - 1) < _SAME_FOCAL
