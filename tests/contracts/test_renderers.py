"""Every registered renderer keeps the contract."""

import pytest

from arviz.core.errors import DependencyError
from arviz.render.renderer import RENDERERS, Renderer
from arviz.testing.contracts import RendererContract

EXTRAS = {"mitsuba"}
"""Engines that an extra brings: only these may be absent."""


@pytest.fixture(scope="module", params=list(RENDERERS))
def renderer(request):
    try:
        renderer = RENDERERS.get(request.param)()
    except DependencyError as error:
        if request.param not in EXTRAS:
            raise
        pytest.skip(f"{error} {error.hint}")
    with renderer:
        assert isinstance(renderer, Renderer)
        yield renderer


class TestEveryRenderer(RendererContract):
    """The contract, asked of each."""
