"""Stray Scanner: ``rgb.mp4``, ``depth/`` and ``confidence/`` PNG, ``odometry.csv``, ``camera_matrix.csv``.

Format: docs.strayrobots.io/apps/scanner/format.html and the app's published source. Depth is millimetres, confidence 0 to 2.
The quaternions of ``odometry.csv`` turn OpenCV's camera axes into ARKit's world already: the app multiplies ARKit's by a half
turn about x before it writes them. The picture and the depth are as the sensor stood, on its long side.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.limits import Limits
from arviz.vision.captures.capture import Capture, CaptureFormat
from arviz.vision.captures.folder import CaptureFolder
from arviz.vision.captures.phones import apple_k, phone_capture
from arviz.vision.captures.pictures import measured
from arviz.vision.captures.shots import Seen, Shot, choose, usable
from arviz.vision.captures.tables import pose_of_quaternion, table
from arviz.vision.captures.video import video_frames

VIDEO, ODOMETRY, MATRIX = "rgb.mp4", "odometry.csv", "camera_matrix.csv"
_COLUMNS = ("timestamp", "frame", "x", "y", "z", "qx", "qy", "qz", "qw")


def _recognises(path: Path) -> bool:
    return path.is_dir() and CaptureFolder(path).has(ODOMETRY, MATRIX)


def read_stray(path: Path, *, max_frames: int, limits: Limits) -> Capture:
    """Read a folder of Stray Scanner."""
    folder = CaptureFolder(path, limits=limits)
    k = _camera_matrix(folder)
    shots, findings = usable(_shots(folder, k), where=path.name)
    taken = choose(shots, max_frames=max_frames)
    video = folder.path(VIDEO)
    if video is None:
        folder.demand(VIDEO)
    assert video is not None
    pictures = video_frames(video, (shot.index for shot in taken), where=folder.where(VIDEO), limits=limits)
    depths, confidences = folder.stems("depth", (".png", ".npy")), folder.stems("confidence", (".png",))

    def load(shot: Shot) -> Seen | None:
        image: Image | None = pictures.get(shot.index)
        if image is None:
            return None
        depth, confidence = measured(folder, depths.get(shot.name), confidences.get(shot.name), most=2)
        return Seen(image=image, depth_m=depth, confidence=confidence)

    return phone_capture("stray", load, shots=shots, taken=taken, findings=findings, where=path.name)


def _camera_matrix(folder: CaptureFolder) -> Array:
    _, rows = table(folder.demand(MATRIX), where=folder.where(MATRIX), limits=folder.limits)
    if rows.shape != (3, 3) or not np.isfinite(rows).all() or rows[0, 0] <= 0 or rows[1, 1] <= 0:
        raise FormatError(
            "E_CAPTURE_CAMERA",
            "the camera matrix is not usable",
            where=folder.where(MATRIX),
            expected="three rows of three numbers, focal lengths above 0",
            found=str(rows.shape),
            hint="Export the capture again.",
        )
    return apple_k(rows)


def _shots(folder: CaptureFolder, k: Array) -> list[Shot]:
    where = folder.where(ODOMETRY)
    header, rows = table(folder.demand(ODOMETRY), where=where, limits=folder.limits)
    names = header or (_COLUMNS if rows.shape[1] >= len(_COLUMNS) else _COLUMNS[2:])  # the first versions wrote no header and no time
    column = {name: rows[:, i] for i, name in enumerate(names[: rows.shape[1]])}
    missing = [name for name in _COLUMNS[2:] if name not in column]
    if missing:
        raise FormatError("E_CAPTURE_TABLE", "columns are missing", where=where, expected=", ".join(_COLUMNS), found=", ".join(names)[:120])
    count = np.arange(len(rows), dtype=np.float64)
    numbers = column.get("frame", count)
    times = column.get("timestamp", count / 60)  # ARKit's rate
    places = np.stack([column[name] for name in ("x", "y", "z")], axis=1)
    quaternions = np.stack([column[name] for name in ("qx", "qy", "qz", "qw")], axis=1)
    return [
        Shot(
            name=f"{int(number):06d}",
            index=int(number),
            time_s=float(time),
            k=k,
            size_px=None,
            pose=pose_of_quaternion(quaternion, place),
        )
        for number, time, place, quaternion in zip(numbers, times, places, quaternions, strict=True)
        if np.isfinite(number) and 0 <= number < 1e9
    ]


STRAY = CaptureFormat(
    title="a Stray Scanner folder (rgb.mp4, odometry.csv, camera_matrix.csv, depth/)",
    gives=frozenset({"photos", "poses", "depth"}),
    recognises=_recognises,
    read=read_stray,
)
