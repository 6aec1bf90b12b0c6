"""What a camera says of pixels, sizes and how sure its focal length is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.errors import InputError

BENT = Camera(
    k=np.array([[900.0, 1.5, 310.5], [0, 880.0, 250.25], [0, 0, 1]]),
    width_px=640,
    height_px=480,
    distortion=(-0.12, 0.04, 0.001, -0.002, 0.01),
    sigma_f_px=9.0,
)


@given(st.integers(0, 2**32 - 1))
def test_pixels_lie_where_their_rays_are_seen(seed):
    pixels = np.random.default_rng(seed).uniform((-0.5, -0.5), (639.5, 479.5), (2, 20, 2))
    rays = BENT.rays(pixels)
    assert (rays[..., 2] == 1).all()
    np.testing.assert_allclose(BENT.project_distorted(rays.reshape(-1, 3)), pixels.reshape(-1, 2), rtol=0, atol=1e-5)


def test_a_ray_by_hand_and_none_where_the_lens_shows_nothing():
    plain = Camera(k=np.array([[100.0, 0, 50], [0, 100, 40], [0, 0, 1]]), width_px=101, height_px=81)
    np.testing.assert_allclose(plain.rays(np.array([150.0, -10.0])), (1.0, -0.5, 1.0))
    folded = Camera(k=plain.k, width_px=101, height_px=81, distortion=(-0.4, 0, 0, 0))
    assert np.isnan(folded.rays(np.array([50 + 60.9, 40.0]))[:2]).all()  # x - 0.4 x^3 is 0.6086 at most


@given(st.integers(20, 3000), st.integers(20, 3000))
def test_a_resized_camera_sees_the_same_along_pixels_that_move_with_their_centres(width, height):
    small = BENT.resized(width_px=width, height_px=height)
    pixel = np.array([[123.0, 321.0]])
    moved = (pixel + 0.5) * (width / 640, height / 480) - 0.5
    np.testing.assert_allclose(small.rays(moved), BENT.rays(pixel), rtol=0, atol=1e-9)


def test_how_sure_a_focal_length_is():
    assert BENT.relative_sigma_f == 0.01
    assert Camera.from_fov(vertical_fov_rad=1.0, width_px=8, height_px=8).relative_sigma_f == 0


@pytest.mark.parametrize(("size", "hint"), [((320, 240), "scale the camera by 0.5"), ((480, 640), "neither cropped nor turned")])
def test_pictures_of_another_size_are_refused(size, hint):
    BENT.check_size(width_px=640, height_px=480)
    with pytest.raises(InputError, match="640 x 480") as raised:
        BENT.check_size(width_px=size[0], height_px=size[1], where="sofa.jpg")
    assert raised.value.code == "E_CAMERA_SIZE"
    assert "sofa.jpg" in str(raised.value)
    assert hint in str(raised.value.hint)
