"""Time samples of a prim's place as glTF tracks."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.asset import Track
from arviz.core.transforms import decompose

_MOST_SAMPLES = 100_000
_STILL = 1e-7


def tracks_of(form: Any, node: int, *, rate: float) -> list[Track]:
    """Return what moves of a UsdGeom.Xformable: its translation, rotation and scale at all its samples.

    `rate` is the stage's time codes per second. Shear cannot be said in glTF: such samples are left out.
    """
    samples = [(time, decompose(np.array(form.GetLocalTransformation(time)).T)) for time in form.GetTimeSamples()[:_MOST_SAMPLES]]
    parts = [(time, parts) for time, parts in samples if parts is not None]
    if not parts:
        return []
    times = np.array([time for time, _ in parts]) / rate
    start = min(float(times[0]), 0.0)  # glTF knows no negative time
    out = []
    for place, path in enumerate(("translation", "rotation", "scale")):
        values = np.array([each[place] for _, each in parts])
        if path == "rotation":
            # q and -q are one rotation: neighbours on one side, or the way between them is the long one.
            turned = np.sign(np.einsum("ij,ij->i", values[1:], values[:-1]))
            values[1:] *= np.cumprod(np.where(turned < 0, -1.0, 1.0))[:, None]
        if np.abs(values - values[0]).max(initial=0.0) > _STILL:
            out.append(Track(node=node, path=path, times=times - start, values=values))
    return out
