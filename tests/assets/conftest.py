"""The scripts that make the shipped assets, as modules."""

from __future__ import annotations

import importlib
import sys

import pytest

from arviz.core.resources import resource

MAKE = resource("assets", "make")


@pytest.fixture
def make(monkeypatch):
    """Import a script of ``assets/make`` by its name."""
    monkeypatch.syspath_prepend(str(MAKE))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:  # their plain names must not hide other modules
        if str(MAKE) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
