"""Every registered renderer keeps the contract."""

import pytest

from arviz.core.errors import DependencyError
from arviz.render.renderer import RENDERERS, Renderer
from arviz.testing.contracts import RendererContract


@pytest.fixture(scope="module", params=list(RENDERERS))
def renderer(request):
    try:
        renderer = RENDERERS.get(request.param)()
    except DependencyError as error:  # an extra that is not installed; the engine's own tests ask for this message
        pytest.skip(f"{error} {error.hint}")
    with renderer:
        assert isinstance(renderer, Renderer)
        yield renderer


class TestEveryRenderer(RendererContract):
    """The contract, asked of each."""
