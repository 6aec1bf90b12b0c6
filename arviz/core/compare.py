"""Compare two values of our types exactly, so that "write -> read is identity" can be checked on every file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Any

import numpy as np

from arviz.core.asset import Asset

_NOT_CONTENT = ("source", "asset_info")
"""Fields of an Asset that say where it came from, not what it is."""


def differences(first: Asset, second: Asset, *, most: int = 10) -> list[str]:
    """Return where two assets differ, as paths such as ``nodes[3].name``; empty if they hold the same product."""
    return list(islice(_different(first, second, ""), most))


def _different(a: Any, b: Any, path: str) -> Iterator[str]:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        same = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape
        same = same and a.tobytes() == b.tobytes()  # also where both hold NaN
        if not same:
            yield path
    elif is_dataclass(a) and type(a) is type(b):
        for field in fields(a):
            if isinstance(a, Asset) and field.name in _NOT_CONTENT:
                continue
            yield from _different(getattr(a, field.name), getattr(b, field.name), f"{path}.{field.name}".lstrip("."))
    elif isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in sorted({*a, *b}):
            if (key in a) != (key in b):
                yield f"{path}[{key!r}]"
            else:
                yield from _different(a[key], b[key], f"{path}[{key!r}]")
    elif isinstance(a, tuple) and isinstance(b, tuple):
        if len(a) != len(b):
            yield f"{path}: {len(a)} against {len(b)}"
        for index, (x, y) in enumerate(zip(a, b, strict=False)):
            yield from _different(x, y, f"{path}[{index}]")
    elif a != b:
        yield path
