"""Animated GIF: 255 colours a frame, 1-bit transparency over white edges.

Container: CompuServe, "Graphics Interchange Format, Version 89a" (1990), with Netscape's loop extension.
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, ClassVar

import numpy as np

from arviz.core.errors import InputError
from arviz.core.image import Image
from arviz.core.report import Finding
from arviz.flows.video.encoder import Plan
from arviz.flows.video.stills import over_white, visible_part

_CLEAR = 2 << 2
"""Disposal: clear to transparent before the next frame."""
_SHORTEST = 2
"""Hundredths of a second; browsers show shorter frames for a tenth of a second instead."""
_TRANSPARENT = 255


class GifEncoder:
    """Write an animated GIF that loops for ever; `Plan.quality` has no meaning here."""

    alpha_bits = 1
    even = False
    codec = "GIF"
    findings: ClassVar[tuple[Finding, ...]] = ()

    def __init__(self, file: BinaryIO, plan: Plan) -> None:
        if min(plan.duration(index, 100) for index in range(plan.frames)) < _SHORTEST:
            raise InputError(
                "E_GIF_TOO_FAST",
                "browsers do not show a GIF this fast",
                expected=f"at most {int(plan.seconds * 100 / _SHORTEST)} frames in {plan.seconds:g} s",
                found=f"{plan.frames} frames",
                hint="Give fewer --frames or more --seconds, or write .webp.",
            )
        self._file, self._plan, self._count = file, plan, 0
        file.write(b"GIF89a" + struct.pack("<HH3B", plan.width_px, plan.height_px, 0x70, 0, 0))  # no global palette
        file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0")  # 0 loops: for ever

    def add(self, frame: Image) -> None:
        """Encode the next frame with a palette of its own."""
        part = visible_part(_one_bit(frame))
        single = _Single(part.image)
        flags = _CLEAR | (single.transparent is not None)
        control = struct.pack("<BHB", flags, self._plan.duration(self._count, 100), single.transparent or 0)
        place = struct.pack("<HHHH", part.x_px, part.y_px, part.image.width_px, part.image.height_px)
        self._file.write(b"\x21\xf9\x04" + control + b"\0")
        self._file.write(b"\x2c" + place + bytes([0x80 | single.palette_bits]) + single.palette + single.data)
        self._count += 1

    def finish(self) -> None:
        """Write the trailer."""
        self._file.write(b"\x3b")


def _one_bit(frame: Image) -> Image:
    if frame.alpha == "none":
        return frame
    alpha = np.where(frame.pixels[..., 3:] >= 128, np.uint8(255), np.uint8(0))
    return Image(pixels=np.concatenate([over_white(frame), alpha], axis=2), alpha="straight")


class _Single:
    """A GIF of one picture, taken apart: palette, its size as the format writes it, transparent index, data blocks."""

    def __init__(self, image: Image) -> None:
        data = _encoded(image)
        self.palette_bits = data[10] & 7
        at = 13 + 3 * 2 ** (self.palette_bits + 1)
        self.palette = data[13:at]
        self.transparent: int | None = None
        while data[at] == 0x21:
            if data[at + 1] == 0xF9 and data[at + 3] & 1:
                self.transparent = data[at + 6]
            at += 2
            while data[at]:
                at += 1 + data[at]
            at += 1
        self.data = data[at + 10 : -1]  # after the image descriptor, without the trailer


def _encoded(image: Image) -> bytes:
    from PIL import Image as PillowImage

    rgb = PillowImage.fromarray(np.ascontiguousarray(image.pixels[..., :3]))
    # Without dithering, whose dots swarm from frame to frame and double the size; median cut is 1.5 dB better at
    # twice the size and time.
    indexed = rgb.quantize(255, method=PillowImage.Quantize.FASTOCTREE, dither=PillowImage.Dither.NONE)
    options: dict[str, int] = {}
    if image.alpha != "none":
        indices = np.where(image.pixels[..., 3] == 0, np.uint8(_TRANSPARENT), np.asarray(indexed))
        colours = (indexed.getpalette() or [])[: 3 * 255]
        indexed = PillowImage.fromarray(indices)
        indexed.putpalette(colours + [255] * (768 - len(colours)))
        options = {"transparency": _TRANSPARENT}
    out = io.BytesIO()
    indexed.save(out, "GIF", interlace=0, optimize=False, **options)
    return out.getvalue()
