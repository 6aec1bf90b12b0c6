"""The engine pyrender lives beside ours, and what pyrender does to others is told."""

import os

import numpy as np
import pytest

from arviz.core.errors import BackendError
from arviz.render.gl.renderer import GlRenderer
from tests.render.scenes import PLAIN, draw, tilted

os.environ.setdefault("PYOPENGL_PLATFORM", "egl")  # for pyrender's own OffscreenRenderer below
pytest.importorskip("pyrender")

from arviz.render.pyrender.renderer import PyrenderRenderer


def test_each_outlives_the_other():
    """Opening, drawing with and closing one leaves the other's pictures as they were, in both orders."""
    asset, _ = tilted()
    for first, second in ((GlRenderer, PyrenderRenderer), (PyrenderRenderer, GlRenderer)):
        with first() as outer:
            before = draw(outer, asset, options=PLAIN)
            with second() as inner:
                assert draw(inner, asset, options=PLAIN).colour.any()
                np.testing.assert_array_equal(draw(outer, asset, options=PLAIN).colour, before.colour)
            np.testing.assert_array_equal(draw(outer, asset, options=PLAIN).colour, before.colour)


@pytest.mark.parametrize("engine", [GlRenderer, PyrenderRenderer])
def test_a_lost_context_is_an_error_not_an_old_picture(engine):
    """pyrender's own off-screen renderer ends EGL for the whole process; who was open says so, and a new one works."""
    import pyrender

    asset, _ = tilted()
    with engine() as renderer:
        before = draw(renderer, asset)
        other = pyrender.OffscreenRenderer(8, 8)
        other.render(pyrender.Scene(nodes=[pyrender.Node(camera=pyrender.PerspectiveCamera(1.0))]))
        other.delete()
        with pytest.raises(BackendError) as caught:
            draw(renderer, asset)
        assert caught.value.code == "E_GL_LOST"
    with engine() as renderer:
        np.testing.assert_array_equal(draw(renderer, asset).colour, before.colour)


def test_memory_stays_over_scenes_and_sizes():
    """40 frames over 20 assets and two sizes: what the process holds stops growing."""
    psutil = pytest.importorskip("psutil")
    from arviz.testing.shapes import sphere
    from tests.render.scenes import front_camera

    process = psutil.Process()
    with PyrenderRenderer() as renderer:

        def frames():
            for index in range(20):
                asset = sphere(radius_m=0.05 + 0.001 * index, segments=60)
                for size in (64, 96):
                    draw(renderer, asset, camera=front_camera(size_px=size))
            return process.memory_info().rss

        frames()
        before = frames()
        assert frames() - before < 8 * 2**20
