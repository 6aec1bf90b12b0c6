"""A folder for unfinished work that goes with its process, however that ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

_PREFIX = "arviz-worker-"
_LOCK = "lock"


@contextmanager
def scratch_folder(base: str | os.PathLike[str] | None = None) -> Iterator[Path]:
    """Make a folder below `base` (default: the system's), remove it at the end, and before that what killed processes left there."""
    root = Path(base or tempfile.gettempdir())
    root.mkdir(parents=True, exist_ok=True)
    for left in root.glob(f"{_PREFIX}*"):
        _remove_if_left(left)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        with ExitStack() as stack:
            try:
                lock = stack.enter_context(open(folder / _LOCK, "wb"))
            except FileNotFoundError:
                continue  # another process took it for left
            if not locked(lock) or not (folder / _LOCK).exists():
                continue  # the same, after the lock was made
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return


def _remove_if_left(folder: Path) -> None:
    """Remove a folder whose process is gone: nobody holds its lock, which the system gives back with the process.

    A process that was killed before it made the lock left a folder without one: here it gets one.
    """
    with suppress(OSError), open(folder / _LOCK, "ab") as lock:
        if locked(lock):
            shutil.rmtree(folder, ignore_errors=True)


def locked(file: IO[bytes]) -> bool:
    """Lock an open file until it is closed and return True, or False if another process has."""
    try:
        import fcntl
    except ImportError:  # Windows, which does not remove what is open
        return os.name == "nt"
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
