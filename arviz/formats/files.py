"""Files beside the input: the only door through which a format may open anything else.

Nothing outside the input's folder is opened and no URL is followed, whatever the file says.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from urllib.parse import unquote

from arviz.core.errors import FormatError, InputError, LimitError
from arviz.core.limits import DEFAULT_LIMITS, Limits

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


class Files:
    """Read the input and what lies in or below its folder.

    Parameters
    ----------
    path : Path or None
        The input file; None for bytes that have no folder: then nothing else can be opened.
    name : str
        What messages call the input.
    """

    def __init__(self, path: Path | None, *, name: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self.path = path
        self.name = name
        self.limits = limits

    def read_input(self) -> bytes:
        """Return the bytes of the input itself.

        Raises
        ------
        InputError
            Missing, a folder, unreadable.
        FormatError
            Empty.
        LimitError
            Larger than ``limits.file_bytes``; nothing is read then.
        """
        assert self.path is not None
        data = _read_regular(self.path, where=self.name, limits=self.limits)
        if not data:
            raise FormatError("E_FILE_EMPTY", "the file is empty", where=self.name, hint="Export or download it again.")
        return data

    def read(self, uri: str) -> bytes | None:
        """Return the bytes of the file that `uri` names relative to the input's folder, or None if there is none.

        Percent-encoding and backslashes are understood, as exporters write both.

        Raises
        ------
        LimitError
            `uri` is a URL, absolute, or leads out of the folder (also through a link).
        """
        try:
            path = self._inside(uri)
            if path is None or not path.is_file():
                return None
        except (OSError, RuntimeError):  # a name too long for the system, links in a circle
            return None
        return _read_regular(path, where=f"{self.name} -> {uri}", limits=self.limits)

    def _inside(self, uri: str) -> Path | None:
        text = unquote(uri).replace("\\", "/")
        if _SCHEME.match(text) or text.startswith("/") or "\0" in text:
            raise self._outside(uri)
        if self.path is None:
            return None
        folder = self.path.resolve().parent
        path = (folder / text).resolve()
        if not path.is_relative_to(folder):
            raise self._outside(uri)
        if not path.exists() and (folder / uri).resolve().is_relative_to(folder):
            path = (folder / uri).resolve()  # a name that really holds a percent sign
        return path

    def _outside(self, uri: str) -> LimitError:
        return LimitError(
            "E_EXTERNAL_URI",
            "the file refers to something outside its own folder",
            where=self.name,
            expected="a file name relative to the input",
            found=repr(uri[:200]),
            hint="Put all files of the product into one folder and use relative names.",
        )


def _read_regular(path: Path, *, where: str, limits: Limits) -> bytes:
    try:
        with open(path, "rb", opener=_open_without_blocking) as file:
            info = os.fstat(file.fileno())
            if stat.S_ISDIR(info.st_mode):
                raise IsADirectoryError(21, "Is a directory")
            if not stat.S_ISREG(info.st_mode):
                raise InputError("E_FILE_KIND", "not a regular file", where=where)
            limits.check("file_bytes", info.st_size, where=where)
            return file.read(info.st_size + 1)  # Python sets aside what is asked for: the limit would be half a gigabyte
    except FileNotFoundError as error:
        raise InputError("E_FILE_MISSING", "no such file", where=where, hint="Check the name and the folder you are in.") from error
    except IsADirectoryError as error:
        raise InputError("E_FILE_KIND", "this is a folder, not a file", where=where, hint="Name the model file inside it.") from error
    except (OSError, ValueError) as error:
        raise InputError(
            "E_FILE_UNREADABLE",
            "the file cannot be read",
            where=where,
            found=getattr(error, "strerror", None) or str(error),
            hint="Check its permissions and name.",
        ) from error


def _open_without_blocking(path: str, flags: int) -> int:
    # A FIFO would block for ever on open; O_NONBLOCK lets us see that it is no regular file.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
