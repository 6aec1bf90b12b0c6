"""Find the files that ship with arviz, in an installed wheel or in a bare checkout, and the user's cache."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(*parts: str) -> Path:
    """Return the path of a shipped file, for example ``resource("assets", "environments", "studio.hdr")``.

    In a wheel ``assets/`` and ``calibration/`` lie inside the package; in a checkout beside it.
    """
    for root in (_PACKAGE, _PACKAGE.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"{'/'.join(parts)} is not part of this installation (looked beside and inside {_PACKAGE})")


def cache_folder(name: str) -> Path:
    """Return the folder ``<user cache>/arviz/<name>``, made if missing (XDG Base Directory Specification 0.8)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "arviz" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
