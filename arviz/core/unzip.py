"""Zip archives from strangers, unpacked into a folder: names are checked before anything is written, bytes are counted as they inflate.

For archives whose entries can stay in memory there is `arviz.formats.archive`.
"""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import NoReturn

from arviz.core.errors import FormatError, LimitError
from arviz.core.regular_file import open_regular

MOST_ENTRIES = 2000
MOST_BYTES = 2 * 2**30
MOST_RATIO = 200
"""Unpacked per packed byte, of the whole archive."""
_DEEPEST = 16
"""Folders within folders of an entry."""
_SMALL = 2**24
_CHUNK = 2**20


def unzip(archive: Path, to: Path, *, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
    """Unpack an archive into the new folder `to`; what macOS adds to archives is left out.

    Raises
    ------
    InputError
        As `arviz.core.regular_file.open_regular`.
    FormatError
        ``E_ARCHIVE``: no zip file, a damaged or an encrypted one, or one that is packed by an unusual method;
        ``E_ARCHIVE_PATH``: a name that leads out; ``E_ARCHIVE_LINK``: a link.
    LimitError
        ``E_LIMIT_ENTRIES``, ``E_LIMIT_UNZIP``.
    """
    try:
        with open_regular(archive, where=archive.name) as file, zipfile.ZipFile(file) as packed:
            _unpack(packed, to, archive, most_entries=most_entries, most_bytes=most_bytes)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError) as error:
        _refuse("not a zip archive that can be read", archive, str(error)[:120], error)


def _unpack(packed: zipfile.ZipFile, to: Path, archive: Path, *, most_entries: int, most_bytes: int) -> None:
    entries = [entry for entry in packed.infolist() if not entry.is_dir() and not _is_clutter(entry.filename)]
    if len(entries) > most_entries:
        expected, found = f"at most {most_entries:,}", f"{len(entries):,}"
        raise LimitError("E_LIMIT_ENTRIES", "the archive has too many entries", where=archive.name, expected=expected, found=found)
    for entry in entries:
        _check_name(entry, archive)
    to.mkdir()
    allowed = min(most_bytes, max(_SMALL, MOST_RATIO * archive.stat().st_size), shutil.disk_usage(to).free // 2)
    for entry in entries:
        allowed -= _write(packed, entry, to / entry.filename, allowed, archive, most_bytes)


def _write(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, allowed: int, archive: Path, most_bytes: int) -> int:
    if entry.flag_bits & 1:
        _refuse("the archive is encrypted", archive, entry.filename[:80])
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # `zipfile` inflates bzip2 and LZMA by whole chunks: a megabyte of them can be gigabytes in memory.
        _refuse("the archive is packed by an unusual method", archive, f"{entry.filename[:80]}: method {entry.compress_type}")
    if len(PurePosixPath(entry.filename).parts) > _DEEPEST:
        _refuse("an entry lies too deep in folders", archive, entry.filename[:80])
    written = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with packed.open(entry) as source, open(path, "xb") as file:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                if written > allowed:
                    raise LimitError(
                        "E_LIMIT_UNZIP",
                        "the archive unpacks to more than is allowed",
                        where=archive.name,
                        expected=f"at most {most_bytes:,} bytes, {MOST_RATIO} for each packed one, half of the free disk",
                        hint="Unpack it yourself if you trust it.",
                    )
                file.write(chunk)
    except OSError as error:  # two entries of one name, a file where another has a folder, a name too long
        _refuse("an entry cannot be unpacked", archive, f"{entry.filename[:80]}: {error.strerror}", error)
    return written


def _check_name(entry: zipfile.ZipInfo, archive: Path) -> None:
    name = entry.filename
    parts = PurePosixPath(name).parts
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FormatError("E_ARCHIVE_LINK", "an entry is a link", where=archive.name, found=repr(name[:80]), hint="Pack the file itself.")
    if name.startswith(("/", "\\")) or ".." in parts or not parts or ":" in parts[0] or "\\" in name or "\0" in entry.orig_filename:
        raise FormatError(
            "E_ARCHIVE_PATH", "an entry leads out of the archive", where=archive.name, found=repr(name[:80]), hint="Do not trust this file."
        )


def _is_clutter(name: str) -> bool:
    """Tell what macOS adds to archives."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name == ".DS_Store"


def _refuse(what: str, archive: Path, found: str, cause: Exception | None = None) -> NoReturn:
    hint = "Download or export it again, or unpack it yourself."
    raise FormatError("E_ARCHIVE", what, where=archive.name, found=found, hint=hint) from cause
