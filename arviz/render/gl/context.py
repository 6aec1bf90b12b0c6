"""The OpenGL context, and what to say where none can be made."""

from __future__ import annotations

import sys
from typing import Any

from arviz.core.errors import BackendError, DependencyError

_APT = "Run `sudo apt-get install libegl1 libegl-mesa0 libgl1 libgl1-mesa-dri` (software rendering, no GPU needed)."
_REQUIRED = 330
"""OpenGL 3.3 core: the oldest that has what the shaders need, offered by every Mesa and desktop driver."""


def create_context() -> Any:
    """Make an off-screen OpenGL 3.3 context for the calling thread; return a ``moderngl.Context``.

    Raises
    ------
    DependencyError
        moderngl or the system's OpenGL libraries are missing.
    BackendError
        The driver refuses.
    """
    try:
        import moderngl
    except ImportError as error:
        raise DependencyError(
            "E_MISSING_PACKAGE", "the renderer 'gl' needs the package moderngl", found=str(error), hint="Run `pip install moderngl`."
        ) from error
    options: dict[str, Any] = {"backend": "egl"} if sys.platform.startswith("linux") else {}
    try:
        return moderngl.create_context(standalone=True, require=_REQUIRED, **options)
    except Exception as error:  # a door: moderngl and glcontext raise bare Exception
        hint = _APT if sys.platform.startswith("linux") else "Install or update the graphics driver."
        text = str(error)
        if "not loaded" in text or "not found" in text or isinstance(error, (ImportError, OSError)):
            raise DependencyError("E_GL_MISSING", "the OpenGL libraries are missing", found=text, hint=hint) from error
        raise BackendError(
            "E_GL_CONTEXT", "no OpenGL context can be made", expected="OpenGL 3.3 or newer", found=text, hint=hint
        ) from error
