"""What the numpy reference draws is what the vectors say, and what a browser draws that knows only the bundle of constants."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arviz.tryon.constants import FOLDER as BUNDLE
from tests.parity.write import decoded, expect

HERE = Path(__file__).parent
VECTORS = sorted(path.name for path in HERE.glob("makeup-*.json"))


def read(name: str) -> dict[str, Any]:
    out: dict[str, Any] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return out


def close(found: dict[str, Any], expected: dict[str, Any], tolerance: float) -> None:
    np.testing.assert_allclose(found["light"]["white"], expected["light"]["white"], rtol=tolerance)
    assert len(found["layers"]) == len(expected["layers"])
    for ours, theirs in zip(found["layers"], expected["layers"], strict=True):
        for key, value in theirs.items():
            np.testing.assert_allclose(ours[key], value, rtol=tolerance, atol=tolerance, err_msg=key)


@pytest.mark.parametrize("name", VECTORS)
def test_the_reference_draws_what_the_vector_says(name: str) -> None:
    vector = read(name)
    found = expect(vector)
    close(found, vector["expected"], 1e-5)
    ours, theirs = (decoded({**vector, **made}, "pixels").astype(int) for made in (found, vector["expected"]))
    assert np.abs(ours - theirs).max() <= 1  # a last bit of a float may differ between processors
    assert np.abs(ours - decoded(vector, "pixels").astype(int)).max() > 20  # something was put on


def page() -> str:
    files = {name: json.loads((BUNDLE / f"{name}.json").read_text(encoding="utf-8")) for name in ("regions", "look", "mesh")}
    files |= {name: base64.b64encode((BUNDLE / f"{name}.png").read_bytes()).decode() for name in ("eyeshadow", "blush")}
    script = (HERE / "makeup.js").read_text(encoding="utf-8")
    vectors = {name: read(name) for name in VECTORS}
    data = f"const files = {json.dumps(files)}; const vectors = {json.dumps(vectors)};"
    return f"<!doctype html><meta charset=utf-8><script>{script}\n{data}\nwindow.ready = true</script>"


@pytest.mark.slow
def test_a_browser_draws_the_same_within_two_levels(tmp_path: Path) -> None:
    devtools = pytest.importorskip("tests.bench.peers.devtools")
    (tmp_path / "page.html").write_text(page(), encoding="utf-8")
    try:
        browser = devtools.Browser((tmp_path / "page.html").as_uri(), width_px=300, height_px=200)
    except devtools.BrowserError as error:
        pytest.skip(str(error))
    with browser:
        made = {name: json.loads(browser.evaluate(f"wear(vectors[{json.dumps(name)}], files)")) for name in VECTORS}
    for name, found in made.items():
        vector = read(name)
        close(found, vector["expected"], 1e-4)
        ours, theirs = (decoded({**vector, **one}, "pixels").astype(int) for one in (found, vector["expected"]))
        assert np.abs(ours - theirs).max() <= 2, name
        print(name, "largest difference", np.abs(ours - theirs).max(), "of 255; pixels that differ", (ours != theirs).any(axis=2).mean())
