"""Rules of placement: shipped ones are whole and say where they come from; own ones replace a part; anything else is one clear error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import InputError
from arviz.place.rules import SCHEMA, Rules, parse_rules, read_rules, rule_countries

NEEDED_BY_OTHERS = {
    "doorway",
    "door-access",
    "door-swing",
    "walkway",
    "route",
    "turning-circle",
    "window-access",
    "radiator-clearance",
    "appliance-door",
    "sofa-front",
    "chair-pull",
    "behind-diner",
    "behind-diner-walk",
    "table-legroom",
    "seat-legroom",
    "desk-chair",
    "bed-side",
    "wardrobe-front",
    "drawer-front",
    "recliner-front",
    "recliner-back",
    "wall-gap",
}


def document(**changes) -> bytes:
    rule = {"id": "walkway", "needed_mm": 1000, "what": "Clear width", "source": "our shop"}
    return json.dumps({"schema": SCHEMA, "title": "Ours", "rules": [rule], **changes}).encode()


def rule(**changes) -> dict:
    return {"id": "walkway", "needed_mm": 1000, "what": "Clear width", "source": "our shop", **changes}


@pytest.mark.parametrize("country", rule_countries())
def test_every_country_has_every_rule_with_a_source(country):
    rules = read_rules(country=country)
    assert set(rules) == NEEDED_BY_OTHERS
    for key, one in rules.items():
        assert one.id == key
        assert 0 <= one.needed_m < 3
        assert one.what
        assert one.source
        # A number that no standard holds belongs to no country, and a country's numbers are not ours.
        assert (one.basis == "practice") == (one.source == "arviz: usual practice") == (one.country == "")
        assert ("as others quote it" in one.says) == (one.basis == "secondary")


def test_the_default_is_what_the_kitchen_and_bath_guidelines_say():
    inches = {"doorway": 32, "walkway": 36, "chair-pull": 32, "behind-diner": 36, "behind-diner-walk": 44}
    rules = read_rules()
    for key, inch in inches.items():
        assert abs(rules[key].needed_m - inch * 0.0254) < 0.001
        assert rules[key].country == "US"


def test_countries_differ_and_are_named_in_any_case():
    assert read_rules(country="DE")["bed-side"].needed_m == 0.9
    assert read_rules(country="de")["bed-side"].says == "DIN 18040-2:2011 (DE), as others quote it"
    assert read_rules(country="us")["bed-side"].country == ""


def test_an_own_file_replaces_a_part(tmp_path):
    file = tmp_path / "ours.json"
    file.write_bytes(document(extends="de", country="DE"))
    ours, theirs = read_rules(file), read_rules(country="de")
    assert ours["walkway"].needed_m == 1.0
    assert ours["walkway"].says == "our shop (DE)"
    assert {key for key in ours if ours[key] != theirs[key]} == {"walkway"}
    assert ours.title == "Ours"


def test_a_file_that_extends_nothing_is_added_to_the_country_that_is_asked_for():
    assert parse_rules(document(), where="ours.json")["appliance-door"].needed_m == 1.016
    assert parse_rules(document(), where="ours.json", country="de")["appliance-door"].needed_m == 1.0


def test_rules_cannot_be_changed():
    rules = read_rules()
    with pytest.raises(TypeError):
        rules["walkway"] = rules["doorway"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        rules["walkway"].needed_m = 0.1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "ours.json"),
        (b"[]", "ours.json"),
        (b"\xff\xfe", "ours.json"),
        (document(schema="arviz.rules/2"), "ours.json: schema"),
        (document(schema=None), "ours.json: schema"),
        (document(colour="red"), "ours.json"),
        (document(title=3), "ours.json: title"),
        (document(note=3), "ours.json: note"),
        (document(country="Germany"), "ours.json: country"),
        (document(extends="atlantis"), "ours.json: extends"),
        (document(extends="../us"), "ours.json: extends"),
        (document(rules={}), "ours.json: rules"),
        (document(rules=["walkway"]), "ours.json: rules[0]"),
        (document(rules=[rule(needed_m=1)]), "ours.json: rules[0]"),
        (document(rules=[rule(id="walkwya")]), "ours.json: rules[0].id"),
        (document(rules=[rule(), rule()]), "ours.json: rules[1].id"),
        (document(rules=[rule(needed_mm=-1)]), "ours.json: rules[0].needed_mm"),
        (document(rules=[rule(needed_mm="900")]), "ours.json: rules[0].needed_mm"),
        (document(rules=[rule(needed_mm=True)]), "ours.json: rules[0].needed_mm"),
        (document(rules=[rule(needed_mm=None)]), "ours.json: rules[0].needed_mm"),
        (document(rules=[rule(needed_mm=float("nan"))]), "ours.json"),
        (document().replace(b"1000", b"1e999"), "ours.json"),
        (document().replace(b"1000", b"9" * 5000), "ours.json"),
        (document(rules=[rule(hard="yes")]), "ours.json: rules[0].hard"),
        (document(rules=[rule(basis="hearsay")]), "ours.json: rules[0].basis"),
        (document(rules=[rule(source="")]), "ours.json: rules[0].source"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_no_rule_file_is_told_with_place_and_cure(data, where):
    with pytest.raises(InputError) as caught:
        parse_rules(data, where="ours.json")
    error = caught.value
    assert (error.code, error.where) == ("E_RULES_INVALID", where)
    assert error.expected
    assert error.found
    assert error.hint


def test_missing_files_and_countries_are_told(tmp_path):
    with pytest.raises(InputError) as caught:
        read_rules(tmp_path / "none.json")
    assert caught.value.code == "E_FILE_MISSING"
    for country in ("fr", "everywhere", "../us"):
        with pytest.raises(InputError) as caught:
            read_rules(country=country)
        assert caught.value.code == "E_RULES_COUNTRY"
        assert "de, us" in str(caught.value)


LENGTHS = st.one_of(st.integers(0, 100_000), st.floats(0, 100_000))


@given(st.dictionaries(st.sampled_from(sorted(NEEDED_BY_OTHERS)), LENGTHS), st.sampled_from(rule_countries()))
def test_what_a_file_says_is_what_holds(lengths, country):
    rows = [rule(id=key, needed_mm=mm) for key, mm in lengths.items()]
    rules = parse_rules(document(rules=rows, extends=country), where="ours.json")
    base = read_rules(country=country)
    assert set(rules) == NEEDED_BY_OTHERS
    for key in rules:
        assert rules[key].needed_m == (lengths[key] / 1000 if key in lengths else base[key].needed_m)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "needed_mm", "rules", "x-a"]), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("title", "country", "extends", "note", "rules"), JSON)))
def test_any_json_is_rules_or_a_clear_error(values):
    try:
        found = parse_rules(json.dumps({"schema": SCHEMA, **values}).encode(), where="ours.json")
    except InputError as error:
        found = error
    if isinstance(found, Rules):
        assert set(found) == NEEDED_BY_OTHERS
    else:
        assert found.code == "E_RULES_INVALID"
