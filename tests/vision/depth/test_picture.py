"""Depth files become metres, or an error that says what would make sense."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import ArvizError, ImageError, LimitError, UnitError
from arviz.core.limits import Limits
from arviz.flows.layer_files import depth_file
from arviz.testing.captures import depth_png, grey_png
from arviz.vision.depth.picture import decode_depth, parse_depth_scale


def npy(values: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, values)
    return out.getvalue()


def tiff(values: np.ndarray) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(values).save(out, format="TIFF")
    return out.getvalue()


@pytest.fixture
def metres() -> np.ndarray:
    """Return depth in whole millimetres between 1 and 4 m with a hole."""
    depth = np.random.default_rng(5).integers(1000, 4000, (12, 16)) / np.float32(1000)
    depth[3, 4] = np.inf
    return depth


@pytest.mark.parametrize("suffix", [".png", ".npy"])
def test_reads_what_arviz_render_writes(metres, suffix):
    assert np.allclose(decode_depth(depth_file(metres, suffix)), metres, atol=1e-6)


def test_reads_each_scale(metres):
    known = np.isfinite(metres)
    mm = np.where(known, np.round(np.where(known, metres, 0) * 1000), 0).astype(np.uint16)
    assert np.allclose(decode_depth(grey_png(mm), scale="mm"), metres, atol=1e-6)
    assert np.allclose(decode_depth(grey_png(mm * 5), scale=5000), metres, atol=1e-6)
    assert np.allclose(decode_depth(grey_png(mm * 5), scale="tum"), metres, atol=1e-6)
    assert np.allclose(decode_depth(grey_png((mm << 3) | (mm >> 13)), scale="sun"), metres, atol=1e-6)
    assert np.allclose(decode_depth(tiff(metres)), metres)
    assert np.allclose(decode_depth(tiff(mm)), metres, atol=1e-6)


def test_zero_65535_nan_and_negative_are_nothing_known():
    values = np.full((4, 4), 2000, np.uint16)
    values[0, 0], values[0, 1] = 0, 65535
    assert np.isinf(decode_depth(grey_png(values))[0, :2]).all()
    floats = np.full((4, 4), 2.0)
    floats[0] = [np.nan, -1, np.inf, 0]
    depth = decode_depth(npy(floats))
    assert depth.dtype == np.float32
    assert np.isposinf(depth[0]).all()
    assert (depth[1:] == 2).all()


def test_empty_depth_is_nothing_known_and_no_error():
    assert np.isposinf(decode_depth(grey_png(np.zeros((4, 4), np.uint16)))).all()
    assert np.isposinf(decode_depth(npy(np.full((4, 4), np.nan)))).all()


@pytest.mark.parametrize(
    ("data", "scale", "hint"),
    [
        (grey_png(np.full((4, 4), 12500, np.uint16)), None, "5000"),
        (grey_png(np.full((4, 4), 3200 << 3, np.uint16)), 1000, "sun"),
        (npy(np.full((4, 4), 2500.0)), None, "1000"),
        (grey_png(np.full((4, 4), 2500, np.uint16)), 1, "1000"),
        (grey_png(np.full((4, 4), 2500, np.uint16)), 100000, "1000"),
    ],
)
def test_a_mistaken_unit_names_the_scale_that_makes_sense(data, scale, hint):
    with pytest.raises(UnitError) as error:
        decode_depth(data, scale=scale, where="depth.png")
    assert error.value.code == "E_DEPTH_UNIT"
    assert hint in error.value.hint
    assert "depth.png" in str(error.value)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 3)])
def test_8_bits_hold_no_depth(shape):
    with pytest.raises(ImageError) as error:
        decode_depth(grey_png(np.full(shape, 200, np.uint8)))
    assert error.value.code == "E_DEPTH_BITS"


@pytest.mark.parametrize(
    "values", [np.zeros((4, 4, 4)), np.zeros(7), np.array([[object()]], object), np.zeros((3, 3), complex), np.zeros((0, 5))]
)
def test_npy_of_something_else_is_refused(values):
    with pytest.raises(ImageError) as error:
        decode_depth(npy(values))
    assert error.value.code == "E_DEPTH_FILE"


def test_a_header_that_promises_more_than_there_is_allocates_nothing():
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**4, 10**4)})
    with pytest.raises(ImageError):
        decode_depth(header.getvalue())
    with pytest.raises(LimitError):
        decode_depth(header.getvalue(), limits=Limits(image_pixels=1000))


@given(st.sampled_from(["png", "npy", "tiff"]), st.integers(0, 10**6), st.binary(max_size=4), st.booleans())
def test_broken_files_are_refused_in_words(kind, at, patch, cut):
    whole = np.full((6, 8), 1500, np.uint16)
    data = {"png": grey_png(whole), "npy": npy(whole), "tiff": tiff(whole / np.float32(1000))}[kind]
    at %= len(data)
    broken = data[:at] + patch + (b"" if cut else data[at + len(patch) :])
    try:
        depth = decode_depth(broken)
    except ArvizError:
        return
    assert depth.ndim == 2
    assert not np.isnan(depth).any()
    assert (depth > 0).all()


@pytest.mark.parametrize("text", ["", "0", "-5", "nan", "inf", "feet", "1e999"])
def test_scales_are_words_or_positive_numbers(text):
    with pytest.raises(UnitError) as error:
        parse_depth_scale(text)
    assert error.value.code == "E_DEPTH_SCALE"
    assert [parse_depth_scale(word) for word in ("mm", "TUM", "sun", "256")] == [1000, 5000, "sun", 256]


def test_depth_of_the_writers_is_read(metres):
    assert np.allclose(decode_depth(depth_png(metres)), metres, atol=1e-6)


def test_what_is_no_depth_file_is_told_without_addresses_in_memory():
    with pytest.raises(ImageError) as error:
        decode_depth(b"hello, not a picture")
    assert error.value.found == "another kind of file"
