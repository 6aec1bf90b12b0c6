"""Types refuse nonsense, cannot change, and share memory."""

import json
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.camera import Camera
from arviz.core.colour import linear_to_srgb, parse_hex, srgb_to_linear, to_uint8
from arviz.core.errors import ArvizError, BackendError, DependencyError, FormatError, InputError, LimitError
from arviz.core.frozen import FrozenDict, freeze
from arviz.core.image import Image
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage, Material
from arviz.core.parts import Joint, slug, unique
from arviz.core.registry import Registry
from arviz.core.report import Finding, Report
from arviz.core.scene import Item, Layer, Lighting

TRIANGLE = np.eye(3, dtype=np.float32)


def test_frozen_mappings_refuse_every_change_but_dump_and_pickle_like_dicts():
    frozen = freeze({"a": [1, {"b": 2}]})
    for change in (
        lambda: frozen.__setitem__("a", 1),
        frozen.clear,
        lambda: frozen.update(a=1),
        lambda: frozen.pop("a"),
        lambda: frozen.setdefault("c"),
    ):
        with pytest.raises(TypeError):
            change()
    assert json.loads(json.dumps(frozen)) == {"a": [1, {"b": 2}]}
    assert pickle.loads(pickle.dumps(frozen)) == frozen
    assert freeze(frozen) is frozen
    assert isinstance(frozen["a"][1], FrozenDict)


def test_arrays_are_shared_and_read_only():
    primitive = Primitive(attributes={"POSITION": TRIANGLE})
    assert np.shares_memory(primitive.positions, TRIANGLE)
    assert np.shares_memory(replace(primitive, material=1).positions, TRIANGLE)
    with pytest.raises(ValueError, match="read-only"):
        primitive.positions[0, 0] = 7
    with pytest.raises(FrozenInstanceError):
        primitive.material = 2


@pytest.mark.parametrize(
    "build",
    [
        lambda: Primitive(attributes={"NORMAL": TRIANGLE}),
        lambda: Primitive(attributes={"POSITION": TRIANGLE, "NORMAL": TRIANGLE[:2]}),
        lambda: Primitive(attributes={"POSITION": TRIANGLE}, indices=np.array([0, 1, 3])),
        lambda: Node(matrix=np.eye(3)),
        lambda: Node(translation=(1, 2)),
        lambda: Material(alpha_mode="GLASS"),
        lambda: Joint(id="j", node=0, kind="revolute", axis=(0, 1, 0), min=1, max=0),
        lambda: Camera(k=np.eye(3) * np.nan, width_px=1, height_px=1),
        lambda: Camera(k=np.eye(3), width_px=0, height_px=1),
        lambda: Image(pixels=np.zeros((2, 2, 4), np.uint8)),
        lambda: Image(pixels=np.zeros((2, 2), np.uint8)),
        lambda: Layer(colour=np.zeros((2, 2, 3), np.float32)),
        lambda: Layer(colour=np.zeros((2, 2, 4), np.float32), depth_m=np.zeros((3, 2), np.float32)),
        lambda: Lighting(environment=Image(pixels=np.zeros((2, 2, 3), np.uint8))),
        lambda: Item(asset=None, world_from_asset=np.full((4, 4), np.nan)),
    ],
)
def test_types_are_validated_when_made(build):
    with pytest.raises(ValueError, match=r"\w"):
        build()


def test_strips_and_fans_unroll_to_consistently_wound_triangles():
    square = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], np.float32)
    strip = Primitive(attributes={"POSITION": square}, mode=5)
    fan = Primitive(attributes={"POSITION": square[[0, 1, 3, 2]]}, mode=6)
    for primitive in (strip, fan):
        a, b, c = (primitive.positions[primitive.triangles[:, i]] for i in range(3))
        assert np.allclose(np.cross(b - a, c - a)[:, 2], 1)
    assert len(Primitive(attributes={"POSITION": square}, mode=0).triangles) == 0


def test_a_picture_never_prints_its_pixels():
    image = Image(pixels=np.full((2, 3, 3), 123, np.uint8))
    assert "123" not in repr(image)
    assert "3x2" in repr(image)
    assert image._repr_png_().startswith(b"\x89PNG")


