"""Arrays that are kept on disk because making them takes a moment: whole or not at all, bounded, never needed."""

from __future__ import annotations

import os
import threading
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from arviz.core.frozen import Array
from arviz.core.resources import cache_folder

BUDGET_BYTES = 64 * 2**20
"""Of one folder."""


def folder_or_none(name: str) -> Path | None:
    """Return the user's cache folder `name`, None where none can be made: then each run computes anew."""
    try:
        return cache_folder(name)
    except (OSError, RuntimeError):
        return None


def load(path: Path) -> dict[str, Array] | None:
    """Return the arrays of a file, None if it is not there or damaged; a file that is used is the last to be thrown out."""
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    with suppress(OSError):  # a read-only cache is used all the same
        os.utime(path)
    return arrays


def save(path: Path, arrays: Mapping[str, Array], *, budget_bytes: int = BUDGET_BYTES) -> None:
    """Write arrays beside and rename, also with two processes or threads at once.

    A full or read-only disk costs the work again next time, nothing more.
    """
    beside = path.with_name(f"{path.stem}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with beside.open("wb") as file:
            np.savez(file, **dict(arrays))  # type: ignore[arg-type]
        beside.replace(path)
        _trim(path.parent, budget_bytes=budget_bytes)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _trim(folder: Path, *, budget_bytes: int) -> None:
    """Throw out what was not used for longest, also what a process left that died while writing."""
    known = []
    for file in folder.iterdir():
        if file.suffix in (".npz", ".tmp"):
            with suppress(OSError):  # another process was faster
                known.append((file.stat().st_mtime, file.stat().st_size, file))
    total = 0
    for _, size, file in sorted(known, reverse=True):
        total += size
        if total > budget_bytes:
            file.unlink(missing_ok=True)
