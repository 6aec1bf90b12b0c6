"""`Panel`: beside the picture, a box for each menu with the choices, amounts and switches of its commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDockWidget,
    QFormLayout,
    QGroupBox,
    QLabel,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from arviz.viewer.command import Command, Given
from arviz.viewer.commands import TABLE
from arviz.viewer.words import word

_STEPS = 1000
"""Positions of a slider."""
_WIDTH = 280


class Panel(QDockWidget):
    """Controls made from the table of commands: what has choices, a range or can be checked."""

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
                QFormLayout(box)
                column.addWidget(box)
            label = QLabel("" if isinstance(control, QCheckBox) else word(command.name, language))
            form = self._boxes[command.menu].layout()
            assert isinstance(form, QFormLayout)
            form.addRow(label, control)
            self._rows[command.name] = label, control
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(inside)
        self.setWidget(area)
        self.show_state(given)

    def control(self, name: str) -> QWidget:
        """Return the control of a command."""
        return self._rows[name][1]

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
            combo = QComboBox()
            combo.activated.connect(lambda index: self._do(command.name, combo.itemData(index)))
            return combo
        if command.range is not None:
            slider = QSlider(Qt.Orientation.Horizontal)
            slider.setRange(0, _STEPS)
            low, high = command.range.low, command.range.high
            slider.valueChanged.connect(lambda at: self._do(command.name, low + (high - low) * at / _STEPS))
            return slider
        if command.checked is not None:
            box = QCheckBox(word(command.name, self._language))
            box.toggled.connect(lambda on: self._do(command.name, on))
            return box
        return None

    def _show(self, command: Command, control: QWidget, given: Given) -> None:
        if isinstance(control, QCheckBox) and command.checked is not None:
            control.setChecked(command.checked(given))
        elif isinstance(control, QSlider) and command.range is not None and command.value is not None:
            low, high = command.range.low, command.range.high
            control.setValue(round((command.value(given) - low) / (high - low) * _STEPS))
            control.setToolTip(f"{command.value(given):.3g}{command.range.unit}")
        elif isinstance(control, QComboBox) and command.choices is not None and command.value is not None:
            known = command.choices(given)
            if [control.itemData(index) for index in range(control.count())] != [value for value, _ in known]:
                control.clear()
                for value, label in known:
                    control.addItem(label or word(f"{command.name}={value}", self._language), value)
            now = command.value(given)
            control.setCurrentIndex([value for value, _ in known].index(now) if now in [value for value, _ in known] else -1)
