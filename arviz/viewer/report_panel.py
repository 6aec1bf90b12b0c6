"""`ReportPanel`: beside the picture, what `arviz check` finds in the product; a click shows where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QDockWidget,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from arviz.flows.preview import Opened
from arviz.flows.preview_shot import Checked, Found
from arviz.viewer.command import Given, in_room
from arviz.viewer.commands.measure import listed_m
from arviz.viewer.remote import Reply
from arviz.viewer.tasks import Tasks
from arviz.viewer.words import word

_SIGNS = {"error": "✗", "warning": "!", "info": "i"}
_COLOURS = {"error": QColor(180, 20, 20), "warning": QColor(150, 90, 0), "info": QColor(60, 60, 60)}
_LEAST_PX = 260
_AIR_PX = 8


class _Asked(NamedTuple):
    """Of which product, as it was read, by which rules, beside which listed size."""

    file: Path
    opened: Opened | None
    profile: str
    listed_m: tuple[float, float, float] | None


class _Roomy(QStyledItemDelegate):
    """Findings with air below: where a line of Chinese stands above one of Latin, which is lower, Qt leaves out the last one else."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        size = super().sizeHint(option, index)
        return QSize(size.width(), size.height() + _AIR_PX)


class ReportPanel(QDockWidget):
    """The findings by severity, in words; `failed` tells what could not be checked.

    Parameters
    ----------
    do : callable
        Does a command with a value.
    """

    failed = Signal(object)

    def __init__(self, do: Callable[[str, Any], None], tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._do, self._tasks = do, tasks
        self._asked: _Asked | None = None
        self._ticket = 0
        self._language = "en"
        self.checked: Checked | None = None
        """The report that is shown."""
        self.verdict, self.list = QLabel(wordWrap=True), QListWidget()
        self.list.setWordWrap(True)
        self.list.setItemDelegate(_Roomy(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._point)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.addWidget(self.verdict)
        column.addWidget(self.list)
        self.setObjectName("report")
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        self.setWidget(inside)
        self.setMinimumHeight(_LEAST_PX)
        tasks.replied.connect(self._reply)
        self.hide()

    def show_state(self, given: Given, language: str) -> None:
        """Show the report of a state; ask for it where it is not there."""
        shot, state = given.state.shot, given.state
        shown = state.checking and shot is not None and not in_room(given)
        self.setVisible(shown)
        if language != self._language:
            self._language = language
            self._fill()
        self.setWindowTitle(word("report.findings", language))
        if not shown or shot is None:
            return
        asked = _Asked(shot.file, given.opened, state.profile, listed_m(given))
        known = self._asked
        if known is None or known.opened is not asked.opened or known != asked:  # a file that was read anew may hold other faults
            self._asked, self.checked = asked, None
            self._fill()
            self._ticket = self._tasks.call("check", newest=True, file=asked.file, profile=asked.profile, listed_m=asked.listed_m)
        if not shot.faults:
            self.list.clearSelection()

    def _reply(self, reply: Reply) -> None:
        if reply.name != "check" or reply.ticket != self._ticket:
            return
        self.checked = reply.value
        self._fill()
        if reply.error is not None:
            self.verdict.setText(f"✗ {reply.error}")
            self.failed.emit(reply.error)

    def _fill(self) -> None:
        self.list.clear()
        checked = self.checked
        if checked is None:
            self.verdict.setText(word("report.checking", self._language))
            return
        outcome = word("report.passed" if checked.ok else "report.failed", self._language, profile=checked.title)
        self.verdict.setText(f"{'✓' if checked.ok else '✗'} {outcome}")
        for found in checked.found:
            item = QListWidgetItem(self._words(found))
            item.setForeground(_COLOURS[found.severity])
            item.setToolTip(found.hint)
            item.setData(Qt.ItemDataRole.UserRole, found)
            self.list.addItem(item)

    def _words(self, found: Found) -> str:
        title = dict(found.titles).get(self._language) or found.code
        sign = _SIGNS[found.severity]
        place = f" ({found.where})" if found.faults else ""
        return f"{sign} {title}{place}: {found.message}"

    def _point(self, item: QListWidgetItem) -> None:
        found: Found = item.data(Qt.ItemDataRole.UserRole)
        if found.faults:
            self._do("report.show", found)
        else:
            self._do("report.clear", None)
