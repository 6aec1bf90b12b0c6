"""Kinds of furniture: found by words, and consistent with the rules."""

from __future__ import annotations

from typing import get_args

import pytest

from arviz.core.placement import Support
from arviz.place.kinds import ANYTHING, Against, Kind, Side, Where, kind_of, read_kinds
from arviz.place.rules import read_rules, rule_countries


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("GlamVelvetSofa_v2.glb", "sofa"),
        ("Three-seat sofa with piped cushions", "sofa"),
        ("Cushion for dining table", ANYTHING),
        ("Coffee table, oak", "coffee-table"),
        ("KUEHLSCHRANK 60", "fridge"),
        ("Kühlschrank", "fridge"),
        ("kuhlschrank", "fridge"),
        ("Nachttischlampe mit Holzfuß", "lamp-table"),
        ("Bedside table lamp", "lamp-table"),
        ("dining_chairs", "dining-chair"),
        ("TV-Bank Eiche", "drawers"),
        ("Ohrensessel", "armchair"),
        ("SheenChair", "dining-chair"),
        ("Light grey rug", "rug"),
        ("Kitchen fridge", "fridge"),
        ("Stehlampe", "lamp-floor"),
        ("Bettina", ANYTHING),
        ("", ANYTHING),
    ],
)
def test_kind_of_words(words: str, kind: str) -> None:
    """Whole words count, the longest first."""
    assert kind_of(words) == kind


def test_size_decides_between_kinds_that_share_a_word() -> None:
    """A table 0.4 m high is a coffee table, a lamp of 1.6 m stands on the floor."""
    assert kind_of("table", size_m=(1.2, 0.4, 0.6)) == "coffee-table"
    assert kind_of("table", size_m=(1.2, 0.75, 0.6)) == "dining-table"
    assert kind_of("Lampe", size_m=(0.4, 1.6, 0.4)) == "lamp-floor"
    assert kind_of("Lampe", size_m=(0.3, 0.4, 0.3)) == "lamp-table"
    assert kind_of("chair", size_m=(0.45, 0.85, 0.5)) == "dining-chair"
    assert kind_of("chair", size_m=(0.85, 0.8, 0.8)) == "armchair"


def test_size_decides_nothing_else() -> None:
    """A narrow armchair is one all the same."""
    assert kind_of("Ohrensessel", size_m=(0.5, 1.0, 0.7)) == "armchair"
    assert kind_of("Stehlampe", size_m=(0.3, 0.8, 0.3)) == "lamp-floor"


def test_each_kind_is_found_by_each_of_its_words() -> None:
    """Or another that shares the word is, if it comes before."""
    kinds = read_kinds()
    for kind in kinds.values():
        for word in kind.words:
            found = kind_of(word, kinds=kinds)
            assert found == kind.id or word in kinds[found].words, (kind.id, word, found)


def test_kinds_agree_with_the_rules() -> None:
    """Every zone names a rule of every country, every wish kinds that there are."""
    kinds = read_kinds()
    books = [read_rules(country=country) for country in rule_countries()]
    for kind in kinds.values():
        assert kind.supports
        assert set(kind.supports) <= set(get_args(Support))
        assert kind.against
        assert set(kind.against) <= set(get_args(Against))
        assert "wall" not in kind.supports or kind.centre_m is not None
        assert len({zone.name for zone in kind.zones}) == len(kind.zones)
        for zone in kind.zones:
            assert zone.side in get_args(Side)
            assert all(zone.rule in book for book in books)
            assert set(zone.lets) <= kinds.keys()
        for wish in kind.wishes:
            assert wish.where in get_args(Where)
            assert set(wish.kinds) <= kinds.keys()
            assert wish.from_m <= wish.to_m
    assert ANYTHING in kinds


def test_a_size_fits_a_kind_along_each_axis():
    kind = Kind(id="bench", words=("bench",), supports=("floor",), against=("wall",), size_m={"x": (1, 2), "y": (0.3, 0.5)})
    sizes = {(1.5, 0.4, 9): True, (0.9, 0.4, 9): False, (1.5, 0.6, 9): False, (2, 0.3, 0): True}
    assert {size: kind.has_size(size) for size in sizes} == sizes
