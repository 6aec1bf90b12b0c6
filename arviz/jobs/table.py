"""The table of jobs: who asked for what, who works on it until when, and what came of it. SQLite, many processes at once.

A worker *claims* a job for the length of a lease and *beats* to keep it. What a dead worker held falls back into the queue
when its lease is over (`JobTable.reap`), and whatever that worker still says afterwards is refused: a job ends once.

Claiming is one statement. Expired leases are not looked for there (``OR lease expired`` makes it 20 times slower: 339/s
instead of 6,710/s) but by `reap`, every few seconds.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from arviz.core.errors import ArvizError, BackendError, ConflictError
from arviz.core.frozen import FrozenDict, freeze
from arviz.jobs.job import ENDED, STATES, Job, State, new_id

LEASE_S = 30.0
MAX_ATTEMPTS = 3
_BUSY_S = 30.0
"""How long a statement waits for another process's."""
_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL UNIQUE, spec TEXT NOT NULL,
    state TEXT NOT NULL, priority INTEGER NOT NULL, not_before REAL NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0, max_attempts INTEGER NOT NULL,
    worker TEXT, lease_until REAL, progress REAL NOT NULL DEFAULT 0, stage TEXT NOT NULL DEFAULT '',
    result TEXT, error TEXT, batch TEXT, owner TEXT,
    created REAL NOT NULL, updated REAL NOT NULL, sequence INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS jobs_queue ON jobs (priority DESC, created) WHERE state = 'queued';
