"""The contained child: gives up what it does not need, calls one function, answers in JSON."""

from __future__ import annotations

import errno
import importlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from arviz.core.absent import absent
from arviz.core.childless import become_childless
from arviz.core.errors import ArvizError, BackendError, LimitError, error_to_json
from arviz.jobs.outside import fault
from arviz.jobs.sandbox import landlock, seccomp
from arviz.jobs.sandbox.kernel import drop_capabilities
from arviz.jobs.sandbox.level import SandboxLevel, Terms
from arviz.jobs.sandbox.limits import bound
from arviz.jobs.sandbox.namespaces import enter_alone
from arviz.jobs.sandbox.readable import DEVICES, OWN_PROCESS

_EVERY_S = 0.1
"""Progress within one stage is told no more often."""


def contain(folder: Path, *, terms: Terms, level: SandboxLevel) -> None:
    """Give up everything but `folder` and what `terms` lets read, in all ways that `level` names; raise OSError where one fails."""
    if level.user_namespace:
        enter_alone(Path(terms.root), folder)
    os.chdir(folder)
    bound(terms.limits)
    if level.landlock_abi or level.seccomp:
        drop_capabilities()
    if level.landlock_abi:
        read = [*map(Path, terms.readable), *DEVICES, *OWN_PROCESS, folder]
        write = [folder / "out", folder / "tmp", Path("/dev/null")]
        allowed = [*((path, landlock.READ) for path in read), *((path, landlock.WRITE) for path in write)]
        landlock.restrict(allowed, version=level.landlock_abi)
    if level.seccomp:
        seccomp.restrict()
        become_childless()


def work(talk: int, *, terms: Terms, level: SandboxLevel) -> NoReturn:
    """Read what is asked from `talk`, do it contained, answer, end this process."""
    status = 1
    try:
        folder = None
        try:
            asked = json.loads(_read_all(talk))
            folder = Path(asked["folder"])
            _settle(folder, talk)
            contain(folder, terms=terms, level=level)
            answer = {"result": _call(asked, folder, terms, talk)}
            told = json.dumps(answer, allow_nan=False)
        except BaseException as error:  # the door of this process: everything becomes an answer
            told = json.dumps({"error": _error(error, folder)})
        _write(talk, told)
        status = 0
    finally:
        os._exit(status)


def _settle(folder: Path, talk: int) -> None:
    """Point the standard streams, the working folder and the folder for scratch files where they may be."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    words = os.open(folder / "words", os.O_WRONLY | os.O_APPEND)
    for stream, to in ((0, nothing), (1, words), (2, words)):
        os.dup2(to, stream)
    os.close(nothing)
    os.close(words)
    os.umask(0o077)
    os.environ.pop("PWD", None)
    os.environ.update(HOME=str(folder / "tmp"), TMPDIR=str(folder / "tmp"))
    tempfile.tempdir = str(folder / "tmp")  # what it found in the zygote it keeps


def _call(asked: dict[str, Any], folder: Path, terms: Terms, talk: int) -> dict[str, Any]:
    function = asked["function"]
    if function not in terms.functions:
        raise BackendError("E_NOT_ALLOWED", "this function is not one that the sandbox runs", found=function)
    module, _, attribute = function.partition(":")
    inputs = {name: folder / "in" / name for name in asked["inputs"]}
    found: dict[str, Any] = getattr(importlib.import_module(module), attribute)(inputs, asked["options"], folder / "out", _progress(talk))
    return found


def _progress(talk: int) -> Callable[[float, str], None]:
    last: tuple[str | None, float] = (None, 0.0)

    def progress(fraction: float, stage: str = "") -> None:
        nonlocal last
        now = time.monotonic()
        if stage != last[0] or now - last[1] >= _EVERY_S:
            last = stage, now
            _write(talk, json.dumps({"progress": float(fraction), "stage": str(stage)}, allow_nan=False))

    return progress


def _error(error: BaseException, folder: Path | None) -> dict[str, str | None]:
    """Return an exception as JSON, without the folder of this run."""
    if not isinstance(error, ArvizError):
        error = _told(error)
    inside = f"{folder}/"
    return {name: value and value.replace(inside, "") for name, value in error_to_json(error).items()}


def _told(error: BaseException) -> ArvizError:
    """Return what a function that failed otherwise is told as: never its words, which may hold what it read."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return LimitError("E_LIMIT_MEMORY", "this needs more memory than a contained job may take", hint="Make the file smaller.")
    if getattr(error, "errno", None) == errno.EFBIG:
        return LimitError("E_LIMIT_OUT_BYTES", "a contained job wrote a larger file than it may", hint="Ask for less.")
    return absent(error) or BackendError("E_CHILD_FAILED", "the work failed in a contained process", found=fault(error))


def _read_all(source: int) -> bytes:
    parts = []
    while part := os.read(source, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _write(target: int, line: str) -> None:
    data = memoryview(line.encode() + b"\n")
    while data:
        data = data[os.write(target, data) :]
