"""The designer's task on a real X screen: open, variant, measure, put into the photo of a room, snap to a wall, compare, save.

What the screen showed after each step is left in ``.cache/designer``, to be looked at.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the extra [desktop] is not installed")

STEPS = ["open", "variant", "ruler", "dimensions", "room", "askew", "snapped", "compare", "saved", "undone"]


ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".cache" / "designer"


@pytest.mark.slow
@pytest.mark.parametrize("screen", ["1280x800"], indirect=True)
def test_a_designer_does_the_task(screen: str) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    environment = {**os.environ, "DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"}
    command = [sys.executable, "-m", "tests.viewer.designer", str(FOLDER)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert [path.stem[3:] for path in sorted(FOLDER.glob("[0-9]*-*.png"))] == STEPS
