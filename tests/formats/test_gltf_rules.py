"""The rules on raw bytes find what the Khronos validator finds: on its own files, on ours, and on ours with one thing changed."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from arviz.core.limits import Limits
from arviz.formats.files import Files
from arviz.formats.gltf.container import join, split
from arviz.formats.gltf.rules import check_bytes
from arviz.formats.gltf.rules.codes import CODES
from arviz.formats.gltf.write import write_glb
from arviz.testing.strategies import assets

OURS = {code for code in CODES if code.startswith("E_")}
NEWER = {"NODE_SKINNED_MESH_PARENT_TRANSFORMS", "NODE_SKINNED_MESH_NON_ROOT"}
"""Warned of by 2.0.0-dev.3.11 otherwise than by the 3.10 that npm has."""
STRICTER = {"NODE_MATRIX_NON_TRS"}
"""The validator compares norms alone and lets some sheared matrices pass."""
IN_MEMORY = Files(None, name="generated.glb")


def errors(data: bytes) -> set[str]:
    return {finding.code for finding in check_bytes(data, IN_MEMORY).errors}


def khronos_errors(validator, data: bytes) -> set[str]:
    try:
        issues = validator.issues(data)
    except RuntimeError:  # the validator itself has failed, as it does for some values of the wrong type
        reject()
    return {issue["code"] for issue in issues if issue["severity"] == 0}


def test_every_code_has_a_meaning_and_a_severity():
    assert all(message and severity in ("error", "warning", "info") for severity, message in CODES.values())


@given(assets())
def test_what_we_write_is_valid(validator, asset):
    glb = write_glb(asset)
    report = check_bytes(glb, IN_MEMORY)
    assert report.errors == ()
    theirs = {issue["code"] for issue in validator.issues(glb)}
    ours = {finding.code for finding in report.findings if finding.severity == "warning"}
    assert ours - NEWER == theirs - NEWER


def places(value: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the path of everything inside a JSON value but extras, in which anything goes."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [] if not at else [at]
    for key, child in items:
        if key != "extras":
            found += places(child, (*at, key))
    return found


def changed(document: dict, at: tuple[object, ...], how: object) -> dict:
    """Return a copy with one value replaced, or taken out where `how` is `...`."""
    out = copy.deepcopy(document)
    owner = out
    for key in at[:-1]:
        owner = owner[key]
    if how is ...:
        del owner[at[-1]]
    else:
        owner[at[-1]] = how
    return out


ODD = st.sampled_from(
    [..., None, True, -1, 0, 1, 2, 3, 0.5, 1.5, 4, 5, 7, 255, 5120, 5123, 34963, 1e38, 2**31, "", "VEC3", "SCALAR", "LINEAR", "MASK",
     "rotation", [], [0], [0, 0], [1, 2, 3], [0, 0, 0, 1], {}, {"index": 0}, [{}]],
)  # fmt: skip


@given(assets(), st.data())
def test_one_change_is_judged_as_khronos_judges_it(validator, asset, data):
    document, binary = split(write_glb(asset), IN_MEMORY)
    at = data.draw(st.sampled_from(places(document)))
    mutant = join(changed(document, at, data.draw(ODD)), binary or b"")
    ours, theirs = errors(mutant) - STRICTER, khronos_errors(validator, mutant) - STRICTER
    # The sets are equal but for one in some hundreds, where a first error decides whether a second is looked for.
    assert bool(ours) == bool(theirs), ours ^ theirs


@given(assets(), st.data())
def test_changed_bytes_are_judged_as_khronos_judges_them(validator, asset, data):
    document, binary = split(write_glb(asset), IN_MEMORY)
    content = bytearray(binary or b"")
    at = data.draw(st.integers(0, len(content) // 4 - 1)) * 4
    value = data.draw(st.sampled_from([np.nan, np.inf, -np.inf, -1.0, 0.0, 1.0, 1.5, 1e30]))
    content[at : at + 4] = np.float32(value).tobytes()
    mutant = join(document, bytes(content))
    assert errors(mutant) == khronos_errors(validator, mutant)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_rules_fail(content):
    for data in (content, b"glTF\x02\0\0\0" + content, b"glTF\x02\0\0\0" + (len(content) + 12).to_bytes(4, "little") + content):
        check_bytes(data, IN_MEMORY)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3), max_leaves=4
)


@given(assets(), st.data())
def test_no_json_makes_the_rules_fail(asset, data):
    document, _ = split(write_glb(asset), IN_MEMORY)
    mutant = changed(document, data.draw(st.sampled_from(places(document))), data.draw(JSON))
    text = json.dumps(mutant).encode()
    assert isinstance(check_bytes(text, Files(None, name="a.gltf")).findings, tuple)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"nodes": [{}] * 11}, "E_LIMIT_NODES"),
        ({"extras": [1] * 500}, "E_LIMIT_JSON_VALUES"),
        ({"extras": [[[[[[[[]]]]]]]]}, "E_LIMIT_JSON_DEPTH"),
        ({"nodes": [*({"children": [i + 1]} for i in range(8)), {}]}, "E_LIMIT_NODE_DEPTH"),
        ({"accessors": [{"componentType": 5126, "count": 10**9, "type": "VEC3", "sparse": {
            "count": 1, "indices": {"bufferView": 0, "componentType": 5121}, "values": {"bufferView": 0}}}],
          "bufferViews": [{"buffer": 0, "byteLength": 12}],
          "buffers": [{"byteLength": 12, "uri": "data:application/octet-stream;base64,AAAAAAAAAAAAAAAA"}]}, "E_LIMIT_VERTICES"),
    ],
)  # fmt: skip
def test_limits_are_findings_here(document, code):
    files = Files(None, name="a.gltf", limits=Limits(nodes=10, json_depth=8, json_values=400, node_depth=4))
    report = check_bytes(json.dumps({"asset": {"version": "2.0"}, **document}).encode(), files)
    assert code in {finding.code for finding in report.errors}


def test_deep_json_is_a_finding():
    text = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    report = check_bytes(text, Files(None, name="a.gltf"))
    assert [finding.code for finding in report.errors] == ["E_LIMIT_JSON_DEPTH"]


@pytest.mark.parametrize(
    ("matrix", "good"),
    [
        ([2, 0, 0, 0, 0, 3, 0, 0, 0, 0, -4, 0, 1, 2, 3, 1], True),
        ([0, 0, -1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1], True),
        ([80, 0, 60, 0, 0, 100, 0, 0, -60.0001, 0, 80, 0, 0, 0, 0, 1], True),
        ([1, 0, 0, 0, 0, 1, 0, 0, 3, 0, 1, 0, 0, 0, 0, 1], False),
        ([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], False),
        ([1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], False),
    ],
)
def test_matrices_that_no_pose_makes_are_errors(matrix, good):
    document = {"asset": {"version": "2.0"}, "nodes": [{"matrix": matrix}]}
    found = {f.code for f in check_bytes(json.dumps(document).encode(), Files(None, name="a.gltf")).errors}
    assert found == (set() if good else {"NODE_MATRIX_NON_TRS"})


def test_loops_are_found_where_they_are():
    nodes = [{"children": [1]}, {"children": [2]}, {"children": [1]}, {}]
    report = check_bytes(json.dumps({"asset": {"version": "2.0"}, "nodes": nodes}).encode(), Files(None, name="a.gltf"))
    loops = [finding.where for finding in report.errors if finding.code == "NODE_LOOP"]
    assert loops == ["/nodes/1", "/nodes/2"]


def test_one_mistake_made_a_thousand_times_is_counted_not_listed():
    document = {"asset": {"version": "2.0"}, "nodes": [{"mesh": -1}] * 1000}
    report = check_bytes(json.dumps(document).encode(), Files(None, name="a.gltf"))
    assert len(report.errors) < 100
    assert report.figures["left_out"]["INVALID_INDEX"] == 1000


def test_text_from_the_file_cannot_steer_a_terminal():
    document = {"asset": {"version": "2.0"}, "extensionsUsed": ["\x1b[31m\ud800"], "\x1b]0;x\x07": 1}
    report = check_bytes(json.dumps(document).encode(), Files(None, name="a.gltf"))
    assert report.findings
    assert all(text.isprintable() for finding in report.findings for text in (finding.message, finding.where))
    json.dumps(report.to_json(), ensure_ascii=False).encode()


@pytest.mark.parametrize("uri", ["../out.bin", "/etc/passwd", "http://127.0.0.1:9/x", "file:///etc/passwd", "a\0b", "C:\\x"])
@pytest.mark.parametrize("kind", ["buffers", "images"])
def test_a_file_outside_the_folder_is_an_error_and_not_opened(uri, kind, tmp_path):
    (tmp_path / "out.bin").write_bytes(b"\0" * 8)
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.gltf"
    item = {"uri": uri, "byteLength": 8} if kind == "buffers" else {"uri": uri}
    report = check_bytes(json.dumps({"asset": {"version": "2.0"}, kind: [item]}).encode(), Files(path, name="a.gltf"))
    assert [finding.code for finding in report.errors] == ["E_EXTERNAL_URI"]


def test_shared_products_have_no_errors(data):
    for path in sorted((data / "products").glob("*.glb")):
        report = check_bytes(path.read_bytes(), Files(path, name=path.name))
        assert report.errors == (), path.name


def _reported(folder: Path) -> list[tuple[Path, dict]]:
    reports = sorted(folder.rglob("*.report.json"))
    return [(path.with_name(path.name.removesuffix(".report.json")), json.loads(path.read_text("utf-8"))) for path in reports]


def test_khronos_own_files_give_khronos_own_codes(data):
    """Equal sets of error codes and their pointers, wherever the files that the validator had are at hand here."""
    wrong, looked_at = {}, 0
    for path, theirs in _reported(data / "hostile" / "khronos"):
        report = check_bytes(path.read_bytes(), Files(path, name=path.name))
        if any(finding.code in OURS | {"IO_ERROR"} for finding in report.findings):
            continue
        looked_at += 1
        wanted = {(m["code"], m.get("pointer", f"@{m.get('offset')}")) for m in theirs["issues"]["messages"] if m["severity"] == 0}
        found = {(finding.code, finding.where) for finding in report.errors}
        if wanted != found:
            wrong[path.name] = sorted(wanted ^ found)
    assert wrong == {}
    assert looked_at > 230
