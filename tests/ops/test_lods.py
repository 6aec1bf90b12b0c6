"""Levels of detail: each simpler than the one before, and none off by more than it may."""

from __future__ import annotations

import numpy as np
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.graph import bounds, drawn, triangle_count
from arviz.ops.lods import WORTH, lods
from tests.ops.test_simplify import distances, torn


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from([200, 1080]))
def test_each_level_is_off_by_one_pixel_at_most_where_it_is_shown(seed, levels, height_px):
    asset = torn(seed, parts=2)
    made = lods(asset, levels=levels, height_px=height_px)
    assert made[0].asset is asset
    assert len(made) <= levels + 1
    diagonal = np.linalg.norm(np.diff(bounds(asset), axis=0))
    vertices = np.concatenate([piece.positions for piece in drawn(asset)])
    for coarse, fine in zip(made[1:], made, strict=False):
        off = distances(vertices, coarse.asset).max()
        assert off / diagonal * coarse.coverage * height_px <= 1.001
        assert coarse.coverage < fine.coverage
        assert triangle_count(coarse.asset) <= WORTH * triangle_count(fine.asset)


def test_a_product_that_is_simple_already_has_one_level():
    box = trimesh.creation.box()
    asset = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(Primitive(attributes={"POSITION": box.vertices}, indices=box.faces),)),))
    assert [level.asset for level in lods(asset)] == [asset]
    empty = Asset(nodes=(), meshes=())
    assert [level.asset for level in lods(empty)] == [empty]
