"""A product in a photo: closed forms of shadows, colours that agree with the photo, nothing touched that need not be."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Node
from arviz.core.camera import Camera
from arviz.core.colour import linear_to_srgb, srgb_to_linear, to_uint8
from arviz.core.errors import InputError
from arviz.core.frames import look_at
from arviz.core.image import Image
from arviz.core.material import Material
from arviz.core.room import LightEstimate, Plane, Room, sh_basis
from arviz.core.scene import Item
from arviz.render.into_photo import into_photo
from arviz.render.room_catchers import Catching, on_planes
from arviz.render.room_light import lamp_of
from arviz.testing.shapes import box

CAMERA = Camera.from_fov(vertical_fov_rad=0.9, width_px=160, height_px=120)
POSE = look_at(np.array([0.3, 1.5, 2.6]), np.array([0.0, 0.3, 0.0]))
HALF_M = 3.0
GREY = 0.35


def plane(kind, normal, offset):
    normal = np.asarray(normal, float)
    helper = np.eye(3)[int(np.abs(normal).argmin())]
    a = np.cross(normal, helper)
    a /= np.linalg.norm(a)
    b = np.cross(normal, a)
    corners = np.array([a + b, -a + b, -a - b, a - b]) * HALF_M - normal * offset
    return Plane(kind=kind, normal=tuple(normal), offset_m=offset, outline_m=corners, sigma_normal_rad=0, sigma_offset_m=0, source="given")


FLOOR, WALL = plane("floor", (0, 1, 0), 0.0), plane("wall", (0, 0, 1), 1.0)
ROOM = Room(planes=(FLOOR, WALL))


def rays():
    y, x = np.mgrid[: CAMERA.height_px, : CAMERA.width_px]
    return CAMERA.rays(np.stack([x, y], axis=-1)) @ POSE[:3, :3].T


def depth_of(*planes):
    depth = np.full((CAMERA.height_px, CAMERA.width_px), np.inf)
    for one in planes:
        towards = rays() @ np.asarray(one.normal)
        reach = np.where(towards < -1e-6, -(POSE[:3, 3] @ np.asarray(one.normal) + one.offset_m) / towards, np.inf)
        depth = np.minimum(depth, reach)
    return depth


DEPTH = depth_of(FLOOR, WALL)
FLAT = np.broadcast_to(to_uint8(linear_to_srgb(np.array(GREY))), (CAMERA.height_px, CAMERA.width_px, 3))
PHOTO = Image(pixels=FLAT + np.random.default_rng(0).integers(0, 3, FLAT.shape, dtype=np.uint8))


def light(*, ambient=(1.0, 1.0, 1.0), direct=(0.0, 0.0, 0.0), to_light=(0.0, 1.0, 0.0), radius_rad=0.03):
    """Return even light in which a white matte surface shows `ambient`, and a lamp that brings `direct` in the same unit."""
    to_light = np.asarray(to_light, float) / np.linalg.norm(to_light)
    sh = np.zeros((9, 3))
    sh[0] = np.asarray(ambient) / 0.28209479
    sh += sh_basis(to_light[None]).T * np.pi * np.asarray(direct)
    level, around = np.dot(direct, (0.2126, 0.7152, 0.0722)), np.dot(ambient, (0.2126, 0.7152, 0.0722))
    return LightEstimate(
        sh=sh,
        to_light=tuple(to_light),
        sigma_direction_rad=0.1,
        directional_share=float(level / max(level + around, 1e-12)),
        angular_radius_rad=radius_rad,
        colour=tuple(np.asarray(direct) / level) if level > 0 else (1.0, 1.0, 1.0),
        source="lamp",
        confidence=1.0,
    )


def matte(albedo):
    return Material(base_color_factor=(albedo,) * 3 + (1.0,), metallic_factor=0.0, roughness_factor=1.0)


def cube(*, at=(0.0, 0.0, 0.0), size=0.4, albedo=0.5):
    pose = np.eye(4)
    pose[:3, 3] = at
    return Item(asset=box(size_m=(size,) * 3, centre_m=(0, size / 2, 0), material=matte(albedo)), world_from_asset=pose)


def put(gl, *items, lit=None, depth=DEPTH, room=ROOM, photo=PHOTO, samples=None):
    lit = lit or light()
    return into_photo(
        photo, items, room=room, camera=CAMERA, world_from_camera=POSE, renderer=gl, light=lit, hidden_behind_m=depth, samples=samples
    )


def pixel(point):
    local = (np.asarray(point, float) - POSE[:3, 3]) @ POSE[:3, :3]
    x, y = CAMERA.project(local[None])[0]
    return round(float(y)), round(float(x))


@pytest.mark.parametrize("depth", [DEPTH, None])
def test_what_is_not_reached_stays_to_the_last_bit(gl, depth):
    out = put(gl, cube(), lit=light(direct=(1, 1, 1), to_light=(1, 1.5, 0.5)), depth=depth)
    untouched = (out.layer.colour[..., 3] == 0) & (out.shadow == 1)
    assert 0.3 < untouched.mean() < 0.95
    assert np.array_equal(out.image.pixels[untouched], PHOTO.pixels[untouched])
    assert not np.array_equal(out.image.pixels, PHOTO.pixels)
    assert out.image.pixels.dtype == np.uint8
    assert np.isfinite(out.shadow).all()


def test_no_product_is_the_photo(gl):
    out = put(gl)
    assert np.array_equal(out.image.pixels, PHOTO.pixels)
    assert (out.shadow == 1).all()
    assert not out.hidden.any()


def test_a_surface_of_the_wall_s_albedo_looks_like_the_wall(gl):
    """In even light a white matte surface shows 1: one of albedo 0.35 beside a wall that shows 0.35 cannot be told from it."""
    out = put(gl, cube(albedo=GREY))
    inside = out.layer.colour[..., 3] == 1
    shown = out.image.pixels[inside].astype(int).mean(axis=1)
    assert inside.sum() > 300
    # What a dielectric mirrors comes on top of what it scatters.
    assert abs(np.median(shown) - PHOTO.pixels.mean()) < 4


@pytest.mark.parametrize("kind", ["directional", "point"])
def test_a_studio_that_a_product_brings_along_stays_off(gl, kind):
    item = cube()
    nodes = (*item.asset.nodes, Node(name="studio", light=0))
    lamp = {"type": kind, "intensity": 30.0}
    roots = tuple(replace(scene, nodes=(*scene.nodes, len(nodes) - 1)) for scene in item.asset.scenes)
    lit = replace(item, asset=replace(item.asset, nodes=nodes, scenes=roots, lights=(lamp,)))
    assert np.array_equal(put(gl, lit).image.pixels, put(gl, item).image.pixels)


@pytest.mark.parametrize("direct", [1.0, 2.0, 8.0])
def test_where_the_photo_shows_no_sun_a_product_takes_none_of_it(gl, direct):
    """Half of the floor lies in the sun: there a box leaves what it leaves of even light, on the other half as much as without a sun."""
    ambient, to_light = 0.06, np.array([-1.5, 1.0, 0.2])
    more = 1 + direct * to_light[1] / np.linalg.norm(to_light)
    points = rays() * DEPTH[..., None] + POSE[:3, 3]
    level = np.where((points[..., 0] < 0) & (points[..., 1] < 0.01), ambient * more, ambient)
    photo = Image(pixels=np.repeat(to_uint8(linear_to_srgb(level))[..., None], 3, axis=-1))
    even = light(ambient=(ambient / GREY,) * 3)
    sunny = light(ambient=(ambient / GREY,) * 3, direct=(direct * ambient / GREY,) * 3, to_light=to_light, radius_rad=0.00465)
    item = cube(at=(-0.35, 0, 0.2), size=0.5)
    without, out = (srgb_to_linear(put(gl, item, lit=lit, photo=photo).image.pixels[..., 0] / 255) for lit in (even, sunny))
    in_sun, in_shade = pixel((-0.05, 0, 0.15)), pixel((0.25, 0, 0.15))
    assert out[in_sun] == pytest.approx(without[in_sun] / more, rel=0.1)
    assert out[in_shade] == pytest.approx(without[in_shade], rel=0.05)


@pytest.mark.parametrize("direct", [0.5, 1.0, 4.0])
def test_where_the_lamp_is_hidden_the_rest_is_left(gl, direct):
    """In the middle of the lamp's shadow on the floor what is left is the light from around, times what the cube leaves of it."""
    lit = light(direct=(direct,) * 3, to_light=(1, 1, 0))
    out = put(gl, cube(at=(0.2, 0, 0)), lit=lit)
    facing = 1 / np.sqrt(2)
    left = out.shadow[pixel((-0.12, 0, 0.02))]
    assert left == pytest.approx(1 / (1 + direct * facing), rel=0.35)
    assert left < 1 / (1 + direct * facing)


