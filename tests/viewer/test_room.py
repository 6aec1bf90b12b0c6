"""A product in a room as somebody moves it there: by mouse and keys, offscreen, with the real renderer in its processes."""

import json
import re
from dataclasses import replace
from math import atan2, hypot, pi, radians
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arviz.core.graph import bounds
from arviz.flows.scenery import Known, Scenery, Spot, WallLine
from arviz.formats.read import read
from arviz.viewer.snap import NEAR_M, NEAR_RAD, parallel, snapped, turned_about_middle
from arviz.viewer.state import InRoom
from tests.photographed import photographed_room

PRODUCT = Path(__file__).parents[2] / "assets" / "products" / "dining-chair" / "dining-chair.glb"
qt = pytest.importorskip("PySide6.QtTest", reason="the extra [desktop] is not installed")

from PySide6.QtCore import QPoint, Qt  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

ANGLES = st.floats(-3.0, 3.0)
GAP_M = 0.01


def box_room(width: float, depth: float, turn: float) -> Known:
    """Return a room of four walls, turned, and a product of 1.2 m x 0.6 m whose origin lies off its middle."""
    corners = np.array([[-width, -depth], [width, -depth], [width, depth], [-width, depth]]) / 2
    c, s = np.cos(turn), np.sin(turn)
    corners = corners @ np.array([[c, s], [-s, c]])
    walls = []
    for index in range(4):
        start, end = corners[index], corners[(index + 1) % 4]
        inward = -(start + end) / 2 / np.linalg.norm((start + end) / 2)
        walls.append(WallLine(index, (tuple(start.tolist()), tuple(end.tolist())), tuple(inward.tolist()), "opposite"))
    return Known(
        scenery=Scenery(),
        file=Path("sideboard.glb"),
        outline_m=((-0.5, -0.4), (0.7, -0.4), (0.7, 0.2), (-0.5, 0.2)),
        walls=tuple(walls),
        gap_m=GAP_M,
        bounds_m=((-5.0, -5.0), (5.0, 5.0)),
        best=(),
        start=Spot(at_m=(0.0, 0.0), yaw_rad=0.0),
        why_not="",
        findings=(),
    )


def footprint(spot: Spot, known: Known) -> np.ndarray:
    c, s = np.cos(spot.yaw_rad), np.sin(spot.yaw_rad)
    return np.array([[x * c + z * s, z * c - x * s] for x, z in known.outline_m]) + spot.at_m


def air(spot: Spot, known: Known, wall: int) -> float:
    line = known.walls[wall]
    return float(((footprint(spot, known) - line.ends_m[0]) @ line.normal).min())


@given(turn=ANGLES, askew=ANGLES, wall=st.integers(0, 3), off=st.floats(-0.11, 0.11), along=st.floats(-0.5, 0.5))
def test_a_wall_draws_the_back_parallel_to_it_with_its_gap(turn, askew, wall, off, along):
    known = box_room(6.0, 5.0, turn)
    line = known.walls[wall]
    facing = atan2(*line.normal)
    middle = np.mean(line.ends_m, axis=0) + np.array([line.normal[1], -line.normal[0]]) * along
    at = middle + np.array(line.normal) * (0.4 + GAP_M + off)
    askew_by = (askew - facing + pi / 4) % (pi / 2) - pi / 4
    assume(abs(askew_by) > NEAR_RAD + 1e-6 or np.cos(askew - facing) > np.cos(NEAR_RAD - 1e-6))  # else a side of it lies along the wall
    got = snapped(Spot(at_m=tuple(at.tolist()), yaw_rad=askew), known)
    assert np.cos(got.yaw_rad - facing) == pytest.approx(1)
    assert air(got, known, wall) == pytest.approx(GAP_M, abs=1e-9)
    assert hypot(*np.subtract(got.at_m, at)) == pytest.approx(abs(off), abs=1e-9)


@given(turn=ANGLES, askew=ANGLES, x=st.floats(-0.8, 0.8), z=st.floats(-0.8, 0.8))
def test_far_from_walls_nothing_is_drawn(turn, askew, x, z):
    known, spot = box_room(6.0, 6.0, turn), Spot(at_m=(x, z), yaw_rad=askew)
    assert snapped(spot, known) == spot


