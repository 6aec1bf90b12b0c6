"""`Panel`: beside the picture, a box for each menu with the choices, amounts, words and switches of its commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDockWidget,
    QFormLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from arviz.viewer.amount import Amount
from arviz.viewer.command import Command, Given
from arviz.viewer.commands import TABLE
from arviz.viewer.words import keys, word

_WIDTH = 350
_ARROW_PX = 42
"""Beside the words of a choice: its arrow and its frame."""


class Panel(QDockWidget):
    """Controls made from the table of commands: what has choices, a range, is typed or can be checked."""

    rested = Signal()
    """Somebody has let go of a slider."""
    side = Qt.DockWidgetArea.RightDockWidgetArea

    def __init__(self, do: Callable[[str, Any], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._do = do
        self._rows: dict[str, tuple[QWidget, QWidget]] = {}
        self._boxes: dict[str, QGroupBox] = {}
        self._language = "en"
        self.setObjectName("panel")
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        self.setMinimumWidth(_WIDTH)

    def make(self, given: Given, language: str) -> None:
        """Make all controls anew, in a language."""
        self._language = language
        self._rows.clear()
        self._boxes.clear()
        self.setWindowTitle(word("panel", language))
        inside = QWidget()
        column = QVBoxLayout(inside)
        for command in TABLE.values():
            control = self._control(command)
            if control is None:
                continue
            if command.menu not in self._boxes:
                box = self._boxes[command.menu] = QGroupBox(word(f"menu.{command.menu}", language))
                QFormLayout(box, rowWrapPolicy=QFormLayout.RowWrapPolicy.WrapLongRows)
                column.addWidget(box)
            label = QLabel("" if isinstance(control, QCheckBox) else word(command.name, language))
            form = self._boxes[command.menu].layout()
            assert isinstance(form, QFormLayout)
            form.addRow(label, control)
            self._rows[command.name] = label, control
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.setWidget(area)
        self.show_state(given)

    def control(self, name: str) -> QWidget:
        """Return the control of a command."""
        return self._rows[name][1]

    def ask(self, name: str) -> None:
        """Let somebody type the value of a command."""
        control = self.control(name)
        control.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if isinstance(control, QLineEdit):
            control.selectAll()

    def show_state(self, given: Given) -> None:
        """Show what is set now."""
        for name, (label, control) in self._rows.items():
            command = TABLE[name]
            able = command.when(given)
            label.setVisible(able)
            control.setVisible(able)
            if able:
                with QSignalBlocker(control):
                    self._show(command, control, given)
        for menu, box in self._boxes.items():
            box.setVisible(any(TABLE[name].menu == menu and TABLE[name].when(given) for name in self._rows))

    def _control(self, command: Command) -> QWidget | None:
        if command.choices is not None:
            combo = QComboBox(sizeAdjustPolicy=QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            words = [word(key, self._language) for key in keys(self._language) if key.startswith(f"{command.name}=")]
            combo.setMinimumWidth(max(map(combo.fontMetrics().horizontalAdvance, words), default=0) + _ARROW_PX)
            combo.activated.connect(lambda index: self._do(command.name, combo.itemData(index)))
            return combo
        if command.range is not None:
            amount = Amount()
            amount.changed.connect(lambda value: self._do(command.name, value))
            amount.slider.sliderReleased.connect(self.rested)
            return amount
        if command.typed:
            line = QLineEdit(placeholderText=word(f"{command.name}.example", self._language), clearButtonEnabled=True)
            line.editingFinished.connect(lambda: self._type(command.name, line))
            return line
        if command.checked is not None:
            box = QCheckBox(word(command.name, self._language))
            box.toggled.connect(lambda on: self._do(command.name, on))
            return box
        return None

    def _type(self, name: str, line: QLineEdit) -> None:
        if line.isModified():
            line.setModified(False)
            self._do(name, line.text())
            line.clearFocus()

    def _show(self, command: Command, control: QWidget, given: Given) -> None:
        if isinstance(control, QCheckBox) and command.checked is not None:
            control.setChecked(command.checked(given))
        elif isinstance(control, Amount) and command.value is not None:
            amounts = command.amounts(given)
            if amounts is not None:
                control.show_amount(command.value(given), amounts)
        elif isinstance(control, QLineEdit) and command.value is not None:
            if not control.isModified():  # what is being typed stays
                control.setText(command.value(given))
        elif isinstance(control, QComboBox) and command.choices is not None and command.value is not None:
            known = command.choices(given)
            if [control.itemData(index) for index in range(control.count())] != [value for value, _ in known]:
                control.clear()
                for value, label in known:
                    control.addItem(label or word(f"{command.name}={value}", self._language), value)
            now = command.value(given)
            control.setCurrentIndex([value for value, _ in known].index(now) if now in [value for value, _ in known] else -1)
