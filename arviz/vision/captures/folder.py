"""The folder of a capture: the only door through which an importer opens files.

Nothing outside the folder is opened, whatever names or links stand in it (the rule of `arviz.formats.files`), and nothing
that is no regular file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arviz.core.errors import FormatError, LimitError
from arviz.core.json_document import parse_json
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.regular_file import read_regular

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


def parse_capture_json(data: bytes, *, where: object, limits: Limits = DEFAULT_LIMITS) -> Mapping[str, Any]:
    """Return the JSON object that an app wrote.

    Raises
    ------
    FormatError
        ``E_CAPTURE_JSON``: no JSON, or no object.
    LimitError
        As `arviz.core.json_document.parse_json`.
    """
    return parse_json(data, where=where, refuse=_no_json, limits=limits, unique=False)


def _no_json(where: object, expected: str, found: str) -> FormatError:
    hint = "Export it again."
    return FormatError("E_CAPTURE_JSON", "not a JSON file of this app", where=where, expected=expected, found=found, hint=hint)
