"""Live object: what the window lets others do while it draws: checks, and a turntable that tells how far it is."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from arviz.core.errors import ArvizError, InputError
from arviz.flows.preview_faults import examine
from arviz.flows.preview_shot import Checked
from arviz.flows.turntable import FRAMES, Turntable, turntable


class Progress(NamedTuple):
    """How far a clip is."""

    drawn: int
    frames: int
    done: Turntable | None = None
    error: ArvizError | None = None
    stopped: bool = False

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.done is None and self.error is None and not self.stopped


class LongTasks:
    """Owns the thread of one clip; closed by ``with``, which stops it and leaves nothing half-written."""

    def __init__(self) -> None:
        self._clip: _Clip | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._clip is not None:
            self._clip.stop.set()
            self._clip.thread.join()

    def check(self, file: Path, profile: str, listed_m: Sequence[float | None] | None = None) -> Checked:
        """Judge a product by a platform's rules; see `arviz.flows.preview_faults.examine`."""
        return examine(file, profile, listed_m=listed_m)

    def start_turntable(self, file: Path, out: Path, **options: Any) -> Progress:
        """Begin a clip; `options` are those of `arviz.flows.turntable.turntable`.

        Raises
        ------
        InputError
            ``E_TURNTABLE_BUSY``: one is being drawn.
        """
        if self._clip is not None and self._clip.progress.running:
            raise InputError("E_TURNTABLE_BUSY", "a turntable is being drawn", hint="Wait for it, or stop it.")
        self._clip = _Clip(file, out, options)
        self._clip.thread.start()
        return self._clip.progress

    def turntable_progress(self) -> Progress | None:
        """Return how far the clip is, None before the first."""
        return None if self._clip is None else self._clip.progress

    def stop_turntable(self) -> Progress | None:
        """Stop the clip before its next picture; what was written of it is removed."""
        if self._clip is not None:
            self._clip.stop.set()
            self._clip.thread.join()
        return self.turntable_progress()


class _StoppedError(Exception):
    """Somebody stopped it."""


class _Clip:
    """A clip, drawn in a thread of its own, so that its process answers meanwhile."""

    def __init__(self, file: Path, out: Path, options: dict[str, Any]) -> None:
        self.stop = threading.Event()
        self.progress = Progress(0, options.get("frames", FRAMES))
        self.thread = threading.Thread(target=self._draw, args=(file, out, options), daemon=True)

    def _draw(self, file: Path, out: Path, options: dict[str, Any]) -> None:
        try:
            done = turntable(file, out=out, drawn=self._drawn, **options)
        except _StoppedError:
            self.progress = self.progress._replace(stopped=True)
        except ArvizError as error:
            self.progress = self.progress._replace(error=error)
        except Exception as error:  # a door: a thread has nobody to tell
            found = f"{type(error).__name__}: {error}"
            self.progress = self.progress._replace(error=ArvizError("E_BUG", "something went wrong that should not", found=found))
        else:
            self.progress = self.progress._replace(done=done)

    def _drawn(self, count: int) -> None:
        if self.stop.is_set():
            raise _StoppedError
        self.progress = self.progress._replace(drawn=count)
