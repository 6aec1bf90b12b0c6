"""The designer's task on a real X screen: open, variant, measure, put into the photo of a room, snap to a wall, compare, save."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="the extra [desktop] is not installed")

STEPS = ["open", "variant", "ruler", "dimensions", "room", "snapped", "compare", "saved", "undone"]


@pytest.mark.slow
def test_a_designer_does_the_task(screen: str, tmp_path: Path) -> None:
    environment = {**os.environ, "DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"}
    command = [sys.executable, "-m", "tests.viewer.designer", str(tmp_path)]
    done = subprocess.run(command, env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert [path.stem[3:] for path in sorted(tmp_path.glob("[0-9]*-*.png"))] == STEPS
