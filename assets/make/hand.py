"""Make assets/heads/hand.npz again: the left hand and forearm of MakeHuman's CC0 body, fingers straight and side by side."""

from __future__ import annotations

import makehuman
import numpy as np
from heads import FOLDER, save
from makehuman import Aim, Array
from numpy.typing import NDArray

HEIGHT_M = 1.71
BENT_RAD = 0.12
"""Each joint of a finger that is held straight."""
FOREARM_M = 0.24


def _middle(points: Array, joint: str) -> Array:
    return points[np.unique(makehuman.base().groups[f"joint-l-{joint}"])].mean(0)


def document() -> dict[str, NDArray[np.generic]]:
    """Return what hand.npz holds; ``assets/heads/README.md`` says what each array is."""
    rest = makehuman.shaped(makehuman.macro(male=0.5, ages={"young": 0.75, "old": 0.25}))
    quads = makehuman.base().groups["body"]
    rest *= HEIGHT_M / np.ptp(rest[np.unique(quads), 1])
    up = _unit(_middle(rest, "finger-3-1") - _middle(rest, "hand"))
    to_thumb = _middle(rest, "finger-2-1") - _middle(rest, "finger-5-1")
    to_thumb = _unit(to_thumb - (to_thumb @ up) * up)
    back = np.cross(to_thumb, up)  # of a left hand
    aims = {}
    for finger, aside in ((2, 0.06), (3, 0.0), (4, -0.05), (5, -0.12)):
        for joint in (1, 2, 3):
            bent = BENT_RAD * (joint - 0.5)
            direction = np.cos(bent) * (up + aside * to_thumb) - np.sin(bent) * back
            aims[f"finger{finger}-{joint}.L"] = Aim(f"joint-l-finger-{finger}-{joint + 1}", tuple(direction.tolist()))
    points = makehuman.posed(rest, aims)
    origin = _middle(points, "finger-3-1")
    own = (points - origin) @ np.stack([to_thumb, up, back], axis=1)
    wrist = (_middle(points, "hand") - origin) @ np.stack([to_thumb, up, back], axis=1)
    near = (own[:, 1] > wrist[1] - FOREARM_M) & (np.linalg.norm(own - wrist, axis=1) < FOREARM_M + 0.02)
    kept = quads[near[quads].all(1)]
    used, corners = np.unique(kept, return_inverse=True)
    return {"points_m": own[used].astype(np.float32), "quads": corners.reshape(-1, 4).astype(np.uint16)}


def _unit(vector: Array) -> Array:
    out: Array = vector / np.linalg.norm(vector)
    return out


if __name__ == "__main__":
    save(FOLDER / "hand.npz", document())