def test_the_shadow_of_a_warm_lamp_shows_the_colour_of_the_rest(gl):
    """Blue light from all around and a red lamp: its shadow is bluer than the floor."""
    lit = light(ambient=(0.2, 0.2, 1.0), direct=(1.0, 0.2, 0.1), to_light=(1, 1, 0))
    out = put(gl, cube(at=(0.2, 0, 0)), lit=lit)
    ratio = srgb_to_linear(out.image.pixels[pixel((-0.12, 0, 0.02))] / 255) / srgb_to_linear(PHOTO.pixels[pixel((-0.12, 0, 0.02))] / 255)
    expected = np.array([0.2, 0.2, 1.0]) / (np.array([0.2, 0.2, 1.0]) + np.array([1.0, 0.2, 0.1]) / np.sqrt(2))
    np.testing.assert_allclose(ratio / ratio[2], expected / expected[2], rtol=0.12)


def test_contact_is_dark(gl):
    """At the foot of the cube half of an even sky is hidden, half a cube away little."""
    out = put(gl, cube())
    assert out.shadow[pixel((0.0, 0, 0.225))] == pytest.approx(0.55, abs=0.1)
    assert out.shadow[pixel((0.0, 0, 0.5))] > 0.85


def test_no_shadow_on_what_lies_off_the_plane(gl):
    """Something 20 cm high stands where the shadow would fall: nothing darkens its top."""
    lit = light(direct=(1, 1, 1), to_light=(1, 1, 0))
    there = np.zeros(DEPTH.shape, bool)
    row, column = pixel((-0.12, 0, 0.02))
    there[row - 3 : row + 4, column - 3 : column + 4] = True
    raised = np.where(there, DEPTH - 0.25, DEPTH)
    out = put(gl, cube(at=(0.2, 0, 0)), lit=lit, depth=raised)
    assert (out.shadow[row - 2 : row + 3, column - 2 : column + 3] == 1).all()


