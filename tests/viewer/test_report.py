"""What is wrong with a product, in words and in the picture."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from arviz.core.graph import drawn
from arviz.flows.check import check
from arviz.flows.preview_faults import examine
from arviz.flows.preview_shot import Fault
from arviz.formats.read import read
from arviz.render.highlight import ORANGE

qt = pytest.importorskip("PySide6.QtTest", reason="the extra [desktop] is not installed")

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

LAMP = Path(__file__).parents[2] / "assets" / "products" / "table-lamp" / "table-lamp.glb"
PROFILE = "khronos-mobile-ar"


def edited(path: Path, change) -> Path:
    """Write a copy of the lamp whose JSON was changed."""
    data = LAMP.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + length])
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest)) + struct.pack("<I4s", len(text), b"JSON") + text + rest)
    return path


def settle(window, until) -> None:
    QApplication.processEvents()
    until(lambda: window.drawing.resting)


def row(window, text: str) -> int:
    return next(i for i in range(window.report.list.count()) if text in window.report.list.item(i).text())


def click(window, index: int) -> None:
    found = window.report.list
    found.scrollToItem(found.item(index))
    qt.QTest.mouseClick(found.viewport(), Qt.MouseButton.LeftButton, pos=found.visualItemRect(found.item(index)).center())


@pytest.fixture(scope="module")
def reporting(app, renderer):
    """A window whose process that checks is kept."""
    from arviz.viewer.window import Window

    window = Window([LAMP], remote=renderer)
    window.resize(900, 600)
    window.show()
    yield window
    window.close()


@pytest.fixture
def checked(reporting, until):
    """The window with the lamp's report."""
    until(lambda: reporting.seen is not None)
    if not reporting.session.state.checking:
        qt.QTest.keyClick(reporting, Qt.Key.Key_F8)
    until(lambda: reporting.report.checked is not None)
    settle(reporting, until)
    return reporting


@pytest.fixture(scope="module")
def examined():
    """What is found in the lamp."""
    return examine(LAMP, PROFILE)


def test_findings_are_those_of_check_the_worst_first(examined):
    report = check(LAMP, profiles=[PROFILE])
    expected = [*report["findings"], *report["profiles"][0]["findings"]]
    found = examined
    assert found.ok == report["ok"]
    assert sorted((one.code, one.where, one.message) for one in found.found) == sorted(
        (one["code"], one["where"], one["message"]) for one in expected
    )
    ranks = [("error", "warning", "info").index(one.severity) for one in found.found]
    assert ranks == sorted(ranks)


def test_a_material_that_is_named_means_the_parts_that_wear_it(examined):
    asset = read(LAMP)
    (found,) = (one for one in examined.found if one.code == "W_BASE_COLOUR_RANGE")
    worn = {piece.node for piece in drawn(asset) if asset.materials[piece.primitive.material].name == found.where}
    assert {fault.node for fault in found.faults} == worn


@pytest.mark.parametrize("number", [0, 3])
def test_a_place_in_the_file_means_the_part_there(tmp_path, number):
    def change(document) -> None:
        document["materials"][number]["doubleSided"] = "yes"

    found = [one for one in examine(edited(tmp_path / "lamp.glb", change), PROFILE).found if f"/materials/{number}" in one.where]
    assert found
    expected = {Fault(piece.node, number) for piece in drawn(read(LAMP)) if piece.primitive.material == number}
    assert all(set(one.faults) == expected for one in found)


def test_what_concerns_the_file_means_no_part(examined):
    assert all(not one.faults for one in examined.found if one.profile)


def test_a_listed_size_is_judged():
    found = examine(LAMP, PROFILE, listed_m=(0.5, 0.45, 0.28))
    assert not found.ok
    assert found.found[0].code.startswith("E_SIZE")


def test_a_click_paints_and_frames_the_part_and_escape_takes_the_paint_away(checked, until):
    window = checked
    before = window.session.state
    index = row(window, "linen")
    found = window.report.checked.found[index]
    plain = window.seen.image.pixels
    click(window, index)
    settle(window, until)
    shot = window.session.state.shot
    assert shot.faults == found.faults
    seen = window.seen
    parts = [piece.used_positions for piece in drawn(read(LAMP)) if Fault(piece.node, piece.primitive.material) in found.faults]
    local = (np.concatenate(parts) - seen.world_from_camera[:3, 3]) @ seen.world_from_camera[:3, :3]
    pixels = (local @ seen.camera.k.T)[:, :2] / local[:, 2:]
    assert (pixels > 0).all()
    assert (pixels < (seen.camera.width_px, seen.camera.height_px)).all()
    middle = seen.image.pixels[seen.camera.height_px // 2, seen.camera.width_px // 2].astype(int)
    assert np.abs(middle - ORANGE).max() < 100
    qt.QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(window, until)
    assert window.session.state == before
    assert (window.seen.image.pixels == plain).all()
    click(window, index)
    settle(window, until)
    assert window.session.state.shot.faults
    qt.QTest.keyClick(window, Qt.Key.Key_Escape)
    settle(window, until)
    assert window.session.state.shot.faults == ()
    assert window.report.list.selectedItems() == []
    assert np.abs(window.seen.image.pixels[200:400, 300:400].astype(int) - ORANGE).max() > 100


def test_another_platform_and_a_listed_size_are_checked_anew(checked, until):
    window = checked
    window.do("report.profile", "google-merchant")
    until(lambda: window.report.checked is not None)
    assert window.report.checked.profile == "google-merchant"
    assert window.report.checked.title in window.report.verdict.text()
    window.do("measure.listed_size", "50x28x45cm")
    until(lambda: window.report.checked is not None)
    assert not window.report.checked.ok
    assert window.report.verdict.text().startswith("✗")
    first = window.report.checked
    qt.QTest.keyClick(window, Qt.Key.Key_F5)
    until(lambda: window.report.checked is not None and window.report.checked is not first)
    window.do("help.language")
    assert "未通过" in window.report.verdict.text()
    qt.QTest.keyClick(window, Qt.Key.Key_F8)
    assert not window.report.isVisible()
    settle(window, until)
