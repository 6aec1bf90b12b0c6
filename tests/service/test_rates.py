"""Buckets of requests, with a clock that we turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import BusyError
from arviz.service.rates import Rates


@given(st.integers(1, 100), st.lists(st.floats(0, 5), max_size=200))
def test_never_more_than_a_full_bucket_and_what_flows_in(per_minute, pauses):
    now = [0.0]
    rates = Rates(per_minute, clock=lambda: now[0])
    taken = 0
    for pause in pauses:
        now[0] += pause
        try:
            left = int(rates.take("a")["RateLimit-Remaining"])
        except BusyError:
            continue
        taken += 1
        assert 0 <= left < per_minute
    assert taken <= per_minute + now[0] * per_minute / 60.0 + 1e-6


def test_keys_have_buckets_of_their_own_that_fill_again():
    now = [0.0]
    rates = Rates(2, clock=lambda: now[0])
    rates.take("a"), rates.take("a"), rates.take("b")
    with pytest.raises(BusyError) as caught:
        rates.take("a")
    assert "30 s" in caught.value.hint
    now[0] += 30.0
    rates.take("a")
