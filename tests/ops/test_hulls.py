"""Convex hulls: each is convex, together they hold every triangle, and they are not much larger than what they hold."""

import numpy as np
import pytest

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.errors import InputError, MeshError
from arviz.core.graph import drawn, size
from arviz.formats.read import read
from arviz.ops.hulls import hulls
from arviz.testing.shapes import box, joined, plane, sphere
from tests.conftest import ROOT
from tests.seeds import drawn_seed


def solids(made):
    """Return (positions, triangles) of each hull."""
    return [(piece.positions.astype(np.float64), piece.primitive.triangles) for piece in drawn(made.asset)]


def planes(points, triangles):
    a, b, c = (points[triangles[:, i]] for i in range(3))
    normals = np.cross(b - a, c - a)
    lengths = np.linalg.norm(normals, axis=1)
    # The normal of a sliver is mostly rounding.
    large = lengths > 1e-3 * np.square(np.stack([b - a, c - b, a - c])).sum(axis=2).max(axis=0)
    normals = normals[large] / lengths[large, None]
    return normals, np.einsum("ij,ij->i", normals, a[large])


def sampled(asset, count, rng):
    """Return points spread over the surface."""
    corners = np.concatenate([piece.positions[piece.primitive.triangles] for piece in drawn(asset)]).astype(np.float64)
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    chosen = corners[rng.choice(len(corners), count, p=areas / areas.sum())]
    shares = rng.dirichlet((1, 1, 1), count)
    return np.einsum("ij,ijk->ik", shares, chosen)


def outside(points, made):
    """Return how far each point is outside of all hulls."""
    best = np.full(len(points), np.inf)
    for corners, triangles in solids(made):
        normals, offsets = planes(corners, triangles)
        best = np.minimum(best, (points @ normals.T - offsets).max(axis=1))
    return best


def assert_good(asset, made):
    diagonal = float(np.linalg.norm(size(asset)))
    for points, triangles in solids(made):
        normals, offsets = planes(points, triangles)
        assert (points @ normals.T - offsets).max() < 1e-4 * diagonal, "convex"
    rng = np.random.default_rng(drawn_seed())
    assert outside(sampled(asset, 5000, rng), made).max() < 1e-5 * diagonal, "holds every point of the surface"
    assert made.report.figures["outside_m"] < 1e-9 * diagonal


@pytest.mark.parametrize("name", ["dining-chair", "glasses"])
def test_products_are_held(name):
    asset = read(ROOT / "assets" / "products" / name / f"{name}.glb")
    made = hulls(asset, count=12)
    assert_good(asset, made)
    figures = made.report.figures
    assert figures["hulls"] == len(made.asset.meshes) <= 12
    assert figures["volume_m3"] < figures["box_m3"]


def test_an_l_takes_two_boxes():
    bar, post = box(size_m=(1, 0.2, 0.2), centre_m=(0.5, 0.1, 0)), box(size_m=(0.2, 1, 0.2), centre_m=(0.1, 0.5, 0))
    shape = joined(bar, post)
    made = hulls(shape, count=2)
    assert_good(shape, made)
    truth = 0.2 * 0.2 * (1 + 0.8)
    assert truth * 0.999 < made.report.figures["volume_m3"] < truth * 1.35
    assert hulls(shape, count=1).report.figures["volume_m3"] > truth * 1.5


def test_what_is_convex_takes_one():
    ball = sphere(radius_m=0.1)
    made = hulls(ball, count=1)
    assert_good(ball, made)
    assert made.report.figures["volume_m3"] == pytest.approx(4 / 3 * np.pi * 0.1**3, rel=0.02)


def test_the_same_product_gives_the_same_hulls():
    asset = read(ROOT / "assets" / "products" / "picture" / "picture.glb")
    first, second = (solids(hulls(asset, count=6)) for _ in range(2))
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(first, second, strict=True))


def test_a_sheet_gets_a_thickness():
    sheet = plane(width_m=1, height_m=2)
    made = hulls(sheet)
    assert_good(sheet, made)
    assert [finding.code for finding in made.report.findings] == ["I_HULLS_FLAT"]


def test_bad_input():
    with pytest.raises(InputError):
        hulls(box(size_m=(1, 1, 1)), count=0)
    with pytest.raises(MeshError):
        hulls(Asset(nodes=(), meshes=()))
    line = Primitive(attributes={"POSITION": np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]], np.float32)})
    made = hulls(Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(line,)),)))
    assert made.report.figures["hulls"] == 1
