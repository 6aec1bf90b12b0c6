"""The bytes of a file that a user or another file names: a regular one, not too large, or one clear error."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

from arviz.core.errors import InputError
from arviz.core.limits import DEFAULT_LIMITS, Limits


def read_regular(path: Path, *, where: object, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the bytes of a regular file; nothing that is larger, and no folder, pipe or device, is read.

    Parameters
    ----------
    path : Path
    where : object
        What messages call the file.
    limits : Limits
        ``file_bytes`` counts.

    Raises
    ------
    InputError
        As `open_regular`.
    LimitError
        ``E_LIMIT_FILE_BYTES``.
    """
    with open_regular(path, where=where) as file:
        size = os.fstat(file.fileno()).st_size
        limits.check("file_bytes", size, where=where)
        try:
            return file.read(size)  # Python sets aside what is asked for: the limit would be half a gigabyte
        except OSError as error:
            raise _unreadable(where, error) from error


def open_regular(path: Path, *, where: object) -> BufferedReader:
    """Return a regular file, open for reading.

    Raises
    ------
    InputError
        ``E_FILE_MISSING``, ``E_FILE_KIND`` a folder, a pipe or a device, ``E_FILE_UNREADABLE``.
    """
    try:
        file = open(path, "rb", opener=_without_blocking)  # noqa: SIM115 - the caller closes it
    except FileNotFoundError as error:
        raise InputError("E_FILE_MISSING", "no such file", where=where, hint="Check the name and the folder you are in.") from error
    except IsADirectoryError as error:
        raise InputError("E_FILE_KIND", "this is a folder, not a file", where=where, hint="Name the file inside it.") from error
    except (OSError, ValueError) as error:
        raise _unreadable(where, error) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InputError("E_FILE_KIND", "not a regular file", where=where, hint="Copy its content into a file.")
    return file


def _unreadable(where: object, error: Exception) -> InputError:
    return InputError(
        "E_FILE_UNREADABLE",
        "the file cannot be read",
        where=where,
        found=getattr(error, "strerror", None) or str(error),
        hint="Check its permissions and name.",
    )


def _without_blocking(path: str, flags: int) -> int:
    # A FIFO would block for ever on open; O_NONBLOCK lets us see that it is no regular file.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
