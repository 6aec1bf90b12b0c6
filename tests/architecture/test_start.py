"""What a start costs: asking for help imports neither numpy nor anything heavy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ["cv2", "mediapipe", "moderngl", "open3d", "pyrender", "scipy", "trimesh", "PIL", "OpenGL", "pxr"]

CALL = """
import sys
sys.argv = ["arviz", *{arguments!r}]
from arviz.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
"""


def loaded_after(code: str) -> set[str]:
    """Return the top-level packages that are imported once `code` has run in a fresh interpreter."""
    tail = "\nimport json, sys\nprint('\\n' + json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_imports_neither_numpy_nor_anything_heavy(option):
    assert loaded_after(CALL.format(arguments=[option])) & {"numpy", "rich", *HEAVY} == set()


@pytest.mark.parametrize("command", ["convert", "inspect", "render", "doctor", "completion"])
def test_help_of_a_command_imports_nothing_heavy(command):
    assert loaded_after(CALL.format(arguments=[command, "--help"])) & {"rich", *HEAVY} == set()


def test_importing_arviz_imports_nothing_heavy():
    assert loaded_after("import arviz") & {"numpy", "rich", "click", *HEAVY} == set()


@pytest.mark.parametrize("room", ["core", "formats", "ops", "check", "render", "flows"])
def test_importing_a_room_imports_nothing_heavy(room):
    assert loaded_after(f"import arviz.{room}") & set(HEAVY) == set()
