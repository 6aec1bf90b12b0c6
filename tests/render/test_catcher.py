"""Shadow catchers under the sky: closed forms of form factors, symmetry, and what must not be seen at all."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.camera import Camera
from arviz.core.colour_difference import delta_e_2000, lab
from arviz.core.frames import look_at
from arviz.core.image import Image
from arviz.core.material import Material
from arviz.core.resources import resource
from arviz.core.scene import Item, Lighting, Scene, Sun
from arviz.formats.read import read
from arviz.render.framing import orbit_camera
from arviz.render.gl import catcher
from arviz.render.gl.renderer import GlRenderer
from arviz.render.ground import ground_catcher
from arviz.render.prefilter import directions
from arviz.render.renderer import RenderOptions
from arviz.render.sky_samples import sky_samples
from arviz.render.sky_shadow import known_shadow
from arviz.testing.contracts import constant_light
from arviz.testing.shapes import box, degenerate, plane, sphere
from tests.render.test_poses import bar

OPTIONS = RenderOptions(tone_map="none", depth=False, samples=1)
SIZE_PX = 128


def floor(*, side_m=20.0, height_m=0.0, turn=None):
    """Return a level catcher."""
    pose = np.eye(4)
    pose[:3, :3] = [[1, 0, 0], [0, 0, 1], [0, -1, 0]]  # the plane's +Z turned to +Y
    pose[1, 3] = height_m
    return Item(asset=plane(width_m=side_m, height_m=side_m), world_from_asset=pose if turn is None else turn @ pose, role="shadow_catcher")


def top_view(*, half_m, height_m=50.0, turn=None):
    """Return a camera high above the origin that sees 2 half_m of the floor, columns along +X, rows along +Z."""
    focal = SIZE_PX / 2 / half_m * abs(height_m)
    camera = Camera(
        k=np.array([[focal, 0, SIZE_PX / 2 - 0.5], [0, focal, SIZE_PX / 2 - 0.5], [0, 0, 1]]), width_px=SIZE_PX, height_px=SIZE_PX
    )
    pose = np.eye(4)
    pose[:3, :3] = np.array([[1, 0, 0], [0, 0, -np.sign(height_m)], [0, np.sign(height_m), 0]])
    if height_m < 0:
        pose[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    pose[1, 3] = height_m
    return camera, pose if turn is None else turn @ pose


def alpha(renderer, *items, half_m, lighting=None, options=OPTIONS, height_m=50.0, turn=None):
    """Return (H, W) alpha of the picture from above; row and column r show r_m(r) metres."""
    camera, pose = top_view(half_m=half_m, height_m=height_m, turn=turn)
    scene = Scene(items=items, lighting=lighting or constant_light())
    layer = renderer.render(scene, camera, world_from_camera=pose, options=options)
    assert np.isfinite(layer.colour).all()
    return layer.colour[..., 3]


def at_m(half_m):
    """Return (SIZE_PX,) metres along a row or column."""
    return (np.arange(SIZE_PX) + 0.5) / SIZE_PX * 2 * half_m - half_m


def disc(radius_m, height_m):
    """Return a level disc that cannot be seen from above (its back is culled) and casts all the same."""
    turn = np.linspace(0, 2 * np.pi, 65)[:-1]
    rim = np.stack([radius_m * np.cos(turn), np.full(64, height_m), radius_m * np.sin(turn)], axis=1)
    positions = np.concatenate([[[0, height_m, 0]], rim]).astype(np.float32)
    faces = [(0, i + 1, (i + 1) % 64 + 1) for i in range(64)]  # counter-clockwise from below
    primitive = Primitive(attributes={"POSITION": positions}, indices=np.array(faces, np.uint32).reshape(-1))
    return Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive,)),))


@pytest.mark.parametrize("height_m", [0.3, 0.5, 1.0, 2.0])
def test_under_a_disc(gl, height_m):
    """A disc of radius r at height h takes r^2 / (r^2 + h^2) of an even sky from the point under its middle."""
    dark = alpha(gl, Item(asset=disc(0.5, height_m)), floor(), half_m=1.0)
    expected = 0.25 / (0.25 + height_m**2)
    assert dark[62:66, 62:66].mean() == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("distance_m", [0.1, 0.25, 0.5, 0.8])
def test_at_a_long_wall(gl, distance_m):
    """At distance d of an endless wall of height H the floor loses (1 - cos(atan(H / d))) / 2 of an even sky."""
    wall = box(size_m=(0.02, 1.0, 24.0), centre_m=(-0.01, 0.5, 0.0))
    half_m = 1.0
    row = alpha(gl, Item(asset=wall), floor(side_m=60), half_m=half_m)[SIZE_PX // 2]
    expected = (1 - np.cos(np.arctan(1 / distance_m))) / 2
    assert np.interp(distance_m, at_m(half_m), row) == pytest.approx(expected, abs=0.02)


def test_round_under_an_even_sky(gl):
    """A ball's shadow under an even sky is round, black where it stands, and falls off without steps."""
    half_m = 0.8
    dark = alpha(gl, Item(asset=sphere(radius_m=0.2, centre_m=(0, 0.2, 0))), floor(), half_m=half_m)
    for turned in (dark.T, dark[::-1]):
        np.testing.assert_allclose(dark, turned, atol=0.06)
        assert np.abs(dark - turned).mean() < 0.01
    outside = dark[SIZE_PX // 2][at_m(half_m) > 0.23]
    assert (np.diff(outside) <= 0.003).all()
    assert np.abs(np.diff(outside, n=2)).max() < 0.02


def test_far_is_nothing(gl):
    """The shadow has faded at the edge of its map: exactly nothing beyond."""
    dark = alpha(gl, Item(asset=box(size_m=(0.2, 0.2, 0.2), centre_m=(0, 0.1, 0))), floor(), half_m=1.0)
    x = at_m(1.0)
    beyond = np.maximum(np.abs(x)[:, None], np.abs(x)[None]) > 0.1 + 0.2 * 1.5 + 0.02
    assert not dark[beyond].any()
    assert dark.max() == 1


def test_higher_is_lighter_and_softer(gl):
    """The higher a disc floats the lighter its shadow, and the flatter its slope."""
    darkest, steepest = [], []
    for height_m in (0.1, 0.3, 0.6, 1.2):
        row = alpha(gl, Item(asset=disc(0.3, height_m)), floor(), half_m=1.2)[SIZE_PX // 2]
        darkest.append(row.max())
        steepest.append(np.abs(np.diff(row)).max())
    assert all(a > b for a, b in itertools.pairwise(darkest))
    assert all(a > b for a, b in itertools.pairwise(steepest))


def lamp(direction, *, cosine=0.99):
    """Return a dark sky with one bright round light."""
    lit = directions(128, 64) @ (np.asarray(direction, float) / np.linalg.norm(direction)) > cosine
    return Image(pixels=np.repeat(lit[..., None].astype(np.float32) * 20, 3, axis=2), space="linear")


def centre_of_shadow(dark, half_m):
    x = at_m(half_m)
    return np.array([(dark * x[None]).sum(), (dark * x[:, None]).sum()]) / dark.sum()


def test_shadow_lies_opposite_the_light_and_turns_with_it(gl):
    """A lamp at 45 degrees on +X throws the shadow of a disc at height h to -h; turned by +90 degrees it lies on +Z."""
    light = lamp((1, 1, 0))
    thing = Item(asset=disc(0.1, 0.4))
    found = centre_of_shadow(alpha(gl, thing, floor(), half_m=0.8, lighting=Lighting(environment=light)), 0.8)
    np.testing.assert_allclose(found, [-0.4, 0], atol=0.015)
    turned = Lighting(environment=light, rotation_rad=np.pi / 2)  # +X turns to -Z, counter-clockwise seen from above
    found = centre_of_shadow(alpha(gl, thing, floor(), half_m=0.8, lighting=turned), 0.8)
    np.testing.assert_allclose(found, [0, 0.4], atol=0.015)


def test_any_pose(gl):
    """The whole scene turned and moved together gives the same picture."""
    thing, half_m = box(size_m=(0.3, 0.2, 0.1), centre_m=(0.05, 0.1, 0)), 0.6
    turn = np.eye(4)
    c, s = np.cos(0.7), np.sin(0.7)
    turn[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, s, -c], [0, c, s]])
    turn[:3, 3] = 3, -2, 5
    here = alpha(gl, Item(asset=thing), floor(), half_m=half_m)
    there = alpha(gl, Item(asset=thing, world_from_asset=turn), floor(turn=turn), half_m=half_m, turn=turn)
    # The fading edge is a rectangle along the plane's own axes.
    np.testing.assert_allclose(there, here, atol=0.08)
    assert np.abs(there - here).mean() < 0.01


