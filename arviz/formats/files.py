"""Files beside the input: the only door through which a format may open anything else.

Nothing outside the input's folder is opened and no URL is followed, whatever the file says.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

from arviz.core.errors import FormatError, LimitError
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.regular_file import read_regular

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
        self.beside: dict[str, str] = {}
        """What was read beside the input: uri -> sha256, empty where there is no such file."""

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
        data = read_regular(self.path, where=self.name, limits=self.limits)
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
        self.beside[uri] = ""
        try:
            path = self._inside(uri)
            if path is None or not path.is_file():
                return None
        except (OSError, RuntimeError):  # a name too long for the system, links in a circle
            return None
        data = read_regular(path, where=f"{self.name} -> {uri}", limits=self.limits)
        self.beside[uri] = sha256(data).hexdigest()
        return data

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
