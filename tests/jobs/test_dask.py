"""A real Dask cluster keeps the contract of engines."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import pytest

from arviz.core.errors import BackendError
from arviz.core.resources import resource
from arviz.jobs.engines import engine_for
from arviz.jobs.runner import Runner
from arviz.jobs.store import Store
from arviz.jobs.table import JobTable
from arviz.testing.engine_contract import EngineContract, Square, warmed
from tests.jobs.cluster import cluster


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    pytest.importorskip("distributed")
    with cluster(tmp_path_factory.mktemp("cluster")) as there, engine_for(there.address, heat=warmed) as opened:
        workers_are_there(opened, 2)
        yield opened


def workers_are_there(engine, count):
    until = time.monotonic() + 90
    while engine.slots < 2 * count:
        assert time.monotonic() < until, "the workers do not come"
        time.sleep(0.5)


@pytest.mark.slow
class TestDask(EngineContract):
    """The contract, asked of a scheduler with two workers from the command line."""


def manifest(folder, engine, *, kill=False):
    """Convert a product, draw it and judge it; return what came of each job as sorted lines."""
    source = resource("assets", "products", "lamp", "lamp.glb")
    store = Store(folder / "store")
    blob = store.put(source).id
    stop = threading.Event()
    with JobTable(folder / "jobs.db") as table:
        thread = threading.Thread(target=Runner(table, store, engine).run, args=[stop])
        thread.start()
        try:
            first = table.submit("convert", {"inputs": {"source": blob}, "options": {"name": "Lamp"}})[0].id
            ended(table, [first])
            asset = table.get(first).result["asset"]
            ids = [
                table.submit("render", {"inputs": {"asset": asset}, "options": {"width": 48, "height": 48, "orbit": f"{turn}deg 75deg"}})[
                    0
                ].id
                for turn in range(0, 360, 15)
            ]
            ids.append(table.submit("check", {"inputs": {"source": blob}, "options": {}})[0].id)
            ids.append(table.submit("check", {"inputs": {"source": store.put(b"junk").id}, "options": {}})[0].id)
            if kill:
                os.kill(engine.submit(Square(1), timeout_s=60).result(60)["process"], signal.SIGKILL)
            ended(table, ids)
            jobs = [table.get(one) for one in (first, *ids)]
        finally:
            stop.set()
            thread.join()
    states = [job.state for job in jobs]
    assert states == ["done"] * (len(jobs) - 1) + ["failed"], [job.error for job in jobs]
    told = ({"spec": job.spec, "kind": job.kind, "result": job.result, "error": job.error} for job in jobs)
    return sorted(json.dumps(one, sort_keys=True) for one in told)


def ended(table, ids):
    until = time.monotonic() + 240
    while not all(table.get(one).ended for one in ids):
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.slow
def test_the_same_batch_here_and_on_a_cluster_that_loses_a_worker(engine, tmp_path):
    with engine_for("local:2") as local:
        here = manifest(tmp_path / "here", local)
    assert manifest(tmp_path / "there", engine, kill=True) == here


@pytest.mark.slow
def test_nobody_there_is_one_clear_error():
    pytest.importorskip("distributed")
    with pytest.raises(BackendError) as error:
        engine_for("tcp://127.0.0.1:9")
    assert error.value.code == "E_ENGINE"


def test_a_cluster_with_tls_needs_certificates():
    pytest.importorskip("distributed")
    with pytest.raises(BackendError) as error:
        engine_for("tls://127.0.0.1:9")
    assert error.value.code == "E_ENGINE_CERTIFICATES"


@pytest.mark.slow
def test_a_scheduler_that_goes_leaves_no_slots(tmp_path):
    pytest.importorskip("distributed")
    with cluster(tmp_path, workers=1) as there:
        engine = engine_for(there.address)
        assert engine.submit(Square(3), timeout_s=60).result(60)["square"] == 9
    engine._asked = 0.0
    assert engine.slots == 0
    engine.close()
