"""How the mesh of `arviz.core.head_model` varies between synthetic people."""

from __future__ import annotations

from collections.abc import Mapping

from arviz.core.frozen import Array
from arviz.core.head_model import head_model


def shaped(weights: Mapping[str, float]) -> Array:
    """Return the coarse points (V, 3) with targets applied, name -> weight."""
    model = head_model()
    points = model.points_m.copy()
    for name, weight in weights.items():
        index, shift = model.targets[name]
        points[index] += weight * shift
    return points


def shares(**words: float) -> dict[str, float]:
    """Return weights of targets of one end or two: ``nose-hump=-.5`` also bends, as MakeHuman's own ends are not opposite."""
    targets = head_model().targets
    out: dict[str, float] = {}
    for name, weight in words.items():
        out[name] = weight
        if f"{name}.bend" in targets:
            out[f"{name}.bend"] = abs(weight)
    return out
