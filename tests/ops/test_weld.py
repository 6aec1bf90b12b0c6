"""Welding: lossless, idempotent, and never across a difference."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.ops import weld as weld_module
from arviz.ops.weld import distinct_rows, weld


def asset_of(*primitives: Primitive) -> Asset:
    return Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=primitives),))


def only(asset: Asset) -> Primitive:
    return asset.meshes[0].primitives[0]


def soup(mesh: trimesh.Trimesh) -> Primitive:
    return Primitive(attributes={"POSITION": mesh.triangles.reshape(-1, 3)})


@pytest.mark.parametrize("mesh", [trimesh.creation.box(), trimesh.creation.icosphere(2), trimesh.creation.torus(2, 0.5)])
def test_soup_becomes_the_closed_mesh_it_was(mesh):
    welded = only(weld(asset_of(soup(mesh))))
    again = trimesh.Trimesh(welded.positions, welded.triangles, process=False)
    assert len(welded.positions) == len(mesh.vertices)
    assert again.is_watertight
    assert again.area == pytest.approx(mesh.area, rel=1e-6)
    assert again.volume == pytest.approx(mesh.volume, rel=1e-6)
    assert np.array_equal(welded.positions[welded.triangles], mesh.triangles.astype(np.float32))


def test_vertices_that_differ_in_one_bit_of_anything_stay_apart():
    base = {"POSITION": np.zeros((2, 3)), "TEXCOORD_0": np.zeros((2, 2)), "JOINTS_0": np.zeros((2, 4), np.uint8)}
    assert len(only(weld(asset_of(Primitive(attributes=base, indices=[0, 1, 0])))).positions) == 1
    for name in base:
        changed = base[name].copy()
        changed[1, 0] = 1
        primitive = Primitive(attributes={**base, name: changed}, indices=[0, 1, 0])
        assert len(only(weld(asset_of(primitive))).positions) == 2
    morph = Primitive(attributes=base, indices=[0, 1, 0], targets=({"POSITION": np.eye(3)[:2]},))
    assert len(only(weld(asset_of(morph))).positions) == 2
    signed = np.array([[0.0, 0, 0], [-0.0, 0, 0]])
    assert len(only(weld(asset_of(Primitive(attributes={"POSITION": signed}, indices=[0, 1, 0])))).positions) == 2


def test_unused_vertices_go_and_morphs_and_materials_stay():
    positions = np.arange(15).reshape(5, 3)
    primitive = Primitive(attributes={"POSITION": positions}, indices=[4, 2, 1], targets=({"POSITION": positions * 2.0},), material=7)
    welded = only(weld(asset_of(primitive)))
    assert welded.material == 7
    assert len(welded.positions) == 3
    assert np.array_equal(welded.positions[welded.triangles[0]], positions[[4, 2, 1]])
    assert np.array_equal(welded.targets[0]["POSITION"][welded.triangles[0]], 2 * positions[[4, 2, 1]])


@pytest.mark.parametrize("mode", range(7))
def test_every_mode_draws_the_same(mode):
    positions = np.random.default_rng(mode).integers(0, 3, (12, 3)).astype(float)
    welded = only(weld(asset_of(Primitive(attributes={"POSITION": positions}, mode=mode))))
    assert welded.mode == mode
    assert np.array_equal(welded.positions[welded.indices], positions)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 4))
def test_welding_is_lossless_complete_and_idempotent(seed, count, values):
    rng = np.random.default_rng(seed)
    attributes = {
        "POSITION": rng.integers(0, values, (count, 3)).astype(float),
        "COLOR_0": rng.integers(0, 2, (count, 4)).astype(float),
        "_ID": rng.integers(0, 2, count).astype(np.uint16),
    }
    primitive = Primitive(attributes=attributes, indices=rng.integers(0, count, 30))
    once = weld(asset_of(primitive))
    welded = only(once)
    for name, array in primitive.attributes.items():
        assert np.array_equal(welded.attributes[name][welded.indices], array[primitive.indices])
    rows = np.c_[tuple(array.reshape(len(array), -1) for array in welded.attributes.values())]
    assert len(np.unique(rows, axis=0)) == len(rows)
    assert only(weld(once)) is welded


def test_colliding_hashes_cost_time_only(monkeypatch):
    rows = np.random.default_rng(0).integers(0, 3, (50, 2)).astype(np.uint32)
    expected = distinct_rows(rows)
    monkeypatch.setattr(weld_module, "_hashed", lambda words: np.zeros(len(words), np.uint64))
    for found, wanted in zip(distinct_rows(rows), expected, strict=True):
        assert np.array_equal(found, wanted)


def test_the_input_is_unchanged_and_empty_primitives_pass():
    primitive = soup(trimesh.creation.box())
    before = primitive.positions.copy()
    weld(asset_of(primitive))
    assert np.array_equal(primitive.positions, before)
    empty = Primitive(attributes={"POSITION": np.zeros((0, 3))})
    assert only(weld(asset_of(empty))) is empty