def test_nothing_casts_nothing(gl):
    """Without casters, with casters below, seen from behind, edge on, without area, or in the dark: exactly nothing."""
    black = Lighting(environment=Image(pixels=np.zeros((16, 32, 3), np.float32), space="linear"))
    assert not alpha(gl, floor(), half_m=1.0).any()
    below = Item(asset=box(size_m=(0.2, 0.2, 0.2), centre_m=(0, -0.2, 0)))
    assert not alpha(gl, floor(), Item(asset=disc(0.3, -0.5)), half_m=1.0).any()
    standing = Item(asset=disc(0.3, 0.3))
    flat = np.diag([1.0, 0.0, 1.0, 1.0])
    assert not alpha(gl, standing, Item(asset=plane(), world_from_asset=flat, role="shadow_catcher"), half_m=1.0).any()
    assert not alpha(gl, standing, floor(), half_m=1.0, lighting=black).any()
    seen_from_below = alpha(gl, floor(), below, half_m=1.0, height_m=-50.0)
    alone = alpha(gl, below, half_m=1.0, height_m=-50.0)
    np.testing.assert_array_equal(seen_from_below, alone)


def test_strength(gl):
    """0 is a picture without a catcher, to the bit; a half is half as opaque."""
    thing = Item(asset=sphere(radius_m=0.2, centre_m=(0, 0.3, 0)))
    pictures = {}
    for shadow in (0.0, 0.5, 1.0):
        options = RenderOptions(tone_map="none", depth=False, samples=1, shadow=shadow)
        pictures[shadow] = alpha(gl, thing, floor(), half_m=0.8, options=options)
    np.testing.assert_array_equal(pictures[0.0], alpha(gl, thing, half_m=0.8))
    ground = pictures[0.0] == 0
    np.testing.assert_allclose(pictures[0.5][ground], pictures[1.0][ground] / 2, atol=1e-3)


