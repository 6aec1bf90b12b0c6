"""What networks are shown, and the way back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.colour import srgb_to_linear
from arviz.core.image import Image
from arviz.vision.landmarks.picture import View, rgb8

sides = st.integers(20, 90)


def ramp(width, height):
    """Red is the column, green the row: each pixel says where it is."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x, y, np.full_like(x, 200)], axis=-1).astype(np.uint8)


@given(sides, sides, st.integers(-30, 80), st.integers(-30, 80), st.integers(8, 60), st.sampled_from([16, 24, 64]))
def test_points_of_a_square_lead_back_to_the_pixels_that_are_shown(width, height, x, y, side, size):
    view = View.square(ramp(width, height), np.array([x, y], float), side, size_px=size)
    assert view.rgb.shape == (size, size, 3)
    column, row = np.meshgrid(np.arange(size), np.arange(size))
    places = view.to_picture(np.stack([column, row], axis=-1).reshape(-1, 2).astype(float))
    shown = view.rgb.reshape(-1, 3)
    reach = side / size + 1  # of the resampling
    inside = ((places > reach) & (places < np.array([width, height]) - 1 - reach)).all(axis=1)
    np.testing.assert_allclose(shown[inside, :2], places[inside], atol=0.51 + 0.5 * max(side / size, 1))
    outside = ((places < -reach) | (places > np.array([width, height]) - 1 + reach)).any(axis=1)
    assert not shown[outside].any()


@given(sides, sides, st.integers(10, 120))
def test_a_whole_picture_is_shrunk_but_never_enlarged(width, height, longest):
    view = View.whole(ramp(width, height), longest_px=longest)
    assert max(view.rgb.shape[:2]) == min(longest, max(width, height))
    corners = view.to_picture(np.array([[-0.5, -0.5], np.array(view.rgb.shape[1::-1]) - 0.5]))
    np.testing.assert_allclose(corners, [[-0.5, -0.5], [width - 0.5, height - 0.5]])


def test_a_tile_of_a_view_has_the_coordinates_of_the_picture():
    view = View.whole(ramp(200, 120), longest_px=100)
    tile = view.tile(np.array([10, 20]), np.array([30, 25]))
    np.testing.assert_array_equal(tile.rgb, view.rgb[20:45, 10:40])
    np.testing.assert_allclose(tile.to_picture(np.array([[3.0, 4.0]])), view.to_picture(np.array([[13.0, 24.0]])))


def test_8_bit_rgb_is_not_copied():
    pixels = ramp(30, 20)
    assert np.shares_memory(rgb8(Image(pixels=pixels)), pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_every_form_shows_the_same(dtype):
    colour = ramp(40, 30)
    unit = colour.astype(np.float32) / 255
    base = colour if dtype is np.uint8 else unit
    top = 255 if dtype is np.uint8 else 1
    opaque = np.full((30, 40, 1), top, dtype)
    np.testing.assert_array_equal(rgb8(Image(pixels=base)), colour)
    for alpha in ("straight", "premultiplied"):
        np.testing.assert_array_equal(rgb8(Image(pixels=np.concatenate([base, opaque], axis=2), alpha=alpha)), colour)
    np.testing.assert_array_equal(rgb8(Image(pixels=base[..., :1])), colour[..., :1].repeat(3, axis=2))
    np.testing.assert_array_equal(rgb8(Image(pixels=srgb_to_linear(unit), space="linear")), colour)


def test_what_is_transparent_is_grey_and_what_is_no_number_is_black():
    clear = Image(pixels=np.concatenate([ramp(4, 4), np.zeros((4, 4, 1), np.uint8)], axis=2), alpha="straight")
    assert (rgb8(clear) == 128).all()
    odd = Image(pixels=np.array([[[np.nan], [np.inf], [-np.inf], [7.0], [-1.0]]], np.float32), space="linear")
    assert rgb8(odd)[0, :, 0].tolist() == [0, 255, 0, 255, 0]
    assert rgb8(odd).flags.c_contiguous


@given(st.floats(-3.1, 3.1), st.floats(20, 60), st.floats(20, 60))
def test_points_of_a_turned_view_lead_back(angle, x, y):
    view = View.part(ramp(90, 80), np.array([5, 3]), np.array([80, 70]), longest_px=80, enlarge=False).turned(np.array([x, y]), angle)
    column, row = np.meshgrid(np.arange(80), np.arange(70))
    places = view.to_picture(np.stack([column, row], axis=-1).reshape(-1, 2).astype(float))
    inside = ((places > np.array([6, 4])) & (places < np.array([83, 71]))).all(axis=1)
    np.testing.assert_allclose(view.rgb.reshape(-1, 3)[inside, :2], places[inside], atol=0.6)
    np.testing.assert_allclose(view.to_picture(np.array([[x, y]]) - (5, 3)), [[x, y]], atol=1e-6)
