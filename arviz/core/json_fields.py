"""What the object of a JSON file may hold: keys, types, limits and defaults as data; whatever else is found is an error with its place.

::

    LAYER = Object({"region": Text(choices=("lips", "lids")), "coverage": Number(low=0, high=1, default=1.0)})
    LOOK = Object({"title": Text(), "layers": Items(LAYER, most=20)})
    read_fields(values, LOOK, schema="arviz.look/1", where="look.json", refuse=refuse)

A coverage of 3 in the third layer is an error at ``look.json: layers[2].coverage``, expected a number from 0 to 1. Keys that begin
with ``x-`` belong to whoever wrote the file and are passed over.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

from arviz.core.errors import ArvizError
from arviz.core.json_document import Refuse

REQUIRED: Any = object()
"""The default of a key that must be there. A default of None lets ``null`` stand for a key that is left out."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file, and who makes the error if something is wrong there."""

    file: str
    refuse: Refuse
    path: str = ""

    def __getitem__(self, key: str | int) -> Place:
        step = f"[{key}]" if isinstance(key, int) else f".{key}" if self.path else key
        return replace(self, path=self.path + step)

    def wrong(self, expected: str, found: object) -> ArvizError:
        """Return the error that says what stands here instead of what is expected."""
        return self.refuse(f"{self.file}: {self.path}" if self.path else self.file, expected, repr(found)[:100])


@dataclass(frozen=True, slots=True, kw_only=True)
class Anything:
    """Any JSON value: what fits it depends on others, and its reader says so."""

    default: Any = REQUIRED

    @property
    def expected(self) -> str:
        """What an error says that should be here."""
        return "a value"

    def read(self, value: object, place: Place) -> Any:
        """Return the value as it is used, or raise what `place` makes."""
        del place
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Anything):
    """A text, one of `choices` if there are any, and wholly of `pattern`, which an error calls `form`; empty only by default."""

    choices: tuple[str, ...] = ()
    pattern: str = ""
    form: str = "text"

    @property
    def expected(self) -> str:
        """What an error says that should be here."""
        return ", ".join(self.choices) or self.form

    def read(self, value: object, place: Place) -> str:
        """Return the text, or raise what `place` makes."""
        usable = isinstance(value, str) and (value in self.choices if self.choices else bool(value) or value == self.default)
        usable = usable and (not self.pattern or re.fullmatch(self.pattern, str(value)) is not None)
        if not usable or any("\ud800" <= letter <= "\udfff" for letter in str(value)):  # half a letter can be shown nowhere
            raise place.wrong(self.expected, value)
        return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Anything):
    """A finite number from `low` to `high`, both allowed; `unit` is how an error calls it."""

    low: float = -sys.float_info.max
    high: float = sys.float_info.max
    whole: bool = False
    unit: str = "a number"

    @property
    def expected(self) -> str:
        """What an error says that should be here."""
        kind = "a whole number" if self.whole else self.unit
        low = f" from {self.low:,.12g}" if self.low > -sys.float_info.max else ""
        return kind + low + (f" to {self.high:,.12g}" if self.high < sys.float_info.max else "")

    def read(self, value: object, place: Place) -> float:
        """Return the number, or raise what `place` makes."""
        number = isinstance(value, int) if self.whole else isinstance(value, (int, float))
        if not number or isinstance(value, bool) or not self.low <= value <= self.high:  # type: ignore[operator]
            raise place.wrong(self.expected, value)
        return value if self.whole else float(value)  # type: ignore[return-value, arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Anything):
    """True or false."""

    @property
    def expected(self) -> str:
        """What an error says that should be here."""
        return "true or false"

    def read(self, value: object, place: Place) -> bool:
        """Return the flag, or raise what `place` makes."""
        if not isinstance(value, bool):
            raise place.wrong(self.expected, value)
        return value


@dataclass(frozen=True, slots=True)
class Items(Anything):
    """A list of `least` to `most` values of one kind, read as a tuple."""

    of: Anything
    _: KW_ONLY
    least: int = 0
    most: int = 100_000

    @property
    def expected(self) -> str:
        """What an error says that should be here."""
        return f"a list of {self.least} to {self.most:,}"

    def read(self, value: object, place: Place) -> tuple[Any, ...]:
        """Return the values, or raise what `place` makes."""
        if not isinstance(value, (list, tuple)) or not self.least <= len(value) <= self.most:
            raise place.wrong(self.expected, value)
        return tuple(self.of.read(item, place[index]) for index, item in enumerate(value))


@dataclass(frozen=True, slots=True)
class Object(Anything):
    """An object with these keys and no others, read as a dict that holds each of them."""

    fields: Mapping[str, Anything]

    @property
    def expected(self) -> str:
        """What an error says that should be here."""
        return f"an object with {', '.join(self.fields)}"

    def read(self, value: object, place: Place) -> dict[str, Any]:
        """Return the values by their keys, defaults filled in, or raise what `place` makes."""
        if not isinstance(value, Mapping):
            raise place.wrong(self.expected, value)
        unknown = [key for key in value if key not in self.fields and not key.startswith("x-")]
        if unknown:
            raise place.wrong(f"only {', '.join(self.fields)} and x-*", unknown[0])
        return {key: self._one(field, value.get(key, field.default), place[key]) for key, field in self.fields.items()}

    @staticmethod
    def _one(field: Anything, value: object, place: Place) -> Any:
        if value is REQUIRED:
            raise place.refuse(f"{place.file}: {place.path}", field.expected, "nothing")
        return None if value is None and field.default is None else field.read(value, place)


@dataclass(frozen=True, slots=True)
class OneOf(Anything):
    """An object of one of several forms; the text at its key `by` says of which, and stands in what is read."""

    by: str
    forms: Mapping[str, Object]

    @property
    def expected(self) -> str:
        """What an error says that should be here."""
        return f"an object with {self.by}: {', '.join(self.forms)}"

    def read(self, value: object, place: Place) -> dict[str, Any]:
        """Return the values of the form that is named, or raise what `place` makes."""
        if not isinstance(value, Mapping):
            raise place.wrong(self.expected, value)
        form = value.get(self.by)
        if not isinstance(form, str) or form not in self.forms:
            raise place[self.by].wrong(", ".join(self.forms), form)
        return {self.by: form, **self.forms[form].read({key: value[key] for key in value if key != self.by}, place)}


def read_fields(values: Mapping[str, Any], fields: Object, *, schema: str, where: str, refuse: Refuse) -> dict[str, Any]:
    """Return the values of a parsed file, defaults filled in.

    Parameters
    ----------
    values : Mapping
        As `arviz.core.json_document.parse_json` returns them.
    fields : Object
        What may stand in the file besides ``schema``.
    schema : str
        Name and version that the file must state, such as ``arviz.rules/1``.
    where : str
        What messages call the file.
    refuse : callable
        Makes the error.

    Raises
    ------
    ArvizError
        What `refuse` makes, at the place of the first fault.
    """
    whole = Place(where, refuse)
    if values.get("schema") != schema:  # before anything else: another version has other keys
        raise whole["schema"].wrong(repr(schema), values.get("schema"))
    return fields.read({key: value for key, value in values.items() if key != "schema"}, whole)
