"""`Canvas`: shows the newest picture with what is drawn over it; turns what the mouse does into commands."""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from arviz.core.image import Image
from arviz.flows.outputs import PICTURES, picture_bytes, refuse_other_formats, write_files
from arviz.flows.preview_shot import Seen
from arviz.viewer.gizmo import Drag
from arviz.viewer.overlay import Mark
from arviz.viewer.painting import Over, paint_over

_WHEEL = 1.1
"""A notch of the wheel goes so much nearer."""
_CLICK_PX = 4


class Canvas(QWidget):
    """Where the product is seen.

    Signals: `gesture` (name of a command, its value), `clicked` (pixel of the picture), `rested` (a drag has ended),
    `resized`.
    """

    gesture = Signal(str, object)
    clicked = Signal(float, float)
    rested = Signal()
    resized = Signal()

    def __init__(self, marks: Callable[[Seen], tuple[Mark, ...]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = marks
        self._seen: Seen | None = None
        self._image: QImage | None = None
        self._from: QPointF | None = None
        self._pressed = QPointF()
        self.says: Callable[[Seen], Over] = lambda seen: Over()
        """What was measured of a picture."""
        self.takes_hold: Callable[[Seen, tuple[float, float], float], Drag | None] = lambda seen, pixel, scale: None
        """What a drag of the left button that begins at a pixel of a picture does instead of turning the product."""
        self._drag: tuple[Drag, float] | None = None
        self.greeting = ""
        self.setMouseTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in pixels of the screen."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    @property
    def seen(self) -> Seen | None:
        """The picture that is shown."""
        return self._seen

    def marks(self) -> tuple[Mark, ...]:
        """Return what lies over the picture."""
        return () if self._seen is None else self._marks(self._seen)

    def show_picture(self, seen: Seen | None) -> None:
        """Show a picture, scaled where it is a draft; None: nothing is open."""
        self._seen = seen
        self._image = None
        if seen is not None:
            pixels = seen.image.pixels
            height, width = pixels.shape[:2]
            self._image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.update()

    def save(self, path: Path) -> None:
        """Save the picture with what lies over it, in its own pixels.

        Raises
        ------
        ImageError, InputError
            A format that is not written, a file that is there already.
        """
        if self._image is None or self._seen is None:
            return
        refuse_other_formats(path, tuple(PICTURES))
        picture = self._image.copy()
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_over(painter, self.marks(), self.says(self._seen), scale=1.0, width=picture.width(), height=picture.height())
        rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
        pixels = rows[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3)
        write_files({path: picture_bytes(Image(pixels=pixels), path)})

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture and what lies over it."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._image is None or self._seen is None:
                painter.fillRect(self.rect(), QColor(242, 242, 242))
                painter.setPen(QColor(90, 90, 90))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.greeting)
                return
            if self._image.size() != self.size() * self.devicePixelRatioF():
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(self.rect()), self._image)
            scale = self.width() / self._image.width()
            paint_over(painter, self.marks(), self.says(self._seen), scale=scale, width=self.width(), height=self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for a picture of the new size."""
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        self._from = self._pressed = event.position()
        self._drag = None
        if self._seen is not None and event.button() == Qt.MouseButton.LeftButton:
            scale = self._seen.camera.width_px / max(self.width(), 1)
            held = self.takes_hold(self._seen, _pixel(event.position(), scale), scale)
            self._drag = None if held is None else (held, scale)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn the product, or move it aside."""
        if self._from is None or self._seen is None:
            return
        if self._drag is not None:
            drag, scale = self._drag
            done = drag(_pixel(event.position(), scale))
            if done is not None:
                self.gesture.emit(*done)
            return
        moved = event.position() - self._from
        self._from = event.position()
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.buttons() & Qt.MouseButton.MiddleButton or (event.buttons() & Qt.MouseButton.LeftButton and shifted):
            metres = self._metres_per_pixel()
            self.gesture.emit("camera.pan", (-moved.x() * metres, moved.y() * metres))
        elif event.buttons() & Qt.MouseButton.LeftButton:
            # As in model-viewer: the height of the view is half a turn.
            turn = pi / max(self.height(), 1)
            self.gesture.emit("camera.orbit", (-moved.x() * turn, -moved.y() * turn))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; without one it was a click."""
        moved = (event.position() - self._pressed).manhattanLength() if self._from is not None else 0
        self._from = self._drag = None
        self.rested.emit()
        if moved < _CLICK_PX and event.button() == Qt.MouseButton.LeftButton:
            ratio = self.devicePixelRatioF()
            self.clicked.emit((event.position().x() + 0.5) * ratio - 0.5, (event.position().y() + 0.5) * ratio - 0.5)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go nearer or farther."""
        notches = event.angleDelta().y() / 120
        if notches:
            self.gesture.emit("camera.zoom", _WHEEL**-notches)

    def _metres_per_pixel(self) -> float:
        """How far a pixel of the window reaches in the middle of the product."""
        assert self._seen is not None
        pose, camera = self._seen.world_from_camera, self._seen.camera
        depth = float((self._seen.box_m.mean(axis=0) - pose[:3, 3]) @ pose[:3, 2])
        return abs(depth) / float(camera.k[1, 1]) * camera.height_px / max(self.height(), 1)


def _pixel(position: QPointF, scale: float) -> tuple[float, float]:
    """Return the pixel of a picture that is so many times as wide as the window (pixel centres at integers)."""
    return (position.x() + 0.5) * scale - 0.5, (position.y() + 0.5) * scale - 0.5
