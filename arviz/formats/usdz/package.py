"""The outer shell of USDZ: a zip archive whose files are stored, each starting at a multiple of 64 bytes.

Written here rather than by ``Sdf.ZipFileWriter``: that one works on files and stamps them with the time, so the
same product would give other bytes on every run. Source: USDZ File Format Specification 1.3 (OpenUSD), "Layout".
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

ALIGNMENT = 64
_PADDING_ID = 0x1986
"""Header id of the extra field that OpenUSD itself pads with; zip readers skip fields they do not know."""
_DATE, _TIME = (1 << 5) | 1, 0
"""1 January 1980, the zero of zip: the same content gives the same bytes."""
_VERSION = 10
LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the package of `files`, name -> content, in their order: the root layer must come first."""
    out = bytearray()
    directory = bytearray()
    for name, data in files.items():
        raw = name.encode("ascii")
        offset = len(out)
        padding = _padding(offset + LOCAL.size + len(raw))
        crc = zlib.crc32(data)
        out += LOCAL.pack(b"PK\3\4", _VERSION, 0, 0, _TIME, _DATE, crc, len(data), len(data), len(raw), len(padding))
        out += raw + padding + data
        directory += CENTRAL.pack(
            b"PK\1\2", _VERSION, _VERSION, 0, 0, _TIME, _DATE, crc, len(data), len(data), len(raw), 0, 0, 0, 0, 0, offset
        )
        directory += raw
    end = END.pack(b"PK\5\6", 0, 0, len(files), len(files), len(directory), len(out), 0)
    return bytes(out + directory + end)


def _padding(start: int) -> bytes:
    """Return the extra field after which the data lies aligned; an extra field needs four bytes at least."""
    length = -start % ALIGNMENT
    if length == 0:
        return b""
    if length < 4:
        length += ALIGNMENT
    return struct.pack("<2H", _PADDING_ID, length - 4) + bytes(length - 4)
