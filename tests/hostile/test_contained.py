"""Every bad or odd file through the sandbox: it ends as outside of it, and the kernel saw nothing opened elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from arviz.core.errors import BackendError, DependencyError
from arviz.jobs.sandbox.sandbox import Sandbox
from tests.hostile.contain_all import judge, part
from tests.hostile.manifest import ROOT, ends_well, entries
from tests.hostile.test_no_escape import OPENED, SYSTEM, why_not
from tests.jobs.sandbox import works

ENTRIES = entries()
SOON = set(part())


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    try:
        with Sandbox(tmp_path_factory.mktemp("sandbox"), functions=[works.name(works.judge)]) as made:
            yield made
    except (DependencyError, BackendError) as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("file", "kind"), [pytest.param(*entry, id=entry[0], marks=() if entry[0] in SOON else pytest.mark.slow) for entry in ENTRIES]
)
def test_it_ends_inside_as_outside(sandbox, file, kind):
    for command, code, findings, said in judge(sandbox, file, ["inspect", "check"]):
        assert ends_well(kind, command, code, findings), f"{command}: exit {code}, {said}"


@pytest.mark.slow
@pytest.mark.parametrize(("file", "kind"), ENTRIES, ids=[file for file, _ in ENTRIES])
def test_convert_ends_inside_as_outside(sandbox, file, kind):
    ((command, code, findings, said),) = judge(sandbox, file, ["convert"])
    assert ends_well(kind, command, code, findings), f"{command}: exit {code}, {said}"


_CALL = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")


def test_the_kernel_saw_no_file_elsewhere_and_no_socket(tmp_path):
    """After it is contained a child opens files of its own folder and of the system, and asks for no socket."""
    if reason := why_not():
        pytest.skip(reason)
    traced = ["strace", "-f", "-s", "4096", "-o", str(tmp_path / "log")]
    traced += ["-e", "trace=open,openat,openat2,socket,connect,clone,fork,vfork,execve,landlock_restrict_self"]
    program = [sys.executable, "-m", "tests.hostile.contain_all", str(tmp_path / "runs")]
    done = subprocess.run([*traced, *program], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    inside, opened, strange = set(), set(), set()
    ours = (*SYSTEM, sys.prefix, sys.base_prefix, *(str(ROOT / name) for name in ("arviz", "assets", "calibration", "tests")))
    for line in (tmp_path / "log").read_text("utf-8", errors="replace").splitlines():
        call = _CALL.match(line)
        if call is None:
            continue
        pid, name, arguments, result = call.groups()
        if name == "landlock_restrict_self":
            inside.add(pid)
        elif pid in inside and name == "clone":
            inside.add(result)  # a thread
        elif pid in inside and (path := OPENED.search(line)):
            opened.add(path[1])
            if int(result) >= 0 and not path[1].startswith((*ours, str(tmp_path / "runs"))) and path[1].startswith("/"):
                strange.add(path[1])
        elif pid in inside and not (name == "vfork" and int(result) < 0):  # formats.apart asks for a process, and may not have it
            strange.add(f"{name}({arguments})")
    assert strange == set()
    assert len({path for path in opened if "/in/" in path}) >= len(part())
