"""Messages that wait to be told: which jobs have ended since we looked, whose webhook was not reached yet."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from arviz.core.errors import InputError
from arviz.jobs.job import Job
from arviz.jobs.table import JobTable
from arviz.service.webhooks import ATTEMPTS, deliver, wait_seconds, webhook_secret

_LOOK_SECONDS = 1.0
_AT_ONCE = 8
_TABLES = """
CREATE TABLE IF NOT EXISTS messages (job TEXT PRIMARY KEY, attempt INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS seen (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO seen VALUES (1, 0);
"""
_DUE = "SELECT job, attempt FROM messages WHERE not_before <= ? ORDER BY not_before LIMIT ?"
"""Who has waited longest comes first: one key's addresses that never answer do not keep the messages of others."""


class Deliveries:
    """Tell the webhooks of jobs that ended, at least once each; a restart goes on where the last process was.

    Parameters
    ----------
    path : path
        SQLite file of what is still to be told.
    secret : bytes
        The service's secret; each key's messages are signed with one made of it.
    trusted : collection of str
        As `deliver`.
    """

    def __init__(self, path: Path, table: JobTable, *, secret: bytes, trusted: Collection[str] = ()) -> None:
        self._path = path
        self._table = table
        self._secret = secret
        self._trusted = frozenset(trusted)
        with sqlite3.connect(path) as db:
            db.executescript(_TABLES)
        db.close()

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set."""
        db = sqlite3.connect(self._path, isolation_level=None)
        try:
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="webhook") as pool:
                while not stop.wait(_LOOK_SECONDS):
                    self._note(db)
                    due = db.execute(_DUE, (time.time(), _AT_ONCE)).fetchall()
                    for job_id, attempt, told in pool.map(self._tell, due):
                        self._mark(db, job_id, attempt, told=told)
        finally:
            db.close()

    def _note(self, db: sqlite3.Connection) -> None:
        """Take down the jobs that ended since the last look."""
        (seen,) = db.execute("SELECT sequence FROM seen").fetchone()
        changed = self._table.changed_since(seen)
        if changed:
            db.execute("BEGIN IMMEDIATE")
            rows = [(job.id, job.updated_s) for job in changed if job.ended and "webhook" in job.spec]
            db.executemany("INSERT OR IGNORE INTO messages (job, not_before) VALUES (?, ?)", rows)
            db.execute("UPDATE seen SET sequence = ?", (changed[-1].sequence,))
            db.execute("COMMIT")

    def _tell(self, row: tuple[str, int]) -> tuple[str, int, bool]:
        job_id, attempt = row
        job = self._table.get(job_id)
        return job_id, attempt + 1, job is None or self._told(job)

    def _told(self, job: Job) -> bool:
        whsec = webhook_secret(job.owner or "", secret=self._secret)
        payload = {"type": f"job.{job.state}", "timestamp": job.to_json()["updated"], "data": job.to_json()}
        try:
            deliver(job.spec["webhook"], payload, identity=f"{job.id}.{job.sequence}", whsec=whsec, trusted=self._trusted)
        except InputError:
            return True  # an address that we never send to: repeating does not mend it
        except Exception:  # a door: a message that cannot be sent, whatever it is, may not keep those of others
            return False
        return True

    def _mark(self, db: sqlite3.Connection, job_id: str, attempt: int, *, told: bool) -> None:
        if told or attempt >= ATTEMPTS:
            db.execute("DELETE FROM messages WHERE job = ?", (job_id,))
        else:
            db.execute(
                "UPDATE messages SET attempt = ?, not_before = ? WHERE job = ?", (attempt, time.time() + wait_seconds(attempt), job_id)
            )
