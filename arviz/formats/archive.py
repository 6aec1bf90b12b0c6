"""Zip files from strangers: entries are read one by one into memory, counted while they inflate, never written to disk."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from arviz.core.errors import FormatError, LimitError
from arviz.core.limits import Limits

MOST_ENTRIES = 2000
MOST_BYTES = 2**30
"""Everything that is read out of one archive, inflated."""
MOST_RATIO = 200
"""Inflated per packed byte; text of 3MF models packs 6 to 30 to 1. Small entries may exceed it."""
_SMALL = 2**20
_CHUNK = 2**18


class Archive:
    """Entries of a zip by name, without regard to case.

    Raises
    ------
    FormatError
        E_ARCHIVE: no zip file, encrypted, damaged, or packed by a method other than deflate. E_ARCHIVE_PATH: an entry
        whose name leads out of the archive, or stands twice.
    LimitError
        E_LIMIT_ENTRIES, E_LIMIT_UNZIP.
    """

    def __init__(self, data: bytes, *, where: str, limits: Limits) -> None:
        self.where = where
        self._most_bytes = min(MOST_BYTES, 2 * limits.file_bytes)
        self._total_bytes = 0
        # The count stands at the end, so that a long directory is refused before it is parsed.
        end = data.rfind(b"PK\x05\x06")
        if end >= 0 and len(data) >= end + 12:
            self._check_count(struct.unpack_from("<H", data, end + 10)[0])
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as error:
            raise self._error("this is no zip archive", found=str(error)) from error
        self._check_count(len(self._zip.filelist))
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in self._zip.filelist:
            name = _plain(entry.filename)
            parts = name.split("/")
            if entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in entry.orig_filename:
                raise self._path_error("an entry's name leads out of the archive", entry.filename)
            if name in self._entries:
                raise self._path_error("two entries have the same name", entry.filename)
            self._entries[name] = entry

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def read(self, name: str) -> bytes | None:
        """Return the content of an entry, None if there is none of this name; a leading slash is the archive's root."""
        entry = self._entries.get(_plain(name).lstrip("/"))
        if entry is None:
            return None
        where = f"{self.where}, {entry.filename[:80]}"
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._error("an entry is encrypted or packed by an unusual method", found=entry.filename[:80])
        allowed = max(_SMALL, MOST_RATIO * max(entry.compress_size, 1))
        out = bytearray()
        try:
            with self._zip.open(entry) as stream:
                while chunk := stream.read(_CHUNK):
                    out += chunk
                    self._total_bytes += len(chunk)
                    if len(out) > allowed or self._total_bytes > self._most_bytes:
                        raise LimitError(
                            "E_LIMIT_UNZIP",
                            "the archive unpacks to more than is allowed",
                            where=where,
                            expected=f"at most {self._most_bytes:,} bytes, {MOST_RATIO} for each packed one",
                            found=f"more than {len(out):,}",
                        )
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, struct.error, NotImplementedError, RuntimeError) as error:
            raise self._error("an entry is damaged", found=f"{entry.filename[:80]}: {error}") from error
        return bytes(out)

    def _check_count(self, count: int) -> None:
        if count > MOST_ENTRIES:
            expected = f"at most {MOST_ENTRIES:,}"
            raise LimitError("E_LIMIT_ENTRIES", "the archive has too many entries", where=self.where, expected=expected, found=f"{count:,}")

    def _path_error(self, what: str, name: str) -> FormatError:
        return FormatError("E_ARCHIVE_PATH", what, where=self.where, found=repr(name[:80]), hint="Do not trust this file.")

    def _error(self, what: str, *, found: str) -> FormatError:
        return FormatError("E_ARCHIVE", what, where=self.where, found=found, hint="Download or export the file again.")


def _plain(name: str) -> str:
    # Part names of a package are compared without regard to case (ECMA-376 part 2, 6.2.2.3).
    return name.replace("\\", "/").lower()
