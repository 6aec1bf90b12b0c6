"""What a window meets on real machines: Ctrl-C, no OpenGL, screens with small pixels, large files, a process that ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from arviz.viewer.recent import MOST, Recent

qt = pytest.importorskip("PySide6.QtTest", reason="the extra [desktop] is not installed")

from PySide6.QtCore import Qt  # noqa: E402

PRODUCTS = Path(__file__).parents[2] / "assets" / "products"
LAMP, RUG = PRODUCTS / "table-lamp" / "table-lamp.glb", PRODUCTS / "rug" / "rug.glb"
HEAVY = ("cv2", "open3d", "mediapipe", "OpenGL", "moderngl", "glcontext", "mitsuba", "embreex", "trimesh", "pxr", "scipy", "pyrender")

SCRIPT = """
import sys, time
from pathlib import Path

def main():
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication
    from arviz.viewer.window import Window

    app = QApplication(["arviz"])
    window = Window([Path(name) for name in sys.argv[1:]])
    window.resize(700, 500)
    window.show()

    def until(true):
        end = time.monotonic() + 100
        while not true():
            assert time.monotonic() < end, "it did not happen: " + window.message
            app.processEvents()
            time.sleep(0.002)
%s

if __name__ == "__main__":
    main()
"""


def script(lines: str, *files: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run lines with a window in a process of its own."""
    body = "".join(f"    {line}\n" for line in lines.strip().splitlines())
    program = Path(os.environ["XDG_CONFIG_HOME"]) / "program.py"
    program.write_text(SCRIPT % body)
    return subprocess.run(
        [sys.executable, str(program), *map(str, files)],
        env={**os.environ, "QT_LOGGING_RULES": "*=false", **environment},
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip


def children(pid: int) -> set[int]:
    """Return the processes that a process has started, and those that they have."""
    found = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | children(child)
    return found


def test_a_script_with_a_window_ends_without_a_word():
    """Qt, its threads and the process that draws are gone, in whatever order Python lets go of them; None keeps its references."""
    done = script(
        """
until(lambda: window.seen is not None and window.drawing.resting)
before = sys.getrefcount(None)
for _ in range(300):
    window.canvas.repaint()
    window.panel.show_state(window.session.given)
assert sys.getrefcount(None) > before - 100, "Qt's calls take references of None away: in time the process is ended"
QTest.keyClick(window, Qt.Key.Key_D)
QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
QTest.mouseMove(window.canvas, QPoint(160, 90))
window.close()
""",
        LAMP,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_a_window_that_nobody_closed_ends_as_quietly():
    done = script("until(lambda: window.seen is not None)", LAMP)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


@pytest.mark.parametrize("early", [True, False])
def test_ctrl_c_ends_the_window_and_its_process(early):
    """As a shell sends it: to all processes of the window, while they start and when they stand."""
    running = subprocess.Popen(
        [sys.executable, "-m", "arviz", "view", str(LAMP)], start_new_session=True, text=True,
        env={**os.environ, "QT_LOGGING_RULES": "*=false"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 100
    recent = Recent()
    while not (children(running.pid) if early else recent.files()) and running.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    started = children(running.pid)
    assert started
    os.killpg(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=100)
    assert running.returncode in (0, 130)
    assert "Traceback" not in errors
    until = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in started) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]


INTERRUPTED = """
import signal, sys
from pathlib import Path
from arviz.viewer import app
from arviz.viewer.remote import Remote

send = Remote._send

def interrupted(remote):
    if callable(signal.getsignal(signal.SIGINT)) and signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        signal.raise_signal(signal.SIGINT)
    send(remote)

if __name__ == "__main__":
    Remote._send = interrupted
    sys.exit(app.run([Path(sys.argv[1])]))
"""


def test_ctrl_c_at_the_worst_moment_ends_the_window(tmp_path):
    """While the window holds the lock that closing it needs."""
    program = tmp_path / "program.py"
    program.write_text(INTERRUPTED)
    done = subprocess.run([sys.executable, str(program), str(LAMP)], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr


def test_without_opengl_the_window_says_so_and_lives_on():
    done = script(
        """
until(lambda: window.message)
print(window.message)
until(lambda: window.drawing.resting)
window.do("help.language")
window.do("help.dismiss")
window.do("file.open", [Path(sys.argv[1])])
until(lambda: window.message)
window.close()
""",
        LAMP,
        __EGL_VENDOR_LIBRARY_FILENAMES="/nonexistent.json",
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "OpenGL" in done.stdout
    assert "apt-get install" in done.stdout  # what to do


def test_on_a_screen_with_small_pixels_the_picture_has_all_of_them_and_clicks_hit():
    """Two pixels for one of the window: what was clicked lies under the pointer, and its mark is drawn there."""
    done = script(
        """
import json
import numpy as np
until(lambda: window.seen is not None and window.drawing.resting)
window.do("measure.ruler", True)
seen, canvas = window.seen, window.canvas
local = (seen.box_m.mean(axis=0) - seen.world_from_camera[:3, 3]) @ seen.world_from_camera[:3, :3]
x, y = (local @ seen.camera.k.T)[:2] / local[2] / 2
clicked = [(round(x), round(y)), (round(x), round(y) - 30)]
for at in clicked:
    count = len(window.session.state.ruler)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(*at))
    until(lambda: len(window.session.state.ruler) > count)
until(lambda: window.drawing.resting)
plain = window.grab().toImage()
hit = []
for touched in window.session.state.ruler:
    local = (np.array(touched.point_m) - seen.world_from_camera[:3, 3]) @ seen.world_from_camera[:3, :3]
    hit.append(((local @ seen.camera.k.T)[:2] / local[2]).tolist())
grab = canvas.grab().toImage()
window.do("measure.ruler", False)
window.session.undo(); window.session.undo(); window.session.undo()
bare = canvas.grab().toImage()
changed = [(i, j) for i in range(grab.width()) for j in range(grab.height()) if grab.pixel(i, j) != bare.pixel(i, j)]
print(json.dumps({"ratio": canvas.devicePixelRatioF(), "canvas": [canvas.width(), canvas.height()], "clicked": clicked, "hit": hit,
    "picture": list(seen.image.pixels.shape[:2]), "grab": [grab.width(), grab.height()],
    "rows": [min(j for i, j in changed), max(j for i, j in changed)]}))
window.close()
""",
        LAMP,
        QT_SCALE_FACTOR="2",
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    width, height = told["canvas"]
    assert told["ratio"] == 2
    assert told["picture"] == [2 * height, 2 * width]
    assert told["grab"] == [2 * width, 2 * height]
    # The middle of a pixel of the window is the corner of four of the screen's.
    assert np.array(told["hit"]) == pytest.approx(2 * np.array(told["clicked"]) + 0.5, abs=0.01)
    top, bottom = sorted(y for _, y in told["hit"])
    assert told["rows"][0] == pytest.approx(top, abs=20)
    assert told["rows"][1] == pytest.approx(bottom, abs=20)


def test_the_window_imports_nothing_that_draws_or_computes():
    """Such a library would hold Python while it works, or take its time at the start."""
    code = f"import sys, arviz.viewer.app, arviz.viewer.window; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_was_opened_last_is_known_to_the_next_window(window, until, settings):
    window.do("file.open", [RUG])
    until(lambda: window.session.state.files == (LAMP.absolute(), RUG.absolute()))
    assert Recent().files() == (RUG.absolute(), LAMP.absolute())
    window.do("file.close")
    until(lambda: window.drawing.resting)
    qt.QTest.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    menu = window.effects.recent_menu
    assert [action.data() for action in menu.actions()] == [RUG.absolute(), LAMP.absolute()]
    files = window.session.state.files
    gone = next(file for file in (RUG.absolute(), LAMP.absolute()) if file not in files)
    next(action for action in menu.actions() if action.data() == gone).trigger()
    menu.close()
    until(lambda: gone in window.session.state.files)
    assert [path for path in settings.rglob("*") if path.is_file()] == [settings / "arviz" / "recent.json"]
    window.do("file.forget_recent")
    assert Recent().files() == ()
    assert not [path for path in settings.rglob("*") if path.is_file()]
    window.do("file.open_recent")
    assert window.message


@pytest.mark.parametrize("content", [b"", b"{", b"[1, null]", b'{"a": 1}', b"\xff\xfe", b"[" * 100_000])
def test_a_list_of_recent_files_that_cannot_be_read_is_none(tmp_path, content):
    path = tmp_path / "recent.json"
    path.write_bytes(content)
    recent = Recent(path)
    assert recent.files() == ()
    recent.add(Path("/a.glb"))
    assert recent.files() == (Path("/a.glb"),)


def test_recent_files_are_few_newest_first_and_each_once(tmp_path):
    recent = Recent(tmp_path / "folder" / "recent.json")
    names = [Path(f"/models/{number} 沙发 \udcff & co.glb") for number in range(MOST + 3)]
    for name in [*names, names[-3]]:
        recent.add(name)
    assert recent.files() == (names[-3], names[-1], names[-2], *names[-4 : -MOST - 1 : -1])


def test_recent_files_where_nothing_can_be_written_are_none(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    recent = Recent(tmp_path / "file" / "recent.json")
    recent.add(Path("/a.glb"))
    recent.forget()
    assert recent.files() == ()


def test_what_was_done_is_not_said_for_ever_and_what_is_wrong_is(app):
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QWidget

    from arviz.viewer.message import Message

    over = QWidget()
    message = Message(over, lambda: None)
    timer = message.findChild(QTimer)
    message.say("Saved sofa.png")
    assert timer.isActive()
    timer.timeout.emit()
    assert message.text == ""
    message.say("Saved sofa.png")
    message.say("sofa.glb is not there", wrong=True)
    assert not timer.isActive()
    assert message.text == "sofa.glb is not there"


def test_a_message_says_what_to_do_and_is_taken_away(window, until, tmp_path):
    size = window.canvas.size()
    window.do("file.open", [tmp_path / "<b>not here</b>.glb"])
    until(lambda: window.message)
    assert "<b>not here</b>.glb" in window.message
    assert window.canvas.size() == size
    foot = window.canvas.findChild(object, "message")
    assert foot.isVisible()
    assert window.canvas.rect().contains(foot.geometry())
    qt.QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.message
    assert not foot.isVisible()
