"""What products and callers should not send: each gives a defined picture or one clear error, never a NaN pixel or a crash."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset, Mesh, Node
from arviz.core.camera import Camera
from arviz.core.errors import ArvizError, BackendError, InputError
from arviz.core.frames import look_at
from arviz.core.image import Image, encode
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage, Material, Texture, TextureInfo
from arviz.core.scene import Item, Lighting
from arviz.render.gl.renderer import GlRenderer
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import cube, degenerate, joined, plane, sphere, textured
from tests.render.scenes import draw, front_camera

ALL = RenderOptions(depth=True, normals=True, ids=True)
UNLIT = {"KHR_materials_unlit": {}}


def assert_defined(layer):
    assert np.isfinite(layer.colour).all()
    assert not np.isnan(layer.depth_m).any()
    assert np.isfinite(layer.normals).all()
    assert ((layer.colour >= 0) & (layer.colour[..., 3:] <= 1.001)).all()


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-5, 5)])
def test_pictures_without_a_pixel_are_refused(size):
    with pytest.raises(ValueError, match="at least one pixel"):
        Camera(k=np.eye(3), width_px=size[0], height_px=size[1])
    from arviz.flows.render import draw as draw_file

    with pytest.raises(InputError) as caught:
        draw_file(cube(), width=size[0], height=size[1])
    assert caught.value.code == "E_PICTURE_SIZE"


def test_one_pixel_is_a_picture(gl):
    layer = draw(gl, cube(), camera=front_camera(size_px=1), options=ALL)
    assert layer.colour.shape == (1, 1, 4)
    assert layer.ids[0, 0] == 1


@pytest.mark.parametrize("items", [(), (Asset(nodes=(), meshes=()),), (Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=()),)),)])
def test_an_empty_scene_is_empty(gl, items):
    layer = draw(gl, *items, options=ALL)
    assert not layer.colour.any()
    assert np.isposinf(layer.depth_m).all()
    assert not layer.ids.any()


def test_an_empty_product_has_no_poster():
    from arviz.flows.render import draw as draw_file

    with pytest.raises(ArvizError) as caught:
        draw_file(Asset(nodes=(), meshes=()), width=8, height=8)
    assert caught.value.code == "E_NOTHING_DRAWN"


@pytest.mark.parametrize("eye", [(0, 0, 0.0), (0.03, 0, 0.0), (0, 0, 0.05), (0, 0, 0.0500001), (0, 0, 1e-9)])
@pytest.mark.parametrize("double_sided", [True, False])
def test_a_camera_inside_or_on_the_product(gl, eye, double_sided):
    """From inside a closed body its walls are seen only where they are double-sided; on the surface anything finite will do."""
    body = cube(edge_m=0.1, material=Material(double_sided=double_sided))
    eye = np.array(eye)
    layer = draw(gl, body, pose=look_at(eye, eye - np.array([0.0, 0, 1])), options=ALL)
    assert_defined(layer)
    inside = eye[2] < 0.04
    if inside:
        assert (layer.ids > 0).all() == double_sided
    if inside and double_sided:
        assert layer.depth_m[32, 32] == pytest.approx(eye[2] + 0.05, abs=1e-5)


def test_what_is_behind_the_camera_is_not_there(gl):
    layer = draw(gl, sphere(), pose=look_at(np.array([0, 0, -1.0]), np.array([0, 0, -2.0])), options=ALL)
    assert not layer.ids.any()
    assert_defined(layer)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nodes_without_a_finite_pose_are_left_out(gl, value):
    """The rest of the product is drawn as if the node were not there."""
    good = joined(cube(edge_m=0.05), cube(edge_m=0.05, centre_m=(0.06, 0, 0)))
    matrix = np.eye(4)
    matrix[0, 3] = value
    bad = replace(good, nodes=(good.nodes[0], replace(good.nodes[1], matrix=matrix)))
    alone = replace(good, nodes=(good.nodes[0], replace(good.nodes[1], mesh=None)))
    found, expected = draw(gl, bad, options=ALL), draw(gl, alone, options=ALL)
    assert_defined(found)
    np.testing.assert_array_equal(found.colour, expected.colour)


def test_a_pose_without_numbers_is_refused_when_it_is_made():
    with pytest.raises(ValueError, match="finite"):
        Item(asset=cube(), world_from_asset=np.full((4, 4), np.nan))


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e-12, 1e6, 1e12])
def test_collapsed_tiny_and_huge_bodies(gl, scale):
    pose = np.diag([scale, scale, scale, 1.0])
    assert_defined(draw(gl, Item(asset=sphere(), world_from_asset=pose), options=ALL))


def test_degenerate_normals_and_uvs_in_every_plane(gl):
    layer = draw(gl, degenerate(), options=ALL)
    assert_defined(layer)
    assert layer.ids.any()


@pytest.mark.parametrize("radiance", [0.0, 1e-30, 1e30, np.nan, np.inf])
def test_light_of_any_strength(gl, radiance):
    pixels = np.full((16, 32, 3), radiance, np.float32)
    glossy = Material(roughness_factor=0.0, metallic_factor=1.0)
    layer = draw(gl, sphere(material=glossy), lighting=Lighting(environment=Image(pixels=pixels, space="linear")), options=ALL)
    assert_defined(layer)


@pytest.mark.parametrize("fields", [{"rotation_rad": np.nan}, {"intensity": np.nan}, {"intensity": np.inf}, {"intensity": -1.0}])
def test_light_without_meaning(gl, fields):
    """Refused in one sentence, or drawn as something finite."""
    light = {"environment": Image(pixels=np.ones((16, 32, 3), np.float32), space="linear"), **fields}
    try:
        layer = draw(gl, sphere(), lighting=Lighting(**light), options=ALL)
    except (ValueError, InputError):
        return
    assert_defined(layer)


def test_five_hundred_materials(gl):
    """A mosaic of 500 tiles, each with a material of its own, shows 500 colours in their places."""
    columns, rows = 25, 20
    shades = np.random.default_rng(0).uniform(0.1, 0.9, (rows, columns, 3))
    tiles_ = [
        plane(
            width_m=0.01,
            height_m=0.01,
            centre_m=((x - 12) * 0.01, (y - 9.5) * 0.01, 0),
            material=Material(base_color_factor=(*shades[y, x], 1), extensions=UNLIT),
        )
        for y in range(rows)
        for x in range(columns)
    ]
    camera = Camera(k=np.array([[250.0, 0, 62.0], [0, 250, 49.5], [0, 0, 1]]), width_px=125, height_px=100)
    layer = draw(gl, joined(*tiles_), camera=camera, options=ALL)
    assert_defined(layer)
    np.testing.assert_allclose(layer.colour[2::5, 2::5, :3], shades[::-1], atol=2e-3)


def test_an_8k_texture_is_reduced_to_what_the_picture_can_show():
    """8192 pixels wide: decoded, shown, and no more of it on the GPU than a small picture needs."""
    import io

    from PIL import Image as PillowImage

    out = io.BytesIO()
    PillowImage.new("1", (8192, 512), 1).save(out, format="PNG")
    white = Material(base_color_texture=TextureInfo(texture=0), extensions=UNLIT)
    asset = replace(plane(width_m=1, height_m=1, material=white), textures=(Texture(image=0),), images=(EncodedImage(data=out.getvalue()),))
    with GlRenderer() as fresh:
        draw(fresh, cube())
        before = fresh._store.bytes
        assert (draw(fresh, asset, options=ALL).colour == 1).all()
        assert fresh._store.bytes - before < 2 * 128 * 128 * 4


def test_a_texture_beyond_the_limits_is_drawn_as_missing():
    white = Material(base_color_factor=(0, 1, 0, 1), base_color_texture=TextureInfo(texture=0), extensions=UNLIT)
    asset = textured(plane(width_m=1, height_m=1, material=white), np.zeros((64, 64, 3), np.uint8))
    with GlRenderer(limits=Limits(image_pixels=1000)) as careful:
        assert draw(careful, asset).colour[32, 32].tolist() == [0, 1, 0, 1]


def test_pictures_of_no_size_in_a_file(gl):
    """A PNG whose header says 0 x 0 is a broken texture."""
    data = bytearray(encode(Image(pixels=np.zeros((1, 1, 3), np.uint8)), "PNG"))
    data[16:24] = bytes(8)
    material = Material(base_color_factor=(0, 0, 1, 1), base_color_texture=TextureInfo(texture=0), extensions=UNLIT)
    asset = replace(plane(width_m=1, height_m=1, material=material), textures=(Texture(image=0),), images=(EncodedImage(data=bytes(data)),))
    assert draw(gl, asset).colour[32, 32].tolist() == [0, 0, 1, 1]


def test_a_driver_that_is_gone_is_told_and_a_new_renderer_works(monkeypatch):
    """Another library shut EGL down: one error with what to do, no old memory as a picture."""
    with GlRenderer() as lost:
        monkeypatch.setattr("arviz.render.opengl.current_identity", lambda context: 0)
        with pytest.raises(BackendError) as caught:
            draw(lost, cube())
        assert caught.value.code == "E_GL_LOST"
        assert "new renderer" in caught.value.hint
        monkeypatch.undo()
        with GlRenderer() as again:
            assert draw(again, cube()).colour.any()
