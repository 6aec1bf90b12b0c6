"""What is generated stands committed as it would be generated now; the docs and the program stay in step."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from scripts import reference
from tests.architecture.checkout import ROOT

PUBLIC_NAMES_LIMIT = 52
"""DESIGN section 7: about 40 names."""


def commands() -> list[str]:
    import click

    group = reference.command_group()
    return list(group.list_commands(click.Context(group)))


@pytest.mark.parametrize("page", ["cli.md", "api.md", "errors.md"])
def test_reference_is_fresh(page):
    # In a process of its own: the docstrings of a package that tests have already used may differ.
    made = subprocess.run(
        [sys.executable, "-c", f"from scripts import reference as r; print(r.{page[:-3]}_page(), end='')"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert (reference.FOLDER / page).read_text("utf-8") == made, "run `make docs` and commit docs/reference"


def test_public_names_resolve_and_say_what_they_are():
    import arviz

    assert len(set(arviz.__all__)) == len(arviz.__all__) <= PUBLIC_NAMES_LIMIT
    silent = [name for name in arviz.__all__ if not (getattr(arviz, name).__doc__ or "").strip()]
    assert silent == []


def test_every_command_has_its_module_guide_and_test():
    expected = [f for c in commands() for f in (f"arviz/cli/{c}.py", f"docs/guide/{c}.md", f"tests/cli/test_{c}.py")]
    assert [f for f in expected if not (ROOT / f).is_file()] == []


def test_every_guide_is_about_a_command():
    assert {path.stem for path in (ROOT / "docs" / "guide").glob("*.md")} - {"deploy"} == set(commands())


def test_guides_name_only_options_that_exist():
    known = set(re.findall(r"--[a-z][a-z-]+", reference.cli_page())) | {"--help", "--version"}
    unknown = {
        f"{path.name}: {option}"
        for path in [*(ROOT / "docs" / "guide").glob("*.md"), *(ROOT / "docs" / "start").glob("*.md"), ROOT / "README.md"]
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"^\s*(\$ )?arviz \w|`arviz |^\| `-", line)
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line)
        if option not in known
    }
    assert unknown == set()
