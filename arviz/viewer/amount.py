"""`Amount`: a slider with its number beside it, which can be typed."""

from __future__ import annotations

from math import ceil, log10

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QSlider, QWidget

from arviz.viewer.command import Range

_STEPS = 1000
"""Positions of the slider."""
_NUMBER_PX = 92


class Amount(QWidget):
    """An amount of a range; `changed` tells what somebody has set."""

    changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._range = Range(0.0, 1.0, 0.1)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.number = QDoubleSpinBox(decimals=3)
        self.number.setKeyboardTracking(False)  # half a number is none
        self.number.setFixedWidth(_NUMBER_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        self.slider.valueChanged.connect(lambda at: self.changed.emit(self._range.low + self._width * at / _STEPS))
        self.number.valueChanged.connect(self.changed.emit)
        self.number.editingFinished.connect(self.number.clearFocus)

    def show_amount(self, amount: float, amounts: Range) -> None:
        """Show what is set, and what could be."""
        self._range = amounts
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            self.slider.setValue(round((amount - amounts.low) / self._width * _STEPS))
            self.number.setDecimals(max(0, ceil(-log10(amounts.step)) + 1) if amounts.step < 10 else 0)
            self.number.setRange(amounts.low, amounts.high)
            self.number.setSingleStep(amounts.step)
            self.number.setSuffix(amounts.unit)
            self.number.setValue(amount)

    @property
    def _width(self) -> float:
        return self._range.high - self._range.low or 1.0
