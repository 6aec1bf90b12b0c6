"""One GL context for all tests of a module."""

import pytest

from arviz.render.gl.renderer import GlRenderer


@pytest.fixture(scope="module")
def gl():
    with GlRenderer() as renderer:
        yield renderer