def test_the_room_hides_the_product(gl):
    """A board half a metre before the cube covers the left half of the picture."""
    near = DEPTH.copy()
    near[:, :80] = np.minimum(near[:, :80], 1.0)
    out, free = put(gl, cube(), depth=near), put(gl, cube())
    covered = free.layer.colour[..., 3] > 0
    assert not free.hidden.any()
    assert np.array_equal(out.hidden[:, :79], covered[:, :79])
    assert not out.hidden[:, 81:].any()
    assert np.array_equal(out.image.pixels[:, :78], PHOTO.pixels[:, :78])
    assert not np.isfinite(out.layer.depth_m[out.hidden]).any()


def test_noise_of_the_depth_hides_nothing_before_its_plane(gl):
    noisy = DEPTH + np.random.default_rng(3).normal(0, 0.012, DEPTH.shape)
    out = put(gl, cube(at=(0, 0, -0.78)), depth=noisy)  # 2 cm off the wall
    assert out.hidden.sum() == 0


@pytest.mark.parametrize("broken", [np.nan, 0.0, -1.0])
def test_unknown_depth_hides_nothing_and_catches_nothing(gl, broken):
    out = put(gl, cube(), depth=np.full(DEPTH.shape, broken))
    assert not out.hidden.any()
    assert (out.shadow == 1).all()
    assert (out.layer.colour[..., 3] > 0).any()


@pytest.mark.parametrize("lit", [None, light(ambient=(0, 0, 0)), replace(light(), sh=np.zeros((9, 3)), directional_share=1.0)])
def test_without_light_nothing_breaks(gl, lit):
    out = into_photo(PHOTO, [cube()], room=ROOM, camera=CAMERA, world_from_camera=POSE, renderer=gl, light=lit, hidden_behind_m=DEPTH)
    assert np.isfinite(out.layer.colour).all()
    assert np.isfinite(out.shadow).all()
    if lit is None:
        inside = out.layer.colour[..., 3] == 1
        assert out.image.pixels[inside].mean() > 60  # not a black object


def test_a_photo_of_another_size_is_refused(gl):
    with pytest.raises(InputError) as caught:
        put(gl, cube(), photo=Image(pixels=np.zeros((10, 10, 3), np.uint8)))
    assert caught.value.code == "E_PHOTO"


CEILING = plane("ceiling", (0, -1, 0), 2.2)


def hits_box(start, end, low, high):
    """Return (N,) whether segments from (N, 3) points to one point meet a box (slabs)."""
    way = end - start
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (low - start) / way, (high - start) / way
    first, last = np.minimum(a, b).max(axis=1), np.maximum(a, b).min(axis=1)
    return (first < last) & (last > 1e-6) & (first < 1)


