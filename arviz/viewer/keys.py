"""`Keys`: all commands with what calls them, as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QTableWidget, QTableWidgetItem, QVBoxLayout

from arviz.viewer.commands import TABLE
from arviz.viewer.words import word

if TYPE_CHECKING:
    from arviz.viewer.window import Window


class Keys(QDialog):
    """The table of commands."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(word("help.keys", window.language))
        self.resize(640, 600)
        table = QTableWidget(len(TABLE), 3)
        table.setHorizontalHeaderLabels([word(f"keys.{column}", window.language) for column in ("menu", "command", "keys")])
        table.verticalHeader().hide()
        for row, command in enumerate(TABLE.values()):
            by_mouse = word(f"keys={command.keys}", window.language)
            keys = by_mouse if command.by_mouse else QKeySequence(command.keys).toString(QKeySequence.SequenceFormat.NativeText)
            for column, text in enumerate((word(f"menu.{command.menu}", window.language), word(command.name, window.language), keys)):
                cell = QTableWidgetItem(text)
                cell.setFlags(Qt.ItemFlag.ItemIsEnabled)
                table.setItem(row, column, cell)
        table.resizeColumnsToContents()
        table.horizontalHeader().setStretchLastSection(True)
        QVBoxLayout(self).addWidget(table)
