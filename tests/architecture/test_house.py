"""The house rules that a reader would otherwise have to remember."""

from __future__ import annotations

import ast
import configparser
import re
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, committed

LINES_LIMIT = 400
ROOMS = ["formats", "ops", "check", "render", "vision", "place", "tryon"]
PACKAGES = sorted(path for path in (ROOT / "arviz").rglob("__init__.py"))
BINARY = {".glb", ".hdr", ".webp", ".png", ".jpg", ".jpeg", ".bin", ".stl", ".ply", ".ktx2"}


def test_no_module_is_called_after_nothing():
    vague = {"util", "utils", "helper", "helpers", "common", "misc", "manager"}
    assert [str(p.relative_to(ROOT)) for p in committed() if vague & {p.stem, *p.relative_to(ROOT).parts[:-1]}] == []


def test_no_file_grows_past_the_limit():
    long = {str(p.relative_to(ROOT)): n for p in committed("*.py") if (n := len(p.read_text("utf-8").splitlines())) > LINES_LIMIT}
    assert long == {}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: str(p.parent.relative_to(ROOT)))
def test_every_package_says_what_it_is_for(package):
    assert ast.get_docstring(ast.parse(package.read_text("utf-8")))


@pytest.mark.parametrize("room", [*ROOMS, "core", "flows"])
def test_every_room_says_what_comes_in_and_what_goes_out(room):
    front = ROOT / "arviz" / room / "__init__.py"
    if not front.exists():
        pytest.skip(f"arviz.{room} is not built yet")
    text = ast.get_docstring(ast.parse(front.read_text("utf-8"))) or ""
    assert re.search(r"\bin[:,;]", text, re.IGNORECASE)
    assert re.search(r"\bout[:.,;]", text, re.IGNORECASE)


def test_setup_lists_every_package():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    listed = set(setup["options"]["packages"].split())
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGES}
    mapped = {line.split("=")[0].strip() for line in setup["options"]["package_dir"].strip().splitlines()}
    assert listed == found | mapped


def machine_paths() -> re.Pattern[str]:
    """Return what a path of somebody's machine looks like: home folders, and where this checkout lies."""
    places = [
        r"/home/(?!me/|user/|you/)[a-z]+/",
        r"/Users/(?!me/|user/|you/)[A-Za-z]+/",
        r"/root/",
        re.escape(str(ROOT)),
        re.escape(f"{Path.home()}/"),
    ]
    if ROOT.parts[1] not in {"tmp", "var", "opt", "usr", "home", "srv", "mnt"}:
        places.append(rf"(?<![\w.]){re.escape(f'/{ROOT.parts[1]}/')}")
    return re.compile("|".join(places))


def test_nothing_names_a_path_of_somebodys_machine():
    # Only this file may: it holds the patterns.
    pattern = machine_paths()
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in committed()
        if path.suffix.lower() not in BINARY and path != Path(__file__)
        for match in pattern.finditer(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []


def test_lock_file_names_no_registry_but_the_public_one():
    lock = (ROOT / "tests" / "validator" / "package-lock.json").read_text("utf-8")
    assert set(re.findall(r'"resolved":\s*"https?://([^/"]+)', lock)) <= {"registry.npmjs.org"}


@pytest.mark.parametrize("example", committed("examples/*.py"), ids=lambda p: p.name)
def test_every_example_says_how_it_is_tested(example):
    assert re.search(r"^# arviz-test: (off|run|compare)$", example.read_text("utf-8"), re.MULTILINE)
