"""What the product view shows, by keys, panel and typing; offscreen, with the real renderer in its process."""

import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from arviz.core.asset import Animation, Node, Track
from arviz.core.image import decode
from arviz.formats.gltf.write import write_glb
from arviz.testing.shapes import box

PRODUCTS = Path(__file__).parents[2] / "assets" / "products"
qt = pytest.importorskip("PySide6.QtTest", reason="the extra [desktop] is not installed")

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtWidgets import QComboBox, QLineEdit  # noqa: E402

from arviz.viewer.amount import Amount  # noqa: E402


@pytest.fixture
def settle(window, app, until):
    def wait() -> None:
        app.processEvents()
        until(lambda: window.drawing.resting)

    return wait


@pytest.fixture
def rich(tmp_path) -> Path:
    """A box that slides for a second, with a lamp and a simpler level beside it."""
    asset = box(size_m=(0.4, 0.2, 0.3))
    track = Track(node=0, path="translation", times=[0, 1], values=[[0, 0, 0], [0.1, 0, 0]])
    lamp = {"type": "point", "intensity": 3.0, "color": [1.0, 1.0, 1.0]}
    asset = replace(asset, nodes=(*asset.nodes, Node(translation=(0.3, 0.5, 0.6), light=0)), lights=(lamp,), scenes=())
    path = tmp_path / "rich.glb"
    path.write_bytes(write_glb(replace(asset, animations=(Animation(tracks=(track,), name="slide"),))))
    shutil.copy(path, tmp_path / "rich.lod1.glb")
    return path


def opened(window, until, settle, path: Path) -> None:
    window.do("file.open", [path])
    until(lambda: window.session.state.shot is not None and window.session.state.shot.file == path.absolute())
    settle()


def test_every_mode_is_reached_by_its_key_and_undone(window, settle):
    shaded = window.seen.image.pixels
    combo = window.panel.control("inspect.mode")
    assert isinstance(combo, QComboBox)
    seen = []
    for index in range(1, combo.count()):
        qt.QTest.keyClick(window, Qt.Key.Key_I)
        settle()
        assert combo.currentIndex() == index
        seen.append(window.seen)
    assert [picture.scale is not None for picture in seen] == [False, False, False, True, True]
    assert all((picture.image.pixels != shaded).any() for picture in seen)
    for _ in seen:
        window.do("edit.undo")
    settle()
    assert (window.seen.image.pixels == shaded).all()


def test_a_section_is_typed_in_millimetres(window, settle):
    qt.QTest.keyClick(window, Qt.Key.Key_C)
    window.do("measure.section_axis", "y")
    settle()
    amount = window.panel.control("measure.section_at")
    assert isinstance(amount, Amount)
    number = amount.number
    number.setFocus()
    number.selectAll()
    qt.QTest.keyClicks(number, "137")  # 1, 3 and 7 turn the product elsewhere
    qt.QTest.keyClick(number, Qt.Key.Key_Return)
    settle()
    assert window.seen.cut is not None
    assert window.seen.cut.at_m == pytest.approx(0.137, abs=1e-9)
    assert number.text() == "137.0 mm"
    assert window.canvas.says(window.seen).notes[0].text.startswith("Section y = 137 mm")
    qt.QTest.keyClick(window, Qt.Key.Key_J)
    assert window.session.state.shot.section.share > 0.137 / window.session.given.opened.size_m[1]
    settle()


