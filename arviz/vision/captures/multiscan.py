"""MultiScan's scanner app: ``NAME.jsonl``, ``NAME.mp4``, ``NAME.depth.zlib``, ``NAME.confidence.zlib``, ``NAME.json``.

Format: 3dlg-hcvc.github.io/multiscan, "Acquired Data from Scanner App". A line of the ``.jsonl`` file is a frame: `intrinsics`
(3 x 3) and `transform` (4 x 4, world_from_camera with ARKit's camera axes, +Y up), both column after column. Depth frames
follow one another in one deflate stream: 16-bit floats in metres from iOS, whole millimetres from Android.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.errors import FormatError, LimitError
from arviz.core.frames import CV_FROM_GL
from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.vision.captures.capture import Capture, CaptureFormat
from arviz.vision.captures.folder import CaptureFolder, parse_capture_json
from arviz.vision.captures.phones import LIDAR_SCALE, NO_LIDAR_SCALE, apple_k, phone_capture
from arviz.vision.captures.shots import Seen, Shot, choose, usable
from arviz.vision.captures.tables import MOST_ROWS, finite_list, pose_of_columns
from arviz.vision.captures.video import MOST_FRAMES, video_frames

_ENCODINGS = {"float16_zlib": np.dtype("<f2"), "uint16_zlib": np.dtype("<u2")}
_NANOSECONDS_FROM = 1e10
"""Android counts nanoseconds, iOS seconds: 300 years of these, ten seconds of those."""
_CHUNK = 2**20


def _name(path: Path) -> str | None:
    """Return the scan's name, None if this is none."""
    if not path.is_dir():
        return None
    folder = CaptureFolder(path)
    names = folder.stems(".", (".jsonl",))
    return next((name for name in names if folder.has(f"{name}.json", f"{name}.mp4")), None)


def read_multiscan(path: Path, *, max_frames: int, limits: Limits) -> Capture:
    """Read a folder of MultiScan's app."""
    folder = CaptureFolder(path, limits=limits)
    name = _name(path) or path.name
    streams = _streams(folder, f"{name}.json")
    shots, findings = usable(_shots(folder, f"{name}.jsonl"), where=path.name)
    taken = choose(shots, max_frames=max_frames)
    wanted = [shot.index for shot in taken]
    folder.demand(f"{name}.jsonl")
    video = folder.path(f"{name}.mp4")
    assert video is not None
    pictures = video_frames(video, wanted, where=folder.where(f"{name}.mp4"), limits=limits)
    lidar, levels = streams.get("lidar_sensor"), streams.get("confidence_map")
    depths: dict[int, Array] = {}
    confidences: dict[int, Array] = {}
    if lidar is not None:
        shape, dtype = _shape(lidar, folder.where(f"{name}.json")), _dtype(lidar, folder.where(f"{name}.json"))
        depths = _inflated(folder, f"{name}.depth.zlib", wanted, shape=shape, dtype=dtype)
        if levels is not None:
            confidences = _inflated(folder, f"{name}.confidence.zlib", wanted, shape=shape, dtype=np.dtype("u1"))
    on_ios = lidar is not None and lidar.get("encoding") == "float16_zlib"
    most = 2 if on_ios else 255

    def load(shot: Shot) -> Seen | None:
        image = pictures.get(shot.index)
        if image is None:
            return None
        levels = confidences.get(shot.index)
        return Seen(
            image=image,
            depth_m=_metres(depths[shot.index]) if shot.index in depths else None,
            confidence=None if levels is None else np.clip(levels.astype(np.float32) / most, 0, 1),
        )

    return phone_capture(
        "multiscan", load, shots=shots, taken=taken, findings=findings, where=path.name, scale=LIDAR_SCALE if on_ios else NO_LIDAR_SCALE
    )


def _streams(folder: CaptureFolder, name: str) -> dict[str, Mapping[str, Any]]:
    values = parse_capture_json(folder.demand(name), where=folder.where(name), limits=folder.limits)
    streams = values.get("streams")
    rows = streams if isinstance(streams, list) else []
    return {str(row.get("type")): row for row in rows if isinstance(row, dict)}


