"""``arviz mirror`` as a user has it: a window on a screen (Xvfb), and a clear word where there is none."""

import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from arviz.core.image import Image
from arviz.vision.models.store import ModelStore

RECIPE = Path(__file__).parents[2] / "examples" / "recipes" / "lipstick-satin.json"


@pytest.fixture
def film(tmp_path: Path, astronaut: Image) -> Path:
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 5, (320, 320))
    for _ in range(50):
        writer.write(np.ascontiguousarray(astronaut.pixels[:320, 60:380, ::-1]))
    writer.release()
    return path


def mirror(film: Path, display: str | None) -> "subprocess.Popen[str]":
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment["QT_QPA_PLATFORM"] = "wayland"  # as desktops set it for Qt; OpenCV's has X11 only
    if display is not None:
        environment["DISPLAY"] = display
    command = [sys.executable, "-m", "arviz", "mirror", "--video", str(film), "--recipe", str(RECIPE)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_window_shows_the_mirrored_face_until_the_film_ends(screen: str, film: Path, astronaut: Image, models: ModelStore) -> None:
    from PIL import ImageGrab

    running = mirror(film, screen)
    want = astronaut.pixels[:320, 60:380][:, ::-1]
    # Her suit, far from lips and from what is written: the same colours in the same places.
    patch = (slice(240, 320), slice(100, 300))
    until, alike = time.monotonic() + 240, False
    while not alike and running.poll() is None and time.monotonic() < until:
        seen = np.asarray(ImageGrab.grab(xdisplay=screen))[..., :3]
        alike = any(
            np.abs(seen[y : y + 320, x : x + 320].astype(int)[patch] - want[patch]).mean() < 8
            for y in range(0, 60, 1)
            for x in (0, 1, 2, 240)
            if seen[y : y + 320, x : x + 320].shape == want.shape
        )
        time.sleep(0.2)
    out, errors = running.communicate(timeout=240)
    assert alike, errors
    assert running.returncode == 0
    assert "shown" in out


@pytest.mark.parametrize("display", [None, ":4711"])
def test_without_a_screen_one_clear_word(display: str | None, film: Path, models: ModelStore) -> None:
    running = mirror(film, display)
    _, errors = running.communicate(timeout=240)
    assert running.returncode == 6
    assert "E_NO_DISPLAY" in errors
    assert "Traceback" not in errors
