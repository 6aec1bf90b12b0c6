"""Import pyrender for OpenGL by EGL, and what to say where it is missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from arviz.core.errors import BackendError
from arviz.core.probe import probed

_VARIABLE = "PYOPENGL_PLATFORM"
_BEFORE = f"import os; os.environ.setdefault({_VARIABLE!r}, 'egl')" if sys.platform.startswith("linux") else ""


def load() -> Any:
    """Return the module ``pyrender``.

    Raises
    ------
    DependencyError, BackendError
        It is missing, or PyOpenGL was imported for another platform than EGL before.
    """
    probed("pyrender", package="pyrender-maintained", before=_BEFORE)
    with _egl():
        import OpenGL.platform
        import pyrender
    if sys.platform.startswith("linux") and type(OpenGL.platform.PLATFORM).__name__ != "EGLPlatform":
        raise BackendError(
            "E_PYOPENGL_PLATFORM",
            "PyOpenGL was imported for another platform in this process",
            expected="EGLPlatform",
            found=type(OpenGL.platform.PLATFORM).__name__,
            hint=f"Set {_VARIABLE}=egl before the first import of OpenGL or pyrender.",
        )
    return pyrender


@contextmanager
def _egl() -> Iterator[None]:
    """Make PyOpenGL choose EGL: it reads this variable when it is imported, and by nothing else can it be told."""
    if not sys.platform.startswith("linux") or _VARIABLE in os.environ:
        yield
        return
    os.environ[_VARIABLE] = "egl"
    try:
        yield
    finally:
        del os.environ[_VARIABLE]
