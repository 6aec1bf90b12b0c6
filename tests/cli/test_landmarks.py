"""``arviz landmarks``."""

import pytest

from arviz.core.image import encode
from tests.cli.command_line import arviz


@pytest.fixture
def photo(tmp_path, astronaut):
    path = tmp_path / "astronaut.png"
    path.write_bytes(encode(astronaut, "PNG"))
    return path


def test_a_face_from_the_shell(photo, tmp_path, models):
    done = arviz("landmarks", photo, "--draw", tmp_path / "seen.png", "--json")
    assert done.code == 0, done.err
    assert [one["kind"] for one in done.json["frames"][0]["found"]] == ["face"]
    assert (tmp_path / "seen.png").exists()
    assert arviz("landmarks", photo).out == "astronaut.png  ->  1 face\n"


def test_what_is_no_picture_is_one_error(tmp_path):
    (tmp_path / "text.jpg").write_text("no picture")
    done = arviz("landmarks", tmp_path / "text.jpg")
    assert done.code == 3
    assert "Traceback" not in done.err
