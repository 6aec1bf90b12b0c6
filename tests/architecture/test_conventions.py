"""The worked numbers of the conventions page are what the code does."""

from __future__ import annotations

import re

from tests.architecture.checkout import ROOT

PAGE = ROOT / "docs" / "concepts" / "conventions.md"


def test_every_worked_number_holds():
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert sum(block.count("assert ") for block in blocks) >= 8
    exec(compile("\n".join(blocks), str(PAGE), "exec"), {})
