"""What a picture's header says: type, size, and features that viewers disregard. Nothing is decoded.

Sources: PNG (ISO/IEC 15948:2003, section 11), JPEG (ITU-T T.81, annex B), WebP container (RFC 9649, section 2).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_SRGB_CHROMATICITIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
_PNG_LENGTHS = {b"IHDR": 13, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"gAMA": 4}
_MOST_STEPS = 65_536
"""Chunks or segments before the size: honest files have a few dozen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Type and size of a picture; `special` if it is animated, not square in its pixels or in a colour space of its own."""

    mime_type: str
    width_px: int
    height_px: int
    special: bool = False


class PictureError(Exception):
    """The header cannot be read; `code` is the validator's."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(what)
        self.code = code


def mime_type(data: bytes) -> str | None:
    """Return the type that the first bytes show, or None."""
    if len(data) < 14:
        return None
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"RIFF") and data[8:14] == b"WEBPVP":
        return "image/webp"
    return "image/ktx2" if data.startswith(b"\xabKTX 20\xbb\r\n\x1a\n") else None


def read_header(data: bytes) -> Header:
    """Return the header of an encoded picture, or raise PictureError."""
    kind = mime_type(data)
    if kind is None:
        raise PictureError("IMAGE_UNRECOGNIZED_FORMAT")
    try:
        return _READERS[kind](data)
    except (struct.error, IndexError) as error:
        raise PictureError("IMAGE_UNEXPECTED_EOS") from error


def _png(data: bytes) -> Header:
    size: tuple[int, int] | None = None
    special, colours_known = False, False
    offset = 8
    for _ in range(_MOST_STEPS):
        length, kind = struct.unpack_from(">I4s", data, offset)
        if length != _PNG_LENGTHS.get(kind, length):
            raise PictureError("IMAGE_DATA_INVALID", f"wrong length of the chunk {kind.decode('latin-1')}")
        if kind == b"IDAT":
            break
        content = data[offset + 8 : offset + 8 + length]
        if len(content) < length:
            raise PictureError("IMAGE_UNEXPECTED_EOS")
        if kind == b"IHDR":
            size = struct.unpack_from(">II", content)
        elif kind == b"sRGB":
            colours_known = True
        elif kind == b"iCCP":
            special = True
        elif kind == b"gAMA" and not colours_known:
            special |= struct.unpack(">I", content)[0] not in (45455, 100000)
        elif kind == b"cHRM" and not colours_known:
            special |= struct.unpack(">8I", content) != _SRGB_CHROMATICITIES
        elif kind == b"pHYs":
            special |= content[:4] != content[4:8]
        offset += 12 + length
    else:
        raise PictureError("IMAGE_DATA_INVALID", "too many chunks")
    if size is None:
        raise PictureError("IMAGE_DATA_INVALID", "no IHDR")
    return Header(mime_type="image/png", width_px=size[0], height_px=size[1], special=special)


def _jpeg(data: bytes) -> Header:
    offset = 2
    for _ in range(_MOST_STEPS):
        if data[offset] == 0xFF:  # padding before a marker is legal; so is the marker's own first byte
            offset += 1
            continue
        marker = data[offset]
        offset += 1
        if marker in (0x01, 0xD8, 0xD9) or 0xD0 <= marker <= 0xD7:
            continue
        (length,) = struct.unpack_from(">H", data, offset)
        if length < 2:
            raise PictureError("IMAGE_DATA_INVALID", "wrong length of a segment")
        if (marker & 0xF0 == 0xC0 and marker not in (0xC4, 0xC8, 0xCC)) or marker == 0xDE:
            if len(data) < offset + length:
                raise PictureError("IMAGE_UNEXPECTED_EOS")
            _, height, width, channels = struct.unpack_from(">BHHB", data, offset + 2)
            if channels not in (1, 3):
                raise PictureError("IMAGE_DATA_INVALID", f"{channels} colour channels")
            return Header(mime_type="image/jpeg", width_px=width, height_px=height)
        offset += length
    raise PictureError("IMAGE_DATA_INVALID", "too many segments")


def _webp(data: bytes) -> Header:
    kind = data[12:16]
    if len(data) < (25 if kind == b"VP8L" else 30):
        raise PictureError("IMAGE_UNEXPECTED_EOS")
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Header(mime_type="image/webp", width_px=width & 0x3FFF, height_px=height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header(mime_type="image/webp", width_px=1 + (bits & 0x3FFF), height_px=1 + (bits >> 14 & 0x3FFF))
    if kind != b"VP8X":
        raise PictureError("IMAGE_DATA_INVALID", "wrong WebP header")
    width, height = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
    return Header(mime_type="image/webp", width_px=width, height_px=height, special=bool(data[20] & 0x22))


def _ktx2(data: bytes) -> Header:
    # KTX 2.0 section 3: vkFormat and typeSize come before the size.
    width, height = struct.unpack_from("<II", data, 20)
    return Header(mime_type="image/ktx2", width_px=width, height_px=max(height, 1))


_READERS = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp, "image/ktx2": _ktx2}
