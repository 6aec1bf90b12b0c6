"""``arviz view``: what it refuses; tests/viewer shows its window."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from arviz.cli.view import command


def test_without_a_display_it_says_how_to_go_on():
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run([sys.executable, "-m", "arviz", "view"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert "E_NO_DISPLAY" in done.stderr
    assert "xvfb-run" in done.stderr


def test_a_display_that_does_not_answer_is_no_display():
    """Qt would end the process, as it does where a library of the desktop is missing."""
    environment = {key: value for key, value in os.environ.items() if key not in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(
        [sys.executable, "-m", "arviz", "view"], env={**environment, "DISPLAY": ":4711"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 6
    assert "E_NO_DISPLAY" in done.stderr
    assert "hint" in done.stderr


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--camera", "cam.json"], "belong to --photo"),
        (["--scale", "a4"], "belong to --photo"),
        (["--room", "room.json", "--photo", "a.jpg", "--scale", "a4"], "measured already"),
        (["--depth-scale", "5000", "--room", "room.json"], "belong to --photo"),
    ],
)
def test_options_of_a_room_that_contradict_each_other_are_refused(options, word, tmp_path):
    files = {name: str(tmp_path / name) for name in ("cam.json", "room.json", "a.jpg")}
    for path in files.values():
        Path(path).touch()
    done = CliRunner().invoke(command, [files.get(option, option) for option in options])
    assert done.exit_code == 2
    assert word in done.output
