"""AV1 through Pillow: libaom encodes AVIF image sequences, whose samples are those of an AV1 video.

A few frames at a time, each group beginning with a key frame, so that memory does not grow with their number.
"AV1 Codec ISO Media File Format Binding" 1.2 and "AV1 Image File Format (AVIF)" 1.1 (Alliance for Open Media).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from arviz.core.errors import BackendError
from arviz.core.image import Image
from arviz.flows.video.encoder import Plan
from arviz.flows.video.isobmff import box, boxes, visual_entry

GROUP = 12
"""Frames that are encoded together."""
_SPEED = 8
"""Of 0 to 10. 512 px: 17 ms a frame, 135 kB for a turn; speed 6 takes 122 ms and 80 kB."""
_ENTRY_HEAD = 8 + 78
"""Bytes of a visual sample entry before its boxes."""


class Av1Stream:
    """Encode frames to AV1 samples."""

    name = "AV1"
    brands = b"isomiso2av01mp41"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._waiting: list[Image] = []
        self._configuration = b""

    def encode(self, frame: Image | None) -> Iterator[tuple[bytes, bool]]:
        """Take the next frame, or None at the end; yield (sample, is a key frame) of what is ready."""
        if frame is not None:
            self._waiting.append(frame)
        if len(self._waiting) == GROUP or (frame is None and self._waiting):
            yield from self._group()

    def entry(self) -> bytes:
        """Return the sample entry of all groups."""
        return visual_entry(b"av01", self._plan, self._configuration)

    def _group(self) -> Iterator[tuple[bytes, bool]]:
        # Of a single picture libavif makes a still, which no video may hold: shown twice, the second is dropped.
        frames = self._waiting * (2 if len(self._waiting) == 1 else 1)
        data = _sequence(frames, quality=self._plan.quality)
        count, self._waiting = len(self._waiting), []
        found = {name: content for name, content in boxes(data) if name in (b"stsd", b"stsz", b"stco", b"stss")}
        configuration = _configuration(found[b"stsd"])
        if self._configuration not in (b"", configuration):
            raise BackendError("E_VIDEO_ENCODER", "the AV1 encoder changed its mind between two groups of frames")
        self._configuration = configuration
        sizes = struct.unpack(f">{len(frames)}I", found[b"stsz"][12:])
        keys = set(struct.unpack(f">{(len(found[b'stss']) - 8) // 4}I", found[b"stss"][8:]))
        at = struct.unpack_from(">I", found[b"stco"], 8)[0]  # all samples of a track are in one chunk
        for index, size in enumerate(sizes[:count]):
            yield data[at : at + size], index + 1 in keys
            at += size


def _sequence(frames: list[Image], *, quality: int) -> bytes:
    from PIL import Image as PillowImage

    first, *others = [PillowImage.fromarray(frame.pixels) for frame in frames]
    out = io.BytesIO()
    # Twelve steps lower, libaom's pictures are as near to ours as libwebp's (docs/guide/turntable.md).
    first.save(out, "AVIF", save_all=True, append_images=others, quality=max(quality - 12, 1), speed=_SPEED)
    return out.getvalue()


def _configuration(description: bytes) -> bytes:
    """Return the boxes of an AVIF sample entry that mean the same in a video: codec and colours."""
    entry = description[8:]
    inside = boxes(entry, start=_ENTRY_HEAD)
    return b"".join(box(name, content) for name, content in inside if name in (b"av1C", b"colr"))
