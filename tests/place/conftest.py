"""Random rooms and their floor plans, drawn once for all tests of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arviz.place.floor.site_of import site_of
from arviz.place.rules import read_rules
from arviz.testing.rooms import height_grid, make_room
from tests.seeds import drawn_seed


@pytest.fixture(scope="session", params=["box", "l_shape", "sloped"])
def drawn(request):
    """Return a random room, its truth with its height grid, and its floor plan."""
    seed = drawn_seed(request.param)
    synthetic = make_room(seed, kind=request.param, views=1)
    room = replace(synthetic.truth(), obstacles=height_grid(synthetic))
    return room, site_of(room, rules=read_rules())
