"""Write what scanning apps export, from frames whose truth is known: for the tests of importers, and for those of others.

Each writer takes frames in arviz's own types and writes them as the app's documents say, so that what an importer reads back
can be compared with what was written.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.frames import CV_FROM_GL, half_pixel_intrinsics
from arviz.core.frozen import Array
from arviz.core.image import Image, encode
from arviz.core.room import View
from arviz.core.transforms import matrix_quaternion
from arviz.testing.rooms import SyntheticRoom

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
