"""Which way is down in a picture: checked, and as a direction with its covariance that others can weigh."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.errors import InputError
from arviz.core.frozen import Array

SIGMA_RAD = float(np.radians(1.0))
"""What phones state about as well as they know it: 0.5 to 1.5 degrees."""
_UPSIDE_DOWN = -0.5
"""Nobody holds a camera by more than 120 degrees from upright, but axes with y up are common."""


class UpPrior(NamedTuple):
    """What is known about up before an object on the floor is looked at."""

    up: Array
    """(3,) unit vector, camera axes."""
    covariance: Array
    """(3, 3) of the small rotation (about the camera's axes, radians) that takes `up` to the truth, for the camera's f."""
    turn_per_ln_f: Array
    """(3,) how that rotation changes with ln f."""
    source: str


def down_vector(gravity: Sequence[float] | Array) -> Array:
    """Return gravity as a unit vector (3,), down in camera axes; any length is taken.

    **Convention** x right, y down, z forward: of an upright camera gravity is (0, 1, 0); of one that looks 30 degrees down it
    is (0, 0.866, 0.5).

    Raises
    ------
    InputError
        ``E_GRAVITY``: not three finite numbers, of length 0, or pointing to the top of the picture.
    """
    try:
        down = np.asarray(gravity, np.float64)
    except (TypeError, ValueError):
        down = np.empty(0)
    length = np.linalg.norm(down) if down.shape == (3,) else np.nan
    if not (np.isfinite(length) and length > 1e-9):
        raise InputError(
            "E_GRAVITY",
            "gravity is not a direction",
            expected="three finite numbers, not all 0: down in camera axes (x right, y down, z forward)",
            found=str(gravity)[:80],
            hint="Give what the phone says of gravity in the camera's axes: 0,1,0 for a camera that is held level.",
        )
    unit: Array = down / length
    if unit[1] < _UPSIDE_DOWN:
        raise InputError(
            "E_GRAVITY",
            "gravity points to the top of the picture",
            expected="down in camera axes (x right, y down, z forward), (0, 1, 0) for an upright camera",
            found=", ".join(f"{v:.3f}" for v in unit),
            hint="Turn the signs of y and z if the app's axes have y up; turn the picture if it is upside down.",
        )
    return unit


def gravity_prior(down: Array, *, sigma_rad: float) -> UpPrior:
    """Return what a gravity sensor alone says."""
    across = np.eye(3) - np.outer(down, down)
    # Nothing is known about turns around up: they do not move it.
    return UpPrior(-down, across * sigma_rad**2, np.zeros(3), "gravity")


def tangents(up: Array) -> Array:
    """Return (2, 3): two unit vectors across `up`, at right angles, that depend on nothing else."""
    first = np.cross(up, np.eye(3)[np.argmin(np.abs(up))])
    first = first / np.linalg.norm(first)
    return np.stack([first, np.cross(up, first)])
