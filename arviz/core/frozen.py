"""Values that cannot change: JSON mappings and read-only arrays, so that types can share memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
Json = Any
"""A JSON value: None, bool, int, float, str, and lists and mappings of these (frozen: tuple, `FrozenDict`)."""


class FrozenDict(dict[str, Any]):
    """A dict that refuses to change; equal to, printed and dumped as JSON like a plain one."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is frozen: build a new one, for example with {**old, 'key': value}")

    __setitem__ = __delitem__ = _refuse
    clear = pop = popitem = setdefault = update = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self))

    def __reduce__(self) -> Any:
        return FrozenDict, (dict(self),)


EMPTY = FrozenDict()


def freeze(value: Json) -> Json:
    """Return a deeply frozen copy of a JSON value: mappings as `FrozenDict`, lists as tuples."""
    if type(value) is FrozenDict:
        return value
    if isinstance(value, Mapping):
        return FrozenDict({str(k): freeze(v) for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(freeze(v) for v in value)
    return value


def readonly(array: Any, dtype: DTypeLike | None = None) -> Array:
    """Return a read-only view of `array`, converted to `dtype` where it differs; nothing is copied otherwise."""
    view: Array = np.asarray(array, dtype=dtype).view()
    view.flags.writeable = False
    return view


def set_fields(instance: object, **fields: Any) -> None:
    """Set fields of a frozen dataclass from inside its ``__post_init__``."""
    for name, value in fields.items():
        object.__setattr__(instance, name, value)


def vector(value: Iterable[float], length: int) -> tuple[float, ...]:
    """Return `value` as a tuple of `length` Python floats, or raise ValueError."""
    out = tuple(float(v) for v in value)
    if len(out) != length:
        raise ValueError(f"expected {length} numbers, found {len(out)}")
    return out
