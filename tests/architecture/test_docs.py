"""What the pages say holds: links and anchors lead somewhere, commands and options exist, Python lines name what is there."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re

import click
import pytest

from scripts import reference
from tests.architecture.checkout import ROOT
from tests.architecture.pages import PAGES, Command, anchors, blocks, commands, links

COMMANDS = [command for page in PAGES for command in commands(page)]
WITH_PYTHON = [page for page in PAGES if blocks(page, "python") and page.name != "api.md"]  # api.md: signatures
IMAGES = ROOT / "docs" / "images"
IMAGES_BYTES = 1_500_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    dead = []
    for file, anchor in links(page):
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            dead.append(f"{file}#{anchor}" if anchor else file)
    assert dead == []


def test_anchors_are_those_of_forges():
    assert {"arviz-room", "arviz-calibrate-run"} <= anchors(ROOT / "docs" / "reference" / "cli.md")
    assert "get-v1jobsjob_id" in anchors(ROOT / "docs" / "reference" / "http.md")
    assert "macos-and-windows" in anchors(ROOT / "docs" / "start" / "install.md")


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_commands_are_understood(command: Command):
    group = reference.command_group()
    context = click.Context(group, info_name="arviz")
    words = list(command.words)
    while isinstance(group, click.Group) and words:
        name, group, words = group.resolve_command(context, words)
        context = click.Context(group, info_name=name, parent=context)
        if isinstance(group, click.Group):
            continue
        group.make_context(name, words, parent=context.parent)  # raises a UsageError for what is not there
    assert not isinstance(group, click.Group) or not words


def test_the_pages_hold_many_commands():
    assert len(COMMANDS) > 150
    assert {"convert", "room", "tryon", "serve", "anchors", "calibrate"} <= {command.words[0] for command in COMMANDS if command.words}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_targets_of_make_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    asked = {target for code in blocks(page, "sh") for target in re.findall(r"^make ([a-z-]+)", code, re.MULTILINE)}
    assert asked <= targets


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_lines_name_what_is_there(page):
    import arviz

    for code in blocks(page, "python"):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("arviz"):
                module = importlib.import_module(node.module)
                assert [name.name for name in node.names if not hasattr(module, name.name)] == []
            if isinstance(node, ast.Call) and _of_arviz(node.func):
                called = reference.public(arviz, node.func.attr)
                known = inspect.signature(called).parameters
                if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values()):
                    assert {word.arg for word in node.keywords if word.arg} <= set(known), f"arviz.{node.func.attr}"
            elif _of_arviz(node):
                assert node.attr in arviz.__all__ or node.attr in {"core", "__all__", "__version__"}, node.attr


def _of_arviz(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "arviz"


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "json")], ids=lambda page: str(page.relative_to(ROOT)))
def test_json_is_json(page):
    for code in blocks(page, "json"):
        json.loads(code)


def test_the_http_reference_is_fresh():
    openapi = pytest.importorskip("scripts.openapi", reason="the extra [service] is not installed")
    described = openapi.PAGE.read_text("utf-8")  # which tests/service compares with the service
    assert (openapi.FOLDER / "http.md").read_text("utf-8") == openapi.page(described), "run `make docs` and commit docs/reference"


def test_pictures_are_few_and_all_are_shown():
    pictures = {path for path in IMAGES.rglob("*") if path.is_file()}
    shown = {(page.parent / file).resolve() for page in PAGES for file, _ in links(page)}
    assert pictures - shown == set()
    assert sum(path.stat().st_size for path in pictures) < IMAGES_BYTES


def test_the_first_page_leads_to_all_others():
    index = ROOT / "docs" / "index.md"
    named = {(index.parent / file).resolve() for file, _ in links(index)}
    folders = {"start", "users", "guide", "concepts", "reference"}
    assert {page for page in PAGES if page.parent.name in folders and page.is_relative_to(index.parent)} - named == set()
