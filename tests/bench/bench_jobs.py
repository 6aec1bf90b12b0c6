"""What jobs cost beside the work itself: the table, the engine, the store."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor, wait
from pathlib import Path

from arviz.jobs.engines import engine_for, nothing_told
from arviz.jobs.runner import Runner
from arviz.jobs.store import Store
from arviz.jobs.table import JobTable
from arviz.testing.engine_contract import Square
from tests.bench.measure import Row, cpu_of, in_turn
from tests.jobs.tasks import Slept

JOBS = 500
TASKS = 400
WORK_S = 0.3
SPEC = {"inputs": {"source": "sha256:" + "0" * 64}, "options": {"name": "Sofa"}}


def bench_table() -> Row:
    """Compare one job from submission to its end (insert, claim, finish) with three bare statements on a table of one index.

    The reference inserts a row, and updates it twice by its key: no queue, no leases, no numbers of changes.
    """
    with tempfile.TemporaryDirectory() as folder, JobTable(Path(folder) / "jobs.db") as table:
        bare = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        bare.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE j (id INTEGER PRIMARY KEY, state TEXT, spec TEXT)"
        )

        def ours() -> None:
            for _ in range(JOBS):
                table.submit("convert", SPEC)
            while (job := table.claim("bench")) is not None:
                table.finish(job.id, "bench", {})

        def reference() -> None:
            rows = [bare.execute("INSERT INTO j (state, spec) VALUES ('queued', ?)", (str(SPEC),)).lastrowid for _ in range(JOBS)]
            for row in rows:
                bare.execute("UPDATE j SET state = 'running' WHERE id = ?", (row,))
                bare.execute("UPDATE j SET state = 'done' WHERE id = ?", (row,))

        ours_s, reference_s = in_turn(cpu_of(ours), cpu_of(reference), rounds=7)
        bare.close()
    note = f"{JOBS / ours_s:,.0f} jobs a second"
    return Row("One job through the table, against three bare statements", ours_s / JOBS, reference_s / JOBS, 8, note)


def bench_engine() -> Row:
    """Compare tasks that do nothing through ``local:2`` with the pool of the standard library: processor time of this process."""
    context = multiprocessing.get_context("spawn")
    with engine_for("local:2") as engine, ProcessPoolExecutor(2, mp_context=context) as pool:

        def ours() -> None:
            wait([engine.submit(Square(number), timeout_s=60) for number in range(TASKS)])

        def reference() -> None:
            wait([pool.submit(Square(number), nothing_told) for number in range(TASKS)])

        in_turn(cpu_of(ours), cpu_of(reference), rounds=2)  # workers start
        ours_s, reference_s = in_turn(cpu_of(ours), cpu_of(reference), rounds=7)
    return Row("A task through the engine, against the standard library's pool", ours_s / TASKS, reference_s / TASKS, 2)


def bench_runner() -> Row:
    """Compare a batch through table, runner and engine with the work alone: wall time of jobs that sleep .3 s, on two workers."""
    count = 40
    with tempfile.TemporaryDirectory() as folder, JobTable(Path(folder) / "jobs.db") as table, engine_for("local:2") as engine:
        runner = Runner(table, Store(Path(folder) / "store"), engine, call_of=Slept.of)
        stop = threading.Event()
        thread = threading.Thread(target=runner.run, args=[stop])
        thread.start()

        def elapsed(jobs: int) -> float:
            begun = time.perf_counter()
            batch = f"b{begun}"
            for _ in range(jobs):
                table.submit("convert", {"options": {"seconds": WORK_S}}, batch=batch)
            runner.wake()
            while table.counts(batch)["done"] < jobs:
                time.sleep(0.005)
            return time.perf_counter() - begun

        elapsed(4)  # workers start
        ours_s = elapsed(count)
        stop.set()
        thread.join()
    return Row("A batch through table, runner and engine, against its work alone", ours_s, count * WORK_S / 2, 1.02, unit="s elapsed")


def bench_put() -> Row:
    """Compare putting 200 kB into a folder store with hashing, writing, syncing and renaming a file by hand: elapsed time."""
    import hashlib

    with tempfile.TemporaryDirectory() as folder:
        store, plain = Store(Path(folder) / "store"), Path(folder) / "plain"
        plain.mkdir()

        def each(put: object) -> float:
            pieces = [os.urandom(200_000) for _ in range(30)]
            begun = time.perf_counter()
            for piece in pieces:
                put(piece)  # type: ignore[operator]
            return (time.perf_counter() - begun) / 30

        def by_hand(data: bytes) -> None:
            name = hashlib.sha256(data).hexdigest()
            with open(plain / "part", "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(plain / "part", plain / name)

        ours_s, reference_s = in_turn(lambda: each(store.put), lambda: each(by_hand), rounds=9)
    return Row("200 kB into the store, against a file by hand", ours_s, reference_s, 1.5, unit="s elapsed")
