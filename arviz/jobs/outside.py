"""Errors of this machine, as strangers are told them: without its paths and addresses, which go to the log alone."""

from __future__ import annotations

import logging

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
