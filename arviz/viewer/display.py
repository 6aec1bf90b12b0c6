"""Whether a window can be opened here; Qt, asked for one where none can be, ends the whole process."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from os import environ
from pathlib import Path

from arviz.core.absent import WINDOW, libraries_hint
from arviz.core.errors import BackendError


def check_x11(plugins: Sequence[Path] = ()) -> None:
    """Load what a window would load, and connect to the display as it would.

    Parameters
    ----------
    plugins : sequence of path
        Libraries that the toolkit of the window brings.

    Raises
    ------
    BackendError
        ``E_NO_DISPLAY``: a library of the desktop is missing, or the display does not answer.
    """
    if not environ.get("DISPLAY"):
        raise no_display(found="DISPLAY is not set")
    try:
        for plugin in plugins:
            ctypes.CDLL(str(plugin))
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        raise BackendError(
            "E_NO_DISPLAY",
            "no window can be opened here: a library of the desktop is missing",
            found=str(error),
            hint=libraries_hint(WINDOW),
        ) from error
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    # Kept open when it holds: an X server whose last client leaves starts anew, and the window that comes next finds nobody.
    if xcb.xcb_connection_has_error(connection):
        xcb.xcb_disconnect(connection)
        raise no_display(found=f"no answer from {environ['DISPLAY']}")


def no_display(found: str | None = None) -> BackendError:
    """Return what is said where no window can be opened."""
    return BackendError(
        "E_NO_DISPLAY",
        "no window can be opened here",
        expected="a display (DISPLAY or WAYLAND_DISPLAY)" if sys.platform.startswith("linux") else "a display",
        found=found,
        hint="Run it on a desktop, or through `xvfb-run`; `arviz render`, `place` and `tryon` write pictures and films without a display.",
    )