def _shots(folder: CaptureFolder, name: str) -> list[Shot]:
    lines = [line for line in folder.demand(name).splitlines() if line.strip()]
    if len(lines) > MOST_ROWS:
        raise LimitError("E_LIMIT_VIDEO", "the video is too long", where=folder.where(name), found=f"{len(lines):,} frames")
    shots = []
    for i, line in enumerate(lines):
        values = parse_capture_json(line, where=f"{folder.where(name)}:{i + 1}", limits=folder.limits)
        k, pose = finite_list(values.get("intrinsics"), 9), pose_of_columns(values.get("transform"))
        time = finite_list([values.get("timestamp")], 1)
        seconds = i / 60 if time is None else float(time[0])
        shots.append(
            Shot(
                name=f"{i:06d}",
                index=i,
                time_s=seconds * 1e-9 if seconds > _NANOSECONDS_FROM else seconds,
                k=np.full((3, 3), np.nan) if k is None else apple_k(k.reshape(3, 3).T),
                size_px=None,
                pose=None if pose is None else pose @ CV_FROM_GL,
            )
        )
    return shots


def _shape(stream: Mapping[str, Any], where: str) -> tuple[int, int]:
    size = finite_list(stream.get("resolution"), 2)
    if size is None or not (1 <= size.min() <= size.max() <= 4096):
        found = repr(stream.get("resolution"))[:60]
        raise FormatError("E_CAPTURE_DEPTH", "the depth's size is missing", where=where, expected="resolution [height, width]", found=found)
    return int(size[0]), int(size[1])


def _dtype(stream: Mapping[str, Any], where: str) -> np.dtype[Any]:
    encoding = stream.get("encoding")
    if not isinstance(encoding, str) or encoding not in _ENCODINGS:
        expected = ", ".join(_ENCODINGS)
        raise FormatError("E_CAPTURE_DEPTH", "the depth's encoding is unknown", where=where, expected=expected, found=repr(encoding)[:60])
    return _ENCODINGS[encoding]


def _metres(values: Array) -> Array:
    metres = values.astype(np.float32) / np.float32(1000 if values.dtype.kind == "u" else 1)
    known = np.isfinite(metres) & (metres > 0)
    if values.dtype.kind == "u":
        known &= values < 65535
    return np.where(known, metres, np.inf).astype(np.float32)


def _inflated(folder: CaptureFolder, name: str, wanted: Iterable[int], *, shape: tuple[int, int], dtype: np.dtype[Any]) -> dict[int, Array]:
    """Return the wanted frames of a stream, without those beyond its end; holds no more than one frame and a chunk besides."""
    data = folder.read(name)
    left = sorted(set(wanted))
    found: dict[int, Array] = {}
    if data is None or not left:
        return found
    if left[-1] >= MOST_FRAMES:
        raise LimitError("E_LIMIT_VIDEO", "the depth stream is too long", where=folder.where(name), found=f"frame {left[-1]:,}")
    size = shape[0] * shape[1] * dtype.itemsize
    # Apple's COMPRESSION_ZLIB writes bare deflate; others put zlib's two bytes before it.
    wrapped = len(data) > 1 and data[0] & 15 == 8 and (data[0] * 256 + data[1]) % 31 == 0
    unpack = zlib.decompressobj(15 if wrapped else -15)
    buffer, number = bytearray(), 0
    try:
        for piece in _pieces(unpack, data):
            buffer += piece
            while left and len(buffer) >= size:
                if number == left[0]:
                    found[left.pop(0)] = np.frombuffer(bytes(buffer[:size]), dtype).reshape(shape)
                del buffer[:size]
                number += 1
            if not left:
                break
    except zlib.error as error:
        where, hint = folder.where(name), "Export the scan again."
        raise FormatError("E_CAPTURE_DEPTH", "the depth stream is damaged", where=where, found=str(error), hint=hint) from error
    return found


def _pieces(unpack: Any, data: bytes) -> Iterator[bytes]:
    """Inflate in pieces of at most a chunk, whatever the packed bytes promise."""
    for start in range(0, len(data), _CHUNK):
        rest = data[start : start + _CHUNK]
        while rest and not unpack.eof:
            yield unpack.decompress(rest, _CHUNK)
            rest = unpack.unconsumed_tail
    yield unpack.flush()


MULTISCAN = CaptureFormat(
    title="a MultiScan folder (NAME.jsonl, NAME.json, NAME.mp4, NAME.depth.zlib)",
    gives=frozenset({"photos", "poses", "depth"}),
    recognises=lambda path: _name(path) is not None,
    read=read_multiscan,
)
