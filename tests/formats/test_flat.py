"""What OBJ, STL and PLY share: a product keeps its shape however far from the origin it stands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.check.figures import figures
from arviz.core.graph import bounds, size
from arviz.formats.flat import near_origin
from arviz.formats.read import read
from arviz.ops.pivot import pivot
from arviz.testing.shapes import box

CENTRE = (4500123.4, 12.25, 5400321.7)
EDGE = 80.0


def _corners(edge, centre):
    (primitive,) = box(size_m=(1, 1, 1)).meshes[0].primitives
    return primitive.positions.astype(np.float64) * edge + centre, primitive.triangles


def _obj(points, triangles):
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in points.tolist()] + ["o a"]
    for i, corners in enumerate((triangles + 1).tolist()):
        lines += ["o b"] * (i == 6) + ["f " + " ".join(map(str, corners))]
    return "\n".join(lines)


def _stl(points, triangles):
    facets = "".join(
        "facet normal 0 0 0\nouter loop\n" + "".join(f"vertex {x!r} {y!r} {z!r}\n" for x, y, z in t) + "endloop\nendfacet\n"
        for t in points[triangles].tolist()
    )
    return f"solid a\n{facets}endsolid a\n"


def _ply(points, triangles):
    head = f"ply\nformat ascii 1.0\nelement vertex {len(points)}\nproperty double x\nproperty double y\nproperty double z\n"
    head += f"element face {len(triangles)}\nproperty list uchar int vertex_indices\nend_header\n"
    rows = [f"{x!r} {y!r} {z!r}" for x, y, z in points.tolist()] + [f"3 {a} {b} {c}" for a, b, c in triangles.tolist()]
    return head + "\n".join(rows) + "\n"


WRITERS = {"obj": _obj, "stl": _stl, "ply": _ply}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(("edge", "centre"), [(EDGE, CENTRE), (1.0, (1e7, 0, 0))])
def test_far_from_the_origin_nothing_is_rounded(kind, edge, centre):
    content = WRITERS[kind](*_corners(edge, centre)).encode()
    asset = read(content, format=kind, unit="cm", up="+Y", front="+Z")
    low, high = bounds(asset)
    assert np.abs((high - low) / (edge / 100) - 1).max() < 1e-6
    assert np.allclose((low + high) / 2, np.array(centre) / 100, rtol=0, atol=1e-6 * edge / 100)
    assert figures(asset)["size_sigma"] < 1e-6 * edge / 100
    assert np.abs(np.array(size(pivot(asset))) / (edge / 100) - 1).max() < 1e-6
    turned = read(content, format=kind, unit="cm", up="+Z", front="-Y")
    x, y, z = np.array(centre) / 100
    assert np.allclose(bounds(turned).mean(axis=0), (x, z, -y), rtol=0, atol=1e-6 * edge / 100)


@pytest.mark.parametrize("kind", WRITERS)
def test_near_the_origin_nodes_stay_where_they_are(kind):
    asset = read(WRITERS[kind](*_corners(1.0, (5.0, 0, 0))).encode(), format=kind, up="+Y", front="+Z")
    assert all(node.translation == (0, 0, 0) for node in asset.nodes)
    assert bounds(asset).tolist() == [[4.5, -0.5, -0.5], [5.5, 0.5, 0.5]]


@given(st.floats(-1e12, 1e12), st.floats(1e-3, 1e6))
def test_place_and_positions_add_up(x, edge):
    points, triangles = _corners(edge, (x, 0, 0))
    local, place = near_origin(points, used=triangles)
    limit = 1e-6 * edge + 1e-15 * abs(x)
    assert np.abs(local.astype(np.float64) + place - points).max() <= limit


def test_a_stray_vertex_does_not_move_the_product():
    points, triangles = _corners(1.0, (1e7, 0, 0))
    _, place = near_origin(np.concatenate([points, [[0, 0, 0]]]), used=triangles)
    assert place == (1e7, 0, 0)
