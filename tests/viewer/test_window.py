"""The window as somebody uses it: mouse, wheel, keys, files dropped on it; offscreen, with the real renderer in its process."""

from pathlib import Path

import numpy as np
import pytest

from arviz.core.image import decode
from arviz.flows.render import render

PRODUCTS = Path(__file__).parents[2] / "assets" / "products"
qt = pytest.importorskip("PySide6.QtTest", reason="the extra [desktop] is not installed")

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl  # noqa: E402
from PySide6.QtGui import QDropEvent, QWheelEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QComboBox  # noqa: E402


def drag(canvas, start: QPoint, end: QPoint, *, button=Qt.MouseButton.LeftButton, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qt.QTest.mousePress(canvas, button, modifier, start)
    for step in range(1, 5):
        qt.QTest.mouseMove(canvas, start + (end - start) * step / 4)
        QApplication.processEvents()
    qt.QTest.mouseRelease(canvas, button, modifier, end)


def settle(window, until) -> None:
    QApplication.processEvents()
    until(lambda: window.drawing.resting)


def test_the_first_picture_is_the_one_that_the_service_draws(window):
    seen = window.seen
    expected = render(
        PRODUCTS / "table-lamp" / "table-lamp.glb", width=seen.camera.width_px, height=seen.camera.height_px, background="#f2f2f2"
    )
    assert (seen.image.pixels == expected.pixels).all()


def test_a_drag_turns_and_ends_in_the_full_picture(window, until):
    before, eye = window.seen, window.session.state.shot.eye
    drafts = []
    window.drawing.seen.connect(lambda seen, draft: drafts.append(draft))
    drag(window.canvas, QPoint(200, 300), QPoint(300, 250))
    settle(window, until)
    after = window.session.state.shot.eye
    turn = np.pi / window.canvas.height()
    assert after.azimuth_rad == pytest.approx((eye.azimuth_rad - 100 * turn) % (2 * np.pi))
    assert after.polar_rad == pytest.approx(eye.polar_rad + 50 * turn)
    assert not drafts[-1]
    assert window.seen.image.pixels.shape == before.image.pixels.shape
    qt.QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(window, until)
    assert window.session.state.shot.eye == eye
    assert (window.seen.image.pixels == before.image.pixels).all()


def test_the_wheel_goes_nearer(window, until):
    centre = QPointF(window.canvas.rect().center())
    wheel = QWheelEvent(
        centre,
        window.canvas.mapToGlobal(centre),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(window.canvas, wheel)
    assert window.session.state.shot.eye.distance < 1
    settle(window, until)


def test_a_drag_with_the_middle_button_keeps_the_product_under_the_pointer(window, until):
    """What lay under the pointer lies under it afterwards."""
    seen = window.seen
    centre = seen.box_m.mean(axis=0)

    def pixel(shown) -> np.ndarray:
        pose, k = shown.world_from_camera, shown.camera.k
        local = (centre - pose[:3, 3]) @ pose[:3, :3]
        return (local @ k.T)[:2] / local[2]

    before = pixel(seen)
    drag(window.canvas, QPoint(200, 300), QPoint(260, 270), button=Qt.MouseButton.MiddleButton)
    settle(window, until)
    assert pixel(window.seen) - before == pytest.approx([60, -30], abs=0.01)


def test_keys_and_panel_do_the_same(window, until):
    qt.QTest.keyClick(window, Qt.Key.Key_S)
    assert window.session.state.shot.light.sun > 0
    combo = window.panel.control("light.environment")
    assert isinstance(combo, QComboBox)
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert window.session.state.shot.light.environment == "room"
    qt.QTest.keyClick(window, Qt.Key.Key_E)
    assert window.session.state.shot.light.environment == "studio"
    assert combo.currentIndex() == 0
    settle(window, until)


def test_the_ruler_is_made_ready_while_it_is_taken_in_hand(window, until, renderer):
    before = len(renderer.called)
    qt.QTest.keyClick(window, Qt.Key.Key_M)
    window.do("camera.back")
    settle(window, until)
    assert renderer.called[before:].count("aim") == 1
    assert not window.message
    qt.QTest.keyClick(window, Qt.Key.Key_M)
    qt.QTest.keyClick(window, Qt.Key.Key_M)
    settle(window, until)
    assert renderer.called[before:].count("aim") == 2


def test_the_ruler_stands_on_the_product_where_it_was_clicked(window, until):
    window.do("measure.ruler", True)
    seen = window.seen
    pose, k, box = seen.world_from_camera, seen.camera.k, seen.box_m
    local = (box.mean(axis=0) - pose[:3, 3]) @ pose[:3, :3]
    x, y = (local @ k.T)[:2] / local[2]
    clicked = [QPoint(round(x), round(y)), QPoint(round(x), round(y) - 40)]
    for pixel in clicked:
        qt.QTest.mouseClick(window.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, pixel)
        settle(window, until)
    ruler = window.session.state.ruler
    assert len(ruler) == 2
    for point, pixel in zip(ruler, clicked, strict=True):
        world = np.array(point.point_m)
        local = (world - pose[:3, 3]) @ pose[:3, :3]
        assert (local @ k.T)[:2] / local[2] == pytest.approx([pixel.x(), pixel.y()], abs=0.01)
        assert (world > box[0] - 1e-6).all()
        assert (world < box[1] + 1e-6).all()
        assert point.sigma_m == pytest.approx(local[2] / k[0, 0])
    mark = window.canvas.marks()[-1]
    metres = np.linalg.norm(np.subtract(ruler[0].point_m, ruler[1].point_m))
    assert mark.text.startswith(f"{metres * 1000:.0f} ± ")


def test_files_that_are_dropped_are_opened(window, until):
    mime = QMimeData()
    other = PRODUCTS / "rug" / "rug.glb"
    mime.setUrls([QUrl.fromLocalFile(str(other))])
    drop = QDropEvent(QPointF(100, 100), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(drop)
    until(lambda: window.session.state.shot.file == other.absolute())
    settle(window, until)
    assert len(window.session.state.files) == 2


def test_light_that_is_dropped_lights_and_what_is_nothing_is_told(window, until, tmp_path):
    import shutil

    light = tmp_path / "our room.HDR"
    shutil.copy(PRODUCTS.parent / "environments" / "room.hdr", light)
    window.do("file.drop", [light])
    assert window.session.state.shot.light.environment == str(light)
    other = tmp_path / "list.json"
    for content in ("[]", '{"schema": "arviz.camera/1"}'):
        other.write_text(content)
        window.tell("")
        window.do("file.drop", [other])
        until(lambda: window.message)
        assert "list.json" in window.message
    assert window.session.state.room is None
    assert window.session.state.try_on is None
    settle(window, until)


def test_of_several_files_the_first_is_shown(window, until):
    others = [PRODUCTS / "rug" / "rug.glb", PRODUCTS / "picture" / "picture.glb"]
    window.do("file.open", others)
    until(lambda: len(window.session.state.files) == 3)
    settle(window, until)
    assert window.session.state.files[1:] == tuple(others)
    assert window.session.state.shot.file == others[0]


def test_a_file_that_cannot_be_read_is_told_and_the_window_lives_on(window, until, tmp_path):
    broken = tmp_path / "broken.glb"
    broken.write_bytes(b"glTF and no more")
    window.do("file.open", [broken])
    until(lambda: window.message)
    assert "broken.glb" in window.message
    settle(window, until)
    assert len(window.session.state.files) == 1
    qt.QTest.keyClick(window, Qt.Key.Key_F)
    settle(window, until)


def test_a_screenshot_is_the_picture(window, tmp_path):
    window.do("file.screenshot", tmp_path / "lamp.png")
    saved = decode((tmp_path / "lamp.png").read_bytes(), where="lamp.png")
    assert (saved.pixels == window.seen.image.pixels).all()


def test_a_child_that_is_killed_is_started_anew(window, until):
    import os
    import signal

    os.kill(window.drawing.pid, signal.SIGKILL)
    window.do("camera.back")
    until(lambda: window.message)
    settle(window, until)
    window.do("camera.front")
    settle(window, until)
    assert np.allclose(window.seen.world_from_camera[:3, 2], [0, 0, -1], atol=1e-6)
