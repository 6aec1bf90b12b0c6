"""How much one key may ask: a token bucket each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from arviz.core.errors import BusyError

_MOST = 100_000


class Rates:
    """Buckets that fill by `per_minute` / 60 tokens a second and hold a minute's worth.

    Parameters
    ----------
    per_minute : int
        Requests a minute, on average; as many may come at once.
    clock : callable
        Seconds that only grow.
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, who: str) -> dict[str, str]:
        """Take a token; return the headers that say what is left (IETF draft ratelimit-headers-07).

        Raises
        ------
        BusyError
            ``E_RATE``: none is left.
        """
        now, most = self._clock(), float(self.per_minute)
        tokens, then = self._buckets.get(who, (most, now))
        tokens = min(most, tokens + (now - then) * most / 60.0)
        if len(self._buckets) >= _MOST and who not in self._buckets:
            self._forget(now)
        if tokens < 1.0:
            self._buckets[who] = (tokens, now)
            wait = math.ceil((1.0 - tokens) * 60.0 / most)
            error = BusyError(
                "E_RATE",
                "too many requests with this key",
                expected=f"at most {self.per_minute} a minute",
                hint=f"Ask again in {wait} s, or wait for jobs with `Prefer: wait=20`.",
            )
            error.retry_after_s = wait
            raise error
        self._buckets[who] = (tokens - 1.0, now)
        reset = math.ceil((most - tokens + 1.0) * 60.0 / most)
        return {"RateLimit-Limit": str(self.per_minute), "RateLimit-Remaining": str(int(tokens - 1.0)), "RateLimit-Reset": str(reset)}

    def _forget(self, now: float) -> None:
        # A bucket that has had a minute to fill is full again: whoever owns it is as good as new.
        self._buckets = {who: bucket for who, bucket in self._buckets.items() if now - bucket[1] < 60.0}
