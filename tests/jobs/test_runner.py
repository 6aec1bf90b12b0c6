"""Runners: whatever process dies, every job ends once, and every output is written once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from contextlib import contextmanager

import pytest

from arviz.jobs.engines import engine_for
from arviz.jobs.runner import Runner
from arviz.jobs.store import Store
from arviz.jobs.table import LEASE_S, JobTable
from arviz.testing.engine_contract import gone
from tests.jobs.tasks import WorkOf, fast_clock


@pytest.fixture(scope="module")
def engine():
    with engine_for("local:2") as opened:
        yield opened


@pytest.fixture
def table(tmp_path):
    with JobTable(tmp_path / "jobs.db", clock=fast_clock) as opened:
        yield opened


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


@contextmanager
def running(table, store, engine, notes, *, grace_s=10.0, **options):
    stop = threading.Event()
    # By the fast clock: on a busy machine this process may stand still for seconds.
    runner = Runner(table, store, engine, call_of=WorkOf(store.url, str(notes)), beat_s=0.5, lease_s=10 * LEASE_S, **options)
    thread = threading.Thread(target=runner.run, args=[stop], kwargs={"grace_s": grace_s})
    thread.start()
    try:
        yield runner
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


def submit(table, count, **options):
    return [table.submit("convert", {"inputs": {}, "options": {"number": number, **options}})[0].id for number in range(count)]


def until(condition, seconds=90):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def ended(table, ids):
    until(lambda: all(table.get(one).ended for one in ids))
    return [table.get(one) for one in ids]


def tries(notes, number):
    path = notes / str(number)
    return path.read_text().split() if path.exists() else []


def assert_all_done_once(table, store, ids):
    """Every job is done, every output there and written once."""
    jobs = ended(table, ids)
    assert [job.state for job in jobs] == ["done"] * len(ids), [job.error for job in jobs if job.error]
    assert len(list(store.documents("derived"))) == len(ids)
    for number, job in enumerate(jobs):
        assert store.read(job.result["file"]) == f"output {number}".encode()
        assert store.document("derived", f"n{number}") == {"file": job.result["file"]}


def test_jobs_are_done(table, store, engine, notes):
    ids = submit(table, 30)
    with running(table, store, engine, notes):
        assert_all_done_once(table, store, ids)
    assert all(len(tries(notes, number)) == 1 for number in range(30))


def test_a_killed_worker_loses_no_job(table, store, engine, notes):
    ids = submit(table, 24, seconds=0.1)
    with running(table, store, engine, notes):
        until(lambda: tries(notes, 3))
        os.kill(int(tries(notes, 3)[0]), signal.SIGKILL)
        assert_all_done_once(table, store, ids)
    assert sum(len(tries(notes, number)) for number in range(24)) <= 26


def run_alone(path, store, notes):
    with JobTable(path, clock=fast_clock) as table, engine_for("local:2") as engine:
        runner = Runner(table, Store(store), engine, call_of=WorkOf(store, notes), beat_s=0.5)
        runner.run(threading.Event())


def test_a_killed_runner_loses_no_job(tmp_path, table, store, engine, notes):
    ids = submit(table, 16, seconds=0.3)
    alone = multiprocessing.get_context("spawn").Process(target=run_alone, args=(str(tmp_path / "jobs.db"), store.url, str(notes)))
    alone.start()
    until(lambda: table.counts()["done"] >= 3)
    alone.kill()
    alone.join()
    assert table.counts()["running"] > 0
    with running(table, store, engine, notes):
        assert_all_done_once(table, store, ids)
    for number in range(16):
        for process in tries(notes, number)[:-1]:
            gone(int(process))  # workers do not outlive their runner


def test_a_job_that_kills_is_given_up_and_others_are_unharmed(table, store, engine, notes):
    poison = table.submit("convert", {"inputs": {}, "options": {"number": 99, "way": "segfault"}}, priority=1)[0]
    ids = submit(table, 12, seconds=0.05)
    with running(table, store, engine, notes):
        assert_all_done_once(table, store, ids)
        job = ended(table, [poison.id])[0]
    assert (job.state, job.attempt) == ("failed", 3)
    assert job.error["code"] == "E_CHILD_DIED"
    assert "SIGSEGV" in job.error["message"]
    assert len(tries(notes, 99)) == 3


def test_what_is_wrong_with_the_input_is_said_at_once(table, store, engine, notes):
    broken, hanging = submit(table, 1, way="broken"), submit(table, 1, seconds=600.0, limit_s=0.5)
    with running(table, store, engine, notes):
        first, second = ended(table, [*broken, *hanging])
    assert (first.state, first.attempt, first.error["code"]) == ("failed", 1, "E_TRUNCATED")
    assert (second.state, second.attempt, second.error["code"]) == ("failed", 1, "E_LIMIT_TIME")


def test_a_result_that_cannot_be_written_holds_no_worker(table, store, engine, notes):
    """Each of these once held one for ever, until all other jobs stayed in the queue."""
    strange = submit(table, 3, way="nan")
    others = [table.submit("convert", {"inputs": {}, "options": {"number": number}})[0].id for number in range(3, 6)]
    with running(table, store, engine, notes):
        assert [(job.state, job.error["code"]) for job in ended(table, strange)] == [("failed", "E_TASK_FAILED")] * 3
        assert [job.state for job in ended(table, others)] == ["done"] * 3


def test_jobs_that_make_no_sense(table, store, engine):
    unknown = table.submit("nonsense", {"inputs": {}, "options": {}})[0].id
    empty = table.submit("convert", {})[0].id
    extra = table.submit("convert", {"inputs": {"source": "sha256:" + "0" * 64}, "options": {"widht": 1}})[0].id
    missing = table.submit("check", {"inputs": {"source": "sha256:" + "0" * 64}, "options": {}})[0].id
    stop = threading.Event()
    thread = threading.Thread(target=Runner(table, store, engine, beat_s=0.5).run, args=[stop])
    thread.start()
    try:
        jobs = ended(table, [unknown, empty, extra, missing])
    finally:
        stop.set()
        thread.join()
    assert [job.error["code"] for job in jobs] == ["E_JOB_KIND", "E_JOB_INPUT", "E_JOB_OPTIONS", "E_BLOB_MISSING"]
    assert all(job.attempt == 1 for job in jobs)


def test_a_cancelled_job_ends_its_process(table, store, engine, notes):
    (job,) = submit(table, 1, seconds=600.0)
    with running(table, store, engine, notes):
        until(lambda: tries(notes, 0) and table.get(job).stage == "working")
        assert table.get(job).progress == 0.5
        assert table.cancel(job)
        gone(int(tries(notes, 0)[0]))
        others = [table.submit("convert", {"inputs": {}, "options": {"number": number}})[0].id for number in range(1, 5)]
        assert all(one.state == "done" for one in ended(table, others))
    assert table.get(job).state == "cancelled"


def test_a_runner_that_is_stopped_finishes_what_is_short_and_gives_the_rest_back(table, store, engine, notes):
    long_ = table.submit("convert", {"inputs": {}, "options": {"number": 0, "seconds": 600.0}})[0].id
    short = table.submit("convert", {"inputs": {}, "options": {"number": 1, "seconds": 0.5}})[0].id
    with running(table, store, engine, notes, grace_s=4.0):
        until(lambda: table.counts()["running"] == 2 and tries(notes, 0) and tries(notes, 1))
    assert table.get(short).state == "done"
    assert (table.get(long_).state, table.get(long_).attempt) == ("queued", 0)
    assert table.claim("next").id == long_


def test_a_runner_takes_only_its_kinds(table, store, engine, notes):
    others = table.submit("render", {"inputs": {}, "options": {"number": 7}})[0].id
    ids = submit(table, 3)
    with running(table, store, engine, notes, kinds=["convert"]):
        ended(table, ids)
        time.sleep(0.5)
        assert table.get(others).state == "queued"


@pytest.mark.slow
def test_a_catalogue_with_a_worker_killed_again_and_again(table, store, notes):
    ids = submit(table, 400, seconds=0.05)
    with engine_for("local:4") as engine, running(table, store, engine, notes):
        killed = 0
        while not all(table.get(one).ended for one in ids):
            busy = [tries(notes, number)[-1] for number in range(400) if tries(notes, number) and table.get(ids[number]).state == "running"]
            if busy and killed < 10:
                try:
                    os.kill(int(busy[killed % len(busy)]), signal.SIGKILL)
                    killed += 1
                except ProcessLookupError:
                    pass
            time.sleep(0.5)
        assert_all_done_once(table, store, ids)
    assert killed >= 3
