"""`Recent`: the files that were opened last, kept between windows; nothing else is kept."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from arviz.core.errors import InputError
from arviz.flows.outputs import write_files

MOST = 10


def config_folder() -> Path:
    """Return where this user's programs keep settings, as the system says it."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


class Recent:
    """The files that were opened last, in one file of JSON; a folder that takes no file keeps none, without a word.

    Parameters
    ----------
    path : path, optional
        That file.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or config_folder() / "arviz" / "recent.json"

    def files(self) -> tuple[Path, ...]:
        """Return the newest first, at most `MOST`; read anew, as another window may have written."""
        try:
            known = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return ()
        if not isinstance(known, list):
            return ()
        return tuple(Path(name) for name in known if isinstance(name, str))[:MOST]

    def add(self, file: Path) -> None:
        """Remember a file as the newest."""
        names = [str(file), *(str(known) for known in self.files() if known != file)][:MOST]
        with suppress(InputError):
            write_files({self._path: json.dumps(names, indent=1).encode()})

    def forget(self) -> None:
        """Forget all of them."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
