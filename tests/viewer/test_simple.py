"""``arviz view`` as a user has it who has not installed the extra [desktop]: a plain window, and clear words."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

PRODUCT = Path(__file__).parents[2] / "assets" / "products" / "table-lamp" / "table-lamp.glb"
WITHOUT_QT = "import sys; sys.modules['PySide6'] = None; from arviz.cli import main; sys.exit(main())"


def view(*arguments: str, display: str | None) -> "subprocess.Popen[str]":
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    environment["PYOPENGL_PLATFORM"] = "egl"  # as servers set it, and Wayland's desktops in effect; windows have GLX
    if display is not None:
        environment["DISPLAY"] = display
    command = [sys.executable, "-c", WITHOUT_QT, "view", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.glb"
    path.write_bytes(b"glTF and no more")
    return path


def seen(screen: str) -> np.ndarray:
    from PIL import ImageGrab

    return np.asarray(ImageGrab.grab(xdisplay=screen))[..., :3].astype(int)


def test_the_plain_window_shows_the_product_upright(screen: str) -> None:
    """The lamp's foot is narrower than its shade, which is above."""
    running = view("--simple", str(PRODUCT), display=screen)
    until, product = time.monotonic() + 240, np.zeros((1, 1), bool)
    while product.sum() < 20_000 and running.poll() is None and time.monotonic() < until:
        picture = seen(screen)
        paper = np.abs(picture - 242).max(axis=2) < 4
        product = ~paper & paper[:1].any()  # before the window is there all is black
        time.sleep(0.2)
    running.terminate()
    _, errors = running.communicate(timeout=60)
    assert product.sum() > 20_000, errors
    assert "pip install 'arviz3d[desktop]'" in errors
    rows = np.flatnonzero(product.any(axis=1))
    widths = product[rows[0] : rows[-1] + 1].sum(axis=1)
    shade, foot = widths[: len(widths) // 3], widths[-len(widths) // 3 :]
    assert shade.max() > 1.3 * foot.max()


def test_the_plain_window_says_where_there_is_no_display() -> None:
    running = view("--simple", str(PRODUCT), display=":4711")
    _, errors = running.communicate(timeout=240)
    assert running.returncode == 6
    assert "E_NO_DISPLAY" in errors
    assert "Traceback" not in errors


def test_a_file_that_cannot_be_read_is_one_error(screen: str, broken: Path) -> None:
    running = view("--simple", str(broken), display=screen)
    _, errors = running.communicate(timeout=240)
    assert running.returncode not in (0, 1)
    assert errors.count("error") == 1
    assert "broken.glb" in errors
    assert "Traceback" not in errors


def test_without_qt_both_ways_on_are_told(screen: str) -> None:
    running = view(str(PRODUCT), display=screen)
    _, errors = running.communicate(timeout=240)
    assert running.returncode == 5
    assert "E_NO_QT" in errors
    assert "pip install 'arviz3d[desktop]'" in errors
    assert "arviz view --simple" in errors
    assert "Traceback" not in errors