@given(st.lists(st.floats(0, 1, width=32), min_size=1))
def test_srgb_and_linear_are_inverse(values):
    values = np.array(values, np.float32)
    assert np.allclose(linear_to_srgb(srgb_to_linear(values)), values, atol=2e-6)


def test_srgb_known_values_and_all_bytes_survive():
    assert srgb_to_linear(np.float32([0.5]))[0] == pytest.approx(0.21404, abs=1e-5)  # IEC 61966-2-1
    every = np.arange(256, dtype=np.uint8)
    assert np.array_equal(to_uint8(linear_to_srgb(srgb_to_linear(every / 255))), every)


def test_colours_as_people_write_them():
    assert parse_hex("#ff8000") == (255, 128, 0)
    assert parse_hex("#fff") == (255, 255, 255)
    for text in ("red", "#ff80", "#gggggg", ""):
        with pytest.raises(InputError):
            parse_hex(text)


def test_errors_carry_all_they_know_across_processes():
    error = FormatError("E_X", "went wrong", where="a.obj", expected=1, found=2, hint="mend it")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error) == "a.obj: went wrong (expected 1, found 2)"
    assert copy.to_json() == error.to_json()
    assert type(copy) is FormatError


def test_exit_codes_are_those_of_the_tree():
    expected = {InputError: 3, FormatError: 3, LimitError: 4, DependencyError: 5, BackendError: 6, ArvizError: 70}
    assert {kind: kind.exit_code for kind in expected} == expected


def test_limits_name_what_was_too_much():
    with pytest.raises(LimitError, match="at most 10") as caught:
        Limits(nodes=10).check("nodes", 11, where="a.glb")
    assert caught.value.code == "E_LIMIT_NODES"
    Limits(nodes=10).check("nodes", 10, where="a.glb")


def test_the_registry_is_lazy_and_says_what_it_knows():
    registry = Registry("thing", {"path": "pathlib:Path", "broken": "no_such_module_anywhere:x"})
    assert registry.get("path").__name__ == "Path"
    with pytest.raises(InputError, match="broken, path"):
        registry.get("pth")
    with pytest.raises(DependencyError, match="no_such_module_anywhere"):
        registry.get("broken")
    assert list(registry) == ["path", "broken"]
    assert "path" in registry


def test_reports_add_up():
    warning, error = (Finding(code=c, severity=s, message="m") for c, s in (("W", "warning"), ("E", "error")))
    report = Report(findings=(warning,), figures={"a": 1}) + Report(findings=(error,), figures={"b": 2})
    assert report.errors == (error,)
    assert not report.ok
    assert Report(findings=(warning,)).ok
    assert report.to_json()["figures"] == {"a": 1, "b": 2}


@given(st.lists(st.text(max_size=10), max_size=8))
def test_unique_names_are_unique_and_first_come_first_served(names):
    out = unique(names)
    assert len(set(out)) == len(out) == len(names)
    assert all(after == before or after.startswith(f"{before}-") for before, after in zip(names, out, strict=True))


@given(st.text())
def test_slugs_are_stable_words(text):
    assert slug(slug(text)) == slug(text)
    assert not set(slug(text)) & set(" _/\\.:")


def test_assets_print_as_one_line_without_their_content():
    primitive = Primitive(attributes={"POSITION": np.zeros((3000, 3))}, indices=np.zeros(30000, np.uint32), material=0)
    image = EncodedImage(data=b"secret" * 1000, mime_type="image/png", name="wood")
    asset = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive,), name="seat"),), images=(image,))
    assert repr(asset) == "Asset(1 node, 1 mesh, 10,000 triangles, 1 picture)"
    assert repr(asset.meshes[0]) == "Mesh('seat', 1 primitive, 10,000 triangles)"
    assert repr(primitive) == "Primitive(10,000 triangles, 3,000 vertices: POSITION, material 0)"
    assert repr(image) == "EncodedImage('wood', image/png, 6,000 bytes)"


def test_limits_print_what_is_not_the_default():
    assert repr(Limits()) == "Limits()"
    assert repr(Limits(nodes=10)) == "Limits(nodes=10)"
