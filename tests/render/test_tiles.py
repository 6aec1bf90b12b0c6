"""Large pictures are drawn in tiles, and nobody can tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.errors import LimitError
from arviz.core.frames import look_at
from arviz.core.material import Material, TextureInfo
from arviz.core.scene import Item, Layer
from arviz.render.composite import composite
from arviz.render.gl.renderer import GlRenderer
from arviz.render.gl.targets import bytes_per_pixel
from arviz.render.gl.tiles import tile_camera, tile_size, tiles
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import joined, plane, sphere, textured
from tests.render.scenes import draw


@given(st.integers(1, 900), st.integers(1, 900), st.integers(64, 1024), st.integers(4096, 2**19))
def test_tiles_cover_every_pixel_once(width, height, side, most):
    across, down = tile_size(width, height, most_side_px=side, most_pixels=most)
    assert across <= side
    assert down <= side
    assert across * down <= most
    drawn = np.zeros((height, width), int)
    for tile in tiles(width, height, tile_px=(across, down)):
        drawn[max(tile.y_px, 0) : tile.y_px + tile.height_px, tile.x_px : tile.x_px + tile.width_px] += 1
    assert (drawn == 1).all()


@pytest.mark.parametrize("samples", [1, 4])
def test_a_tiled_picture_is_the_whole_picture(samples):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    picture = Material(base_color_texture=TextureInfo(texture=0), roughness_factor=0.3)
    glass = Material(base_color_factor=(0.2, 0.5, 1, 0.4), alpha_mode="BLEND", double_sided=True)
    asset = textured(joined(sphere(material=picture), plane(width_m=0.2, centre_m=(0.02, 0, 0.06), material=glass)), noise)
    items = (asset, Item(asset=plane(width_m=0.05, height_m=0.3, centre_m=(-0.05, 0, 0.1)), role="occluder"))
    camera = Camera(k=np.array([[620.0, 2, 100.3], [0, 610.0, 90.8], [0, 0, 1]]), width_px=201, height_px=171)
    pose = look_at(np.array([0.2, 0.15, 0.5]), np.zeros(3))
    options = RenderOptions(samples=samples)
    with GlRenderer() as whole, GlRenderer(target_bytes=64 * 64 * bytes_per_pixel(samples)) as tiled:
        expected, found = (draw(gl, *items, camera=camera, pose=pose, options=options) for gl in (whole, tiled))
    assert np.count_nonzero(expected.colour[..., 3]) > 2000
    np.testing.assert_array_equal(np.isfinite(found.depth_m), np.isfinite(expected.depth_m))
    np.testing.assert_allclose(found.depth_m, expected.depth_m, rtol=1e-5)
    # Another projection rounds otherwise: a sample on an edge or a texel of white noise flips here and there.
    off = np.abs(found.colour - expected.colour).max(axis=2)
    assert (off > 1 / 255).mean() <= 2e-4


def test_too_many_pixels_are_refused_before_anything_is_drawn(gl):
    camera = Camera.from_fov(vertical_fov_rad=0.5, width_px=8193, height_px=8192)
    with pytest.raises(LimitError) as caught:
        draw(gl, sphere(), camera=camera)
    assert caught.value.code == "E_LIMIT_PICTURE"


def test_the_camera_of_a_tile_sees_the_same():
    camera = Camera.from_fov(vertical_fov_rad=0.5, width_px=300, height_px=200)
    point = np.array([[0.01, -0.02, 0.4]])
    for tile in tiles(300, 200, tile_px=(128, 64)):
        corner = np.array([tile.x_px, tile.y_px])
        assert np.allclose(tile_camera(camera, tile).project(point) + corner, camera.project(point))


@pytest.mark.parametrize("background", [None, (10, 200, 30)])
def test_bands_do_not_show(monkeypatch, background):
    rng = np.random.default_rng(1)
    layers = [Layer(colour=rng.random((37, 23, 4), np.float32)) for _ in range(2)]
    whole = composite(layers, background=background)
    monkeypatch.setattr("arviz.render.composite._BAND_PIXELS", 23 * 5)
    assert np.array_equal(composite(layers, background=background).pixels, whole.pixels)
