"""A job as the table knows it: what is asked for, how far it is, and what came of it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from arviz.core.frozen import FrozenDict

State = Literal["queued", "running", "done", "failed", "cancelled"]
STATES: tuple[State, ...] = ("queued", "running", "done", "failed", "cancelled")
ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Job:
    """One row of the table at one moment."""

    id: str
    """A ULID: sorts by the time of its making."""
    kind: str
    spec: FrozenDict
    """``inputs``: name -> ``sha256:...`` or the id of an asset; ``options``: plain JSON."""
    key: str
    """Two jobs of the same key are one."""
    state: State
    priority: int
    attempt: int
    """How often it was begun."""
    max_attempts: int
    progress: float
    """0 to 1, within this attempt."""
    stage: str
    result: FrozenDict | None
    error: FrozenDict | None
    """As `ArvizError.to_json`, with ``title`` and ``status`` as problems have them; also of an attempt that is made again."""
    batch: str | None
    owner: str | None
    worker: str | None
    lease_until_s: float | None
    created_s: float
    updated_s: float
    """Seconds since 1970, UTC."""
    sequence: int
    """Grows with every change of any job: what was seen up to a number is seen."""

    @property
    def ended(self) -> bool:
        """True if nothing more will happen to it unasked."""
        return self.state in ENDED

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form that clients see: neither the owner nor who works on it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "progress": self.progress,
            "stage": self.stage,
            "attempt": self.attempt,
            "spec": self.spec,
            "result": self.result,
            "error": self.error,
            "batch": self.batch,
            "created": _rfc3339(self.created_s),
            "updated": _rfc3339(self.updated_s),
            "sequence": self.sequence,
        }


def new_id() -> str:
    """Return a ULID (github.com/ulid/spec): 48 bits of milliseconds, 80 random bits, Crockford's base 32."""
    number = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
