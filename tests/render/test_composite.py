"""Composite: linear over, encoded once, photos untouched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from arviz.core.colour import linear_to_srgb, to_uint8
from arviz.core.errors import InputError
from arviz.core.image import Image
from arviz.core.scene import Layer
from arviz.render.composite import composite, cover

SHAPE = (3, 5)
photos = arrays(np.uint8, (*SHAPE, 3))
unit = st.floats(0, 1, width=32)


@st.composite
def layers(draw):
    straight = draw(arrays(np.float32, (*SHAPE, 4), elements=unit))
    return Layer(colour=np.concatenate([straight[..., :3] * straight[..., 3:], straight[..., 3:]], axis=2))


def clear():
    return Layer(colour=np.zeros((*SHAPE, 4), np.float32))


@given(photos)
def test_nothing_over_a_photo_is_the_photo(pixels):
    out = composite([clear()], background=Image(pixels=pixels))
    np.testing.assert_array_equal(out.pixels, pixels)
    assert out.alpha == "none"


def test_every_srgb_value_survives():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    out = composite([Layer(colour=np.zeros((16, 16, 4), np.float32))], background=Image(pixels=values))
    np.testing.assert_array_equal(out.pixels, values)


@given(layers(), photos)
def test_opaque_hides_everything(layer, pixels):
    colour = np.array(layer.colour)
    colour[..., 3] = 1
    out = composite([Layer(colour=colour)], background=Image(pixels=pixels))
    np.testing.assert_array_equal(out.pixels, to_uint8(linear_to_srgb(colour[..., :3])))


@given(layers(), layers(), layers())
def test_over_is_associative(a, b, c):
    """Merging the lower two first gives the same picture."""
    merged = Layer(colour=b.colour + a.colour * (1 - b.colour[..., 3:]))
    left, right = composite([merged, c]).pixels, composite([a, b, c]).pixels
    visible = right[..., 3:] > 8  # straight colour of an almost clear pixel is noise
    assert np.abs(np.where(visible, left.astype(int) - right, 0)).max() <= 1


def on_page(image, page):
    """Return what a browser shows of a picture with alpha over a grey page: encoded values are blended."""
    pixels = image.pixels.astype(float)
    return pixels[..., :3] * pixels[..., 3:] / 255 + page * (1 - pixels[..., 3:] / 255)


@given(layers())
def test_a_white_page_shows_what_light_does(layer):
    """Blended as browsers do, the picture over white is the composite over white."""
    light = composite([layer], background=(255, 255, 255)).pixels
    assert np.abs(on_page(composite([layer]), 255) - light).max() <= 1.5


@given(layers())
def test_a_black_page_shows_what_light_does_without_colour(layer):
    """Where the channels agree (shadows, clear glass) one alpha is right over black as well."""
    colour = np.array(layer.colour)
    colour[..., 1:3] = colour[..., :1]
    grey = Layer(colour=colour)
    light = composite([grey], background=(0, 0, 0)).pixels
    assert np.abs(on_page(composite([grey]), 0) - light).max() <= 1.5


def test_a_shadow_on_a_page():
    """Black that takes half the light shows sRGB 188 on white, as the finished picture on white does: alpha is 67, not 128."""
    shadow = Layer(colour=np.array([[[0, 0, 0, 0.5]]], np.float32))
    assert composite([shadow]).pixels.tolist() == [[[0, 0, 0, 255 - 188]]]


@given(layers())
def test_opaque_and_empty_pixels_keep_their_alpha(layer):
    colour = np.array(layer.colour)
    colour[..., 3] = np.round(colour[..., 3])
    colour[..., :3] *= colour[..., 3:]
    out = composite([Layer(colour=colour)]).pixels
    np.testing.assert_array_equal(out[..., 3], to_uint8(colour[..., 3]))
    np.testing.assert_array_equal(out[..., :3], to_uint8(linear_to_srgb(colour[..., :3])))


def test_half_a_layer_blends_in_linear_light():
    """White at one half over black is linear 0.5, sRGB 188 and not 128."""
    layer = Layer(colour=np.full((1, 1, 4), 0.5, np.float32))
    assert composite([layer], background=(0, 0, 0)).pixels.tolist() == [[[188, 188, 188]]]


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 30), st.integers(1, 30))
def test_cover_fills_any_size(width, height, wide, high):
    flat = np.full((height, width, 3), 0.25, np.float32)
    out = cover(flat, width_px=wide, height_px=high)
    assert out.shape == (high, wide, 3)
    np.testing.assert_allclose(out, 0.25, atol=1e-5)


def test_cover_crops_the_longer_side_evenly():
    stripes = np.zeros((4, 12, 3), np.float32)
    stripes[:, 4:8] = 1
    np.testing.assert_allclose(cover(stripes, width_px=4, height_px=4), 1, atol=0.2)


@pytest.mark.parametrize("stack", [[], [clear(), Layer(colour=np.zeros((2, 2, 4), np.float32))]])
def test_layers_of_one_size(stack):
    with pytest.raises(InputError, match="one size"):
        composite(stack)
