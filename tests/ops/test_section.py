"""A product is cut by a plane: against trimesh's cut, by what must hold of any cut, and where it cannot be closed."""

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.graph import drawn
from arviz.core.transforms import similarity
from arviz.ops.section import AXES, section

SHAPES = {
    "ball": trimesh.creation.icosphere(subdivisions=2),
    "ring": trimesh.creation.torus(1, 0.3, major_sections=24, minor_sections=12),
    "box": trimesh.creation.box(),
    "tube": trimesh.creation.annulus(0.3, 0.5, 1),
}


def asset_of(mesh: trimesh.Trimesh, **more: np.ndarray) -> Asset:
    primitive = Primitive(attributes={"POSITION": mesh.vertices, **more}, indices=mesh.faces)
    return Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive,)),))


def volume_of(asset: Asset) -> float:
    corners = np.concatenate([piece.positions[piece.primitive.triangles.astype(int)] for piece in drawn(asset)])
    return float(np.linalg.det(corners).sum() / 6)


def turned(name: str, seed: int) -> trimesh.Trimesh:
    mesh = SHAPES[name].copy()
    mesh.apply_transform(trimesh.transformations.random_rotation_matrix(np.random.default_rng(seed).random(3)))
    mesh.vertices = np.asarray(mesh.vertices, np.float32)
    return mesh


def open_slice(mesh: trimesh.Trimesh, *, along: int, at: float, flipped: bool) -> tuple[float, float]:
    """Return volume and area of the cut by trimesh, without a cap: both follow from what is left, by the divergence theorem."""
    normal, origin = np.eye(3)[along] * (1 if flipped else -1), np.eye(3)[along] * at
    left = trimesh.intersections.slice_mesh_plane(mesh, normal, origin)
    vectors = np.cross(left.triangles[:, 1] - left.triangles[:, 0], left.triangles[:, 2] - left.triangles[:, 0]) / 2
    volume = np.einsum("ij,ij->", left.triangles.mean(axis=1) - origin, vectors) / 3
    return float(volume), abs(float(vectors[:, along].sum()))


@given(st.sampled_from(sorted(SHAPES)), st.integers(0, 2**31), st.sampled_from(AXES), st.floats(-0.4, 0.4), st.booleans())
def test_volume_and_area_are_those_of_trimesh(name, seed, axis, at, flipped):
    mesh = turned(name, seed)
    cut = section(asset_of(mesh), axis=axis, at_m=at, flipped=flipped)
    volume, area = open_slice(mesh, along=AXES.index(axis), at=at, flipped=flipped)
    assert cut.open_m == 0
    assert cut.area_m2 == pytest.approx(area, abs=1e-5)
    assert cut.asset is not None
    assert volume_of(cut.asset) == pytest.approx(volume, abs=1e-5)


@given(st.integers(0, 2**31), st.sampled_from(AXES), st.floats(-1.5, 1.5))
def test_both_halves_are_the_whole(seed, axis, at):
    mesh = turned("ring", seed)
    parts = [section(asset_of(mesh), axis=axis, at_m=at, flipped=flipped) for flipped in (False, True)]
    assert sum(volume_of(part.asset) for part in parts if part.asset is not None) == pytest.approx(mesh.volume, abs=1e-5)
    assert parts[0].area_m2 == pytest.approx(parts[1].area_m2, abs=1e-9)


@given(st.integers(0, 2**31), st.sampled_from(AXES), st.floats(-0.4, 0.4))
def test_attributes_stay_the_linear_function_of_place_that_they_were(seed, axis, at):
    mesh = turned("ball", seed)
    rule = np.random.default_rng(seed).normal(size=(3, 2)).astype(np.float32)
    cut = section(asset_of(mesh, TEXCOORD_0=mesh.vertices @ rule, NORMAL=mesh.vertex_normals), axis=axis, at_m=at)
    assert cut.asset is not None
    primitive = cut.asset.meshes[0].primitives[0]
    assert primitive.attributes["TEXCOORD_0"] == pytest.approx(primitive.positions @ rule, abs=1e-5)
    assert np.linalg.norm(primitive.attributes["NORMAL"], axis=1) == pytest.approx(1, abs=1e-5)
    used = primitive.positions[primitive.triangles.reshape(-1)]
    assert used[:, AXES.index(axis)].max() <= at + 1e-6


def test_a_pose_counts():
    mesh = turned("ring", 7)
    pose = similarity(rotation=np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]), translation=(0.1, -0.2, 0.3))
    posed = asset_of(mesh)
    posed = Asset(nodes=(Node(mesh=0, matrix=pose),), meshes=posed.meshes)
    mesh.apply_transform(pose)
    cut = section(posed, axis="y", at_m=0.05)
    volume, area = open_slice(mesh, along=1, at=0.05, flipped=False)
    assert cut.area_m2 == pytest.approx(area, abs=1e-5)
    assert cut.asset is not None
    assert volume_of(cut.asset) == pytest.approx(volume, abs=1e-5)


def test_a_cavity_stays_open_and_shells_that_overlap_are_one():
    ball = trimesh.creation.icosphere(subdivisions=3)
    inner = ball.copy()
    inner.apply_scale(0.5)
    inner.invert()
    hollow = section(asset_of(trimesh.util.concatenate([ball, inner])), axis="x", at_m=0.01)
    whole, hole = (section(asset_of(mesh), axis="x", at_m=0.01) for mesh in (ball, inner))
    assert hollow.area_m2 == pytest.approx(whole.area_m2 - hole.area_m2)
    box = trimesh.creation.box()
    other = box.copy()
    other.apply_translation((0, 0.5, 0))
    assert section(asset_of(trimesh.util.concatenate([box, other])), axis="x", at_m=0.1).area_m2 == pytest.approx(1.5)


def test_a_shell_of_two_materials_is_closed_over_both():
    mesh = turned("ball", 3)
    half = len(mesh.faces) // 2
    two = tuple(Primitive(attributes={"POSITION": mesh.vertices}, indices=faces) for faces in (mesh.faces[:half], mesh.faces[half:]))
    split = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=two),))
    cut = section(split, axis="z", at_m=0.2)
    assert cut.open_m == 0
    assert cut.area_m2 == pytest.approx(section(asset_of(mesh), axis="z", at_m=0.2).area_m2)


def test_an_open_surface_has_no_cap_and_says_how_long_its_edge_is():
    box = trimesh.creation.box()
    lid = box.face_normals[:, 1] > 0.5
    box.update_faces(~lid)
    cut = section(asset_of(box), axis="x", at_m=0.1)
    assert cut.area_m2 == 0
    assert cut.open_m == pytest.approx(3.0)
    assert section(asset_of(box), axis="y", at_m=0.1).area_m2 == pytest.approx(1.0)


@pytest.mark.parametrize("at", [-0.5, 0.5])
def test_a_plane_through_corners_closes_too(at):
    cut = section(asset_of(trimesh.creation.box()), axis="x", at_m=at)
    assert cut.open_m == 0
    assert cut.asset is not None
    assert volume_of(cut.asset) == pytest.approx(max(at + 0.5, 0), abs=1e-6)


def test_what_lies_all_above_is_gone():
    assert section(asset_of(trimesh.creation.box()), axis="x", at_m=-1).asset is None
