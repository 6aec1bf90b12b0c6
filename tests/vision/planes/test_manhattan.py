import numpy as np
import pytest

from arviz.vision.planes.extract import extract_planes
from arviz.vision.planes.manhattan import snap
from arviz.vision.planes.noise import LIDAR
from tests.seeds import drawn_seed
from tests.vision.planes.views import LIDAR_CAMERA, angle_deg, box_room, inside_of, unit


def lidar_like(case, seed):
    rng = np.random.default_rng(seed)
    rows, columns = (np.linspace(0, n - 1.001, size) for n, size in zip((6, 8), case.depth_m.shape, strict=True))
    waves = rng.normal(0, 0.004, (6, 8))
    j, i = rows.astype(int)[:, None], columns.astype(int)[None]
    v, u = rows[:, None] - j, columns[None] - i
    low = (1 - v) * ((1 - u) * waves[j, i] + u * waves[j, i + 1]) + v * ((1 - u) * waves[j + 1, i] + u * waves[j + 1, i + 1])
    return (case.depth_m * (1 + low + rng.normal(0, 0.002, low.shape))).astype(np.float32)


def test_snapped_normals_are_orthogonal_and_nearer_to_the_truth():
    seeds = np.random.default_rng(drawn_seed()).integers(0, 2**31, 12)
    print("seeds", seeds)
    case = box_room(LIDAR_CAMERA)
    before, after = [], []
    for seed in seeds:
        field = extract_planes(lidar_like(case, seed), camera=LIDAR_CAMERA, noise=LIDAR)
        snapped = snap(field)
        assert snapped is not None
        assert all(snapped.snapped)
        assert np.allclose(snapped.axes_camera.T @ snapped.axes_camera, np.eye(3), atol=1e-9)
        assert np.linalg.det(snapped.axes_camera) == pytest.approx(1)
        for raw, plane in zip(field.planes, snapped.planes, strict=True):
            true = max(case.truth, key=lambda t, n=plane.normal: t.normal @ n)
            before.append(angle_deg(raw.normal, true.normal))
            after.append(angle_deg(plane.normal, true.normal))
            assert np.abs(plane.normal @ snapped.axes_camera).max() == pytest.approx(1)
            assert abs(plane.normal @ plane.centroid_m + plane.offset_m) < 1e-9
            assert np.linalg.eigvalsh(plane.covariance).min() > 0
    assert np.mean(after) < 0.9 * np.mean(before)


def test_y_is_up_and_gravity_chooses_it():
    case = box_room(LIDAR_CAMERA)
    field = extract_planes(case.depth_m, camera=LIDAR_CAMERA, noise=LIDAR)
    floor = case.truth[0].normal
    snapped = snap(field)
    assert angle_deg(snapped.axes_camera[:, 1], floor) < 0.2
    wall = case.truth[1].normal
    tipped = snap(field, gravity=-wall)
    assert angle_deg(tipped.axes_camera[:, 1], wall) < 0.2
    assert np.linalg.det(tipped.axes_camera) == pytest.approx(1)


def test_planes_without_right_angles_are_left_alone():
    slanted = [(unit(0, -1, -0.2), 0.9), (unit(0.6, -0.3, -0.9), 2.0), (unit(-0.6, -0.5, -0.9), 2.0)]
    case = inside_of(LIDAR_CAMERA, slanted)
    field = extract_planes(case.depth_m, camera=LIDAR_CAMERA, noise=LIDAR)
    assert len(field.planes) == 3
    assert snap(field) is None


def test_one_plane_or_none_is_no_room():
    case = inside_of(LIDAR_CAMERA, [(unit(0, 0, -1), 2.0)])
    field = extract_planes(case.depth_m, camera=LIDAR_CAMERA, noise=LIDAR)
    assert len(field.planes) == 1
    assert snap(field) is None
    assert snap([]) is None
