"""The OpenGL context, and what to say where none can be made."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

from arviz.core.errors import BackendError, DependencyError, InputError

_APT = "Run `sudo apt-get install libegl1 libegl-mesa0 libgl1 libgl1-mesa-dri` (software rendering, no GPU needed)."
_REQUIRED = 330
"""OpenGL 3.3 core: the oldest that has what the shaders need, offered by every Mesa and desktop driver."""


def open_context(*, device: int | None = None) -> Any:
    """Make an off-screen context and let moderngl's and the loader's exceptions through."""
    import moderngl

    options: dict[str, Any] = {"backend": "egl"} if sys.platform.startswith("linux") else {}
    if device is not None:
        options["device_index"] = device
    return moderngl.create_context(standalone=True, require=_REQUIRED, **options)


def create_context(*, device: int | None = None) -> Any:
    """Make an off-screen OpenGL 3.3 context for the calling thread; return a ``moderngl.Context``.

    `device` is the index of an EGL device (Linux only), tried in a child process first; None takes the first.

    Raises
    ------
    DependencyError
        moderngl or the system's OpenGL libraries are missing.
    BackendError
        The driver refuses.
    InputError
        There is no such device.
    """
    if device is not None:
        _check_device(device)
    try:
        return open_context(device=device)
    except ImportError as error:
        raise DependencyError(
            "E_MISSING_PACKAGE", "the renderer 'gl' needs the package moderngl", found=str(error), hint="Run `pip install moderngl`."
        ) from error
    except Exception as error:  # a door: moderngl and glcontext raise bare Exception
        hint = _APT if sys.platform.startswith("linux") else "Install or update the graphics driver."
        text = str(error)
        if "not loaded" in text or "not found" in text or isinstance(error, OSError):
            raise DependencyError("E_GL_MISSING", "the OpenGL libraries are missing", found=text, hint=hint) from error
        raise BackendError(
            "E_GL_CONTEXT", "no OpenGL context can be made", expected="OpenGL 3.3 or newer", found=text, hint=hint
        ) from error


def _check_device(number: int) -> None:
    from arviz.render import egl_devices

    asked = egl_devices.device(number)
    if asked is not None and asked.works:
        return
    others = [each for each in egl_devices.devices() if each.works]
    raise InputError(
        "E_GL_DEVICE",
        "there is no such EGL device" if asked is None else "this EGL device cannot be used",
        expected="; ".join(f"{each.number}: {each.name}" for each in others) or "no device: EGL lists none here",
        found=number if asked is None else f"{number}: {asked.name}",
        hint="`arviz doctor` lists the devices; without a number the first is used.",
    )


def current_identity(context: Any) -> int:
    """Return a number that tells which context is current in this thread, 0 for none; constant where it cannot be known.

    Another library may shut EGL down for the whole process (pyrender's ``OffscreenRenderer.delete`` does). Making our
    context current then fails without an error, calls land in a foreign context or nowhere, and what is read back is
    old memory.
    """
    if not sys.platform.startswith("linux"):
        return 1
    address = context.mglo._context.load_opengl_function("eglGetCurrentContext")
    return ctypes.CFUNCTYPE(ctypes.c_void_p)(address)() or 0 if address else 1