CREATE INDEX IF NOT EXISTS jobs_leases ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX IF NOT EXISTS jobs_batch ON jobs (batch, state) WHERE batch IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS jobs_sequence ON jobs (sequence);
"""
_NEXT = "(SELECT coalesce(max(sequence), 0) + 1 FROM jobs)"
_QUEUED = f"state = 'queued', worker = NULL, lease_until = NULL, progress = 0, stage = '', updated = :now, sequence = {_NEXT}"
_ENDED = f"worker = NULL, lease_until = NULL, updated = :now, sequence = {_NEXT}"
_HELD = "id = :id AND worker = :worker AND state = 'running'"


def backoff_s(attempt: int) -> float:
    """Return how long a job waits after its `attempt`-th attempt failed: 2, 4, 8 ... seconds."""
    return float(2**attempt)


class JobTable:
    """Keep jobs in one SQLite file, for all threads of this process and for others.

    Parameters
    ----------
    path : path
        The file; made with its folder if missing.
    clock : callable
        Seconds since 1970. Workers on several machines need clocks that agree within a few seconds.

    Raises
    ------
    BackendError
        ``E_JOB_TABLE``: it cannot be opened or written; any method may raise it.
    """

    def __init__(self, path: str | PathLike[str], *, clock: Callable[[], float] = time.time) -> None:
        self.path = Path(path)
        self._clock = clock
        self._lock = threading.RLock()
        with self._told():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            self._db.row_factory = sqlite3.Row
            self._prepare()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; closing twice is fine."""
        with self._lock:
            self._db.close()

    def submit(
        self,
        kind: str,
        spec: Mapping[str, Any],
        *,
        key: str | None = None,
        priority: int = 0,
        batch: str | None = None,
        owner: str | None = None,
        max_attempts: int = MAX_ATTEMPTS,
    ) -> tuple[Job, bool]:
        """Put a job into the queue, or return the one that has this key; the second value says whether it is new.

        Parameters
        ----------
        kind, spec
            As `Job`.
        key : str, optional
            Makes asking twice harmless; default: every job is a new one. Keys are one space: put the owner into it where owners
            must not meet.
        priority : int
            Larger ones go first; equal ones in the order of their making.

        Raises
        ------
        ConflictError
            ``E_KEY_REUSED``: the key belongs to a job that asks for something else.
        """
        job_id, now = new_id(), self._clock()
        text = _dump(spec)
        values = {
            "id": job_id,
            "kind": kind,
            "key": key or job_id,
            "spec": text,
            "priority": priority,
            "max": max_attempts,
            "batch": batch,
            "owner": owner,
            "now": now,
        }
        row = self._one(
            "INSERT INTO jobs (id, kind, key, spec, state, priority, not_before, max_attempts, batch, owner, created, updated, sequence) "
            f"VALUES (:id, :kind, :key, :spec, 'queued', :priority, :now, :max, :batch, :owner, :now, :now, {_NEXT}) "
            "ON CONFLICT (key) DO NOTHING RETURNING *",
            values,
        )
        if row is not None:
            return row, True
        old = self.known(key or job_id)
        if old is None:  # ended and forgotten between the two statements
            return self.submit(kind, spec, key=key, priority=priority, batch=batch, owner=owner, max_attempts=max_attempts)
        if (old.kind, _dump(old.spec)) != (kind, text):
            raise ConflictError(
                "E_KEY_REUSED",
                "this key belongs to a job that asks for something else",
                found=old.id,
                hint="Give every different request a key of its own.",
            )
        return old, False

    def get(self, job_id: str) -> Job | None:
        """Return a job, None if there is none of this id."""
        return self._one("SELECT * FROM jobs WHERE id = :id", {"id": job_id})

    def known(self, key: str) -> Job | None:
        """Return the job of this key, None if there is none."""
        return self._one("SELECT * FROM jobs WHERE key = :key", {"key": key})

    def list(
        self,
        *,
        state: State | None = None,
        kind: str | None = None,
        batch: str | None = None,
        owner: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> tuple[Job, ...]:
        """Return jobs, the youngest first; `after` is the last id of the page before."""
        asked = {"state": state, "kind": kind, "batch": batch, "owner": owner}
        conditions = [f"{name} = :{name}" for name, value in asked.items() if value is not None]
        conditions += ["id < :after"] if after is not None else []
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        return self._all(f"SELECT * FROM jobs {where} ORDER BY id DESC LIMIT :limit", {**asked, "after": after, "limit": limit})

    def counts(self, batch: str | None = None) -> dict[State, int]:
        """Return how many jobs are in each state, of a batch or of all."""
        where = "" if batch is None else "WHERE batch = :batch"
        with self._told():
            rows = self._db.execute(f"SELECT state, count(*) FROM jobs {where} GROUP BY state", {"batch": batch}).fetchall()
        found = {row[0]: row[1] for row in rows}
        return {state: found.get(state, 0) for state in STATES}

    def waits_s(self) -> float:
        """Return for how many seconds the first of the jobs that could be done now has waited; 0 if there is none."""
        with self._told():
            (since,) = self._db.execute("SELECT min(not_before) FROM jobs WHERE state = 'queued'").fetchone()
        return 0.0 if since is None else max(0.0, self._clock() - since)

    def changed_since(self, sequence: int, *, batch: str | None = None, owner: str | None = None, limit: int = 1000) -> tuple[Job, ...]:
        """Return jobs whose last change has a number above `sequence`, in the order of their changes: each as it is now."""
        asked = {"batch": batch, "owner": owner}
        more = "".join(f" AND {name} = :{name}" for name, value in asked.items() if value is not None)
        return self._all(
            f"SELECT * FROM jobs WHERE sequence > :sequence{more} ORDER BY sequence LIMIT :limit",
            {**asked, "sequence": sequence, "limit": limit},
        )

    def claim(self, worker: str, *, kinds: Sequence[str] | None = None, lease_s: float = LEASE_S) -> Job | None:
        """Take the first job of the queue for `lease_s` seconds, None if there is none to do now.

        Parameters
        ----------
        worker : str
            Who takes it; no two workers may have the same name.
        kinds : sequence of str, optional
            Only these.
        """
        values: dict[str, Any] = {"worker": worker, "now": (now := self._clock()), "until": now + lease_s}
        wanted = ""
        if kinds is not None:
            values |= {f"kind{index}": kind for index, kind in enumerate(kinds)}
            wanted = f"AND kind IN ({', '.join(f':kind{index}' for index in range(len(kinds)))}) "
        return self._one(
            "UPDATE jobs SET state = 'running', worker = :worker, lease_until = :until, attempt = attempt + 1, progress = 0, stage = '', "
            f"updated = :now, sequence = {_NEXT} WHERE id = (SELECT id FROM jobs WHERE state = 'queued' AND not_before <= :now {wanted}"
            "ORDER BY priority DESC, created LIMIT 1) RETURNING *",
            values,
        )

    def beat(self, job_id: str, worker: str, *, progress: float | None = None, stage: str | None = None, lease_s: float = LEASE_S) -> bool:
        """Keep a job for `lease_s` seconds from now, and tell how far it is; False: it is cancelled or lost, stop working."""
        now = self._clock()
        values = {"id": job_id, "worker": worker, "until": now + lease_s, "now": now, "progress": progress, "stage": stage}
        told = "" if progress is None and stage is None else f", updated = :now, sequence = {_NEXT}"
        return self._did(
            "UPDATE jobs SET lease_until = :until, progress = coalesce(:progress, progress), stage = coalesce(:stage, stage)"
            f"{told} WHERE {_HELD}",
            values,
        )

    def held(self, worker: str) -> frozenset[str]:
        """Return the ids of the jobs that a worker still has: what it works on and is not among them is cancelled or lost."""
        with self._told():
            rows = self._db.execute("SELECT id FROM jobs WHERE state = 'running' AND worker = ?", (worker,)).fetchall()
        return frozenset(row[0] for row in rows)

    def finish(self, job_id: str, worker: str, result: Mapping[str, Any]) -> bool:
        """End a job well; False if this worker no longer has it: then nothing is changed."""
        values = {"id": job_id, "worker": worker, "result": _dump(result), "now": self._clock()}
        return self._did(
            f"UPDATE jobs SET state = 'done', progress = 1, stage = '', result = :result, error = NULL, {_ENDED} WHERE {_HELD}", values
        )

    def fail(self, job_id: str, worker: str, error: ArvizError, *, retry: bool = False) -> bool:
        """End a job badly, or put it back with a growing wait where `retry` allows another attempt; False as `finish`."""
        text = _dump_error(error)
        with self._transaction():
            job = self._one(f"SELECT * FROM jobs WHERE {_HELD}", {"id": job_id, "worker": worker})
            if job is None:
                return False
            self._fail(job, text, retry=retry)
        return True

    def release(self, job_id: str, worker: str) -> bool:
        """Give a job back as if it had never been taken, for one that stops on request; False as `finish`."""
        values = {"id": job_id, "worker": worker, "now": self._clock()}
        return self._did(f"UPDATE jobs SET attempt = attempt - 1, not_before = :now, {_QUEUED} WHERE {_HELD}", values)

    def cancel(self, job_id: str) -> bool:
        """End a job that has not ended; False if it has, or is not there. Its worker learns of it by `beat` and `held`."""
        values = {"id": job_id, "now": self._clock()}
        return self._did(
            f"UPDATE jobs SET state = 'cancelled', stage = '', {_ENDED} WHERE id = :id AND state IN ('queued', 'running')", values
        )

    def retry(self, job_id: str) -> bool:
        """Put a failed or cancelled job into the queue again with all its attempts; False if it is neither."""
        values = {"id": job_id, "now": self._clock()}
        return self._did(
            f"UPDATE jobs SET attempt = 0, error = NULL, not_before = :now, {_QUEUED} WHERE id = :id AND state IN ('failed', 'cancelled')",
            values,
        )

    def reap(self) -> int:
        """Put back what workers hold whose lease is over, or fail it after its last attempt; return how many there were."""
        with self._transaction():
            lost = self._all("SELECT * FROM jobs WHERE state = 'running' AND lease_until < :now", {"now": self._clock()})
            for job in lost:
                error = BackendError(
                    "E_WORKER_LOST",
                    "the worker that had this job was lost",
                    found=f"attempt {job.attempt} of {job.max_attempts}",
                    hint="Look at the worker's log; if every attempt ends so, the input may kill it.",
                )
                self._fail(job, _dump_error(error), retry=True)
        return len(lost)

    def forget(self, *, older_than_s: float) -> int:
        """Delete jobs that ended longer ago than this; return how many."""
        # The youngest change stays: its number must not be given twice.
        values = {"before": self._clock() - older_than_s}
        ended = ", ".join(f"'{state}'" for state in sorted(ENDED))
        with self._told():
            return self._db.execute(
                f"DELETE FROM jobs WHERE state IN ({ended}) AND updated < :before AND sequence < (SELECT max(sequence) FROM jobs)", values
            ).rowcount

    def _fail(self, job: Job, error: str, *, retry: bool) -> None:
        now = self._clock()
        values = {"id": job.id, "error": error, "now": now, "later": now + backoff_s(job.attempt)}
        if retry and job.attempt < job.max_attempts:
            self._did(f"UPDATE jobs SET error = :error, not_before = :later, {_QUEUED} WHERE id = :id", values)
        else:
            self._did(f"UPDATE jobs SET state = 'failed', stage = '', error = :error, {_ENDED} WHERE id = :id", values)

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise BackendError(
                "E_JOB_TABLE_VERSION",
                "another version of arviz made this table of jobs",
                where=self.path,
                expected=f"version {_VERSION}",
                found=f"version {version}",
                hint="Run that version, or begin with an empty folder.",
            )
        self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")

    def _did(self, statement: str, values: Mapping[str, Any]) -> bool:
        with self._told():
            return self._db.execute(statement, values).rowcount == 1

    def _one(self, statement: str, values: Mapping[str, Any]) -> Job | None:
        found = self._all(statement, values)
        return found[0] if found else None

    def _all(self, statement: str, values: Mapping[str, Any]) -> tuple[Job, ...]:
        with self._told():
            return tuple(_job(row) for row in self._db.execute(statement, values).fetchall())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:  # SQLite ends some by itself; one that stays open would keep all later ones from beginning
                    self._db.execute("ROLLBACK")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """One thread at a time, and SQLite's trouble as one of our errors."""
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OSError) as error:
                raise BackendError(
                    "E_JOB_TABLE",
                    "the table of jobs cannot be used",
                    where=self.path,
                    found=str(error),
                    hint="Check the free space of its disk and that its folder may be written.",
                ) from error


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _dump_error(error: ArvizError) -> str:
    # `title` and `status` are what a problem (RFC 9457) says of it: clients make the same error of both.
    return _dump({**error.to_json(), "title": error.what, "status": error.http_status})


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        spec=freeze(json.loads(row["spec"])),
        key=row["key"],
        state=row["state"],
        priority=row["priority"],
        attempt=row["attempt"],
        max_attempts=row["max_attempts"],
        progress=row["progress"],
        stage=row["stage"],
        result=_json(row["result"]),
        error=_json(row["error"]),
        batch=row["batch"],
        owner=row["owner"],
        worker=row["worker"],
        lease_until_s=row["lease_until"],
        created_s=row["created"],
        updated_s=row["updated"],
        sequence=row["sequence"],
    )


def _json(text: str | None) -> FrozenDict | None:
    return None if text is None else freeze(json.loads(text))
