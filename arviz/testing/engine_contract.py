"""What every engine must keep.

A test module subclasses `EngineContract` and gives the fixture ``engine``: an open engine with two workers, each made with
``heat=warmed``. The tasks here are small and can do what native code does: hang, and die by a signal.
"""

from __future__ import annotations

import functools
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from arviz.core.errors import BackendError, FormatError, LimitError
from arviz.jobs.engines import Engine, Told

LONG_S = 180.0
"""More than any task here takes."""
SOON_S = 60.0


@functools.cache
def warmed() -> float:
    """Return when this process was warmed."""
    return time.time()


@dataclass(frozen=True)
class Square:
    """Return a square, and who computed it."""

    number: int
    seconds: float = 0.0

    def __call__(self, told: Told) -> dict[str, Any]:
        """Do it, in a worker."""
        time.sleep(self.seconds)
        return {"square": self.number**2, "process": os.getpid(), "warm": warmed.cache_info().currsize == 1}


@dataclass(frozen=True)
class Telling:
    """Tell of each step, then return."""

    steps: int

    def __call__(self, told: Told) -> int:
        """Do it, in a worker."""
        for step in range(self.steps):
            told(step / self.steps, f"step {step}")
            time.sleep(0.02)
        return self.steps


@dataclass(frozen=True)
class Raising:
    """Raise something."""

    error: Callable[[], Exception]

    def __call__(self, told: Told) -> None:
        """Do it, in a worker."""
        raise self.error()


@dataclass(frozen=True)
class Hanging:
    """Write one's process id into a file, then do nothing for a long time."""

    note: Path

    def __call__(self, told: Told) -> None:
        """Do it, in a worker."""
        self.note.write_text(str(os.getpid()))
        time.sleep(LONG_S * 10)


@dataclass(frozen=True)
class Dying:
    """Die as native code dies, each time; note each try."""

    note: Path

    def __call__(self, told: Told) -> None:
        """Do it, in a worker."""
        with open(self.note, "a") as file:
            file.write("x")
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(LONG_S)


def broken() -> Exception:
    """Return an error of ours."""
    return FormatError("E_TRUNCATED", "the file ends too early", where="sofa.glb", expected=12, found=3, hint="Export it again.")


def alien() -> Exception:
    """Return an error that is none of ours, with words that must not come out."""
    return RuntimeError("the content of somebody's file")


def written(path: Path) -> str:
    """Wait until a file has content, and return it."""
    until = time.monotonic() + SOON_S
    while not path.exists() or not path.read_text():
        assert time.monotonic() < until, f"{path.name} is not written"
        time.sleep(0.05)
    return path.read_text()


def gone(process: int) -> None:
    """Wait until a process has ended."""
    until = time.monotonic() + SOON_S
    while True:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        assert time.monotonic() < until, f"process {process} still lives"
        time.sleep(0.05)


