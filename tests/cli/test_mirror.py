"""``arviz mirror``: what it refuses; tests/viewer shows its window."""

from pathlib import Path

from tests.cli.command_line import arviz

RECIPE = Path(__file__).parents[2] / "examples" / "recipes" / "lipstick-satin.json"


def test_what_is_no_film_and_no_recipe_is_one_error(tmp_path):
    (tmp_path / "film.mp4").write_text("no film")
    done = arviz("mirror", "--video", tmp_path / "film.mp4", "--recipe", RECIPE)
    assert done.code == 3
    assert "E_VIDEO" in done.err
    done = arviz("mirror", "--video", tmp_path / "film.mp4", "--recipe", tmp_path / "none.json")
    assert done.code == 3
    assert "E_FILE_MISSING" in done.err


def test_a_webcam_that_is_not_there_is_one_error():
    done = arviz("mirror", "--webcam", "97", "--recipe", RECIPE)
    assert done.code == 6
    assert "E_WEBCAM" in done.err
