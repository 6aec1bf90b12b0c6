"""The colour of light from what it falls on."""

from __future__ import annotations

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.room import Room
from arviz.vision.light.samples import Patches

_TRUST = {"ceiling": 0.8, "wall": 0.5, "": 0.25}
"""How much of a surface's colour is the light's: ceilings are painted white, walls less often, the rest is anything."""


def light_colour(every: Patches, room: Room) -> Array:
    """Return linear RGB (3,) of luminance 1: the colour of the whitest known surface, drawn towards grey by its doubt.

    The photo is white-balanced already, so what is left is the camera's error and the difference of lamps.
    """
    usable = every.take(np.flatnonzero(every.usable))
    kinds = np.array([room.planes[p].kind for p in usable.plane])
    for kind in ("ceiling", "wall"):
        rows = np.flatnonzero(kinds == kind)
        if len(rows) >= 8:
            return _mixed(np.median(usable.rgb[rows], axis=0), _TRUST[kind])
    return _mixed(usable.rgb.mean(axis=0), _TRUST[""]) if len(usable.rgb) else np.ones(3)


def _mixed(rgb: Array, trust: float) -> Array:
    level = float(rgb @ LUMINANCE)
    if not level > 0:
        return np.ones(3)
    log = np.log(np.clip(rgb / level, 0.2, 5.0)) * trust
    out = np.exp(log)
    mixed: Array = out / float(out @ LUMINANCE)
    return mixed
