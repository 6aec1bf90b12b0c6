"""Errors as strangers are told them: without this machine's paths and addresses, which go to the log alone; faults without their words."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

from arviz.core.errors import ArvizError

_OF_THE_MACHINE = frozenset({"E_STORE", "E_STORE_FULL", "E_JOB_TABLE", "E_SERVICE_FOLDER"})
"""What disks, clouds and SQLite say: `where` and `found` name folders, buckets and files."""
_log = logging.getLogger(__name__)


def for_outside(error: ArvizError) -> ArvizError:
    """Return an error as clients and anybody who asks whether a service is ready may see it; what they may not is logged."""
    if error.code not in _OF_THE_MACHINE:
        return error
    _log.warning("%s: %s", error.code, error)
    return type(error)(error.code, error.what, expected=error.expected, hint=error.hint)


def fault(error: BaseException) -> str:
    """Return what an exception is and where it was raised, ``ValueError at read.py:12``; never its words, which may hold what was read."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{at}"
