"""`RoomDrawing`: asks two processes for a product in a room, one for drafts, one for all that takes longer; tells Qt what they answer."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from arviz.flows.scenery import Scenery, Wish
from arviz.viewer.live import furnishing
from arviz.viewer.remote import Remote, Reply

_REST_MS = 120
_QUICK_S = 1 / 20
_SCALES = (1.5, 2.0, 2.5, 3.0, 4.0)
"""How much smaller drafts draw the product."""


class RoomDrawing(QObject):
    """Furnished photos: drafts while a product is moved, the full one when it rests, and what its place means meanwhile.

    Signals tell, in the thread of the window, of each picture (`Pictured`, whether it is a draft), of what is `Known`, of `Facts`
    and failures (the name of what was asked, `ArvizError`).
    """

    seen = Signal(object, bool)
    known = Signal(object)
    facts = Signal(object)
    failed = Signal(str, object)
    busy = Signal(bool)
    _replied = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replied.connect(self._reply)
        self._remotes = {name: Remote(furnishing, partial(self._replied.emit, name)) for name in ("drafts", "rest")}
        self._asked: dict[tuple[str, int], str] = {}
        """What is not answered yet: (process, ticket) -> method."""
        self._wish: Wish | None = None
        self._size = (1, 1)
        self._scale = 2
        self._full_asked = self._full_seen = False
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._full)

    @property
    def resting(self) -> bool:
        """Whether the full picture of what was asked last is there, and nothing else is asked."""
        return not self._asked and not self._rest.isActive()

    def know(self, scenery: Scenery, file: Path) -> None:
        """Ask where a product stands best in a room."""
        self._wish = None
        self._ask("rest", "know", scenery=scenery, file=file)

    def show(self, wish: Wish, *, size: tuple[int, int], moving: bool) -> None:
        """Ask for a picture, a draft while the product is `moving`, which the full one follows; and for the facts of the place."""
        first = self._wish is None
        if wish != self._wish:
            self._ask("rest", "facts", newest=True, wish=wish)
        self._wish, self._size = wish, size
        if moving or first:  # the first draft shows something early
            self._draft()
        if moving:
            self._full_asked = self._full_seen = False
            self._rest.start()
        else:
            self._full()

    def close(self) -> None:
        """End the processes."""
        self._rest.stop()
        for remote in self._remotes.values():
            remote.close()

    def _draft(self) -> None:
        width, height = self._size
        self._ask("drafts", "picture", newest=True, wish=self._wish, width=width, height=height, draft=_SCALES[self._scale])

    def _full(self) -> None:
        self._rest.stop()
        self._full_asked = True
        if self._wish is not None:
            width, height = self._size
            self._ask("rest", "picture", newest=True, wish=self._wish, width=width, height=height)

    def _ask(self, process: str, name: str, *, newest: bool = False, **arguments: Any) -> None:
        self._asked[process, self._remotes[process].call(name, newest=newest, **arguments)] = name
        self.busy.emit(True)

    def _reply(self, process: str, reply: Reply) -> None:
        # What is asked newest first: what was asked before an answered one was answered or forgotten.
        for key, name in list(self._asked.items()):
            if key[0] == process and (key[1] == reply.ticket or (name == reply.name != "know" and key[1] < reply.ticket)):
                del self._asked[key]
        if reply.error is not None:
            self.failed.emit(reply.name, reply.error)
        elif reply.name == "know":
            self.known.emit(reply.value)
        elif reply.name == "facts":
            self.facts.emit(reply.value)
        elif process == "drafts":
            self._adapt(reply.took_s)
            if not self._full_seen:
                self.seen.emit(reply.value, True)
        elif self._full_asked:  # else it is dragged again, and this is where it was
            self._full_seen = True
            self.seen.emit(reply.value, False)
        if not self._asked:
            self.busy.emit(False)

    def _adapt(self, took_s: float) -> None:
        """Make drafts smaller where they come too slowly, larger where there is time."""
        if took_s > _QUICK_S and self._scale < len(_SCALES) - 1:
            self._scale += 1
        elif took_s < _QUICK_S / 3 and self._scale > 0:
            self._scale -= 1
