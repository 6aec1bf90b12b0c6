"""Unwrapping: shapes stay, coordinates lie in 0..1, and no two triangles share a place of the picture."""

import numpy as np
import pytest

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.errors import InputError
from arviz.core.graph import drawn
from arviz.formats.read import read
from arviz.ops.unwrap import unwrap
from arviz.testing.shapes import box, joined, sphere
from tests.conftest import ROOT


def bare(asset):
    """Return `asset` without texture coordinates."""
    meshes = tuple(
        Mesh(
            name=mesh.name,
            primitives=tuple(
                Primitive(
                    attributes={name: array for name, array in p.attributes.items() if not name.startswith("TEXCOORD")},
                    indices=p.indices,
                    targets=p.targets,
                )
                for p in mesh.primitives
            ),
        )
        for mesh in asset.meshes
    )
    return Asset(nodes=asset.nodes, meshes=meshes)


def cross(u, v):
    return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]


def covered(asset, *, size_px, texcoord=0):
    """Return (H, W) how many triangles hold each pixel's centre, by the edge functions of each."""
    count = np.zeros((size_px, size_px), int)
    for mesh in asset.meshes:
        for primitive in mesh.primitives:
            uv = primitive.attributes[f"TEXCOORD_{texcoord}"].astype(np.float64)[primitive.triangles] * size_px
            for a, b, c in uv:
                area = cross(b - a, c - a)
                low, high = np.floor(np.min([a, b, c], axis=0)).astype(int), np.ceil(np.max([a, b, c], axis=0)).astype(int)
                x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
                p = np.stack([x, y], axis=-1)
                inside = np.ones(x.shape, bool)
                for start, end in ((a, b), (b, c), (c, a)):
                    inside &= np.sign(area) * cross(end - start, p - start) > 1e-7
                count[low[1] : high[1], low[0] : high[0]] += inside
    return count


def corners(asset):
    return np.concatenate([piece.positions[piece.primitive.triangles] for piece in drawn(asset)])


@pytest.mark.parametrize("make", [
    lambda: sphere(radius_m=0.1, segments=12),
    lambda: joined(box(size_m=(1, 2, 3)), sphere(radius_m=0.5, centre_m=(4, 0, 0), segments=8)),
    lambda: read(ROOT / "assets" / "products" / "picture" / "picture.glb"),
])  # fmt: skip
def test_shape_stays_and_nothing_overlaps(make):
    before = bare(make())
    done = unwrap(before, size_px=512)
    assert np.array_equal(corners(done.asset), corners(before))
    for mesh in done.asset.meshes:
        for primitive in mesh.primitives:
            uv = primitive.attributes["TEXCOORD_0"]
            assert uv.min() >= 0
            assert uv.max() <= 1
    count = covered(done.asset, size_px=512)
    assert count.max() == 1
    assert count.mean() > 0.3, "the picture is used"
    assert done.report.figures["filled"] == pytest.approx(count.mean(), abs=0.02)


def test_normals_and_other_attributes_follow_their_corners():
    before = bare(sphere(radius_m=0.1, segments=8))
    (old,), (new,) = before.meshes[0].primitives, unwrap(before).asset.meshes[0].primitives
    for name in old.attributes:
        assert np.array_equal(old.attributes[name][old.triangles], new.attributes[name][new.triangles])


def test_density_is_even_over_the_product():
    """A part drawn ten times as large gets ten times the length in the picture."""
    cube = bare(box(size_m=(1, 1, 1)))
    nodes = (Node(name="small", mesh=0), Node(name="large", mesh=1, scale=(10, 10, 10), translation=(20, 0, 0)))
    done = unwrap(Asset(nodes=nodes, meshes=(cube.meshes[0], cube.meshes[0]))).asset
    lengths = []
    for mesh in done.meshes:
        (primitive,) = mesh.primitives
        uv = primitive.attributes["TEXCOORD_0"].astype(float)[primitive.triangles]
        lengths.append(np.sqrt(np.abs(cross(uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0])).sum()))
    assert lengths[1] / lengths[0] == pytest.approx(10, rel=0.05)


def test_what_has_coordinates_keeps_them():
    product = box(size_m=(1, 1, 1))
    done = unwrap(product)
    assert done.asset is product
    assert (done.report.figures["kept"], done.report.figures["unwrapped"]) == (1, 0)
    (old,), (new,) = product.meshes[0].primitives, unwrap(product, texcoord=1).asset.meshes[0].primitives
    assert np.array_equal(new.attributes["TEXCOORD_0"][new.triangles], old.attributes["TEXCOORD_0"][old.triangles])
    assert covered(unwrap(product, texcoord=1).asset, size_px=256, texcoord=1).max() == 1


def test_bad_input():
    with pytest.raises(InputError):
        unwrap(box(size_m=(1, 1, 1)), texcoord=9)
    with pytest.raises(InputError):
        unwrap(box(size_m=(1, 1, 1)), size_px=1)
    broken = Primitive(attributes={"POSITION": np.array([[0, 0, 0], [1, 0, 0], [np.nan, 1, 0]], np.float32)})
    done = unwrap(Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(broken,)),)))
    assert [finding.code for finding in done.report.findings] == ["W_UNWRAP_BROKEN"]
    line = Primitive(attributes={"POSITION": np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]], np.float32)})
    flat = unwrap(Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(line,)),)))
    assert [finding.code for finding in flat.report.findings] == ["W_UNWRAP_BROKEN"]
