"""What a service tells of an error, as the error that it was: the same class, code and words as if the work had been done here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from arviz.core.errors import (
    AccessError,
    ArvizError,
    BackendError,
    BusyError,
    ConflictError,
    CredentialsError,
    DependencyError,
    InputError,
    LimitError,
    NotFoundError,
)

_KINDS: Final = {
    kind.http_status: kind
    for kind in (
        InputError,
        NotFoundError,
        ConflictError,
        AccessError,
        CredentialsError,
        LimitError,
        BusyError,
        DependencyError,
        BackendError,
    )
}
_SIDES = ("where", "expected", "found", "hint")


def told_error(told: Mapping[str, Any]) -> ArvizError:
    """Return the error of a problem (RFC 9457) or of a job that failed."""
    return _kind(told.get("status"))(str(told["code"]), str(told["title"]), **{side: told.get(side) for side in _SIDES})


def answer_error(status: int, body: bytes) -> ArvizError:
    """Return the error of an answer; of one that is no problem of a service, as a proxy writes them, what can be said of it."""
    try:
        told = json.loads(body)
        return told_error({**told, "status": status})
    except (ValueError, TypeError, KeyError):
        return _kind(status)(
            "E_SERVICE_ANSWER",
            "this is no answer of a render service",
            found=f"status {status}",
            hint="Look at the address, and at the proxy before the service.",
        )


def _kind(status: object) -> type[ArvizError]:
    if isinstance(status, int) and status in _KINDS:
        return _KINDS[status]
    return InputError if isinstance(status, int) and status < 500 else BackendError
