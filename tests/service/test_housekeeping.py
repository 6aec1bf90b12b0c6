"""What is old goes, what is named stays."""

from __future__ import annotations

import os
import time

import pytest

from arviz.jobs.store import Store
from arviz.jobs.table import JobTable
from arviz.service.housekeeping import FORGET_AFTER_S, sweep


@pytest.fixture
def shop(tmp_path):
    with JobTable(tmp_path / "jobs.db") as table:
        yield Store(tmp_path / "store"), table


def aged(store, *, days):
    """Make everything in a store look older."""
    then = time.time() - days * 86400
    for path in store.root.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def test_blobs_go_that_nothing_names(shop):
    store, table = shop
    named, of_job, result, lost = (store.put(text).id for text in (b"asset", b"job", b"result", b"lost"))
    store.put_document("assets", "a" * 26, {"files": {"glb": named}})
    job, _ = table.submit("check", {"inputs": {"source": of_job}, "options": {}})
    table.claim("w")
    table.finish(job.id, "w", {"files": {"picture": result}})
    assert sweep(store, table) == 0  # all are young
    aged(store, days=8)
    assert sweep(store, table) == 1
    assert [store.exists(blob) for blob in (named, of_job, result, lost)] == [True, True, True, False]


def test_pictures_and_results_go_after_a_month_and_assets_stay(shop):
    store, table = shop
    blobs = [store.put(kind.encode()).id for kind in ("assets", "derived", "pictures")]
    for kind, blob in zip(("assets", "derived", "pictures"), blobs, strict=True):
        store.put_document(kind, "x", {"blob": blob})
    aged(store, days=20)
    assert sweep(store, table) == 0
    aged(store, days=FORGET_AFTER_S / 86400 + 1)
    assert sweep(store, table) == 2
    assert [store.exists(blob) for blob in blobs] == [True, False, False]
    assert list(store.documents("pictures")) == []
