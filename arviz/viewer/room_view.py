"""`RoomView`: the part of the window that shows a product in a room: what to ask, what to draw over it, what the mouse takes hold of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QFileDialog, QLabel, QScrollArea

from arviz.core.errors import ArvizError
from arviz.flows.preview_shot import Seen
from arviz.flows.scenery import Facts, Known, Pictured, Scenery, Wish
from arviz.viewer.command import Given, in_room
from arviz.viewer.commands.room import spot_of
from arviz.viewer.gizmo import Drag, drag_of, gizmo_marks
from arviz.viewer.overlay import Mark
from arviz.viewer.room_drawing import RoomDrawing
from arviz.viewer.room_words import facts_words
from arviz.viewer.state import InRoom
from arviz.viewer.words import word

if TYPE_CHECKING:
    from arviz.viewer.window import Window

_FACTS_PX = 320
"""Least height of the facts: clearances and the rules that fail are seen without scrolling."""
_PHOTOS = "*.json *.jpg *.jpeg *.png *.webp *.tif *.tiff"


class RoomView(QObject):
    """The room of a window; its processes are started when the first room is opened."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.drawing: RoomDrawing | None = None
        self.facts: Facts | None = None
        self.pictured: Pictured | None = None
        self._asked: tuple[Scenery, Path] | None = None
        self._shown: tuple[Wish, tuple[int, int], bool] | None = None
        self.text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.RichText, margin=8)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(self.text)
        self.dock = QDockWidget(window)
        self.dock.setObjectName("facts")
        self.dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        self.dock.setWidget(area)
        self.dock.setMinimumHeight(_FACTS_PX)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.dock.hide()

    @property
    def resting(self) -> bool:
        """Whether all that was asked is there."""
        return self.drawing is None or self.drawing.resting

    def open(self, scenery: Scenery | None) -> None:
        """Show the product in a room; without one, ask for its photo or its file."""
        if scenery is None:
            name, _ = QFileDialog.getOpenFileName(self._window, word("room.open", self._window.language), "", _PHOTOS)
            if not name:
                return
            path = Path(name)
            scenery = Scenery(room=path) if path.suffix.lower() == ".json" else Scenery(photo=path)
        session = self._window.session
        self._asked = None
        if session.state.shot is not None:
            session.forget_room(session.state.shot.file)  # the room's file may have changed
        session.set(replace(session.state, room=InRoom(scenery=scenery)))

    def show(self, given: Given, *, size: tuple[int, int], moving: bool) -> bool:
        """Ask for the picture of a state; return whether it is one of a room."""
        room, shot, spot = given.state.room, given.state.shot, spot_of(given)
        if self.dock.isHidden() and in_room(given):  # few settings, many facts
            self._window.resizeDocks([self._window.panel, self.dock], [2, 3], Qt.Orientation.Vertical)
        self.dock.setVisible(in_room(given))
        if room is None or shot is None or not room.shown:
            self._shown = None
            return False
        self.dock.setWindowTitle(word("room.facts", self._window.language))
        self.text.setText(facts_words(self.facts, given.known, self._window.language))
        drawing = self._made()
        if given.known is None or spot is None:
            if self._asked != (room.scenery, shot.file):
                self._asked = room.scenery, shot.file
                drawing.know(room.scenery, shot.file)
            return True
        wish = Wish(scenery=room.scenery, file=shot.file, spot=spot, variant=shot.variant)
        if self._shown != (wish, size, moving):
            self._shown = wish, size, moving
            drawing.show(wish, size=size, moving=moving)
        return True

    def marks(self, seen: Seen) -> tuple[Mark, ...]:
        """Return what is drawn over a picture of the room: the ring, and clearances."""
        known = self._window.session.given.known
        if known is None or self.pictured is None or self.pictured.seen is not seen:
            return ()
        return gizmo_marks(self.pictured, known, self.facts)

    def drag(self, seen: Seen, pixel: tuple[float, float], scale: float) -> Drag:
        """Return what a drag that begins at a pixel does: nothing beside the product and its ring."""
        given = self._window.session.given
        spot = spot_of(given)
        if self.pictured is None or self.pictured.seen is not seen or given.known is None or spot is None:
            return _nothing
        return drag_of(self.pictured, given.known, spot, pixel, scale=scale) or _nothing

    def close(self) -> None:
        """End the processes."""
        if self.drawing is not None:
            self.drawing.close()

    def _made(self) -> RoomDrawing:
        if self.drawing is None:
            self.drawing = RoomDrawing(self)
            self.drawing.seen.connect(self._see)
            self.drawing.known.connect(self._know)
            self.drawing.facts.connect(self._tell)
            self.drawing.failed.connect(self._fail)
            self.drawing.busy.connect(self._window.drawing.busy)
        return self.drawing

    def _see(self, pictured: Pictured, draft: bool) -> None:
        if in_room(self._window.session.given):
            self.pictured = pictured
            self._window.canvas.show_picture(pictured.seen)

    def _know(self, known: Known) -> None:
        self._asked = self._shown = self.facts = None
        self._window.session.know_room(known)

    def _tell(self, facts: Facts) -> None:
        self.facts = facts
        self.text.setText(facts_words(facts, self._window.session.given.known, self._window.language))
        self._window.canvas.update()

    def _fail(self, name: str, error: ArvizError) -> None:
        """Say what is wrong; a room that cannot be read is left."""
        self._window.tell(error)
        session = self._window.session
        room = session.state.room
        if name == "know" and room is not None:
            self._asked = None
            session.set(replace(session.state, room=replace(room, shown=False)))


def _nothing(pixel: tuple[float, float]) -> None:
    return None
