"""WebM with VP8: the frames of a lossy WebP are VP8 key frames, so Pillow is all it takes.

Every frame is a key frame: a page can drag through the turn without a delay. Elements and their order: WebM
Project, "WebM Container Guidelines"; RFC 9559 (Matroska). Rejected: OpenCV's VP9 (95 ms a 512 px frame against
12, and no way to say the quality), PyAV (its wheels bring the GPL libraries x264 and x265).
"""

from __future__ import annotations

import struct
from typing import BinaryIO, ClassVar

from arviz.core.image import Image
from arviz.core.report import Finding
from arviz.flows.video.ebml import element, integer, number, open_element, text, void
from arviz.flows.video.encoder import Plan
from arviz.flows.video.stills import webp_chunks

_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO, _COLOUR, _CUES, _CLUSTER = (
    0x18538067,
    0x1549A966,
    0x1654AE6B,
    0xAE,
    0xE0,
    0x55B0,
    0x1C53BB6B,
    0x1F43B675,
)
_KEY_FRAME = 0x80


class WebmEncoder:
    """Write a WebM video, VP8 in 4:2:0; WebP fixes its colours: Rec.601 matrix, limited range."""

    alpha_bits = 0
    even = False
    codec = "VP8"
    findings: ClassVar[tuple[Finding, ...]] = ()

    def __init__(self, file: BinaryIO, plan: Plan) -> None:
        self._file, self._plan = file, plan
        self._clusters: list[int] = []
        file.write(_head())
        self._segment_at = file.tell()
        file.write(open_element(_SEGMENT))
        self._content_at = file.tell()
        file.write(_info(0) + _tracks(plan))
        self._cues_at = file.tell()
        file.write(void(self._room()))

    def add(self, frame: Image) -> None:
        """Encode the next frame as a cluster of its own."""
        time_ms = self._plan.begin(len(self._clusters), 1000)
        ((_, data),) = webp_chunks(frame, quality=self._plan.quality)
        block = element(0xA3, b"\x81" + struct.pack(">hB", 0, _KEY_FRAME) + data)
        self._clusters.append(self._file.tell() - self._content_at)
        self._file.write(element(_CLUSTER, integer(0xE7, time_ms) + block))

    def finish(self) -> None:
        """Write length and size, and the index, for which there is room before the first frame: of every n-th one if they are too many."""
        end = self._file.tell()
        self._file.seek(self._segment_at)
        self._file.write(open_element(_SEGMENT, end - self._content_at))
        self._file.seek(self._content_at)
        self._file.write(_info(self._plan.begin(len(self._clusters), 1000)))
        indexed = range(0, len(self._clusters), -(-len(self._clusters) // self._plan.frames))
        cues = _cues([self._plan.begin(index, 1000) for index in indexed], [self._clusters[index] for index in indexed])
        self._file.seek(self._cues_at)
        self._file.write(cues + void(self._room() - len(cues)))

    def _room(self) -> int:
        """Return how many bytes are kept for the index: of all frames, and the smallest void."""
        return len(_cues([0] * self._plan.frames, [0] * self._plan.frames)) + 9


def _head() -> bytes:
    numbers = integer(0x4286, 1) + integer(0x42F7, 1) + integer(0x42F2, 4) + integer(0x42F3, 8)
    return element(0x1A45DFA3, numbers + text(0x4282, "webm") + integer(0x4287, 2) + integer(0x4285, 2))


def _info(length_ms: int) -> bytes:
    scale = integer(0x2AD7B1, 1_000_000)  # ticks of a millisecond
    return element(_INFO, scale + number(0x4489, length_ms) + text(0x4D80, "arviz") + text(0x5741, "arviz"))


def _tracks(plan: Plan) -> bytes:
    # Matrix 6: Rec.601; range 1: limited; transfer 13: sRGB; primaries 1: Rec.709 (ITU-T H.273)
    colour = integer(0x55B1, 6) + integer(0x55B9, 1) + integer(0x55BA, 13) + integer(0x55BB, 1)
    video = integer(0xB0, plan.width_px) + integer(0xBA, plan.height_px) + element(_COLOUR, colour)
    duration_ns = integer(0x23E383, round(plan.seconds * 1e9 / plan.frames))
    numbers = integer(0xD7, 1) + integer(0x73C5, 1) + integer(0x83, 1) + integer(0x9C, 0)
    return element(_TRACKS, element(_TRACK, numbers + text(0x86, "V_VP8") + duration_ns + element(_VIDEO, video)))


def _cues(times_ms: list[int], clusters: list[int]) -> bytes:
    """Return where each cluster begins, counted from the segment's content; of one size whatever the places are."""
    points = [
        integer(0xB3, time, bytes_wide=4) + element(0xB7, integer(0xF7, 1) + integer(0xF1, place, bytes_wide=8))
        for time, place in zip(times_ms, clusters, strict=True)
    ]
    return element(_CUES, b"".join(element(0xBB, point) for point in points))
