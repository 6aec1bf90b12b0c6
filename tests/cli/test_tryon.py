"""``arviz tryon``."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.camera_file import camera_to_json
from arviz.core.image import Image, decode, encode
from arviz.core.resources import resource
from arviz.flows.video.film import open_film
from tests.cli.command_line import arviz

RECIPES = Path(__file__).parents[2] / "examples" / "recipes"


@pytest.fixture
def photo(tmp_path, astronaut):
    path = tmp_path / "astronaut.png"
    path.write_bytes(encode(astronaut, "PNG"))
    return path


def test_lipstick_from_the_shell(photo, tmp_path, astronaut, models):
    done = arviz("tryon", photo, "--recipe", RECIPES / "lipstick-satin.json", "-o", tmp_path / "with.png", "--json")
    assert done.code == 0, done.err
    (face,) = done.json["faces"]
    assert face["makeup"][0]["name"] == "Ruby satin"
    assert 0 <= face["makeup"][0]["shade"]["delta_e_2000"] < 10
    assert face["makeup"][0]["shade"]["sigma"] > 0
    made = decode((tmp_path / "with.png").read_bytes()).pixels[..., :3]
    changed = np.argwhere((made != astronaut.pixels).any(axis=2))[:, ::-1]
    # Her lips, read off by eye from the enlarged picture: 204 to 245 across, 139 to 156 down.
    assert np.abs(changed.min(axis=0) - (204, 139)).max() <= 3
    assert np.abs(changed.max(axis=0) - (245, 156)).max() <= 3
    left, top, right, bottom = face["box_px"]
    assert 150 < left < 204 < 245 < right < 300
    assert 40 < top < 139 < 156 < bottom < 200


def test_glasses_are_measured(photo, tmp_path, models):
    (tmp_path / "frame.glb").write_bytes(resource("assets", "products", "glasses", "glasses.glb").read_bytes())
    assert arviz("recipe", "new", "glasses", "--product", tmp_path / "frame.glb", "-o", tmp_path / "frame.json").code == 0
    done = arviz("tryon", photo, "--recipe", tmp_path / "frame.json", "-o", tmp_path / "with.png", "--pd", "62mm", "--json")
    assert done.code == 0, done.err
    (face,) = done.json["faces"]
    assert face["pd"] == {"mm": 62, "sigma_mm": 1, "source": "pd"}
    (worn,) = face["glasses"]
    assert worn["fit"]["frame_width"]["mm"] == pytest.approx(143, abs=2)
    assert worn["fit"]["head_width"]["sigma_mm"] > 0
    assert "hair" in worn["approximate"]


def test_nobody_is_a_warning_and_the_picture_stays(tmp_path, models):
    grey = Image(pixels=np.full((240, 320, 3), 128, np.uint8))
    (tmp_path / "wall.png").write_bytes(encode(grey, "PNG"))
    done = arviz("tryon", tmp_path / "wall.png", "--recipe", RECIPES / "lipstick-satin.json", "-o", tmp_path / "with.png")
    assert done.code == 0, done.err
    assert "W_NO_FACE" in done.err
    assert (decode((tmp_path / "with.png").read_bytes()).pixels[..., :3] == 128).all()


def test_a_recipe_that_is_none_is_one_error(photo, tmp_path):
    (tmp_path / "r.json").write_text("{}")
    done = arviz("tryon", photo, "--recipe", tmp_path / "r.json")
    assert done.code == 3
    assert "E_RECIPE" in done.err


def film_of(picture, path, *, count=2):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (picture.shape[1], picture.shape[0]))
    for _ in range(count):
        writer.write(np.ascontiguousarray(picture[..., ::-1]))
    writer.release()
    return path


def test_a_film_becomes_a_film(tmp_path, astronaut, models):
    film = film_of(astronaut.pixels[:320, 60:380], tmp_path / "film.avi")
    done = arviz("tryon", film, "--recipe", RECIPES / "lipstick-satin.json", "-o", tmp_path / "with.webm", "--json")
    assert done.code == 0, done.err
    assert done.json["pictures"] == 2
    assert len(done.json["faces"]) == 1
    assert "W_CAMERA_ASSUMED" not in done.err, "make-up needs no camera"
    with open_film(tmp_path / "with.webm") as opened:
        assert [one.image.pixels.shape for one in opened.pictures()] == [(320, 320, 3)] * 2


def test_a_film_is_seen_by_the_camera_that_is_given(tmp_path, astronaut, models):
    film = film_of(astronaut.pixels[:320, 60:380], tmp_path / "film.avi")
    camera = Camera.from_fov(vertical_fov_rad=0.35, width_px=640, height_px=480)
    (tmp_path / "cam.json").write_text(json.dumps(camera_to_json(camera)))
    done = arviz("tryon", film, "--recipe", RECIPES / "lipstick-satin.json", "--camera", tmp_path / "cam.json")
    assert done.code == 3
    assert "E_CAMERA_SIZE" in done.err


def test_what_is_no_film_is_one_error(tmp_path, models):
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(4000))
    done = arviz("tryon", tmp_path / "film.mp4", "--recipe", RECIPES / "lipstick-satin.json")
    assert done.code == 3
    assert "E_VIDEO" in done.err


def test_several_faces_are_told_apart(tmp_path, astronaut, models):
    two = np.concatenate([astronaut.pixels, astronaut.pixels], axis=1)
    (tmp_path / "two.png").write_bytes(encode(Image(pixels=two), "PNG"))
    done = arviz("tryon", tmp_path / "two.png", "--recipe", RECIPES / "lipstick-satin.json")
    assert done.code == 0, done.err
    assert "face 1 of 2" in done.out
    assert "on 2 faces" in done.out
