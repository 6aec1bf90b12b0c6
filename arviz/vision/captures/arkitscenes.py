"""ARKitScenes and captures laid out like it: ``lowres_wide.traj``, ``lowres_wide/``, ``lowres_depth/``, ``confidence/``.

Format: DATA.md and the data loader of github.com/apple/ARKitScenes. A line of the ``.traj`` file is the time, the axis times
the angle, and the translation of camera_from_world with OpenCV's camera axes; the world has +Z up. A ``.pincam`` file is width,
height, fx, fy, cx, cy. Depth is millimetres, confidence 0 to 2. Names end in the time: ``41069021_305.377.png``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frames import rotation_to_arviz
from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.core.transforms import quaternion_matrix
from arviz.vision.captures.capture import Capture, CaptureFormat
from arviz.vision.captures.folder import CaptureFolder
from arviz.vision.captures.phones import apple_k, phone_capture
from arviz.vision.captures.pictures import measured, photo
from arviz.vision.captures.shots import Seen, Shot, choose, usable
from arviz.vision.captures.tables import table

TRAJECTORY = "lowres_wide.traj"
_PICTURES = ("vga_wide", "lowres_wide")
"""The larger first."""
_SAME_MOMENT_S = 0.005
"""As in the data loader."""
_SAME_CAMERA_S = 0.1
"""Intrinsics follow the focus, slowly."""
_WORLD_FROM_Z_UP = np.eye(4)
_WORLD_FROM_Z_UP[:3, :3] = rotation_to_arviz(up="+Z", front="-Y")


class _Timed:
    """Files of a sub-folder by the time in their names."""

    def __init__(self, folder: CaptureFolder, name: str, suffixes: tuple[str, ...]) -> None:
        files = [(time, file) for stem, file in folder.stems(name, suffixes).items() if (time := _time(stem)) is not None]
        files.sort()
        self.times = np.array([time for time, _ in files])
        self.files = [file for _, file in files]

    def near(self, time_s: float, within_s: float) -> str | None:
        """Return the file of that moment, None if there is none."""
        if not self.files:
            return None
        after = int(np.searchsorted(self.times, time_s))
        at = min((i for i in (after - 1, after) if 0 <= i < len(self.files)), key=lambda i: abs(self.times[i] - time_s))
        return self.files[at] if abs(self.times[at] - time_s) <= within_s else None


def _time(stem: str) -> float | None:
    try:
        value = float(stem.rpartition("_")[2])
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _recognises(path: Path) -> bool:
    return path.is_dir() and CaptureFolder(path).has(TRAJECTORY)


def read_arkitscenes(path: Path, *, max_frames: int, limits: Limits) -> Capture:
    """Read a folder laid out as ARKitScenes."""
    folder = CaptureFolder(path, limits=limits)
    kind = next((name for name in _PICTURES if folder.has_folder(name)), _PICTURES[-1])
    pictures = _Timed(folder, kind, (".png", ".jpg"))
    cameras = _Timed(folder, f"{kind}_intrinsics", (".pincam",))
    depths, confidences = _Timed(folder, "lowres_depth", (".png",)), _Timed(folder, "confidence", (".png",))
    _, rows = table(folder.demand(TRAJECTORY), where=folder.where(TRAJECTORY), limits=limits, separator=None)
    if rows.shape[1] != 7:
        where, found = folder.where(TRAJECTORY), f"{rows.shape[1]} numbers"
        raise FormatError("E_CAPTURE_TABLE", "not a trajectory", where=where, expected="lines of 7 numbers", found=found)
    seen = [(i, row, file) for i, row in enumerate(rows) if (file := pictures.near(row[0], _SAME_MOMENT_S)) is not None]
    if not seen:
        raise FormatError(
            "E_CAPTURE_EMPTY", "no picture was taken where the trajectory passes", where=folder.where(kind), hint="Unpack all its archives."
        )
    read: dict[str, tuple[tuple[int, int], Array]] = {}
    shots = [_shot(folder, cameras.near(row[0], _SAME_CAMERA_S), read, i, row, file) for i, row, file in seen]
    shots, findings = usable(shots, where=path.name)
    taken = choose(shots, max_frames=max_frames)

    def load(shot: Shot) -> Seen:
        image = photo(folder.demand(shot.name), where=folder.where(shot.name), limits=limits)
        files = (found.near(shot.time_s, _SAME_MOMENT_S) for found in (depths, confidences))
        depth, confidence = measured(folder, *files, most=2)
        return Seen(image=image, depth_m=depth, confidence=confidence)

    return phone_capture("arkitscenes", load, shots=shots, taken=taken, findings=findings, where=path.name)


def _shot(
    folder: CaptureFolder, camera: str | None, read: dict[str, tuple[tuple[int, int], Array]], index: int, row: Array, file: str
) -> Shot:
    if camera is None:
        where, expected = folder.where(file), f"a .pincam file within {_SAME_CAMERA_S} s"
        raise FormatError(
            "E_CAPTURE_CAMERA", "no camera belongs to a picture", where=where, expected=expected, hint="Unpack all its archives."
        )
    if camera not in read:
        read[camera] = _pincam(folder, camera)
    size, k = read[camera]
    return Shot(name=file, index=index, time_s=float(row[0]), k=k, size_px=size, pose=_pose(row))


def _pincam(folder: CaptureFolder, name: str) -> tuple[tuple[int, int], Array]:
    _, rows = table(folder.demand(name), where=folder.where(name), limits=folder.limits, separator=None)
    if rows.shape[1] != 6 or not np.isfinite(rows[0]).all() or not (1 <= rows[0, :2].min() <= rows[0, :2].max() <= 65536):
        where, expected = folder.where(name), "width height fx fy cx cy"
        raise FormatError("E_CAPTURE_CAMERA", "not a camera", where=where, expected=expected, found=f"{rows.shape[1]} numbers")
    width, height, fx, fy, cx, cy = rows[0]
    return (int(width), int(height)), apple_k(np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]))


def _pose(row: Array) -> Array | None:
    if not np.isfinite(row).all() or np.abs(row[4:]).max() > 1e6:
        return None
    angle = float(np.linalg.norm(row[1:4]))
    axis = row[1:4] / max(angle, 1e-12)
    camera_from_world = np.eye(4)
    camera_from_world[:3, :3] = quaternion_matrix([*(axis * np.sin(angle / 2)).tolist(), float(np.cos(angle / 2))])
    camera_from_world[:3, 3] = row[4:]
    out: Array = _WORLD_FROM_Z_UP @ np.linalg.inv(camera_from_world)
    return out


ARKITSCENES = CaptureFormat(
    title="a folder as in ARKitScenes (lowres_wide.traj, lowres_wide/, lowres_depth/, lowres_wide_intrinsics/)",
    gives=frozenset({"photos", "poses", "depth"}),
    recognises=_recognises,
    read=read_arkitscenes,
)
