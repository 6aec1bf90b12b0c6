"""Frames of a video, as recorded: decoded in order, so that frame numbers are exact.

Seeking was not taken: recordings of phones have a variable rate, and OpenCV counts frames by time.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from arviz.core.errors import ImageError, LimitError
from arviz.core.image import Image
from arviz.core.limits import DEFAULT_LIMITS, Limits

MOST_FRAMES = 40_000
"""Decoded on the way to the last that is wanted: eleven minutes at 60 a second."""


def video_frames(path: Path, wanted: Iterable[int], *, where: object, limits: Limits = DEFAULT_LIMITS) -> dict[int, Image]:
    """Return the wanted frames by number, without those beyond the end; turned as the sensor stood, not as the file asks.

    Raises
    ------
    ImageError
        ``E_VIDEO``: no MP4 or MOV file, or one that cannot be decoded.
    LimitError
        ``E_LIMIT_VIDEO``, or frames larger than `limits` allow.
    """
    import cv2

    numbers = sorted(set(wanted))
    if numbers and numbers[-1] >= MOST_FRAMES:
        expected, found = f"at most {MOST_FRAMES:,} frames", f"frame {numbers[-1]:,}"
        raise LimitError("E_LIMIT_VIDEO", "the video is too long", where=where, expected=expected, found=found)
    with open(path, "rb") as file:
        head = file.read(12)
    # FFmpeg decides by content, and a playlist with this name could make it open other files: only MP4 and MOV pass.
    if head[4:8] not in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        raise ImageError("E_VIDEO", "this is no video", where=where, expected="MP4 or MOV", hint="Export the capture again.")
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        video.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)  # the camera matrix belongs to the sensor's own orientation
        if not video.isOpened():
            raise ImageError("E_VIDEO", "the video cannot be decoded", where=where, hint="Export the capture again.")
        size = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)) * int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        limits.check("image_pixels", size, where=where)
        return _decoded(video, numbers, where)
    finally:
        video.release()


def _decoded(video: object, numbers: list[int], where: object) -> dict[int, Image]:
    found: dict[int, Image] = {}
    wanted = set(numbers)
    for number in range(numbers[-1] + 1 if numbers else 0):
        if not video.grab():  # type: ignore[attr-defined]
            break
        if number in wanted:
            good, pixels = video.retrieve()  # type: ignore[attr-defined]
            if good and pixels is not None and pixels.ndim == 3:
                found[number] = Image(pixels=np.ascontiguousarray(pixels[..., ::-1]))  # OpenCV decodes into BGR
    if numbers and not found:
        raise ImageError("E_VIDEO", "the video cannot be decoded", where=where, found="none of the wanted frames", hint="Export it again.")
    return found
