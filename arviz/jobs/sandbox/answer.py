"""What a contained child tells, looked at before it is believed: progress, a result or an error, as lines of JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arviz.core.errors import ArvizError, BackendError, LimitError, error_from_json
from arviz.core.json_document import parse_json
from arviz.core.limits import Limits
from arviz.jobs.sandbox.limits import ContainedLimits

_WHERE = "answer of a contained process"
_TEXT = 1000
_STAGE = 80
"""Characters of a text, and of a stage's name."""


class Answer:
    """Lines as they come in; `result` or `error` once the last one has.

    Parameters
    ----------
    limits : ContainedLimits
        ``answer_bytes`` counts.
    progress : callable, optional
        Called with a fraction and a stage's name.
    """

    def __init__(self, *, limits: ContainedLimits, progress: Callable[[float, str], object] | None = None) -> None:
        self._most = limits.answer_bytes
        self._progress = progress
        self._bytes = 0
        self._parts: list[bytes] = []
        self.result: dict[str, Any] | None = None
        self.error: ArvizError | None = None

    def feed(self, data: bytes) -> None:
        """Take what was read."""
        self._bytes += len(data)
        if self._bytes > self._most:
            raise LimitError(
                "E_LIMIT_ANSWER_BYTES", "a contained process tells more than it may", expected=f"at most {self._most:,} bytes", where=_WHERE
            )
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._line(b"".join([*self._parts, line]))
            self._parts = []
        self._parts.append(rest)

    def _line(self, line: bytes) -> None:
        told = parse_json(line, where=_WHERE, refuse=_refuse, limits=Limits(json_bytes=self._most))
        match told:
            case _ if self.result is not None or self.error is not None:
                raise _refuse(_WHERE, "nothing after the answer", "more")
            case {"progress": (int() | float()) as fraction, "stage": str(stage)} if 0 <= fraction <= 1 and _plain(stage, _STAGE):
                if self._progress is not None:
                    self._progress(float(fraction), stage)
            case {"result": dict(result)}:
                self.result = result
            case {"error": dict(error)}:
                self.error = _error(error)
            case _:
                raise _refuse(_WHERE, "progress, a result or an error", "something else")


def _error(told: dict[str, Any]) -> ArvizError:
    try:
        return error_from_json({name: _sendable(value) if isinstance(value, str) else value for name, value in told.items()})
    except ValueError as error:
        raise _refuse(_WHERE, "an error of arviz", "something else") from error


def _sendable(text: str) -> str:
    """Return a text as UTF-8 can have it: half of a surrogate pair, which JSON may hold, would make the job that failed unreadable."""
    return text[:_TEXT].encode("utf-8", "replace").decode()


def _plain(text: str, most: int) -> bool:
    return len(text) <= most and (text.isprintable() or not text)


def _refuse(where: object, expected: str, found: str) -> ArvizError:
    return BackendError("E_CHILD_ANSWER", "a contained process gave no proper answer", where=where, expected=expected, found=found)
