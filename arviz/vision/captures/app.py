"""Plain JSON of an app's own, schema ``arviz.frame/1``: what ARKit and ARCore tell of a frame, as docs/concepts/captures.md says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from arviz.core.errors import ArvizError, FormatError
from arviz.core.frames import CV_FROM_GL, integer_intrinsics
from arviz.core.frozen import Array
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.regular_file import read_regular
from arviz.core.room import Room, Scale
from arviz.vision.captures.anchors import anchor_planes
from arviz.vision.captures.capture import Capture, CaptureFormat
from arviz.vision.captures.device_light import device_light
from arviz.vision.captures.folder import CaptureFolder, parse_capture_json
from arviz.vision.captures.phones import LIDAR_SCALE, NO_LIDAR_SCALE, POSE_SIGMA_POSITION_M, POSE_SIGMA_ROTATION_RAD
from arviz.vision.captures.pictures import measured, photo
from arviz.vision.captures.shots import Seen, Shot, choose, frames_of, sampled, usable
from arviz.vision.captures.tables import finite_list

SCHEMA = "arviz.frame/1"
_AXES = {"opengl": CV_FROM_GL, "opencv": np.eye(4)}
_MOST_FRAMES = 20_000


def _recognises(path: Path) -> bool:
    if not path.is_file() or path.suffix.lower() != ".json":
        return False
    try:
        values = parse_capture_json(read_regular(path, where=path.name, limits=DEFAULT_LIMITS), where=path.name)
    except ArvizError:
        return False
    return str(values.get("schema", "")).startswith("arviz.frame/")


def read_app_json(path: Path, *, max_frames: int, limits: Limits) -> Capture:
    """Read a file of the schema ``arviz.frame/1`` and the pictures beside it."""
    folder = CaptureFolder(path.parent, limits=limits)
    values = parse_capture_json(read_regular(path, where=path.name, limits=limits), where=path.name, limits=limits)
    if values.get("schema") != SCHEMA:
        _refuse("another version of the file", path.name, f'"schema": "{SCHEMA}"', values.get("schema"))
    entries = values.get("frames", [values])
    if not isinstance(entries, list) or not entries or len(entries) > _MOST_FRAMES or not all(isinstance(e, dict) for e in entries):
        _refuse("frames is not usable", path.name, f"a list of 1 to {_MOST_FRAMES:,} objects", type(entries).__name__)
    tracked = any(entry.get("world_from_camera") is not None for entry in entries)
    # Of several frames that know only where down is, nothing tells where each was taken.
    levelled = not tracked and len(entries) == 1
    recorded = [_shot(entry, i, f"{path.name}, frame {i}", levelled=levelled) for i, entry in enumerate(entries)]
    posed = any(shot.pose is not None for shot in recorded)
    shots, findings = usable(recorded, where=path.name, posed=posed)
    taken = choose(shots, max_frames=max_frames)

    def load(shot: Shot) -> Seen | None:
        entry = entries[shot.index]
        data = folder.read(shot.name)
        if data is None:
            return None
        image = photo(data, where=shot.name, size_px=shot.size_px, limits=limits)
        most, scale = _number(entry, "confidence_most", path.name, 2.0), entry.get("depth_scale")
        if not 1 <= most <= 65535:
            _refuse("confidence_most is not usable", path.name, "the largest value in the confidence picture, 1 to 65535", most)
        if scale is not None and (isinstance(scale, bool) or not isinstance(scale, int | float | str)):
            _refuse("depth_scale is not usable", path.name, "values per metre, or sun", scale)
        depth, confidence = measured(folder, _file(entry, "depth"), _file(entry, "confidence"), scale=scale, most=int(most))
        return Seen(image=image, depth_m=depth, confidence=confidence)

    frames, names, missing = frames_of(taken, load, where=path.name)
    eyes = np.array([frame.world_from_camera[:3, 3] for frame in frames if frame.world_from_camera is not None])
    lidar = any(frame.depth_m is not None for frame in frames)
    scale = _scale(values, path.name, lidar=lidar)
    light = device_light(values.get("light"), where=path.name)
    planes, told = anchor_planes(values.get("planes"), eyes_m=eyes, where=path.name)
    findings = [*findings, *told, *sampled(shots, taken), *missing]
    capture = Capture(
        format="app",
        frames=tuple(frames),
        names=tuple(names),
        scale=scale if tracked or lidar else None,
        lighting=light,
        sigma_rotation_rad=_number(values, "sigma_rotation_rad", path.name, POSE_SIGMA_ROTATION_RAD),
        sigma_position_m=_number(values, "sigma_position_m", path.name, POSE_SIGMA_POSITION_M),
        findings=tuple(findings),
    )
    if not planes:
        return capture
    return replace(capture, room=Room(planes=planes, lighting=light, scale=capture.scale, views=capture.views, findings=tuple(told)))


def _shot(entry: Mapping[str, Any], index: int, where: str, *, levelled: bool) -> Shot:
    image = _file(entry, "image")
    if image is None:
        _refuse("no picture is named", where, '"image": a file name', entry.get("image"))
    width, height = (_number(entry, key, where, np.nan) for key in ("width_px", "height_px"))
    if not (1 <= width <= 65536 and 1 <= height <= 65536):
        _refuse("the picture's size is missing", where, "width_px and height_px that k belongs to", f"{width} x {height}")
    return Shot(
        name=image,
        index=index,
        time_s=_number(entry, "time_s", where, float(index)),
        k=_k(entry, where),
        size_px=(int(width), int(height)),
        pose=_pose(entry, where, levelled=levelled),
    )


def _k(entry: Mapping[str, Any], where: str) -> Array:
    k = matrix(entry.get("k"), 3)
    if k is None or k[0, 0] <= 0 or k[1, 1] <= 0 or not np.array_equal(k[2], (0, 0, 1)):
        _refuse("k is not usable", where, "three rows of three numbers, or nine column after column", entry.get("k"))
    origin = entry.get("pixel_origin", "corner")
    if origin not in ("corner", "centre"):
        _refuse("pixel_origin is not known", where, "corner or centre", origin)
    return integer_intrinsics(k) if origin == "corner" else k


def _pose(entry: Mapping[str, Any], where: str, *, levelled: bool) -> Array | None:
    axes = entry.get("camera_axes", "opengl")
    if axes not in _AXES:
        _refuse("camera_axes is not known", where, ", ".join(_AXES), axes)
    if entry.get("world_from_camera") is not None:
        pose = matrix(entry["world_from_camera"], 4)
        # A pose that is none, such as one of NaN, is left out later, with the others of its kind.
        return np.full((4, 4), np.nan) if pose is None else pose @ _AXES[axes]
    if entry.get("gravity") is None:
        return None
    down = finite_list(entry["gravity"], 3)
    if down is None or np.linalg.norm(down) < 1e-6:
        _refuse("gravity is not usable", where, "three numbers: where things fall, in the camera's axes", entry["gravity"])
    return _level(_AXES[axes][:3, :3] @ down) if levelled else None


def _level(down: Array) -> Array:
    """Return world_from_camera of a camera at the origin that knows only where down is: it looks about along -Z."""
    up = -down / np.linalg.norm(down)
    # Looking straight up or down, the picture's top points to -Z, as in `arviz.core.frames.look_at`.
    ahead = np.array([0.0, 0.0, 1.0]) if abs(up[2]) < 0.999 else np.array([0.0, -1.0, 0.0])
    back = -(ahead - (ahead @ up) * up)
    back = back / np.linalg.norm(back)
    out = np.eye(4)
    out[:3, :3] = np.stack([np.cross(up, back), up, back])
    return out


def matrix(values: Any, side: int) -> Array | None:
    """Return a square matrix: nested lists are rows, a flat list is column after column, as simd and OpenGL write it."""
    numbers = finite_list(values, side * side)
    if numbers is None:
        return None
    square = numbers.reshape(side, side)
    return square if isinstance(values[0], list) else square.T


def _scale(values: Mapping[str, Any], where: str, *, lidar: bool) -> Scale:
    if "scale_sigma" not in values:
        return LIDAR_SCALE if lidar else NO_LIDAR_SCALE
    sigma = _number(values, "scale_sigma", where, 0.0)
    if not 0 <= sigma <= 1:
        _refuse("scale_sigma is not usable", where, "a number between 0 and 1", sigma)
    return Scale(sigma=sigma, source="stated by the app")


def _number(values: Mapping[str, Any], key: str, where: str, default: float) -> float:
    if key not in values:
        return default
    number = finite_list([values[key]], 1)
    if number is None:
        _refuse(f"{key} is no number", where, "a finite number", values[key])
    return float(number[0])


def _file(entry: Mapping[str, Any], key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) and value else None


def _refuse(what: str, where: object, expected: str, found: object) -> NoReturn:
    hint = "docs/concepts/captures.md has the keys and an example."
    raise FormatError("E_CAPTURE_JSON", what, where=where, expected=expected, found=repr(found)[:80], hint=hint)


APP = CaptureFormat(
    title=f'an app\'s own JSON ("schema": "{SCHEMA}")',
    gives=frozenset({"photos", "poses", "depth", "room", "light"}),
    recognises=_recognises,
    read=read_app_json,
)
