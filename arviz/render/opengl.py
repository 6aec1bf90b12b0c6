"""The OpenGL context, and what to say where none can be made."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from arviz.core.absent import libraries_hint
from arviz.core.errors import BackendError, DependencyError, InputError

_MESA = "libegl1 libegl-mesa0 libgl1 libgl1-mesa-dri"
"""Debian packages that draw on the processor, where there is no GPU."""
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
        The driver refuses; ``E_GL_FORKED``.
    InputError
        There is no such device.
    """
    _refuse_forked()
    if device is not None:
        _check_device(device)
    try:
        return open_context(device=device)
    except ImportError as error:
        raise DependencyError(
            "E_MISSING_PACKAGE", "the renderer 'gl' needs the package moderngl", found=str(error), hint="Run `pip install moderngl`."
        ) from error
    except Exception as error:  # a door: moderngl and glcontext raise bare Exception
        hint = libraries_hint(_MESA) if sys.platform.startswith("linux") else "Install or update the graphics driver."
        text = str(error)
        if "not loaded" in text or "not found" in text or isinstance(error, OSError):
            raise DependencyError("E_GL_MISSING", "the OpenGL libraries are missing", found=text, hint=hint) from error
        raise BackendError(
            "E_GL_CONTEXT", "no OpenGL context can be made", expected="OpenGL 3.3 or newer", found=text, hint=hint
        ) from error


def _refuse_forked() -> None:
    """Raise BackendError in a process that was forked from one that had used OpenGL: drawing there would never end."""
    if _USED_IN and os.getpid() not in _USED_IN:
        raise BackendError(
            "E_GL_FORKED",
            "this process was forked from one that has drawn, and OpenGL does not outlive a fork",
            hint='Start processes with multiprocessing.get_context("spawn"), or fork before the first picture.',
        )
    _USED_IN.add(os.getpid())


_USED_IN: set[int] = set()
"""Processes that have used OpenGL. The driver's threads are the process's own, whatever object of ours asked for them."""


class OwnContext:
    """A context of one engine: used in the thread that made it, never when it is gone.

    Parameters
    ----------
    device : int or None
        See `create_context`.
    errors : tuple of exception types
        What drawing raises besides moderngl's own errors when the driver refuses.
    """

    def __init__(self, *, device: int | None = None, errors: tuple[type[Exception], ...] = ()) -> None:
        self._thread = threading.get_ident()
        self._errors = errors
        self.context: Any = create_context(device=device)
        with self.context:
            self._identity = current_identity(self.context)

    def check_usable(self) -> None:
        """Raise BackendError after `release`, in another thread, or in a process that was forked since."""
        if self.context is None:
            raise BackendError("E_GL_CLOSED", "the renderer is closed", hint="Use it inside its `with` block.")
        _refuse_forked()
        if threading.get_ident() != self._thread:
            raise BackendError(
                "E_GL_THREAD", "a renderer works only in the thread that made it", hint="Make one renderer per thread or process."
            )

    @property
    def alive(self) -> bool:
        """Whether the context, entered just now, is the current one; see `current_identity`."""
        return current_identity(self.context) == self._identity

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Make the context current; turn what the driver refuses into an error of ours: a product must not be lost with its picture.

        Raises
        ------
        BackendError
            ``E_GL_LOST``, ``E_GL_DRIVER``.
        """
        import moderngl

        refusals: tuple[type[Exception], ...] = (moderngl.Error, *self._errors)
        with self.context:
            if not self.alive:
                raise BackendError(
                    "E_GL_LOST", "the OpenGL context is gone", hint="Make a new renderer; another library in this process shut EGL down."
                )
            try:
                yield
            except refusals as error:
                raise BackendError(
                    "E_GL_DRIVER",
                    "the OpenGL driver refused to draw",
                    found=str(error)[:200],
                    hint="Run `arviz doctor`; another driver may help.",
                ) from error

    def release(self) -> None:
        """Free the context; doing so twice is fine."""
        if self.context is not None:
            self.context.release()
        self.context = None


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


def begin(context: Any) -> None:
    """Have the driver begin with what it was told to draw, in threads of its own, while something else is worked out here."""
    address = context.mglo._context.load_opengl_function("glFlush") if sys.platform.startswith("linux") else 0
    if address:
        ctypes.CFUNCTYPE(None)(address)()


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