def test_black_and_invisible_in_depth(gl):
    """A catcher adds no light, only alpha, and no depth."""
    camera, pose = top_view(half_m=0.6)
    scene = Scene(items=(Item(asset=disc(0.2, 0.2)), floor()), lighting=constant_light())
    layer = gl.render(scene, camera, world_from_camera=pose, options=RenderOptions(tone_map="none"))
    assert layer.colour[..., 3].max() > 0.3
    assert not layer.colour[..., :3].any()
    assert np.isposinf(layer.depth_m).all()


@pytest.mark.parametrize("tilt_rad", [0.1, 0.4, 1.2])
@pytest.mark.parametrize("sun", [None, Sun(to_light=(0.8, 1, -0.3), irradiance=(np.pi,) * 3, angular_radius_rad=0.05)])
def test_bounds_cut_nothing_off(gl, tilt_rad, sun):
    """Only what can be in shadow is drawn of a flat floor; one with a speck above it is drawn whole and looks the same."""
    speck = [[9, 9, 0.1], [9.001, 9, 0.1], [9, 9.001, 0.1]]
    flat = floor().asset.meshes[0].primitives[0]
    primitive = Primitive(
        attributes={"POSITION": np.concatenate([flat.positions, np.array(speck, np.float32)])},
        indices=np.concatenate([np.asarray(flat.indices).reshape(-1), np.array([4, 5, 6], np.uint32)]),
    )
    whole = replace(floor(), asset=replace(floor().asset, meshes=(Mesh(primitives=(primitive,)),)))
    thing = Item(asset=box(size_m=(0.3, 0.4, 0.2), centre_m=(0.05, 0.25, 0)))
    light = Lighting(environment=constant_light().environment, sun=sun)
    pose = look_at(np.array([0, 2.5 * np.sin(tilt_rad), 2.5 * np.cos(tilt_rad)]), np.zeros(3))
    camera = Camera.from_fov(vertical_fov_rad=0.9, width_px=SIZE_PX, height_px=SIZE_PX)
    seen = [
        gl.render(Scene(items=(thing, one), lighting=light), camera, world_from_camera=pose, options=OPTIONS).colour
        for one in (floor(), whole)
    ]
    assert (seen[0][..., 3] > 0.02).sum() > 500
    np.testing.assert_allclose(seen[0], seen[1], atol=2e-3)


