"""``arviz view``: what it refuses; tests/viewer shows its window."""

import os
import subprocess
import sys


def test_without_a_display_it_says_how_to_go_on():
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run([sys.executable, "-m", "arviz", "view"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert "E_NO_DISPLAY" in done.stderr
    assert "xvfb-run" in done.stderr
