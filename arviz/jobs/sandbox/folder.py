"""The folder of one run: inputs to read, results to look at before they are believed, and its removal whatever lies in it.

Nothing in it is followed, opened or descended into without being looked at first (lstat).
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path, PurePosixPath

from arviz.core.errors import BackendError, InputError, LimitError
from arviz.jobs.sandbox.limits import ContainedLimits

_PART_BYTES = 255
_INPUT_DEPTH = 16


def make(root: Path, inputs: Mapping[str, Path], *, user: int) -> Path:
    """Return a new folder below `root` with copies of `inputs` in ``in/``; ``out/``, ``tmp/`` and the file ``words`` are `user`'s.

    Copies and no links: a child that got around everything else must not reach the file that others will read.
    """
    for name in inputs:
        _check_name(name)
    folder = root / f"run-{secrets.token_hex(13)}"
    try:
        folder.mkdir()
        folder.chmod(0o711)  # whatever the umask: another user must get through
        for name in ("in", "out", "tmp"):
            (folder / name).mkdir()
        (folder / "words").touch()
        for name, source in inputs.items():
            target = folder / "in" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            target.chmod(0o444)
        for place, _, _ in os.walk(folder / "in"):
            os.chmod(place, 0o755)
        if user != os.geteuid():
            for name in ("out", "tmp", "words"):
                os.chown(folder / name, user, user)
    except OSError as error:
        remove(folder)
        raise BackendError(
            "E_SANDBOX_FOLDER", "the folder of a contained run cannot be made", found=error.strerror, hint="Check the free space."
        ) from error
    return folder


def _check_name(name: str) -> None:
    parts = PurePosixPath(name).parts
    plain = name and name == "/".join(parts) and "\\" not in name and name.isprintable() and len(parts) <= _INPUT_DEPTH
    if not plain or any(part in ("..", "/") or len(part.encode()) > _PART_BYTES for part in parts):
        raise InputError("E_NAME", "not a usable name for an input", expected="a relative path without ..", found=repr(name)[:80])


def within(folder: Path, limits: ContainedLimits) -> None:
    """Raise LimitError if what a run has written, scratch files too, is more than it may."""
    for _ in _walk([folder / "out", folder / "tmp"], limits):
        pass


def results(folder: Path, limits: ContainedLimits) -> dict[str, Path]:
    """Return the files below ``out/`` by their relative path, with ``/``.

    Raises
    ------
    BackendError
        ``E_CHILD_FILE``: something there is no regular file, has a second name, or a name that cannot be shown.
    LimitError
        ``E_LIMIT_OUT_FILES``, ``E_LIMIT_OUT_BYTES``, ``E_LIMIT_OUT_DEPTH``.
    """
    out = folder / "out"
    found = {}
    for path, info in _walk([out], limits):
        if stat.S_ISDIR(info.st_mode):
            continue
        name = path.relative_to(out).as_posix()
        if not stat.S_ISREG(info.st_mode):
            raise _refuse(_KINDS.get(stat.S_IFMT(info.st_mode), "something else"))
        if info.st_nlink != 1:
            raise _refuse("a file with a second name")
        if not name.isprintable():
            raise _refuse("a name that cannot be shown")
        found[name] = path
    return dict(sorted(found.items()))


_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
}


def _refuse(found: str) -> BackendError:
    return BackendError("E_CHILD_FILE", "a contained process left something that is no plain file", expected="regular files", found=found)


def _walk(places: list[Path], limits: ContainedLimits) -> Iterator[tuple[Path, os.stat_result]]:
    count = size = 0
    open_ = [(place, 1) for place in places]
    while open_:
        place, depth = open_.pop()
        if depth > limits.out_depth:
            raise LimitError("E_LIMIT_OUT_DEPTH", "a contained job writes folders too deep", expected=f"at most {limits.out_depth} levels")
        try:
            entries = list(islice(os.scandir(place), limits.out_files + 1))
        except FileNotFoundError:  # gone meanwhile
            continue
        except PermissionError as error:
            raise _refuse("a folder that cannot be read") from error
        for entry in entries:
            with suppress(FileNotFoundError):
                info = entry.stat(follow_symlinks=False)
                count += 1
                size += info.st_size
                if count > limits.out_files:
                    raise LimitError("E_LIMIT_OUT_FILES", "a contained job writes too many files", expected=f"at most {limits.out_files:,}")
                if size > limits.out_bytes:
                    raise LimitError("E_LIMIT_OUT_BYTES", "a contained job writes too much", expected=f"at most {limits.out_bytes:,} bytes")
                if stat.S_ISDIR(info.st_mode):
                    open_.append((Path(entry.path), depth + 1))
                yield Path(entry.path), info


def remove(folder: Path) -> None:
    """Remove a folder of any depth, whatever its names, as far as it is ours.

    ``shutil.rmtree`` ends in a RecursionError on a thousand levels. Here each folder's content is moved up first.
    """
    moved = secrets.token_hex(8)
    number = 0
    with suppress(OSError):
        while entries := list(os.scandir(folder)):
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                    continue
                os.chmod(entry.path, 0o700)
                for child in list(os.scandir(entry.path)):
                    number += 1
                    os.rename(child.path, folder / f"{moved}.{number}")
                os.rmdir(entry.path)
        folder.rmdir()
