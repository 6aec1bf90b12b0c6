"""The room factory against independent ray casting, its own planes and the stated noise."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.testing.rooms import height_grid, known_lengths, make_room, sensor_depth, walk
from arviz.testing.rooms.rays import pixel_grid
from tests.seeds import drawn_seed

SMALL = Camera(k=np.array([[131.0, 0, 79.5], [0, 131.0, 59.5], [0, 0, 1]]), width_px=160, height_px=120)
KINDS = ("box", "l_shape", "sloped")


@pytest.fixture(scope="module")
def seed():
    """Drawn at run time; the name of a failing test and this line repeat it."""
    return drawn_seed()


def world_points(view, depth):
    rays = view.camera.rays(pixel_grid(view.camera)) * depth.reshape(-1, 1)
    return rays @ view.world_from_camera[:3, :3].T + view.world_from_camera[:3, 3]


def analytic_depth(room, view, pixels):
    """Return the least distance to any triangle by its plane and its three edges; no ray library."""
    rays = view.camera.rays(pixels) @ view.world_from_camera[:3, :3].T
    eye = view.world_from_camera[:3, 3]
    nearest = np.full(len(rays), np.inf)
    for corners in room.mesh.vertices_m[room.mesh.triangles]:
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        with np.errstate(divide="ignore", invalid="ignore"):
            t = ((corners[0] - eye) @ normal) / (rays @ normal)
            points = eye + rays * t[:, None]
            sides = [np.cross(b - a, points - a) @ normal for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
        inside = (np.min(sides, axis=0) >= -1e-12) & (t > 0)
        nearest = np.where(inside, np.minimum(nearest, t), nearest)
    return nearest


@pytest.mark.parametrize("kind", KINDS)
def test_depth_is_that_of_an_independent_ray_cast(seed, kind):
    room = make_room(seed, kind=kind, camera=SMALL)
    depth = room.depth(room.views[0])
    pixels = pixel_grid(SMALL)[np.random.default_rng(seed).choice(160 * 120, 300, replace=False)]
    expected = analytic_depth(room, room.views[0], pixels)
    found = depth[pixels[:, 1].astype(int), pixels[:, 0].astype(int)]
    assert np.isfinite(depth).all()
    assert (np.abs(found - expected) > 1e-4).sum() <= 2  # pixels whose ray runs along an edge


@pytest.mark.parametrize("kind", KINDS)
def test_labels_name_the_plane_that_a_pixel_lies_on(seed, kind):
    room = make_room(seed, kind=kind, camera=SMALL)
    assert room.kind == kind
    assert room.planes[0].kind == "floor"
    np.testing.assert_allclose(room.planes[0].normal, (0, 1, 0), atol=1e-12)
    assert room.planes[0].offset_m == pytest.approx(0, abs=1e-12)
    normals, offsets = np.array([p.normal for p in room.planes]), np.array([p.offset_m for p in room.planes])
    for view in room.views:
        depth, labels = room.seen(view)
        known = labels.reshape(-1) >= 0
        points, label = world_points(view, depth.astype(np.float64))[known], labels.reshape(-1)[known]
        assert np.abs((points * normals[label]).sum(axis=1) + offsets[label]).max() < 1e-5
        eye = view.world_from_camera[:3, 3]
        facing = normals[label] @ eye + offsets[label]
        assert (facing > 0).mean() > 0.999  # surfaces show their fronts


def test_the_same_seed_gives_the_same_room(seed):
    first, again, other = make_room(seed), make_room(seed), make_room(seed + 1)
    np.testing.assert_array_equal(first.mesh.vertices_m, again.mesh.vertices_m)
    np.testing.assert_array_equal(first.views[0].world_from_camera, again.views[0].world_from_camera)
    assert first.finishes[0] is not again.finishes[0]
    assert first.mesh.vertices_m.shape != other.mesh.vertices_m.shape or not np.allclose(first.mesh.vertices_m, other.mesh.vertices_m)


def test_rooms_keep_to_the_sizes_and_views_that_they_state(seed):
    for number in range(seed, seed + 6):
        room = make_room(number, camera=SMALL)
        floor = room.planes[0].outline_m
        centred = floor - floor.mean(axis=0)
        along = centred[1] - centred[0]
        turned = centred @ np.stack([along / np.linalg.norm(along), np.cross([0, 1, 0], along) / np.linalg.norm(along)], axis=1)
        width, depth = sorted(np.ptp(turned, axis=0))
        assert 2.9 < width < 5.6
        assert 2.9 < depth < 6.1
        assert 2.2 < room.mesh.vertices_m[:, 1].max() < 3.1
        assert room.mesh.vertices_m[:, 1].min() > -1e-9
        assert all(1.2 <= view.world_from_camera[1, 3] <= 1.7 for view in room.views)
        for opening in room.openings:
            assert opening.outline_m.shape == (4, 3)
            np.testing.assert_allclose(room.planes[opening.wall].distance_m(opening.outline_m), 0, atol=1e-9)


def test_nothing_stands_in_another_thing_or_in_a_wall(seed):
    for number in range(seed, seed + 5):
        room = make_room(number, camera=SMALL)
        standing = [o for o in room.objects if o.world_from_box[1, 3] - o.size_m[1] / 2 < 1e-6]
        for i, one in enumerate(standing):
            square = np.array([[sx, 0, sz] for sx in (-1, 1) for sz in (-1, 1)]) * np.array(one.size_m) / 2
            corners = square @ one.world_from_box[:3, :3].T + one.world_from_box[:3, 3]
            walls = [p for p in room.planes if p.part == "wall"]
            if room.kind != "l_shape":
                assert all((wall.distance_m(corners) > -1e-9).all() for wall in walls)
            for other in standing[:i]:
                local = (corners - other.world_from_box[:3, 3]) @ other.world_from_box[:3, :3]
                inside = (np.abs(local[:, [0, 2]]) < np.array(other.size_m)[[0, 2]] / 2).all(axis=1)
                assert not inside.any()


def wall_ahead(depth_m):
    return np.full((SMALL.height_px, SMALL.width_px), depth_m, np.float32)


def test_kinect_noise_is_as_stated(seed):
    rng = np.random.default_rng(seed)
    camera = replace(SMALL, k=np.array([[525.0, 0, 79.5], [0, 525.0, 59.5], [0, 0, 1]]))
    for exact in (1.0, 2.0, 4.0):
        noisy = sensor_depth(wall_ahead(exact), camera, kind="kinect", rng=rng)
        seen = np.isfinite(noisy)
        assert 1 - seen.mean() == pytest.approx(0.03, abs=0.008)
        disparity = 525 * 0.075 / noisy[seen]
        # Noise of 0.058 px, then steps of 1/8 px: the quantiser's exact variance for this disparity.
        steps = np.arange(-8, 9) / 8 + np.round(8 * 525 * 0.075 / exact) / 8
        from scipy.stats import norm

        z = (steps[:, None] + np.array([-1, 1]) / 16 - 525 * 0.075 / exact) / 0.058
        share = np.diff(norm.cdf(z), axis=1)[:, 0]
        mean = (share * steps).sum()
        sigma = np.sqrt((share * (steps - mean) ** 2).sum())
        assert disparity.std() == pytest.approx(sigma, rel=0.05)
        assert disparity.mean() == pytest.approx(mean, abs=0.005)
        np.testing.assert_allclose(disparity * 8, np.round(disparity * 8), atol=1e-3)


def test_kinect_loses_edges_glass_and_grazing_surfaces(seed):
    rng = np.random.default_rng(seed)
    step = wall_ahead(3.0)
    step[:, :80] = 1.0
    noisy = sensor_depth(step, SMALL, kind="kinect", rng=rng)
    assert np.isinf(noisy[:, 80:83]).mean() > 0.9  # the shadow beside the nearer edge
    assert np.isinf(noisy[:, 120:]).mean() < 0.06
    lost = np.zeros(step.shape, bool)
    lost[:60] = True
    assert np.isinf(sensor_depth(step, SMALL, kind="kinect", rng=rng, lost=lost)[:60]).all()
    floor = -0.1 / np.minimum((59.5 - np.arange(120.0)[:, None]) / 131.0, -1e-6) * np.ones((1, 160))
    assert np.isinf(sensor_depth(floor, SMALL, kind="kinect", rng=rng)[60:64]).all()  # 0.1 m above it: beyond 87 degrees


def test_lidar_noise_is_as_stated(seed):
    rng = np.random.default_rng(seed)
    draws = np.stack([sensor_depth(wall_ahead(3.0), SMALL, kind="lidar", rng=rng) / 3.0 - 1 for _ in range(40)])
    assert np.isfinite(draws).all()
    white = np.diff(draws, axis=2)[:, :, ::2].std() / np.sqrt(2)
    assert white == pytest.approx(0.002, rel=0.05)
    # A cubic spline through the grid's values wavers as they do, a little less between them.
    waves = np.sqrt(draws.std() ** 2 - 0.002**2)
    assert 0.0028 < waves < 0.0045
    assert np.isinf(sensor_depth(wall_ahead(5.5), SMALL, kind="lidar", rng=rng)).all()


def test_sensors_keep_unknown_depth_unknown(seed):
    rng = np.random.default_rng(seed)
    for kind in ("kinect", "lidar"):
        noisy = sensor_depth(wall_ahead(np.inf), SMALL, kind=kind, rng=rng)
        assert np.isposinf(noisy).all()
        assert noisy.dtype == np.float32


def test_anchors_lie_whole_and_true_to_size_in_the_first_view(seed):
    sizes = {"a4": (0.297, 0.210), "card": (0.0856, 0.05398), "marker": (0.12, 0.12), "charuco": (0.182, 0.26)}
    room = make_room(seed, anchors=tuple(sizes), marker_m=0.12)
    view = room.views[0]
    depth, labels = room.seen(view)
    for anchor in room.anchors:
        a, b, c, d = anchor.corners_m
        assert np.linalg.norm(b - a) == pytest.approx(sizes[anchor.kind][0], abs=1e-9)
        assert np.linalg.norm(d - a) == pytest.approx(sizes[anchor.kind][1], abs=1e-9)
        assert np.linalg.norm(c - a) == pytest.approx(np.hypot(*sizes[anchor.kind]), abs=1e-9)
        np.testing.assert_allclose(np.cross(d - a, b - a) / np.prod(sizes[anchor.kind]), [0, 1, 0], atol=1e-9)  # print side up
        pixels = room.pixels(view, anchor.corners_m)
        nearest = np.round(pixels).astype(int)
        assert (labels[nearest[:, 1], nearest[:, 0]] == 0).all()
        local = (anchor.corners_m - view.world_from_camera[:3, 3]) @ view.world_from_camera[:3, :3]
        np.testing.assert_allclose(view.camera.project(local), pixels, atol=1e-9)
        np.testing.assert_allclose(depth[nearest[:, 1], nearest[:, 0]], local[:, 2], rtol=0.01)


def test_a_walk_sees_the_same_things_all_the_time(seed):
    room = make_room(seed, camera=SMALL)
    views = walk(room, 9)
    assert len(views) == 9
    seen = [set(np.unique(room.labels(view)).tolist()) for view in views]
    for one, other in pairwise(seen):
        assert len(one & other) >= 0.4 * len(one)
    eyes = np.array([view.world_from_camera[:3, 3] for view in views])
    assert np.linalg.norm(np.diff(eyes, axis=0), axis=1).max() < 0.13
    assert all(room.depth(view).min() > 0.1 for view in views)


def test_known_lengths_lie_where_their_pixels_are(seed):
    lens = replace(SMALL, distortion=(-0.1, 0.02, 0.001, -0.001))
    room = make_room(seed, camera=lens)
    view = room.views[0]
    depth, labels = room.seen(view)
    lengths = known_lengths(room, view, rng=np.random.default_rng(seed))
    assert lengths
    for one in lengths:
        assert one.length_m == pytest.approx(np.linalg.norm(one.ends_m[1] - one.ends_m[0]))
        np.testing.assert_allclose(room.planes[one.plane].distance_m(one.ends_m), 0, atol=1e-9)
        np.testing.assert_allclose(room.pixels(view, one.ends_m), one.ends_px, atol=1e-6)
        column, row = one.ends_px.astype(int).T
        assert (labels[row, column] == one.plane).all()
        local = (one.ends_m - view.world_from_camera[:3, 3]) @ view.world_from_camera[:3, :3]
        np.testing.assert_allclose(depth[row, column], local[:, 2], rtol=1e-6)


def test_a_body_put_into_a_room_hides_what_is_behind_it(seed):
    room = make_room(seed, camera=SMALL)
    view = room.views[0]
    pose = view.world_from_camera
    corners = pose[:3, 3] + np.array([[-0.05, -0.05, 0.4], [0.05, -0.05, 0.4], [0.0, 0.05, 0.4]]) @ pose[:3, :3].T
    before, (depth, labels) = room.depth(view), room.with_body(corners, np.array([[0, 2, 1]]), colour=(0.5, 0.5, 0.5)).seen(view)
    covered = depth != before
    assert 200 < covered.sum() < 700  # half of a square of 0.1 m at 0.4 m, f = 131: 536 pixels
    np.testing.assert_allclose(depth[covered], 0.4, atol=1e-5)
    assert (labels[covered] == -1).all()


def test_the_height_grid_is_that_of_the_boxes(seed):
    room = make_room(seed, kind="box", camera=SMALL)
    grid = height_grid(room)
    floor = room.planes[0]
    assert grid.seen.sum() * grid.cell_m**2 == pytest.approx(floor.area_m2, rel=0.02)
    rows, columns = np.nonzero(grid.seen)
    x, z = grid.origin_m[0] + (columns + 0.5) * grid.cell_m, grid.origin_m[1] + (rows + 0.5) * grid.cell_m
    covered = np.zeros(len(rows), bool)
    for thing in room.objects:
        local = (np.stack([x, 0 * x, z], axis=1) - thing.world_from_box[:3, 3]) @ thing.world_from_box[:3, :3]
        inside = (np.abs(local[:, [0, 2]]) < np.array(thing.size_m)[[0, 2]] / 2).all(axis=1)
        covered |= (np.abs(local[:, [0, 2]]) < np.array(thing.size_m)[[0, 2]] / 2 + 1e-3).all(axis=1)
        top = thing.world_from_box[1, 3] + thing.size_m[1] / 2
        if thing.category in ("table", "cabinet", "bookshelf", "box") and inside.any():
            assert (grid.top_m[rows, columns][inside] < top - 1e-5).sum() <= 2
        if thing.category in ("cabinet", "bookshelf", "box"):
            # Embree may miss a top along its diagonal, under a thing that stands there.
            assert (grid.bottom_m[rows, columns][inside] > 0).sum() <= 2
        if thing.category == "table":
            assert np.median(grid.bottom_m[rows, columns][inside]) > top - 0.05
    free = ~covered
    hanging = grid.bottom_m[rows, columns][free & grid.occupied[rows, columns]]
    assert (hanging > 1.4).all()  # only lamps hang in the air
