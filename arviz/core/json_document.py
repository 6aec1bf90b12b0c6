"""JSON that others wrote, parsed with one set of guards: size, number of values, UTF-8, depth, finite numbers, keys that stand once.

What stands in it is for `arviz.core.json_fields`, or for a reader's own code.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

from arviz.core.errors import ArvizError, LimitError
from arviz.core.limits import DEFAULT_LIMITS, Limits

Refuse = Callable[[object, str, str], ArvizError]
"""Build the error of one kind of file from where, expected and found; its code, its sentence and its hint are the reader's."""


def parse_json(data: bytes, *, where: object, refuse: Refuse, limits: Limits = DEFAULT_LIMITS, unique: bool = True) -> dict[str, Any]:
    """Return the object that JSON text holds.

    Parameters
    ----------
    data : bytes
        UTF-8, with or without a byte order mark.
    where : object
        What messages call the file.
    refuse : callable
        Makes the error of text that is no JSON object.
    limits : Limits
        ``json_bytes``, ``json_values`` and ``json_depth`` count.
    unique : bool
        Refuse a key that stands twice in one object: of what a person wrote only the last would count. False for files of other
        programs, which JSON allows it.

    Raises
    ------
    ArvizError
        What `refuse` makes.
    LimitError
        ``E_LIMIT_JSON_BYTES``, ``E_LIMIT_JSON_VALUES``, ``E_LIMIT_JSON_DEPTH``.
    """
    limits.check("json_bytes", len(data), where=where)
    limits.check("json_values", count_values(data), where=where)
    hook = _unique if unique else None
    try:
        text = data.decode("utf-8-sig")
        values = json.loads(text, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=hook)
    except RecursionError as error:
        raise _too_deep(where, limits) from error
    except ValueError as error:
        raise refuse(where, "JSON", str(error)[:160]) from error
    if not isinstance(values, dict):
        raise refuse(where, "a JSON object", type(values).__name__)
    if too_deep(values, limits.json_depth):
        raise _too_deep(where, limits)
    return values


def count_values(data: bytes) -> int:
    """Return about how many values JSON text holds (commas and brackets, in strings too), before it is parsed.

    A text of nothing but ``{},`` takes 30 times its length in memory.
    """
    return sum(data.count(mark) for mark in (b",", b"{", b"["))


def too_deep(values: object, most: int) -> bool:
    """Return whether objects and arrays are nested in more than `most` levels."""
    level: list[object] = [values]
    for _ in range(most):
        level = [
            child
            for value in level
            if isinstance(value, (dict, list))
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def _too_deep(where: object, limits: Limits) -> LimitError:
    return LimitError("E_LIMIT_JSON_DEPTH", "the JSON is nested too deeply", where=where, expected=f"at most {limits.json_depth} levels")


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")  # RFC 8259; Python reads NaN and Infinity


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large for a number")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)[:40]!r} stands twice")
    return values
