"""Opening the window: `run`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from arviz.core.absent import absent
from arviz.core.errors import DependencyError
from arviz.viewer.display import check_x11, no_display
from arviz.viewer.live import preview
from arviz.viewer.remote import Remote

if TYPE_CHECKING:  # what shows pictures is loaded while the renderer is, in its process
    from arviz.flows.scenery import Scenery


def check_display() -> None:
    """Raise BackendError ``E_NO_DISPLAY`` where no window can be opened."""
    if not sys.platform.startswith("linux") or environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal", "vnc"):
        return
    if environ.get("WAYLAND_DISPLAY"):
        return
    if environ.get("QT_QPA_PLATFORM", "xcb") != "xcb":
        raise no_display(found=f"QT_QPA_PLATFORM={environ['QT_QPA_PLATFORM']}")
    found = find_spec("PySide6")
    folders = () if found is None else found.submodule_search_locations or ()
    # None where Qt is the system's, or is missing, which is said where it is missed.
    check_x11([plugin for folder in folders if (plugin := Path(folder, "Qt", "plugins", "platforms", "libqxcb.so")).exists()])


class TryOnAsked(NamedTuple):
    """Who tries what on: a portrait, a film or the number of a webcam, and a recipe."""

    source: Path | int | None
    recipe: Path | None


def run(files: Sequence[Path] = (), *, language: str = "en", scenery: Scenery | None = None, try_on: TryOnAsked | None = None) -> int:
    """Open the window, and return when it is closed.

    Raises
    ------
    DependencyError
        ``E_NO_QT``: PySide6 is missing. ``E_LIBRARY_MISSING``: a library that it loads is.
    BackendError
        ``E_NO_DISPLAY``.
    """
    check_display()
    remote = Remote(preview)  # first of all: it loads the renderer while we load Qt
    # Ctrl-C closes the window when Qt has its turn: while it is loaded it would end the process, and later meet a lock that is held.
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        return _shown(remote, files, language, scenery, try_on, pressed)
    finally:
        signal.signal(signal.SIGINT, before)
        remote.close()


def _shown(
    remote: Remote, files: Sequence[Path], language: str, scenery: Scenery | None, try_on: TryOnAsked | None, pressed: list[int]
) -> int:
    try:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication
    except ImportError as error:
        library = absent(error) if find_spec("PySide6") is not None else None
        raise library or DependencyError(
            "E_NO_QT",
            "the window needs PySide6",
            found=str(error),
            hint="Run: pip install 'arviz3d[desktop]'. `arviz view --simple` opens a plain one without.",
        ) from error
    from arviz.viewer.window import Window

    app = QApplication.instance() or QApplication(["arviz"])
    window = Window(files, language=language, scenery=scenery, remote=remote)
    if try_on is not None:
        window.tryon.open(source=try_on.source, recipe=try_on.recipe)
    window.show()
    wake = QTimer(interval=200)  # Python looks for signals only when it runs
    wake.timeout.connect(lambda: pressed and window.close())
    wake.start()
    return int(app.exec())
