"""Write what scanning apps export, from frames whose truth is known: for the tests of importers, and for those of others.

Each writer takes frames in arviz's own types and writes them as the app's documents say, so that what an importer reads back
can be compared with what was written.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.frames import CV_FROM_GL, half_pixel_intrinsics
from arviz.core.frozen import Array
from arviz.core.image import Image, encode
from arviz.core.room import View
from arviz.core.transforms import matrix_quaternion
from arviz.testing.rooms import SyntheticRoom, TruthPlane

PHONE_PX, PHONE_DEPTH_PX = (480, 360), (256, 192)
"""Pictures a quarter as wide as a phone's, depth as a phone's."""


def phone_camera(width_px: int = PHONE_PX[0], height_px: int = PHONE_PX[1]) -> Camera:
    """Return a camera like a phone's: 62 degrees wide, the principal point a little off the middle."""
    f = 0.83 * width_px
    k = np.array([[f, 0, 0.497 * width_px], [0, f, 0.506 * height_px], [0, 0, 1]])
    return Camera(k=k, width_px=width_px, height_px=height_px)


def record(room: SyntheticRoom, *, depth_px: tuple[int, int] | None = PHONE_DEPTH_PX) -> list[Frame]:
    """Return a frame for each view of a room: planes in plain colours, exact depth of the sensor's size, full confidence."""
    return [_frame(room, view, i, depth_px) for i, view in enumerate(room.views)]


def _frame(room: SyntheticRoom, view: View, index: int, depth_px: tuple[int, int] | None) -> Frame:
    colours = np.random.default_rng(room.seed).integers(40, 216, (len(room.planes) + 1, 3)).astype(np.uint8)
    depth = None
    if depth_px is not None:
        small = view.camera.resized(width_px=depth_px[0], height_px=depth_px[1])
        depth = room.depth(replace(view, camera=small))
    return Frame(
        image=Image(pixels=colours[room.labels(view)]),
        camera=view.camera,
        time_s=100.0 + index / 2,
        world_from_camera=view.world_from_camera,
        depth_m=depth,
        confidence=None if depth is None else np.ones(depth.shape, np.float32),
    )


def write_stray(folder: Path, frames: Sequence[Frame]) -> Path:
    """Write a Stray Scanner folder; all frames have the first one's camera."""
    folder.mkdir(parents=True, exist_ok=True)
    write_video(folder / "rgb.mp4", [frame.image for frame in frames])
    k = half_pixel_intrinsics(frames[0].camera)
    (folder / "camera_matrix.csv").write_text("\n".join(", ".join(f"{v:.9g}" for v in row) for row in k))
    lines = ["timestamp, frame, x, y, z, qx, qy, qz, qw"]
    for i, frame in enumerate(frames):
        pose = _pose(frame)
        numbers = [*pose[:3, 3], *matrix_quaternion(pose[:3, :3])]
        lines.append(f"{frame.time_s}, {i:06d}, " + ", ".join(f"{v:.9g}" for v in numbers))
        _write_depth(folder, f"{i:06d}.png", frame, depth="depth", confidence="confidence", most=2)
    (folder / "odometry.csv").write_text("\n".join(lines) + "\n")
    (folder / "imu.csv").write_text("timestamp, a_x, a_y, a_z, alpha_x, alpha_y, alpha_z\n")
    return folder


def write_polycam(folder: Path, frames: Sequence[Frame], *, corrected: bool = True) -> Path:
    """Write Polycam's raw data, named by microseconds."""
    keyframes, prefix = folder / "keyframes", "corrected_" if corrected else ""
    for name in (f"{prefix}images", f"{prefix}cameras"):
        (keyframes / name).mkdir(parents=True, exist_ok=True)
    for frame in frames:
        name = str(round(frame.time_s * 1e6))
        pose, k = _pose(frame) @ CV_FROM_GL, half_pixel_intrinsics(frame.camera)
        values = {f"t_{row}{column}": pose[row, column] for row in range(3) for column in range(4)}
        values |= {"fx": k[0, 0], "fy": k[1, 1], "cx": k[0, 2], "cy": k[1, 2], "blur_score": 100.0}
        values |= {"width": frame.camera.width_px, "height": frame.camera.height_px}
        (keyframes / f"{prefix}cameras" / f"{name}.json").write_text(json.dumps(values))
        (keyframes / f"{prefix}images" / f"{name}.jpg").write_bytes(encode(frame.image, "JPEG", quality=95))
        _write_depth(keyframes, f"{name}.png", frame, depth="depth", confidence="confidence", most=255)
    (folder / "mesh_info.json").write_text("{}")
    return folder