def test_two_floors_with_sun_and_ambient_occlusion(gl):
    """Two floors side by side are the one floor that they make up, also under a sun and with ambient occlusion."""
    sun = Sun(to_light=(0.3, 1, -0.3), irradiance=(1.0,) * 3)
    options = RenderOptions(tone_map="none", depth=False, samples=1, ambient_occlusion=1.0)
    light = Lighting(environment=constant_light().environment, sun=sun)
    left, right = np.eye(4), np.eye(4)
    left[0, 3], right[0, 3] = -5, 5
    thing = Item(asset=box(size_m=(0.3, 0.4, 0.2), centre_m=(0, 0.2, 0)))
    two = alpha(gl, thing, floor(side_m=10, turn=left), floor(side_m=10, turn=right), half_m=0.8, lighting=light, options=options)
    one = alpha(gl, thing, floor(), half_m=0.8, lighting=light, options=options)
    assert (one > 0.05).mean() > 0.1
    # The maps end at the seam, where their texels are not the same; elsewhere they are as fine.
    np.testing.assert_allclose(two, one, atol=0.1)
    assert np.abs(two - one).mean() < 0.01


def test_occluders_and_catchers_cast_nothing_and_occluders_hide(gl):
    """What stands for things in the photo has its shadow in the photo already; it hides the catcher behind it."""
    dark = alpha(gl, Item(asset=disc(0.3, 0.3), role="occluder"), floor(), floor(height_m=0.2, side_m=0.2), half_m=1.0)
    assert not dark.any()
    thing = Item(asset=disc(0.3, 0.3))
    cover = Item(asset=box(size_m=(1.0, 0.01, 2.0), centre_m=(0.5, 1.0, 0)), role="occluder")
    dark = alpha(gl, thing, floor(), cover, half_m=1.0)
    assert not dark[:, SIZE_PX // 2 + 2 :].any()
    assert dark[:, : SIZE_PX // 2].max() > 0.3


@pytest.mark.parametrize(
    ("material", "low", "high"),
    [
        (Material(alpha_mode="BLEND", base_color_factor=(1, 1, 1, 0.5)), 0.4, 0.6),
        (Material(extensions={"KHR_materials_transmission": {"transmissionFactor": 1.0}}), 0.02, 0.2),
        (Material(alpha_mode="MASK", base_color_factor=(1, 1, 1, 0.2)), 0.0, 0.0),
    ],
)
def test_see_through_casts_less(gl, material, low, high):
    """Half of the light through half a surface, most of it through glass, all of it through a hole."""
    sheet = plane(width_m=0.8, height_m=0.8, material=material)
    pose = np.eye(4)
    pose[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]  # faces down: its back is not drawn, it casts all the same
    pose[1, 3] = 0.01
    dark = alpha(gl, Item(asset=sheet, world_from_asset=pose), floor(), half_m=0.6)
    assert low <= dark[60:68, 60:68].mean() <= high


def test_bad_shapes(gl):
    """Degenerate triangles and things of zero size give finite pictures."""
    nothing = Item(asset=box(size_m=(0, 0, 0), centre_m=(0, 0.1, 0)))
    assert not alpha(gl, nothing, floor(), half_m=0.5).any()
    alpha(gl, Item(asset=degenerate()), floor(height_m=-0.05), half_m=0.5)


def test_feet_have_no_gap(gl):
    """Along a foot the floor is as dark as under it: no line of light between them."""
    leg = box(size_m=(0.03, 0.45, 0.03), centre_m=(0, 0.225, 0))
    top = box(size_m=(0.8, 0.03, 0.8), centre_m=(0.3, 0.465, 0.3))
    camera = Camera.from_fov(vertical_fov_rad=0.12, width_px=SIZE_PX, height_px=SIZE_PX)
    pose = look_at(np.array([0.9, 0.35, 1.3]), np.array([0, 0.02, 0]))
    scene = Scene(items=(Item(asset=leg), Item(asset=top), floor()), lighting=constant_light())
    layer = gl.render(scene, camera, world_from_camera=pose, options=OPTIONS)
    dark = layer.colour[..., 3]
    body = layer.colour[..., 0] > 0
    below = np.array([np.flatnonzero(body[:, c]).max() for c in np.flatnonzero(body.any(axis=0))])
    columns = np.flatnonzero(body.any(axis=0))
    touching = dark[np.minimum(below + 1, SIZE_PX - 1), columns]
    assert touching.min() > 0.25


def test_a_product_that_moves_does_not_fill_the_memory():
    """Each pose has its own shadow and is shown once: what is kept of them stays within the cache's budget."""
    moving = bar()
    with GlRenderer() as renderer:
        for step in range(12):
            alpha(renderer, Item(asset=moving, animation=0, time_s=step / 12), floor(), half_m=0.6)
        assert renderer._catchers._cache.bytes <= 32 * 2**20


def test_the_floor_of_each_picture_is_known_again(gl):
    """The shadow of a product is made once, whatever floor object lies where it falls, and anew for another place."""
    thing = box(size_m=(0.3, 0.2, 0.1), centre_m=(0.05, 0.1, 0))
    known = []
    for height_m in (0.0, 0.0, 0.01):
        alpha(gl, Item(asset=thing), floor(height_m=height_m), half_m=0.6)
        known.append(gl._catchers._cache.bytes)
    assert known[0] == known[1] < known[2]


@pytest.mark.parametrize("name", ["table-lamp", "rug"])
def test_what_is_spared_of_the_shadow_of_a_thumbnail_is_not_seen(gl, name, monkeypatch):
    """The eye (CIEDE2000) does not tell it from one of as many grains and texels as large pictures have."""
    asset = read(resource("assets", "products", name, f"{name}.glb"))
    camera, pose = orbit_camera(asset, azimuth_rad=0.5, width_px=256, height_px=256)
    scene, seen = Scene(items=(Item(asset=asset), ground_catcher(asset)), lighting=constant_light()), []
    for fewer in (catcher.FEWER, 1):
        monkeypatch.setattr(catcher, "FEWER", fewer)
        colour = gl.render(scene, camera, world_from_camera=pose, options=RenderOptions(depth=False)).colour
        seen.append(colour[..., :3] + 1 - colour[..., 3:])
    apart = delta_e_2000(*map(lab, seen))
    assert apart.max() > 0
    assert apart.mean() < 0.1
    assert np.quantile(apart, 0.99) < 1.5


def test_a_shadow_that_is_known_before_is_the_one_that_would_be_found(gl):
    asset = read(resource("assets", "products", "table-lamp", "table-lamp.glb"))
    camera, pose = orbit_camera(asset, azimuth_rad=0.5, width_px=256, height_px=256)
    product, ground = Item(asset=asset), ground_catcher(asset)
    light = Lighting(environment=constant_light().environment, rotation_rad=0.3)
    known = known_shadow([product], ground, light)
    assert [np.argmin((*one.low_m, 0)) < 2 for one in known] == [True, True]
    seen = [
        gl.render(Scene(items=(product, floor), lighting=light), camera, world_from_camera=pose, options=OPTIONS).colour
        for floor in (ground, replace(ground, sky_shadow=known), replace(ground, sky_shadow=()))
    ]
    np.testing.assert_array_equal(*seen[:2])
    assert np.abs(seen[0] - seen[2]).max() > 0.1
    assert known_shadow([product], ground_catcher(Asset(nodes=(), meshes=())), light) == ()


def test_samples_stand_for_the_light():
    """Directions are as dense as light times cosine: their mean height under an even sky is 2/3, the irradiance pi."""
    sky = sky_samples(constant_light(), normal=np.array([0.0, 1.0, 0.0]), count=256)
    assert sky.irradiance == pytest.approx(np.pi, rel=1e-3)
    assert sky.to_light[:, 1].mean() == pytest.approx(2 / 3, abs=0.005)
    np.testing.assert_allclose(sky.to_light[:, [0, 2]].mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(np.linalg.norm(sky.to_light, axis=1), 1)
    side = sky_samples(Lighting(environment=lamp((0, 0, 1))), normal=np.array([0.0, 0.0, 1.0]), count=16)
    assert (side.to_light[:, 2] > 0.98).all()
    assert len(sky_samples(Lighting(environment=lamp((0, -1, 0))), normal=np.array([0.0, 1.0, 0.0]), count=16).to_light) == 0


def test_ground_lies_under_the_lowest_point():
    """The floor of a posed product is level at its lowest point and reaches past it on all sides."""
    pose = np.eye(4)
    pose[:3, 3] = 1, 2, 3
    item = ground_catcher(box(size_m=(0.2, 0.4, 0.6)), pose)
    assert item.role == "shadow_catcher"
    points = item.asset.meshes[0].primitives[0].positions @ item.world_from_asset[:3, :3].T + item.world_from_asset[:3, 3]
    np.testing.assert_allclose(points[:, 1], 1.8)
    assert (points[:, 0].min() < 0.5, points[:, 0].max() > 1.5) == (True, True)
    assert (points[:, 2].min() < 2.3, points[:, 2].max() > 3.7) == (True, True)
    empty = ground_catcher(Asset(nodes=(), meshes=()))
    assert np.isfinite(empty.asset.meshes[0].primitives[0].positions).all()


def test_a_product_that_is_the_floor_itself_is_seen():
    """The floor of a room's twin, level but for 0.02 mm a metre: it is seen, and not the catcher through it."""
    camera = Camera.from_fov(vertical_fov_rad=0.7, width_px=200, height_px=200)
    eye = look_at(np.array([3.3, 3.0, 4.7]), np.zeros(3))
    upright = np.array([[1, 0, 0], [0, 1, -2e-5], [0, 2e-5, 1]]) @ [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
    with GlRenderer() as renderer:
        for yaw in np.linspace(-1, 1, 7):
            pose = np.eye(4)
            pose[:3, :3] = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]) @ upright
            pose[:3, 3] = yaw / 3, -1.013, 0.2
            twin = Item(asset=plane(width_m=3.7, height_m=3.1), world_from_asset=pose)
            alone, on_floor = (
                renderer.render(Scene(items=items, lighting=constant_light()), camera, world_from_camera=eye, options=OPTIONS).colour
                for items in ((twin,), (twin, ground_catcher(twin.asset, pose)))
            )
            whole = alone[..., 3] == 1
            assert whole.mean() > 0.1
            assert np.array_equal(alone[whole], on_floor[whole])