@given(turn=ANGLES, off=st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1)))
def test_in_a_corner_two_walls_draw(turn, off):
    known = box_room(6.0, 5.0, turn)
    first, second = known.walls[0], known.walls[1]
    spot = Spot(at_m=(0.0, 0.0), yaw_rad=atan2(*first.normal))
    at = np.array(spot.at_m)
    for index, line in ((0, first), (1, second)):
        at = at + np.array(line.normal) * (GAP_M + off[index] - air(spot, known, index))
    got = snapped(replace(spot, at_m=tuple(at.tolist())), known)
    assert [air(got, known, index) for index in (0, 1)] == pytest.approx([GAP_M, GAP_M], abs=1e-9)


@given(turn=ANGLES, yaw=ANGLES, to=ANGLES, x=st.floats(-3, 3))
def test_turning_keeps_the_middle(turn, yaw, to, x):
    known, spot = box_room(6.0, 5.0, turn), Spot(at_m=(x, 1.0), yaw_rad=yaw)
    got = turned_about_middle(spot, known, yaw_rad=to)
    assert got.yaw_rad == to
    assert footprint(got, known).mean(axis=0) == pytest.approx(footprint(spot, known).mean(axis=0))


@given(turn=ANGLES, wall=st.integers(0, 3), off=st.floats(-0.06, 0.06))
def test_nearly_parallel_is_parallel(turn, wall, off):
    known = box_room(6.0, 5.0, turn)
    facing = atan2(*known.walls[wall].normal)
    assert parallel(facing + off, known) == pytest.approx(facing, abs=1e-9)
    assert parallel(facing + 0.5 + off, known) == facing + 0.5 + off


@pytest.fixture(scope="module")
def scenery(tmp_path_factory: pytest.TempPathFactory) -> Scenery:
    folder = tmp_path_factory.mktemp("room")
    photographed_room(folder)
    return Scenery(photo=folder / "photo.png", room=folder / "room.json")


@pytest.fixture(scope="module")
def shared(app, scenery):
    from arviz.viewer.window import Window

    window = Window([PRODUCT], scenery=scenery)
    window.resize(1000, 700)
    window.show()
    yield window
    window.close()


@pytest.fixture
def window(shared, scenery, until):
    """The window at rest, the product where it stands best, nothing to undo."""
    until(lambda: shared.session.state.shot is not None)
    shared.tell("")
    shared.session.done.clear()
    shared.session.undone.clear()
    shared.session.set(replace(shared.session.state, room=InRoom(scenery=scenery, snapping=False)))
    settle(shared, until)
    until(lambda: shared.room.pictured is not None and shared.room.facts is not None)
    settle(shared, until)
    return shared


def settle(window, until) -> None:
    QApplication.processEvents()
    until(lambda: window.room.resting and window.drawing.resting)


def spot(window) -> Spot:
    room, known = window.session.state.room, window.session.given.known
    return room.spot or known.start


