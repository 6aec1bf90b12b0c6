"""A designer's task on a real screen: ``python -m tests.viewer.designer FOLDER`` leaves a picture of the screen for each step.

The room is that of ``make demo``: ray-traced, measured from its depth frames.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from math import cos
from pathlib import Path

import numpy as np
from PIL import ImageGrab
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from arviz.core.image import decode, encode
from arviz.core.room_file import room_to_json
from arviz.flows.scenery import Scenery
from arviz.viewer.snap import NEAR_M
from scripts.demo_room import VIEW, measured

PRODUCTS = Path(__file__).parents[2] / "assets" / "products"
SOFA, TABLE = (PRODUCTS / name / f"{name}.glb" for name in ("sofa", "coffee-table"))
ABOVE = np.array([0, 15])
"""Pixels above its foot the sofa is taken hold of."""
NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


class Task:
    """The window, and what is done in it."""

    def __init__(self, folder: Path) -> None:
        from arviz.viewer.window import Window

        self.app = QApplication(["arviz"])
        self.folder, self.number = folder, 0
        self.window = Window([SOFA])
        screen = self.app.primaryScreen().size()
        self.window.resize(screen.width(), screen.height())
        self.window.show()
        self.window.activateWindow()

    def settle(self, true: Callable[[], object] = lambda: True) -> None:
        window, end = self.window, time.monotonic() + 120
        self.app.processEvents()
        while not (window.seen is not None and window.drawing.resting and window.room.resting and true()):
            assert time.monotonic() < end, f"it did not happen after step {self.number}: {window.message}"
            self.app.processEvents()
            time.sleep(0.005)

    def picture(self, name: str) -> np.ndarray:
        """Take a picture of the screen once all rests."""
        self.settle()
        self.app.processEvents()
        time.sleep(0.3)
        self.number += 1
        grabbed = ImageGrab.grab(xdisplay=os.environ["DISPLAY"])
        grabbed.save(self.folder / f"{self.number:02d}-{name}.png")
        return np.asarray(grabbed)[..., :3].astype(int)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.window, key, modifier)
        self.settle()

    def click(self, x: float, y: float) -> None:
        QTest.mouseClick(self.window.canvas, LEFT, NONE, QPoint(round(x), round(y)))
        self.settle()

    def drag(self, start: np.ndarray, end: np.ndarray) -> None:
        first, last = (QPoint(*np.round(point).astype(int).tolist()) for point in (start, end))
        QTest.mousePress(self.window.canvas, LEFT, NONE, first)
        for step in range(1, 6):
            QTest.mouseMove(self.window.canvas, first + (last - first) * step / 5)
            self.app.processEvents()
        QTest.mouseRelease(self.window.canvas, LEFT, NONE, last)
        self.settle()

    def pixel(self, point: np.ndarray) -> np.ndarray:
        seen = self.window.seen
        local = (np.asarray(point) - seen.world_from_camera[:3, 3]) @ seen.world_from_camera[:3, :3]
        return (local @ seen.camera.k.T)[:2] / local[2]


def main(folder: Path) -> None:
    """Do the task."""
    task = Task(folder)
    window = task.window
    task.settle()
    opened = task.picture("open")
    assert opened.std() > 10, "the product is on the screen"

    task.key(Qt.Key.Key_V)
    variants = window.session.given.opened.variants
    assert window.session.state.shot.variant in variants
    task.settle()
    assert np.abs(task.picture("variant") - opened).sum(axis=2).astype(bool).mean() > 0.01

    task.key(Qt.Key.Key_M)
    low, high = window.seen.box_m
    back = task.pixel([(low[0] + high[0]) / 2, high[1] * 0.9, (low[2] + high[2]) / 2])
    for across in (-30, 30):
        task.click(back[0] + across, back[1])
    assert len(window.session.state.ruler) == 2, "both points lie on the back of the sofa"
    metres = np.linalg.norm(np.subtract(*(point.point_m for point in window.session.state.ruler)))
    assert window.canvas.marks()[-1].text.startswith(f"{metres * 1000:.0f} ± ")
    task.picture("ruler")
    task.key(Qt.Key.Key_M)
    task.key(Qt.Key.Key_D)
    task.picture("dimensions")
    task.key(Qt.Key.Key_D)

    window.do("room.open", demo_room(folder))
    task.settle(lambda: window.room.facts is not None)
    task.picture("room")
    put_askew(task)
    task.picture("askew")
    snap_to_a_wall(task)
    task.picture("snapped")
    task.key(Qt.Key.Key_P)
    assert not window.session.state.room.shown

    window.do("file.open", [TABLE])
    task.settle(lambda: len(window.session.state.files) == 2)
    window.do("compare.mode", "beside")
    window.do("compare.with", SOFA.absolute())
    task.settle()
    task.picture("compare")
    saved = folder / "screenshot.png"
    window.do("file.screenshot", saved)
    task.picture("saved")
    pixels = decode(saved.read_bytes(), where=saved.name).pixels
    left, right = np.array_split(pixels[: len(pixels) * 3 // 4], 2, axis=1)
    assert left.std() > 5 < right.std(), "both products are in the picture"
    for _ in range(len(window.session.done)):
        window.do("edit.undo")
    task.picture("undone")
    window.close()


def demo_room(folder: Path) -> Scenery:
    """Write the photo of the room of ``make demo``, and what was measured of it."""
    room, frame = measured()
    views = tuple(replace(view, name="photo.png" if index == VIEW else "") for index, view in enumerate(room.views))
    (folder / "photo.png").write_bytes(encode(frame.image, "PNG"))
    (folder / "room.json").write_text(json.dumps(room_to_json(replace(room, views=views))))
    return Scenery(photo=folder / "photo.png", room=folder / "room.json")


def foot_of(task: Task) -> np.ndarray:
    """Return the pixel of the floor under the sofa's origin."""
    pictured = task.window.room.pictured
    x, y, z = pictured.world_from_asset[:3, 3]
    return task.pixel([x, y + pictured.lowest_m, z])


def put_askew(task: Task) -> None:
    """Turn the sofa by 30 degrees and drag it into the room, far from all walls."""
    window = task.window
    for _ in range(6):
        task.key(Qt.Key.Key_Q)
    before = window.session.state.room.spot
    start = foot_of(task) - ABOVE
    task.drag(start, start + np.array([-80, 60]))
    after = window.session.state.room.spot
    assert after.yaw_rad == before.yaw_rad
    assert np.hypot(*np.subtract(after.at_m, before.at_m)) > 0.3


def snap_to_a_wall(task: Task) -> None:
    """Drag the sofa near to a wall that the photo shows; it stands with its back to it."""
    window = task.window
    known = window.session.given.known
    pictured = window.room.pictured
    floor = pictured.world_from_asset[1, 3] + pictured.lowest_m
    back = -min(z for _, z in known.outline_m)
    size = np.array([window.canvas.width(), window.canvas.height()])
    for line in known.walls:
        at = np.mean(line.ends_m, axis=0) + np.array(line.normal) * (back + known.gap_m + 0.04)
        target = task.pixel([at[0], floor, at[1]])
        if (target > 20).all() and (target < size - 20).all():
            break
    else:
        raise AssertionError("the photo shows no wall")
    task.drag(foot_of(task) - ABOVE, target - ABOVE)
    got = window.session.state.room.spot
    assert np.hypot(*np.subtract(got.at_m, at)) < NEAR_M
    assert cos(got.yaw_rad - np.arctan2(*line.normal)) > 0.999


if __name__ == "__main__":
    main(Path(sys.argv[1]))
