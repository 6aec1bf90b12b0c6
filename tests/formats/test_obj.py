"""OBJ: what merchants have. References: trimesh, and shapes whose numbers are known."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.asset import Asset
from arviz.core.errors import ArvizError, FormatError, LimitError, MeshError
from arviz.core.graph import bounds, drawn, triangle_count
from arviz.core.limits import Limits
from arviz.formats import text as text_module
from arviz.formats.read import read

CUBE = """
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
v 0 0 1
v 1 0 1
v 1 1 1
v 0 1 1
f 1 4 3 2
f 5 6 7 8
f 1 2 6 5
f 2 3 7 6
f 3 4 8 7
f 4 1 5 8
"""
SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def obj(text: str | bytes, **options) -> Asset:
    return read(text.encode() if isinstance(text, str) else text, format="obj", **options)


def corners(asset: Asset) -> np.ndarray:
    return np.concatenate([piece.positions[piece.primitive.triangles] for piece in drawn(asset)])


def area(asset: Asset) -> float:
    a, b, c = np.moveaxis(corners(asset), 1, 0)
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def volume(asset: Asset) -> float:
    a, b, c = np.moveaxis(corners(asset), 1, 0)
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def codes(asset: Asset) -> list[str]:
    return [finding.code for finding in asset.source.findings]


def test_cube_has_volume_one_and_faces_outwards():
    asset = obj(CUBE)
    assert volume(asset) == pytest.approx(1)
    assert area(asset) == pytest.approx(6)
    assert triangle_count(asset) == 12
    assert asset.source.unit_source == "unknown"


def test_agrees_with_trimesh_on_a_textured_product(data: Path):
    import trimesh

    path = data / "formats" / "fuze.obj"
    ours, theirs = read(path), trimesh.load(path, process=False)
    assert triangle_count(ours) == len(theirs.faces) == 1000
    assert np.allclose(bounds(ours), theirs.bounds)
    assert area(ours) == pytest.approx(theirs.area, rel=1e-5)
    assert volume(ours) == pytest.approx(theirs.volume, rel=1e-4)
    (primitive,) = ours.meshes[0].primitives
    assert len(primitive.positions) == len(theirs.vertices)
    # Corner by corner, as both keep the order of the faces.
    assert np.allclose(primitive.positions[primitive.triangles], theirs.vertices[theirs.faces], atol=1e-7)
    uv = theirs.visual.uv[theirs.faces]
    assert np.allclose(primitive.attributes["TEXCOORD_0"][primitive.triangles], np.stack([uv[..., 0], 1 - uv[..., 1]], -1), atol=1e-6)
    assert np.allclose(np.linalg.norm(primitive.attributes["NORMAL"], axis=1), 1, atol=1e-6)
    assert ours.images[0].data == (data / "formats" / "fuze uv.jpg").read_bytes()
    assert ours.images[0].mime_type == "image/jpeg"
    assert ours.materials[0].alpha_mode == "OPAQUE"  # MeshLab's "Tr 1" is opaque
    assert codes(ours) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace("\n", "\r"),
        lambda t: "\ufeff" + t.lstrip(),
        lambda t: t.replace(" ", "\t"),
        lambda t: t.replace("f ", "   f  "),
        lambda t: t.replace("f 1 4 3 2", "f 1 4 \\\n 3 2"),
        lambda t: t.replace("f 1 4 3 2", "f 1 4 \\\r\n 3 2"),
        lambda t: t.replace("f 1 4 3 2", "f -8 -5 -6 -7"),
        lambda t: t.replace("v 0 0 0\n", "v 0 0 0 # a comment 5\n"),
        lambda t: t.replace("f 5", "# f 1 2 nonsense\n\n\n\nf 5"),
        lambda t: t.replace("v ", "v +").replace("f ", "F "),
        lambda t: t.replace("v 1 1 1", "v 1e0 10E-1 .1e1"),
        lambda t: t.rstrip(),
        lambda t: t.replace("v 1 1 1", "v 1 1 1 1.0"),
    ],
)
def test_spelling_does_not_matter(change):
    assert np.array_equal(corners(obj(change(CUBE))), corners(obj(CUBE)))


def test_corner_forms_mix_and_missing_texture_coordinates_are_filled():
    text = SQUARE + "vt 0 0\nvt 1 0\nvt 1 1\nvn 0 0 2\nf 1/1/1 2/2/1 3/3/1\nf 1//1 3//1 4\n"
    (primitive,) = obj(text).meshes[0].primitives
    assert primitive.triangles.shape == (2, 3)
    assert np.allclose(primitive.attributes["NORMAL"], [0, 0, 1])
    assert np.allclose(primitive.attributes["TEXCOORD_0"][primitive.triangles][0], [[0, 1], [1, 1], [1, 0]])


def test_vertices_are_shared_where_everything_agrees_and_split_where_not():
    shared = SQUARE + "vt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nf 1/1 2/2 3/3\nf 1/1 3/3 4/4\n"
    assert len(obj(shared).meshes[0].primitives[0].positions) == 4
    seam = shared + "vt .5 .5\nf 1/5 4/4 3/3\n"
    assert len(obj(seam).meshes[0].primitives[0].positions) == 5


def test_objects_and_groups_become_named_nodes_and_materials_become_primitives():
    text = SQUARE + "o Seat\nusemtl fabric\nf 1 2 3\no Legs\nusemtl wood\nf 1 3 4\nusemtl metal\nf 2 3 4\nusemtl wood\nf 1 2 4\n"
    asset = obj(text)
    assert [node.name for node in asset.nodes] == ["Seat", "Legs"]
    assert [node.part for node in asset.nodes] == ["seat", "legs"]
    names = [[asset.materials[p.material].name for p in mesh.primitives] for mesh in asset.meshes]
    assert names == [["fabric"], ["wood", "metal"]]
    assert [len(p.triangles) for p in asset.meshes[1].primitives] == [2, 1]


def test_two_objects_of_one_name_stay_two_and_groups_continue():
    text = SQUARE + "o Leg\nf 1 2 3\no Top\nf 1 3 4\no Leg\nf 2 3 4\n"
    assert [node.part for node in obj(text).nodes] == ["leg", "top", "leg-2"]
    text = SQUARE + "g a\nf 1 2 3\ng b\nf 1 3 4\ng a\nf 2 3 4\ng default\nf 1 2 4\n"
    assert [(node.name, triangle_count(obj(text)) > 0) for node in obj(text).nodes] == [("a", True), ("b", True), ("", True)]


def test_names_keep_spaces_and_every_alphabet():
    text = SQUARE.encode() + "o Stuhl rücken 椅子\nf 1 2 3\n".encode() + "o Füße\nf 1 3 4\n".encode("latin-1")
    assert [node.name for node in obj(text).nodes] == ["Stuhl rücken 椅子", "Füße"]


def test_concave_polygons_keep_their_area():
    comb = [(0, 0), (5, 0), (5, 3), (4, 3), (4, 1), (3, 1), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)]
    text = "".join(f"v {x} {y} 0\n" for x, y in comb) + "f " + " ".join(str(i + 1) for i in range(len(comb)))
    asset = obj(text)
    assert area(asset) == pytest.approx(5 + 3 * 2)
    assert (np.cross(*np.moveaxis(np.diff(corners(asset), axis=1), 1, 0))[:, 2] > 0).all()


def test_a_dart_shaped_quad_is_split_inside():
    asset = obj("v 0 0 0\nv 2 0 0\nv .5 .5 0\nv 0 2 0\nf 1 2 3 4\nf 2 3 4 1\n")
    assert area(asset) == pytest.approx(2 * 1.0)


def test_a_corner_on_a_straight_edge_leaves_no_sliver():
    asset = obj("v 0 0 0\nv 1 0 0\nv 2 0 0\nv 2 1 0\nv 0 1 0\nf 1 2 3 4 5\n")
    assert triangle_count(asset) == 3
    assert area(asset) == pytest.approx(2)
    assert codes(asset) == []


def test_normals_come_from_the_file_and_zero_or_nan_ones_are_made():
    text = SQUARE + "vn 0 0 0\nvn nan 0 1\nvn 0 3 4\nf 1//1 2//2 3//3\n"
    (primitive,) = obj(text).meshes[0].primitives
    normals = primitive.attributes["NORMAL"][primitive.triangles[0]]
    assert np.allclose(normals, [[0, 0, 1], [0, 0, 1], [0, 0.6, 0.8]])


def test_without_normals_and_smoothing_none_are_made():
    assert "NORMAL" not in obj(CUBE).meshes[0].primitives[0].attributes
    assert "NORMAL" not in obj(CUBE.replace("f 1 4", "s 1\nf 1 4", 1)).meshes[0].primitives[0].attributes


def test_smoothing_off_is_flat_and_groups_are_smooth_inside():
    flat = obj(CUBE.replace("f 1 4", "s off\nf 1 4", 1)).meshes[0].primitives[0]
    assert len(flat.positions) == 24
    assert np.allclose(np.sort(np.abs(flat.attributes["NORMAL"]), axis=1), [0, 0, 1])
    # Two sides that meet at an edge in one group, the rest flat.
    text = CUBE.replace("f 1 2 6 5", "s 7\nf 1 2 6 5").replace("f 3 4", "s 0\nf 3 4").replace("f 1 4", "s off\nf 1 4", 1)
    mixed = obj(text).meshes[0].primitives[0]
    on_edge = (mixed.positions[:, 0] == 1) & (mixed.positions[:, 1] == 0)
    normals = mixed.attributes["NORMAL"][on_edge]
    assert (np.abs(normals - [np.sqrt(0.5), -np.sqrt(0.5), 0]).max(axis=1) < 1e-6).sum() == 2


def test_vertex_colours_are_srgb_in_the_file_and_linear_here():
    asset = obj("v 0 0 0 1 0 0\nv 1 0 0 0.5 0.5 0.5\nv 0 1 0 0 0 1\nf 1 2 3\n")
    colours = asset.meshes[0].primitives[0].attributes["COLOR_0"]
    assert np.allclose(colours, [[1, 0, 0], [0.21404, 0.21404, 0.21404], [0, 0, 1]], atol=1e-4)
    assert asset.materials[0].base_color_factor == (1, 1, 1, 1)


def test_comments_may_state_the_unit():
    assert obj("# Exported from a modeller\n# File units = inches\n" + CUBE).source.unit == "in"
    assert np.allclose(bounds(obj("# units: mm\n" + CUBE))[1], 0.001)
    assert obj("# units: mm\n# units: cm\n" + CUBE).source.unit is None
    assert obj("# the unit of account\n" + CUBE).source.unit_source == "unknown"


def test_degenerate_faces_are_left_out_and_counted():
    asset = obj(SQUARE + "f 1 2 3\nf 1 1 2\nf 1 2 2\n")
    assert triangle_count(asset) == 1
    (finding,) = asset.source.findings
    assert finding.code == "W_DEGENERATE_FACES"
    assert finding.message.startswith("2 of 3")


def test_lines_and_points_are_mentioned():
    assert codes(obj(SQUARE + "f 1 2 3\nl 1 2\np 3\n")) == ["W_ELEMENTS_IGNORED"]


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        (SQUARE + "f 1 2 9\n", "E_INDEX", ":5"),
        (SQUARE + "f 1 2 0\n", "E_INDEX", ":5"),
        (SQUARE + "f 1 2 -5\n", "E_INDEX", ":5"),
        (SQUARE + "f 1/1 2/1 3/1\n", "E_INDEX", ":5"),
        (SQUARE + "f 1 2 9223372036854775808\n", "E_INDEX", ":5"),
        (SQUARE + "f 1 2 -9223372036854775808\n", "E_INDEX", ":5"),
        (SQUARE + "f / / /\n", "E_INDEX", ":5"),
        (SQUARE + "f 1 2\n", "E_FACE", ":5"),
        (SQUARE + "f 1/2/3/4 2 3\n", "E_NUMBER", ":5"),
        (SQUARE + "f 1 2 3x\n", "E_NUMBER", ":5"),
        (SQUARE + "f 1 2-3 3\n", "E_NUMBER", ":5"),
        ("v 0 0 0\nv 1,5 0 0\nv 0 1 0\nf 1 2 3\n", "E_NUMBER", ":2"),
        ("v 0 0 0\nv 1 0\nv 0 1 0\nf 1 2 3\n", "E_NUMBER", ":2"),
        ("v 0 0 0\nv\nv 0 1 0\nf 1 2 3\n", "E_NUMBER", ":2"),
        ("v 0 0 0\n\nv nan 0 0\nv 0 inf 0\nf 1 2 3\n", "E_NOT_FINITE", None),
        ("v 0 0 0\n\nv 1.#QNAN 0 0\nv 0 1 0\nf 1 2 3\n", "E_NOT_FINITE", None),
        ("v 0 0 0\n\nv 1e39 0 0\nv 0 1 0\nf 1 2 3\n", "E_NOT_FINITE", None),
        (SQUARE, "E_NO_TRIANGLES", None),
        (SQUARE + "f 1 1 1\n", "E_NO_TRIANGLES", None),
        ("hello", "E_NO_TRIANGLES", None),
    ],
)
def test_bad_files_say_what_and_where(text, code, where):
    with pytest.raises((FormatError, MeshError)) as caught:
        obj(text)
    assert caught.value.code == code
    if where:
        assert caught.value.where.endswith(where)
    if code == "E_NOT_FINITE":
        assert "line 3" in caught.value.found


@pytest.mark.parametrize("limits", [Limits(vertices=7), Limits(indices=20), Limits(nodes=1), Limits(materials=1), Limits(name_length=3)])
def test_limits_are_kept(limits):
    with pytest.raises(LimitError):
        obj(CUBE.replace("f 5", "o a\nusemtl b\nf 5").replace("f 2", "o long\nusemtl c\nf 2"), limits=limits)


def test_hostile_files_are_refused(data: Path):
    for name, code in (("obj_face_1e5gon.obj", "E_NO_TRIANGLES"), ("obj_index_huge.obj", "E_INDEX")):
        with pytest.raises(ArvizError) as caught:
            read(data / "hostile" / "synthetic" / name)
        assert caught.value.code == code


def test_a_polygon_of_many_corners_is_fanned_when_convex_and_noted_when_not():
    angle = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    for radius, noted in ((np.ones(5000), []), (1 + 0.5 * np.sin(40 * angle), ["W_POLYGON_FANNED"])):
        points = "".join(f"v {x:.9f} {y:.9f} 0\n" for x, y in zip(radius * np.cos(angle), radius * np.sin(angle), strict=True))
        asset = obj(points + "f " + " ".join(map(str, range(1, 5001))))
        assert codes(asset) == noted
        assert triangle_count(asset) == 4998


@given(
    soup=st.lists(st.lists(st.integers(0, 19), min_size=3, max_size=3, unique=True), min_size=1, max_size=30),
    seed=st.integers(0, 2**32 - 1),
    form=st.sampled_from(["{v}", "{v}/{t}", "{v}//{n}", "{v}/{t}/{n}"]),
    relative=st.booleans(),
    block=st.sampled_from([16, 100, 4 * 2**20]),
)
def test_writing_and_reading_is_identity(soup, seed, form, relative, block):
    rng = np.random.default_rng(seed)
    positions, texcoords = rng.normal(size=(20, 3)).astype(np.float32), rng.random((7, 2)).astype(np.float32)
    normals = rng.normal(size=(5, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    t, n = rng.integers(0, 7, (len(soup), 3)), rng.integers(0, 5, (len(soup), 3))
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in positions.tolist()]
    lines += [f"vt {u!r} {v!r}" for u, v in texcoords.tolist()] + [f"vn {x!r} {y!r} {z!r}" for x, y, z in normals.tolist()]
    counts = (20, 7, 5) if relative else (-1, -1, -1)
    for row, face in enumerate(soup):
        words = [
            form.format(v=v - counts[0], t=t[row, i] - counts[1], n=n[row, i] - counts[2]) for i, v in enumerate(face)
        ]  # fmt: skip
        lines.append("f " + " ".join(words))
    before, text_module.BLOCK_BYTES = text_module.BLOCK_BYTES, block
    try:
        asset = obj("\n".join(lines))
    finally:
        text_module.BLOCK_BYTES = before
    (primitive,) = asset.meshes[0].primitives
    triangles = primitive.triangles
    assert np.array_equal(primitive.positions[triangles], positions[np.array(soup)])
    if "{t}" in form:
        expected = texcoords[t]
        assert np.array_equal(primitive.attributes["TEXCOORD_0"][triangles], np.stack([expected[..., 0], 1 - expected[..., 1]], -1))
    if "{n}" in form:
        assert np.allclose(primitive.attributes["NORMAL"][triangles], normals[n], atol=1e-6)
    rows = np.concatenate([a.view(np.uint32) for a in primitive.attributes.values()], axis=1)
    assert len(np.unique(rows, axis=0)) <= len(rows)
    assert set(np.unique(triangles)) == set(range(len(rows)))


RICH = (SQUARE + "vt 0 0\nvn 0 0 1\no a\nusemtl x\ns 1\nf 1/1/1 2/1/1 3/1/1\ng b\ns off\nf -4 -2 -1\nl 1 2\nmtllib y.mtl\n").encode()


@given(data=st.binary(max_size=400))
def test_random_bytes_end_in_our_errors(data):
    with pytest.raises(ArvizError):
        obj(data or b"x")


@given(st.lists(st.tuples(st.integers(0, len(RICH) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(RICH)))
def test_mutated_files_are_read_or_refused(changes, cut):
    damaged = bytearray(RICH)
    for at, byte in changes:
        damaged[at] = byte
    try:
        asset = obj(bytes(damaged[:cut]) or b"x")
    except ArvizError:
        return
    assert all(np.isfinite(p.positions).all() for mesh in asset.meshes for p in mesh.primitives)


@given(st.text(alphabet="vfnt0123456789/- .\n#\\eos", max_size=200))
def test_text_that_resembles_an_obj_is_read_or_refused(words):
    try:
        asset = obj(SQUARE + words + "\nf 1 2 3\n")
    except ArvizError:
        return
    assert triangle_count(asset) >= 1


def test_agrees_with_trimesh_on_polygons():
    import trimesh

    sphere = trimesh.creation.uv_sphere(count=[12, 16])
    text = sphere.export(file_type="obj", include_normals=False)
    ours = obj(text)
    assert volume(ours) == pytest.approx(sphere.volume, rel=1e-6)
    theirs = trimesh.load(io.BytesIO(CUBE.encode()), file_type="obj", process=False)
    triangles = [{frozenset(map(tuple, t)) for t in mesh.tolist()} for mesh in (corners(obj(CUBE)), theirs.vertices[theirs.faces])]
    assert triangles[0] == triangles[1]
