"""How much may be under way at once, by whom: streams and long polls of a key, photos of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from arviz.core.errors import BusyError


class Held:
    """Counts of what is under way; for the one thread of the event loop."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()

    @contextmanager
    def one(self, who: str, *, most: int) -> Iterator[None]:
        """Count one more while the block runs.

        Raises
        ------
        BusyError
            ``E_BUSY``: there are `most` already.
        """
        if self._held[who] >= most:
            raise BusyError(
                "E_BUSY", "too many requests of this kind are under way", expected=f"at most {most} at once", hint="Wait for one to end."
            )
        self._held[who] += 1
        try:
            yield
        finally:
            self._held[who] -= 1
            if not self._held[who]:
                del self._held[who]
