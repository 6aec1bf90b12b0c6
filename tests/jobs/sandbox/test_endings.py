"""How a run ends: each limit, each way to die, each answer that is none, each file that is none."""

from __future__ import annotations

import os
import threading
import time

import pytest

from arviz.core import errors
from arviz.core.errors import ArvizError, BackendError, InputError, LimitError
from tests.jobs.sandbox import works


def code(run, work, **options):
    """Return the code of the error that a run ends by."""
    with pytest.raises(ArvizError) as caught:
        run(work, **options)
    return caught.value.code


def test_inputs_options_progress_and_files(sandbox, tmp_path):
    told = []
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    inputs = {"sofa.obj": tmp_path / "a", "textures/Eiche hell.png": tmp_path / "b"}
    with sandbox.run(
        works.name(works.echo), {"n": [1, 2.5, None]}, inputs=inputs, timeout_s=60, progress=lambda *now: told.append(now)
    ) as done:
        assert {name: path.read_bytes() for name, path in done.files.items()} == {"sofa.obj": b"one", "textures/Eiche hell.png": b"two"}
        assert done.result["options"] == {"n": [1, 2.5, None]}
        assert done.result["folder"] == str(done.folder)
        assert done.result["inputs"] == [f"{done.folder}/in/{name}" for name in inputs]
    assert told == [(0.5, "half")]
    assert os.listdir(sandbox.root) == []


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../../b", "a//b", "./a", "a\nb", "a\\b", "x" * 300, "a/" * 20 + "b"])
def test_inputs_have_plain_names(sandbox, tmp_path, name):
    (tmp_path / "a").touch()
    with pytest.raises(InputError) as caught:
        sandbox.run(works.name(works.nothing), {}, inputs={name: tmp_path / "a"}, timeout_s=60)
    assert caught.value.code == "E_NAME"


@pytest.mark.parametrize(
    ("work", "options", "expected"),
    [
        (works.hog, {}, "E_LIMIT_MEMORY"),
        (works.hog_natively, {}, "E_LIMIT_MEMORY"),
        (works.hog_shared, {}, "E_LIMIT_MEMORY"),
        (works.spin, {}, "E_LIMIT_CPU"),
        (works.spin, {"deaf": True}, "E_LIMIT_CPU"),
        (works.spin, {"timeout_s": 0.5}, "E_LIMIT_TIME"),
        (works.sleep, {"seconds": 60, "timeout_s": 0.5}, "E_LIMIT_TIME"),
        (works.crash, {}, "E_CHILD_DIED"),
        (works.abort, {}, "E_CHILD_DIED"),
        (works.leave, {"status": 3}, "E_CHILD_DIED"),
        (works.leave, {"status": 0}, "E_CHILD_ANSWER"),
    ],
)
def test_limits_and_deaths(run, work, options, expected):
    assert code(run, work, **options) == expected


def test_a_death_names_its_signal(run):
    for work, options, name in ((works.crash, {}, "SIGSEGV"), (works.abort, {}, "SIGABRT"), (works.signals, {"number": 40}, "signal 40")):
        with pytest.raises(BackendError, match=name):
            run(work, **options)


def test_threads_are_counted(sandbox, run):
    told = run(works.threads, most=100)["threads"]
    assert told == (100 if sandbox.level.root or not sandbox.level.user_namespace else sandbox.limits.threads - 1)


@pytest.mark.parametrize("kind", ["InputError", "FormatError", "LimitError", "DependencyError", "BackendError", "ArvizError"])
def test_errors_cross_whole_and_without_the_folder(run, tmp_path, kind):
    (tmp_path / "a").touch()
    with pytest.raises(ArvizError) as caught:
        run(works.raises, {"a": tmp_path / "a"}, kind=kind)
    error = caught.value
    assert type(error) is getattr(errors, kind)
    assert (error.code, error.what, error.where, error.expected, error.found, error.hint) == (
        "E_TEST",
        "it is so",
        "in/a",
        "1",
        "2",
        "Do it.",
    )


def test_other_exceptions_cross_without_their_words(run):
    with pytest.raises(BackendError, match=r"ValueError at works.py:\d+") as caught:
        run(works.raises, kind="python")
    assert caught.value.code == "E_CHILD_FAILED"
    assert "secret" not in str(caught.value.to_json())


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        *((what, "E_CHILD_ANSWER") for what in ("not json", "nan", "list", "twice", "other", "no line", "pickle")),
        *((what, "E_CHILD_ANSWER") for what in ("bad progress", "bad stage", "bad error", "bad kind")),
        ("deep", "E_LIMIT_JSON_DEPTH"),
        ("gigabyte", "E_LIMIT_ANSWER_BYTES"),
        ("flood", "E_LIMIT_ANSWER_BYTES"),
    ],
)
def test_answers_that_are_none(run, what, expected):
    assert code(run, works.says, what=what) == expected


@pytest.mark.parametrize(("what", "expected"), [("nan", "E_CHILD_FAILED"), ("bytes", "E_CHILD_FAILED"), ("deep", "E_LIMIT_JSON_DEPTH")])
def test_results_that_are_no_json(run, what, expected):
    assert code(run, works.returns, what=what) == expected


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("sparse", "E_LIMIT_OUT_BYTES"),
        ("many sparse", "E_LIMIT_OUT_BYTES"),
        ("scratch", "E_LIMIT_OUT_BYTES"),
        ("files", "E_LIMIT_OUT_FILES"),
        ("name", "E_CHILD_FILE"),
    ],
)
def test_files_that_are_too_much(sandbox, run, what, expected):
    assert code(run, works.fills, what=what) == expected
    assert os.listdir(sandbox.root) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read(run):
    assert code(run, works.fills, what="hidden") == "E_CHILD_FILE"


def test_folders_too_deep(sandbox, run):
    """1,100 levels are more than a path may name and than Python may recurse."""
    assert code(run, works.fills, what="deep") in ("E_LIMIT_OUT_DEPTH", "E_LIMIT_OUT_FILES")
    assert os.listdir(sandbox.root) == []


def test_a_function_that_is_not_allowed(sandbox):
    with pytest.raises(BackendError) as caught:
        sandbox.run("os:system", {}, inputs={}, timeout_s=60)
    assert caught.value.code == "E_NOT_ALLOWED"


def test_cancelled_long_before_its_end(run):
    cancelled = threading.Event()
    timer = threading.Timer(0.3, cancelled.set)
    timer.start()
    begun = time.monotonic()
    assert code(run, works.sleep, seconds=60, timeout_s=60, cancelled=cancelled) == "E_CANCELLED"
    assert time.monotonic() - begun < 45


def test_an_exception_of_the_listener_ends_the_run(run):
    def progress(fraction, stage):
        raise KeyError(stage)

    with pytest.raises(KeyError, match="sleeps"):
        run(works.sleep, seconds=60, timeout_s=60, progress=progress)


def test_a_child_that_hides_its_end_is_ended(run):
    begun = time.monotonic()
    with pytest.raises((BackendError, LimitError)):
        run(works.says, what="silent", timeout_s=2)
    assert time.monotonic() - begun < 45


def test_an_input_that_is_not_there(sandbox, tmp_path):
    with pytest.raises(BackendError) as caught:
        sandbox.run(works.name(works.nothing), {}, inputs={"a": tmp_path / "a"}, timeout_s=60)
    assert caught.value.code == "E_SANDBOX_FOLDER"
    assert os.listdir(sandbox.root) == []
