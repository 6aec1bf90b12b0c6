"""Glossy floors: found where they are, not invented, and products stand upside down in them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from arviz.core.camera import Camera
from arviz.core.colour import linear_to_srgb, to_uint8
from arviz.core.frames import look_at
from arviz.core.graph import drawn
from arviz.core.image import Image
from arviz.core.room import Plane
from arviz.core.scene import Item, Lighting
from arviz.core.transforms import apply
from arviz.render.floor_reflection import Gloss, floor_gloss, reflected
from arviz.render.mirror_image import flipped_camera, mirror, part_of
from arviz.render.photo_occlusion import Part
from arviz.testing.shapes import box
from tests.seeds import drawn_seed

CAMERA = Camera.from_fov(vertical_fov_rad=0.9, width_px=320, height_px=240)
POSE = look_at(np.array([0.2, 1.4, 3.0]), np.array([0.0, 0.3, 0.0]))
FLOOR = Plane(
    kind="floor",
    normal=(0, 1, 0),
    offset_m=0.0,
    outline_m=np.array([[-3, 0, -3], [-3, 0, 3], [3, 0, 3], [3, 0, -3.0]]),
    sigma_normal_rad=0,
    sigma_offset_m=0,
    source="given",
)
WALL_Z = -2.0
EVEN = Lighting(environment=Image(pixels=np.full((128, 256, 3), 0.5, np.float32), space="linear"))


def rays(camera=CAMERA):
    y, x = np.mgrid[: camera.height_px, : camera.width_px]
    return camera.rays(np.stack([x, y], axis=-1)) @ POSE[:3, :3].T


def wall_light(points, rng):
    """Windows on a wall at z = WALL_Z: bright rectangles where the seed puts them."""
    light = np.full(points.shape[:-1], 0.25)
    for x, y in zip(rng.uniform(-1.8, 1.4, 5), rng.uniform(0.2, 1.6, 5), strict=True):
        light[(np.abs(points[..., 0] - x) < 0.2) & (np.abs(points[..., 1] - y) < 0.25)] = 0.9
    return light


def scene(seed, gloss):
    """A floor with joints before a wall with windows, which a coat of that reflectance at normal incidence mirrors."""
    rng = np.random.default_rng(seed)
    way, eye = rays(), POSE[:3, 3]
    down, ahead = -eye[1] / way[..., 1], (WALL_Z - eye[2]) / way[..., 2]
    floor = (down > 0) & (down < ahead)
    depth = np.where(floor, down, ahead)
    points = eye + way * depth[..., None]
    windows = np.random.default_rng(seed + 1)
    state = windows.bit_generator.state
    seen = wall_light(points, windows)
    windows.bit_generator.state = state
    mirrored = way * (1, -1, 1)
    there = points + mirrored * ((WALL_Z - points[..., 2]) / mirrored[..., 2])[..., None]
    cosine = np.abs(way[..., 1]) / np.linalg.norm(way, axis=-1)
    shown = gaussian_filter(wall_light(there, windows), 1.5) * (gloss + (0.5 - gloss) * (1 - cosine) ** 5)
    joints = 0.3 - 0.1 * ((points[..., 0] % 0.4 < 0.03) | (points[..., 2] % 0.4 < 0.03))
    light = np.where(floor, joints + (shown if gloss else 0), seen) + rng.normal(0, 0.004, floor.shape)
    pixels = np.repeat(to_uint8(linear_to_srgb(light))[..., None], 3, axis=2)
    return Image(pixels=pixels), depth.astype(np.float32)


def found(seed, gloss):
    photo, depth = scene(seed, gloss)
    return floor_gloss(photo, floor=FLOOR, camera=CAMERA, world_from_camera=POSE, depth_m=depth)


@pytest.fixture(scope="module")
def seed():
    return drawn_seed()


def test_gloss_is_found_where_it_is(seed):
    glosses = [found(seed + number, 0.05) for number in range(8)]
    print(glosses)
    assert sum(gloss.strength > 0 for gloss in glosses) >= 5
    assert all(0.02 <= gloss.strength <= 0.06 for gloss in glosses if gloss.strength)


def test_gloss_is_not_invented(seed):
    assert sum(found(seed + number, 0.0).strength > 0 for number in range(8)) <= 1


def test_a_photo_without_depth_or_structure_has_no_gloss():
    photo, depth = scene(3, 0.05)
    view = {"floor": FLOOR, "camera": CAMERA, "world_from_camera": POSE}
    assert floor_gloss(photo, **view, depth_m=np.full(depth.shape, np.inf)) == Gloss()
    assert floor_gloss(photo, **view, depth_m=np.full(depth.shape, np.nan)) == Gloss()
    grey = Image(pixels=np.full((*depth.shape, 3), 128, np.uint8))
    assert floor_gloss(grey, **view, depth_m=depth).strength == 0


def test_a_mirror_is_its_own_inverse_and_leaves_the_plane():
    normal = np.array([1.0, 2.0, -1.0]) / np.sqrt(6)
    tilted = replace(FLOOR, normal=tuple(normal), offset_m=0.7)
    there = mirror(tilted)
    assert np.allclose(there @ there, np.eye(4))
    foot = -normal * 0.7
    assert np.allclose(there @ [*foot, 1], [*foot, 1])
    assert np.allclose((there @ [*(foot + normal), 1])[:3], foot - normal)


@pytest.mark.parametrize(
    "distortion", [(), (0.1, -0.05, 0.01, 0.02), (0.1, -0.05, 0.01, 0.02, 0.01, 0, 0, 0, 0.01, 0.02, 0.01, 0.02, 0.03, 0.04)]
)
def test_the_flipped_camera_sees_the_mirror_image(distortion):
    k = np.array([[300, 2.0, 150], [0, 310, 118], [0, 0, 1]])
    camera = Camera(k=k, width_px=320, height_px=240, distortion=distortion)
    points = np.random.default_rng(0).uniform((-1, -1, 2), (1, 1, 4), (50, 3))
    straight, flipped = camera.project_distorted(points), flipped_camera(camera).project_distorted(points * (-1, 1, 1))
    assert np.allclose(flipped, np.stack([319 - straight[:, 0], straight[:, 1]], axis=1))


def whole(part):
    """Return what `reflected` found, less what it took, as a picture of the camera's size."""
    box = slice(0, CAMERA.height_px), slice(0, CAMERA.width_px)
    return part.added.at(box, outside=0.0) - part.taken.at(box, outside=0.0)