def middle(window) -> np.ndarray:
    """Return the middle of the product's foot in the world."""
    low, high = bounds(read(PRODUCT))
    pose = window.room.pictured.world_from_asset
    return pose[:3, :3] @ [(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2] + pose[:3, 3]


def pixel(window, point) -> np.ndarray:
    """Return where the canvas shows a point, by a pinhole of our own."""
    seen = window.seen
    pose, k = seen.world_from_camera, seen.camera.k
    local = (np.asarray(point) - pose[:3, 3]) @ pose[:3, :3]
    return (local @ k.T)[:2] / local[2]


def on_floor(window, at) -> np.ndarray:
    """Return the floor's (x, z) under a pixel of the canvas."""
    seen = window.seen
    pose = seen.world_from_camera
    ray = pose[:3, :3] @ np.linalg.inv(seen.camera.k) @ [*at, 1.0]
    return (pose[:3, 3] - ray * (pose[1, 3] - middle(window)[1]) / ray[1])[[0, 2]]


def drag(window, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Drag with the left button between pixels; return how far the pointer moved, which stays on whole pixels."""
    first, last = (QPoint(*np.round(point).astype(int).tolist()) for point in (start, end))
    qt.QTest.mousePress(window.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, first)
    for step in range(1, 5):
        qt.QTest.mouseMove(window.canvas, first + (last - first) * step / 4)
        QApplication.processEvents()
    qt.QTest.mouseRelease(window.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, last)
    moved = last - first
    return np.array([moved.x(), moved.y()])


def test_the_product_moves_by_what_the_pointer_moves_on_the_floor(window, until):
    before, foot = spot(window), pixel(window, middle(window))
    full = window.seen.image.pixels
    held = foot - [0, 25]  # higher up on the product
    moved = drag(window, held, held + np.array([-70, 35]))
    expected = on_floor(window, foot + moved) - on_floor(window, foot)
    settle(window, until)
    assert np.subtract(spot(window).at_m, before.at_m) == pytest.approx(expected, abs=1e-6)
    assert spot(window).yaw_rad == before.yaw_rad
    assert pixel(window, middle(window)) == pytest.approx(foot + moved, abs=0.01)
    assert window.room.facts.wish.spot == spot(window)
    qt.QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)  # all of the drag at once
    settle(window, until)
    assert spot(window) == before
    assert (window.seen.image.pixels == full).all()


def test_near_a_wall_it_stands_with_its_back_to_it(window, until):
    known = window.session.given.known
    window.do("room.snapping", True)
    window.do("room.turn", np.degrees(spot(window).yaw_rad) + 30)
    settle(window, until)
    foot, height = pixel(window, middle(window)), middle(window)[1]
    to_foot = middle(window)[[0, 2]] - spot(window).at_m
    for line in known.walls:
        back = -min(z for _, z in known.outline_m)
        at = np.mean(line.ends_m, axis=0) + np.array(line.normal) * (back + known.gap_m + 0.04)
        x, z = at + to_foot
        target = pixel(window, [x, height, z])
        inside = (target > 20).all() and (target < [window.canvas.width() - 20, window.canvas.height() - 20]).all()
        if inside:
            break
    else:
        pytest.fail("the photo shows no wall")
    drag(window, foot - [0, 10], target - [0, 10])
    got = spot(window)
    points = footprint(got, known)
    assert ((points - line.ends_m[0]) @ line.normal).min() == pytest.approx(known.gap_m, abs=1e-3)
    assert np.cos(got.yaw_rad - atan2(*line.normal)) == pytest.approx(1)
    assert hypot(*np.subtract(got.at_m, at)) < NEAR_M


def test_the_ring_turns_it(window, until):
    from arviz.viewer.gizmo import gizmo_marks

    before, foot = spot(window), middle(window)
    marks = [mark for mark in gizmo_marks(window.room.pictured, window.session.given.known, None) if mark.kind == "knob"]
    radius = np.linalg.norm(on_floor(window, marks[0].start) - foot[[0, 2]])
    turn = radians(40)
    towards = before.yaw_rad + turn
    end = pixel(window, foot + np.array([np.sin(towards), 0, np.cos(towards)]) * radius)
    drag(window, np.array(marks[0].start), end)
    settle(window, until)
    assert (spot(window).yaw_rad - before.yaw_rad) % (2 * pi) == pytest.approx(turn, abs=radians(1.5))
    assert middle(window) == pytest.approx(foot, abs=1e-6)


def test_near_the_camera_the_knob_of_the_ring_is_in_the_picture(window, until):
    size = window.seen.camera.width_px, window.seen.camera.height_px
    at = on_floor(window, (size[0] / 2, size[1] - 10))
    ahead = window.seen.world_from_camera[[0, 2], 2]
    window.do("room.move", Spot(at_m=tuple(at.tolist()), yaw_rad=atan2(*-ahead)))
    settle(window, until)
    before, marks = spot(window), window.canvas.marks()
    front = middle(window) + window.room.pictured.world_from_asset[:3, 2] * 0.25
    assert pixel(window, front)[1] > size[1]
    (knob,) = (np.array(mark.start) for mark in marks if mark.kind == "knob")
    assert ((knob > 0) & (knob < size)).all()
    drag(window, knob, knob + np.sign(np.array(size) / 2 - knob) * (30, 0))
    assert spot(window).yaw_rad != before.yaw_rad
    settle(window, until)


def test_walls_are_said_as_one_finds_them_in_the_photo(window):
    pose, known = window.seen.world_from_camera, window.session.given.known
    sides = set()
    for line in known.walls:
        right, _, ahead = pose[[0, 2], :3].T @ line.normal
        turned = abs(np.degrees(np.arctan2(right, ahead)))
        expected = "behind" if turned < 30 else "opposite" if turned > 150 else "left" if right > 0 else "right"
        assert line.side == expected
        sides.add(line.side)
    assert len(sides) > 1
    text = window.room.text.text()
    met = [air.to for air in window.room.facts.arrangement.placements[0].clearances if air.to.startswith("wall ")]
    assert met
    assert not re.search(r"\bwall \d", text)
    for name in met:
        assert f"({name.removeprefix('wall ')})" in text


def test_keys_turn_it_and_places_follow_each_other(window, until):
    known = window.session.given.known
    qt.QTest.keyClick(window, Qt.Key.Key_Q)
    assert (spot(window).yaw_rad - known.start.yaw_rad) % (2 * pi) == pytest.approx(radians(5))
    qt.QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ShiftModifier)
    assert (spot(window).yaw_rad - known.start.yaw_rad + 1) % (2 * pi) == pytest.approx(1)
    shown = []
    for _ in known.best:
        qt.QTest.keyClick(window, Qt.Key.Key_N)
        shown.append(spot(window))
    assert sorted(map(known.best.index, shown)) == list(range(len(known.best)))
    window.do("room.move", Spot(at_m=(0.3, 0.2), yaw_rad=0.1))
    qt.QTest.keyClick(window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert spot(window) == known.best[0]
    settle(window, until)
    end = window.session.state
    count = len(window.session.done)
    for _ in range(count):
        window.do("edit.undo")
    assert window.session.state.room.spot is None
    for _ in range(count):
        window.do("edit.redo")
    assert window.session.state == end
    settle(window, until)


def test_facts_say_clearances_with_their_uncertainty_and_rules_with_their_source(window, until):
    arrangement = window.room.facts.arrangement
    text = window.room.text.text()
    for clearance in arrangement.placements[0].clearances:
        assert f"{clearance.length.value_m * 1000:.0f} ± " in text
    for rule in (*arrangement.placements[0].rules, *arrangement.rules):
        assert rule.rule in text
    assert any(mark.kind == "clearance" and "±" in mark.text for mark in window.canvas.marks())
    # Beyond a wall it does not fit, and it is said in words.
    low, _ = window.session.given.known.bounds_m
    window.do("room.move", Spot(at_m=low, yaw_rad=0.4))
    settle(window, until)
    assert "It does not fit here" in window.room.text.text()
    assert "✗" in window.room.text.text()


def test_the_product_alone_and_back(window, until):
    assert not window.panel.control("light.environment").isVisible()
    qt.QTest.keyClick(window, Qt.Key.Key_P)
    settle(window, until)
    until(lambda: window.seen.box_m.shape == (2, 3) and window.panel.control("light.environment").isVisible())
    eye = window.session.state.shot.eye
    drag(window, np.array([300, 300]), np.array([340, 300]))
    assert window.session.state.shot.eye != eye
    window.do("room.show", True)
    settle(window, until)
    eye = window.session.state.shot.eye
    drag(window, np.array([5, 5]), np.array([60, 30]))  # beside the product nothing happens
    assert window.session.state.shot.eye == eye
    assert window.session.state.room.spot is None


@pytest.mark.parametrize("changes", [{"schema": "arviz.room/9"}, {"scale": None}, {"views": []}])
def test_a_room_that_is_none_is_told_and_the_window_lives_on(window, until, scenery, tmp_path, changes):
    wrong = tmp_path / "room.json"
    wrong.write_text(json.dumps(json.loads(scenery.room.read_text()) | changes))
    window.do("room.open", replace(scenery, room=wrong))
    until(lambda: window.message)
    settle(window, until)
    assert not window.session.state.room.shown
    assert "Traceback" not in window.message
    window.do("room.open", scenery)
    until(lambda: window.room.pictured is not None and window.session.given.known is not None)
    settle(window, until)


def test_a_room_measured_anew_is_read_anew(window, until, scenery, tmp_path):
    room = tmp_path / "room.json"
    told = json.loads(scenery.room.read_text())
    room.write_text(json.dumps(told))
    changed = replace(scenery, room=room)
    window.do("room.open", changed)
    until(lambda: window.session.given.known is not None)
    settle(window, until)
    known = window.session.given.known
    floor = next(plane for plane in told["planes"] if plane["kind"] == "floor")
    least = min(x for x, _, _ in floor["outline_m"])
    floor["outline_m"] = [[max(x, least + 0.5), y, z] for x, y, z in floor["outline_m"]]
    room.write_text(json.dumps(told))
    window.do("room.open", changed)
    until(lambda: window.session.given.known is not None)
    assert window.session.given.known.bounds_m[0][0] == pytest.approx(known.bounds_m[0][0] + 0.5)
    settle(window, until)


def test_a_room_and_its_photo_are_dropped(window, until, scenery):
    window.session.set(replace(window.session.state, room=None))
    window.do("file.drop", [scenery.photo, scenery.room])
    assert window.session.state.room == InRoom(scenery=scenery)
    settle(window, until)


def test_closing_the_product_leaves_an_empty_window(window, until):
    assert window.room.dock.isVisible()
    window.do("file.close")
    assert window.seen is None
    assert not window.room.dock.isVisible()
    window.do("file.open", [PRODUCT])
    until(lambda: window.session.given.known is not None and window.seen is not None)
    settle(window, until)
    assert window.room.dock.isVisible()
