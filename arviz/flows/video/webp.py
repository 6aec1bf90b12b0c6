"""Animated WebP: every frame a lossy picture with 8-bit alpha, cut to what is visible.

Container: Google, "WebP Container Specification" (RFC 9649, section 2.7).
"""

from __future__ import annotations

import struct
from typing import BinaryIO, ClassVar

from arviz.core.image import Image
from arviz.core.report import Finding
from arviz.flows.video.encoder import Plan
from arviz.flows.video.stills import visible_part, webp_chunks

_HAS_ALPHA, _IS_ANIMATED = 0x10, 0x02
_REPLACE_AND_CLEAR = 0b11
"""Frame flags: do not blend with what is there; clear to transparent before the next frame."""


class WebpEncoder:
    """Write an animated WebP that loops for ever."""

    alpha_bits = 8
    even = False
    codec = "WebP"
    findings: ClassVar[tuple[Finding, ...]] = ()

    def __init__(self, file: BinaryIO, plan: Plan) -> None:
        self._file, self._plan = file, plan
        self._count = 0
        size = _three_bytes(plan.width_px - 1) + _three_bytes(plan.height_px - 1)
        file.write(b"RIFF\0\0\0\0WEBP")
        file.write(_chunk(b"VP8X", bytes([_HAS_ALPHA | _IS_ANIMATED, 0, 0, 0]) + size))
        file.write(_chunk(b"ANIM", b"\xff\xff\xff\x00" + struct.pack("<H", 0)))  # background BGRA; 0 loops: for ever

    def add(self, frame: Image) -> None:
        """Encode the next frame."""
        part = visible_part(frame, step_px=2)  # offsets are stored halved
        place = (part.x_px // 2, part.y_px // 2, part.image.width_px - 1, part.image.height_px - 1)
        head = b"".join(map(_three_bytes, (*place, self._plan.duration(self._count, 1000)))) + bytes([_REPLACE_AND_CLEAR])
        body = b"".join(_chunk(name, data) for name, data in webp_chunks(part.image, quality=self._plan.quality))
        self._file.write(_chunk(b"ANMF", head + body))
        self._count += 1

    def finish(self) -> None:
        """Write the size of the file into its head."""
        size = self._file.seek(0, 2)
        self._file.seek(4)
        self._file.write(struct.pack("<I", size - 8))


def _three_bytes(value: int) -> bytes:
    return value.to_bytes(3, "little")


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
