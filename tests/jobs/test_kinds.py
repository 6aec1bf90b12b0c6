"""Kinds of jobs: options are those of the flows, and the same request has the same id."""

from __future__ import annotations

import importlib
import inspect
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from arviz.core.errors import InputError
from arviz.core.units import METRES_PER_UNIT
from arviz.flows.convert import convert
from arviz.flows.place import place
from arviz.flows.render import draw
from arviz.flows.room import room
from arviz.flows.targets import TARGET_NAMES
from arviz.flows.turntable import turntable
from arviz.formats.read import READERS
from arviz.jobs import options
from arviz.jobs.kinds import KINDS, checked_inputs, checked_options, is_output_id, output_id

BLOB, ASSET = "sha256:" + "0" * 64, "a" * 26
FACE = {"recipe": {}, "landmarks": [[0.0, 0.0]] * 478, "width": 1, "height": 1}
LEAST = {"room": {"sources": ["a.jpg"]}, "tryon": {"recipe": {}}, "landmarks": FACE}


@pytest.mark.parametrize("name", KINDS)
def test_the_function_of_a_kind_is_there(name):
    module, _, attribute = KINDS[name].function.partition(":")
    function = getattr(importlib.import_module(module), attribute)
    assert inspect.getdoc(function)
    assert list(inspect.signature(function).parameters)[1:4] == ["options", "out", "progress"]


@pytest.mark.parametrize("name", KINDS)
def test_every_option_is_explained_and_nothing_else_is_taken(name):
    model: type[BaseModel] = KINDS[name].options
    assert all(field.description for field in model.model_fields.values())
    assert checked_options(name, LEAST.get(name, {})).keys() == model.model_fields.keys()
    with pytest.raises(InputError) as error:
        checked_options(name, {**LEAST.get(name, {}), "widht": 1})
    assert error.value.code == "E_JOB_OPTIONS"
    assert error.value.where == "options.widht"


def test_words_are_those_of_the_library():
    assert set(typing.get_args(options.Unit)) == set(METRES_PER_UNIT)
    # FBX is read in a process of its own, which the sandbox does not allow.
    assert set(typing.get_args(options.ModelFormat)) == {*READERS, "zip"} - {"fbx"}
    assert set(typing.get_args(options.TargetName)) == set(TARGET_NAMES)


@pytest.mark.parametrize(
    "wrong",
    [
        {"targets": ["webb"]},
        {"max_mb": 0},
        {"max_mb": float("inf")},
        {"max_triangles": 0},
        {"quality": 99},
        {"effort": "slow"},
        {"lods": 9},
    ],
)
def test_a_delivery_that_cannot_be_is_refused(wrong):
    with pytest.raises(InputError) as error:
        checked_options("convert", wrong)
    assert (error.value.code, error.value.where.split(".")[1]) == ("E_JOB_OPTIONS", next(iter(wrong)))


@pytest.mark.parametrize(
    ("model", "flow", "ours"),
    [
        (options.ConvertOptions, convert, {"name", "format", "targets", "effort"}),
        (options.RenderOptions, draw, {"format", "background"}),
        (options.TurntableOptions, turntable, {"format"}),
        (options.PlaceOptions, place, {"photo", "picture", *options.RoomOptions.model_fields}),
        (options.RoomOptions, room, {"sources", "draw", "mesh", "measure", "depth"}),
    ],
)
def test_defaults_are_those_of_the_flows(model, flow, ours):
    parameters = inspect.signature(flow).parameters
    assert set(model.model_fields) - ours <= set(parameters)
    for name in set(model.model_fields) - ours:
        assert model.model_fields[name].default == parameters[name].default, name


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("render", {"environment": "/etc/passwd"}),
        ("render", {"background": "photo.jpg"}),
        ("render", {"width": 5000}),
        ("render", {"width": 0}),
        ("render", {"exposure": float("nan")}),
        ("turntable", {"frames": 100_000}),
        ("check", {"profiles": ["../../own.json"]}),
        ("convert", {"name": "a/b"}),
        ("convert", {"format": "exe"}),
        ("room", {"sources": ["../a.jpg"]}),
        ("room", {"sources": []}),
        ("place", {"photo": "/etc/passwd"}),
    ],
)
def test_what_reaches_out_or_is_too_much_is_refused(kind, bad):
    with pytest.raises(InputError) as error:
        checked_options(kind, bad)
    assert error.value.code == "E_JOB_OPTIONS"


@pytest.mark.parametrize(
    ("kind", "inputs", "good"),
    [
        ("convert", {"source": BLOB}, True),
        ("convert", {"source": ASSET}, False),
        ("convert", {}, False),
        ("convert", {"source": BLOB, "more": BLOB}, False),
        ("render", {"asset": ASSET}, True),
        ("render", {"asset": BLOB}, False),
        ("room", {"a.jpg": BLOB, "depth_1.png": BLOB}, True),
        ("room", {"../a.jpg": BLOB}, False),
        ("place", {"product": ASSET, "product2": ASSET, "room.json": BLOB}, True),
        ("place", {"room.json": BLOB}, False),
        ("place", {"product": ASSET, **{f"p{i}.jpg": BLOB for i in range(200)}}, False),
    ],
)
def test_inputs(kind, inputs, good):
    if good:
        assert checked_inputs(kind, inputs).keys() == inputs.keys()
        return
    with pytest.raises(InputError) as error:
        checked_inputs(kind, inputs)
    assert error.value.code == "E_JOB_INPUT"


@given(st.permutations(["width", "height", "orbit", "format"]), st.integers(1, 2048))
def test_the_same_request_has_the_same_id(names, width):
    asked = {"width": width, "height": 64, "orbit": "10deg 20deg", "format": "webp"}
    first = output_id("render", {"asset": ASSET}, asked)
    assert is_output_id(first)
    assert output_id("render", {"asset": ASSET}, {name: asked[name] for name in names}) == first
    assert output_id("render", {"asset": ASSET}, {**asked, "samples": 4}) == first, "a default that is said"
    others = [
        output_id("render", {"asset": ASSET}, {**asked, "samples": 16}),
        output_id("render", {"asset": "b" * 26}, asked),
        output_id("turntable", {"asset": ASSET}, {"width": width}),
    ]
    assert len({first, *others}) == 4
