"""What `import arviz` promises is what type checkers, editors, `help` and Tab are told."""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
import pydoc
import subprocess
import sys
from importlib.metadata import version

import pytest

import arviz
from tests.architecture.checkout import ROOT

TABLE = vars(arviz)["_PUBLIC"]
VERBS = vars(arviz)["_CALLABLE_ROOMS"]


def test_type_checkers_see_what_is_imported():
    tree = ast.parse((ROOT / "arviz" / "__init__.py").read_text("utf-8"))
    block = next(each for each in tree.body if isinstance(each, ast.If) and getattr(each.test, "id", "") == "TYPE_CHECKING")
    seen = {
        alias.asname: f"{line.module}:{alias.name}"
        for line in block.body
        if isinstance(line, ast.ImportFrom) and line.module.startswith("arviz.")
        for alias in line.names
    }
    assert seen == TABLE


def test_tab_offers_what_is_promised_and_nothing_else():
    assert [name for name in dir(arviz) if not name.startswith("_")] == sorted(arviz.__all__)


def test_the_version_is_that_of_the_distribution():
    assert arviz.__version__ == version("arviz3d")


def test_a_name_that_is_not_there_is_told_with_its_module():
    with pytest.raises(AttributeError, match="'arviz' has no attribute 'reed'") as caught:
        arviz.reed  # noqa: B018
    assert caught.value.name == "reed"
    assert caught.value.obj is arviz


def test_importing_it_loads_neither_numpy_nor_a_room():
    code = "import sys, arviz; print(sorted({'numpy', 'arviz.flows', 'arviz.core.asset'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("verb", VERBS)
def test_rooms_that_are_verbs_go_to_other_processes(verb):
    assert pickle.loads(pickle.dumps(getattr(arviz, verb))) is getattr(arviz, verb)


@pytest.mark.parametrize("verb", VERBS)
def test_rooms_that_are_verbs_explain_how_they_are_called(verb):
    room = getattr(arviz, verb)
    module, _, attribute = TABLE[verb].partition(":")
    flow = getattr(importlib.import_module(module), attribute)
    assert inspect.signature(room) == inspect.signature(flow)
    page = pydoc.plain(pydoc.render_doc(room))
    assert inspect.getdoc(flow).splitlines()[0] in page
    assert all(name in page for name in inspect.signature(flow).parameters)