def test_a_slider_says_its_number_and_a_drag_of_it_is_one_step(window, settle):
    amount = window.panel.control("light.exposure")
    assert isinstance(amount, Amount)
    steps = len(window.session.done)
    amount.slider.setValue(amount.slider.maximum() * 3 // 4)
    amount.slider.setValue(amount.slider.maximum() * 5 // 8)
    amount.slider.sliderReleased.emit()
    assert window.session.state.shot.light.exposure == pytest.approx(2.0)
    assert amount.number.text() == "1.00 EV"
    assert len(window.session.done) == steps + 1
    amount.slider.setValue(amount.slider.maximum() // 2)
    assert len(window.session.done) == steps + 2
    settle()


def test_a_listed_size_is_typed_judged_and_undone(window, settle):
    qt.QTest.keyClick(window, Qt.Key.Key_Z)
    line = window.panel.control("measure.listed_size")
    assert isinstance(line, QLineEdit)
    x, y, z = window.session.given.opened.size_m
    for typed, kinds in ((f"{x}x{z}x{y}m", ["good"] * 4), (f"{x}x{z}x{2 * y}m", ["bad", "good", "good", "bad"])):
        line.selectAll()
        qt.QTest.keyClicks(line, typed)
        qt.QTest.keyClick(line, Qt.Key.Key_Return)
        assert [note.kind for note in window.canvas.says(window.seen).notes] == kinds
    window.do("edit.undo")
    assert {note.kind for note in window.canvas.says(window.seen).notes} == {"good"}
    line.selectAll()
    qt.QTest.keyClicks(line, "as big as a cat")
    qt.QTest.keyClick(line, Qt.Key.Key_Return)
    assert "not a size" in window.message
    assert {note.kind for note in window.canvas.says(window.seen).notes} == {"good"}
    settle()


def test_each_press_of_the_variants_key_changes_the_picture(window, until, settle):
    """The file's own look is one of the variants: it is not shown a second time under that name."""
    opened(window, until, settle, PRODUCTS / "coffee-table" / "coffee-table.glb")
    variants = window.session.given.opened.variants
    combo = window.panel.control("look.variant")
    assert isinstance(combo, QComboBox)
    assert [combo.itemText(index) for index in range(combo.count())] == list(variants)
    seen = [window.seen.image.pixels]
    for _ in variants:
        qt.QTest.keyClick(window, Qt.Key.Key_V)
        settle()
        assert (window.seen.image.pixels != seen[-1]).any()
        seen.append(window.seen.image.pixels)
    assert (seen[-1] == seen[0]).all()


def test_a_figure_is_seen_beside_the_product(window, settle):
    alone = window.seen
    window.do("measure.figure", "adult")
    settle()
    assert window.seen.box_m == pytest.approx(alone.box_m)
    assert np.linalg.norm(window.seen.world_from_camera[:3, 3]) > np.linalg.norm(alone.world_from_camera[:3, 3])


def test_an_animation_plays_in_a_loop_and_rests_in_the_full_picture(window, until, settle, rich):
    opened(window, until, settle, rich)
    moments = []
    window.drawing.seen.connect(lambda seen, draft: moments.append((window.session.state.shot.time_s, draft)))
    qt.QTest.keyClick(window, Qt.Key.Key_Space)
    assert window.session.state.shot.animation == "slide"
    steps = len(window.session.done)
    until(lambda: len(moments) > 3 and any(a > b for (a, _), (b, _) in pairwise(moments)))
    assert all(0 <= time_s < 1 for time_s, _ in moments)
    assert all(draft for _, draft in moments[1:])
    assert len(window.session.done) == steps
    qt.QTest.keyClick(window, Qt.Key.Key_Space)
    settle()
    assert not moments[-1][1]
    assert window.seen.camera.width_px == window.canvas.pixels[0]
    window.do("edit.undo")
    window.do("edit.undo")
    settle()
    assert not window.session.state.playing


def test_levels_lamps_and_animations_stand_only_where_there_are_any(window, until, settle, rich):
    names = ("look.lod", "light.lamps", "look.play")
    assert not any(window.panel.control(name).isVisibleTo(window.panel) for name in names)
    opened(window, until, settle, rich)
    assert all(window.panel.control(name).isVisibleTo(window.panel) for name in names)
    combo = window.panel.control("look.lod")
    assert [combo.itemText(index) for index in range(combo.count())] == ["rich.glb: 12 △", "rich.lod1.glb: 12 △"]
    lit = window.seen
    qt.QTest.keyClick(window, Qt.Key.Key_K)
    settle()
    assert window.seen.image.pixels.mean() < lit.image.pixels.mean()
    qt.QTest.keyClick(window, Qt.Key.Key_L)
    settle()
    assert window.session.state.shot.level == 1
    assert np.array_equal(window.seen.world_from_camera, lit.world_from_camera)
    window.do("file.previous")
    settle()
    assert window.session.state.shot.level is None


def test_light_comes_from_a_file(window, until, settle, tmp_path):
    before = window.seen.image.pixels
    path = Path(__file__).parents[2] / "assets" / "environments" / "room.hdr"
    copied = tmp_path / "my room.hdr"
    shutil.copy(path, copied)
    window.do("light.environment_file", copied)
    settle()
    from_file = window.seen.image.pixels
    assert window.panel.control("light.environment").currentText() == "my room.hdr"
    window.do("light.environment", "room")
    settle()
    assert (window.seen.image.pixels == from_file).all()
    assert (from_file != before).any()
    broken = tmp_path / "broken.hdr"
    broken.write_bytes(b"#?RADIANCE\n")
    window.do("light.environment_file", broken)
    until(lambda: window.message)
    assert "broken.hdr" in window.message
    window.do("edit.undo")
    settle()
    assert (window.seen.image.pixels == from_file).all()


def test_what_was_measured_is_in_the_screenshot(window, settle, tmp_path):
    window.do("inspect.mode", "overdraw")
    settle()
    window.do("file.screenshot", tmp_path / "overdraw.png")
    saved = decode((tmp_path / "overdraw.png").read_bytes(), where="overdraw.png").pixels
    changed = (saved != window.seen.image.pixels).any(axis=2)
    height, width = changed.shape
    rows, columns = np.nonzero(changed)
    assert rows.max() < height * 0.3  # words and legend in the corners
    assert columns.min() < width * 0.1
    assert columns.max() > width * 0.9
