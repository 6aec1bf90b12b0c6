"""Turntables from the window: drawn elsewhere, told how far they are, stopped, never half-written."""

import time
from pathlib import Path

import pytest

from arviz.core.errors import InputError
from arviz.flows.long_tasks import LongTasks
from arviz.flows.turntable import turntable

qt = pytest.importorskip("PySide6.QtTest", reason="the extra [desktop] is not installed")

from PySide6.QtCore import Qt  # noqa: E402

RUG = Path(__file__).parents[2] / "assets" / "products" / "rug" / "rug.glb"
SMALL = {"frames": 5, "width": 48, "height": 32}


def finished(tasks: LongTasks) -> list:
    """Ask until it is over; return all answers."""
    answers = [tasks.turntable_progress()]
    end = time.monotonic() + 60
    while answers[-1].running:
        assert time.monotonic() < end
        time.sleep(0.002)
        answers.append(tasks.turntable_progress())
    return answers


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_it_is_the_clip_that_the_command_writes(tmp_path, suffix):
    expected = tmp_path / f"expected{suffix}"
    turntable(RUG, out=expected, **SMALL)
    with LongTasks() as tasks:
        tasks.start_turntable(RUG, tmp_path / f"found{suffix}", **SMALL)
        answers = finished(tasks)
    assert (tmp_path / f"found{suffix}").read_bytes() == expected.read_bytes()
    assert answers[-1].done.frames == answers[-1].drawn == 5
    counts = [answer.drawn for answer in answers]
    assert counts == sorted(counts)


@pytest.mark.parametrize("leave", [False, True])
def test_one_that_is_stopped_leaves_nothing(tmp_path, leave):
    with LongTasks() as tasks:
        tasks.start_turntable(RUG, tmp_path / "clip.webp", frames=2000, width=48, height=32)
        with pytest.raises(InputError, match="being drawn"):
            tasks.start_turntable(RUG, tmp_path / "other.webp", **SMALL)
        if not leave:
            assert tasks.stop_turntable().stopped
            tasks.start_turntable(RUG, tmp_path / "again.webp", **SMALL)
            assert finished(tasks)[-1].done is not None
    assert [path.name for path in tmp_path.iterdir()] == ([] if leave else ["again.webp"])


def test_what_cannot_be_written_is_told(tmp_path):
    with LongTasks() as tasks:
        tasks.start_turntable(RUG, tmp_path / "clip.avi", **SMALL)
        assert finished(tasks)[-1].error.code == "E_VIDEO_FORMAT"


def test_from_the_window(window, until, tmp_path):
    there = tmp_path / "there.webp"
    there.write_bytes(b"mine")
    window.do("file.turntable", there)
    until(lambda: window.message)
    assert "exists" in window.message
    assert there.read_bytes() == b"mine"
    assert not window.turntable.isVisible()
    path = tmp_path / "clip.webp"
    window.do("file.turntable", path)
    until(lambda: window.turntable.bar.value() >= 1)
    assert window.turntable.bar.maximum() == 36
    shown = window.seen
    window.do("camera.front")  # the window works on meanwhile
    until(lambda: window.seen is not shown)
    assert window.turntable.isVisible()
    qt.QTest.mouseClick(window.turntable.button, Qt.MouseButton.LeftButton)
    until(lambda: not window.turntable.isVisible())
    assert not path.exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["there.webp"]
    assert "stopped" in window.message
