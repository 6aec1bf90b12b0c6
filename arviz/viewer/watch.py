"""`Watch`: tells when files that are open have changed, are gone, or are there again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

_QUIET_MS = 300
"""A file is read when it has been left alone for so long: programs write large ones piece by piece."""

_Stamp = tuple[int, int, int]


class Watch(QObject):
    """Signal `changed` tells each followed file that is another one than before, when it has been quiet for a while.

    Folders are watched as well: programs that save by renaming put a new file in place of the watched one, and a deleted file can
    come back.
    """

    changed = Signal(Path)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: dict[Path, _Stamp | None] = {}
        self._seen: dict[Path, _Stamp | None] = {}
        """The files that have not been quiet yet, as they were found last."""
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._stirred)
        self._watcher.directoryChanged.connect(self._stirred)
        self._quiet = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._quiet.timeout.connect(self._look)

    def follow(self, files: Iterable[Path]) -> None:
        """Watch these files and no others."""
        wanted = tuple(files)
        if set(wanted) == self._known.keys():
            return
        self._known = {file: self._known[file] if file in self._known else _stamp(file) for file in wanted}
        self._seen = {file: stamp for file, stamp in self._seen.items() if file in self._known}
        old = [*self._watcher.files(), *self._watcher.directories()]
        if old:
            self._watcher.removePaths(old)
        self._watch()

    def _watch(self) -> None:
        """Watch what can be watched: a file in place of another one is not watched by itself."""
        paths = {str(path) for file in self._known for path in (file, file.parent) if path.exists()}
        missing = paths.difference(self._watcher.files(), self._watcher.directories())
        if missing:
            self._watcher.addPaths(sorted(missing))

    def _stirred(self, _: str) -> None:
        self._seen |= {file: _stamp(file) for file in self._known}
        self._quiet.start()

    def _look(self) -> None:
        self._watch()
        for file, seen in list(self._seen.items()):
            now = _stamp(file)
            if now != seen:
                self._seen[file] = now
                self._quiet.start()
                continue
            del self._seen[file]
            if now != self._known[file]:
                self._known[file] = now
                self.changed.emit(file)


def _stamp(file: Path) -> _Stamp | None:
    """Return what tells a file from another one; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
