"""Where the output goes may be narrow, full, or gone: the exit code stays true and nothing falls over."""

import json
import os
import subprocess
import sys

import pytest

from tests.cli.command_line import arviz, environment
from tests.formats.test_read import BOX

full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full on this system")


@pytest.fixture
def chair(tmp_path):
    path = tmp_path / "椅子ü.obj"
    path.write_text(BOX.replace("v ", "o Möbel\nv ", 1), encoding="utf-8")
    return path


def redirected(*arguments, **streams):
    """Run ``arviz`` with stdout or stderr going elsewhere; return (code, stderr)."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    done = subprocess.run([sys.executable, "-m", "arviz", *map(str, arguments)], text=True, timeout=300, check=False, **streams)
    return done.returncode, done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_unicode(chair, encoding):
    options = {"env": environment(PYTHONIOENCODING=encoding, PYTHONUTF8="0"), "encoding": "utf-8" if encoding == "ascii" else encoding}
    people, programs = (arviz("inspect", chair, *more, **options) for more in ([], ["--json"]))
    assert (people.code, programs.code) == (0, 0), people.err
    assert "4 x 1 x 2" in people.out
    assert ("椅" in people.out) if encoding == "ascii" else ("\\u6905" in people.out)  # click takes ASCII for a mistake
    assert json.loads(programs.out)["file"] == chair.name
    assert arviz("inspect", chair.parent / "没有.obj", **options).code == 3


@full
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["inspect", "--help"], ["inspect"], ["inspect", "--json"]])
def test_a_full_disk_is_one_line(chair, arguments):
    if arguments[0] == "inspect" and "--help" not in arguments:
        arguments = [*arguments, chair]
    with open("/dev/full", "w") as target:
        code, err = redirected(*arguments, stdout=target)
    assert code == 6
    assert err.startswith("error: stdout: ")
    assert len(err.splitlines()) == 1


@full
@pytest.mark.parametrize(("arguments", "expected"), [(["inspect", "missing.obj"], 3), (["inspect", "--nonsense"], 2)])
def test_complaints_that_nobody_hears_keep_the_exit_code(arguments, expected):
    with open("/dev/full", "w") as target:
        code, _ = redirected(*arguments, stderr=target)
    assert code == expected


@pytest.mark.parametrize("arguments", [["--help"], ["inspect"], ["inspect", "--json"]])
def test_a_reader_that_goes_away_is_no_error(chair, arguments):
    read, write = os.pipe()
    os.close(read)
    code, err = redirected(*arguments, *([chair] if "inspect" in arguments else []), stdout=write)
    os.close(write)
    assert (code, err) == (0, "")


def test_piped_names_are_never_cut(tmp_path):
    name = "a-very-long-name-of-a-part-" * 8 + "end"
    (tmp_path / "a.obj").write_text(BOX.replace("v ", f"o {name}\nv ", 1))
    done = arviz("inspect", tmp_path / "a.obj", env=environment(COLUMNS="60"))
    assert sum(name in line for line in done.out.splitlines()) == 1
    assert not any(line.endswith(" ") for line in done.out.splitlines())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user for whom permissions count")
def test_a_file_without_permission_is_unusable_input(chair):
    chair.chmod(0)
    done = arviz("inspect", chair)
    assert done.code == 3
    assert "E_FILE_UNREADABLE" in done.err
