"""Where things land and how far they are: analytic truth, and two other engines on the same K."""

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.frames import half_pixel_intrinsics, look_at
from arviz.core.material import Material
from arviz.core.transforms import apply
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import cube, joined, sphere
from tests.render.scenes import DEPTH, SMALL, compare, draw, tilted, triangles_of

SKEWED = Camera(k=np.array([[1100.0, 3.0, 700.25], [0, 1090.0, 330.75], [0, 0, 1]]), width_px=1280, height_px=720)


def test_depth_of_a_100_mm_cube(gl):
    """Its front face is 100 mm nearer than its back would be: 100 +- 0.5 mm."""
    camera = Camera.from_fov(vertical_fov_rad=0.5, width_px=200, height_px=200)
    near = draw(gl, cube(), camera=camera, options=DEPTH).depth_m
    from_behind = draw(gl, cube(), camera=camera, pose=look_at(np.array([0, 0, -0.5]), np.zeros(3)), options=DEPTH).depth_m
    thickness_mm = (1.0 - near[100, 100] - from_behind[100, 100]) * 1000
    assert thickness_mm == pytest.approx(100, abs=0.01)
    assert near[100, 100] == pytest.approx(0.45, abs=1e-6)


@pytest.mark.parametrize("samples", [1, 4])
def test_spheres_land_where_k_puts_them(gl, samples):
    """Six 6 mm spheres: intensity centroids against the exact projection, mean <= 0.05 px, largest <= 0.15 px."""
    centres = np.array([(0, 0, 0), (0.8, 0.3, 0.2), (-0.7, 0.5, -0.3), (0.6, -0.45, 0.4), (-0.9, -0.4, 0.1), (0.1, 0.55, -0.6)])
    glow = Material(base_color_factor=(1, 1, 1, 1), extensions={"KHR_materials_unlit": {}})
    asset = joined(*[sphere(radius_m=0.006, centre_m=tuple(c), segments=16, material=glow) for c in centres])
    pose = look_at(np.array([1.9, 0.9, 2.6]), np.zeros(3))
    options = RenderOptions(tone_map="none", depth=False, samples=samples)
    alpha = draw(gl, asset, camera=SKEWED, pose=pose, options=options).colour[..., 3].astype(np.float64)
    expected = SKEWED.project(apply(np.linalg.inv(pose), centres))
    errors = []
    for x, y in expected:
        column, row = round(x), round(y)
        window = alpha[row - 14 : row + 15, column - 14 : column + 15]
        rows, columns = np.mgrid[row - 14 : row + 15, column - 14 : column + 15]
        errors += [(window * columns).sum() / window.sum() - x, (window * rows).sum() / window.sum() - y]
    errors = np.abs(errors)
    limit = 0.15 if samples == 4 else 0.3  # one sample cannot place a disc of four pixels better
    assert errors.mean() <= (0.05 if samples == 4 else 0.15)
    assert errors.max() <= limit


def test_mask_and_depth_agree_with_open3d(gl):
    """Rays from RaycastingScene through the same K."""
    open3d = pytest.importorskip("open3d")
    asset, pose = tilted()
    positions, faces = triangles_of(asset)
    scene = open3d.t.geometry.RaycastingScene()
    scene.add_triangles(positions.astype(np.float32), faces.astype(np.uint32))
    rays = scene.create_rays_pinhole(
        intrinsic_matrix=open3d.core.Tensor(half_pixel_intrinsics(SMALL)),
        extrinsic_matrix=open3d.core.Tensor(np.linalg.inv(pose)),
        width_px=SMALL.width_px,
        height_px=SMALL.height_px,
    )
    # Directions have z = 1 in the camera, so the ray parameter is the distance along z.
    theirs = scene.cast_rays(rays)["t_hit"].numpy()
    compare(draw(gl, asset, camera=SMALL, pose=pose, options=DEPTH).depth_m, theirs)
