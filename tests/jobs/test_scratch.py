"""Folders of workers: removed with their process, and never by another that starts at the same time."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from arviz.jobs import scratch
from arviz.jobs.scratch import scratch_folder


def test_what_a_killed_process_left_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    left = tmp_path / "arviz-worker-left"
    left.mkdir()
    (left / "lock").touch()
    with scratch_folder(tmp_path) as first, scratch_folder(tmp_path) as second:
        assert {*tmp_path.iterdir()} == {first, second}
    assert [*tmp_path.iterdir()] == []


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
