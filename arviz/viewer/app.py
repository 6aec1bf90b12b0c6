"""Opening the window: `run`."""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from arviz.core.errors import BackendError, DependencyError
from arviz.viewer.live import preview
from arviz.viewer.remote import Remote

if TYPE_CHECKING:  # what shows pictures is loaded while the renderer is, in its process
    from arviz.flows.scenery import Scenery


def check_display() -> None:
    """Raise BackendError ``E_NO_DISPLAY`` where no window can be opened: Qt would end the whole process."""
    if sys.platform.startswith("linux") and not (
        environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal", "vnc")
    ):
        raise no_display()
    if sys.platform.startswith("linux") and environ.get("QT_QPA_PLATFORM", "xcb") == "xcb" and not environ.get("WAYLAND_DISPLAY"):
        _check_x11()


def _check_x11() -> None:
    """Load what Qt would load, and connect as it would."""
    found = find_spec("PySide6")
    folders = () if found is None else found.submodule_search_locations or ()
    plugins = [plugin for folder in folders if (plugin := Path(folder, "Qt", "plugins", "platforms", "libqxcb.so")).exists()]
    try:
        for plugin in plugins:  # none where Qt is the system's, or is missing, which is said where it is missed
            ctypes.CDLL(str(plugin))
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        raise BackendError(
            "E_NO_DISPLAY",
            "no window can be opened here: a library of the desktop is missing",
            found=str(error),
            hint="Run: sudo apt-get install libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxkbcommon-x11-0",
        ) from error
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if refused:
        raise no_display(f"no answer from {environ.get('DISPLAY')}")


def no_display(found: str | None = None) -> BackendError:
    """Return what is said where no window can be opened."""
    return BackendError(
        "E_NO_DISPLAY",
        "no window can be opened here",
        expected="a display (DISPLAY or WAYLAND_DISPLAY)",
        found=found,
        hint="Run it on a desktop, or as `xvfb-run arviz view ...`; `arviz render` makes pictures without a display.",
    )


class TryOnAsked(NamedTuple):
    """Who tries what on: a portrait, a film or the number of a webcam, and a recipe."""

    source: Path | int | None
    recipe: Path | None


def run(files: Sequence[Path] = (), *, language: str = "en", scenery: Scenery | None = None, try_on: TryOnAsked | None = None) -> int:
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
        raise DependencyError(
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
