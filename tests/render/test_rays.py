"""Rays against analytic truth: what is seen, what hides what, what is near."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.errors import BackendError
from arviz.core.frames import look_at
from arviz.core.material import Material, TextureInfo
from arviz.core.scene import Item
from arviz.render.rays import RayScene
from arviz.testing.shapes import box, cube, joined, plane, sphere, textured

CAMERA = Camera(k=np.array([[180.0, 3.0, 70.25], [0, 175.0, 49.75], [0, 0, 1]]), width_px=128, height_px=96)
POSE = look_at(np.array([0.0, 0.0, 0.5]), np.zeros(3))


def moved(asset, offset, **options):
    pose = np.eye(4)
    pose[:3, 3] = offset
    return Item(asset=asset, world_from_asset=pose, **options)


def test_first_meets_a_sphere_where_geometry_says():
    """Against the quadratic formula; 128 segments lie within 0.02 % of the radius."""
    rng = np.random.default_rng(0)
    origins = rng.normal(size=(500, 3))
    origins *= 0.3 / np.linalg.norm(origins, axis=1, keepdims=True)
    directions = rng.normal(size=(500, 3)) * 0.02 - origins
    with RayScene([Item(asset=sphere(radius_m=0.05, segments=128))]) as rays:
        hits = rays.first(origins, directions)
    a, b = (directions**2).sum(1), (origins * directions).sum(1)
    inner = b * b - a * ((origins**2).sum(1) - 0.05**2)
    expected = np.where(inner > 0, (-b - np.sqrt(np.maximum(inner, 0))) / a, np.inf)
    found = np.full(500, np.inf)
    found[hits.ray] = hits.distance
    clear = np.abs(inner) > 1e-5  # not at the very rim
    np.testing.assert_array_equal(np.isfinite(found[clear]), np.isfinite(expected[clear]))
    both = clear & np.isfinite(expected)
    assert both.sum() > 100
    np.testing.assert_allclose(found[both], expected[both], atol=2e-4)


def test_backs_are_not_seen_but_cast_shadows():
    """A plane is seen from its front alone, unless its material has two sides; light stops at both."""
    behind, to_front = np.array([[0.0, 0, -1]]), np.array([[0.0, 0, 1]])
    for two_sided in (False, True):
        with RayScene([Item(asset=plane(material=Material(double_sided=two_sided)))]) as rays:
            assert len(rays.first(behind, to_front).ray) == two_sided
            assert len(rays.first(-behind, -to_front).ray) == 1
            assert rays.occluded(behind, to_front).all()


def test_a_mirrored_pose_keeps_the_front_outside():
    mirror = np.diag([-1.0, 1, 1, 1])
    with RayScene([Item(asset=cube(), world_from_asset=mirror)]) as rays:
        hits = rays.first(np.array([[0.01, 0.02, 1]]), np.array([[0.0, 0, -1]]))
    np.testing.assert_allclose(hits.distance, 0.95, atol=1e-6)


def test_a_hole_cut_by_alpha_is_no_surface():
    """Left half of the texture is cut out: the ray goes through it, the shadow too."""
    pixels = np.full((4, 4, 4), 255, np.uint8)
    pixels[:, :2, 3] = 0
    material = Material(alpha_mode="MASK", base_color_texture=TextureInfo(texture=0))
    fence = textured(plane(material=material), pixels)
    origins = np.array([[-0.25, 0, 1], [0.25, 0, 1]])
    ahead = np.tile([0.0, 0, -1], (2, 1))
    with RayScene([Item(asset=fence), moved(plane(width_m=3, height_m=3), (0, 0, -1))]) as rays:
        hits = rays.first(origins, ahead)
        np.testing.assert_allclose(hits.distance[np.argsort(hits.ray)], [2, 1], atol=1e-5)
        np.testing.assert_array_equal(rays.occluded(origins, ahead, max_m=1.5), [False, True])
        np.testing.assert_array_equal(rays.occluded(origins, ahead), [True, True])


def test_occluders_hide_and_cast_nothing():
    with RayScene([Item(asset=cube()), moved(cube(), (0, 0, 0.2), role="occluder")]) as rays:
        origin, ahead = np.array([[0.0, 0, 1]]), np.array([[0.0, 0, -1]])
        hits = rays.first(origin, ahead)
        assert rays.bodies[int(rays.soup.body_of(hits.triangle)[0])].role == "occluder"
        assert rays.pick(CAMERA, (70, 50), world_from_camera=look_at(np.array([0, 0, 1.0]), np.zeros(3))) is None
        assert not rays.occluded(origin, ahead, max_m=0.85).any()
        assert rays.occluded(origin, ahead).all()


@settings(max_examples=30)
@given(x=st.floats(0, 127), y=st.floats(0, 95), k1=st.sampled_from([0.0, -0.1, 0.15]))
def test_rays_and_projection_are_inverse(x, y, k1):
    """What a pixel sees is projected back to it, lens and skew included."""
    camera = Camera(k=CAMERA.k, width_px=128, height_px=96, distortion=(k1, 0.0, 0.001, -0.002))
    direction = camera.rays(np.array([[x, y]]))
    assert direction[0, 2] == 1
    np.testing.assert_allclose(camera.project_distorted(direction * 0.7), [[x, y]], atol=1e-6)


@settings(max_examples=20)
@given(x=st.integers(45, 95), y=st.integers(25, 75))
def test_pick_names_what_is_there(x, y):
    """Item, node, part, triangle and weights lead back to the point; the point projects to the pixel."""
    asset = joined(cube(edge_m=0.08, centre_m=(-0.06, 0, 0)), cube(edge_m=0.08, centre_m=(0.06, 0, 0)))
    items = [moved(cube(edge_m=0.01), (5, 5, 5)), moved(asset, (0.01, 0.02, -0.1))]
    with RayScene(items) as rays:
        pick = rays.pick(CAMERA, (x, y), world_from_camera=POSE)
    ray = POSE[:3, :3] @ CAMERA.rays(np.array([[x, y]]))[0]
    at_front = POSE[:3, 3] + ray * (0.56 / -ray[2]) - items[1].world_from_asset[:3, 3]
    sides = np.abs(np.abs(at_front[:2]) - [0.06, 0]) - 0.04
    if np.abs(sides).min() < 1e-4:
        return  # on an edge
    if (sides > 0).any():
        assert pick is None or abs(pick.normal[2]) < 1e-6  # past the front: nothing, or a side of a cube
        return
    assert pick is not None
    assert (pick.item, pick.node) == (1, int(at_front[0] > 0))
    corners = pick.primitive.attributes["POSITION"][pick.primitive.triangles[pick.triangle]]
    np.testing.assert_allclose(np.array(pick.weights) @ corners + items[1].world_from_asset[:3, 3], pick.point_m, atol=1e-6)
    np.testing.assert_allclose(pick.point_m - items[1].world_from_asset[:3, 3], at_front, atol=1e-5)
    np.testing.assert_allclose(pick.normal, [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(pick.distance_m, np.linalg.norm(pick.point_m - POSE[:3, 3]), atol=1e-6)


def test_nearest_of_two_boxes():
    """The point on a box is the point clamped to it."""
    rng = np.random.default_rng(1)
    points = rng.uniform(-0.5, 0.5, (200, 3))
    items = [moved(box(size_m=(0.2, 0.1, 0.1)), (-0.3, 0, 0)), moved(cube(), (0.3, 0, 0), role="occluder"), Item(asset=cube())]
    outside = np.abs(points - [-0.3, 0, 0]).max(axis=1) > 0.11
    points = points[outside & (np.abs(points).max(axis=1) > 0.06)]
    clamped = [points.clip([-0.4, -0.05, -0.05], [-0.2, 0.05, 0.05]), points.clip(-0.05, 0.05)]
    distances = np.stack([np.linalg.norm(points - near, axis=1) for near in clamped])
    with RayScene(items) as rays:
        found = rays.nearest(points)
    np.testing.assert_allclose(found.distance_m, distances.min(axis=0), atol=1e-6)
    np.testing.assert_array_equal(found.item, np.array([0, 2])[distances.argmin(axis=0)])


def test_nothing_is_defined():
    """No items, or points and rays of none."""
    with RayScene([]) as rays:
        assert not len(rays.first(np.zeros((2, 3)), np.ones((2, 3))).ray)
        assert not rays.occluded(np.zeros((2, 3)), np.ones((2, 3))).any()
        assert np.isposinf(rays.nearest(np.zeros((2, 3))).distance_m).all()
        assert rays.pick(CAMERA, (3, 3), world_from_camera=POSE) is None
    with pytest.raises(BackendError, match="closed"):
        rays.first(np.zeros((1, 3)), np.ones((1, 3)))


def test_far_from_the_origin_nothing_is_lost():
    """10 km away, distances still hold to a micrometre: float32 sees only what is relative to the items."""
    far = np.array([10_000.0, 0, 0])
    with RayScene([moved(cube(), far)]) as rays:
        hits = rays.first((far + np.array([0.01, 0.02, 1]))[None], np.array([[0.0, 0, -1]]))
        np.testing.assert_allclose(hits.distance, 0.95, atol=1e-6)
        for corner in itertools.product((-1, 1), repeat=3):
            found = rays.nearest((far + np.array(corner) * 0.06)[None])
            np.testing.assert_allclose(found.distance_m, np.sqrt(3) * 0.01, atol=1e-6)
