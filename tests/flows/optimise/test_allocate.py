"""Bytes go where they lessen error most: never above a limit, and as small as trying everything finds."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.flows.optimise.allocate import Part, allocate, load, size
from tests.seeds import drawn_seed

SEED = drawn_seed("allocate")


@st.composite
def files(draw):
    """Draw parts whose error falls as their bytes rise."""
    random = np.random.default_rng((SEED, draw(st.integers(0, 10**6))))
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        count = draw(st.integers(1, 4))
        loads = np.sort(random.uniform(0, 1, (count, 2)), axis=0)[::-1]
        parts.append(Part(np.sort(random.uniform(1, 100, count)), loads))
    return parts


@given(files(), st.floats(0.1, 2))
def test_no_limit_is_broken_and_nearly_nothing_is_smaller(parts, most):
    chosen = allocate(parts, most=most)
    every = [choice for choice in product(*(range(len(part.bytes)) for part in parts)) if load(parts, choice) <= most]
    if chosen is None:
        best = [int(part.loads.max(axis=1).argmin()) for part in parts]
        assert load(parts, best) > most
        return
    assert load(parts, chosen) <= most
    # Lagrange finds the hull of all choices; between its corners others may be smaller, by one step of one part at most.
    step = max(float(np.diff(part.bytes).max(initial=0)) for part in parts)
    largest = max(float(part.bytes[-1] - part.bytes[0]) for part in parts)
    assert size(parts, chosen) <= min(size(parts, choice) for choice in every) + max(step, largest)


def test_more_room_is_not_larger_but_for_one_step():
    random = np.random.default_rng(SEED)
    parts = [Part(np.cumsum(random.uniform(1, 9, 6)), np.sort(random.uniform(0, 1, (6, 3)), axis=0)[::-1]) for _ in range(5)]
    sizes = [size(parts, chosen) for most in np.linspace(0.5, 5, 20) if (chosen := allocate(parts, most=most)) is not None]
    assert len(sizes) > 5
    # What one price leaves is filled step by step: another start may leave one more open.
    step = max(float(np.diff(part.bytes).max()) for part in parts)
    assert all(after <= before + step for before, after in pairwise(sizes))
    assert sizes[-1] == pytest.approx(sum(part.bytes[0] for part in parts))


def test_what_one_price_leaves_is_filled():
    one = Part(np.array([10.0, 90.0, 100.0]), np.array([[1.0], [0.9], [0.0]]))  # the middle way lies above the hull
    assert allocate([one], most=0.95) == (1,)
    assert allocate([one], most=0.5) == (2,)
