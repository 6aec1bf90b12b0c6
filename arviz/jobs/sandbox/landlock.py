"""Landlock: a process gives up the file system and TCP except for what it names, without any privilege.

Kernel documentation: userspace-api/landlock. Rights that a kernel does not know (its ABI is older) cannot be given up there.
It sees what is opened, not what is asked about: whether a path exists and how large it is can still be learnt.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from arviz.jobs.sandbox.kernel import checked, no_new_privileges

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV

READ = _READ_FILE | _READ_DIR
"""Mapping a library needs no right to execute: only ``execve`` asks for it."""
WRITE = READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
"""Regular files and folders: no links, pipes, sockets or devices."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """Return the version of Landlock that this kernel speaks; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        return _call(_CREATE, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(allowed: Iterable[tuple[Path, int]], *, version: int) -> None:
    """Give up every file right, TCP, signals and abstract sockets to others, but for `allowed`, for the rest of this process' life.

    Parameters
    ----------
    allowed : iterable of (path, rights)
        `READ` or `WRITE` below a folder or of a file. A path that is not there is left out.
    version : int
        What `abi` returned.
    """
    known = (1 << 13) - 1
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV)):
        known |= right if version >= since else 0
    # Bind and connect by TCP; signals and abstract unix sockets. An older kernel refuses the longer structure.
    attributes = _Ruleset(fs=known, net=3 if version >= 4 else 0, scoped=3 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _call(_CREATE, ctypes.byref(attributes), size, 0)
    try:
        for path, rights in allowed:
            _allow(ruleset, path, rights & known)
        no_new_privileges()
        _call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            rights &= _OF_A_FILE
        _call(_ADD, ruleset, _PATH_BENEATH, ctypes.byref(_PathBeneath(allowed=rights, parent=opened)), 0)
    finally:
        os.close(opened)


def _call(number: int, *arguments: object) -> int:
    # ctypes passes an int as 32 bits unless told; the kernel reads whole registers.
    return checked("syscall", ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
