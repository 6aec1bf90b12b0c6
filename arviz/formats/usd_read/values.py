"""Values of USD attributes as plain Python and numpy: those at rest, where an attribute also moves."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array


def at_rest(attribute: Any) -> Any:
    """Return an attribute's value: its default, else the first of its samples; None if it has none."""
    from pxr import Usd

    value = attribute.Get(Usd.TimeCode.Default())
    return value if value is not None else attribute.Get(Usd.TimeCode.EarliestTime())


def rows(value: Any, width: int, dtype: Any = np.float64) -> Array:
    """Return a USD array as (N, `width`); empty where it is none or another width."""
    array = np.zeros((0, width)) if value is None else np.asarray(value)
    if array.size == 0 or array.size % width:
        return np.zeros((0, width), dtype)
    return array.reshape(-1, width).astype(dtype)


def plain(value: Any) -> Any:
    """Return a value of customData as JSON has it."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (str, bool, int, float)) or value is None:
        return value
    try:
        return [plain(item) for item in value]
    except TypeError:
        return str(value)
