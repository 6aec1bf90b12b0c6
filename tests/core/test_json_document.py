"""JSON of strangers: only what is JSON, in size and depth, comes through; fields take what they say and name the place of the rest."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import FormatError, InputError, LimitError
from arviz.core.json_document import count_values, parse_json, too_deep
from arviz.core.json_fields import Anything, Flag, Items, Number, Object, OneOf, Text, read_fields
from arviz.core.limits import Limits
from arviz.core.regular_file import read_regular

SMALL = Limits(file_bytes=1000, json_bytes=1000, json_values=40, json_depth=8)


def refuse(where: object, expected: str, found: str) -> FormatError:
    return FormatError("E_TEST", "not a test file", where=where, expected=expected, found=found)


def parse(text: str | bytes, **options: object) -> dict:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_json(data, where="f.json", refuse=refuse, limits=SMALL, **options)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2), max_leaves=6
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=3), st.booleans())
def test_json_that_is_small_comes_through_as_it_is(values, mark):
    data = (b"\xef\xbb\xbf" if mark else b"") + json.dumps(values).encode()
    if len(data) > 1000 or count_values(data) > 40 or too_deep(values, 8):
        with pytest.raises(LimitError):
            parse(data)
    else:
        assert parse(data) == values


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        (b"", "JSON", "Expecting value"),
        (b'{"a": "\xff"}', "JSON", "utf-8"),
        ("{", "JSON", "Expecting"),
        ("[]", "a JSON object", "list"),
        ("3", "a JSON object", "int"),
        ('{"a": NaN}', "JSON", "NaN is not JSON"),
        ('{"a": -Infinity}', "JSON", "-Infinity is not JSON"),
        ('{"a": 1e999}', "JSON", "1e999 is too large for a number"),
        ('{"b": {"a": 1, "c": 2, "a": 1}}', "JSON", "the key 'a' stands twice"),
    ],
)
def test_what_is_no_json_object_is_the_readers_own_error(text, expected, found):
    with pytest.raises(FormatError) as caught:
        parse(text)
    error = caught.value
    assert (error.code, error.where, error.expected) == ("E_TEST", "f.json", expected)
    assert found in error.found


def test_files_of_other_programs_may_say_a_key_twice():
    assert parse('{"a": 1, "a": 2}', unique=False) == {"a": 2}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": "' + "x" * 1000 + '"}', "E_LIMIT_JSON_BYTES"),
        ('{"a": [' + "1," * 50 + "1]}", "E_LIMIT_JSON_VALUES"),
        ('{"a": ' + "[" * 8 + "]" * 8 + "}", "E_LIMIT_JSON_DEPTH"),
    ],
)
def test_what_is_too_much_is_a_limit(text, code):
    with pytest.raises(LimitError) as caught:
        parse(text)
    assert caught.value.code == code
    assert caught.value.where == "f.json"


@pytest.mark.parametrize("levels", [60, 100_000])
def test_brackets_without_end_are_a_limit_and_never_a_crash(levels):
    data = b'{"a": ' + b"[" * levels + b"]" * levels + b"}"
    with pytest.raises(LimitError, match="nested"):
        parse_json(data, where="f.json", refuse=refuse, limits=Limits(json_depth=50))


def test_depth_is_counted_exactly():
    assert parse('{"a": ' + "[" * 7 + "]" * 7 + "}")
    assert not too_deep({"a": [[]]}, 3)
    assert too_deep({"a": [[]]}, 2)


def test_a_file_is_read_whole_or_refused(tmp_path):
    path = tmp_path / "f.json"
    path.write_bytes(b"x" * 1000)
    assert read_regular(path, where="f.json", limits=SMALL) == b"x" * 1000
    path.write_bytes(b"x" * 1001)
    with pytest.raises(LimitError) as limit:
        read_regular(path, where="f.json", limits=SMALL)
    assert limit.value.code == "E_LIMIT_FILE_BYTES"
    os.mkfifo(tmp_path / "pipe")
    for name, code in (("gone", "E_FILE_MISSING"), (".", "E_FILE_KIND"), ("pipe", "E_FILE_KIND"), ("a\0b", "E_FILE_UNREADABLE")):
        with pytest.raises(InputError) as caught:
            read_regular(tmp_path / name, where="f.json")
        assert (caught.value.code, caught.value.where) == (code, "f.json")


LAYER = OneOf(
    "kind",
    {
        "blush": Object(
            {"coverage": Number(low=0, high=1, default=1.0), "colour": Items(Number(low=0, high=1), least=3, most=3, default=None)}
        ),
        "glasses": Object({"uri": Text(), "width_mm": Number(low=50, high=300, unit="millimetres", default=None)}),
    },
)
LOOK = Object(
    {
        "title": Text(),
        "note": Text(default=""),
        "finish": Text(choices=("matte", "gloss"), default="matte"),
        "count": Number(low=1, whole=True, default=1),
        "shadow": Flag(default=True),
        "free": Anything(default=None),
        "layers": Items(LAYER, least=1, most=3, default=[{"kind": "blush"}]),
    }
)


def look(**changes: object) -> dict:
    return read_fields({"schema": "look/1", "title": "Evening", **changes}, LOOK, schema="look/1", where="look.json", refuse=refuse)


def test_defaults_fill_what_is_left_out_at_every_level():
    assert look() == {
        "title": "Evening",
        "note": "",
        "finish": "matte",
        "count": 1,
        "shadow": True,
        "free": None,
        "layers": ({"kind": "blush", "coverage": 1.0, "colour": None},),
    }
    values = look(layers=[{"kind": "glasses", "uri": "a.glb", "width_mm": None, "x-shop": 3}], count=7, free=[1])
    assert values["layers"] == ({"kind": "glasses", "uri": "a.glb", "width_mm": None},)
    assert (values["count"], type(values["count"]), values["free"]) == (7, int, [1])


GLASSES, BLUSH = {"kind": "glasses", "uri": "a.glb"}, {"kind": "blush"}


@pytest.mark.parametrize(
    ("changes", "where", "expected", "found"),
    [
        ({"schema": "look/2"}, ": schema", "'look/1'", "'look/2'"),
        ({"titel": "x"}, "", "only title, note, finish, count, shadow, free, layers and x-*", "'titel'"),
        ({"title": ""}, ": title", "text", "''"),
        ({"title": None}, ": title", "text", "None"),
        ({"title": "\ud83d"}, ": title", "text", "'\\ud83d'"),
        ({"finish": "Matte"}, ": finish", "matte, gloss", "'Matte'"),
        ({"finish": ["matte"]}, ": finish", "matte, gloss", "['matte']"),
        ({"count": 0}, ": count", "a whole number from 1", "0"),
        ({"count": 1.0}, ": count", "a whole number from 1", "1.0"),
        ({"count": True}, ": count", "a whole number from 1", "True"),
        ({"shadow": 1}, ": shadow", "true or false", "1"),
        ({"layers": {}}, ": layers", "a list of 1 to 3", "{}"),
        ({"layers": []}, ": layers", "a list of 1 to 3", "[]"),
        ({"layers": [BLUSH] * 4}, ": layers", "a list of 1 to 3", "["),
        ({"layers": ["blush"]}, ": layers[0]", "an object with kind: blush, glasses", "'blush'"),
        ({"layers": [BLUSH, {"kind": ["blush"]}]}, ": layers[1].kind", "blush, glasses", "['blush']"),
        ({"layers": [BLUSH, {"kind": "glasses"}]}, ": layers[1].uri", "text", "nothing"),
        ({"layers": [{**BLUSH, "coverage": 1.5}]}, ": layers[0].coverage", "a number from 0 to 1", "1.5"),
        ({"layers": [{**BLUSH, "coverage": float("nan")}]}, ": layers[0].coverage", "a number from 0 to 1", "nan"),
        ({"layers": [{**BLUSH, "coverage": False}]}, ": layers[0].coverage", "a number from 0 to 1", "False"),
        ({"layers": [{**BLUSH, "coverage": None}]}, ": layers[0].coverage", "a number from 0 to 1", "None"),
        ({"layers": [{**BLUSH, "colour": [0, 0, 10**400]}]}, ": layers[0].colour[2]", "a number from 0 to 1", "1000"),
        ({"layers": [{**GLASSES, "width_mm": 400}]}, ": layers[0].width_mm", "millimetres from 50 to 300", "400"),
        ({"layers": [{**GLASSES, "coverage": 1}]}, ": layers[0]", "only uri, width_mm and x-*", "'coverage'"),
    ],
)
def test_each_fault_is_told_with_its_place(changes, where, expected, found):
    with pytest.raises(FormatError) as caught:
        look(**changes)
    error = caught.value
    assert (error.code, error.where, error.expected) == ("E_TEST", f"look.json{where}", expected)
    assert error.found.startswith(found)
    assert len(error.found) <= 100


@given(st.dictionaries(st.sampled_from(["title", "note", "count", "layers", "finish", "x-a"]), VALUES))
def test_any_json_is_read_or_refused(values):
    try:
        found = look(**values)
    except FormatError as error:
        found = error
    if isinstance(found, FormatError):
        assert found.where.startswith("look.json")
    else:
        assert set(found) == set(LOOK.fields)
        json.dumps(found, ensure_ascii=False).encode()


def test_a_text_has_its_pattern():
    fields = Object({"colour": Text(pattern="#[0-9a-f]{6}", form="#rrggbb")})
    assert read_fields({"schema": "s/1", "colour": "#a0b1c2"}, fields, schema="s/1", where="f", refuse=refuse) == {"colour": "#a0b1c2"}
    for wrong in ("a0b1c2", "#a0b1c2 ", "#a0b1c2\n", "", 5):
        with pytest.raises(FormatError, match="#rrggbb"):
            read_fields({"schema": "s/1", "colour": wrong}, fields, schema="s/1", where="f", refuse=refuse)
