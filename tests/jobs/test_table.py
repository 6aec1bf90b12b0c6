"""The table of jobs: every job is done once, whoever works on it, dies, or comes back late."""

from __future__ import annotations

import multiprocessing
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from arviz.core.errors import ArvizError, BackendError, FormatError
from arviz.jobs.job import ENDED, new_id
from arviz.jobs.table import MAX_ATTEMPTS, JobTable, backoff_s

SPEC = {"inputs": {"source": "sha256:" + "0" * 64}, "options": {}}
BROKEN = FormatError("E_TRUNCATED", "the file ends too early")
LEASE_S = 30.0


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


class Model:
    """The same table as one plain Python dict per job."""

    def __init__(self, clock):
        self.clock = clock
        self.jobs = {}

    def claimable(self):
        waiting = [job for job in self.jobs.values() if job["state"] == "queued" and job["not_before"] <= self.clock.now]
        return min(waiting, key=lambda job: (-job["priority"], job["created"]), default=None)

    def held(self, job_id, worker):
        job = self.jobs[job_id]
        return job if job["state"] == "running" and job["worker"] == worker else None

    def again(self, job):
        if job["attempt"] < MAX_ATTEMPTS:
            job.update(state="queued", worker=None, not_before=self.clock.now + backoff_s(job["attempt"]))
        else:
            job.update(state="failed", worker=None)


WORKERS = st.sampled_from(["one", "two", "three"])


class TableAgainstModel(RuleBasedStateMachine):
    """Do the same to both, and compare after every step."""

    jobs = Bundle("jobs")

    @initialize()
    def begin(self):
        self.clock = Clock()
        self.folder = tempfile.TemporaryDirectory()
        self.table = JobTable(Path(self.folder.name) / "jobs.db", clock=self.clock)
        self.model = Model(self.clock)
        self.finished = Counter()
        self.seen = 0

    def teardown(self):
        if hasattr(self, "table"):
            self.table.close()
            self.folder.cleanup()

    @rule(target=jobs, key=st.sampled_from([None, "a", "b", "c"]), priority=st.integers(-1, 1))
    def submit(self, key, priority):
        self.clock.now += 0.001  # two jobs of one moment have no order
        job, new = self.table.submit("convert", SPEC, key=key, priority=priority)
        same = [known for known in self.model.jobs.values() if key is not None and known["key"] == key]
        assert new == (not same)
        if new:
            self.model.jobs[job.id] = {
                "id": job.id, "key": key, "state": "queued", "priority": priority, "created": self.clock.now,
                "not_before": self.clock.now, "attempt": 0, "worker": None, "until": 0.0,
            }  # fmt: skip
        else:
            assert job.id == same[0]["id"]
        return job.id

    @rule(worker=WORKERS)
    def claim(self, worker):
        expected = self.model.claimable()
        job = self.table.claim(worker, lease_s=LEASE_S)
        assert (None if job is None else job.id) == (None if expected is None else expected["id"])
        if expected is not None:
            expected.update(state="running", worker=worker, attempt=expected["attempt"] + 1, until=self.clock.now + LEASE_S)

    @rule(job=jobs, worker=WORKERS)
    def beat(self, job, worker):
        held = self.model.held(job, worker)
        assert self.table.beat(job, worker, progress=0.5, stage="half", lease_s=LEASE_S) == (held is not None)
        if held:
            held["until"] = self.clock.now + LEASE_S

    @rule(job=jobs, worker=WORKERS)
    def finish(self, job, worker):
        held = self.model.held(job, worker)
        assert self.table.finish(job, worker, {"by": worker}) == (held is not None)
        if held:
            held.update(state="done", worker=None)
            self.finished[job] += 1

    @rule(job=jobs, worker=WORKERS, retry=st.booleans())
    def fail(self, job, worker, retry):
        held = self.model.held(job, worker)
        assert self.table.fail(job, worker, BROKEN, retry=retry) == (held is not None)
        if held and retry:
            self.model.again(held)
        elif held:
            held.update(state="failed", worker=None)

    @rule(job=jobs, worker=WORKERS)
    def release(self, job, worker):
        held = self.model.held(job, worker)
        assert self.table.release(job, worker) == (held is not None)
        if held:
            held.update(state="queued", worker=None, attempt=held["attempt"] - 1, not_before=self.clock.now)

    @rule(job=jobs)
    def cancel(self, job):
        known = self.model.jobs[job]
        assert self.table.cancel(job) == (known["state"] in ("queued", "running"))
        if known["state"] in ("queued", "running"):
            known.update(state="cancelled", worker=None)

    @rule(job=jobs)
    def retry(self, job):
        known = self.model.jobs[job]
        assert self.table.retry(job) == (known["state"] in ("failed", "cancelled"))
        if known["state"] in ("failed", "cancelled"):
            known.update(state="queued", attempt=0, not_before=self.clock.now)

    @rule(seconds=st.sampled_from([1.0, 5.0, 20.0, 40.0]))
    def wait(self, seconds):
        self.clock.now += seconds

    @rule()
    def reap(self):
        lost = [job for job in self.model.jobs.values() if job["state"] == "running" and job["until"] < self.clock.now]
        assert self.table.reap() == len(lost)
        for job in lost:
            self.model.again(job)
        assert self.table.reap() == 0

    @precondition(lambda self: hasattr(self, "table"))
    @invariant()
    def both_agree(self):
        for job_id, known in self.model.jobs.items():
            job = self.table.get(job_id)
            assert (job.state, job.attempt, job.worker) == (known["state"], known["attempt"], known["worker"])
            assert job.ended == (job.state in ENDED)
            assert (job.lease_until_s is not None) == (job.state == "running")
        assert self.table.counts() == dict.fromkeys(self.table.counts(), 0) | Counter(j["state"] for j in self.model.jobs.values())
        for worker in ("one", "two", "three"):
            assert self.table.held(worker) == {j["id"] for j in self.model.jobs.values() if j["worker"] == worker}

    @precondition(lambda self: hasattr(self, "table"))
    @invariant()
    def changes_are_numbered(self):
        changed = self.table.changed_since(self.seen)
        numbers = [job.sequence for job in changed]
        assert numbers == sorted(set(numbers))
        self.seen = max([self.seen, *numbers])
        assert self.table.changed_since(self.seen) == ()


