"""The pages' commands run as a reader would run them: in a clone, with our products and photos under the names that the pages use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from PIL import Image

from scripts import reference
from tests.architecture.checkout import ROOT
from tests.architecture.pages import PAGES, Command, blocks, commands

pytestmark = pytest.mark.slow
PAGES_WITH_COMMANDS = [page for page in PAGES if any(commands(page)) and page.name != "gallery.md"]  # test_gallery runs those
GO_ON = {"serve", "worker", "mirror", "view"}
"""Commands that end when somebody ends them."""
EXCUSED = ("E_OUTPUT_EXISTS", "E_WALL_PART")
"""Pages show several ways to write the same file, and name walls of a room that is not ours."""
OUTSIDE = {"models", "keys", "sign"}
"""They fetch, or work in the folder of a service."""


@pytest.fixture(scope="module")
def photos():
    sys.path.append(str(ROOT / "scripts"))
    from gallery_photos import write_photos

    folder = ROOT / "out" / "photos"
    if not folder.is_dir():
        write_photos(folder)
    return folder


@pytest.fixture
def clone(tmp_path, photos) -> Path:
    """A folder with what a clone has, and files under the names that the pages take for the reader's own."""
    for name in ("assets", "examples", "calibration"):
        (tmp_path / name).symlink_to(ROOT / name)
    products = {"sofa": "sofa", "chair": "dining-chair", "glasses": "glasses", "frame": "glasses", "table": "coffee-table", "rug": "rug"}
    for name, product in {**products, "fridge": "fridge", "lamp": "lamp"}.items():
        shutil.copy(ROOT / "assets" / "products" / product / f"{product}.glb", tmp_path / f"{name}.glb")
    for name, photo in (("photo", "evening"), ("depth", "evening-depth")):
        shutil.copy(photos / f"{photo}.png", tmp_path / f"{name}.png")
    for name in ("camera.json", "cam.json"):
        shutil.copy(photos / "camera.json", tmp_path / name)
    Image.open(photos / "astronaut.png").save(tmp_path / "portrait.jpg", quality=95)
    (profile,) = [code for code in blocks(ROOT / "docs" / "guide" / "check.md", "json") if "arviz.profile/1" in code]
    (tmp_path / "our-rules.json").write_text(profile, "utf-8")
    return tmp_path


def reads(command: Command) -> list[str]:
    """Return the files that a command reads, by the types of its parameters."""
    from arviz.cli.options import INPUT

    group, words = reference.command_group(), list(command.words)
    context = click.Context(group, info_name="arviz")
    while isinstance(group, click.Group):
        name, group, words = group.resolve_command(context, words)
        context = click.Context(group, info_name=name, parent=context)
    made = group.make_context(command.words[0], words)
    values = [made.params.get(parameter.name) for parameter in group.params if parameter.type is INPUT]
    return [str(one) for value in values for one in (value if isinstance(value, tuple) else (value,)) if one is not None]


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_end_as_they_should(page, clone, models):
    environment = {**os.environ, "ARVIZ_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    ran, left = [], []
    for command in commands(page):
        if not command.words or command.words[0] in GO_ON | OUTSIDE or "--webcam" in command.words or "--cluster" in command.words:
            continue
        if any(not (clone / name).exists() for name in reads(command)):
            left.append(command)
            continue
        done = subprocess.run(
            [sys.executable, "-m", "arviz", *command.words], cwd=clone, env=environment, capture_output=True, text=True, check=False
        )
        excused = any(code in done.stderr for code in EXCUSED) or (command.words[0] == "doctor" and done.returncode == 5)
        assert done.returncode in (0, 1) or excused, f"{command}\n{done.stdout}{done.stderr}"
        ran.append(command)
    print(f"{len(ran)} ran; {len(left)} want files that only a reader has")
