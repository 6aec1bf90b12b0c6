"""`Player`: lets an animation run in a loop, in its own time, as fast as pictures come."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from arviz.viewer.command import Given

_TICK_MS = 40


class Player(QObject):
    """Asks for one moment after the other while the state says that the animation plays.

    Parameters
    ----------
    show : callable
        Told the moment in seconds that shall be seen.
    """

    def __init__(self, show: Callable[[float], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._show = show
        self._clock = QElapsedTimer()
        self._from_s, self._duration_s = 0.0, 0.0
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._tick)

    def follow(self, given: Given) -> None:
        """Start or stop as the state says."""
        shot, opened = given.state.shot, given.opened
        durations = {} if opened is None else dict(opened.animations)
        self._duration_s = 0.0 if shot is None else durations.get(shot.animation or "", 0.0)
        plays = given.state.playing and self._duration_s > 0
        if plays and not self._timer.isActive():
            self._from_s = 0.0 if shot is None else shot.time_s
            self._clock.start()
            self._timer.start()
        elif not plays:
            self._timer.stop()

    def _tick(self) -> None:
        self._show((self._from_s + self._clock.elapsed() / 1000) % self._duration_s)
