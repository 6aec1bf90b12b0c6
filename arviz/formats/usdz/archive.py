"""The zip directory of a USDZ, read by our own code: nothing is unpacked, and nothing is trusted.

Source: USDZ File Format Specification (OpenUSD), "Layout" and "File Types"; APPNOTE 6.3.3 of the zip format.
"""

from __future__ import annotations

import itertools
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from arviz.core.errors import ArvizError, FormatError
from arviz.core.image import measure
from arviz.core.limits import Limits
from arviz.core.report import Finding
from arviz.formats.usdz.package import ALIGNMENT, CENTRAL, END, LOCAL
from arviz.formats.usdz.pictures import MAX_SIDE_PX

_LAYERS = frozenset({".usdc", ".usda", ".usd", ".usdz"})
_PICTURES = frozenset({".png", ".jpg", ".jpeg"})
_SOUNDS = frozenset({".m4a", ".mp3", ".wav"})
_SIGNATURES = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}
_ENCRYPTED, _STREAMED, _STORED = 1, 8, 0
_COMMENT_LIMIT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of the archive: `start` is where its content begins, `size` its bytes."""

    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    start: int

    @property
    def extension(self) -> str:
        """Lower case, with its dot."""
        return PurePosixPath(self.name).suffix.lower()

    def content(self, data: bytes) -> bytes:
        """Return the stored bytes."""
        return data[self.start : self.start + self.size]


def read_directory(data: bytes, *, where: str, limits: Limits) -> list[Entry]:
    """Return the files of a zip archive, in the order of their content.

    Raises
    ------
    FormatError
        No zip archive, or one whose directory contradicts its content.
    LimitError
        More files than `limits` allow.
    """
    end = data.rfind(b"PK\5\6", max(0, len(data) - END.size - _COMMENT_LIMIT))
    if not data.startswith(b"PK\3\4") or end < 0 or end + END.size > len(data):
        raise _broken(where, "this is no zip archive")
    _, disk, first_disk, here, count, length, offset, _ = END.unpack_from(data, end)
    if disk or first_disk or here != count or count == 0xFFFF or offset == 0xFFFFFFFF:
        raise _broken(where, "the archive is split or of the zip64 kind")
    limits.check("images", count, where=where)  # a package holds one layer and pictures
    if offset + length > end:
        raise _broken(where, "the directory of the archive lies outside of it")
    entries = []
    try:
        for _ in range(count):
            entry, offset = _entry(data, offset, where)
            entries.append(entry)
    except (struct.error, UnicodeDecodeError) as error:
        raise _broken(where, "the directory of the archive cannot be read") from error
    entries.sort(key=lambda entry: entry.start)
    for before, after in itertools.pairwise(entries):
        if before.start + before.packed > after.start:
            raise _broken(where, f"the files {before.name!r} and {after.name!r} overlap")
    return entries


def _entry(data: bytes, offset: int, where: str) -> tuple[Entry, int]:
    (magic, _, _, flags, method, _, _, crc, packed, size, name_length, extra_length, comment_length, _, _, _, local) = CENTRAL.unpack_from(
        data, offset
    )
    at = offset + CENTRAL.size
    raw = data[at : at + name_length]
    if magic != b"PK\1\2" or len(raw) != name_length:
        raise _broken(where, "the directory of the archive is cut off")
    header = LOCAL.unpack_from(data, local)
    local_name = data[local + LOCAL.size : local + LOCAL.size + header[9]]
    if header[0] != b"PK\3\4" or local_name != raw or header[3] != method:
        raise _broken(where, f"the directory and the header of {raw[:80]!r} contradict each other")
    start = local + LOCAL.size + header[9] + header[10]
    if start + packed > len(data):
        raise _broken(where, f"the file {raw[:80]!r} is cut off")
    entry = Entry(name=raw.decode("utf-8"), method=method, flags=flags, crc=crc, packed=packed, size=size, start=start)
    return entry, at + name_length + extra_length + comment_length


def _broken(where: str, what: str) -> FormatError:
    return FormatError("E_USDZ_ZIP", what, where=where, expected="a zip archive of stored files", hint="Export the USDZ again.")


def archive_findings(data: bytes, entries: list[Entry]) -> Iterator[Finding]:
    """Yield what is wrong with the archive, by the layout rules alone."""
    yield from _storage(data, entries)
    yield from _names(entries)
    yield from _layers(data, entries)
    if all(entry.method == _STORED for entry in entries):
        for entry in entries:
            if entry.extension in _PICTURES:
                yield from _picture(entry, entry.content(data))


def _storage(data: bytes, entries: list[Entry]) -> Iterator[Finding]:
    for entry in entries:
        if entry.flags & _ENCRYPTED:
            yield _error("E_USDZ_ENCRYPTED", entry.name, "the file is encrypted")
        elif entry.method != _STORED:
            yield _error(
                "E_USDZ_COMPRESSED",
                entry.name,
                f"the file is compressed ({entry.packed:,} bytes hold {entry.size:,}); a USDZ stores its files as they are",
                hint="Pack it with a USDZ tool, not with zip.",
            )
        elif entry.packed != entry.size or entry.flags & _STREAMED or zlib.crc32(entry.content(data)) != entry.crc:
            yield _error("E_USDZ_ZIP", entry.name, "size or checksum do not fit the content", hint="Export the USDZ again.")
        if entry.start % ALIGNMENT:
            yield _error(
                "E_USDZ_ALIGNMENT",
                entry.name,
                f"the file begins at byte {entry.start}, which is no multiple of {ALIGNMENT}",
                hint="Pack it with a USDZ tool, not with zip.",
            )


def _names(entries: list[Entry]) -> Iterator[Finding]:
    for name, count in Counter(entry.name.casefold() for entry in entries).items():
        if count > 1:
            yield _error("E_USDZ_NAME_TWICE", name, "two files have this name (capitals count as small letters)")
    for entry in entries:
        parts = entry.name.split("/")
        if entry.name.startswith("/") or "\\" in entry.name or ".." in parts or re.search(r"[\x00-\x1f:]", entry.name):
            yield _error("E_USDZ_PATH", entry.name, "the name leads out of the package or cannot be a file name")
        elif not entry.name.endswith("/") and entry.extension not in _LAYERS | _PICTURES | _SOUNDS:
            yield _error(
                "E_USDZ_FILE_TYPE",
                entry.name,
                "Quick Look reads no files of this kind inside a USDZ",
                hint="Pictures must be PNG or JPEG.",
            )


def _layers(data: bytes, entries: list[Entry]) -> Iterator[Finding]:
    layers = [entry for entry in entries if entry.extension in _LAYERS]
    first = entries[0] if entries else None
    if first is None or first.extension != ".usdc" or not first.content(data).startswith(b"PXR-USDC"):
        yield _error(
            "E_USDZ_ROOT_LAYER",
            first.name if first else "",
            "the first file is not a binary USD layer (.usdc)",
            hint="Put the root layer first, as .usdc.",
        )
    if len(layers) > 1:
        yield _error(
            "E_USDZ_LAYERS",
            ", ".join(entry.name for entry in layers),
            f"{len(layers)} USD layers; Quick Look on older phones reads one",
            hint="Flatten the stage into one layer.",
        )


def _picture(entry: Entry, content: bytes) -> Iterator[Finding]:
    if not content.startswith(_SIGNATURES[entry.extension]):
        yield _error("E_USDZ_FILE_TYPE", entry.name, "the content is no PNG or JPEG", hint="Convert it, do not rename it.")
        return
    try:
        width, height = measure(content, where=entry.name)
    except ArvizError as error:
        yield _error("E_USDZ_TEXTURE_BROKEN", entry.name, str(error))
        return
    if max(width, height) > MAX_SIDE_PX:
        yield Finding(
            code="W_USDZ_TEXTURE_SIZE",
            severity="warning",
            where=entry.name,
            message=f"{width} x {height} pixels; Apple advises {MAX_SIDE_PX} x {MAX_SIDE_PX} at most",
            hint="Older phones may close Quick Look: scale it down.",
        )


def _error(code: str, where: str, message: str, *, hint: str = "") -> Finding:
    return Finding(code=code, severity="error", where=where, message=message, hint=hint)
