"""`Tasks`: asks the process for what takes long, and tells Qt what it answers."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from arviz.viewer.live import long_tasks
from arviz.viewer.remote import Remote


class Tasks(QObject):
    """Methods of `arviz.flows.long_tasks.LongTasks` in a process of its own, started when the first is asked for.

    `replied` tells each `arviz.viewer.remote.Reply` in the thread of the window.
    """

    replied = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._remote: Remote | None = None

    def call(self, name: str, *, newest: bool = False, **arguments: Any) -> int:
        """Ask for a method; return the ticket that its reply will bear. `newest` is as `Remote.call` has it."""
        if self._remote is None:
            self._remote = Remote(long_tasks, self.replied.emit)
        return self._remote.call(name, newest=newest, **arguments)

    def close(self) -> None:
        """End the process; a clip that it draws is not written."""
        if self._remote is not None:
            self._remote.close()
