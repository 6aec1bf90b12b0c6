"""Decoding pictures: right pixels, clear errors, no bombs."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from arviz.core.errors import ArvizError, ImageError, InputError, LimitError
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


@given(st.sampled_from(["L", "LA", "P", "RGB", "RGBA", "CMYK", "1"]), st.integers(0, 99))
def test_pillow_pictures_and_arrays_go_in_and_out(mode, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (4, 3, 3), dtype=np.uint8)
    picture = PillowImage.fromarray(pixels).convert(mode)
    image = Image.of(picture)
    back = PillowImage.fromarray(np.asarray(image))
    assert image.alpha == ("straight" if "A" in mode else "none")
    assert np.array_equal(np.asarray(back), np.asarray(picture.convert(back.mode)))
    assert np.array_equal(Image.of(np.asarray(back)).pixels, image.pixels)
    assert Image.of(image) is image


def test_arrays_of_light_from_0_to_1_and_greys_are_pictures():
    assert Image.of(np.array([[[0.0, 0.5, 1.0]]])).pixels.tolist() == [[[0, 128, 255]]]
    assert Image.of(np.zeros((2, 5), np.uint8)).pixels.shape == (2, 5, 1)


def test_photos_in_memory_are_turned_upright():
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    turned = PillowImage.open(io.BytesIO(_saved(np.zeros((2, 5, 3), np.uint8), "JPEG", exif=exif)))
    assert (Image.of(turned).width_px, Image.of(turned).height_px) == (2, 5)


@pytest.mark.parametrize(
    "thing", [b"", "a.png", None, np.zeros(3), np.zeros((2, 2, 2), np.uint8), np.full((2, 2, 3), 300), np.full((2, 2), -0.5)]
)
def test_what_is_no_picture_is_refused(thing):
    with pytest.raises(ImageError) as caught:
        Image.of(thing)
    assert caught.value.code == "E_PICTURE_KIND"


def test_arrays_of_a_picture_are_copies_only_where_asked():
    image = Image(pixels=np.zeros((2, 2, 3), np.uint8))
    assert np.shares_memory(np.asarray(image), image.pixels)
    assert not np.shares_memory(np.array(image), image.pixels)
    assert np.asarray(image, dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize(("suffix", "lossless"), [(".png", True), (".webp", False), (".jpg", False)])
def test_saving_replaces_nothing_unasked(tmp_path, suffix, lossless):
    pixels = np.full((16, 16, 3), 90, np.uint8)
    out = Image(pixels=pixels).save(tmp_path / "new" / f"a{suffix}")
    assert np.allclose(decode(out.read_bytes()).pixels, pixels, atol=0 if lossless else 3)
    with pytest.raises(InputError) as caught:
        Image(pixels=pixels).save(out)
    assert caught.value.code == "E_OUTPUT_EXISTS"
    assert Image(pixels=255 - pixels).save(out, force=True) == out
    assert decode(out.read_bytes()).pixels.mean() > 150
    with pytest.raises(InputError, match="format"):
        Image(pixels=pixels).save(tmp_path / "a.bmp")
