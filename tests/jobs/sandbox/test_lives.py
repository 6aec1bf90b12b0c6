"""Who outlives whom: parent, zygote, children; several runs at once; machines that contain less."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from arviz.core.errors import BackendError
from arviz.jobs.sandbox.level import SandboxLevel
from arviz.jobs.sandbox.sandbox import Sandbox
from tests.bench.processes import alive, command_of, tree
from tests.jobs.sandbox import works

ROOT = Path(__file__).resolve().parents[3]


def holder(folder, *options, before=(), python=sys.executable, **more):
    """Start a process that holds a sandbox; return it."""
    command = [*before, python, "-m", "tests.jobs.sandbox.holder", str(folder), *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def gone(pids, within_s=60.0):
    """Return whether all of these processes end."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if not any(map(alive, pids)):
            return True
        time.sleep(0.05)
    return False


def test_zygote_and_children_die_with_the_parent(sandbox, tmp_path):
    with holder(tmp_path, "--sleep") as process:
        assert json.loads(process.stdout.readline())["contained"]
        assert process.stdout.readline() == "sleeps\n"
        below = [pid for pid in tree(process.pid) if pid != process.pid]
        assert len(below) >= 2  # the zygote and the child, and bubblewrap's two
        process.kill()
        assert gone(below)


def zygote_of(pid):
    """Return the process that forks: the one whose command runs arviz."""
    return next(each for each in tree(pid) if b"zygote" in command_of(each) and each != pid and not wraps(each))


def wraps(pid):
    return b"bwrap" in os.path.basename(command_of(pid).split(b"\0")[0])


def test_a_zygote_that_is_killed_ends_this_run_and_not_the_next(tmp_path):
    with holder(tmp_path, "--sleep") as process:
        process.stdout.readline()
        assert process.stdout.readline() == "sleeps\n"
        zygote = zygote_of(process.pid)
        children = [pid for pid in tree(zygote) if pid != zygote]
        os.kill(zygote, signal.SIGKILL)
        assert json.loads(process.stdout.readline())["code"] == "E_SANDBOX_DIED"
        assert json.loads(process.stdout.readline()) == {}
        assert process.wait(60) == 0
        assert gone(children)


def test_a_zygote_that_is_killed_between_runs(run):
    assert run(works.nothing) == {}
    below = [pid for pid in tree(os.getpid())[1:] if wraps(pid) or b"zygote" in command_of(pid)]
    for pid in below:  # this process may have other children
        with suppress(ProcessLookupError):  # bubblewrap takes its own along
            os.kill(pid, signal.SIGKILL)
    assert gone(below)
    assert run(works.nothing) == {}


def test_runs_at_once(run, tmp_path):
    """Each thread gets its own answer, whatever the others' end like."""

    def one(number):
        if number % 4 == 3:
            with pytest.raises(BackendError):
                run(works.crash)
            return number
        (tmp_path / str(number)).write_text(str(number))
        told = run(works.echo, {"a": tmp_path / str(number)}, number=number)
        assert told["options"] == {"number": number}
        return number

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(40))) == list(range(40))


def test_a_run_outlives_the_thread_that_opened_the_sandbox(tmp_path, sandbox):
    """The kernel's "die with the parent" means the parent's thread."""
    other = Sandbox(tmp_path, functions=[works.name(works.nothing)], preload=())
    with ThreadPoolExecutor(1) as pool:
        pool.submit(other.__enter__).result()
    time.sleep(0.2)
    with other:
        zygote = zygote_of(os.getpid())
        assert other.run(works.name(works.nothing), {}, inputs={}, timeout_s=60).result == {}
        assert os.path.exists(f"/proc/{zygote}")


def test_a_closed_sandbox_runs_nothing(tmp_path, sandbox):
    with Sandbox(tmp_path, functions=[works.name(works.nothing)], preload=()) as other:
        below = set(tree(os.getpid()))
    assert gone(below - set(tree(os.getpid())))
    with pytest.raises(BackendError) as caught:
        other.run(works.name(works.nothing), {}, inputs={}, timeout_s=60)
    assert caught.value.code == "E_SANDBOX_CLOSED"


def needs(*programs):
    """Skip where a program is missing."""
    if missing := [program for program in programs if shutil.which(program) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")


def test_where_nothing_contains_files_of_strangers_are_refused(tmp_path):
    """A processor whose system calls are not known: here the same one under another name."""
    needs("setarch")
    with holder(tmp_path, before=["setarch", "i686"]) as process:
        told = json.loads(process.stdout.readline())
    assert told["code"] == "E_NOT_CONTAINED"
    with holder(tmp_path, "--allow-uncontained", before=["setarch", "i686"]) as process:
        assert not json.loads(process.stdout.readline())["contained"]
        assert json.loads(process.stdout.readline()) == {}


def test_where_user_namespaces_are_off_landlock_and_seccomp_remain(tmp_path, sandbox):
    needs("unshare", "setpriv")
    off = 'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all --inh-caps=-all "$@"'
    before = ["unshare", "--user", "--map-root-user", "sh", "-c", off, "sh"]
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("user namespaces are off here")
    with holder(tmp_path, before=before) as process:
        level = json.loads(process.stdout.readline())
        assert json.loads(process.stdout.readline()) == {}
    assert level["contained"]
    assert (level["bubblewrap"], level["user_namespace"], level["network"]) == (False, False, "seccomp")


def test_as_an_ordinary_user():
    """What `make test` does where root does not run it."""
    needs("setpriv")
    if os.geteuid() != 0:
        pytest.skip("this is one")
    before = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    places = {"PYTHONPATH": os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")]), "PYTHONDONTWRITEBYTECODE": "1"}
    pythons = (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}")
    again = "import subprocess, sys, numpy; subprocess.run([sys.executable, '-c', ''], check=True)"
    tried = {each: subprocess.run([*before, each, "-c", again], env=places, capture_output=True, check=False) for each in pythons}
    python = next((each for each, done in tried.items() if done.returncode == 0), None)
    if python is None:
        pytest.skip("no interpreter that another user may run")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        os.chown(folder, 65534, 65534)
        with holder(folder, before=before, python=python, env=places) as process:
            told, trouble = process.communicate()
    assert trouble == ""
    level, result = map(json.loads, told.splitlines())
    assert level["contained"]
    assert not level["root"]
    assert result == {}


@pytest.mark.parametrize(
    ("level", "contained", "network"),
    [
        (SandboxLevel(), False, "none"),
        (SandboxLevel(landlock_abi=7), False, "landlock"),
        (SandboxLevel(landlock_abi=3, seccomp=True), True, "seccomp"),
        (SandboxLevel(seccomp=True, user_namespace=True), False, "seccomp"),
        (SandboxLevel(bubblewrap=True, seccomp=True, network_namespace=True), False, "namespace"),
        (SandboxLevel(bubblewrap=True, seccomp=True, network_namespace=True, user_namespace=True), True, "namespace"),
        (SandboxLevel(bubblewrap=True, network_namespace=True), False, "namespace"),
    ],
)
def test_levels(level, contained, network):
    assert (level.contained, level.network) == (contained, network)
