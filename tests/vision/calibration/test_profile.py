from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.camera_file import camera_from_json, camera_to_json
from arviz.core.resources import resource
from arviz.vision.calibration.exif import Exif
from arviz.vision.calibration.profile import camera_of_photo, find_profile

TAGS = Exif(make="Maker", model="M1", lens="wide", focal_mm=4.2, focal35_mm=26)


@pytest.fixture
def folder(tmp_path):
    k = np.array([[3000.0, 0, 2010], [0, 3001, 1500], [0, 0, 1]])
    camera = Camera(k=k, width_px=4032, height_px=3024, distortion=(0.1, -0.2, 0, 0, 0), source="calibrated", sigma_f_px=2.0)
    taken = {"make": "Maker", "model": "M1", "lens": "wide", "focal_mm": 4.2, "focal35_mm": 26, "zoom": None, "orientation": 1}
    (tmp_path / "m1.json").write_text(json.dumps({**camera_to_json(camera), "calibration": {"taken_with": taken}}))
    (tmp_path / "broken.json").write_text("{")
    return tmp_path


def test_a_known_camera_is_found_and_scaled(folder):
    found = find_profile(TAGS, width_px=2016, height_px=1512, folder=folder)
    assert found.source == "profile"
    assert found.k[0, 0] == pytest.approx(1500)
    assert found.k[0, 2] == pytest.approx((2010 + 0.5) / 2 - 0.5)
    assert found.sigma_f_px > 0.005 * 1500


@pytest.mark.parametrize(
    "change", [{"model": "M2"}, {"lens": "tele"}, {"focal_mm": 9.0}, {"zoom": 2.0}, {"orientation": 6}, {"make": None},
               {"focal_mm": None, "focal35_mm": None}],
)  # fmt: skip
def test_another_camera_lens_zoom_or_turn_is_not_taken(folder, change):
    assert find_profile(replace(TAGS, **change), width_px=4032, height_px=3024, folder=folder) is None


def test_another_shape_is_not_taken(folder):
    assert find_profile(TAGS, width_px=4032, height_px=2268, folder=folder) is None


def test_a_photo_finds_its_profile_before_its_focal_length(folder):
    from tests.vision.calibration.test_exif import photo

    tags = {"made": (4032, 3024), "make": "Maker", "model": "M1", "focal35": 26}
    known = camera_of_photo(photo((4032, 3024), **tags), folder=folder)
    assert (known.source, known.k[0, 2]) == ("profile", 2010)
    assert camera_of_photo(photo((4032, 3024), **{**tags, "model": "M2"}), folder=folder).source == "exif"
    assert camera_of_photo(photo(focal35=None), folder=folder) is None


def test_shipped_profiles_are_cameras_that_say_how_they_were_measured():
    files = sorted(resource("calibration", "cameras").glob("*.json"))
    assert files
    for path in files:
        values = json.loads(path.read_text("utf-8"))
        camera = camera_from_json(values, where=path)
        assert camera.source == "calibrated"
        assert camera.sigma_f_px > 0
        assert values["calibration"]["board"]
        assert values["calibration"]["how"]