def write_arkitscenes(folder: Path, frames: Sequence[Frame]) -> Path:
    """Write a folder as in ARKitScenes: its world has +Z up, its poses are camera_from_world as axis times angle."""
    z_up_from_y_up = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])
    lines = []
    for name in ("lowres_wide", "lowres_wide_intrinsics"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for frame in frames:
        name = f"40753679_{frame.time_s:.3f}"
        camera_from_world = np.linalg.inv(z_up_from_y_up @ _pose(frame))
        *axis, w = matrix_quaternion(camera_from_world[:3, :3])
        length = float(np.linalg.norm(axis))
        turn = np.array(axis) / max(length, 1e-12) * 2 * np.arctan2(length, w)
        lines.append(" ".join(f"{v:.9f}" for v in (frame.time_s + 0.0004, *turn, *camera_from_world[:3, 3])))
        k, camera = half_pixel_intrinsics(frame.camera), frame.camera
        values = (camera.width_px, camera.height_px, k[0, 0], k[1, 1], k[0, 2], k[1, 2])
        (folder / "lowres_wide_intrinsics" / f"{name}.pincam").write_text(" ".join(f"{v:.9g}" for v in values))
        (folder / "lowres_wide" / f"{name}.png").write_bytes(encode(frame.image, "PNG"))
        _write_depth(folder, f"{name}.png", frame, depth="lowres_depth", confidence="confidence", most=2)
    (folder / "lowres_wide.traj").write_text("\n".join(lines) + "\n")
    return folder


def write_multiscan(folder: Path, frames: Sequence[Frame], *, android: bool = False) -> Path:
    """Write a folder of MultiScan's app; its depth is rounded to 16-bit floats, on Android to millimetres."""
    folder.mkdir(parents=True, exist_ok=True)
    name = "scene_00000_00"
    write_video(folder / f"{name}.mp4", [frame.image for frame in frames])
    lines = [
        json.dumps(
            {
                "timestamp": round(frame.time_s * 1e9) if android else frame.time_s,
                "intrinsics": half_pixel_intrinsics(frame.camera).T.ravel().tolist(),
                "transform": _columns(_pose(frame) @ CV_FROM_GL),
                "euler_angles": [0, 0, 0],
                "quaternion": [1, 0, 0, 0],
                "exposure_duration": 10,
            }
        )
        for frame in frames
    ]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    depths = [np.where(np.isfinite(frame.depth_m), frame.depth_m, 0) for frame in frames if frame.depth_m is not None]
    levels = [frame.confidence for frame in frames if frame.confidence is not None]
    streams: list[dict[str, object]] = [{"type": "color_camera", "number_of_frames": len(frames), "encoding": "h264"}]
    if depths:
        encoding = "uint16_zlib" if android else "float16_zlib"
        streams.append({"type": "lidar_sensor", "resolution": list(depths[0].shape), "encoding": encoding})
        data = np.round(np.stack(depths) * 1000).astype("<u2") if android else np.stack(depths).astype("<f2")
        (folder / f"{name}.depth.zlib").write_bytes(_deflated(data))
    if levels:
        streams.append({"type": "confidence_map", "encoding": "uint8_zlib"})
        (folder / f"{name}.confidence.zlib").write_bytes(_deflated(np.round(np.stack(levels) * (255 if android else 2)).astype("u1")))
    (folder / f"{name}.json").write_text(json.dumps({"depth_unit": "mm" if android else "m", "streams": streams}))
    return folder


def write_roomplan(path: Path, room: SyntheticRoom) -> Path:
    """Write a room's walls, floor, openings and objects as RoomPlan's JSON; every other wall looks outwards, as they may."""
    values: dict[str, Any] = {"version": 2, "story": 0, "sections": [], "coreModel": "", "identifier": "room"}
    values |= {"referenceOriginTransform": _columns(np.eye(4)), "walls": [], "floors": [], "objects": []}
    values |= {"doors": [], "windows": [], "openings": []}
    for i, plane in enumerate(room.planes):
        if plane.part in ("wall", "floor"):
            into = np.asarray(plane.normal) * (-1 if plane.part == "wall" and i % 2 else 1)
            values[f"{plane.part}s"].append(_surface(f"plane-{i}", plane.part, plane.outline_m, into))
    for i, opening in enumerate(room.openings):
        assert opening.wall is not None
        kind = {"door": "doors", "window": "windows", "passage": "openings"}[opening.kind]
        into = np.asarray(room.planes[opening.wall].normal)
        values[kind].append(_surface(f"opening-{i}", opening.kind, opening.outline_m, into) | {"parentIdentifier": f"plane-{opening.wall}"})
    for i, thing in enumerate(room.objects):
        values["objects"].append(
            {
                "identifier": f"object-{i}",
                "category": {thing.category: {}},
                "confidence": {"medium": {}},
                "transform": _columns(thing.world_from_box),
                "dimensions": list(thing.size_m),
                "parentIdentifier": None,
                "story": 0,
            }
        )
    path.write_text(json.dumps(values))
    return path


def write_app_json(path: Path, frames: Sequence[Frame], room: SyntheticRoom | None = None) -> Path:
    """Write frames as ``arviz.frame/1``, the pictures beside it, and with a room its planes as ARKit's anchors."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = []
    for i, frame in enumerate(frames):
        entry: dict[str, Any] = {"image": f"photo_{i}.png", "time_s": frame.time_s}
        entry |= {"width_px": frame.camera.width_px, "height_px": frame.camera.height_px}
        entry |= {"k": half_pixel_intrinsics(frame.camera).tolist(), "world_from_camera": _columns(_pose(frame) @ CV_FROM_GL)}
        (path.parent / entry["image"]).write_bytes(encode(frame.image, "PNG"))
        if frame.depth_m is not None:
            entry |= {"depth": f"depth/{i}.png", "confidence": f"confidence/{i}.png"}
            _write_depth(path.parent, f"{i}.png", frame, depth="depth", confidence="confidence", most=2)
        entries.append(entry)
    values: dict[str, Any] = {"schema": "arviz.frame/1", "frames": entries}
    if room is not None:
        values["planes"] = [_anchor(plane) for plane in room.planes if plane.part in ("wall", "floor", "ceiling", "table")]
    path.write_text(json.dumps(values))
    return path


def _surface(identifier: str, category: str, outline: Array, normal: Array) -> dict[str, Any]:
    up = np.array([0.0, 1.0, 0.0]) if abs(normal[1]) < 0.9 else np.array([0.0, 0.0, -1.0])
    axes = np.stack([np.cross(up, normal), up, normal], axis=1)
    local = outline @ axes
    low, high = local.min(axis=0), local.max(axis=0)
    local = local - (low + high) / 2
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = axes, axes @ ((low + high) / 2)
    rectangular = len(local) == 4 and np.allclose(np.abs(local), (high - low) / 2, atol=1e-6)
    return {
        "identifier": identifier,
        "category": {category: {"isOpen": True} if category == "door" else {}},
        "confidence": {"high": {}},
        "transform": _columns(pose),
        "dimensions": (high - low).tolist(),
        "polygonCorners": [] if rectangular else local.tolist(),
        "completedEdges": [],
        "curve": None,
        "parentIdentifier": None,
        "story": 0,
    }


def _anchor(plane: TruthPlane) -> dict[str, Any]:
    normal, corners = np.asarray(plane.normal), plane.outline_m
    x = corners[1] - corners[0]
    x = x / np.linalg.norm(x)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([x, normal, np.cross(x, normal)], axis=1)
    pose[:3, 3] = corners.mean(axis=0)
    local = (corners - pose[:3, 3]) @ pose[:3, :3]
    return {
        "alignment": "horizontal" if abs(normal[1]) > 0.9 else "vertical",
        "transform": _columns(pose),
        "boundary_m": local[:, [0, 2]].tolist(),
    }


def _columns(matrix: Array) -> list[float]:
    values: list[float] = matrix.T.ravel().tolist()
    return values


def _deflated(values: Array) -> bytes:
    pack = zlib.compressobj(wbits=-15)  # Apple's COMPRESSION_ZLIB writes no header
    return pack.compress(values.tobytes()) + pack.flush()


def write_video(path: Path, images: Sequence[Image]) -> None:
    """Write pictures as an MP4 (MPEG-4 part 2, which every OpenCV can write)."""
    import cv2

    size = (images[0].width_px, images[0].height_px)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30, size)
    for image in images:
        writer.write(np.ascontiguousarray(image.pixels[..., ::-1]))
    writer.release()


def depth_png(depth_m: Array) -> bytes:
    """Return depth as a 16-bit PNG of millimetres, 0 for nothing."""
    known = np.isfinite(depth_m)
    return grey_png(np.where(known, np.round(np.where(known, depth_m, 0) * 1000), 0).astype(np.uint16))


def grey_png(values: Array) -> bytes:
    """Return (H, W) uint8 or uint16 as a grey PNG."""
    from PIL import Image as PillowImage

    out = io.BytesIO()
    PillowImage.fromarray(values).save(out, format="PNG")
    return out.getvalue()


def _write_depth(folder: Path, name: str, frame: Frame, *, depth: str, confidence: str, most: int) -> None:
    if frame.depth_m is not None:
        (folder / depth).mkdir(exist_ok=True)
        (folder / depth / name).write_bytes(depth_png(frame.depth_m))
    if frame.confidence is not None:
        (folder / confidence).mkdir(exist_ok=True)
        (folder / confidence / name).write_bytes(grey_png(np.round(frame.confidence * most).astype(np.uint8)))


def _pose(frame: Frame) -> Array:
    if frame.world_from_camera is None:
        raise ValueError("these formats hold posed frames")
    return frame.world_from_camera
