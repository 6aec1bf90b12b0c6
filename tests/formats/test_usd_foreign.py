"""USD of others: units, axes, polygons, subsets, variants, places; what cannot be read is told."""

import numpy as np
import pytest

from arviz.core.errors import ArvizError, FormatError
from arviz.core.graph import drawn, local_matrix, size, triangle_count
from arviz.core.transforms import apply
from arviz.formats.read import format_of, read
from arviz.formats.usdz.package import pack
from tests.formats.usda_text import SQUARE, codes, load, square, usda


@pytest.mark.parametrize(("head", "expected"), [
    ('metersPerUnit = 1\n upAxis = "Y"', (2, 1, 0)),
    ('metersPerUnit = 0.01\n upAxis = "Y"', (0.02, 0.01, 0)),
    ('metersPerUnit = 0.001\n upAxis = "Z"', (0.002, 0, 0.001)),
    ('upAxis = "Z"', (0.02, 0, 0.01)),
    ('metersPerUnit = 0.3\n upAxis = "Y"', (0.6, 0.3, 0)),
])  # fmt: skip
def test_unit_and_axis(head, expected, tmp_path):
    path = tmp_path / "board.usda"
    path.write_bytes(usda(SQUARE % "", head=head))
    asset = read(path)
    assert size(asset) == pytest.approx(expected)
    assert asset.source.unit_source == ("file" if "metersPerUnit" in head else "format")


def test_the_first_bytes_tell():
    assert format_of(b"#usda 1.0") == "usda"
    assert format_of(b"PXR-USDC\0") == "usdc"
    assert format_of(pack({"model.usdc": b"PXR-USDC"})) == "usdz"
    assert format_of(pack({"3D/a.model": b"<model/>"})) == "zip"


def test_left_handed_faces_holes_and_face_varying_values():
    body = """def Mesh "m" {
  int[] faceVertexCounts = [4, 3]
  int[] faceVertexIndices = [0, 1, 2, 3, 0, 2, 4]
  int[] holeIndices = [1]
  point3f[] points = [(0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0), (0, 0, 1)]
  uniform token orientation = "leftHanded"
  normal3f[] normals = [(0, 0, -1), (0, 1, 0)] (interpolation = "uniform")
  uniform token subdivisionScheme = "none"
 }"""
    (piece,) = drawn(load(usda(body)))
    corners = piece.positions[piece.primitive.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).sum(axis=0)
    assert normal == pytest.approx((0, 0, -4))
    assert np.unique(piece.primitive.attributes["NORMAL"], axis=0).tolist() == [[0, 0, -1]]


def test_subsets_become_primitives():
    body = """def Material "A" {
 }
def Material "B" {
 }
def Mesh "m" (prepend apiSchemas = ["MaterialBindingAPI"]) {
  int[] faceVertexCounts = [3, 3, 3]
  int[] faceVertexIndices = [0, 1, 2, 0, 2, 3, 1, 2, 3]
  point3f[] points = [(0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 5)]
  rel material:binding = </R/A>
  def GeomSubset "s" (prepend apiSchemas = ["MaterialBindingAPI"]) {
   uniform token elementType = "face"
   uniform token familyName = "materialBind"
   int[] indices = [1, 2]
   rel material:binding = </R/B>
  }
}"""
    asset = load(usda(body))
    (mesh,) = asset.meshes
    assert [(asset.materials[p.material].name, len(p.triangles)) for p in mesh.primitives] == [("A", 1), ("B", 2)]


