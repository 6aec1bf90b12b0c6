"""Every registered renderer keeps the contract."""

import pytest

from arviz.render.renderer import RENDERERS, Renderer
from arviz.testing.contracts import RendererContract


@pytest.fixture(scope="module", params=list(RENDERERS))
def renderer(request):
    with RENDERERS.get(request.param)() as renderer:
        assert isinstance(renderer, Renderer)
        yield renderer


class TestEveryRenderer(RendererContract):
    """The contract, asked of each."""
