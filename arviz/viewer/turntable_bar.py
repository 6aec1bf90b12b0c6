"""`TurntableBar`: how far a turntable is, and a button that stops it."""

from __future__ import annotations

from math import degrees
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QWidget

from arviz.flows.preview import Shot
from arviz.viewer.remote import Reply
from arviz.viewer.words import word

if TYPE_CHECKING:
    from arviz.viewer.window import Window

_ASK_MS = 150
_NAMES = ("start_turntable", "turntable_progress", "stop_turntable")


class TurntableBar(QWidget):
    """Stands in the foot of the window while a clip is drawn."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._path = Path()
        self.bar, self.button, self._label = QProgressBar(), QPushButton(), QLabel()
        self.bar.setFixedWidth(160)
        self.bar.setFormat("%v / %m")
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        for part in (self._label, self.bar, self.button):
            row.addWidget(part)
        self.button.clicked.connect(lambda: window.do("file.stop_turntable"))
        self._again = QTimer(self, singleShot=True, interval=_ASK_MS)
        self._again.timeout.connect(lambda: window.tasks.call("turntable_progress", newest=True))
        window.tasks.replied.connect(self._reply)
        self.hide()

    def start(self, shot: Shot, path: Path, *, force: bool = False) -> None:
        """Draw the product that is shown from all around, first from where it is seen now."""
        if self.isVisible():
            self._window.tell(word("turntable.busy", self._window.language))
            return
        self._path = path
        self.bar.setRange(0, 0)
        self.show()
        self._window.tell("")
        self._window.tasks.call(
            "start_turntable",
            file=shot.file,
            out=path,
            orbit=f"{degrees(shot.eye.azimuth_rad):.4f}deg {degrees(shot.eye.polar_rad):.4f}deg",
            variant=shot.variant,
            environment=shot.light.environment,
            shadow=shot.light.shadow,
            force=force,
        )

    def stop(self) -> None:
        """Stop it; nothing of it is left."""
        if self.isVisible():
            self._window.tasks.call("stop_turntable")

    def name_button(self) -> None:
        """Write the words anew."""
        self._label.setText(word("turntable.drawing", self._window.language))
        self.button.setText(word("turntable.stop", self._window.language))

    def _reply(self, reply: Reply) -> None:
        if reply.name not in _NAMES or not self.isVisible():
            return
        progress = reply.value
        if reply.error is None and progress is not None and progress.running:
            self.bar.setRange(0, progress.frames)
            self.bar.setValue(progress.drawn)
            self._again.start()
            return
        self._again.stop()
        self.hide()
        error = reply.error or (progress.error if progress is not None else None)
        if error is not None:
            self._window.tell(error)
        elif progress is not None and progress.done is not None:
            self._window.tell(word("saved", self._window.language, path=self._path))
        else:  # without an answer the process that drew it is another one now
            self._window.tell(word("turntable.lost" if progress is None else "turntable.stopped", self._window.language))
