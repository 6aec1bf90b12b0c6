"""Meshes of other packages: what goes in comes out, at the size that the unit says."""

import numpy as np
import pytest
import trimesh

import arviz
from tests.seeds import drawn_seed


def soup(rng):
    mesh = trimesh.creation.icosphere(subdivisions=1, radius=float(rng.uniform(0.5, 50)))
    mesh.apply_transform(trimesh.transformations.random_rotation_matrix(rng.random(3)))
    mesh.apply_translation(rng.uniform(-5, 5, 3))
    return mesh


@pytest.mark.parametrize(("unit", "metres"), [("m", 1), ("cm", 0.01), ("in", 0.0254)])
def test_trimesh_there_and_back_is_the_same_solid(unit, metres):
    mesh = soup(np.random.default_rng(drawn_seed()))
    asset = arviz.from_mesh(mesh, unit=unit)
    back = trimesh.Trimesh(*asset.to_arrays())
    assert asset.unit_known
    assert np.allclose(asset.size_m, mesh.extents * metres, rtol=1e-5)
    assert back.volume == pytest.approx(mesh.volume * metres**3, rel=1e-4)  # positive: the same side is outside
    assert np.allclose(back.bounds, mesh.bounds * metres, rtol=1e-4, atol=1e-5)


def test_arrays_and_trimesh_give_the_same_product():
    mesh = soup(np.random.default_rng(drawn_seed()))
    one, other = (arviz.from_mesh(each, unit="m", up="+Z") for each in (mesh, (mesh.vertices, mesh.faces)))
    assert np.allclose(one.size_m, other.size_m, rtol=1e-5)
    x, y, z = mesh.extents
    assert np.allclose(other.size_m, (x, z, y), rtol=1e-5)  # its height is along Z


def test_a_scene_keeps_its_parts_where_they_are():
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.creation.box((1, 1, 1)), node_name="seat")
    scene.add_geometry(trimesh.creation.box((1, 1, 1)), node_name="back", transform=trimesh.transformations.translation_matrix((0, 2, 0)))
    asset = arviz.from_mesh(scene, unit="m", name="chair")
    assert asset.size_m == pytest.approx((1, 3, 1))
    assert {"seat", "back"} <= {node.name for node in asset.nodes}
    assert asset.source.name == "chair"


def test_a_mirrored_piece_keeps_its_outside():
    from dataclasses import replace

    mesh = soup(np.random.default_rng(drawn_seed()))
    asset = arviz.from_mesh((mesh.vertices, mesh.faces), unit="m")
    mirrored = replace(asset, nodes=tuple(replace(node, matrix=None, scale=(-1, 1, 1)) for node in asset.nodes))
    assert trimesh.Trimesh(*mirrored.to_arrays()).volume == pytest.approx(mesh.volume, rel=1e-4)


def test_open3d_brings_triangles_and_colours():
    o3d = pytest.importorskip("open3d")
    ball = o3d.geometry.TriangleMesh.create_sphere(0.3)
    ball.paint_uniform_color((1.0, 0.5, 0.0))
    tensors = o3d.t.geometry.TriangleMesh.from_legacy(ball)
    for mesh in (ball, tensors):
        asset = arviz.from_mesh(mesh, unit="m")
        vertices, corners = asset.to_arrays()
        assert len(corners) == len(ball.triangles)
        assert np.allclose(vertices.max(axis=0), 0.3, atol=1e-6)
        (primitive,) = asset.meshes[0].primitives
        assert np.allclose(primitive.attributes["COLOR_0"][0, :3], (1, 0.21404, 0), atol=1e-4)  # linear (IEC 61966-2-1)


@pytest.mark.parametrize(
    ("mesh", "code"),
    [
        ("sofa.obj", "E_MESH_KIND"),
        (np.zeros((3, 3)), "E_MESH_KIND"),
        ((np.zeros((3, 2)), np.zeros((1, 3), int)), "E_MESH_ARRAYS"),
        ((np.zeros((3, 3)), np.zeros((1, 3))), "E_MESH_ARRAYS"),
        ((np.zeros((3, 3)), np.array([[0, 1, 3]])), "E_MESH_ARRAYS"),
        ((np.zeros((3, 3)), np.array([[0, 1, -1]])), "E_MESH_ARRAYS"),
        ((np.full((3, 3), np.nan), np.array([[0, 1, 2]])), "E_MESH_ARRAYS"),
    ],
)
def test_what_is_no_mesh_is_refused(mesh, code):
    with pytest.raises(arviz.InputError) as caught:
        arviz.from_mesh(mesh, unit="m")
    assert caught.value.code == code
