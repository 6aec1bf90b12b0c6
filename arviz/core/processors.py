"""How many processors this process may use: those that it may run on, and what a container's share of them comes to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import ceil
from pathlib import Path


def usable_processors(root: Path = Path("/")) -> int:
    """Return how many processes keep busy what this one may use of the machine.

    Parameters
    ----------
    root : path
        Of the file system in which Linux says how control groups are set (``/proc/self/cgroup``, ``/sys/fs/cgroup``).
    """
    seen = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # A share of 1.5 processors is used up by two processes.
    return min([seen, *(max(ceil(share), 1) for share in _shares(root))])


def _shares(root: Path) -> Iterator[float]:
    """Yield the processors that each group above this process may use at once, where it is bounded (cgroups(7), v2 and v1)."""
    for folder in _groups(root):
        try:
            if (folder / "cpu.max").exists():
                quota, period = (folder / "cpu.max").read_text().split()
            else:
                quota, period = ((folder / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period"))
            if quota not in ("max", "-1"):
                yield float(quota) / float(period)
        except (OSError, ValueError, ZeroDivisionError):  # no such group in this container's view, or not in words that we know
            continue


def _groups(root: Path) -> Iterator[Path]:
    """Yield the folder of each control group of processors that this process is in, the outermost last.

    A container may see its own group as the outermost, under another path than ``/proc/self/cgroup`` says.
    """
    mounted = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        controllers, _, path = line.partition(":")[2].partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = mounted / ("cpu" if controllers else "")
        own = top / path.strip("/")
        yield from (folder for folder in (own, *own.parents) if folder.is_relative_to(top) and ".." not in folder.parts)
