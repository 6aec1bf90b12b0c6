"""The notebook and the page on Python run as a reader would run them: cell after cell, and the last line of a cell shows itself."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.architecture.checkout import ROOT
from tests.architecture.pages import blocks

NOTEBOOK = ROOT / "examples" / "notebook.ipynb"
PAGE = ROOT / "docs" / "concepts" / "python.md"
OWN = ('"photo.jpg"', '"portrait.jpg"')
"""Files that only a reader has."""


def cells() -> list[str]:
    held = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in held if cell["cell_type"] == "code"]


def run(code: str, names: dict[str, Any]) -> Any:
    """Return what the last line of a cell is, None where it is no expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Path:
    for name in ("assets", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_notebook_runs_and_shows_pictures(clone, monkeypatch, models):
    (clone / "work").mkdir()
    (clone / "work" / "recipes").symlink_to(ROOT / "examples" / "recipes")
    monkeypatch.chdir(clone / "work")
    names: dict[str, Any] = {}
    shown = [thing for code in cells() if (thing := run(code, names)) is not None]
    for thing in shown:
        view = thing._repr_html_() if hasattr(thing, "_repr_html_") else thing._repr_png_()
        assert "data:image/" in view if isinstance(view, str) else view.startswith(b"\x89PNG")
    assert len(shown) >= 9
    assert np.allclose(names["sofa"].size_m, (2.18, 0.79, 1.02), atol=0.001)
    assert names["placed"].placements


def test_the_notebook_is_committed_without_what_it_shows():
    held = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert [cell for cell in held if cell.get("outputs") or cell.get("execution_count")] == []


def test_the_page_runs_from_top_to_bottom(clone, capsys):
    names: dict[str, Any] = {}
    for code in blocks(PAGE, "python"):
        if not any(name in code for name in OWN):
            run(code, names)
    assert "glasses True" in capsys.readouterr().out
    assert {path.name for path in (clone / "out").glob("red-*.webp")} == {f"red-{degrees}.webp" for degrees in (0, 90, 180, 270)}
    assert np.allclose(names["again"].extents, (0.6, 0.3, 0.4), atol=1e-6)
