"""Geometry, materials and names: sound shapes are silent, each made fault is named."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.check.geometry import check_geometry
from arviz.check.materials import check_materials
from arviz.check.names import check_names
from arviz.check.topology import topology
from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.material import Material, TextureInfo
from arviz.testing.shapes import box, cube, degenerate, joined, sphere, textured

STANDING = {"centre_m": (0.0, 0.05, 0.0)}


def _codes(report):
    return [finding.code for finding in report.findings]


def _with(asset, **changes):
    (primitive,) = asset.meshes[0].primitives
    kept = {"attributes": dict(primitive.attributes), "indices": primitive.indices, "material": primitive.material}
    return replace(asset, meshes=(Mesh(primitives=(Primitive(**kept | changes),)),))


def _primitive(asset):
    return asset.meshes[0].primitives[0]


SHAPES = {
    "cube": (cube(**STANDING), []),
    "box": (box(size_m=(2, 1, 3), centre_m=(0, 0.5, 0)), []),
    "sphere": (sphere(**STANDING), ["W_DEGENERATE_TRIANGLES"]),  # at its poles every second triangle has no area
}


@pytest.mark.parametrize("name", SHAPES)
def test_sound_shapes_are_silent(name):
    asset, expected = SHAPES[name]
    report = check_geometry(asset)
    assert [code for code in _codes(report) if code[0] != "I"] == expected
    assert report.figures["uv_inverted"] == 0
    assert report.figures["open_or_shared_edges"] == 0


def test_a_mesh_that_has_everything_wrong():
    codes = _codes(check_geometry(degenerate()))
    assert "E_ATTRIBUTE_NOT_FINITE" in codes


@settings(max_examples=15)
@given(st.integers(3, 24), st.tuples(*[st.floats(-9, 9)] * 3))
def test_turned_inside_out(segments, centre):
    asset = sphere(segments=segments, centre_m=centre)
    turned = _primitive(asset).triangles[:, ::-1].reshape(-1)
    assert "W_INSIDE_OUT" not in _codes(check_geometry(asset))
    assert "W_INSIDE_OUT" in _codes(check_geometry(_with(asset, indices=turned)))


def test_a_mirroring_node_turns_nothing_inside_out():
    asset = replace(cube(), nodes=(Node(mesh=0, scale=(-1, 1, 1)),))
    assert "W_INSIDE_OUT" not in _codes(check_geometry(asset))


def test_mixed_winding_and_open_edges():
    triangles = _primitive(cube()).triangles.copy()
    triangles[0] = triangles[0][::-1]
    assert "W_WINDING_MIXED" in _codes(check_geometry(_with(cube(), indices=triangles.reshape(-1))))
    assert check_geometry(_with(cube(), indices=triangles[1:].reshape(-1))).figures["open_or_shared_edges"] == 3


def test_topology_of_known_shapes():
    primitive = _primitive(cube())
    assert topology(primitive.positions, primitive.triangles) == (18, 0, 0, 1, 0)
    two = joined(cube(), cube(centre_m=(1, 0, 0)))
    points = np.concatenate([mesh.primitives[0].positions for mesh in two.meshes])
    triangles = np.concatenate([primitive.triangles, primitive.triangles + 24])
    assert topology(points, triangles) == (36, 0, 0, 2, 0)
    assert topology(points, np.zeros((0, 3), np.uint32)) == (0, 0, 0, 0, 0)


def test_triangles_without_area_are_counted():
    indices = np.concatenate([_primitive(cube()).indices, [0, 0, 1, 2, 2, 2]])
    report = check_geometry(_with(cube(), indices=indices))
    assert report.figures["degenerate"] == 2
    assert "W_DEGENERATE_TRIANGLES" in _codes(report)


def test_missing_normals_and_uvs():
    asset = textured(cube(material=Material(base_color_texture=TextureInfo(texture=0))), np.full((2, 2, 3), 99, np.uint8))
    bare = _with(asset, attributes={"POSITION": _primitive(asset).positions})
    assert {"W_NO_NORMALS", "W_NO_UVS"} <= set(_codes(check_geometry(bare)))
    second = Material(base_color_texture=TextureInfo(texture=0, extensions={"KHR_texture_transform": {"texCoord": 1}}))
    assert "W_NO_UVS" in _codes(check_geometry(replace(asset, materials=(second,))))
    assert "W_NO_UVS" not in _codes(check_geometry(asset))


def test_uvs_that_repeat_or_are_mirrored():
    primitive = _primitive(cube())
    uv = primitive.attributes["TEXCOORD_0"]
    mirrored = {**primitive.attributes, "TEXCOORD_0": uv * (-1, 1) + (1, 0)}
    repeated = {**primitive.attributes, "TEXCOORD_0": uv * 3}
    assert check_geometry(_with(cube(), attributes=mirrored)).figures["uv_inverted"] == 12
    report = check_geometry(_with(cube(), attributes=repeated))
    assert "I_UV_RANGE" in _codes(report)
    assert report.figures["uv_max"] == 3.0


@given(st.floats(0.02, 1), st.sampled_from([0, 1, 2]))
def test_a_pivot_beside_the_base_is_a_warning(distance, axis):
    centre = np.array([0.0, 0.05, 0.0])
    centre[axis] += distance
    assert "W_PIVOT" in _codes(check_geometry(cube(centre_m=tuple(centre))))
    assert "W_PIVOT" not in _codes(check_geometry(cube(**STANDING)))


def test_stray_vertices():
    primitive = _primitive(cube())
    attributes = {name: np.concatenate([array, array[:5]]) for name, array in primitive.attributes.items()}
    assert "I_STRAY_VERTICES" in _codes(check_geometry(_with(cube(), attributes=attributes)))


@given(st.integers(0, 255))
def test_base_colours_outside_30_to_243_are_advisory(value):
    asset = textured(cube(material=Material(base_color_texture=TextureInfo(texture=0))), np.full((4, 4, 3), value, np.uint8))
    report = check_materials(asset)
    assert (report.figures["base_colour_min"], report.figures["base_colour_max"]) == (value, value)
    assert ("W_BASE_COLOUR_RANGE" in _codes(report)) == (not 30 <= value <= 243)
    assert report.ok


def test_half_metals_bare_pieces_and_broken_pictures():
    assert "I_METALLIC_BETWEEN" in _codes(
        check_materials(cube(material=Material(metallic_factor=0.5, base_color_factor=(0.5, 0.5, 0.5, 1))))
    )
    assert _codes(check_materials(cube())) == ["I_NO_MATERIAL"]
    asset = textured(cube(material=Material(base_color_texture=TextureInfo(texture=0))), np.full((4, 4, 3), 9, np.uint8))
    broken = replace(asset, images=(replace(asset.images[0], data=b"no picture"),))
    assert check_materials(broken).figures["base_colour_min"] is None


def test_names():
    mesh = Mesh(primitives=(_primitive(cube()),))
    asset = Asset(nodes=(Node(mesh=0, name="leg"), Node(mesh=0, name="leg"), Node(mesh=0)), meshes=(mesh,))
    assert _codes(check_names(asset)) == ["I_PART_UNNAMED", "I_PART_NAME_TWICE"]
    assert _codes(check_names(joined(cube(), cube()))) == []
