"""The window of ``arviz mirror``: what the mirror shows, its speed, keys for a snapshot and to leave."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from os import environ
from pathlib import Path

import numpy as np

from arviz.core.frozen import Array
from arviz.flows.mirror import Mirror, Reflection
from arviz.flows.outputs import picture_bytes, write_files
from arviz.viewer.display import check_x11

_TITLE = "arviz mirror"
_LEAVE, _SNAP = (ord("q"), 27), (ord("s"), ord(" "))
_HINT = "s: snapshot   q: leave"
_WELCOME, _STARTING = "Look into the mirror", "Starting ..."


def show(
    mirror: Mirror, *, full_screen: bool = False, snapshots: Path | None = None, snapped: Callable[[Path], None] = lambda path: None
) -> int:
    """Show a mirror in a window until it is closed, ``q`` is pressed or the film ends; return how many pictures were shown.

    Parameters
    ----------
    mirror : Mirror
    full_screen : bool
        Kiosk: without border, speed and hints.
    snapshots : path, optional
        Folder for pictures that are taken with ``s``; None: none can be taken.
    snapped : callable
        Told each file that was written.

    Raises
    ------
    BackendError
        ``E_NO_DISPLAY``: no window can be opened here.
    """
    import cv2

    _check_display()
    flags = cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL
    cv2.namedWindow(_TITLE, flags)
    if full_screen:
        cv2.setWindowProperty(_TITLE, cv2.WND_PROP_FULLSCREEN, cv2.WINDOW_FULLSCREEN)
    # Networks and shaders take some seconds until the first picture.
    cv2.imshow(_TITLE, _with_words(np.zeros((480, 640, 3), np.uint8), [_STARTING]))
    cv2.waitKey(1)
    count = 0
    try:
        for reflection in mirror.reflections():
            if not count and not full_screen:
                cv2.resizeWindow(_TITLE, reflection.image.width_px, reflection.image.height_px)
            cv2.imshow(_TITLE, _drawn(reflection, hints=not full_screen, snapshots=snapshots is not None)[..., ::-1])  # OpenCV takes BGR
            count += 1
            key = cv2.waitKey(1) & 0xFF
            if key in _SNAP and snapshots is not None and not reflection.idle:
                path = _free(snapshots)
                write_files({path: picture_bytes(reflection.image, path)})
                snapped(path)
            if key in _LEAVE or cv2.getWindowProperty(_TITLE, cv2.WND_PROP_VISIBLE) < 1:
                break
    finally:
        cv2.destroyAllWindows()
    return count


def _check_display() -> None:
    if sys.platform.startswith("linux"):
        check_x11()
        environ["QT_QPA_PLATFORM"] = "xcb"  # all that OpenCV's Qt has; asked for another one, it ends the process


def _drawn(reflection: Reflection, *, hints: bool, snapshots: bool) -> Array:
    told = []
    if reflection.idle:
        told = [_WELCOME]
    elif hints:
        told = [f"{reflection.per_s:.0f} pictures/s   {reflection.latency_s * 1000:.0f} ms", _HINT if snapshots else "q: leave"]
    return _with_words(reflection.image.pixels, told)


def _with_words(pixels: Array, lines: Sequence[str]) -> Array:
    """Return a picture with lines of white words on a black rim."""
    import cv2

    out = np.array(pixels)
    height = out.shape[0]
    size, rim = height / 900, max(1, round(height / 500))
    # Thicker words are wider too: the rim is the same words, moved.
    moves = [(dx, dy, 0) for dx in (-rim, 0, rim) for dy in (-rim, 0, rim) if dx or dy]
    for line, text in enumerate(lines):
        x, y = round(height / 40), round(height / 20 * (line + 1))
        for dx, dy, shade in (*moves, (0, 0, 255)):
            cv2.putText(out, text, (x + dx, y + dy), cv2.FONT_HERSHEY_SIMPLEX, size, (shade,) * 3, rim, cv2.LINE_AA)
    return out


def _free(folder: Path) -> Path:
    number = 1
    while (path := folder / f"mirror-{number:03d}.png").exists():
        number += 1
    return path
