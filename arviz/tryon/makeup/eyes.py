"""How far eyes are open."""

from __future__ import annotations

import numpy as np

from arviz.core.landmarks import Landmarks
from arviz.tryon.constants import regions


def openness(face: Landmarks, side: str) -> float:
    """Return how far an eye is open: the distance of its lids against that of its corners, .31 to .39 in most faces at rest."""
    numbers = regions()[f"eye_{side}"]
    inner, lower, outer, upper = (face.points_px[numbers[i]] for i in (0, 4, 8, 12))
    return float(np.linalg.norm(upper - lower) / max(float(np.linalg.norm(inner - outer)), 1e-6))
