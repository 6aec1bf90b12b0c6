"""Nothing outside the file's folder is opened and no network is touched: the kernel's word (strace), not Python's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.hostile.inspect_all import MARK
from tests.hostile.manifest import ROOT, entries, folder

SYSTEM = (
    "/dev/null",
    "/dev/urandom",
    "/dev/shm/",
    "/proc/self/",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/sys/",
    "/usr/",
    "/lib",
    "/etc/ld.so",
    "/etc/localtime",
)
"""What the interpreter and its libraries open for themselves."""
OPENED = re.compile(r'(?:openat\([^,]+, |open\()"((?:[^"\\]|\\.)*)"')
_OWN = re.compile(rf"{re.escape(tempfile.gettempdir())}/arviz-(read|usd)-\w+(/|$)")
"""The private folder of `arviz.formats.apart`, which holds what a native library reads and its answer."""
_TRIED = re.compile(rf'"{re.escape(tempfile.gettempdir())}/\w{{8}}", [^)]*O_CREAT\|O_EXCL')
"""How `tempfile` of a new process tries a folder out: a file that nobody had."""
_LISTED = re.compile(rf'"{re.escape(str(ROOT))}(/arviz)?", [^)]*O_DIRECTORY')
"""Where a new process looks for modules."""
_MOVED = re.compile(r'(\d+) +chdir\("([^"]+)"\) += 0')
_BORN = re.compile(r"(\d+) +(?:<\.\.\. )?(?:clone3?|v?fork)\b.*= (\d+)$")
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
    """Return (entry, line, working folder) for every file or network call made while that entry was inspected and checked."""
    if reason := why_not():
        pytest.skip(reason)
    log = tmp_path_factory.mktemp("strace") / "log"
    traced = ["strace", "-f", "-s", "4096", "-e", "trace=open,openat,openat2,socket,connect,chdir,clone,clone3,fork,vfork", "-o", str(log)]
    program = [sys.executable, "-m", "tests.hostile.inspect_all"]
    done = subprocess.run([*traced, *program], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    out: list[tuple[str, str, Path]] = []
    entry = None
    lines = log.read_text("utf-8", errors="replace").splitlines()
    folders = working_folders(lines)
    for line in lines:
        opened = OPENED.search(line)
        if opened and opened[1].startswith(MARK):
            entry = opened[1].removeprefix(MARK)
        elif entry is not None and entry != "end":
            out.append((entry, line, folders(line.split()[0])))
    assert entry == "end"
    return out


def working_folders(lines):
    """Return a function that tells by the number of a thread in which folder its process works; none leaves its folder twice."""
    moved, parents = {}, {}
    for line in lines:
        if match := _MOVED.match(line):
            moved[match[1]] = Path(match[2])
        elif match := _BORN.match(line):
            parents[match[2]] = match[1]

    def folder_of(thread):
        while thread not in moved and thread in parents:
            thread = parents[thread]
        return moved.get(thread, ROOT)

    return folder_of


def test_the_watch_sees_what_is_opened(calls):
    """Every entry's own file is in the log: a watch that sees nothing proves nothing."""
    seen = {(entry, Path(match[1]).name) for entry, line, _ in calls if (match := OPENED.search(line))}
    assert {(file, Path(file).name) for file, _ in entries()} <= seen


def test_nothing_outside_the_folder_is_opened(calls):
    ours = [ROOT / name for name in ("arviz", "assets", "calibration", "arviz3d.egg-info")]
    prefixes = (*SYSTEM, *(f"{place}/" for place in (sys.prefix, sys.base_prefix, *ours)))
    strange = set()
    for entry, line, working in calls:
        match = OPENED.search(line)
        if match is None or _TRIED.search(line) or _LISTED.search(line) or _OWN.match(path := os.path.normpath(working / match[1])):
            continue
        if not path.startswith(prefixes) and not Path(path).resolve().is_relative_to((folder() / entry).parent.resolve()):
            strange.add((entry, match[1]))
    assert strange == set()


def test_no_network_is_touched(calls):
    assert [(entry, line) for entry, line, _ in calls if _NETWORK.search(line)] == []
