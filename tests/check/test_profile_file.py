"""Profile files: every fault is one clear InputError that names its place; Auditor schemas mean what they mean there."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.check.profile import check_profile
from arviz.check.profile_file import FOLDER, load_profile, parse_profile
from arviz.core.errors import InputError
from arviz.core.facts import FileFacts, TextureFacts

RULE = {
    "fact": "bytes",
    "op": "max",
    "value": 10,
    "severity": "error",
    "source": {"title": "House", "url": "", "read": "2026-11", "class": "platform"},
}
PROFILE = {"schema": "arviz.profile/1", "name": "shop", "title": "Shop", "rules": [RULE]}
# The recommended values of the Asset Auditor 1.0.6 as its README gives them, in its own layout.
AUDITOR = {
    "version": "1.0.6",
    "fileSizeInKb": {"maximum": 5120, "minimum": 1},
    "materials": {"maximum": 5, "minimum": -1},
    "model": {"objectCount": {"nodes": {"maximum": -1}}, "requireManifoldEdges": False, "triangles": {"maximum": 100000, "minimum": -1}},
    "product": {"dimensions": {"height": {"maximum": 2.5, "percentTolerance": 3}, "width": {"percentTolerance": 5}}},
    "textures": {
        "height": {"maximum": 2048, "minimum": 512},
        "width": {"maximum": 2048, "minimum": 512},
        "pbrColorRange": {"maximum": 243, "minimum": 30},
        "requireDimensionsBePowersOfTwo": True,
    },
    "uvs": {"requireNotInverted": True, "requireNotOverlapping": True, "gutterWidth": {"resolution256": -1}},
}


def _parse(document):
    return parse_profile(json.dumps(document).encode(), name="file", where="file.json")


def test_a_profile_is_read_whole():
    profile = _parse(PROFILE)
    assert (profile.name, profile.title, profile.rules[0].value) == ("shop", "Shop", 10)
    assert _parse({**PROFILE, "x-owner": "us"}).rules


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"schema": "arviz.profile/9"}, "schema"),
        ({"title": 3}, "title"),
        ({"rules": {}}, "rules"),
        ({"rulez": []}, ""),
        ({"rules": ["x"]}, "rules[0]"),
        ({"rules": [{**RULE, "fact": "smell"}]}, "rules[0].fact"),
        ({"rules": [RULE, {**RULE, "op": "more"}]}, "rules[1].op"),
        ({"rules": [{**RULE, "op": ["max"]}]}, "rules[0].op"),
        ({"rules": [{**RULE, "value": "10"}]}, "rules[0].value"),
        ({"rules": [{**RULE, "value": True}]}, "rules[0].value"),
        ({"rules": [{**RULE, "fact": "container"}]}, "rules[0].op"),
        ({"rules": [{**RULE, "op": "power_of_two", "value": None}]}, "rules[0].op"),
        ({"rules": [{**RULE, "op": "one_of", "value": []}]}, "rules[0].value"),
        ({"rules": [{**RULE, "op": "forbidden", "value": {}}]}, "rules[0].value"),
        ({"rules": [{**RULE, "severity": "fatal"}]}, "rules[0].severity"),
        ({"rules": [{**RULE, "source": None}]}, "rules[0].source"),
        ({"rules": [{**RULE, "source": {**RULE["source"], "class": "rumour"}}]}, "source.class"),
        ({"rules": [{**RULE, "source": {**RULE["source"], "url": "javascript:alert(1)"}}]}, "source.url"),
    ],
)
def test_each_fault_names_its_place(change, place):
    with pytest.raises(InputError) as caught:
        _parse({**PROFILE, **change})
    assert caught.value.code == "E_PROFILE_INVALID"
    assert place in caught.value.where
    assert caught.value.expected
    assert caught.value.found


KEYS = ["schema", "version", "rules", "fact", "op", "value", "model", "textures", "height", "maximum"]
leaves = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
documents = st.recursive(leaves, lambda c: st.lists(c, max_size=3) | st.dictionaries(st.sampled_from(KEYS), c, max_size=4))


@given(documents)
def test_nothing_but_a_profile_or_the_one_error_comes_out(document):
    try:
        profile = _parse(document)
    except InputError as error:
        code = error.code
    else:
        code = "" if check_profile(FileFacts(bytes=1, container="glb"), profile).figures == {} else "?"
    assert code in ("", "E_PROFILE_INVALID")


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[", b"[]", b"NaN", b'{"version": "1.0.0", "materials": {"maximum": NaN}}'])
def test_bytes_that_are_no_json_object(data):
    with pytest.raises(InputError) as caught:
        parse_profile(data, name="x", where="x.json")
    assert caught.value.code == "E_PROFILE_INVALID"


def test_files_by_path_and_their_faults(tmp_path):
    (tmp_path / "mine.json").write_text((FOLDER / "google-merchant.json").read_text())
    assert load_profile(tmp_path / "mine.json").name == "google-merchant"
    for name, code in (("none.json", "E_FILE_MISSING"), ("ebay", "E_PROFILE_UNKNOWN"), ("../x", "E_PROFILE_UNKNOWN")):
        with pytest.raises(InputError) as caught:
            load_profile(name if code == "E_PROFILE_UNKNOWN" else tmp_path / name)
        assert caught.value.code == code


def _texture(side):
    return TextureFacts(name="t", mime="image/png", width_px=side, height_px=side, bytes=1, usage="colour")


FINE = FileFacts(
    bytes=2048, container="glb", triangles=100_000, materials=5, nodes=9, textures=(_texture(512), _texture(2048)), size_m=(1, 2.5, 1),
    base_colour_min=30, base_colour_max=243, uv_inverted=0, size_deviation_percent=3.0,
)  # fmt: skip


def test_a_part_of_a_name_is_told_the_whole():
    with pytest.raises(InputError) as caught:
        load_profile("Google")
    assert "google-merchant" in caught.value.hint


def test_an_auditor_schema_is_a_profile():
    report = check_profile(FINE, _parse(AUDITOR))
    (finding,) = report.findings
    assert finding.code == "I_PROFILE_NOT_CHECKED"
    assert finding.message == "not checked: uvs.requireNotOverlapping"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"bytes": 1023}, "E_PROFILE_KILOBYTES"),
        ({"bytes": 5120 * 1024 + 1}, "E_PROFILE_KILOBYTES"),
        ({"materials": 6}, "E_PROFILE_MATERIALS"),
        ({"triangles": 100_001}, "E_PROFILE_TRIANGLES"),
        ({"size_m": (1, 2.51, 1)}, "E_PROFILE_HEIGHT_M"),
        ({"size_deviation_percent": 3.1}, "E_PROFILE_SIZE_DEVIATION_PERCENT"),
        ({"textures": (_texture(1000),)}, "E_PROFILE_TEXTURES"),
        ({"base_colour_min": 29}, "E_PROFILE_BASE_COLOUR_MIN"),
        ({"base_colour_max": 244}, "E_PROFILE_BASE_COLOUR_MAX"),
        ({"uv_inverted": 1}, "E_PROFILE_UV_INVERTED"),
    ],
)
def test_each_auditor_limit_is_kept(change, code):
    assert [f.code for f in check_profile(replace(FINE, **change), _parse(AUDITOR)).errors] == [code]


def test_texture_limits_of_the_auditor_are_per_side():
    codes = {f.code for f in check_profile(replace(FINE, textures=(_texture(4096),)), _parse(AUDITOR)).errors}
    assert codes == {"E_PROFILE_TEXTURE_WIDTH_MAX_PX", "E_PROFILE_TEXTURE_HEIGHT_MAX_PX"}


def test_unknown_auditor_keys_and_switched_off_ones():
    profile = _parse({"version": "1.0.7", "smell": {"maximum": 3}, "materials": {"maximum": -1}, "uvs": {"requireNotInverted": False}})
    assert profile.rules == ()
    assert profile.unchecked == ("smell.maximum",)


@pytest.mark.parametrize("change", [{"version": "2.0.0"}, {"materials": {"maximum": "5"}}, {"uvs": {"requireNotInverted": 1}}])
def test_auditor_schemas_of_another_kind_are_refused(change):
    with pytest.raises(InputError) as caught:
        _parse({**AUDITOR, **change})
    assert caught.value.code == "E_PROFILE_INVALID"
