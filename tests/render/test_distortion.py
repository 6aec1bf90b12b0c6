"""Pictures of a lens: things land where OpenCV's model puts them, and no lens is no change."""

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.material import Material
from arviz.core.scene import Item
from arviz.core.transforms import apply
from arviz.render.gl.renderer import GlRenderer
from arviz.render.gl.targets import bytes_per_pixel
from arviz.render.lens import lens_of
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import cube, joined, plane, sphere
from tests.render.scenes import draw

K = np.array([[1100.0, 3.0, 700.25], [0, 1090.0, 330.75], [0, 0, 1]])
BARREL = (-0.35, 0.12, 0.003, -0.002, 0.01)
LENSES = {
    "barrel": BARREL,
    "cushion": (0.3, -0.1, -0.002, 0.004, 0.02),
    "rational": (0.2, 0.05, 0.001, 0.001, 0.0, 0.5, 0.1, 0.02),
    "prism": (-0.2, 0.05, 0.001, 0.001, 0.0, 0.0, 0.0, 0.0, 0.01, -0.005, 0.02, 0.003),
    "tilted": (-0.2, 0.05, 0.001, 0.001, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.04, -0.03),
}
CENTRES = np.array([(0, 0, 0), (0.8, 0.3, 0.2), (-0.7, 0.5, -0.3), (0.6, -0.45, 0.4), (-0.9, -0.4, 0.1), (0.1, 0.55, -0.6)])
POSE = look_at(np.array([1.9, 0.9, 2.6]), np.zeros(3))


def camera(distortion, *, k=K, size=(1280, 720)):
    return Camera(k=k, width_px=size[0], height_px=size[1], distortion=distortion)


@pytest.mark.parametrize("name", LENSES)
def test_spheres_land_where_opencv_puts_them(gl, name):
    """Six 6 mm spheres: intensity centroids against cv2.projectPoints, mean <= 0.05 px, largest <= 0.15 px."""
    import cv2

    glow = Material(base_color_factor=(1, 1, 1, 1), extensions={"KHR_materials_unlit": {}})
    asset = joined(*[sphere(radius_m=0.006, centre_m=tuple(c), segments=16, material=glow) for c in CENTRES])
    square = np.array([[1100.0, 0, 700.25], [0, 1090.0, 330.75], [0, 0, 1]])  # OpenCV knows no skew
    lens = camera(LENSES[name], k=square)
    alpha = draw(gl, asset, camera=lens, pose=POSE, options=RenderOptions(tone_map="none", depth=False)).colour[..., 3].astype(float)
    points = apply(np.linalg.inv(POSE), CENTRES)
    expected = cv2.projectPoints(points, np.zeros(3), np.zeros(3), square, np.array(LENSES[name]))[0][:, 0]
    errors = []
    for x, y in expected:
        column, row = round(x), round(y)
        window = alpha[row - 14 : row + 15, column - 14 : column + 15]
        rows, columns = np.mgrid[row - 14 : row + 15, column - 14 : column + 15]
        errors += [(window * columns).sum() / window.sum() - x, (window * rows).sum() / window.sum() - y]
    errors = np.abs(errors)
    assert errors.mean() <= 0.05
    assert errors.max() <= 0.15


SIZE = (160, 120)
SMALL_K = np.array([[120.0, 0.5, 82.3], [0, 118.0, 57.6], [0, 0, 1]])
ALL = RenderOptions(tone_map="none", normals=True, ids=True)


def scene():
    leaning = np.array([[0.8, 0, 0.6, 0], [0, 1, 0, 0], [-0.6, 0, 0.8, -0.3], [0, 0, 0, 1]])
    return Item(asset=cube(edge_m=0.15, centre_m=(0.05, 0, 0))), Item(asset=plane(width_m=3, height_m=3), world_from_asset=leaning)


def test_no_distortion_is_the_pinhole_to_the_last_bit(gl):
    plain, zeros = (draw(gl, *scene(), camera=camera(d, k=SMALL_K, size=SIZE), options=ALL) for d in ((), (0.0,) * 5))
    for field in ("colour", "depth_m", "normals", "ids"):
        np.testing.assert_array_equal(getattr(plain, field), getattr(zeros, field))


