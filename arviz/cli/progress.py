"""How far long work is, on stderr, only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from arviz.cli.terminal import printable, say


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """Give a function that shows a step and its share of the work, 0 to 1."""
    if not sys.stderr.isatty():
        yield lambda step, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    # Names of files may look like rich's markup. How long a step takes is not known: no time is shown.
    columns = SpinnerColumn(), BarColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task: Any = bar.add_task("reading", total=1.0)
        yield lambda step, share: bar.update(task, description=printable(step), completed=share)


class Work:
    """One thing after the other: which is in work, what is being done with it, since when."""

    def __init__(self, bar: Any = None, total: int = 1) -> None:
        self._bar, self._total, self._begun, self._name = bar, total, 0, ""
        self._task = None if bar is None else bar.add_task("", total=total)

    def begin(self, name: str) -> None:
        """Say that the next one is in work."""
        self._begun, self._name = self._begun + 1, name
        self.doing("reading")

    def doing(self, what: str) -> None:
        """Say what is being done with it."""
        if self._bar is not None:
            which = f"{self._begun} of {self._total}  " if self._total > 1 else ""
            self._bar.update(self._task, completed=self._begun - 1, description=printable(f"{which}{self._name}: {what}"))

    def say(self, text: str) -> None:
        """Print on stderr, above what is shown."""
        if self._bar is None:
            say(text, err=True)
            return
        from rich.text import Text

        self._bar.console.print(Text.from_ansi(text), soft_wrap=True)


@contextmanager
def work_in_sight(total: int = 1) -> Iterator[Work]:
    """Show what is in work until it is done."""
    if not sys.stderr.isatty():
        yield Work()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Work(bar, total)
