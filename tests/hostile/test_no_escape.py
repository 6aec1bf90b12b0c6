"""Nothing outside the file's folder is opened and no network is touched: the kernel's word (strace), not Python's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.inspect_all import MARK
from tests.hostile.manifest import ROOT, entries, folder

SYSTEM = ("/dev/null", "/dev/urandom", "/dev/shm/", "/proc/self/", "/proc/meminfo", "/proc/cpuinfo", "/sys/", "/usr/", "/lib", "/etc/ld.so")
"""What the interpreter and its libraries open for themselves."""
OPENED = re.compile(r'(?:openat\([^,]+, |open\()"((?:[^"\\]|\\.)*)"')
_NETWORK = re.compile(r"(?:socket|connect)\([^)]*\b(?:AF_|PF_)INET6?\b")


def why_not() -> str | None:
    """Return why system calls cannot be watched here, or None."""
    if not entries():
        return f"no shared test data in {folder()}"
    if shutil.which("strace") is None:
        return "strace is not installed"
    probe = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return None if probe.returncode == 0 else f"strace may not trace here: {probe.stderr.strip()[-200:]}"


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """Return (entry, line) for every file or network call made while that entry was inspected and checked."""
    if reason := why_not():
        pytest.skip(reason)
    log = tmp_path_factory.mktemp("strace") / "log"
    traced = ["strace", "-f", "-s", "4096", "-e", "trace=open,openat,openat2,socket,connect", "-o", str(log)]
    program = [sys.executable, "-m", "tests.hostile.inspect_all"]
    done = subprocess.run([*traced, *program], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    out: list[tuple[str, str]] = []
    entry = None
    for line in log.read_text("utf-8", errors="replace").splitlines():
        opened = OPENED.search(line)
        if opened and opened[1].startswith(MARK):
            entry = opened[1].removeprefix(MARK)
        elif entry is not None and entry != "end":
            out.append((entry, line))
    assert entry == "end"
    return out


def test_the_watch_sees_what_is_opened(calls):
    """Every entry's own file is in the log: a watch that sees nothing proves nothing."""
    seen = {(entry, Path(match[1]).name) for entry, line in calls if (match := OPENED.search(line))}
    assert {(file, Path(file).name) for file, _ in entries()} <= seen


def test_nothing_outside_the_folder_is_opened(calls):
    ours = [ROOT / name for name in ("arviz", "assets", "calibration", "arviz3d.egg-info")]
    prefixes = (*SYSTEM, *(f"{place}/" for place in (sys.prefix, sys.base_prefix, *ours)))
    strange = set()
    for entry, line in calls:
        match = OPENED.search(line)
        if match is None:
            continue
        path = os.path.normpath(ROOT / match[1])  # the program runs in ROOT
        if not path.startswith(prefixes) and not Path(path).resolve().is_relative_to((folder() / entry).parent.resolve()):
            strange.add((entry, match[1]))
    assert strange == set()


def test_no_network_is_touched(calls):
    assert [(entry, line) for entry, line in calls if _NETWORK.search(line)] == []
