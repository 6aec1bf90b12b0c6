"""What the numpy reference makes of lenses is what the vector says, and what a browser makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.parity.write_glasses import FILE, expect


def read() -> dict[str, Any]:
    out: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return out


def close(found: dict[str, Any], expected: dict[str, Any], *, levels: int) -> None:
    np.testing.assert_allclose(found["places_px"], expected["places_px"], atol=1e-3)
    np.testing.assert_allclose(found["passes"], expected["passes"], atol=1e-5)
    assert np.abs(np.array(found["pixels"]) - expected["pixels"]).max() <= levels


def test_the_reference_makes_of_lenses_what_the_vector_says() -> None:
    vector = read()
    close(expect(vector), vector["expected"], levels=1)  # a last bit of a float may differ between processors
    pixels = np.array(vector["expected"]["pixels"])
    assert len(np.unique(pixels)) > 100
    assert (np.array(vector["expected"]["places_px"]) < vector["width_px"]).all()


@pytest.mark.slow
def test_a_browser_makes_the_same_of_lenses_within_two_levels(tmp_path: Path) -> None:
    devtools = pytest.importorskip("tests.bench.peers.devtools")
    script, vector = FILE.with_name("glasses.js").read_text(encoding="utf-8"), read()
    page = f"<!doctype html><meta charset=utf-8><script>{script}\nconst vector = {json.dumps(vector)};\nwindow.ready = true</script>"
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    try:
        browser = devtools.Browser((tmp_path / "page.html").as_uri(), width_px=300, height_px=200)
    except devtools.BrowserError as error:
        pytest.skip(str(error))
    with browser:
        found = json.loads(browser.evaluate("lenses(vector)"))
    close(found, vector["expected"], levels=2)
    difference = np.abs(np.array(found["pixels"]) - vector["expected"]["pixels"])
    print("largest difference", difference.max(), "of 255; samples that differ", (difference > 0).any(axis=1).mean())
