"""The depth of a photo hides what lies behind it, softly, and nothing where it is unknown."""

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.material import Material
from arviz.core.scene import Item, Scene
from arviz.render.gl.renderer import GlRenderer
from arviz.render.gl.targets import bytes_per_pixel
from arviz.render.photo_depth import SOFT_M, TOLERANCE_M
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import plane
from tests.render.scenes import FURNACE, SMALL, front_pose

OPTIONS = RenderOptions(tone_map="none", depth=True, normals=True, ids=True)
WALL = plane(width_m=2, height_m=2, material=Material(extensions={"KHR_materials_unlit": {}}))


def seen(gl, hidden, *, camera=SMALL, options=OPTIONS):
    scene = Scene(items=(Item(asset=WALL),), lighting=FURNACE)
    return gl.render(scene, camera, world_from_camera=front_pose(), options=options, hidden_behind_m=hidden)


@pytest.mark.parametrize("samples", [1, 4, 16])
def test_the_share_follows_the_formula(gl, samples):
    """A wall at 0.5 m behind a ramp of depths: 1 - smoothstep(0, 3 cm, z - d - 1 cm), column by column."""
    depth = np.broadcast_to(np.linspace(0.44, 0.52, SMALL.width_px, dtype=np.float32), (SMALL.height_px, SMALL.width_px))
    layer = seen(gl, depth, options=RenderOptions(tone_map="none", normals=True, ids=True, samples=samples))
    t = np.clip((0.5 - depth - TOLERANCE_M) / SOFT_M, 0, 1)
    share = 1 - t * t * (3 - 2 * t)
    np.testing.assert_allclose(layer.colour, np.repeat(share[..., None], 4, axis=2), atol=1e-3)
    clear = np.abs(share - 0.5) > 1e-3
    np.testing.assert_array_equal((layer.ids > 0)[clear], (share > 0.5)[clear])
    np.testing.assert_array_equal(np.isfinite(layer.depth_m), layer.ids > 0)
    np.testing.assert_array_equal(layer.normals.any(axis=2), layer.ids > 0)


@pytest.mark.parametrize("unknown", [np.nan, 0, -1, np.inf, -np.inf])
def test_unknown_depth_hides_nothing(gl, unknown):
    hidden = np.full((SMALL.height_px, SMALL.width_px), unknown, np.float32)
    np.testing.assert_array_equal(seen(gl, hidden).colour, seen(gl, None).colour)


def checkers():
    """Return a depth image whose 10 px squares are near and far in turn, with one corner marked."""
    y, x = np.mgrid[: SMALL.height_px, : SMALL.width_px]
    depth = np.where((x // 10 + y // 10) % 2, 0.3, 5.0)
    depth[:10, :10] = 0.3
    depth[:10, 10:20] = 0.3
    return depth


def test_every_pixel_has_its_own_depth(gl):
    """Squares come out as they are, upright, to the pixel."""
    expected = (checkers() > 1).astype(np.float32)
    np.testing.assert_array_equal(seen(gl, checkers()).colour[..., 3], expected)
    np.testing.assert_array_equal(seen(gl, checkers()).ids, expected)


def test_tiles_read_their_own_part():
    with GlRenderer(target_bytes=64 * 64 * bytes_per_pixel(4)) as tiled:
        np.testing.assert_array_equal(seen(tiled, checkers()).colour[..., 3], checkers() > 1)


def test_a_lens_keeps_the_depth_where_the_photo_has_it(gl):
    """The depth belongs to the distorted picture: squares stay squares, but for the pixels at their edges."""
    camera = Camera(k=SMALL.k, width_px=SMALL.width_px, height_px=SMALL.height_px, distortion=(-0.25, 0.05, 0.001, -0.001, 0.0))
    alpha = seen(gl, checkers(), camera=camera).colour[..., 3]
    y, x = np.mgrid[: SMALL.height_px, : SMALL.width_px]
    inner = (np.minimum(x % 10, 9 - x % 10) >= 1) & (np.minimum(y % 10, 9 - y % 10) >= 1)
    np.testing.assert_allclose(alpha[inner], (checkers() > 1)[inner], atol=1e-3)


@pytest.mark.parametrize("shape", [(10, 10), (SMALL.width_px, SMALL.height_px), (SMALL.height_px, SMALL.width_px, 1)])
def test_another_size_is_refused(gl, shape):
    with pytest.raises(InputError) as caught:
        seen(gl, np.ones(shape))
    assert caught.value.code == "E_HIDDEN_SIZE"
