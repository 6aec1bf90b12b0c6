"""Normals: analytic truth on cube, sphere, cylinder and cone."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.ops import normals as normals_module
from arviz.ops.normals import add_normals


def shaded(positions, indices=None, *, mode=4, **options) -> Primitive:
    primitive = Primitive(attributes={"POSITION": positions}, indices=indices, mode=mode)
    asset = add_normals(Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive,)),)), **options)
    return asset.meshes[0].primitives[0]


def of_mesh(mesh: trimesh.Trimesh, *, as_soup=False, **options) -> Primitive:
    if as_soup:
        return shaded(mesh.triangles.reshape(-1, 3), **options)
    return shaded(mesh.vertices, mesh.faces.reshape(-1), **options)


def degrees_between(a, b) -> np.ndarray:
    a, b = (np.asarray(v, float) / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), np.einsum("ij,ij->i", a, b)))


@pytest.mark.parametrize("as_soup", [False, True])
def test_a_cube_keeps_its_faces(as_soup):
    primitive = of_mesh(trimesh.creation.box(), as_soup=as_soup)
    assert len(primitive.positions) == (36 if as_soup else 24)
    facing = np.cross(*np.moveaxis(np.diff(primitive.positions[primitive.triangles], axis=1), 1, 0))
    for corner in range(3):
        assert degrees_between(primitive.attributes["NORMAL"][primitive.triangles[:, corner]], facing).max() < 1e-4


@pytest.mark.parametrize("as_soup", [False, True])
def test_a_sphere_is_smooth_and_its_normals_point_outwards(as_soup):
    sphere = trimesh.creation.icosphere(4)
    primitive = of_mesh(sphere, as_soup=as_soup)
    if not as_soup:
        assert len(primitive.positions) == len(sphere.vertices)
    assert degrees_between(primitive.attributes["NORMAL"], primitive.positions).max() < 0.2


@pytest.mark.parametrize("sections", [6, 12, 20])
def test_faces_that_meet_at_the_crease_angle_itself_are_smooth(sections):
    """Whatever way the angles of equal edges are rounded: none of them looks another way than its neighbours."""
    angle = np.radians(360 / sections)
    for crease, smooth in ((angle, True), (angle - 1e-3, False)):
        primitive = of_mesh(trimesh.creation.cylinder(1, 2, sections=sections), crease_angle_rad=crease)
        side = np.abs(primitive.attributes["NORMAL"][:, 2]) < 0.5
        off = degrees_between(primitive.attributes["NORMAL"][side], (primitive.positions * [1, 1, 0])[side])
        assert np.allclose(off, 0 if smooth else np.degrees(angle) / 2, atol=0.5 if smooth else 1e-3)


def test_a_cylinder_is_smooth_round_and_creased_at_its_ends():
    cylinder = trimesh.creation.cylinder(1, 2, sections=32)
    primitive = of_mesh(cylinder)
    side = np.abs(primitive.attributes["NORMAL"][:, 2]) < 0.5
    radial = primitive.positions * [1, 1, 0]
    assert degrees_between(primitive.attributes["NORMAL"][side], radial[side]).max() < 0.5
    assert np.allclose(np.abs(primitive.attributes["NORMAL"][~side]), [0, 0, 1], atol=1e-6)
    assert len(primitive.positions) == 2 * 2 * 32 + 2


def test_the_angle_decides():
    octagon = trimesh.creation.cylinder(1, 2, sections=8)
    creased = of_mesh(octagon)
    smooth = of_mesh(octagon, crease_angle_rad=np.radians(46))
    assert len(creased.positions) == 8 * 2 * 2 + 2 * 8 + 2
    assert len(smooth.positions) == 2 * 2 * 8 + 2
    box = trimesh.creation.box()
    assert len(of_mesh(box, crease_angle_rad=np.pi).positions) == 8
    corner = of_mesh(box, crease_angle_rad=np.pi)
    assert degrees_between(corner.attributes["NORMAL"], corner.positions).max() < 1e-4  # whatever diagonals the faces have
    sphere = of_mesh(trimesh.creation.icosphere(1), crease_angle_rad=0)
    assert len(sphere.positions) == 3 * 80


def test_agrees_with_trimesh_where_everything_is_smooth():
    torus = trimesh.creation.torus(2, 0.7, 40, 30)
    theirs = trimesh.geometry.weighted_vertex_normals(len(torus.vertices), torus.faces, torus.face_normals, torus.face_angles)
    primitive = of_mesh(torus)
    assert np.array_equal(primitive.positions[primitive.triangles], torus.vertices.astype(np.float32)[torus.faces])
    assert degrees_between(primitive.attributes["NORMAL"][primitive.triangles.reshape(-1)], theirs[torus.faces.reshape(-1)]).max() < 1e-3


def test_existing_normals_and_lines_are_left_alone():
    points = np.eye(3)
    primitive = Primitive(attributes={"POSITION": points, "NORMAL": points})
    lines = Primitive(attributes={"POSITION": points}, mode=1)
    asset = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive, lines)),))
    assert all(a is b for a, b in zip(add_normals(asset).meshes[0].primitives, asset.meshes[0].primitives, strict=True))


def test_a_product_that_lacks_nothing_is_the_same_object():
    """`convert` tells that normals were computed only where they were."""
    bare = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(Primitive(attributes={"POSITION": np.eye(3, dtype=np.float32)}),)),))
    done = add_normals(bare)
    assert done is not bare
    assert add_normals(done) is done


def test_strips_become_triangles_and_other_attributes_follow():
    positions = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], float)
    primitive = Primitive(
        attributes={"POSITION": positions, "TEXCOORD_0": positions[:, :2], "TANGENT": np.zeros((4, 4))},
        mode=5,
        targets=({"POSITION": positions},),
    )
    made = add_normals(Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive,)),))).meshes[0].primitives[0]
    assert np.array_equal(made.positions[made.triangles], positions[primitive.triangles])
    assert np.array_equal(made.attributes["TEXCOORD_0"], made.positions[:, :2])
    assert np.array_equal(made.targets[0]["POSITION"], made.positions)
    assert "TANGENT" not in made.attributes
    assert np.allclose(made.attributes["NORMAL"], [0, 0, 1])


def test_degenerate_faces_get_a_normal_too():
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [5, 5, 5]], float)
    primitive = shaded(square, [0, 1, 2, 1, 1, 2, 3, 3, 3])
    normals = primitive.attributes["NORMAL"]
    assert np.allclose(np.linalg.norm(normals, axis=1), 1)
    assert np.allclose(normals[primitive.triangles[1]], [0, 0, 1])


@pytest.mark.parametrize("sections", [48, 500, 3000])
def test_a_cone_tip_with_many_faces(sections):
    cone = trimesh.creation.cone(1, 0.2, sections=sections)  # flat enough to be smooth at its tip
    primitive = of_mesh(cone)
    tip = primitive.positions[:, 2] > 0.199
    assert tip.sum() == 1
    assert degrees_between(primitive.attributes["NORMAL"][tip], [[0, 0, 1]]).max() < 1e-3
    sharp = of_mesh(trimesh.creation.cone(1, 5, sections=sections))
    tip = sharp.positions[:, 2] > 4.99
    # Each face's normal at the tip leans its own way: mean over 40 degrees to both sides.
    radial = sharp.attributes["NORMAL"][tip]
    assert len(radial) > 10
    assert (np.linalg.norm(radial[:, :2], axis=1) > 0.9).all()


def test_gathering_changes_little(monkeypatch):
    mesh = trimesh.creation.cone(1, 3, sections=60)
    exact = of_mesh(mesh, as_soup=True)
    monkeypatch.setattr(normals_module, "_MANY", 4)
    rough = of_mesh(mesh, as_soup=True)
    assert degrees_between(exact.attributes["NORMAL"], rough.attributes["NORMAL"]).max() < 6


def test_work_in_small_portions_gives_the_same(monkeypatch):
    mesh = trimesh.creation.cylinder(1, 2, sections=20)
    whole = of_mesh(mesh)
    monkeypatch.setattr(normals_module, "_PAIRS_AT_ONCE", 7)
    assert np.array_equal(of_mesh(mesh).attributes["NORMAL"], whole.attributes["NORMAL"])


@given(arrays(np.float32, (14, 3), elements=st.integers(-4, 4)), st.integers(0, 2**32 - 1), st.floats(0, np.pi))
def test_normals_are_unit_and_corners_stay_where_they_were(points, seed, crease):
    indices = np.random.default_rng(seed).integers(0, len(points), 36)
    primitive = shaded(points, indices, crease_angle_rad=crease)
    assert np.allclose(np.linalg.norm(primitive.attributes["NORMAL"], axis=1), 1, atol=1e-5)
    assert np.array_equal(primitive.positions[primitive.triangles].reshape(-1, 3), points[indices])
    rows = np.c_[primitive.positions, primitive.attributes["NORMAL"]]
    used = np.unique(primitive.indices)
    assert len(used) == len(rows)
