"""How people's heads differ from the template at its rigid points: ``calibration/face/shape.json``."""

from __future__ import annotations

import json
from functools import cache
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array, readonly
from arviz.core.resources import resource


class FaceShape(NamedTuple):
    """Mean and main ways to differ, in the template's frame and at its size."""

    points: Array
    """(K,) which landmarks."""
    mean_m: Array
    """(K, 3)."""
    modes_m: Array
    """(M, K, 3), each one standard deviation of people."""
    rest_m: float
    """Standard deviation of each coordinate beyond the modes."""


@cache
def face_shape() -> FaceShape:
    """Return the shapes of people; the file says whose."""
    document = json.loads(resource("calibration", "face", "shape.json").read_text(encoding="utf-8"))
    return FaceShape(
        points=readonly(document["points"], np.int64),
        mean_m=readonly(document["mean_m"], np.float64),
        modes_m=readonly(document["modes_m"], np.float64),
        rest_m=float(document["rest_m"]),
    )
