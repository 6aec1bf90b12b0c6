"""MP4: H.264 where OpenH264 is installed, which plays everywhere; else AV1, which Pillow brings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from arviz.core.errors import DependencyError
from arviz.core.image import Image
from arviz.core.report import Finding
from arviz.flows.video.av1 import Av1Stream
from arviz.flows.video.encoder import Plan
from arviz.flows.video.h264 import H264Stream
from arviz.flows.video.isobmff import Mp4File


class Stream(Protocol):
    """A codec that turns frames into the samples of an MP4 track."""

    name: str
    brands: bytes

    def __init__(self, plan: Plan) -> None: ...

    def encode(self, frame: Image | None) -> Iterator[tuple[bytes, bool]]:
        """Take the next frame, or None at the end; yield (sample, is a key frame) of what is ready."""
        ...

    def entry(self) -> bytes:
        """Return the sample entry box, when all frames are encoded."""
        ...


class Mp4Encoder:
    """Write an MP4 video in 4:2:0, its index first."""

    alpha_bits = 0
    even = True

    def __init__(self, file: BinaryIO, plan: Plan, *, streams: tuple[type[Stream], ...] = (H264Stream, Av1Stream)) -> None:
        self.findings: tuple[Finding, ...] = ()
        first, *others = streams
        try:
            self._stream = first(plan)
        except DependencyError as error:
            if not others:
                raise
            self._stream = others[0](plan)
            self.findings = (_not_everywhere(self._stream, error),)
        self.codec = self._stream.name
        self._file = Mp4File(file, plan, brands=self._stream.brands)

    def add(self, frame: Image) -> None:
        """Encode the next frame."""
        self._write(frame)

    def finish(self) -> None:
        """Write what the encoder held back, then the index."""
        self._write(None)
        self._file.finish(self._stream.entry())

    def _write(self, frame: Image | None) -> None:
        for sample, key in self._stream.encode(frame):
            self._file.add(sample, key=key)


def _not_everywhere(stream: Stream, error: DependencyError) -> Finding:
    return Finding(
        code="W_VIDEO_CODEC",
        severity="warning",
        message=f"written as {stream.name}, which iPhones before the 15 Pro and other older devices do not play: {error}",
        hint=error.hint or "",
    )
