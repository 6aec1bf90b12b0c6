"""Folders of workers: removed with their process, and never by another that starts at the same time."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from arviz.core.errors import BackendError
from arviz.jobs import scratch
from arviz.jobs.local import LocalEngine
from arviz.jobs.scratch import scratch_folder
from arviz.testing.engine_contract import Square


@pytest.mark.parametrize("made", [["lock"], ["lock", "work"], []])
def test_what_a_killed_process_left_goes_and_what_is_in_use_stays(tmp_path: Path, made: list[str]) -> None:
    left = tmp_path / "arviz-worker-left"
    left.mkdir()
    for name in made:
        (left / name).touch()
    with scratch_folder(tmp_path) as first, scratch_folder(tmp_path) as second:
        assert {*tmp_path.iterdir()} == {first, second}
    assert [*tmp_path.iterdir()] == []


class Held:
    """What a worker holds open: a folder."""

    def __init__(self, base: Path) -> None:
        self._open = ExitStack()
        self._open.enter_context(scratch_folder(base))

    def close(self) -> None:
        self._open.close()


def end(told: object) -> None:
    """Die of what no process hears of."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")
def test_what_a_killed_worker_left_goes_although_no_task_follows(tmp_path: Path) -> None:
    with LocalEngine("local:1", heat=partial(Held, tmp_path)) as engine:
        assert engine.submit(Square(3), timeout_s=60).result(60)["square"] == 9
        (left,) = tmp_path.iterdir()
        with pytest.raises(BackendError):
            engine.submit(end, timeout_s=60).result(60)
        until = time.monotonic() + 60
        while left.exists():
            assert time.monotonic() < until
            time.sleep(0.02)


@pytest.mark.parametrize("ended", [True, False])
def test_a_folder_taken_for_left_before_it_is_locked_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: bool) -> None:
    """Another process finds the folder between its making and its lock; it has removed it by then, or is about to."""
    real, taken = scratch.locked, []
    with ExitStack() as other:

        def late(file):
            if not taken:
                taken.append(Path(file.name).parent)
                assert real(other.enter_context(open(file.name, "rb+")))
                if ended:
                    Path(file.name).unlink()
                    other.close()
            return real(file)

        monkeypatch.setattr(scratch, "locked", late)
        with scratch_folder(tmp_path) as folder:
            assert (folder / "lock").exists()
            assert folder not in taken


def test_a_folder_that_is_gone_before_it_has_a_lock_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, taken = scratch.tempfile.mkdtemp, []

    def removed_at_first(**options: object) -> str:
        made = real(**options)
        if not taken:
            taken.append(Path(made))
            taken[0].rmdir()
        return made

    monkeypatch.setattr(scratch.tempfile, "mkdtemp", removed_at_first)
    with scratch_folder(tmp_path) as folder:
        assert [*tmp_path.iterdir()] == [folder]
        assert folder not in taken
