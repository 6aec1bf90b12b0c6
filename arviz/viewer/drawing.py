"""`Drawing`: asks the process that draws, and tells Qt what it answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from arviz.flows.preview_shot import Shot
from arviz.viewer.live import preview
from arviz.viewer.remote import Remote, Reply

DRAFT_SAMPLES, FULL_SAMPLES = 1, 4
_REST_MS = 120
"""After the last change of a wheel or a key, which have no release, the full picture is drawn."""
_QUICK_S = 1 / 25
_SCALES = (1.5, 2.0, 2.5, 3.0, 4.0)
"""How much smaller drafts may be."""


class Drawing(QObject):
    """Pictures of what is asked for: drafts while something moves, the full one when it rests.

    Signals tell, in the thread of the window, of each picture (`Seen`, whether it is a draft), product (`Opened`), point
    (`Touched` or None) and failure (the name of what was asked, `ArvizError`), and what is being read or, without a name, drawn.

    Parameters
    ----------
    remote : Remote, optional
        Of `arviz.viewer.live.preview`; it is ended with this.
    """

    seen = Signal(object, bool)
    opened = Signal(object)
    touched = Signal(object)
    failed = Signal(str, object)
    busy = Signal(bool)
    reading = Signal(str)
    _replied = Signal(object)

    def __init__(self, remote: Remote | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replied.connect(self._reply)
        self._remote = remote or Remote(preview)
        self._remote.answered = self._replied.emit
        self._shot: Shot | None = None
        self._size = (1, 1)
        self._scale = 1
        self._asked: dict[int, str] = {}
        """What is not answered yet: ticket -> method."""
        self._drafts: set[int] = set()
        self._files: dict[int, Path] = {}
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._full)

    @property
    def resting(self) -> bool:
        """Whether the full picture of what was asked last is there, and nothing else is asked."""
        return not self._asked and not self._rest.isActive()

    @property
    def pid(self) -> int | None:
        """Number of the process that draws."""
        return self._remote.pid

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are asked for and not read yet."""
        return tuple(self._files.values())

    def open(self, file: Path, *, anew: bool = False) -> None:
        """Read a product; `anew` also where its file has not changed."""
        self._files[self._ask("open", file=file, anew=anew)] = file
        self._tell_reading()

    def aim(self, shot: Shot) -> None:
        """Have made ready what tells what pixels show."""
        self._ask("aim", shot=shot)

    def touch(self, shot: Shot, *, pixel: tuple[float, float]) -> None:
        """Ask what a pixel of the picture shows."""
        width, height = self._size
        self._ask("touch", shot=shot, width=width, height=height, pixel=pixel)

    def show(self, shot: Shot, *, size: tuple[int, int], moving: bool) -> None:
        """Ask for a picture: a draft while it is `moving`, the full one else; a draft is followed by the full one at rest."""
        self._shot, self._size = shot, size
        if not moving:
            self._full()
            return
        scale = _SCALES[self._scale]
        width, height = (max(1, round(side / scale)) for side in size)
        self._drafts.add(self._ask("picture", newest=True, shot=shot, width=width, height=height, samples=DRAFT_SAMPLES))
        self._rest.start()

    def close(self) -> None:
        """End the process that draws."""
        self._rest.stop()
        self._remote.close()

    def _full(self) -> None:
        self._rest.stop()
        if self._shot is not None:
            width, height = self._size
            self._ask("picture", newest=True, shot=self._shot, width=width, height=height, samples=FULL_SAMPLES)

    def _ask(self, name: str, *, newest: bool = False, **arguments: Any) -> int:
        ticket = self._remote.call(name, newest=newest, **arguments)
        self._asked[ticket] = name
        self.busy.emit(True)
        return ticket

    def _reply(self, reply: Reply) -> None:
        # Pictures are asked newest first: those before an answered one were answered or forgotten.
        gone = [ticket for ticket, name in self._asked.items() if name == reply.name == "picture" and ticket < reply.ticket]
        for ticket in [*gone, reply.ticket]:
            self._asked.pop(ticket, None)
        self._drafts.difference_update(gone)
        draft = reply.ticket in self._drafts
        self._drafts.discard(reply.ticket)
        if reply.error is not None:
            self.failed.emit(reply.name, reply.error)
        elif reply.name == "picture":
            if draft:
                self._adapt(reply.took_s)
            self.seen.emit(reply.value, draft)
        elif reply.name == "open":
            self.opened.emit(reply.value)
        elif reply.name == "touch":
            self.touched.emit(reply.value)
        if self._files.pop(reply.ticket, None) is not None:
            self._tell_reading()
        if not self._asked:
            self.busy.emit(False)

    def _tell_reading(self) -> None:
        self.reading.emit(next((file.name for file in self._files.values()), ""))

    def _adapt(self, took_s: float) -> None:
        """Make drafts smaller where they come too slowly, larger where there is time."""
        if took_s > _QUICK_S and self._scale < len(_SCALES) - 1:
            self._scale += 1
        elif took_s < _QUICK_S / 3 and self._scale > 0:
            self._scale -= 1
