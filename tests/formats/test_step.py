"""STEP: inches to metres, names and colours, what a deflection costs; damaged files never end this process."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.errors import ArvizError, FormatError, InputError
from arviz.core.graph import bounds, drawn, size, world_matrices
from arviz.formats.files import Files
from arviz.formats.read import format_of, read
from arviz.formats.step import DEFLECTION_MM, read_in_place
from tests.formats.step_text import Step
from tests.seeds import drawn_seed

pytest.importorskip("cascadio")


@pytest.fixture(scope="module")
def part(data):
    return (data / "formats" / "featuretype.STEP").read_bytes()


def test_a_part_in_inches_has_its_true_size(data):
    asset = read(data / "formats" / "featuretype.STEP")
    # 5 x 2.5 x 1.375 inch, Z up: 127 wide, 63.5 deep, 34.925 high.
    assert size(asset) == pytest.approx((0.127, 0.034925, 0.0635), abs=1e-6)
    assert (asset.source.format, asset.source.unit_source) == ("step", "file")
    assert [node.name for node in asset.nodes] == ["featuretype"]
    (material,) = asset.materials
    # COLOUR_RGB 0.792, 0.820, 0.933 of the file, decoded from sRGB; a colour is no metal.
    assert material.base_color_factor == pytest.approx((0.5906, 0.6376, 0.8550, 1), abs=1e-4)
    assert material.metallic_factor == 0


def test_surfaces_are_cut_as_finely_as_asked(part):
    """Every point of a coarse cut lies as near to a fine one as was asked, and finer means more triangles."""
    fine = raycasting(triangles_mm(part, 0.01))
    counts = []
    for deflection_mm in (2.0, 0.5, DEFLECTION_MM):
        corners = triangles_mm(part, deflection_mm)
        counts.append(len(corners))
        middles = np.concatenate([(corners + np.roll(corners, 1, axis=1)).reshape(-1, 3) / 2, corners.mean(axis=1)])
        assert distances(fine, middles).max() <= deflection_mm
    assert counts == sorted(set(counts))


def test_the_deflection_is_an_option_of_step_alone(part):
    told = read(part, format="step", deflection_mm=1.0).source.findings
    assert [finding.code for finding in told] == ["I_STEP_CUT"]
    assert "1 mm" in told[0].message
    for wrong, kind in ((0.0, "step"), (float("nan"), "step"), (0.1, "obj")):
        with pytest.raises(InputError) as error:
            read(part if kind == "step" else b"v 0 0 0\n", format=kind, deflection_mm=wrong)
        assert error.value.code == "E_DEFLECTION"


def test_an_assembly_in_inches():
    """Parts used again share a mesh; faces keep colours of their own; what has no colour is grey, no metal; empty parts may be anchors."""
    file = Step(inches=True)
    leg = file.product("leg", file.box((1, 1, 10), colours={None: (1, 0, 0), 1: (0, 0, 1)}))
    top, table = file.product("top", file.box((20, 10, 1))), file.product("table")
    places = [(0, 0, 0), (19, 0, 0), (0, 9, 0), (19, 9, 0)]
    for i, place in enumerate(places):
        file.put(leg, table, f"leg {i}", at=place)
    file.put(top, table, "top", at=(0, 0, 10))
    file.put(file.product("seat"), table, "ARVIZ_seat_middle", at=(10, 5, 11))
    asset = read(file.content(), format="step")
    assert size(asset) == pytest.approx((20 * 0.0254, 11 * 0.0254, 10 * 0.0254), abs=1e-6)
    assert len(asset.meshes) == 2
    legs = {node.name: node.mesh for node in asset.nodes if node.name.startswith("leg")}
    assert sorted(legs) == ["leg 0", "leg 1", "leg 2", "leg 3"]
    assert len(set(legs.values())) == 1
    colours = {asset.materials[p.material].base_color_factor[:3]: len(p.triangles) for p in asset.meshes[legs["leg 0"]].primitives}
    assert colours == {(1, 0, 0): 10, (0, 0, 1): 2}
    assert [material.metallic_factor for material in asset.materials] == [0, 0, 0]
    anchored = [i for i, node in enumerate(asset.nodes) if node.anchor is not None]
    assert [(asset.nodes[i].anchor.kind, asset.nodes[i].anchor.id) for i in anchored] == [("seat", "middle")]
    # Z is up in the file: (10, 5, 11) inches.
    assert world_matrices(asset)[anchored[0]][:3, 3] == pytest.approx(np.array([10, 11, -5]) * 0.0254, abs=1e-6)


@given(st.tuples(*[st.floats(0.5, 500)] * 3), st.tuples(*[st.floats(-500, 500)] * 3), st.booleans(), st.booleans())
@settings(max_examples=15, deadline=None)
def test_any_box_is_where_it_was_put(sides, at, turned, inches):
    file = Step(inches=inches)
    whole = file.product("whole")
    file.put(file.product("box", file.box(sides)), whole, "use", at=at, turned=turned)
    asset = read_in_place(file.content(), Files(None, name="box.step"))
    x, y, z = sides
    low, high = (np.array([-y, 0, 0]), np.array([0, x, z])) if turned else (np.zeros(3), np.array(sides))
    assert bounds(asset) == pytest.approx((np.array([low, high]) + at) * (0.0254 if inches else 0.001), abs=2e-6)


def triangles_mm(part, deflection_mm):
    asset = read_in_place(part, Files(None, name="part.step"), deflection_mm=deflection_mm)
    return np.concatenate([piece.positions[piece.primitive.triangles] for piece in drawn(asset)]) * 1000


def raycasting(corners):
    open3d = pytest.importorskip("open3d")
    scene = open3d.t.geometry.RaycastingScene()
    points = open3d.core.Tensor(corners.reshape(-1, 3).astype(np.float32))
    scene.add_triangles(points, open3d.core.Tensor(np.arange(corners.size // 3, dtype=np.uint32).reshape(-1, 3)))
    return scene


def distances(scene, points):
    return scene.compute_distance(points.astype(np.float32)).numpy()


def test_the_first_bytes_tell(part):
    assert format_of(part) == "step"


@pytest.mark.parametrize("content", [b"ISO-10303-21;", b"ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;", bytes(100)])
def test_what_is_no_product_is_refused(content):
    with pytest.raises(ArvizError) as error:
        read(content, format="step")
    assert error.value.exit_code == 3


def test_stp_is_step_and_another_ending_is_a_mistake(part):
    assert read(part, format="stp").source.format == "step"
    with pytest.raises(FormatError) as error:
        read(part, format="obj")
    assert error.value.code == "E_FORMAT_MISMATCH"


def test_damaged_files_are_told(part):
    """One in five of them ends Open CASCADE by a fault of memory: in the child, and this process is told."""
    rng = random.Random(drawn_seed())
    for _ in range(3):
        damaged = bytearray(part[: rng.randrange(30, len(part))] if rng.random() < 0.3 else part)
        for _ in range(rng.choice([1, 10, 100])):
            damaged[rng.randrange(14, len(damaged))] = rng.randrange(256)
        assert outcome(bytes(damaged)) in (0, 3, 4)


def outcome(content):
    """Return the exit code that a file ends with."""
    try:
        return 0 if read(content, format="step").meshes else None
    except ArvizError as error:
        return error.exit_code
