"""Memory stays where it is: pictures, cameras, sizes and assets come and go."""

import gc

import numpy as np
import psutil
import pytest

from arviz.core.material import Material, TextureInfo
from arviz.render.gl.renderer import GlRenderer
from arviz.testing.shapes import sphere, textured
from tests.render.scenes import draw, front_camera


@pytest.mark.slow
def test_a_hundred_pictures_do_not_grow_the_process():
    """A new textured asset every picture, two sizes in turn: at most 10 MB more after a warm-up of 40."""
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3)).astype(np.uint8)
    process = psutil.Process()
    with GlRenderer(budget_bytes=8 * 2**20) as renderer:
        for frame in range(140):
            if frame == 40:
                gc.collect()
                before = process.memory_info().rss
            body = textured(sphere(material=Material(base_color_texture=TextureInfo(texture=0))), noise)
            draw(renderer, body, camera=front_camera(size_px=64 + 64 * (frame % 2)))
        gc.collect()
        assert process.memory_info().rss - before <= 10 * 2**20
