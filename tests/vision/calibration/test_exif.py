from __future__ import annotations

import io

import pytest
from PIL import Image as PillowImage

from arviz.vision.calibration.exif import camera_from_exif, read_exif


def photo(size=(400, 300), *, focal35=26, made=None, orientation=None, **tags):
    """Return a JPEG with tags."""
    picture = PillowImage.new("RGB", size)
    exif = PillowImage.Exif()
    lens = exif.get_ifd(0x8769)
    if focal35 is not None:
        lens[0xA405] = focal35
    if made is not None:
        lens[0xA002], lens[0xA003] = made
    if orientation is not None:
        exif[0x0112] = orientation
    for tag, value in tags.items():
        exif[{"make": 0x010F, "model": 0x0110}[tag]] = value
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_the_worked_number_of_the_convention():
    camera = camera_from_exif(photo((4032, 3024)))
    assert camera.k[0, 0] == pytest.approx(2970, abs=1)
    assert camera.sigma_f_px == pytest.approx(90, abs=1)
    assert camera.source == "exif"
    assert camera.k[0, 2] == 2015.5


def test_all_readings_agree_at_the_shape_of_film():
    camera = camera_from_exif(photo((3000, 2000), focal35=36))
    assert camera.k[0, 0] == pytest.approx(3000)
    assert camera.sigma_f_px < 0.025 * 3000


@pytest.mark.parametrize("size", [(400, 300), (320, 180), (300, 300), (300, 200)])
def test_both_common_readings_lie_inside_two_sigma(size):
    camera = camera_from_exif(photo(size))
    f, sigma = camera.k[0, 0], camera.sigma_f_px
    for reading in (26 / 36 * max(size), 26 / 43.267 * (size[0] ** 2 + size[1] ** 2) ** 0.5):
        assert abs(reading - f) < 2 * sigma
    assert 0.02 * f < sigma < 0.2 * f


def test_upright_photos_have_the_same_focal_length():
    flat, upright = camera_from_exif(photo()), camera_from_exif(photo(orientation=6))
    assert (upright.width_px, upright.height_px) == (300, 400)
    assert upright.k[0, 0] == flat.k[0, 0]
    assert upright.k[0, 2] == flat.k[1, 2]


def test_a_shrunk_photo_is_scaled_and_less_sure():
    full, half = camera_from_exif(photo((800, 600), made=(800, 600))), camera_from_exif(photo((400, 300), made=(800, 600)))
    assert half.k[0, 0] == pytest.approx(full.k[0, 0] / 2)
    assert half.sigma_f_px / half.k[0, 0] > full.sigma_f_px / full.k[0, 0]


def test_a_photo_cut_at_full_size_keeps_its_focal_length():
    full, cut = camera_from_exif(photo((800, 600), made=(800, 600))), camera_from_exif(photo((800, 450), made=(800, 600)))
    assert cut.k[0, 0] == full.k[0, 0]
    assert cut.k[1, 2] == 224.5


def test_a_photo_cut_at_an_unknown_scale_has_no_camera():
    assert camera_from_exif(photo((500, 200), made=(800, 600))) is None


@pytest.mark.parametrize("data", [b"", b"no picture", photo(focal35=None), photo(focal35=0)])
def test_what_says_nothing_gives_nothing(data):
    assert camera_from_exif(data) is None


def test_broken_tags_are_as_good_as_none():
    data = photo(make="Maker", model="M1")
    assert read_exif(data).make == "Maker"
    at = data.index(b"Exif\0\0") + 6
    for cut in range(0, 60, 7):
        assert read_exif(data[: at + cut] + bytes(20) + data[at + cut + 20 :]) is not None