TestTableAgainstModel = TableAgainstModel.TestCase
TestTableAgainstModel.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)


@pytest.fixture
def table(tmp_path):
    with JobTable(tmp_path / "jobs.db") as opened:
        yield opened


def test_a_key_belongs_to_one_request(table):
    first, new = table.submit("convert", SPEC, key="k")
    assert new
    assert table.submit("convert", SPEC, key="k")[0].id == first.id
    with pytest.raises(ArvizError) as error:
        table.submit("check", SPEC, key="k")
    assert error.value.code == "E_KEY_REUSED"


def test_pages_go_from_young_to_old(table):
    ids = [table.submit("convert", SPEC, batch="b" if i % 2 else None, owner="me")[0].id for i in range(7)]
    first = table.list(limit=3, owner="me")
    rest = table.list(limit=10, after=first[-1].id)
    assert sorted([*(j.id for j in first), *(j.id for j in rest)]) == sorted(ids)
    assert {job.id for job in table.list(batch="b")} == set(ids[1::2])
    assert table.list(owner="you") == ()


def test_a_worker_takes_only_its_kinds(table):
    table.submit("convert", SPEC)
    wanted, _ = table.submit("render", SPEC)
    assert table.claim("w", kinds=["render", "turntable"]).id == wanted.id
    assert table.claim("w", kinds=["render"]) is None


def test_what_ended_long_ago_is_forgotten_but_no_number_is_given_twice(tmp_path):
    clock = Clock()
    with JobTable(tmp_path / "jobs.db", clock=clock) as table:
        done = table.submit("convert", SPEC)[0]
        clock.now += 0.001  # two jobs of one moment have no order
        open_ = table.submit("convert", SPEC)[0]
        assert table.claim("w").id == done.id
        assert table.finish(done.id, "w", {})
        last = table.submit("convert", SPEC)[0]
        table.cancel(last.id)
        clock.now += 100
        assert table.forget(older_than_s=1000) == 0
        assert table.forget(older_than_s=50) == 1
        assert table.get(done.id) is None
        assert table.get(open_.id).state == "queued"
        assert table.submit("convert", SPEC)[0].sequence > table.get(last.id).sequence


def test_ids_sort_by_time():
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(len(one) == 26 for one in ids)
    assert [one[:10] for one in ids] == sorted(one[:10] for one in ids)


def test_what_clients_see_names_no_worker_and_no_owner(table):
    table.submit("convert", SPEC, owner="key-7", key="secret-key")
    told = str(table.claim("machine-7").to_json())
    assert "key-7" not in told
    assert "secret-key" not in told
    assert "machine-7" not in told


def test_a_table_of_another_version_is_refused(tmp_path):
    JobTable(tmp_path / "jobs.db").close()
    with sqlite3.connect(tmp_path / "jobs.db") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(BackendError) as error:
        JobTable(tmp_path / "jobs.db")
    assert error.value.code == "E_JOB_TABLE_VERSION"


@pytest.mark.parametrize("content", [b"not a database, but long enough to be looked at" * 30, None])
def test_a_file_that_is_none_is_one_clear_error(tmp_path, content):
    if content is None:
        (tmp_path / "jobs.db").mkdir()
    else:
        (tmp_path / "jobs.db").write_bytes(content)
    with pytest.raises(BackendError) as error:
        JobTable(tmp_path / "jobs.db")
    assert error.value.code == "E_JOB_TABLE"


def take_all(path, worker, told):
    with JobTable(path) as table:
        while (job := table.claim(worker)) is not None:
            assert table.finish(job.id, worker, {"by": worker})
            told.send(job.id)
    told.close()


def test_four_processes_take_each_job_once(tmp_path, table):
    ids = [table.submit("convert", SPEC)[0].id for _ in range(2000)]
    spawn = multiprocessing.get_context("spawn")
    pipes = [spawn.Pipe(duplex=False) for _ in range(4)]
    workers = [spawn.Process(target=take_all, args=(table.path, f"w{i}", mouth)) for i, (_, mouth) in enumerate(pipes)]
    for worker in workers:
        worker.start()
    taken = []
    for ear, mouth in pipes:
        mouth.close()
        while True:
            try:
                taken.append(ear.recv())
            except EOFError:
                break
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert sorted(taken) == sorted(ids)
    assert table.counts()["done"] == 2000
    assert all(job.attempt == 1 for job in table.list(limit=5000))
