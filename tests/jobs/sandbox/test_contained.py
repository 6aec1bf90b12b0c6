"""What a contained child cannot reach, each tried by really doing it."""

from __future__ import annotations

import mimetypes
import os
import select
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from arviz.jobs.sandbox.readable import readable
from tests.jobs.sandbox import works

NEEDED = {
    *("PATH", "LANG", "HOME", "TMPDIR", "XDG_CACHE_HOME", "LC_CTYPE", "MALLOC_ARENA_MAX"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("LIBGL_ALWAYS_SOFTWARE", "EGL_PLATFORM", "MESA_SHADER_CACHE_DISABLE"),
    *("ARVIZ_OFFLINE", "ARVIZ_MODELS_DIR"),
}
MINE = {"own": "done", "scratch": "done", "move": "done", "system": "done"}


def test_files_of_others_are_out_of_reach(sandbox, run, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("mine")
    outside.chmod(0o666)
    tmp_path.chmod(0o777)
    with sandbox.run(works.name(works.echo), {}, inputs={"a": outside}, timeout_s=60) as other:
        other.folder.chmod(0o777)  # what keeps others out must not be the mode
        told = run(works.reach_files, {"a": outside}, outside=str(outside), elsewhere=str(other.folder))
        assert sorted(os.listdir(other.folder / "out")) == ["a"]
    if not sandbox.level.user_namespace:
        told.pop("stat elsewhere")  # Landlock alone does not hide that a folder is there
    assert {what: said for what, said in told.items() if said == "done"} == MINE
    assert outside.read_text() == "mine"
    assert outside.stat().st_mode & 0o777 == 0o666


def test_what_python_knows_of_suffixes_may_be_read(tmp_path, monkeypatch):
    """Open3D reads these files when it is imported: a refusal once ended every child that put glasses on."""
    told = tmp_path / "mime.types"
    told.touch()
    monkeypatch.setattr(mimetypes, "knownfiles", [str(told), str(tmp_path / "none")])
    assert told in readable(())
    assert tmp_path / "none" not in readable(())


@pytest.fixture
def listening(tmp_path):
    """Sockets of this machine that take whatever comes: their addresses, and a function that names those that were spoken to."""
    abstract = f"arviz-{os.getpid()}"
    path = str(tmp_path / "socket")
    with ExitStack() as stack:
        made = {"tcp": stack.enter_context(socket.create_server(("127.0.0.1", 0)))}
        for name, family, kind, address in (
            ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("path", socket.AF_UNIX, socket.SOCK_STREAM, path),
            ("abstract", socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract),
        ):
            made[name] = stack.enter_context(socket.socket(family, kind))
            made[name].bind(address)
            if family == socket.AF_UNIX:
                made[name].listen()
        tmp_path.chmod(0o777)
        os.chmod(path, 0o777)
        addresses = {"tcp": made["tcp"].getsockname()[1], "udp": made["udp"].getsockname()[1], "path": path, "abstract": abstract}
        yield addresses, lambda: {name for name, each in made.items() if select.select([each], [], [], 0)[0]}


def test_the_network_is_out_of_reach(run, listening):
    addresses, spoken_to = listening
    told = run(works.reach_network, **addresses)
    assert [what for what, said in told.items() if said == "done"] == []
    assert spoken_to() == set()


def test_the_attempts_are_real(tmp_path, listening):
    """Outside of the sandbox the same calls succeed; else the test above would prove nothing."""
    addresses, spoken_to = listening
    told = works.reach_network({}, addresses, tmp_path, None)
    assert {told[what] for what in ("tcp", "udp", "bind", "path", "abstract", "netlink")} == {"done"}
    assert spoken_to() == {"tcp", "udp", "path", "abstract"}


def test_processes_are_out_of_reach(run):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        told = run(works.reach_processes, pids=[os.getpid(), other.pid])
        assert other.poll() is None
        other.kill()
    assert {what for what, said in told.items() if said == "done"} == {"thread", "signal to itself"}


def test_a_child_has_nothing_but_what_it_needs(sandbox, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with sandbox.run(works.name(works.look_around), {"secret": 1}, inputs={}, timeout_s=60) as done:
        told = done.result
    assert not {name for name in told["environment"] if name not in NEEDED}
    assert not any("secret" in text for text in (*told["initial"], *told["command"]))
    assert told["status"]["CapEff"] == told["status"]["CapPrm"] == told["status"]["CapInh"] == "0" * 16
    assert told["status"]["NoNewPrivs"] == "1"
    assert told["status"]["Seccomp"] == "2"
    assert told["status"]["Threads"] == "1"
    places = [place.partition(":")[0] for place in told["descriptors"].values() if not place.startswith("/proc/")]
    assert sorted(places) == sorted(["/dev/null", "pipe", "socket", *[str(done.folder / "words")] * 2])
