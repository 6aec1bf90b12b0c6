"""What a service tells of jobs and batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from arviz.client.told import told_error
from arviz.core.errors import ArvizError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """A job as it was when it was asked for."""

    id: str
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float
    """0 to 1, within this attempt."""
    stage: str
    attempt: int
    inputs: Mapping[str, str]
    options: Mapping[str, Any]
    result: Mapping[str, Any] | None
    """What the kind gives: ``asset``, ``files``, a ``report``."""
    error: ArvizError | None
    """Why it failed; also of an attempt that is made again."""
    batch: str | None

    @property
    def ended(self) -> bool:
        """True if nothing more will happen to it unasked."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def files(self) -> tuple[str, ...]:
        """What `Client.file` can be asked for."""
        return tuple((self.result or {}).get("files", ()))

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Return the job of an answer."""
        same = ("id", "kind", "state", "progress", "stage", "attempt", "result", "batch")
        error = None if told["error"] is None else told_error(told["error"])
        return cls(**{name: told[name] for name in same}, inputs=told["spec"]["inputs"], options=told["spec"]["options"], error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """How far a batch is."""

    id: str
    jobs: int
    counts: Mapping[str, int]
    """State -> how many jobs."""
    ended: bool
    """True when no job is queued or running."""
