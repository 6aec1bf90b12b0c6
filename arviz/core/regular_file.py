"""The bytes of a file that a user or another file names: a regular one, not too large, or one clear error."""

from __future__ import annotations

import os
import stat
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
        ``E_FILE_MISSING``, ``E_FILE_KIND`` a folder, a pipe or a device, ``E_FILE_UNREADABLE``.
    LimitError
        ``E_LIMIT_FILE_BYTES``.
    """
    try:
        with open(path, "rb", opener=_without_blocking) as file:
            info = os.fstat(file.fileno())
            if stat.S_ISDIR(info.st_mode):
                raise IsADirectoryError(21, "Is a directory")
            if not stat.S_ISREG(info.st_mode):
                raise InputError("E_FILE_KIND", "not a regular file", where=where, hint="Copy its content into a file.")
            limits.check("file_bytes", info.st_size, where=where)
            return file.read(info.st_size)  # Python sets aside what is asked for: the limit would be half a gigabyte
    except FileNotFoundError as error:
        raise InputError("E_FILE_MISSING", "no such file", where=where, hint="Check the name and the folder you are in.") from error
    except IsADirectoryError as error:
        raise InputError("E_FILE_KIND", "this is a folder, not a file", where=where, hint="Name the file inside it.") from error
    except (OSError, ValueError) as error:
        raise InputError(
            "E_FILE_UNREADABLE",
            "the file cannot be read",
            where=where,
            found=getattr(error, "strerror", None) or str(error),
            hint="Check its permissions and name.",
        ) from error


def _without_blocking(path: str, flags: int) -> int:
    # A FIFO would block for ever on open; O_NONBLOCK lets us see that it is no regular file.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
