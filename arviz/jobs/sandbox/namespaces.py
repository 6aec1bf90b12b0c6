"""Namespaces: a network with nothing in it, and for each child a user namespace in which it alone is counted and sees one folder."""

from __future__ import annotations

import os
from pathlib import Path

from arviz.jobs.sandbox.kernel import checked

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWNET = 0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x40000000
_NOSUID, _NODEV, _BIND = 2, 4, 4096


def enter_nowhere() -> None:
    """Leave the network, System V objects and the host's name behind. This process must have one thread."""
    _enter(_NEWNET | _NEWIPC | _NEWUTS)


def enter_alone(root: Path, folder: Path, *, content: Path | None = None) -> None:
    """Move this process, which must have one thread, where `folder` is all that lies in `root`, and its threads are counted apart.

    `content` is what `folder`, which need not be there then, shows; default: itself.
    """
    _enter(_NEWNS)
    opened = os.open(content or folder, os.O_PATH | os.O_CLOEXEC)
    try:
        _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "size=64k,mode=711")
        folder.mkdir()
        _mount(f"/proc/self/fd/{opened}", folder, "", _BIND, "")
    finally:
        os.close(opened)


def _enter(kinds: int) -> None:
    user, group = os.geteuid(), os.getegid()
    checked("unshare", _NEWUSER | kinds)
    for file, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path("/proc/self", file).write_text(text)


def _mount(source: str, target: Path, kind: str, flags: int, options: str) -> None:
    checked("mount", source.encode(), os.fsencode(target), kind.encode(), flags, options.encode())
