"""Which devices EGL offers, each tried in a child process: a broken driver ends the process that opens it."""

from __future__ import annotations

import sys
from typing import NamedTuple

from arviz.core.probe import child

_MOST = 16
"""Devices asked for; no machine that we know has more."""
_COUNT = """
import ctypes, ctypes.util
egl = ctypes.CDLL(ctypes.util.find_library("EGL"))
egl.eglGetProcAddress.restype = ctypes.c_void_p
address = egl.eglGetProcAddress(b"eglQueryDevicesEXT")
count = ctypes.c_int(0)
if address:
    query = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int))(address)
    query(0, None, ctypes.byref(count))
print(count.value)
"""
_NAME = """
import sys
from arviz.render.opengl import open_context
context = open_context(device=int(sys.argv[1]))
print(context.info["GL_RENDERER"] + ", OpenGL " + context.info["GL_VERSION"])
"""


class Device(NamedTuple):
    """An EGL device: what it calls itself, or why no OpenGL 3.3 context can be made on it."""

    number: int
    name: str
    works: bool


def devices() -> tuple[Device, ...]:
    """Return the EGL devices of this machine, in the order of ``device`` numbers; empty where EGL cannot tell.

    A GPU comes before the processor: Mesa and NVIDIA list their software devices last.
    """
    return tuple(_device(index) for index in range(_count()))


def device(number: int) -> Device | None:
    """Return one EGL device, the only one that is tried; None where there is no such number."""
    return _device(number) if 0 <= number < _count() else None


def _count() -> int:
    if not sys.platform.startswith("linux"):
        return 0
    counted = child(_COUNT).lines
    return min(int(counted[-1]) if counted and counted[-1].isdigit() else 0, _MOST)


def _device(index: int) -> Device:
    answer = child(_NAME, str(index))
    return Device(index, answer.lines[-1] if answer.lines else answer.trouble, bool(answer.lines))
