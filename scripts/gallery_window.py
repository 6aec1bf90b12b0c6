"""Write a picture of the window of ``arviz view``, without a screen: ``gallery_window.py OUT.png WIDTHxHEIGHT FILE...``.

An argument such as ``measure.dimensions=1`` is a command of the window's table, done once the product is seen.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LONGEST_S = 120


def main(out: str, size: str, *arguments: str) -> int:
    """Open the window, do the commands, wait until it rests, and write what is seen."""
    files = [Path(argument) for argument in arguments if "=" not in argument]
    commands = [argument.split("=") for argument in arguments if "=" in argument]
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as settings:
        os.environ["XDG_CONFIG_HOME"] = settings  # not among somebody's recent files
        from PySide6.QtWidgets import QApplication

        from arviz.viewer.window import Window

        app = QApplication(["arviz"])
        window = Window(files)
        window.resize(*map(int, size.split("x")))
        window.show()
        rest(app, window)
        for name, value in commands:
            window.do(name, json.loads(value))
            rest(app, window)
        window.grab().save(out)
        window.close()
    return 0


def rest(app: Any, window: Any) -> None:
    """Let the window work until nothing is left to draw."""
    end = time.monotonic() + LONGEST_S
    app.processEvents()
    while not (window.seen is not None and window.drawing.resting):
        if time.monotonic() > end:
            raise SystemExit(f"the window does not come to rest: {window.message}")
        app.processEvents()
        time.sleep(0.005)
    app.processEvents()


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
