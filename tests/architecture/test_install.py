"""The Debian packages that arviz needs are the same ones wherever they are named; a bare Debian 12 has proven them."""

import re

import pytest

from arviz.core.absent import LIBRARIES
from tests.architecture.checkout import ROOT

NEEDED = {package for packages in LIBRARIES.values() for package in packages.split()}


def test_setup_looks_for_them():
    text = (ROOT / "scripts" / "setup").read_text("utf-8")
    listed = re.search(r"<<LIST\n(.*?)\nLIST", text, re.DOTALL)[1]
    assert {line.split()[1] for line in listed.splitlines()} | {"libgl1-mesa-dri"} == NEEDED
    assert "libgl1-mesa-dri" in text


@pytest.mark.parametrize(("page", "also"), [("docs/start/install.md", set()), ("docs/guide/deploy.md", {"bubblewrap"})])
def test_pages_name_them(page, also):
    commands = re.findall(r"^apt-get install ((?:.*\\\n)*.*)", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    assert {word for word in commands[0].split() if word not in ("\\", "-y")} == NEEDED | {"python3-venv"} | also
