"""How a contained run ended, and the error that this is."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from arviz.core.errors import ArvizError, BackendError, LimitError
from arviz.jobs.sandbox.answer import Answer
from arviz.jobs.sandbox.limits import ContainedLimits

_WORDS_BYTES = 4096
_NO_MEMORY = (b"bad_alloc", b"Cannot allocate memory", b"out of memory", b"Out of memory", b"MemoryError")
"""What libraries say on stderr before they end a process that got no memory. Nothing else is read from there."""


def trouble(ended: dict[str, Any] | None, answer: Answer, folder: Path, limits: ContainedLimits) -> ArvizError | None:
    """Return the error that a run ended by, None if its answer can be taken. `ended` is the zygote's word, None if it has none."""
    if ended is None:
        return BackendError("E_SANDBOX_DIED", "the sandbox's process was ended while it worked", hint="Try again.")
    status = ended["status"]
    if ended["late"]:
        return LimitError("E_LIMIT_TIME", "this takes longer than a contained job may", hint="Make the file smaller, or try again later.")
    if status == 0:
        if answer.error is None and answer.result is None:
            return BackendError("E_CHILD_ANSWER", "a contained process gave no proper answer", found="none")
        return answer.error
    if status == -signal.SIGXCPU or (status == -signal.SIGKILL and ended["cpu_s"] >= limits.cpu_s):
        expected = f"at most {limits.cpu_s} s"
        return LimitError(
            "E_LIMIT_CPU", "this takes more processor time than a contained job may", expected=expected, hint="Make the file smaller."
        )
    if any(words in _last_words(folder) for words in _NO_MEMORY):
        return LimitError("E_LIMIT_MEMORY", "this needs more memory than a contained job may take", hint="Make the file smaller.")
    found = _signal(-status) if status < 0 else f"exit status {status}"
    return BackendError(
        "E_CHILD_DIED", "a contained process died", found=found, hint="The file is damaged, or of a kind that breaks its reader."
    )


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_words(folder: Path) -> bytes:
    with open(folder / "words", "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _WORDS_BYTES))
        return file.read(_WORDS_BYTES)