def test_hardly_any_distortion_is_hardly_any_change(gl):
    """A lens of a millionth: edges may flip here and there, nothing is moved or blurred."""
    plain, lens = (draw(gl, *scene(), camera=camera(d, k=SMALL_K, size=SIZE), options=ALL) for d in ((), (1e-6, 0, 0, 0)))
    assert (plain.ids != lens.ids).mean() < 2e-4
    assert (np.abs(plain.colour - lens.colour).max(axis=2) > 2 / 255).mean() < 1e-3


def test_depth_of_a_leaning_wall_is_exact(gl):
    """Planes and rays meet where mathematics says, in every pixel, not in the nearest of another picture."""
    from arviz.core.lens import undistort

    lens = camera(BARREL, k=SMALL_K, size=SIZE)
    layer = draw(gl, scene()[1], camera=lens, options=ALL)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    rays = undistort(np.stack([x - SMALL_K[0, 2], y - SMALL_K[1, 2]], -1) @ np.linalg.inv(SMALL_K[:2, :2]).T, BARREL)
    normal, point = np.array([0.6, 0, 0.8]), np.array([0, 0, -0.3])
    pose = look_at(np.array([0.0, 0.0, 0.5]), np.zeros(3))
    directions = np.concatenate([rays, np.ones_like(rays[..., :1])], -1) @ pose[:3, :3].T
    expected = normal @ (point - pose[:3, 3]) / (directions @ normal)
    hit = layer.ids > 0
    assert hit.mean() > 0.5
    np.testing.assert_allclose(layer.depth_m[hit], expected[hit], rtol=2e-4)
    np.testing.assert_allclose(layer.normals[hit], np.broadcast_to(normal, (hit.sum(), 3)), atol=1e-5)


def test_beyond_the_fold_nothing_is_shown(gl):
    """A lens that folds inside the picture leaves its corners empty, with every plane agreeing."""
    layer = draw(gl, plane(width_m=50, height_m=50), camera=camera((-0.8, 0, 0, 0), k=SMALL_K, size=SIZE), options=ALL)
    assert layer.ids[60, 80] == 1
    assert layer.ids[0, 0] == layer.ids[-1, -1] == 0
    assert layer.colour[0, 0, 3] == 0
    assert np.isposinf(layer.depth_m[0, 0])
    assert np.isfinite(layer.colour).all()
    assert 0.3 < (layer.ids > 0).mean() < 0.95


def test_tiles_of_a_lens_fit():
    lens = camera(BARREL, k=SMALL_K, size=SIZE)
    with GlRenderer() as whole, GlRenderer(target_bytes=64 * 128 * bytes_per_pixel(4)) as tiled:
        expected, found = (draw(gl, *scene(), camera=lens, options=ALL) for gl in (whole, tiled))
    assert (found.ids != expected.ids).mean() < 1e-3
    assert (np.abs(found.colour - expected.colour).max(axis=2) > 2 / 255).mean() <= 1e-3
    same = found.ids == expected.ids
    np.testing.assert_allclose(found.depth_m[same], expected.depth_m[same], rtol=1e-4)


def test_what_the_pinhole_has_to_see_stays_bounded():
    """A cushion so strong that the field goes to the horizon: the ideal picture is at most four times as wide."""
    lens = lens_of(camera((-0.5, 0.3, 0, 0, 0.0, 0.0, 0.0, 0.0), k=SMALL_K * np.array([[0.4], [0.4], [1]]), size=SIZE))
    assert lens.ideal.width_px <= 4 * SIZE[0] + 8
    assert lens.ideal.height_px <= 4 * SIZE[1] + 8


def test_a_large_picture_through_a_lens_is_refused_before_work(gl):
    from arviz.core.errors import LimitError

    with pytest.raises(LimitError) as caught:
        draw(gl, cube(), camera=camera(BARREL, size=(5000, 4000)))
    assert caught.value.code == "E_LIMIT_PICTURE"


def test_other_coefficients_are_refused(gl):
    from arviz.core.errors import InputError

    with pytest.raises(InputError) as caught:
        draw(gl, cube(), camera=camera((0.1, 0.2), size=SIZE))
    assert caught.value.code == "E_DISTORTION"
