"""`Message`: what went wrong or was done, at the foot of the picture; the picture keeps its size."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

_GAP_PX = 12
_READ_MS = 6000
"""What was done is said so long."""


class Message(QFrame):
    """Words over the foot of another widget, with a button that takes them away.

    Parameters
    ----------
    over : QWidget
        Where it is shown.
    dismiss : callable
        Called when somebody takes it away.
    """

    def __init__(self, over: QWidget, dismiss: Callable[[], None]) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("message")
        self._label, self._button = QLabel(), QToolButton()
        self._label.setTextFormat(Qt.TextFormat.PlainText)  # a file may be called <b>
        self._label.setWordWrap(True)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._button.setText("✕")
        self._button.setAutoRaise(True)
        self._button.clicked.connect(dismiss)
        row = QHBoxLayout(self)
        row.addWidget(self._label, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignTop)
        self._read = QTimer(self, singleShot=True, interval=_READ_MS)
        self._read.timeout.connect(lambda: self.say(""))
        over.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; empty where nothing is."""
        return self._label.text()

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Say something for a while, nothing with an empty text; `wrong`: it is an error, which stays until the next time."""
        self._label.setText(text)
        if text and not wrong:
            self._read.start()
        else:
            self._read.stop()
        edge = "#b3261e" if wrong else "#2e6b3e"
        self.setStyleSheet(
            f"#message {{ background: #fdfdfd; border: 1px solid #b8b8b8; border-left: 4px solid {edge}; }} QLabel {{ color: #1c1c1c; }}"
        )
        self.setVisible(bool(text))
        self._place()

    def name_button(self, words: str) -> None:
        """Say what the button does."""
        self._button.setToolTip(words)
        self._button.setAccessibleName(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the foot when the widget below changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        over = self._over
        width = max(over.width() - 2 * _GAP_PX, 1)
        height = min(self.heightForWidth(width), over.height())
        self.setGeometry(_GAP_PX, over.height() - height - _GAP_PX, width, height)
