"""Elements of ufbx's scenes as plain Python and numpy."""

from __future__ import annotations

import ctypes
from typing import Any, TypeVar

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frozen import Array

T = TypeVar("T")


def counted(element: T) -> T:
    """Return `element` of a ufbx scene with the reference counted that its binding forgets; it is never freed."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(element))
    return element


def matrix_of(matrix: Any) -> Array:
    """Return a ufbx matrix, four columns of three, as (4, 4) float64.

    Raises
    ------
    FormatError
        ``E_FBX``: numbers that are not finite.
    """
    out = np.vstack([np.array(matrix, np.float64).T, [0.0, 0.0, 0.0, 1.0]])
    if not np.isfinite(out).all():
        raise FormatError("E_FBX", "a bone's place holds numbers that are not finite", hint="Export the file again.")
    return out
