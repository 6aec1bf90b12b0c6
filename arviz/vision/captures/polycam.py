"""Polycam's raw data: ``keyframes/`` with ``images``, ``depth``, ``confidence`` and ``cameras``, corrected where it was optimised.

Format: the README of github.com/PolyCam/polyform. Names are microseconds; ``t_ij`` is row i, column j of world_from_camera with
ARKit's camera axes in a world with +Y up; depth is millimetres; confidence 0, 127, 255; a smaller ``blur_score`` is more blur.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frames import CV_FROM_GL
from arviz.core.limits import Limits
from arviz.core.report import Finding
from arviz.vision.captures.capture import Capture, CaptureFormat
from arviz.vision.captures.folder import CaptureFolder, parse_capture_json
from arviz.vision.captures.phones import apple_k, phone_capture
from arviz.vision.captures.pictures import measured, photo
from arviz.vision.captures.shots import Seen, Shot, choose, usable

_PICTURES = (".jpg", ".jpeg", ".png")


def _recognises(path: Path) -> bool:
    folder = CaptureFolder(path)
    return path.is_dir() and any(folder.has_folder(f"keyframes/{name}") for name in ("cameras", "corrected_cameras"))


def read_polycam(path: Path, *, max_frames: int, limits: Limits) -> Capture:
    """Read a folder of Polycam's raw data."""
    folder = CaptureFolder(path, limits=limits)
    corrected = folder.has_folder("keyframes/corrected_cameras") and folder.has_folder("keyframes/corrected_images")
    prefix = "keyframes/corrected_" if corrected else "keyframes/"
    cameras, images = folder.stems(f"{prefix}cameras", (".json",)), folder.stems(f"{prefix}images", _PICTURES)
    depths, confidences = folder.stems("keyframes/depth", (".png",)), folder.stems("keyframes/confidence", (".png",))
    shots, findings = usable([_shot(folder, name, file, i) for i, (name, file) in enumerate(cameras.items())], where=path.name)
    if not corrected:
        text = "the poses are those of the phone while it moved: Polycam did not optimise them"
        findings.append(Finding(code="W_CAPTURE_POSES_RAW", severity="warning", message=text, hint="Process it in the app first."))
    with_picture = [shot for shot in shots if shot.name in images]
    taken = choose(with_picture or shots, max_frames=max_frames)

    def load(shot: Shot) -> Seen | None:
        data = folder.read(images[shot.name]) if shot.name in images else None
        if data is None:
            return None
        image = photo(data, where=folder.where(images[shot.name]), size_px=shot.size_px, limits=limits)
        depth, confidence = measured(folder, depths.get(shot.name), confidences.get(shot.name), most=255)
        return Seen(image=image, depth_m=depth, confidence=confidence)

    return phone_capture("polycam", load, shots=shots, taken=taken, findings=findings, where=path.name)


def _shot(folder: CaptureFolder, name: str, file: str, index: int) -> Shot:
    where = folder.where(file)
    values = parse_capture_json(folder.demand(file), where=where, limits=folder.limits)
    pose = np.eye(4)
    pose[:3] = [[_number(values, f"t_{row}{column}") for column in range(4)] for row in range(3)]
    width, height = _number(values, "width"), _number(values, "height")
    if not (1 <= width <= 65536 and 1 <= height <= 65536):
        raise FormatError(
            "E_CAPTURE_CAMERA", "the picture's size is missing", where=where, expected="width and height", found=f"{width} x {height}"
        )
    fx, fy, cx, cy = (_number(values, key) for key in ("fx", "fy", "cx", "cy"))
    sharpness = _number(values, "blur_score")
    return Shot(
        name=name,
        index=index,
        time_s=_time_s(name, index),
        k=apple_k(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])),
        size_px=(int(width), int(height)),
        pose=pose @ CV_FROM_GL if np.isfinite(pose).all() else None,
        sharpness=sharpness if np.isfinite(sharpness) else None,
    )


def _number(values: Mapping[str, Any], name: str) -> float:
    value = values.get(name)
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan
    except OverflowError:
        return np.nan


def _time_s(name: str, index: int) -> float:
    return int(name) / 1e6 if name.isascii() and name.isdigit() and len(name) < 20 else float(index)


POLYCAM = CaptureFormat(
    title="Polycam's raw data (keyframes/images, keyframes/cameras, keyframes/depth)",
    gives=frozenset({"photos", "poses", "depth"}),
    recognises=_recognises,
    read=read_polycam,
)