class EngineContract:
    """Ask an engine for what `Engine` promises."""

    def test_it_is_an_engine_with_two_workers(self, engine: Engine) -> None:
        """Slots say what is worth to be submitted."""
        assert isinstance(engine, Engine)
        assert engine.slots >= 2

    def test_tasks_run_elsewhere_warm_and_side_by_side(self, engine: Engine) -> None:
        """Each returns its own, from a warmed process that is not this one; two processes take part."""
        futures = [engine.submit(Square(number, 0.05), timeout_s=LONG_S) for number in range(40)]
        results = [future.result(LONG_S) for future in futures]
        assert [result["square"] for result in results] == [number**2 for number in range(40)]
        assert all(result["warm"] for result in results)
        processes = {result["process"] for result in results}
        assert os.getpid() not in processes
        assert len(processes) == 2

    def test_progress_is_told_in_order(self, engine: Engine) -> None:
        """What is told arrives, each to its own task."""
        heard: dict[int, list[tuple[float, str]]] = {5: [], 9: []}
        all_heard = threading.Event()

        def hear(steps: int, share: float, stage: str) -> None:
            heard[steps].append((share, stage))
            if all(len(lines) == count for count, lines in heard.items()):
                all_heard.set()

        futures = [engine.submit(Telling(steps), timeout_s=LONG_S, told=functools.partial(hear, steps)) for steps in heard]
        assert [future.result(LONG_S) for future in futures] == [5, 9]
        assert all_heard.wait(SOON_S) or all(heard.values())  # the last words may be lost, the order may not
        for steps, lines in heard.items():
            assert lines == [(step / steps, f"step {step}") for step in range(len(lines))]

    def test_our_errors_cross_whole(self, engine: Engine) -> None:
        """Code, place, both sides and hint arrive as they were raised."""
        with pytest.raises(FormatError) as error:
            engine.submit(Raising(broken), timeout_s=LONG_S).result(LONG_S)
        assert error.value.to_json() == broken().to_json()  # type: ignore[attr-defined]

    def test_other_errors_are_ours_without_their_words(self, engine: Engine) -> None:
        """A fault says where it was, not what was read."""
        with pytest.raises(BackendError) as error:
            engine.submit(Raising(alien), timeout_s=LONG_S).result(LONG_S)
        assert error.value.code == "E_TASK_FAILED"
        assert "RuntimeError" in str(error.value)
        assert "somebody" not in str(error.value)

    def test_a_task_that_hangs_is_ended(self, engine: Engine, tmp_path: Path) -> None:
        """After its time, by killing it; its worker is replaced."""
        begun = time.monotonic()
        future = engine.submit(Hanging(tmp_path / "pid"), timeout_s=1.0)
        with pytest.raises(LimitError) as error:
            future.result(LONG_S)
        assert error.value.code == "E_LIMIT_TIME"
        assert time.monotonic() - begun < SOON_S
        gone(int(written(tmp_path / "pid")))
        self.assert_it_works(engine)

    def test_a_cancelled_task_is_ended(self, engine: Engine, tmp_path: Path) -> None:
        """Its process ends; one that waits is never begun."""
        running = engine.submit(Hanging(tmp_path / "pid"), timeout_s=LONG_S)
        process = int(written(tmp_path / "pid"))
        engine.cancel(running)
        with pytest.raises(CancelledError):
            running.result(SOON_S)
        gone(process)
        self.assert_it_works(engine)

    def test_a_task_that_kills_its_worker_costs_only_itself(self, engine: Engine, tmp_path: Path) -> None:
        """All others return."""
        bad = engine.submit(Dying(tmp_path / "tries"), timeout_s=LONG_S)
        good = [engine.submit(Square(number, 0.02), timeout_s=LONG_S) for number in range(20)]
        with pytest.raises(BackendError) as error:
            bad.result(LONG_S)
        assert error.value.code in ("E_CHILD_DIED", "E_TASK_KILLS")
        assert [future.result(LONG_S)["square"] for future in good] == [number**2 for number in range(20)]
        self.assert_it_works(engine)

    def test_a_killed_worker_costs_at_most_what_it_did(self, engine: Engine) -> None:
        """Killed from outside in the middle of a batch: all others return."""
        futures = [engine.submit(Square(number, 0.1), timeout_s=LONG_S) for number in range(40)]
        victim = futures[0].result(LONG_S)["process"]
        os.kill(victim, signal.SIGKILL)
        wait(futures, timeout=LONG_S)
        lost = [future for future in futures if future.exception() is not None]
        assert len(lost) <= 1
        assert all(isinstance(future.exception(), BackendError) for future in lost)
        self.assert_it_works(engine)

    def test_an_idle_worker_that_is_killed_costs_nothing_for_long(self, engine: Engine) -> None:
        """The next tasks may meet the break; soon after, all is well."""
        victim = engine.submit(Square(1), timeout_s=LONG_S).result(LONG_S)["process"]
        os.kill(victim, signal.SIGKILL)
        time.sleep(0.5)
        self.assert_it_works(engine)

    def test_workers_killed_at_any_moment_leave_no_task_open(self, engine: Engine) -> None:
        """Idle, while they take a task or while they answer: every future ends, and the engine works on."""
        futures: list[Future[Any]] = []
        for turn in range(12):
            futures += [engine.submit(Square(number), timeout_s=LONG_S) for number in range(3)]
            time.sleep(0.003 * (turn % 4))
            if (first := futures[-3]).done() and first.exception() is None:
                with suppress(ProcessLookupError):
                    os.kill(first.result()["process"], signal.SIGKILL)
        assert wait(futures, timeout=LONG_S).not_done == set()
        assert all(isinstance(future.exception(), BackendError | None) for future in futures)
        self.assert_it_works(engine)

    @staticmethod
    def assert_it_works(engine: Engine) -> None:
        """Tasks return again, after some that may fail."""
        until = time.monotonic() + LONG_S
        while True:
            futures: list[Future[Any]] = [engine.submit(Square(number), timeout_s=LONG_S) for number in range(4)]
            wait(futures, timeout=LONG_S)
            if all(future.exception() is None for future in futures):
                assert [future.result()["square"] for future in futures] == [0, 1, 4, 9]
                return
            assert all(isinstance(future.exception(), BackendError | None) for future in futures)
            assert time.monotonic() < until, "the engine does not recover"
