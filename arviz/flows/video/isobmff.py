"""MP4 files: one video track, its index in front of the samples, so that it plays while it loads.

Boxes: ISO/IEC 14496-12 (ISO base media file format) and 14496-14 (MP4).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from arviz.flows.video.encoder import Plan

_TICKS = 90_000
"""A second of the track's clock; every usual frame rate divides it."""
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_UPRIGHT = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


class Mp4File:
    """Write samples as they come; the index goes where room was kept for it at the start, or behind them if they are too many.

    Parameters
    ----------
    brands : bytes
        Compatible brands, four bytes each.
    """

    def __init__(self, file: BinaryIO, plan: Plan, *, brands: bytes = b"isomiso2mp41") -> None:
        self._file, self._plan = file, plan
        self._sizes: list[int] = []
        self._keys: list[int] = []
        file.write(box(b"ftyp", brands[:4] + struct.pack(">I", 0x200) + brands))
        self._index_at = file.tell()
        self._room = 2048 + 20 * plan.frames  # sizes, key frames and durations take at most 16 bytes a frame
        file.write(bytes(self._room))
        self._data_at = file.tell()
        file.write(struct.pack(">I4sQ", 1, b"mdat", 0))

    def add(self, sample: bytes, *, key: bool) -> None:
        """Append one encoded frame."""
        self._sizes.append(len(sample))
        if key:
            self._keys.append(len(self._sizes))
        self._file.write(sample)

    def finish(self, entry: bytes) -> None:
        """Write the index; `entry` is the sample entry box that describes the codec."""
        end = self._file.tell()
        self._file.seek(self._data_at)
        self._file.write(struct.pack(">I4sQ", 1, b"mdat", end - self._data_at))
        index = self._index(entry)
        fits = len(index) + 8 <= self._room
        if not fits:
            self._file.seek(end)
            self._file.write(index)
        self._file.seek(self._index_at)
        self._file.write(index + box(b"free", bytes(self._room - len(index) - 8)) if fits else box(b"free", bytes(self._room - 8)))

    def _index(self, entry: bytes) -> bytes:
        plan = self._plan
        ticks, milliseconds = (plan.begin(len(self._sizes), per_second) for per_second in (_TICKS, 1000))
        dates = struct.pack(">II", 0, 0)
        movie = dates + struct.pack(">IIIH10x", 1000, milliseconds, 0x10000, 0x100) + _UPRIGHT + bytes(24) + _u32(2)
        size = struct.pack(">II", plan.width_px << 16, plan.height_px << 16)
        track = dates + struct.pack(">III8xHHHH", 1, 0, milliseconds, 0, 0, 0, 0) + _UPRIGHT + size
        media = dates + struct.pack(">IIHH", _TICKS, ticks, 0x55C4, 0)  # language: undetermined
        here = box(b"dinf", _full(b"dref", _u32(1) + _full(b"url ", b"", flags=1)))
        picture = box(b"minf", _full(b"vmhd", bytes(8), flags=1) + here + box(b"stbl", self._samples(entry)))
        handler = _full(b"hdlr", _u32(0) + b"vide" + bytes(12) + b"arviz\0")
        movement = box(b"mdia", _full(b"mdhd", media) + handler + picture)
        return box(b"moov", _full(b"mvhd", movie) + box(b"trak", _full(b"tkhd", track, flags=3) + movement))

    def _samples(self, entry: bytes) -> bytes:
        count = len(self._sizes)
        runs: list[list[int]] = []
        for index in range(count):
            duration = self._plan.duration(index, _TICKS)
            if runs and runs[-1][1] == duration:
                runs[-1][0] += 1
            else:
                runs.append([1, duration])
        return (
            _full(b"stsd", _u32(1) + entry)
            + _full(b"stts", _u32(len(runs)) + b"".join(struct.pack(">II", *run) for run in runs))
            + _full(b"stss", _u32(len(self._keys), *self._keys))
            + _full(b"stsc", _u32(1, 1, count, 1))
            + _full(b"stsz", _u32(0, count, *self._sizes))
            + _full(b"stco", _u32(1, self._data_at + 16))
        )


def box(name: bytes, content: bytes) -> bytes:
    """Return one box."""
    return struct.pack(">I4s", 8 + len(content), name) + content


def visual_entry(name: bytes, plan: Plan, boxes: bytes) -> bytes:
    """Return a sample entry of a video codec, with its configuration boxes."""
    head = bytes(6) + struct.pack(">H16xHHIIIH", 1, plan.width_px, plan.height_px, 72 << 16, 72 << 16, 0, 1)
    return box(name, head + bytes(32) + struct.pack(">Hh", 24, -1) + boxes)


def colour_box(*, primaries: int, transfer: int, matrix: int, full_range: bool) -> bytes:
    """Return what the numbers of the pixels mean, in the code points of ITU-T H.273."""
    return box(b"colr", b"nclx" + struct.pack(">HHHB", primaries, transfer, matrix, full_range << 7))


def boxes(data: bytes, *, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and content of every box, and of the boxes inside the containers of a track."""
    end = len(data) if end is None else end
    while start < end:
        size, name = struct.unpack_from(">I4s", data, start)
        if size == 1:  # a box of any length, as `Mp4File` writes its samples
            size = struct.unpack_from(">Q", data, start + 8)[0]
        yield name, data[start + 8 : start + size]
        if name in _CONTAINERS:
            yield from boxes(data, start=start + 8, end=start + size)
        start += size


def _full(name: bytes, content: bytes, *, flags: int = 0) -> bytes:
    """Return a box of version 0 with flags."""
    return box(name, _u32(flags) + content)


def _u32(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)
