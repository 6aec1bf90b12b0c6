"""Kinds of furniture: by which words they are known, where they like to stand, what they need free around them. They are data.

``data/kinds.json`` has the schema ``arviz.kinds/1``, lengths in millimetres. A zone is as deep as the rule that it names; a wish
is a distance between two outlines, less than nothing where one goes below the other, as a chair does below a table.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from arviz.core.frozen import EMPTY, FrozenDict, freeze, set_fields
from arviz.core.placement import Support

SCHEMA = "arviz.kinds/1"
ANYTHING = "furniture"
"""The kind of a product of which nothing is known."""
Side = Literal["front", "back", "left", "right", "below"]
Against = Literal["wall", "corner", "free", "any"]
Where = Literal["before", "beside", "around", "opposite", "under", "over", "on"]
_FILE = Path(__file__).resolve().parent / "data" / "kinds.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindZone:
    """An area that every product of a kind needs free.

    Parameters
    ----------
    name, side : str
        Left is that of one who looks at the product: towards -x. ``below`` is all that is under a table's top or a chair's seat.
    rule : str
        Id of the rule that says how deep it is; what is below is as deep as the product.
    hard : bool, str or None
        None: as the rule says; ``long``: only along a side that no other is longer than.
    less_depth : bool
        Whether the product's own depth counts towards it: a chair stands in the place that its rule gives to it.
    lets : tuple of str
        Kinds that may stand there all the same, as a coffee table does before a sofa.
    """

    name: str
    side: Side
    rule: str
    hard: bool | Literal["long"] | None = None
    less_depth: bool = False
    lets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Where a product likes to be: `where`, seen from another of `kinds`, `from_m` to `to_m` away from its outline."""

    where: Where
    kinds: tuple[str, ...]
    from_m: float
    to_m: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kind:
    """What is known of all products of one kind.

    Parameters
    ----------
    id : str
    words : tuple of str
        English and German.
    supports : tuple of str
        What it can be on, the usual first.
    against : tuple of str
        Where it likes to stand, best first.
    zones : tuple of KindZone
    wishes : tuple of Wish
    centre_m : tuple of float or None
        Lowest and highest height at which its centre hangs on a wall.
    size_m : Mapping[str, tuple]
        ``x``, ``y`` or ``z`` -> least and most: decides between kinds that share a word.
    spellings : tuple of str
        The words in plain small letters, with each way to write an umlaut.
    """

    id: str
    words: tuple[str, ...]
    supports: tuple[Support, ...]
    against: tuple[Against, ...]
    zones: tuple[KindZone, ...] = ()
    wishes: tuple[Wish, ...] = ()
    centre_m: tuple[float, ...] | None = None
    size_m: Mapping[str, tuple[float, ...]] = EMPTY
    spellings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        set_fields(self, size_m=freeze(self.size_m))

    def has_size(self, size_m: tuple[float, ...]) -> bool:
        """Return whether a product of this size (x, y, z) is rather one of these."""
        return all(low <= size_m["xyz".index(axis)] <= high for axis, (low, high) in self.size_m.items())


@cache
def read_kinds() -> Mapping[str, Kind]:
    """Return all kinds by their id."""
    return FrozenDict({row["id"]: _kind(row) for row in json.loads(_FILE.read_text("utf-8"))["kinds"]})


def kind_of(words: str, *, size_m: tuple[float, ...] | None = None, kinds: Mapping[str, Kind] | None = None) -> str:
    """Return the kind that a name, a title or a file name speaks of, ``furniture`` if none.

    Whole words count, the longest first, umlauts in any spelling; what follows *with*, *for*, *mit* or *für* does not. Of kinds
    that share a word the first that a product of `size_m` (x, y, z) is rather one of.

    **Convention** ``kind_of("GlamVelvetSofa_v2.glb")`` is ``"sofa"``, ``kind_of("Nachttischlampe mit Holzfuß")`` ``"lamp-table"``.
    """
    kinds = read_kinds() if kinds is None else kinds
    said = unicodedata.normalize("NFC", words).replace("_", " ")
    text = f" {_plain(_HUMP.sub(' ', _END.sub('', said) or said).casefold().translate(_UMLAUTS))} "
    found: list[tuple[int, bool, int, str]] = []
    for order, kind in enumerate(kinds.values()):
        longest = max((len(word) for word in kind.spellings if f" {word} " in text or f" {word}s " in text), default=0)
        if longest:
            found.append((-longest, size_m is not None and not kind.has_size(size_m), order, kind.id))
    return min(found)[3] if found else ANYTHING


_END = re.compile(r"\b(with|without|for|mit|ohne|für|fuer|incl|inkl)\b.*", re.IGNORECASE | re.DOTALL)
_HUMP = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def _plain(text: str) -> str:
    """Return a lower-case text as words of plain letters and digits, one space between them."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", text))


def _spellings(word: str) -> tuple[str, ...]:
    """Return how a word may be written: Kühlschrank as Kuehlschrank too, and as Kuhlschrank."""
    word = word.casefold()
    return (_plain(word),) if word.isascii() else (_plain(word), _plain(word.translate(_UMLAUTS)))


def _kind(row: Mapping[str, Any]) -> Kind:
    centre = row.get("centre_mm")
    return Kind(
        id=row["id"],
        words=tuple(row["words"]),
        spellings=tuple(form for word in row["words"] for form in _spellings(word)),
        supports=tuple(row["supports"]),
        against=tuple(row["against"]),
        zones=tuple(
            KindZone(
                name=zone["name"],
                side=zone["side"],
                rule=zone["rule"],
                hard=zone.get("hard"),
                less_depth=zone.get("less") == "depth",
                lets=tuple(zone.get("lets", ())),
            )
            for zone in row["zones"]
        ),
        wishes=tuple(
            Wish(where=wish["where"], kinds=tuple(wish["kinds"]), from_m=wish["from_mm"] / 1000, to_m=wish["to_mm"] / 1000)
            for wish in row["wishes"]
        ),
        centre_m=None if centre is None else tuple(each / 1000 for each in centre),
        size_m={axis: tuple(each / 1000 for each in span) for axis, span in row.get("size_mm", {}).items()},
    )
