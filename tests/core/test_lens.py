"""OpenCV's lens model: the same numbers as OpenCV, and a way back that says where there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.lens import distort, undistort

K = np.array([[900.0, 0, 310.5], [0, 880.0, 250.25], [0, 0, 1]])
STRONG = (-0.32, 0.11, 0.002, -0.0015, 0.01)
_small = st.floats(-0.05, 0.05)
_coefficients = st.sampled_from([4, 5, 8, 12, 14]).flatmap(lambda n: st.lists(_small, min_size=n, max_size=n))


def camera(distortion):
    return Camera(k=K, width_px=640, height_px=480, distortion=tuple(distortion))


@given(_coefficients, st.integers(0, 2**32 - 1))
def test_points_land_where_opencv_puts_them(distortion, seed):
    import cv2

    points = np.random.default_rng(seed).uniform((-0.8, -0.6, 0.5), (0.8, 0.6, 3), (20, 3))
    theirs, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), K, np.array(distortion))
    np.testing.assert_allclose(camera(distortion).project_distorted(points), theirs[:, 0], rtol=1e-10, atol=1e-8)


@given(_coefficients, st.integers(0, 2**32 - 1))
def test_there_and_back(distortion, seed):
    points = np.random.default_rng(seed).uniform(-0.6, 0.6, (20, 2))
    np.testing.assert_allclose(undistort(distort(points, distortion), distortion), points, rtol=0, atol=1e-9)


def test_beyond_the_fold_is_nothing():
    """x - 0.4 x^3 has its largest value 0.6086 at x = 0.9129: nothing is seen beyond it, and what is seen lies before."""
    edge = np.array([[0.6080, 0], [0.6090, 0], [0, -5.0], [0.3, 0.2]])
    found = undistort(edge, (-0.4, 0, 0, 0))
    assert np.isnan(found[1:3]).all()
    assert 0.85 < found[0, 0] < 0.9129
    np.testing.assert_allclose(distort(found[[0, 3]], (-0.4, 0, 0, 0)), edge[[0, 3]], atol=1e-9)


def test_no_lens_changes_nothing():
    points = np.array([[0.1, 0.2], [0.3, -0.7]])
    for nothing in ((), (0.0,) * 5):
        assert np.array_equal(distort(points, nothing), points)
        assert np.array_equal(undistort(points, nothing), points)


@pytest.mark.parametrize("distortion", [(0.1,), (0.1,) * 6, (np.nan, 0, 0, 0)])
def test_other_numbers_are_refused(distortion):
    with pytest.raises(InputError) as caught:
        distort(np.zeros((1, 2)), distortion)
    assert caught.value.code == "E_DISTORTION"
