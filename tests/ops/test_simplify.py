"""Simplifying: the asked count, the same surface, nothing torn, nothing lost."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.graph import triangle_count
from arviz.ops.simplify import simplify


def asset_of(*primitives: Primitive) -> Asset:
    return Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=primitives),))


def only(asset: Asset) -> Primitive:
    return asset.meshes[0].primitives[0]


def plain(mesh: trimesh.Trimesh) -> Primitive:
    return Primitive(attributes={"POSITION": mesh.vertices}, indices=mesh.faces.ravel())


@pytest.mark.parametrize("mesh", [trimesh.creation.icosphere(4), trimesh.creation.torus(2, 0.5), trimesh.creation.box().subdivide_loop(5)])
def test_a_closed_surface_stays_closed_and_keeps_its_volume(mesh):
    count = len(mesh.faces) // 4
    simple = only(simplify(asset_of(plain(mesh)), triangles=count))
    again = trimesh.Trimesh(simple.positions, simple.triangles, process=False)
    assert count - 2 <= len(simple.triangles) <= count
    assert again.is_watertight
    assert again.is_winding_consistent
    assert again.euler_number == mesh.euler_number
    assert again.volume == pytest.approx(mesh.volume, rel=0.02)


def test_what_is_simple_enough_is_returned_as_it_is():
    asset = asset_of(plain(trimesh.creation.box()))
    assert simplify(asset, triangles=triangle_count(asset)) is asset


def test_a_flat_sheet_keeps_its_border():
    side = np.linspace(0, 1, 21)
    x, z = (a.ravel() for a in np.meshgrid(side, side))
    at = np.arange(441).reshape(21, 21)
    quads = np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], axis=-1).reshape(-1, 4)
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    sheet = Primitive(attributes={"POSITION": np.c_[x, 0 * x, z], "TEXCOORD_0": np.c_[x, z]}, indices=faces.ravel())
    simple = only(simplify(asset_of(sheet), triangles=2))
    assert len(simple.triangles) == 2
    assert np.abs(np.ptp(simple.positions, axis=0) - [1, 0, 1]).max() < 1e-6
    assert np.allclose(simple.attributes["TEXCOORD_0"], simple.positions[:, [0, 2]], atol=1e-6)
