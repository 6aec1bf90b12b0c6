"""What a process and all its descendants cost (Linux, from /proc): processor time and memory."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

_TICKS = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """Return the process and all its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, open_ = [], [root]
    while open_:
        found.append(open_.pop())
        open_ += children.get(found[-1], [])
    return found


def command_of(pid: int) -> bytes:
    """Return the command line of a process, its words apart by zeros; empty once it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def alive(pid: int) -> bool:
    """Return whether a process is there and no zombie."""
    fields = _stat(pid)
    return bool(fields) and fields[0] != "Z"


def cpu_of_tree(root: int) -> float:
    """Return the processor seconds (user + system, all threads) that a tree has taken so far, its ended children included."""
    ticks = 0
    for pid in tree(root):
        if fields := _stat(pid):
            ticks += sum(int(value) for value in fields[11:15])  # utime, stime, cutime, cstime: proc(5)
    return ticks / _TICKS


class Memory(NamedTuple):
    """Megabytes of a tree: `pss_mb` counts a page that n processes share as 1/n each, `rss_mb` n times."""

    pss_mb: float
    rss_mb: float


def memory_of_tree(root: int) -> Memory:
    """Return the memory that a tree holds now."""
    pss = rss = 0
    for pid in tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:  # ended meanwhile
            continue
        values = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
        pss += values.get("Pss", 0)
        rss += values.get("Rss", 0)
    return Memory(pss / 1024, rss / 1024)


class PeakMemory:
    """Sample a tree's memory while the block runs; `peak` is the largest of each figure seen.

    Reading costs the kernel milliseconds per process: never measure processor time in the same block.
    """

    def __init__(self, root: int, *, every_s: float = 0.1) -> None:
        self.peak = Memory(0.0, 0.0)
        self._root, self._every_s, self._stop = root, every_s, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            now = memory_of_tree(self._root)
            self.peak = Memory(max(self.peak.pss_mb, now.pss_mb), max(self.peak.rss_mb, now.rss_mb))
            if self._stop.wait(self._every_s):
                return


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name: state, parent, ...; empty if the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()
