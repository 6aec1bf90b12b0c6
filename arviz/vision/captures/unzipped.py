"""Captures as they leave the phone: zip archives, unpacked for the time of reading into a private folder that is then deleted.

Videos can only be decoded from a file, so entries cannot stay in memory as `arviz.formats.archive` keeps them. What is written is
counted while it inflates; names that lead out and links are refused before anything is.
"""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import NoReturn

from arviz.core.errors import FormatError, LimitError

MOST_ENTRIES = 50_000
"""A quarter of an hour of pictures, depth and confidence at 20 a second."""
MOST_BYTES = 8 * 2**30
"""Unpacked; ten minutes of a phone's video, depth and confidence are 2 to 4 GB."""
MOST_RATIO = 200
"""Unpacked per packed byte, of the whole archive."""
_DEEPEST = 16
"""Folders within folders of an entry."""
_SMALL = 2**24
_CHUNK = 2**20


@contextmanager
def unzipped(archive: Path) -> Iterator[Path]:
    """Unpack an archive, yield the folder or JSON file that the capture is, and delete it afterwards.

    A single folder at the archive's root, as phones pack them, is entered; a single JSON file is the capture itself.

    Raises
    ------
    FormatError
        ``E_ARCHIVE``: no zip file, a damaged or an encrypted one; ``E_ARCHIVE_PATH``: a name that leads out, or a link.
    LimitError
        ``E_LIMIT_ENTRIES``, ``E_LIMIT_UNZIP``.
    """
    try:
        with zipfile.ZipFile(archive) as packed, TemporaryDirectory(prefix="arviz-capture-") as folder:
            # Called like the archive, so that messages name what the user knows.
            root = Path(folder) / (archive.stem or "capture")
            _unpack(packed, root, archive)
            yield _entered(root)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError) as error:
        _refuse("not a zip archive that can be read", archive, str(error)[:120], error)


def _unpack(packed: zipfile.ZipFile, root: Path, archive: Path) -> None:
    entries = [entry for entry in packed.infolist() if not entry.is_dir() and not _is_clutter(entry.filename)]
    if len(entries) > MOST_ENTRIES:
        expected, found = f"at most {MOST_ENTRIES:,}", f"{len(entries):,}"
        raise LimitError("E_LIMIT_ENTRIES", "the archive has too many entries", where=archive.name, expected=expected, found=found)
    for entry in entries:
        _check_name(entry, archive)
    root.mkdir()
    allowed = min(MOST_BYTES, max(_SMALL, MOST_RATIO * archive.stat().st_size), shutil.disk_usage(root).free // 2)
    for entry in entries:
        allowed -= _write(packed, entry, root / entry.filename, allowed, archive)


def _write(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, allowed: int, archive: Path) -> int:
    if entry.flag_bits & 1:
        _refuse("the archive is encrypted", archive, entry.filename[:80])
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # `zipfile` inflates bzip2 and LZMA by whole chunks: a megabyte of them can be gigabytes in memory.
        _refuse("the archive is packed in a way that phones do not use", archive, f"{entry.filename[:80]}: method {entry.compress_type}")
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
                        expected=f"at most {MOST_BYTES:,} bytes, {MOST_RATIO} for each packed one, half of the free disk",
                        hint="Unpack it yourself if you trust it, and name the folder.",
                    )
                file.write(chunk)
    except OSError as error:  # two entries of one name, a file where another has a folder, a name too long
        _refuse("an entry cannot be unpacked", archive, f"{entry.filename[:80]}: {error.strerror}", error)
    return written


def _check_name(entry: zipfile.ZipInfo, archive: Path) -> None:
    name = entry.filename
    parts = PurePosixPath(name).parts
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    if (
        is_link
        or name.startswith(("/", "\\"))
        or ".." in parts
        or not parts
        or ":" in parts[0]
        or "\\" in name
        or "\0" in entry.orig_filename
    ):
        raise FormatError(
            "E_ARCHIVE_PATH", "an entry leads out of the archive", where=archive.name, found=repr(name[:80]), hint="Do not trust this file."
        )


def _is_clutter(name: str) -> bool:
    """Tell what macOS adds to archives."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name == ".DS_Store"


def _entered(root: Path) -> Path:
    while True:
        inside = list(root.iterdir())
        if len(inside) != 1:
            return root
        if inside[0].is_file():
            return inside[0] if inside[0].suffix.lower() == ".json" else root
        if inside[0].name in ("keyframes", "depth", "lowres_wide"):  # folders of a capture, not the capture
            return root
        root = inside[0]


def _refuse(what: str, archive: Path, found: str, cause: Exception | None = None) -> NoReturn:
    hint = "Download or export it again, or unpack it and name the folder."
    raise FormatError("E_ARCHIVE", what, where=archive.name, found=found, hint=hint) from cause
