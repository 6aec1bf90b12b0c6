"""Node animations as time samples on a prim's translate, orient and scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.asset import Asset, Track
from arviz.core.frozen import Array

TIME_CODES_PER_SECOND = 60.0
LONGEST_S = 10.0
"""Apple, WWDC18 session 603: animations of up to ten seconds."""
_CUBIC_STEP_S = 1 / 30
_STEP_S = 1e-3
"""A glTF STEP track jumps; USD interpolates, so the old value is held until a millisecond before the jump."""


def node_tracks(asset: Asset) -> dict[int, dict[str, Track]]:
    """Return node -> path -> track of the first animation, the one that Quick Look can play."""
    out: dict[int, dict[str, Track]] = {}
    for track in asset.animations[0].tracks if asset.animations else ():
        movable = track.path in ("translation", "rotation", "scale") and track.node is not None and 0 <= track.node < len(asset.nodes)
        if movable and len(track.times) and asset.nodes[track.node or 0].matrix is None and _finite(track):
            out.setdefault(track.node or 0, {})[track.path] = track
    return out


def samples(track: Track) -> tuple[Array, Array]:
    """Return (K,) seconds and (K, 3 or 4) values between which linear interpolation gives the track."""
    times, values = track.times.astype(np.float64), track.values.astype(np.float64)
    if track.interpolation == "CUBICSPLINE":
        return _cubic(times, values.reshape(len(times), 3, -1))
    if track.interpolation == "STEP" and len(times) > 1:
        held = np.maximum(times[1:] - _STEP_S, (times[1:] + times[:-1]) / 2)
        order = np.argsort(np.concatenate([times, held]), kind="stable")
        return np.concatenate([times, held])[order], np.concatenate([values, values[:-1]])[order]
    return times, values


def _cubic(times: Array, values: Array) -> tuple[Array, Array]:
    """Sample the spline of glTF 2.0 appendix C.5 (in-tangent, value, out-tangent per key) thirty times a second."""
    if len(times) == 1:
        return times, values[:, 1]
    steps = np.concatenate([np.arange(times[0], times[-1], _CUBIC_STEP_S), times])
    at = np.unique(steps)
    left = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    span = (times[left + 1] - times[left])[:, None]
    t = ((at - times[left])[:, None]) / np.where(span > 0, span, 1.0)
    out: Array = (
        (2 * t**3 - 3 * t**2 + 1) * values[left, 1]
        + span * (t**3 - 2 * t**2 + t) * values[left, 2]
        + (-2 * t**3 + 3 * t**2) * values[left + 1, 1]
        + span * (t**3 - t**2) * values[left + 1, 0]
    )
    return at, out


def _finite(track: Track) -> bool:
    width = 4 if track.path == "rotation" else 3
    rows = len(track.times) * (3 if track.interpolation == "CUBICSPLINE" else 1)
    return track.values.shape == (rows, width) and bool(np.isfinite(track.values).all() and np.isfinite(track.times).all())


def author_samples(ops: dict[str, Any], tracks: dict[str, Track]) -> float:
    """Write `tracks` on a prim's xform ops (``translation``, ``rotation``, ``scale``); return their end in seconds."""
    from pxr import Gf

    end = 0.0
    for path, track in tracks.items():
        times, values = samples(track)
        end = max(end, float(times[-1]))
        for time, value in zip((times * TIME_CODES_PER_SECOND).tolist(), values.tolist(), strict=True):
            if path == "rotation":
                x, y, z, w = value
                ops[path].Set(Gf.Quatf(w, x, y, z).GetNormalized(), time)
            else:
                ops[path].Set((Gf.Vec3d if path == "translation" else Gf.Vec3f)(*value), time)
    return end
