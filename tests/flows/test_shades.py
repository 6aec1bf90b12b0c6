"""Shades side by side: each tile is the recipe in that shade, and a list that is none is one error."""

import json
from pathlib import Path

import numpy as np
import pytest

from arviz.core.errors import InputError
from arviz.core.image import Image
from arviz.core.recipe import Glasses, Recipe
from arviz.core.resources import resource
from arviz.flows.fitting import Fitting
from arviz.flows.models import open_estimator
from arviz.flows.recipe import makeup
from arviz.flows.shades import read_shades, shades
from arviz.flows.try_on import frame_of
from arviz.vision.models.store import ModelStore

RUBY = Recipe(id="ruby", items=(makeup("blush", "#C8646A"), makeup("lipstick", "#B0263A", coverage=0.7)))
LIST = {
    "schema": "arviz.shades/1",
    "shades": [{"name": "Same", "albedo_srgb": "#B0263A"}, {"name": "Green", "albedo_srgb": "#20A040", "finish": "gloss", "coverage": 1}],
}


def test_only_the_last_make_up_changes() -> None:
    same, green = read_shades(json.dumps(LIST).encode(), RUBY)
    assert same.items[0] == green.items[0] == RUBY.items[0]
    assert (same.makeup[1].albedo, same.makeup[1].coverage, same.makeup[1].finish) == (RUBY.makeup[1].albedo, 0.7, "satin")
    assert (green.makeup[1].coverage, green.makeup[1].finish, green.title) == (1, "gloss", "Green")


def test_a_sheet_has_one_tile_for_each(tmp_path: Path, astronaut: Image, models: ModelStore) -> None:
    (tmp_path / "list.json").write_text(json.dumps(LIST))
    made = shades(astronaut, RUBY, tmp_path / "list.json", out=tmp_path / "sheet.png")
    assert (made.image.width_px, made.image.height_px) == (640, 348)
    left, right = made.image.pixels[:320, :320].astype(int), made.image.pixels[:320, 320:].astype(int)
    changed = np.abs(left - right).max(axis=2) > 30
    assert 0.002 < changed.mean() < 0.03  # lips alone
    assert np.median(right[changed] @ [-1, 1, 0]) > 20  # greener than red
    assert np.median(left[changed] @ [-1, 1, 0]) < -20
    assert [one["name"] for one in made.to_json()["shades"]] == ["Same", "Green"]


def test_each_shade_is_what_its_own_recipe_draws(astronaut: Image, models: ModelStore) -> None:
    folder = resource("assets", "products", "glasses", "glasses.glb").parent
    worn = Glasses(uri="glasses.glb")
    reds = [(makeup("lipstick", colour),) for colour in ("#B0263A", "#702040")]
    frame, _ = frame_of(astronaut, None)
    with open_estimator("mediapipe", kinds=["face", "hand"]) as estimator:
        with Fitting(Recipe(id="both", items=(worn, *reds[0])), folder=folder, estimator=estimator) as fitting:
            first, second = fitting.wear_each(frame, reds)
        with Fitting(Recipe(id="second", items=(worn, *reds[1])), folder=folder, estimator=estimator) as fitting:
            alone = fitting.wear(frame)
    assert np.array_equal(second.image.pixels, alone.image.pixels)
    assert not np.array_equal(first.image.pixels, second.image.pixels)
    assert len(second.faces[0].glasses) == 1


@pytest.mark.parametrize("broken", [{}, {"schema": "arviz.shades/1"}, {**LIST, "shades": [{"name": "x", "albedo_srgb": "red"}]}])
def test_what_is_no_list_of_shades_is_told(broken: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        read_shades(json.dumps(broken).encode(), RUBY)
    assert caught.value.code == "E_SHADES"


def test_glasses_have_no_shades() -> None:
    with pytest.raises(InputError) as caught:
        read_shades(json.dumps(LIST).encode(), Recipe(id="g", items=(Glasses(uri="g.glb"),)))
    assert caught.value.code == "E_SHADES"
