"""Planes beside the colour: normals and ids of what is seen at the pixel centre, and samples per pixel."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.errors import InputError
from arviz.core.frames import look_at
from arviz.core.material import Material, TextureInfo
from arviz.core.scene import Item
from arviz.render.gl.renderer import GlRenderer
from arviz.render.gl.targets import bytes_per_pixel
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import cube, degenerate, joined, plane, sphere, textured
from tests.render.scenes import PLAIN, SMALL, draw, front_camera, front_pose

ALL = RenderOptions(tone_map="none", depth=True, normals=True, ids=True)
OBLIQUE = look_at(np.array([0.2, 0.15, 0.5]), np.zeros(3))


def test_normals_of_a_sphere_are_its_directions(gl):
    """Each normal is the point seen, from the centre, by the depth of the same pixel."""
    layer = draw(gl, sphere(radius_m=0.05, segments=64), camera=SMALL, pose=OBLIQUE, options=ALL)
    y, x = np.nonzero(layer.ids)
    rays = np.stack([x, y, np.ones_like(x)], axis=1) @ np.linalg.inv(SMALL.k).T
    points = (rays * layer.depth_m[y, x, None]) @ OBLIQUE[:3, :3].T + OBLIQUE[:3, 3]
    assert len(points) > 1000
    assert np.abs(layer.normals[y, x] - points / 0.05).max() < 0.03  # chords of 1/64 half turn, rims included
    assert np.median(np.abs(layer.normals[y, x] - points / 0.05)) < 2e-3


def test_normals_are_of_unit_length_and_zero_where_nothing_is(gl):
    layer = draw(gl, degenerate(), options=ALL)
    lengths = np.linalg.norm(layer.normals, axis=2)
    np.testing.assert_allclose(lengths[layer.ids > 0], 1, atol=1e-5)
    assert not layer.normals[layer.ids == 0].any()


def test_normals_are_in_world_axes_and_face_the_eye(gl):
    """A turned wall seen from behind, double-sided and mirrored: its normal still points to the eye."""
    wall = plane(width_m=0.4, height_m=0.4, material=Material(double_sided=True))
    for pose in (np.eye(4), np.diag([-1.0, 1, 1, 1]), np.diag([1.0, 1, -1, 1]), np.diag([2.0, 1, 3, 1])):
        for side in (1, -1):
            eye = look_at(np.array([0.0, 0.0, 0.5 * side]), np.zeros(3))
            normals = draw(gl, Item(asset=wall, world_from_asset=pose), pose=eye, options=ALL).normals
            np.testing.assert_allclose(normals[32, 32], (0, 0, side), atol=1e-6)


def test_normals_do_not_follow_the_light(gl):
    """Turning the environment turns no surface."""
    from arviz.core.scene import Lighting
    from tests.render.scenes import FURNACE

    turned = Lighting(environment=FURNACE.environment, rotation_rad=1.0)
    first, second = (draw(gl, cube(), pose=OBLIQUE, options=ALL, lighting=light).normals for light in (FURNACE, turned))
    np.testing.assert_array_equal(first, second)


def test_a_normal_map_does_not_count(gl):
    bumpy = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    material = Material(normal_texture=TextureInfo(texture=0))
    layer = draw(gl, textured(plane(width_m=1, height_m=1, material=material), bumpy), options=ALL)
    np.testing.assert_allclose(layer.normals, np.broadcast_to((0, 0, 1), layer.normals.shape), atol=1e-6)


@pytest.mark.parametrize("alpha_mode", ["OPAQUE", "MASK", "BLEND"])
def test_materials_with_everything_have_planes(gl, alpha_mode):
    """Textures, tangents and extensions of the look do not disturb the shaders of the shape."""
    from tests.render.test_pictures import tangents

    info = TextureInfo(texture=0)
    extensions = {
        "KHR_materials_clearcoat": {"clearcoatFactor": 1.0, "clearcoatNormalTexture": {"index": 0}},
        "KHR_materials_anisotropy": {"anisotropyStrength": 0.5, "anisotropyTexture": {"index": 0}},
        "KHR_materials_transmission": {"transmissionFactor": 0.2, "transmissionTexture": {"index": 0}},
    }
    material = Material(base_color_texture=info, normal_texture=info, alpha_mode=alpha_mode, extensions=extensions)
    body = tangents(textured(plane(width_m=1, height_m=1, material=material), np.full((4, 4, 4), 200, np.uint8)), (1, 0, 0, 1))
    layer = draw(gl, body, options=ALL)
    assert (layer.ids == 1).all()
    np.testing.assert_allclose(layer.normals[32, 32], (0, 0, 1), atol=1e-6)


def test_ids_say_which_item_is_in_front(gl):
    """1 + index; an occluder hides and leaves nothing; a hole shows what is behind it."""
    back = Item(asset=plane(width_m=2, height_m=2))
    left = Item(asset=plane(width_m=0.1, height_m=0.4, centre_m=(-0.05, 0, 0.1)))
    hider = Item(asset=plane(width_m=0.4, height_m=0.05, centre_m=(0, 0.05, 0.2)), role="occluder")
    holes = np.full((4, 4, 4), 255, np.uint8)
    holes[2:, :, 3] = 0
    mask = Material(base_color_texture=TextureInfo(texture=0), alpha_mode="MASK")
    right = Item(asset=textured(plane(width_m=0.1, height_m=0.4, centre_m=(0.05, 0, 0.1), material=mask), holes))
    layer = draw(gl, hider, back, left, right, options=ALL)
    ids = layer.ids
    assert ids.dtype == np.int32
    assert ids[40, 25] == 3
    assert ids[26, 38] == 4
    assert ids[50, 38] == 2
    assert ids[40, 0] == 2
    row = round(31.5 - 0.05 / 0.3 * 32 / np.tan(0.25))
    assert ids[row, 31] == 0
    assert np.isposinf(layer.depth_m[row, 31])
    assert not layer.normals[row, 31].any()
    assert (np.isfinite(layer.depth_m) == (ids > 0)).all()


@pytest.mark.parametrize("names", [("depth",), ("normals",), ("ids",), ("normals", "ids"), ("depth", "ids")])
def test_only_what_is_asked_is_there_and_it_is_the_same(gl, names):
    scene = (sphere(), Item(asset=plane(width_m=0.05, height_m=0.3, centre_m=(-0.05, 0, 0.1)), role="occluder"))
    whole = draw(gl, *scene, pose=OBLIQUE, options=ALL)
    flags = {"depth": False, "normals": False, "ids": False, **dict.fromkeys(names, True)}
    part = draw(gl, *scene, pose=OBLIQUE, options=replace(ALL, **flags))
    for name, field in (("depth", "depth_m"), ("normals", "normals"), ("ids", "ids")):
        plane_ = getattr(part, field)
        assert (plane_ is None) == (name not in names)
        assert plane_ is None or np.array_equal(plane_, getattr(whole, field))


def test_tiles_hold_all_planes():
    options = replace(ALL, samples=1)
    items = (sphere(radius_m=0.09), Item(asset=cube(edge_m=0.12, centre_m=(0.1, 0, 0))))
    with GlRenderer() as whole, GlRenderer(target_bytes=64 * 64 * bytes_per_pixel(1)) as tiled:
        expected, found = (draw(gl, *items, camera=SMALL, pose=OBLIQUE, options=options) for gl in (whole, tiled))
    assert (found.ids != expected.ids).mean() < 1e-4
    same = found.ids == expected.ids
    assert (np.abs(found.normals - expected.normals)[same].max(axis=1) > 2e-3).mean() < 1e-4
    assert set(np.unique(found.ids)) == {0, 1, 2}


def edge_levels(gl, **fields):
    """Return how many alphas a nearly horizontal edge shows in its middle columns, and the layer."""
    asset = plane(width_m=1, height_m=0.2, centre_m=(0, -0.1, 0), material=Material(extensions={"KHR_materials_unlit": {}}))
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.05), -np.sin(0.05)], [np.sin(0.05), np.cos(0.05)]]
    layer = draw(gl, Item(asset=asset, world_from_asset=turn), options=replace(PLAIN, **fields))
    return len(np.unique(np.round(layer.colour[20:44, :, 3], 3))), layer


def test_more_samples_are_more_steps(gl):
    """An edge has 2, 3 and 5 shades at 1, 4 and 16 samples, 5 with four multisamples; all show the same area."""
    levels, layers = zip(*(edge_levels(gl, samples=n) for n in (1, 4, 16)), strict=True)
    assert levels[0] == 2
    assert levels[1] >= 3
    assert levels[2] >= 5
    multi, layer = edge_levels(gl, samples=4, antialias="multisample")
    assert multi >= 4
    areas = [each.colour[..., 3].sum() for each in (*layers, layer)]
    np.testing.assert_allclose(areas, areas[2], rtol=0.01)


def test_multisampling_leaves_glass_to_supersampling(gl):
    glass = Material(base_color_factor=(1, 0, 0, 0.5), alpha_mode="BLEND")
    items = (sphere(), plane(width_m=0.05, height_m=0.05, centre_m=(0, 0, 0.1), material=glass))
    plain, multi = (draw(gl, *items, options=replace(PLAIN, antialias=kind)).colour for kind in ("supersample", "multisample"))
    np.testing.assert_array_equal(plain, multi)


def test_multisampling_shows_the_same_body(gl):
    body = joined(sphere(radius_m=0.04), cube(edge_m=0.05, centre_m=(0.05, 0.03, 0)))
    plain, multi = (draw(gl, body, options=replace(PLAIN, antialias=kind)).colour for kind in ("supersample", "multisample"))
    assert (plain != multi).any()
    assert np.abs(plain - multi).mean() < 0.01


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"samples": 2}, "E_SAMPLES"),
        ({"antialias": "magic"}, "E_SAMPLES"),
        ({"exposure": float("nan")}, "E_EXPOSURE"),
        ({"exposure": -1.0}, "E_EXPOSURE"),
        ({"tone_map": "sepia"}, "E_TONE_MAP"),
        ({"shadow": float("inf")}, "E_STRENGTH"),
        ({"ambient_occlusion": -0.5}, "E_STRENGTH"),
    ],
)
def test_options_without_meaning_are_refused(gl, fields, code):
    with pytest.raises(InputError) as caught:
        draw(gl, cube(), options=replace(PLAIN, **fields))
    assert caught.value.code == code


@pytest.mark.parametrize("pose", [np.zeros((4, 4)), np.full((4, 4), np.nan), np.eye(3)])
def test_a_camera_without_a_pose_is_refused(gl, pose):
    with pytest.raises(InputError) as caught:
        draw(gl, cube(), pose=pose, camera=front_camera())
    assert caught.value.code == "E_CAMERA_POSE"
    assert draw(gl, cube(), pose=front_pose()).colour.any()
