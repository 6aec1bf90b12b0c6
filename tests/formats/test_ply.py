"""PLY in its three encodings. References: trimesh and analytic shapes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from arviz.core.asset import Asset
from arviz.core.errors import ArvizError, LimitError
from arviz.core.graph import bounds, drawn, triangle_count
from arviz.core.limits import Limits
from arviz.formats.read import read

ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
SQUARE = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)]
XYZ = [("float", "x"), ("float", "y"), ("float", "z")]
CODES = {"float": "f4", "double": "f8", "uchar": "u1", "int": "i4", "uint": "u4", "ushort": "u2", "char": "i1"}


def write(
    form, vertices, faces, properties=XYZ, *, list_types=("uchar", "int"), faces_name="vertex_indices", comments=(), extra=""
) -> bytes:
    """Write a PLY row by row, independently of the reader."""
    lines = ["ply", f"format {form} 1.0", *(f"comment {c}" for c in comments), f"element vertex {len(vertices)}"]
    lines += [f"property {kind} {name}" for kind, name in properties]
    lines += [f"element face {len(faces)}", f"property list {list_types[0]} {list_types[1]} {faces_name}", *extra.split("\n")]
    head = "\n".join(line for line in [*lines, "end_header"] if line) + "\n"
    if form == "ascii":
        whole = [kind not in ("float", "double") for kind, _ in properties]
        rows = [" ".join(str(int(v)) if w else repr(float(v)) for v, w in zip(row, whole, strict=True)) for row in vertices]
        return (head + "\n".join([*rows, *(" ".join(map(str, [len(f), *f])) for f in faces)]) + "\n").encode()
    order = ORDERS[form]
    out = io.BytesIO()
    out.write(head.encode())
    for row in vertices:
        for value, (kind, _) in zip(row, properties, strict=True):
            out.write(np.array(value).astype(order + CODES[kind]).tobytes())
    for face in faces:
        out.write(np.array(len(face)).astype(order + CODES[list_types[0]]).tobytes())
        out.write(np.array(face).astype(order + CODES[list_types[1]]).tobytes())
    return out.getvalue()


def ply(content: bytes, **options) -> Asset:
    return read(content, format="ply", **options)


def corners_of(asset: Asset) -> np.ndarray:
    return np.concatenate([piece.positions[piece.primitive.triangles] for piece in drawn(asset)])


def attributes(asset: Asset):
    return asset.meshes[0].primitives[0].attributes


def test_blender_cube_agrees_with_trimesh(data: Path):
    path = data / "formats" / "cube_blender_uv.ply"
    asset, theirs = read(path), trimesh.load(path, process=False)
    assert triangle_count(asset) == 12
    assert np.allclose(bounds(asset), theirs.bounds)
    found = attributes(asset)
    assert len(found["POSITION"]) == 24
    assert np.allclose(np.abs(found["NORMAL"]).max(axis=1), 1)
    u, v = theirs.visual.uv.T
    assert np.allclose(found["TEXCOORD_0"], np.stack([u, 1 - v], axis=1))


@pytest.mark.parametrize("form", ORDERS)
@pytest.mark.parametrize("types", [("uchar", "int"), ("uint", "ushort"), ("int", "uint"), ("char", "uchar")])
def test_encodings_and_mixed_polygons_give_the_same(form, types):
    solid = trimesh.creation.uv_sphere(count=[8, 8])
    faces = [*solid.faces.tolist()[:20], [0, 1, 2, 3], *solid.faces.tolist()[20:], [0, 1, 2, 3, 4]]
    asset = ply(write(form, solid.vertices, faces, list_types=types))
    assert np.array_equal(corners_of(asset)[:20], solid.vertices.astype(np.float32)[solid.faces[:20]])
    assert triangle_count(asset) >= len(solid.faces)


@pytest.mark.parametrize("form", ORDERS)
def test_double_coordinates_and_unknown_properties(form):
    properties = [("uchar", "flag"), ("double", "x"), ("double", "y"), ("double", "z"), ("int", "id")]
    rows = [(7, *point, 9) for point in SQUARE]
    asset = ply(write(form, rows, [[0, 1, 2, 3]], properties, faces_name="vertex_index"))
    assert np.array_equal(np.unique(corners_of(asset).reshape(-1, 3), axis=0), np.unique(np.array(SQUARE, float), axis=0))


@pytest.mark.parametrize("form", ORDERS)
def test_colours_are_srgb_bytes_in_the_file_and_linear_here(form):
    properties = [*XYZ, ("uchar", "red"), ("uchar", "green"), ("uchar", "blue"), ("uchar", "alpha")]
    rows = [(*point, 255, 128, 0, 255) for point in SQUARE]
    asset = ply(write(form, rows, [[0, 1, 2]], properties))
    assert attributes(asset)["COLOR_0"].shape == (3, 3)
    assert np.allclose(attributes(asset)["COLOR_0"], [1, 0.215861, 0], atol=1e-5)
    assert asset.materials[0].base_color_factor == (1, 1, 1, 1)
    rows = [(*point, 255, 128, 0, 51 * i) for i, point in enumerate(SQUARE)]
    assert np.allclose(attributes(ply(write(form, rows, [[0, 1, 2]], properties)))["COLOR_0"][:, 3], [0, 0.2, 0.4])


@pytest.mark.parametrize("names", [("s", "t"), ("u", "v"), ("texture_u", "texture_v")])
def test_texture_coordinates_have_several_names(names):
    properties = [*XYZ, *(("float", name) for name in names)]
    asset = ply(write("binary_little_endian", [(*p, 0.25, 0.75) for p in SQUARE], [[0, 1, 2]], properties))
    assert np.allclose(attributes(asset)["TEXCOORD_0"], [0.25, 0.25])


def test_normals_are_normalised_or_left_out():
    properties = [*XYZ, ("float", "nx"), ("float", "ny"), ("float", "nz")]
    asset = ply(write("ascii", [(*p, 0, 0, 5) for p in SQUARE], [[0, 1, 2]], properties))
    assert np.allclose(attributes(asset)["NORMAL"], [0, 0, 1])
    asset = ply(write("ascii", [(*p, 0, 0, 0) for p in SQUARE], [[0, 1, 2]], properties))
    assert "NORMAL" not in attributes(asset)


def test_texture_and_face_texture_coordinates_as_meshlab_writes_them(tmp_path: Path):
    picture = io.BytesIO()
    PillowImage.new("RGB", (4, 4), (9, 8, 7)).save(picture, "PNG")
    (tmp_path / "skin map.png").write_bytes(picture.getvalue())
    head = write("ascii", SQUARE, [], comments=["TextureFile skin map.png"]).decode().replace("element face 0", "element face 2")
    head = head.replace("end_header", "property list uchar float texcoord\nend_header")
    (tmp_path / "a.ply").write_text(head + "3 0 1 2 6 0 0 1 0 1 1\n3 0 2 3 6 .5 0 1 1 0 1\n")
    asset = read(tmp_path / "a.ply")
    primitive = asset.meshes[0].primitives[0]
    expected = np.array([[[0, 1], [1, 1], [1, 0]], [[0.5, 1], [1, 0], [0, 0]]])
    assert np.allclose(primitive.attributes["TEXCOORD_0"][primitive.triangles], expected)
    assert len(primitive.positions) == 5
    assert asset.images[0].data == picture.getvalue()
    (tmp_path / "skin map.png").unlink()
    assert [f.code for f in read(tmp_path / "a.ply").source.findings] == ["W_TEXTURE_MISSING"]


def test_strips_are_unrolled():
    head = (
        write("ascii", SQUARE, [])
        .decode()
        .replace("element face 0\nproperty list uchar int vertex_indices", "element tristrips 1\nproperty list int int vertex_indices")
    )
    asset = ply((head + "8 0 1 3 2 -1 0 1 2\n").encode())
    corners = corners_of(asset)
    assert len(corners) == 3
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normals[:, 2] > 0).all()


def test_units_in_comments():
    assert ply(write("ascii", SQUARE, [[0, 1, 2]], comments=["units: millimeters"])).source.unit == "mm"
    assert ply(write("ascii", SQUARE, [[0, 1, 2]], comments=["unit vectors everywhere"])).source.unit is None


def test_degenerate_faces_and_unused_vertices_are_left_out():
    asset = ply(write("ascii", SQUARE, [[0, 1, 2], [1, 1, 2]]))
    assert triangle_count(asset) == 1
    assert len(attributes(asset)["POSITION"]) == 3
    assert [f.code for f in asset.source.findings] == ["W_DEGENERATE_FACES"]


def head(*lines: str) -> bytes:
    return ("ply\n" + "\n".join(lines) + "\nend_header\n").encode()


V = ["element vertex 3", "property float x", "property float y", "property float z"]
F = ["element face 1", "property list uchar int vertex_indices"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (write("ascii", SQUARE, []), "E_NO_TRIANGLES"),
        (write("binary_little_endian", SQUARE, []), "E_NO_TRIANGLES"),
        (write("ascii", SQUARE, [[0, 1, 4]]), "E_INDEX"),
        (write("binary_big_endian", SQUARE, [[0, 1, -1]]), "E_INDEX"),
        (write("ascii", SQUARE, [[0, 1, 2**40]], list_types=("uchar", "uchar")), "E_INDEX"),
        (write("ascii", [(0, 0, float("nan")), *SQUARE], [[1, 2, 3]]), "E_NOT_FINITE"),
        (write("binary_little_endian", [(0, 0, float("inf")), *SQUARE], [[1, 2, 3]]), "E_NOT_FINITE"),
        (write("ascii", [(0, 0, 1e39), *SQUARE], [[1, 2, 3]]), "E_NOT_FINITE"),
        (write("binary_little_endian", SQUARE, [[0, 1, 2]])[:-1], "E_TRUNCATED"),
        (write("ascii", SQUARE, [[0, 1, 2]])[:-4], "E_TRUNCATED"),
        (write("ascii", SQUARE, [[0, 1, 2]]).replace(b"3 0 1 2", b"3 0 1 x"), "E_NUMBER"),
        (write("ascii", SQUARE, [[0, 1, 2]]).replace(b"3 0 1 2", b"-3 0 1 2"), "E_TRUNCATED"),
        (write("ascii", SQUARE, [[0, 1, 2]]).replace(b"3 0 1 2", b"nan 0 1 2"), "E_TRUNCATED"),
        (head("format binary_little_endian 1.0", "element vertex 10000000", *V[1:], *F), "E_TRUNCATED"),
        (head("format binary_little_endian 1.0", *V, "element face 50000000", F[1]) + bytes(36), "E_TRUNCATED"),
        (head("format ascii 1.0", *V, "element face 50000000", F[1]) + b"0 " * 20, "E_TRUNCATED"),
        (head("format ascii 1.0", "element vertex 99999999999", *V[1:]), "E_LIMIT_VERTICES"),
        (head("format binary_little_endian 1.0", *V, "element face 1", "property list float int vertex_indices"), "E_PLY_HEADER"),
        (head("format ascii 1.0", "element vertex -3", *V[1:]), "E_PLY_HEADER"),
        (head("format text 1.0", *V), "E_PLY_HEADER"),
        (head(*V), "E_PLY_HEADER"),
        (head("format ascii 1.0", *V, "property float x"), "E_PLY_HEADER"),
        (head("format ascii 1.0", "property float x"), "E_PLY_HEADER"),
        (head("format ascii 1.0", *F) + b"3 0 1 2", "E_NO_TRIANGLES"),
        (b"ply\nformat ascii 1.0\n", "E_PLY_HEADER"),
    ],
)
def test_bad_files_are_refused(content, code):
    with pytest.raises(ArvizError) as caught:
        ply(content)
    assert caught.value.code == code


def test_hostile_list_length_is_refused(data: Path):
    with pytest.raises(ArvizError) as caught:
        read(data / "hostile" / "synthetic" / "ply_list_len.ply")
    assert caught.value.code == "E_TRUNCATED"


def test_limits_are_kept():
    for form in ORDERS:
        for limits in (Limits(vertices=3), Limits(indices=3)):
            with pytest.raises(LimitError):
                ply(write(form, SQUARE, [[0, 1, 2, 3]]), limits=limits)


@given(
    st.sampled_from(sorted(ORDERS)),
    st.lists(st.lists(st.integers(0, 11), min_size=3, max_size=3, unique=True), min_size=1, max_size=30),
    st.integers(0, 2**32 - 1),
)
def test_writing_and_reading_is_identity(form, faces, seed):
    points = np.random.default_rng(seed).normal(size=(12, 3)).astype(np.float32)
    assert np.array_equal(corners_of(ply(write(form, points.tolist(), faces))), points[np.array(faces)])


@given(st.binary(max_size=200), st.sampled_from(sorted(ORDERS)))
def test_random_bodies_are_read_or_refused(body, form):
    try:
        asset = ply(head(f"format {form} 1.0", *V, *F) + body)
    except ArvizError:
        return
    assert np.isfinite(corners_of(asset)).all()


@given(st.sampled_from(sorted(ORDERS)), st.lists(st.tuples(st.integers(3, 400), st.integers(0, 255)), max_size=6), st.integers(4, 400))
def test_mutated_files_are_read_or_refused(form, changes, cut):
    damaged = bytearray(write(form, SQUARE, [[0, 1, 2, 3], [0, 1, 2]], extra="element x 0\nproperty list uchar float y"))
    for at, byte in changes:
        damaged[3 + at % (len(damaged) - 3)] = byte
    try:
        asset = ply(bytes(damaged[:cut]))
    except ArvizError:
        return
    assert np.isfinite(corners_of(asset)).all()
