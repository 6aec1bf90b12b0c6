"""A picture in memory is tried on as the same picture in a file."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as PillowImage

import arviz
from arviz.core.camera import Camera
from arviz.flows.try_on import frame_of, try_on

LIPSTICK = {"schema": "arviz.tryon/1", "id": "ruby", "items": [{"kind": "lipstick", "albedo_srgb": "#B0263A"}]}


def test_pillow_arrays_images_and_files_give_one_picture(astronaut, models, tmp_path):
    file = astronaut.save(tmp_path / "portrait.png")
    expected = try_on(file, LIPSTICK)
    assert not np.array_equal(expected.image.pixels, astronaut.pixels)
    for picture in (astronaut, np.asarray(astronaut), PillowImage.open(file)):
        assert np.array_equal(try_on(picture, LIPSTICK).image.pixels, expected.image.pixels)
    (face,) = expected.faces
    (words,) = face.words()
    assert "lipstick: shade off by" in words
    assert words in repr(face)
    assert words in expected._repr_html_()


def test_a_camera_is_used_for_a_picture_in_memory_and_missed_where_there_is_none(tmp_path):
    picture = np.zeros((48, 64, 3), np.uint8)
    known = Camera.from_fov(vertical_fov_rad=0.9, width_px=128, height_px=96)
    frame, told = frame_of(picture, known)
    assert frame.camera.k[0, 0] == pytest.approx(known.k[0, 0] / 2)
    assert [finding.code for finding in told] == ["I_CAMERA_RESIZED"]
    assert [finding.code for finding in frame_of(picture, None)[1]] == ["W_CAMERA_ASSUMED"]
    with pytest.raises(arviz.InputError) as caught:
        frame_of(picture, tmp_path / "no-camera.json")
    assert caught.value.code == "E_FILE_MISSING"


@pytest.mark.parametrize("picture", [None, 7, np.zeros(3)])
def test_what_is_no_picture_is_told(picture):
    with pytest.raises(arviz.ImageError) as caught:
        try_on(picture, LIPSTICK)
    assert caught.value.code == "E_PICTURE_KIND"