def test_a_box_stands_upside_down_in_the_floor(gl):
    product = Item(asset=box(size_m=(0.5, 0.8, 0.4), centre_m=(0, 0.4, 0)), world_from_asset=np.eye(4))
    photo, depth = scene(5, 0.0)
    part = reflected(
        [product],
        gloss=Gloss(strength=0.05, roughness_rad=0.002, confidence=1),
        photo=Image(pixels=np.zeros_like(photo.pixels)),
        floor=FLOOR,
        floor_share=np.ones(depth.shape, np.float32),
        camera=CAMERA,
        world_from_camera=POSE,
        depth_m=None,
        renderer=gl,
        lighting=EVEN,
    )
    change = whole(part)
    corners = np.concatenate([apply(np.eye(4), piece.used_positions) for piece in drawn(product.asset)])
    below = corners * (1, -1, 1)
    seen = CAMERA.project((below - POSE[:3, 3]) @ POSE[:3, :3])
    rows, columns = np.nonzero(change.max(axis=2) > 0.2 * change.max())
    assert np.allclose([columns.min(), columns.max()], [seen[:, 0].min(), seen[:, 0].max()], atol=2)
    assert np.allclose(rows.max(), seen[:, 1].max(), atol=2)
    assert change.min() >= 0


def test_a_dark_product_takes_away_what_the_floor_mirrored(gl):
    photo, depth = scene(7, 0.05)
    dark = Lighting(environment=Image(pixels=np.zeros((128, 256, 3), np.float32), space="linear"))
    view = {"floor": FLOOR, "camera": CAMERA, "world_from_camera": POSE, "depth_m": depth, "renderer": gl, "photo": photo}
    product = [Item(asset=box(size_m=(0.5, 0.8, 0.4), centre_m=(0, 0.4, 0)), world_from_asset=np.eye(4))]
    share = np.ones(depth.shape, np.float32)
    glossy = Gloss(strength=0.05, roughness_rad=0.02, confidence=1)
    change = whole(reflected(product, gloss=glossy, lighting=dark, floor_share=share, **view))
    assert change.max() <= 1e-6
    assert change.min() < -0.005
    assert reflected(product, gloss=Gloss(), lighting=dark, floor_share=share, **view) is None


@pytest.mark.parametrize(
    "box", [(slice(0, 9), slice(0, 8)), (slice(3, 5), slice(3, 4)), (slice(4, 9), slice(0, 3)), (slice(7, 9), slice(6, 8))]
)
def test_a_part_of_a_picture_is_cut_as_the_picture_is(box):
    values = np.random.default_rng(1).random((4, 3, 2)).astype(np.float32)
    picture = np.full((9, 8, 2), 0.5, np.float32)
    picture[2:6, 2:5] = values
    assert np.array_equal(Part((slice(2, 6), slice(2, 5)), values).at(box, outside=0.5), picture[box])


def test_the_camera_of_a_part_sees_what_the_whole_one_sees_there():
    k = np.array([[300, 2.0, 150], [0, 310, 118], [0, 0, 1]])
    camera = Camera(k=k, width_px=320, height_px=240, distortion=(0.1, -0.05, 0.01, 0.02))
    points = np.random.default_rng(0).uniform((-1, -1, 2), (1, 1, 4), (50, 3))
    part = part_of(camera, (slice(20, 90), slice(31, 200)))
    assert (part.width_px, part.height_px) == (169, 70)
    assert np.allclose(part.project_distorted(points), camera.project_distorted(points) - (31, 20))
