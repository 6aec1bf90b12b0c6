"""Open3D is imported without what it does to a Jupyter notebook: announcements, and its windows handed to a WebRTC server."""

from __future__ import annotations

import importlib
import os
from typing import Any

_VARIABLE = "OPEN3D_DISABLE_WEB_VISUALIZER"
"""Read by ``open3d/__init__.py`` while it is imported, and only then."""


def import_open3d() -> Any:
    """Return the module ``open3d``; where somebody has imported it before, as it is."""
    before = os.environ.get(_VARIABLE)
    os.environ.setdefault(_VARIABLE, "true")
    try:
        return importlib.import_module("open3d")
    finally:
        if before is None:
            del os.environ[_VARIABLE]
