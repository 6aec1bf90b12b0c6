"""Every registered engine keeps the contract."""

from __future__ import annotations

import os

import pytest

from arviz.core.errors import ArvizError
from arviz.core.processors import usable_processors
from arviz.jobs.engines import ENGINES, engine_for
from arviz.testing.engine_contract import EngineContract, Square, warmed


@pytest.fixture(scope="module")
def engine():
    with engine_for("local:2", heat=warmed) as opened:
        yield opened


class TestLocal(EngineContract):
    """The contract, asked of processes of this machine."""


def test_all_names_are_asked():
    assert set(ENGINES) == {"local", "tcp", "tls"}


@pytest.mark.parametrize("address", ["local:0", "local:x", "local:-1", "nobody", "", "local:99999"])
def test_addresses_that_are_none(address):
    with pytest.raises(ArvizError) as error:
        engine_for(address)
    assert error.value.code in ("E_ENGINE_ADDRESS", "E_UNKNOWN_NAME")


def test_a_closed_engine_says_so():
    engine = engine_for("local:1")
    assert engine.submit(Square(3), timeout_s=60).result(60)["square"] == 9
    engine.close()
    engine.close()
    with pytest.raises(ArvizError):
        engine.submit(Square(3), timeout_s=60)


def cold():
    raise RuntimeError("nothing opens here")


def test_a_worker_that_cannot_be_warmed_works_all_the_same():
    with engine_for("local:1", heat=cold) as engine:
        assert engine.submit(Square(3), timeout_s=60).result(60)["square"] == 9


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors are not given to processes here")
def test_it_takes_the_processors_that_it_may_use():
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        with engine_for("local") as engine:
            assert engine.slots == 1
    finally:
        os.sched_setaffinity(0, allowed)
    with engine_for("local") as engine:
        assert engine.slots == usable_processors() <= len(allowed)
