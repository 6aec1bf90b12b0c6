"""The calls to the Linux kernel that Python 3.11 lacks. Numbers are of its public headers and never change."""

from __future__ import annotations

import ctypes
import functools
import os
import signal
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522


def checked(function: str, *arguments: Any) -> int:
    """Call a function of the C library and return its result; raise OSError where it fails."""
    result: int = getattr(_libc(), function)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), function)
    return result


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """End this process by SIGKILL when the thread that started it ends; lost where the user id changes afterwards."""
    _prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def own_its_proc() -> None:
    """Let this process write below its own ``/proc/self`` again, which a change of user takes away."""
    _prctl(_PR_SET_DUMPABLE, 1)


def no_new_privileges() -> None:
    """Give up set-user-id programs for ever, which Landlock and seccomp ask of who is not root."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def set_filter(program: ctypes.Structure) -> None:
    """Put a seccomp filter on this thread, which must be the only one."""
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program))


def drop_capabilities() -> None:
    """Give up every capability of this process."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    checked("capset", header, (ctypes.c_uint32 * 6)())


def _prctl(option: int, value: int, pointer: Any = 0) -> None:
    checked("prctl", option, ctypes.c_ulong(value), pointer or ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
