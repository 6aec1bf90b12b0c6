"""bubblewrap around the zygote: a file system in which nothing else is there, no network, processes of its own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from arviz.jobs.sandbox.readable import SYSTEM


def program() -> str | None:
    """Return bubblewrap's path, None where it is not installed."""
    return shutil.which("bwrap") if sys.platform.startswith("linux") else None


def wrapped(command: Sequence[str], *, bwrap: str, root: Path, readable: Iterable[Path]) -> list[str]:
    """Return the command that runs `command` with `readable` to read, `root` to write, and nothing else."""
    words = [bwrap, "--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    words += ["--unshare-cgroup-try"]
    if os.geteuid() == 0:
        # Root has no use for a user namespace, which would hold root alone: the zygote becomes nobody.
        words += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        words += ["--unshare-user"]
    words += ["--proc", "/proc", "--dev", "/dev"]
    readable = list(readable)
    # Told to, it makes folders that everybody can pass; left to itself it copies the mode of what comes to lie below.
    parents = {str(parent) for path in (*readable, root) for parent in path.parents if len(parent.parts) > 1}
    words += [word for parent in sorted(parents - {str(path) for path in readable}) for word in ("--dir", parent)]
    for path in readable:
        words += ["--ro-bind", str(path), str(path)]
    for link in SYSTEM:
        if link.is_symlink():  # /lib -> usr/lib
            words += ["--symlink", os.readlink(link), str(link)]
    words += ["--bind", str(root), str(root)]
    words += ["--remount-ro", "/dev", "--remount-ro", "/"]  # in memory, where no limit would count what is written
    return [*words, "--chdir", str(root), "--", *command]
