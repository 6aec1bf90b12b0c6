"""Readers that go wrong, to be called in a child process by name."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

from arviz.core.asset import Asset, Source
from arviz.core.errors import MeshError
from arviz.core.report import Finding
from arviz.formats.files import Files
from arviz.testing.shapes import box


def works(data: bytes, files: Files) -> Asset:
    """Return a box; read a file beside the input, and tell something."""
    files.read("beside.txt")
    told = Finding(code="I_TOLD", severity="info", message=data.decode())
    source = Source(name=files.name, format="fbx", unit="in", unit_source="file", up="+Z", front="-Y", findings=(told,))
    return replace(box(size_m=(1, 2, 3)), source=source)


def dies(data: bytes, files: Files) -> Asset:
    """End as a fault of memory ends a process."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return works(data, files)


def leaves(data: bytes, files: Files) -> Asset:
    """End as if all were well, without an answer."""
    os._exit(0)


def spins(data: bytes, files: Files) -> Asset:
    """Spend the processor time that it has, as the kernel would end it."""
    os.kill(os.getpid(), signal.SIGXCPU)
    return works(data, files)


def eats(data: bytes, files: Files) -> Asset:
    """Ask for more memory than there is."""
    bytearray(2**34)
    return works(data, files)


def refuses(data: bytes, files: Files) -> Asset:
    """Raise an error of the file."""
    raise MeshError("E_NO_TRIANGLES", "there is nothing", where=files.name, expected="a", found="b", hint="Draw.")


def stumbles(data: bytes, files: Files) -> Asset:
    """Raise what no reader should."""
    raise KeyError("bug")
