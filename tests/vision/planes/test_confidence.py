import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.vision.planes.extract import extract_planes
from arviz.vision.planes.noise import EXACT, KINECT
from tests.vision.planes.views import KINECT_CAMERA, angle_deg, box_room, pixel_rays


def tunnel(camera, radius_m, height_m):
    """Return the depth of a tunnel that runs ahead of a camera at some height below its axis, and where its floor is."""
    rays = pixel_rays(camera)
    across = rays[..., 0] ** 2 + rays[..., 1] ** 2
    along = rays[..., 1] * height_m
    wall = (along + np.sqrt(along**2 + across * (radius_m**2 - height_m**2))) / across
    floor = np.where(rays[..., 1] > 0, 1.3 / np.maximum(rays[..., 1], 1e-9), np.inf)
    return np.minimum(wall, floor).astype(np.float32), floor < wall


def test_facets_of_a_tunnel_are_not_believed_but_its_floor_is():
    turned = Camera(k=np.array([[525.0, 0, 80.5], [0, 525, 60.5], [0, 0, 1]]), width_px=640, height_px=480)
    depth, floor = tunnel(turned, 1.6, 0.2)
    rng = np.random.default_rng(5)
    depth = (depth + rng.normal(0, 1, depth.shape) * KINECT.sigma_m(depth)).astype(np.float32)
    found = extract_planes(depth, camera=turned, noise=KINECT)
    assert len(found.planes) >= 3
    for index, plane in enumerate(found.planes):
        if floor[found.labels == index + 1].mean() < 0.1:
            assert plane.confidence < 0.5
            assert plane.curvature > 1


def test_flat_walls_are_believed():
    assert min(p.confidence for p in extract_planes(box_room(KINECT_CAMERA).depth_m, camera=KINECT_CAMERA, noise=EXACT).planes) > 0.9


@pytest.fixture
def depth_of(data):
    folder = data / "room"

    def read(name, unit_m):
        if not (folder / name).is_file():
            pytest.skip(f"no {name}")
        import cv2

        return cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED).astype(np.float32) * np.float32(unit_m)

    return read


def test_the_tunnel_of_cape_has_no_believed_wall(depth_of):
    k = np.array([[575.93, 0, 315.15], [0, 576.41, 230.59], [0, 0, 1]])
    lens = (-0.0450963, 0.2395345, -0.0029594, -0.0029427, -1.0147872)
    camera = Camera(k=k, width_px=640, height_px=480, distortion=lens, source="calibrated")
    found = extract_planes(depth_of("cape/depth_0.png", 0.001), camera=camera)
    walls = [plane for plane in found.planes if abs(plane.normal[1]) < 0.8 and plane.share > 0.03]
    assert len(walls) >= 3
    assert max(plane.confidence for plane in walls) < 0.5


@pytest.mark.parametrize("index", range(3))
def test_walls_of_redwood_stand_upright_on_its_floor(depth_of, index):
    found = extract_planes(depth_of(f"redwood/depth/0000{index}.png", 0.001), camera=KINECT_CAMERA)
    floor = max(found.planes, key=lambda plane: -plane.normal[1])
    assert floor.confidence > 0.5
    walls = [plane for plane in found.planes if abs(plane.normal @ floor.normal) < 0.05 and plane.confidence > 0.5 and plane.share > 0.03]
    off = sorted(abs(90 - angle_deg(wall.normal, floor.normal)) for wall in walls)
    print("degrees from upright", off)
    assert len(walls) >= 3
    assert off[1] < 0.75
    assert all(
        abs(90 - angle_deg(w.normal, floor.normal)) < np.degrees(6 * np.hypot(w.sigma_normal_rad, floor.sigma_normal_rad)) for w in walls
    )
