"""The folder of a capture: the only door through which an importer opens files.

Nothing outside the folder is opened, whatever names or links stand in it (the rule of `arviz.formats.files`), and nothing
that is no regular file.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arviz.core.errors import FormatError, InputError, LimitError
from arviz.core.limits import DEFAULT_LIMITS, Limits

MOST_FILES = 200_000
"""In one sub-folder: an hour at 55 pictures a second."""
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


class CaptureFolder:
    """Read what lies in or below one folder, by names relative to it.

    Parameters
    ----------
    root : Path
    limits : Limits
    """

    def __init__(self, root: Path, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self.root = root
        self.limits = limits

    def where(self, name: str) -> str:
        """Return what messages call a file: the folder's name and the way inside, not where it lies on this machine."""
        return f"{self.root.name}/{name}"

    def path(self, name: str) -> Path | None:
        """Return the regular file that `name` means, None if there is none.

        Raises
        ------
        LimitError
            ``E_EXTERNAL_URI``: a URL, an absolute path, or one that leads out of the folder, also through a link.
        """
        text = name.replace("\\", "/")
        if _SCHEME.match(text) or text.startswith("/") or "\0" in text:
            raise self._outside(name)
        try:
            folder = self.root.resolve()
            path = (folder / text).resolve()
            if not path.is_relative_to(folder):
                raise self._outside(name)
            return path if path.is_file() else None
        except (OSError, RuntimeError, ValueError):  # a name too long for the system, links in a circle
            return None

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file, None if there is none; raises as `path`, and where it cannot be read or is too large."""
        path = self.path(name)
        return None if path is None else read_regular(path, where=self.where(name), limits=self.limits)

    def demand(self, name: str) -> bytes:
        """Return the bytes of a file that must be there.

        Raises
        ------
        FormatError
            ``E_CAPTURE_FILE``: it is not.
        """
        data = self.read(name)
        if data is None:
            raise FormatError(
                "E_CAPTURE_FILE",
                "a file of the capture is missing",
                where=self.where(name),
                hint="Export the capture again and keep its files together.",
            )
        return data

    def stems(self, folder: str, suffixes: tuple[str, ...]) -> dict[str, str]:
        """Return the files of a sub-folder by their names without suffix, sorted; empty if there is no such folder."""
        found: dict[str, str] = {}
        if not self.has_folder(folder):
            return found
        with os.scandir(self.root / folder) as entries:
            for count, entry in enumerate(entries):
                if count >= MOST_FILES:
                    where, found_text = self.where(folder), f"more than {MOST_FILES:,}"
                    raise LimitError("E_LIMIT_CAPTURE_FILES", "too many files in a folder", where=where, found=found_text)
                stem, dot, suffix = entry.name.rpartition(".")
                if stem and f"{dot}{suffix}".lower() in suffixes:
                    found[stem] = f"{folder}/{entry.name}"
        return dict(sorted(found.items()))

    def has_folder(self, name: str) -> bool:
        """Tell whether there is such a sub-folder, inside."""
        try:
            path = (self.root / name).resolve()
            return path.is_dir() and path.is_relative_to(self.root.resolve())
        except (OSError, RuntimeError):
            return False

    def has(self, *names: str) -> bool:
        """Tell whether all these files are there."""
        try:
            return all(self.path(name) is not None for name in names)
        except LimitError:
            return False

    def _outside(self, name: str) -> LimitError:
        return LimitError(
            "E_EXTERNAL_URI",
            "the capture refers to something outside its own folder",
            where=self.root.name,
            expected="a file name relative to the capture",
            found=repr(name[:200]),
            hint="Put all files of the capture into one folder and use relative names.",
        )


def read_regular(path: Path, *, where: object, limits: Limits) -> bytes:
    """Return the bytes of a regular file.

    Raises
    ------
    InputError
        ``E_FILE_KIND``, ``E_FILE_UNREADABLE``.
    LimitError
        ``E_LIMIT_FILE_BYTES``.
    """
    try:
        with open(path, "rb", opener=_without_blocking) as file:
            info = os.fstat(file.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise InputError("E_FILE_KIND", "not a regular file", where=where)
            limits.check("file_bytes", info.st_size, where=where)
            return file.read(info.st_size)  # Python allocates what is asked for, so not the limit itself
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise InputError("E_FILE_UNREADABLE", "the file cannot be read", where=where, found=found, hint="Check its permissions.") from error


def parse_json(data: bytes, *, where: object, limits: Limits = DEFAULT_LIMITS) -> Mapping[str, Any]:
    """Return a JSON object.

    Raises
    ------
    FormatError
        ``E_CAPTURE_JSON``: no JSON, or no object.
    """
    limits.check("json_bytes", len(data), where=where)
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        hint = "Export it again."
        raise FormatError("E_CAPTURE_JSON", "not a JSON file", where=where, found=str(error)[:120], hint=hint) from error
    if not isinstance(values, dict):
        raise FormatError("E_CAPTURE_JSON", "the file holds no JSON object", where=where, found=type(values).__name__)
    return values


def _without_blocking(path: str, flags: int) -> int:
    # A FIFO would block for ever on open; O_NONBLOCK lets us see that it is no regular file.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
