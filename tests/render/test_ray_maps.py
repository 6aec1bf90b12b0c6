"""Light by rays against closed forms, and clearance against boxes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.image import Image
from arviz.core.scene import Item, Lighting, Sun
from arviz.core.transforms import similarity
from arviz.render.clearance import clearance
from arviz.render.ray_maps import hemisphere, light_map, rectangle, sky_visibility, sun_visibility
from arviz.render.rays import RayScene
from arviz.testing.contracts import constant_light
from arviz.testing.shapes import box, cube, plane, sphere

UP = np.array([[0.0, 1, 0]])
TURNED_DOWN = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]).T


def ceiling(height_m, size_m=1.0):
    pose = similarity(rotation=TURNED_DOWN, translation=(0, height_m, 0))
    return Item(asset=plane(width_m=size_m, height_m=size_m), world_from_asset=pose)


def test_sky_beside_a_wall_and_under_a_square():
    """Half the sky at the foot of an endless wall; under a square by its form factor (Howell, B-3 of his catalogue)."""
    with RayScene([Item(asset=plane(width_m=500, height_m=500))]) as rays:
        share = sky_visibility(rays, np.array([[0.0, 0, 1e-3]]), UP, max_m=np.inf, count=400)
    np.testing.assert_allclose(share, 0.5, atol=0.02)
    with RayScene([ceiling(0.5)]) as rays:
        share = sky_visibility(rays, np.zeros((1, 3)), UP, max_m=np.inf, count=1000)
    x = 1.0  # half the side by the height: four corners of a rectangle over the point
    factor = 4 / np.pi * x / np.sqrt(1 + x * x) * np.arctan(x / np.sqrt(1 + x * x))
    np.testing.assert_allclose(share, 1 - factor, atol=0.01)


def test_the_sun_behind_an_edge_is_half_seen():
    sun = Sun(to_light=(0, 1, 0), angular_radius_rad=0.1)
    points = np.array([[0.5, 0, 0], [0.7, 0, 0], [0.3, 0, 0], [0.0, 0, 0]])
    with RayScene([ceiling(0.5)]) as rays:
        share = sun_visibility(rays, points, np.repeat(UP, 4, axis=0), sun, count=64)
        assert not sun_visibility(rays, points, np.repeat(-UP, 4, axis=0), sun).any()
    np.testing.assert_allclose(share, [0.5, 1, 0, 0], atol=0.03)


def test_light_of_a_furnace_is_the_sky_that_is_seen():
    points, normals = rectangle(np.array([-0.2, 0, 0.2]), across_m=np.array([0.4, 0, 0]), along_m=np.array([0, 0, -0.4]), columns=8, rows=6)
    np.testing.assert_array_equal(normals, np.repeat(UP, 48, axis=0))
    with RayScene([Item(asset=sphere(radius_m=0.1, centre_m=(0, 0.2, 0)))]) as rays:
        light = light_map(rays, points, normals, constant_light(2.0), count=64)
        share = sky_visibility(rays, points, normals, max_m=np.inf, count=64)
    np.testing.assert_allclose(light, 2 * np.repeat(share[:, None], 3, axis=1), rtol=1e-6)
    assert share.min() < 0.85 < share.max()


def test_light_turns_with_the_environment_and_adds_the_sun():
    """A sky bright on one side; the open sun gives irradiance / pi times the cosine."""
    pixels = np.zeros((32, 64, 3), np.float32)
    pixels[:, 32 - 8 : 32 + 8] = 1  # around +X
    normals = np.array([[1.0, 0, 0], [0, 0, -1], [-1, 0, 0]])
    with RayScene([]) as rays:
        plain = Lighting(environment=Image(pixels=pixels, space="linear"))
        still = light_map(rays, np.zeros((3, 3)), normals, plain, count=400)[:, 0]
        turned = Lighting(environment=plain.environment, rotation_rad=np.pi / 2)
        moved = light_map(rays, np.zeros((3, 3)), normals, turned, count=400)[:, 0]
        sun = Lighting(environment=constant_light(0.0).environment, sun=Sun(to_light=(1, 0, 1), irradiance=(3, 2, 1)))
        direct = light_map(rays, np.zeros((3, 3)), normals, sun, count=4)
    assert still[0] > 0.6
    assert still[2] == 0
    np.testing.assert_allclose(moved[1], still[0], atol=0.03)
    np.testing.assert_allclose(direct[0], np.array([3, 2, 1]) / np.pi * np.sqrt(0.5), rtol=1e-6)
    assert not direct[1:].any()


def test_directions_carry_the_cosine():
    """The mean direction of a cosine lobe is 2/3 along its axis."""
    found = hemisphere(2000)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)
    np.testing.assert_allclose(found.mean(axis=0), [0, 0, 2 / 3], atol=2e-3)


@settings(max_examples=20)
@given(st.tuples(*[st.floats(-0.4, 0.4)] * 3))
def test_clearance_of_boxes(offset):
    """Two boxes along the axes: the gaps of their intervals."""
    pose = similarity(translation=offset)
    items = [Item(asset=cube(edge_m=0.1)), Item(asset=box(size_m=(0.2, 0.05, 0.1)), world_from_asset=pose)]
    gaps = np.abs(offset) - (np.array([0.2, 0.05, 0.1]) + 0.1) / 2
    with RayScene(items) as rays:
        found = clearance(rays, 0, 1)
    if (gaps > 1e-6).any():
        true = np.linalg.norm(np.maximum(gaps, 0))
        assert found.distance_m - found.error_m - 1e-6 <= true <= found.distance_m + 1e-6
        np.testing.assert_allclose(np.linalg.norm(found.point_a_m - found.point_b_m), found.distance_m, atol=1e-6)
        assert found.error_m < 0.01


def test_clearance_of_spheres_and_of_nothing():
    """Against centres and radii, less what the facets lack; an item without surface is nowhere near."""
    items = [Item(asset=sphere(radius_m=0.1, segments=64)), Item(asset=sphere(radius_m=0.05, centre_m=(0.2, 0.1, 0.05), segments=64))]
    with RayScene([*items, ceiling(1.0)]) as rays:
        found = clearance(rays, 0, 1)
        true = np.linalg.norm([0.2, 0.1, 0.05]) - 0.15
        np.testing.assert_allclose(found.distance_m, true, atol=5e-4)
        assert found.error_m <= 1.1e-3
        assert clearance(rays, 0, 2).distance_m == pytest.approx(0.9, abs=1e-3)
    with RayScene([items[0]]) as rays:
        assert np.isposinf(clearance(rays, 0, 1).distance_m)
