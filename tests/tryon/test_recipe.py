"""Recipe files: what is read is what was meant, JSON Schema and reader agree, and each fault is named with its place."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.errors import ArvizError, InputError
from arviz.core.recipe import Glasses, Makeup
from arviz.tryon.recipe import SCHEMA, read_recipe, recipe_of, recipe_schema, recipe_to_json

LOOK: dict[str, Any] = {
    "schema": SCHEMA,
    "id": "evening",
    "items": [
        {"kind": "lipstick", "albedo_srgb": "#B0263A", "finish": "gloss", "coverage": 0.9, "name": "Ruby"},
        {"kind": "glasses", "asset": {"uri": "glasses.glb", "width_mm": 140}, "lens": {"rx_dioptre": [-2, 1.5]}},
    ],
    "x-shop": {"sku": 7},
}
VALIDATOR = jsonschema.Draft202012Validator(recipe_schema())


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """LOOK with another value at a place; a value of ... takes the key out."""
    out: dict[str, Any] = json.loads(json.dumps(LOOK))
    at: Any = out
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return out


def test_what_is_read_is_what_was_written() -> None:
    recipe = read_recipe(json.dumps(LOOK).encode())
    lips, frame = recipe.items
    assert isinstance(lips, Makeup)
    assert lips.albedo == pytest.approx((0.4342, 0.0194, 0.0423), abs=1e-4)
    assert isinstance(frame, Glasses)
    assert (frame.width_m, frame.lens.rx_dioptre) == (0.14, (-2, 1.5))
    assert recipe.extra == {"x-shop": {"sku": 7}}
    again = recipe_to_json(recipe)
    VALIDATOR.validate(json.loads(json.dumps(again)))
    assert read_recipe(json.dumps(again).encode()) == recipe


FAULTS = [
    (("schema",), "arviz.tryon/2", "schema"),
    (("id",), "two words", "id"),
    (("items",), [], "items"),
    (("items", 0, "kind"), "hat", "items[0].kind"),
    (("items", 0, "albedo_srgb"), "red", "items[0].albedo_srgb"),
    (("items", 0, "albedo_srgb"), ..., "items[0].albedo_srgb"),
    (("items", 0, "coverage"), 1.01, "items[0].coverage"),
    (("items", 0, "covrage"), 1, "items[0]"),
    (("items", 1, "asset", "width_mm"), 0.14, "items[1].asset.width_mm"),
    (("items", 1, "asset", "sha256"), "abc", "items[1].asset.sha256"),
    (("items", 1, "lens", "rx_dioptre"), [-2], "items[1].lens.rx_dioptre"),
    (("mask",), "arviz.mask/9", "mask"),
]


@pytest.mark.parametrize(("path", "value", "place"), FAULTS)
def test_a_fault_is_named_with_its_place_and_the_schema_sees_it_too(path: tuple[str | int, ...], value: object, place: str) -> None:
    bad = changed(path, value)
    with pytest.raises(InputError, match="not a recipe") as caught:
        recipe_of(bad, where="r.json")
    assert str(caught.value).startswith(f"r.json: {place}")
    assert not VALIDATOR.is_valid(bad)


def test_a_later_runtime_is_asked_for_by_name() -> None:
    with pytest.raises(InputError) as caught:
        recipe_of(changed(("minimum_runtime",), 99))
    assert caught.value.code == "E_RECIPE_RUNTIME"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-50, 400)
    | st.floats(-2, 2)
    | st.sampled_from(["", "#fff", "#B0263A", "matte", "a.glb", "f" * 64]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["uri", "kind", "x-y", "other"]), inner, max_size=3),
    max_leaves=4,
)
PLACES = st.sampled_from(
    [
        ("id",),
        ("title",),
        ("minimum_runtime",),
        ("items",),
        ("x-any",),
        *(("items", 0, key) for key in ("name", "coverage", "finish", "albedo_srgb")),
        *(("items", 1, key) for key in ("asset", "variant")),
        ("items", 1, "lens", "mirror"),
    ]
)


@given(path=PLACES, value=VALUES)
@settings(max_examples=120, deadline=None)
def test_reader_and_schema_agree(path: tuple[str | int, ...], value: object) -> None:
    document = changed(path, value)
    try:
        recipe_of(document)
        read = True
    except ArvizError as error:
        read = error.code == "E_RECIPE_RUNTIME"  # how late a version may be is no matter of a schema
    assert read == VALIDATOR.is_valid(document)
