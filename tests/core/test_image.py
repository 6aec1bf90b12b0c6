"""Decoding pictures: right pixels, clear errors, no bombs."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from arviz.core.errors import ArvizError, ImageError, LimitError
from arviz.core.image import Image, decode, encode, measure
from arviz.core.limits import Limits


def _saved(array, format, **options):
    out = io.BytesIO()
    PillowImage.fromarray(array).save(out, format, **options)
    return out.getvalue()


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4]), st.sampled_from(["PNG", "WEBP"]), st.integers(0, 99))
def test_lossless_round_trip(width, height, channels, format, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    if channels == 4:
        pixels[..., 3] |= 1  # WebP may change the colour below full transparency
    image = Image(pixels=pixels, alpha="straight" if channels == 4 else "none")
    data = encode(image, format)
    back = decode(data)
    assert measure(data) == (width, height)
    expected = pixels if back.pixels.shape[2] == channels else pixels[..., :3]  # WebP drops an alpha of 255 everywhere
    assert np.array_equal(back.pixels, expected)


def test_sixteen_bit_and_palette_pictures_become_eight_bit():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None]
    assert np.array_equal(decode(_saved(ramp, "PNG")).pixels[0, :, 0], np.round(ramp[0] / 257))
    palette = PillowImage.new("P", (1, 1))
    palette.putpalette([10, 20, 30])
    out = io.BytesIO()
    palette.save(out, "PNG")
    assert decode(out.getvalue()).pixels.tolist() == [[[10, 20, 30]]]


def test_exif_orientation_is_not_applied():
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    data = _saved(np.zeros((2, 5, 3), np.uint8), "JPEG", exif=exif)
    assert (decode(data).width_px, decode(data).height_px) == (5, 2)


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_raise_an_image_error(data):
    with pytest.raises(ImageError):
        decode(data)


def test_broken_and_huge_pictures(data):
    png = _saved(np.zeros((64, 64, 3), np.uint8), "PNG")
    with pytest.raises(ImageError, match="cannot be decoded"):
        decode(png[: len(png) // 2])
    with pytest.raises(LimitError):
        decode(png, limits=Limits(image_pixels=64 * 64 - 1))
    for name in ("png_30000x30000.png", "png_header_lie_65535.png", "webp_16M.webp"):
        with pytest.raises(ArvizError):
            decode((data / "hostile" / "synthetic" / name).read_bytes())
