"""Change a few values of a JSON document into what does not belong there."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

WRONG = st.sampled_from(
    [None, True, "", "x", -1, 0, 1e308, float("nan"), float("inf"), 10**400, [], {}, [[]], [0] * 16, [1e300] * 16, [None] * 3, [[0, 0]] * 3]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value of a JSON document."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in steps for place in places(inner, (*path, key)))]


def mutated(data: st.DataObject, values: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a document with one to three values changed."""
    broken = copy.deepcopy(values)
    for place in data.draw(st.lists(st.sampled_from(places(values)[1:]), min_size=1, max_size=3)):
        inner: Any = broken
        try:
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = copy.deepcopy(data.draw(WRONG))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this place away
    return broken
