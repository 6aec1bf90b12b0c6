"""What may end the process is tried in a child, and a good answer is paid for once."""

import os
import time

import pytest

from arviz.core.errors import BackendError, DependencyError
from arviz.core.probe import child, probed


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Return a function that writes a module which this process and its children can import."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path))

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        return name

    return write


def test_a_child_says_what_it_printed_or_why_it_did_not():
    lines, _, status = child("import sys; print('a'); print(sys.argv[1])", "b")
    assert (lines, status) == (["a", "b"], 0)
    assert child("raise RuntimeError('no such thing')").trouble == "RuntimeError: no such thing"
    assert child("import time; time.sleep(9)", limit_s=0.1)[1:] == ("no answer within 0.1 s", None)


def test_an_abort_is_an_error_that_names_the_package(module, tmp_path):
    name = module("arviz_test_aborts", "import os; os.abort()")
    with pytest.raises(BackendError, match="the package some-wheel ends the process") as caught:
        probed(name, package="some-wheel", cache=tmp_path / "cache")
    assert caught.value.code == "E_ABORTS"
    assert "signal 6" in caught.value.found


def test_what_is_missing_is_named_with_the_command(module, tmp_path):
    with pytest.raises(DependencyError) as caught:
        probed("arviz_test_not_there", package="some-wheel", cache=tmp_path / "cache")
    assert caught.value.code == "E_MISSING_PACKAGE"
    assert caught.value.hint == "Run `pip install some-wheel`."
    name = module("arviz_test_lacks", "raise OSError('libusb-1.0.so.0: cannot open shared object file')")
    with pytest.raises(DependencyError, match="cannot be used") as caught:
        probed(name, package="some-wheel", cache=tmp_path / "cache")
    assert "libusb" in caught.value.found


def test_a_good_answer_is_kept_until_the_package_changes(module, tmp_path):
    """The second child would see the marker and fail: it must not run, but for the changed file it must."""
    marker, cache = tmp_path / "ran", tmp_path / "cache"
    text = f"import pathlib; p = pathlib.Path({os.fspath(marker)!r}); assert not p.exists(), 'again'; p.touch()"
    name = module("arviz_test_once", text)
    probed(name, package="some-wheel", cache=cache)
    probed(name, package="some-wheel", cache=cache)
    os.utime(tmp_path / f"{name}.py", (time.time() + 5, time.time() + 5))
    with pytest.raises(DependencyError, match="again"):
        probed(name, package="some-wheel", cache=cache)
