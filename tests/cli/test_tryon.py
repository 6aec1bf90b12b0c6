"""``arviz tryon``."""

from pathlib import Path

import numpy as np
import pytest

from arviz.core.image import Image, decode, encode
from arviz.core.resources import resource
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
