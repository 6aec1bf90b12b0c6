"""What one key may use up in a day of UTC: jobs that it starts, bytes that it sends to be kept."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from arviz.core.errors import AccessError, BusyError
from arviz.service.keys import Key
from arviz.service.settings import Settings, make_private, unwritable

_DAY_S = 86400
_TABLE = """
CREATE TABLE IF NOT EXISTS used (
    key TEXT NOT NULL, what TEXT NOT NULL, day INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (key, what)
) STRICT, WITHOUT ROWID
"""
_TAKE = """
INSERT INTO used VALUES (:key, :what, :day, :amount) ON CONFLICT (key, what)
DO UPDATE SET amount = iif(day = :day, amount, 0) + :amount, day = :day WHERE iif(day = :day, amount, 0) + :amount <= :most
"""


class Quotas:
    """What keys have used up today, in ``<folder>/quotas.db``: a restart forgets nothing.

    Parameters
    ----------
    settings : Settings
        Its limits are those of keys that have none of their own.
    clock : callable
        Seconds since 1970.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        self._path = settings.folder / "quotas.db"
        self._limits = {"jobs": settings.jobs_per_day, "bytes": settings.bytes_per_day}
        self._clock = clock
        with _opened(self._path) as table:
            table.execute(_TABLE)

    def take(self, key: Key, what: Literal["jobs", "bytes"], amount: int) -> None:
        """Count `amount` more for a key.

        Raises
        ------
        BusyError
            ``E_QUOTA``: more than is left of today.
        AccessError
            ``E_QUOTA``: more than the key may have on any day.
        """
        own = {"jobs": key.jobs_per_day, "bytes": key.bytes_per_day}[what]
        most = self._limits[what] if own is None else own
        if most is None or amount <= 0:
            return
        now = self._clock()
        day = int(now // _DAY_S)
        said = {"expected": f"at most {most:,} {what} a day", "found": f"{amount:,} more"}
        if amount > most:
            raise AccessError("E_QUOTA", f"this is more {what} than the key may have in a day", **said)
        values = {"key": key.id, "what": what, "day": day, "amount": amount, "most": most}
        with _opened(self._path) as table:
            taken = table.execute(_TAKE, values).rowcount == 1
        if not taken:
            reset = datetime.fromtimestamp((day + 1) * _DAY_S, UTC)
            error = BusyError(
                "E_QUOTA", f"this key has used up its {what} of today", **said, hint=f"More from {reset:%Y-%m-%dT%H:%M:%SZ} on."
            )
            error.retry_after_s = (day + 1) * _DAY_S - now
            raise error


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        make_private(path.parent)
        with closing(sqlite3.connect(path, timeout=10.0, isolation_level=None)) as table:
            yield table
    except (OSError, sqlite3.OperationalError) as error:
        raise unwritable(path.parent, error) from error
