"""STL, binary and ASCII. References: trimesh and analytic shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from arviz.core.asset import Asset
from arviz.core.errors import ArvizError, LimitError
from arviz.core.graph import bounds, drawn, triangle_count
from arviz.core.limits import Limits
from arviz.formats.read import read


def binary(corners, *, header=b"", count=None) -> bytes:
    facets = np.zeros(len(corners), [("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
    facets["c"] = corners
    return header.ljust(80, b"\0") + (len(corners) if count is None else count).to_bytes(4, "little") + facets.tobytes()


def ascii_solid(corners, name="part") -> str:
    facets = "".join(
        "facet normal 0 0 0\n outer loop\n" + "".join(f"  vertex {x!r} {y!r} {z!r}\n" for x, y, z in t) + " endloop\nendfacet\n"
        for t in np.asarray(corners).tolist()
    )
    return f"solid {name}\n{facets}endsolid {name}\n"


def stl(content: bytes | str, **options) -> Asset:
    return read(content.encode() if isinstance(content, str) else content, format="stl", **options)


def corners_of(asset: Asset) -> np.ndarray:
    return np.concatenate([piece.positions[piece.primitive.triangles] for piece in drawn(asset)])


BOX = trimesh.creation.box((1, 2, 3)).triangles.astype(np.float32)


def test_featuretype_agrees_with_trimesh_and_its_truth(data: Path):
    path = data / "formats" / "featuretype.STL"
    asset, theirs = read(path, up="+Y"), trimesh.load(path, process=False)
    assert triangle_count(asset) == len(theirs.faces)
    assert np.array_equal(corners_of(asset), theirs.triangles.astype(np.float32))
    low, high = bounds(read(path, unit="in"))
    assert np.allclose((high - low)[[0, 2, 1]] * 1000, [127, 63.5, 34.925], atol=1e-3)


def test_z_is_up_and_y_points_back():
    asset = stl(binary(BOX))
    assert (asset.source.up, asset.source.front) == ("+Z", "-Y")
    low, high = bounds(asset)
    assert np.allclose(high - low, [1, 3, 2])
    assert "NORMAL" not in asset.meshes[0].primitives[0].attributes


def test_binary_that_begins_with_solid_is_binary():
    content = binary(BOX, header=b"solid exported by a careless program facet")
    assert np.array_equal(corners_of(stl(content, up="+Y")), BOX)


def test_ascii_equals_binary_and_solids_stay_apart():
    two = ascii_solid(BOX, "left leg") + ascii_solid(BOX + 5, "Bein rechts ü")
    asset = stl(two, up="+Y")
    assert [node.name for node in asset.nodes] == ["left leg", "Bein rechts ü"]
    assert [node.part for node in asset.nodes] == ["left-leg", "bein-rechts-ü"]
    assert np.array_equal(corners_of(asset), np.concatenate([BOX, BOX + 5]))
    assert np.array_equal(corners_of(stl(two.upper().replace("\n", "\r\n"), up="+Y")), corners_of(asset))


def test_degenerate_triangles_are_counted():
    asset = stl(binary(np.concatenate([BOX, np.zeros((2, 3, 3))])))
    assert triangle_count(asset) == 12
    assert [f.code for f in asset.source.findings] == ["W_DEGENERATE_FACES"]


def test_units_are_taken_only_from_words():
    assert stl(binary(BOX, header=b"made by cad UNITS=mm")).source.unit == "mm"
    assert stl(binary(BOX, header=b"COLOR=mm")).source.unit is None
    assert stl(binary(BOX)).source.unit_source == "unknown"


def test_bytes_after_the_last_triangle_are_mentioned():
    asset = stl(binary(BOX) + b"x" * 120)
    assert [f.code for f in asset.source.findings] == ["W_TRAILING_BYTES"]
    assert triangle_count(asset) == 12


nan = BOX.copy()
nan[3, 1, 2] = np.nan


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (binary(BOX, count=2**32 - 1), "E_TRUNCATED"),
        (binary(BOX)[:-1], "E_TRUNCATED"),
        (b"solid", "E_TRUNCATED"),
        (b"x", "E_TRUNCATED"),
        (binary(BOX[:0]), "E_NO_TRIANGLES"),
        (b"solid a\nendsolid a\n", "E_NO_TRIANGLES"),
        (binary(np.zeros((4, 3, 3))), "E_NO_TRIANGLES"),
        (binary(nan), "E_NOT_FINITE"),
        (ascii_solid(nan), "E_NOT_FINITE"),
        (ascii_solid(BOX).replace("vertex 0.5", "vertex x", 1), "E_NUMBER"),
        (ascii_solid(BOX).replace("vertex 0.5", "vertex 1 0.5", 1), "E_NUMBER"),
        (ascii_solid(BOX).replace("  vertex", "  vertx", 1), "E_STL_FACET"),
        (ascii_solid(BOX).replace("solid part", "solid\xb7a", 1), "E_STL_FACET"),
        (ascii_solid(BOX).replace("outer loop", "outer loop\nsolid b", 2).replace("  vertex", "  solid c\n  vertex", 2), "E_STL_FACET"),
        (ascii_solid(BOX)[: ascii_solid(BOX).rindex("vertex")], "E_TRUNCATED"),
    ],
)
def test_bad_files_are_refused(content, code):
    with pytest.raises(ArvizError) as caught:
        stl(content)
    assert caught.value.code == code
    if code == "E_NOT_FINITE":
        assert "vertex 10" in caught.value.found


def test_limits_are_kept():
    for content in (binary(BOX), ascii_solid(BOX)):
        with pytest.raises(LimitError):
            stl(content, limits=Limits(indices=35))
    with pytest.raises(LimitError):
        stl(ascii_solid(BOX) * 3, limits=Limits(nodes=2))


@given(arrays(np.float32, (5, 3, 3), elements=st.integers(-1000, 1000).map(lambda i: i / 8)), st.booleans())
def test_writing_and_reading_is_identity(corners, as_text):
    a, b, c = np.moveaxis(corners.astype(float), 1, 0)
    solid = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 0
    content = ascii_solid(corners).encode() if as_text else binary(corners)
    if not solid.any():
        with pytest.raises(ArvizError):
            stl(content)
        return
    assert np.array_equal(corners_of(stl(content, up="+Y")), corners[solid])


@given(st.binary(max_size=300), st.sampled_from([b"", b"solid ", b"solid x\nfacet ", bytes(80) + b"\1\0\0\0"]))
def test_random_bytes_are_read_or_refused(content, begin):
    try:
        asset = stl(begin + content or b"x")
    except ArvizError:
        return
    assert np.isfinite(corners_of(asset)).all()


@given(
    st.sampled_from(["solid", "facet", "normal", "outer", "loop", "vertex", "endloop", "endfacet", "endsolid"]),
    st.integers(0, 3),
    st.sampled_from(["", "x", "\xb7", " ", "\n", "so lid", "endsolid", "vertex", "solid \n", "\0"]),
    st.booleans(),
)
def test_damaged_keywords_are_read_or_refused(word, which, instead, after):
    parts = (ascii_solid(BOX[:2], "a") + ascii_solid(BOX[2:4], "b")).split(word)
    which = 1 + which % (len(parts) - 1)
    parts[which - 1 : which + 1] = [parts[which - 1] + (word + instead if after else instead) + parts[which]]
    try:
        asset = stl(word.join(parts))
    except ArvizError:
        return
    assert triangle_count(asset) <= 4
    assert np.isfinite(corners_of(asset)).all()


@given(st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 255)), max_size=6), st.integers(1, 1200), st.booleans())
def test_mutated_files_are_read_or_refused(changes, cut, as_text):
    damaged = bytearray(ascii_solid(BOX[:6]).encode() if as_text else binary(BOX))
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    try:
        asset = stl(bytes(damaged[:cut]))
    except ArvizError:
        return
    assert np.isfinite(corners_of(asset)).all()
