"""Give each part of a file as many bytes as its error is worth: one price of error for all (Lagrange), found by halving.

Shoham and Gersho, "Efficient bit allocation for an arbitrary set of quantizers", 1988: errors of independent parts add up, and at
the optimum a byte more lessens the error by the same amount wherever it is spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array

_HALVINGS = 40
_SURELY = 1 - 1e-9
"""Share of a limit that is below it however sums are rounded."""


class Part(NamedTuple):
    """What a file is made of: the bytes of each way to write a part (C,), and the load of each (C, L) on every limit."""

    bytes: Array
    loads: Array


def allocate(parts: Sequence[Part], *, most: float = 1.0) -> tuple[int, ...] | None:
    """Return for each part which way to write it, so that the file is small and no limit's summed load is above `most`.

    None where even the best of every part is above it.
    """
    best = [int(part.loads.max(axis=1).argmin()) for part in parts]
    if load(parts, best) > most:
        return None
    weights = [(part.bytes, part.loads.sum(axis=1)) for part in parts]
    low, high = -30.0, 60.0  # log2 of bytes per load: free of charge, and at any price
    found = tuple(best)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        chosen = tuple(int((count + 2.0**middle * weight).argmin()) for count, weight in weights)
        if load(parts, chosen) <= most:
            found, high = chosen, middle
        else:
            low = middle
    return _filled(parts, min((found, tuple(best)), key=lambda chosen: size(parts, chosen)), most=most)


def _filled(parts: Sequence[Part], chosen: Sequence[int], *, most: float) -> tuple[int, ...]:
    """Return a choice that spends what one price leaves of the limits: the smaller way that saves most, until none fits.

    One price finds only choices on the convex hull of all; with few parts there are good ones between them.
    """
    out, total = list(chosen), _summed(parts, chosen)
    while True:
        steps = [
            (part.bytes[now] - count, number, index)
            for number, (part, now) in enumerate(zip(parts, out, strict=True))
            for index, count in enumerate(part.bytes)
            if count < part.bytes[now] and (total - part.loads[now] + part.loads[index]).max() <= most * _SURELY
        ]
        if not steps:
            return tuple(out)
        _, number, index = max(steps)
        total = total - parts[number].loads[out[number]] + parts[number].loads[index]
        out[number] = index


def load(parts: Sequence[Part], chosen: Sequence[int]) -> float:
    """Return the largest summed load of a choice."""
    return float(_summed(parts, chosen).max())


def _summed(parts: Sequence[Part], chosen: Sequence[int]) -> Array:
    """Return the summed load of a choice on every limit, (L,)."""
    return np.asarray(sum((part.loads[index] for part, index in zip(parts, chosen, strict=True)), np.zeros(1)))


def size(parts: Sequence[Part], chosen: Sequence[int]) -> float:
    """Return the bytes of a choice."""
    return float(sum(part.bytes[index] for part, index in zip(parts, chosen, strict=True)))
