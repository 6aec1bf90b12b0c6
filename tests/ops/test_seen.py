"""What is seen from outside of bodies inside bodies, and the nearest wall that faces the same way."""

import numpy as np
import pytest

from arviz.ops.seen import Facing, seen
from arviz.testing.shapes import box, sphere


def surface(asset):
    (primitive,) = asset.meshes[0].primitives
    return primitive.positions.astype(float), primitive.triangles.astype(int)


def together(*surfaces):
    first = np.cumsum([0, *(len(points) for points, _ in surfaces)])
    return np.concatenate([points for points, _ in surfaces]), np.concatenate([t + n for (_, t), n in zip(surfaces, first, strict=False)])


def test_what_is_inside_is_not_seen():
    outer, inner = surface(box(size_m=(1, 1, 1))), surface(sphere(radius_m=0.3))
    found = seen(*together(outer, inner), both_sides=False)
    assert found[: len(outer[1])].all()
    assert not found[len(outer[1]) :].any()


@pytest.mark.parametrize("both_sides", [False, True])
def test_the_inside_of_an_open_box_is_seen_if_it_is_drawn(both_sides):
    points, triangles = surface(box(size_m=(1, 1, 1)))
    up = np.cross(*(points[triangles[:, i]] - points[triangles[:, 0]] for i in (1, 2)))[:, 1] > 0
    inside_out = triangles[~up][:, [0, 2, 1]]
    assert seen(points, inside_out, both_sides=both_sides).all(), "light comes in from above"


def test_a_large_triangle_is_seen_where_a_little_of_it_is():
    """A wall of 1 x 1 m behind boxes that leave its upper tenth free."""
    wall = np.array([[-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, 0], [-0.5, 0.5, 0]], float), np.array([[0, 1, 2], [0, 2, 3]])
    cover = surface(box(size_m=(1.2, 0.9, 0.1), centre_m=(0, -0.05, 0.051)))
    assert seen(*together(wall, cover), both_sides=False)[:2].all()


def test_the_nearest_place_faces_the_same_way():
    """A wall of 1 cm: a place 2 mm below its upper side belongs to that, one 4 mm below too, though the lower is no further away."""
    points, triangles = surface(box(size_m=(1, 0.01, 1)))
    facing = Facing(points, triangles)
    place = np.array([[0.1, -0.004, 0.2]])
    for find in (facing.nearest, lambda *at: facing.outermost(*at, reach=0.002)):
        for way in (1.0, -1.0):
            triangle, weights = find(place, np.array([[0, way, 0]]))
            assert np.einsum("nij,ni->nj", points[triangles[triangle]], weights) == pytest.approx(
                np.array([[0.1, way * 0.005, 0.2]]), abs=1e-6
            )


def test_of_two_layers_the_outer_one_is_found():
    layers = together(surface(box(size_m=(1, 0.1, 1))), surface(box(size_m=(1, 0.104, 1))))
    triangle, weights = Facing(*layers).outermost(np.array([[0.0, 0.05, 0.0]]), np.array([[0.0, 1.0, 0.0]]), reach=0.01)
    assert np.einsum("nij,ni->nj", layers[0][layers[1][triangle]], weights)[0, 1] == pytest.approx(0.052)
