"""Outlines against shapes with known truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.asset import Asset
from arviz.render.silhouette import GRID_PX, silhouettes
from arviz.testing.shapes import box, joined, sphere


def _area(polygon):
    x, y = polygon.T
    return 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


@settings(max_examples=15)
@given(st.tuples(*[st.floats(0.02, 3)] * 3), st.tuples(*[st.floats(-5, 5)] * 3))
def test_a_box_is_three_rectangles_of_its_size(size, centre):
    product = box(size_m=size, centre_m=centre)
    views = silhouettes(product)
    # Far from the origin float32 vertices are not exactly `size` apart: the truth is the vertices themselves.
    x, y, z = np.ptp(np.concatenate([p.positions for mesh in product.meshes for p in mesh.primitives]).astype(np.float64), axis=0)
    cell = max(size) / GRID_PX
    for view, (width, height) in {"front": (x, y), "side": (z, y), "top": (x, z)}.items():
        outline = views[view]
        assert (outline.width_m, outline.height_m) == pytest.approx((width, height), rel=1e-9)
        (polygon,) = outline.polygons
        assert np.abs(polygon.min(axis=0)).max() <= cell
        assert np.abs(polygon.max(axis=0) - (width, height)).max() <= cell


def test_a_sphere_is_a_disc():
    outline = silhouettes(sphere(radius_m=0.05, segments=64))["front"]
    (polygon,) = outline.polygons
    assert _area(polygon) == pytest.approx(np.pi * 0.05**2, rel=0.01)


def test_views_are_seen_from_the_right_side():
    """A high small box at +X and +Z: right in front, left from the product's left side, lower right from above."""
    product = joined(box(size_m=(1, 0.2, 1), centre_m=(0, 0.1, 0)), box(size_m=(0.1, 1, 0.1), centre_m=(0.45, 0.5, 0.45)))
    views = silhouettes(product)
    high = {view: views[view].polygons[0][views[view].polygons[0][:, 1] > 0.5] for view in ("front", "side")}
    assert high["front"][:, 0].min() > 0.85
    assert high["side"][:, 0].max() < 0.15


def test_a_hole_stays_open():
    frame = [box(size_m=(1, 0.1, 0.1), centre_m=(0, y, 0)) for y in (0.05, 0.95)]
    frame += [box(size_m=(0.1, 1, 0.1), centre_m=(x, 0.5, 0)) for x in (-0.45, 0.45)]
    outer, hole = sorted((_area(p) for p in silhouettes(joined(*frame))["front"].polygons), reverse=True)
    assert outer == pytest.approx(1.0, rel=0.01)
    assert hole == pytest.approx(0.64, rel=0.02)


def test_nothing_drawn_has_no_outline():
    assert silhouettes(Asset(nodes=(), meshes=())) == {}
