"""The plugin kind ``video encoder``: what every encoder promises, and where the encoders are found by suffix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from arviz.core.errors import ImageError
from arviz.core.image import Image
from arviz.core.registry import Registry
from arviz.core.report import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known of a clip before its first frame: size, expected frames and how long these last, quality 1 to 100."""

    width_px: int
    height_px: int
    frames: int
    seconds: float
    quality: int = 80

    def begin(self, index: int, per_second: int) -> int:
        """Return when a frame begins, in ticks of ``1 / per_second`` seconds.

        Rounded one by one, so that errors do not add up: 36 frames in 4 s last 4000 ms, not 36 x 111.
        """
        return round(index * self.seconds * per_second / self.frames)

    def duration(self, index: int, per_second: int) -> int:
        """Return how long a frame is shown, in ticks."""
        return self.begin(index + 1, per_second) - self.begin(index, per_second)


class Encoder(Protocol):
    """Made with an open, seekable, empty file and a `Plan`; takes frames, then `finish`.

    What is written is right however many frames come; of ``plan.frames`` or fewer, everything is where players like it best.

    `alpha_bits`: how finely straight alpha is kept; with 0 the frames are RGB. `even`: width and height must be even.
    `codec` names the format for people, `findings` what they should know about the file.
    """

    alpha_bits: int
    even: bool
    codec: str
    findings: tuple[Finding, ...]

    def __init__(self, file: BinaryIO, plan: Plan) -> None: ...

    def add(self, frame: Image) -> None:
        """Encode the next frame and write what can be written."""
        ...

    def finish(self) -> None:
        """Write what is only known at the end; the file stays open."""
        ...


ENCODERS = Registry(
    "video encoder",
    {
        ".webp": "arviz.flows.video.webp:WebpEncoder",
        ".gif": "arviz.flows.video.gif:GifEncoder",
        ".webm": "arviz.flows.video.webm:WebmEncoder",
        ".mp4": "arviz.flows.video.mp4:Mp4Encoder",
    },
)
"""Encoder classes by the suffix of their files."""


def encoder_for(path: Path) -> type[Encoder]:
    """Return the class that writes files with the suffix of `path`; raise ImageError where there is none."""
    suffix = path.suffix.lower()
    if suffix not in ENCODERS:
        raise ImageError(
            "E_VIDEO_FORMAT",
            "turntables are not written in this format",
            where=path,
            expected=", ".join(ENCODERS),
            found=suffix or "no suffix",
        )
    found: type[Encoder] = ENCODERS.get(suffix)
    return found
