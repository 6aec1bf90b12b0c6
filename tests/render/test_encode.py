"""A picture finished on the GPU is the composite of the layer, within 1/255."""

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.image import Image
from arviz.core.material import Material
from arviz.core.scene import Item, Scene
from arviz.render.composite import composite
from arviz.render.gl.renderer import GlRenderer
from arviz.render.gl.targets import bytes_per_pixel
from arviz.render.picture import picture
from arviz.render.renderer import PictureRenderer, RenderOptions
from arviz.testing.shapes import plane, sphere
from tests.render.scenes import FURNACE, SMALL, front_pose


def veil(opacity):
    """Return a pane whose alpha runs from 0 to `opacity` over its width, in colours from dark to bright."""
    from tests.render.test_pictures import with_attribute

    wide = plane(width_m=0.4, height_m=0.3, divisions=16, material=Material(alpha_mode="BLEND", extensions={"KHR_materials_unlit": {}}))
    u, v = wide.meshes[0].primitives[0].attributes["TEXCOORD_0"].T
    colours = np.stack([v, v * 0.2, v**4, u * opacity], axis=1).astype(np.float32)
    return with_attribute(wide, COLOR_0=colours)


SCENES = {
    "nothing": (),
    "body": (sphere(radius_m=0.08),),
    "veil": (veil(1.0),),
    "faint": (veil(0.02),),
    "both": (
        sphere(radius_m=0.05),
        Item(asset=veil(0.7), world_from_asset=np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0.1], [0, 0, 0, 1]])),
    ),
}


NOISE = Image(pixels=np.random.default_rng(0).integers(0, 256, (SMALL.height_px, SMALL.width_px, 3)).astype(np.uint8))
SMALLER = Image(pixels=NOISE.pixels[:100, :100])


def on_page(image, page):
    """Return what a browser shows of a picture with alpha over a grey page: encoded values are blended."""
    pixels = image.pixels.astype(float)
    return pixels[..., :3] * pixels[..., 3:] / 255 + page * (1 - pixels[..., 3:] / 255)


@pytest.mark.parametrize("background", [None, (0, 0, 0), (255, 255, 255), (200, 30, 90), NOISE, SMALLER])
@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("samples", [1, 4])
def test_within_one_of_the_composite(gl, name, background, samples):
    items = tuple(item if isinstance(item, Item) else Item(asset=item) for item in SCENES[name])
    scene, options = Scene(items=items, lighting=FURNACE), RenderOptions(samples=samples, depth=False)
    assert isinstance(gl, PictureRenderer)
    found = picture(gl, scene, SMALL, world_from_camera=front_pose(), options=options, background=background)
    layer = gl.render(scene, SMALL, world_from_camera=front_pose(), options=options)
    expected = composite([layer], background=background)
    assert found.alpha == expected.alpha
    assert found.pixels.shape == expected.pixels.shape
    if background is None:
        # What a page shows of it; the colour of an almost clear pixel is a ratio of small numbers.
        for page in (0.0, 255.0):
            assert np.abs(on_page(found, page) - on_page(expected, page)).max() <= 2  # one of alpha, one of colour
    else:
        assert np.abs(found.pixels.astype(int) - expected.pixels).max() <= 1
    assert (found.pixels != expected.pixels).mean() < 0.02
    if name == "veil" and background is None:
        assert len(np.unique(found.pixels[..., 3])) > 200


@pytest.mark.parametrize("photo", [False, True])
def test_tiles_are_put_in_their_places(photo):
    background = Image(pixels=np.random.default_rng(1).integers(0, 256, (171, 201, 3)).astype(np.uint8)) if photo else (9, 9, 9)
    scene = Scene(items=(Item(asset=sphere(radius_m=0.09)),), lighting=FURNACE)
    camera = Camera(k=np.array([[420.0, 0, 100.3], [0, 410.0, 60.8], [0, 0, 1]]), width_px=201, height_px=171)
    with GlRenderer() as whole, GlRenderer(target_bytes=64 * 64 * bytes_per_pixel(4)) as tiled:
        expected, found = (
            picture(gl, scene, camera, world_from_camera=front_pose(), options=RenderOptions(), background=background).pixels
            for gl in (whole, tiled)
        )
    assert (np.abs(found.astype(int) - expected).max(axis=2) > 1).mean() <= 2e-4


def test_an_empty_picture_is_its_photo(gl):
    for items in ((), (Item(asset=sphere(radius_m=0.02)),)):
        found = picture(
            gl, Scene(items=items, lighting=FURNACE), SMALL, world_from_camera=front_pose(), options=RenderOptions(), background=NOISE
        )
        same = (found.pixels == NOISE.pixels).all(axis=2)
        assert same[:40].all()
        assert same.all() == (not items)


def test_only_a_photo_of_the_size_is_taken_as_it_is(gl):
    with pytest.raises(InputError) as caught:
        gl.picture(Scene(items=(), lighting=FURNACE), SMALL, world_from_camera=front_pose(), background=SMALLER)
    assert caught.value.code == "E_PHOTO"