def test_looks_by_variants_and_other_variants():
    looks = """ (
 variants = { string colour = "red" }
 prepend variantSets = ["colour", "form"]
) """
    variants = """
 variantSet "colour" = {
  "red" {
   over "board" {
    rel material:binding = </R/Red>
   }
  }
  "blue" {
   over "board" {
    rel material:binding = </R/Blue>
   }
  }
 }
 variantSet "form" = {
  "low" {
  }
  "high" {
   over "board" {
    float3 xformOp:scale = (1, 9, 1)
    uniform token[] xformOpOrder = ["xformOp:scale"]
   }
  }
 }
"""
    # Variant sets stand inside the prim's braces.
    body = 'def Material "Red" {\n}\ndef Material "Blue" {\n}\n' + SQUARE % "" + variants
    asset = load(usda(body, root=looks))
    assert asset.variants == ("colour: red", "colour: blue")
    (mesh,) = asset.meshes
    (primitive,) = mesh.primitives
    assert [asset.materials[primitive.material_for(i)].name for i in (None, 0, 1)] == ["Red", "Red", "Blue"]
    assert "W_USD_VARIANTS" in codes(asset)
    assert size(asset) == (2, 1, 0)


def test_clips_are_taken_out_and_helpers_left_aside():
    clips = SQUARE.replace(
        'def Mesh "board"', 'def Mesh "moved" (\n clips = {\n dictionary default = {\n asset[] assetPaths = [@/etc/x.usda@]\n }\n }\n)'
    )
    asset = load(usda(SQUARE % "" + clips % "" + SQUARE.replace("board", "guide") % ' uniform token purpose = "guide"\n'))
    assert [node.name for node in asset.nodes] == ["R", "board", "moved"]
    assert "W_USD_UNREAD" in codes(asset)


def test_places_by_any_ops():
    ops = """ double3 xformOp:translate = (1, 2, 3)
  float3 xformOp:rotateXYZ = (0, 0, 90)
  float3 xformOp:scale = (2, 1, 1)
  uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ", "xformOp:scale"]
"""
    asset = square(ops)
    (piece,) = drawn(asset)
    expected = [(1, 2, 3), (1, 6, 3), (0, 6, 3), (0, 2, 3)]
    assert sorted(map(tuple, np.round(piece.positions, 5).tolist())) == sorted(map(tuple, np.array(expected, float).tolist()))
    node = next(node for node in asset.nodes if node.mesh is not None)
    assert apply(local_matrix(node), np.zeros((1, 3)))[0] == pytest.approx((1, 2, 3))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"#usda 1.0\n def Mesh {{{", FormatError),
        (b"#usda 1.0\n def Mesh \xa4\xff {", FormatError),
        (b"PXR-USDC" + bytes(100), FormatError),
        (b"not usd", FormatError),
        (usda('def Sphere "s" {\n}'), ArvizError),
        (usda(SQUARE.replace("(2, 1, 0)", "(nan, 1, 0)") % ""), ArvizError),
        (pack({"model.usda": usda(SQUARE % "")})[:-30], FormatError),
    ],
)
def test_what_is_no_product_is_refused(content, error):
    with pytest.raises(error) as told:
        load(content)
    assert told.value.exit_code == 3


def test_contradictions_are_left_out():
    asset = load(usda(SQUARE % "" + SQUARE.replace("board", "bad").replace("[0, 1, 2, 3]", "[0, 1, 2, 9]") % ""))
    assert triangle_count(asset) == 2
    assert "W_USD_MESH" in codes(asset)


def test_anchors_are_read_from_names():
    empty = """def Xform "ARVIZ_ear_hook_left" {
  double3 xformOp:translate = (1, 2, 3)
  uniform token[] xformOpOrder = ["xformOp:translate"]
 }
"""
    asset = load(usda(SQUARE % "" + empty + SQUARE.replace("board", "ARVIZ_seat_x") % ""))
    (anchored,) = (node for node in asset.nodes if node.anchor is not None)
    assert (anchored.anchor.kind, anchored.anchor.id, anchored.translation) == ("ear_hook", "left", (1, 2, 3))


def test_blend_shapes_are_told():
    assert "W_USD_SKIN" in codes(load(usda(SQUARE % "" + 'def BlendShape "smile" {\n}\n')))
