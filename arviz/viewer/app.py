"""Opening the window: `run`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from os import environ
from pathlib import Path

from arviz.core.errors import BackendError, DependencyError
from arviz.flows.scenery import Scenery
from arviz.viewer.live import preview
from arviz.viewer.remote import Remote


def check_display() -> None:
    """Raise BackendError ``E_NO_DISPLAY`` where no window can be opened: Qt would end the whole process."""
    if sys.platform.startswith("linux") and not (
        environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal", "vnc")
    ):
        raise BackendError(
            "E_NO_DISPLAY",
            "no window can be opened here",
            expected="a display (DISPLAY or WAYLAND_DISPLAY)",
            hint="Run it on a desktop, or as `xvfb-run arviz view ...`; `arviz render` makes pictures without a display.",
        )


def run(files: Sequence[Path] = (), *, language: str = "en", scenery: Scenery | None = None) -> int:
    """Open the window, and return when it is closed.

    Raises
    ------
    DependencyError
        ``E_NO_QT``: PySide6 is missing.
    BackendError
        ``E_NO_DISPLAY``.
    """
    check_display()
    remote = Remote(preview)  # first of all: it loads the renderer while we load Qt
    try:
        return _shown(remote, files, language, scenery)
    finally:
        remote.close()


def _shown(remote: Remote, files: Sequence[Path], language: str, scenery: Scenery | None) -> int:
    try:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication
    except ImportError as error:
        raise DependencyError(
            "E_NO_QT",
            "the window needs PySide6",
            found=str(error),
            hint="Run: pip install 'arviz3d[desktop]'. `arviz view --simple` opens a plain one without.",
        ) from error
    from arviz.viewer.window import Window

    app = QApplication.instance() or QApplication(["arviz"])
    window = Window(files, language=language, scenery=scenery, remote=remote)
    window.show()
    signal.signal(signal.SIGINT, lambda *_: window.close())  # Ctrl-C in the shell closes the window
    wake = QTimer(interval=200)  # Python looks for signals only when it runs
    wake.timeout.connect(lambda: None)
    wake.start()
    return int(app.exec())