def test_the_shadow_of_a_lamp_at_the_ceiling_spreads(gl):
    """It is where the way to the lamp is barred, not where that in its direction is: similar triangles, ray by ray."""
    room = Room(planes=(FLOOR, CEILING))
    lit = light(ambient=(0.05,) * 3, direct=(1, 1, 1), to_light=(0.4, 1, 0.1), radius_rad=0.02)
    lit = replace(lit, sigma_direction_rad=0.0)
    out = put(gl, cube(size=0.6), lit=lit, depth=depth_of(FLOOR), room=room)
    lamp = lamp_of(lit, room=room, at_m=(0.0, 0.3, 0.0))
    assert 1.5 < lamp.position_m[1] < 2.2
    points = POSE[:3, 3] + rays().reshape(-1, 3) * depth_of(FLOOR).reshape(-1, 1)
    low, high = np.array([-0.3, 0, -0.3]), np.array([0.3, 0.6, 0.3])
    seen = np.isfinite(points[:, 0]) & (out.layer.colour[..., 3].reshape(-1) == 0)
    near = hits_box(np.nan_to_num(points), lamp.position_m, low, high) & seen
    far = hits_box(np.nan_to_num(points), np.nan_to_num(points) + 20 * np.asarray(lit.to_light), low, high) & seen
    dark = (out.shadow.reshape(-1) < 0.5) & seen
    iou = (dark & near).sum() / (dark | near).sum()
    assert iou > 0.9
    assert iou > (dark & far).sum() / (dark | far).sum()


def test_the_sun_is_no_lamp():
    """What is seen as small as the sun stays at infinity, ceiling or not; without planes there is no lamp either."""
    room = Room(planes=(FLOOR, CEILING))
    assert lamp_of(light(direct=(1, 1, 1), radius_rad=0.00465), room=room, at_m=(0, 0.3, 0)) is None
    assert lamp_of(light(direct=(1, 1, 1), radius_rad=0.1), room=Room(), at_m=(0, 0.3, 0)) is None
    assert lamp_of(None, room=room, at_m=(0, 0.3, 0)) is None


def test_a_hole_in_the_depth_of_the_floor_is_floor(gl):
    """Sensors lose what gleams: the shadow goes on over a hole as if it were not there."""
    lit = light(direct=(1, 1, 1), to_light=(1, 1, 0))
    row, column = pixel((-0.12, 0, 0.02))
    holed = DEPTH.copy()
    holed[row - 2 : row + 3, column - 2 : column + 3] = np.inf
    whole, out = (put(gl, cube(at=(0.2, 0, 0)), lit=lit, depth=depth) for depth in (DEPTH, holed))
    np.testing.assert_allclose(out.shadow, whole.shadow, atol=0.02)


def test_edges_of_what_hides_move_to_those_of_the_photo(gl):
    """A dark board whose depth ends a pixel too early hides the cube up to where the photo shows its edge."""
    shown = PHOTO.pixels.copy()
    shown[:, :80] = 30
    near = DEPTH.copy()
    near[:, :79] = np.minimum(near[:, :79], 1.0)
    out = put(gl, cube(), depth=near, photo=Image(pixels=shown))
    wanted = put(gl, cube()).layer.colour[..., 3] == 1
    wanted[:, 79:81] = False
    assert out.hidden[:, :79][wanted[:, :79]].mean() > 0.97
    assert not out.hidden[:, 81:].any()


def test_the_floor_keeps_its_shadow_in_a_room_full_of_tops(gl):
    tops = [replace(plane("table", (0, 1, 0), -0.02 * i), outline_m=FLOOR.outline_m * 0.06 * i) for i in range(1, 12)]
    out = put(gl, cube(), room=Room(planes=(*tops, FLOOR, WALL)))
    assert out.shadow[pixel((0.0, 0, 0.225))] == pytest.approx(0.55, abs=0.1)


def test_beads_of_half_a_pixel_are_a_more_even_line(gl):
    """Four samples meet all or none of what lies in a row; a narrow product has more."""
    poses = [np.eye(4) for _ in range(60)]
    for i, pose in enumerate(poses):
        pose[:3, 3] = 0, 0.1 + 0.012 * i, 0
    beads = [Item(asset=box(size_m=(0.02, 0.006, 0.006), material=matte(0.5)), world_from_asset=pose) for pose in poses]

    def spread(samples):
        line = put(gl, *beads, samples=samples).layer.colour[..., 3].sum(axis=1)
        return float(np.std(line[line > 0][2:-2]))

    assert spread(None) == spread(16) < 0.8 * spread(4)


def test_noise_of_the_depth_leaves_no_specks_in_a_shadow():
    """A radiator lies hardly before its wall: by their own depth alone some of its pixels would catch the shadow, some not."""
    before = replace(WALL, offset_m=WALL.offset_m - 0.09)
    noisy = depth_of(before) * (1 + np.random.default_rng(1).normal(0, 0.007, DEPTH.shape))
    on = on_planes((Catching(WALL, True),), ROOM, camera=CAMERA, world_from_camera=POSE, depth_m=noisy.astype(np.float32))
    inside = on.share[4:-4, 4:-4]
    alone = np.abs(inside[1:-1] - inside[:-2]) + np.abs(inside[1:-1] - inside[2:]) > 1
    assert (inside > 0).any()
    assert alone.mean() < 0.01
