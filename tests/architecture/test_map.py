"""The map of the code names what is there, and draws the floors that are checked."""

from __future__ import annotations

import configparser
import re

from arviz.cli import COMMANDS
from tests.architecture.checkout import ROOT

PAGE = (ROOT / "docs" / "concepts" / "architecture.md").read_text("utf-8")


def test_every_module_and_folder_that_the_map_names_is_there():
    named = set(re.findall(r"`((?:arviz|tests|docs)/[\w/.]+)`", PAGE))
    assert len(named) > 30
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    drawn = "".join(re.findall(r"^```mermaid\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    steps = set(re.findall(r"\b((?:formats|ops|check|vision|place|tryon|render|flows)/\w+(?:/\w+)*)", drawn))
    assert len(steps) > 20
    assert [s for s in sorted(steps) if not (ROOT / "arviz" / s).is_dir() and not (ROOT / "arviz" / f"{s}.py").is_file()] == []


def test_every_package_stands_in_the_map():
    packages = {path.parent.name for path in (ROOT / "arviz").glob("*/__init__.py")}
    assert packages == set(re.findall(r"^\| `arviz/(\w+)` \|", PAGE, re.MULTILINE))


def test_the_floors_are_those_that_are_checked():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    layers = setup["importlinter:contract:floors"]["layers"].split("\n")
    floor_of = {room.strip(): floor for floor, row in enumerate(layers) for room in row.split("|") if room.strip()}
    drawn = PAGE.split("```mermaid")[1].split("```")[0]
    arrows = [line.split("-->") for line in drawn.splitlines() if "-->" in line]
    pairs = {(a.strip(), b.strip()) for left, right in arrows for a in left.split("&") for b in right.split("&")}
    assert {room for pair in pairs for room in pair} == set(floor_of)
    assert all(floor_of[a] < floor_of[b] for a, b in pairs)


def test_every_command_stands_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    assert [command for command in COMMANDS if f"](guide/{command}.md)" not in index] == []
