"""Baking against what is known: normals of an analytic bump, light beside a long wall, tangents of a plane."""

import math
from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.errors import InputError, MeshError
from arviz.core.image import decode
from arviz.core.material import Material
from arviz.ops.bake import bake
from arviz.ops.texels import hemisphere, tangents_of
from arviz.ops.unwrap import unwrap
from arviz.testing.shapes import box, joined, plane, sphere

HEIGHT = 0.01
"""Of the bump, on a plate of 1 x 1 m."""


def height(x, y):
    return HEIGHT * np.sin(2 * np.pi * x) * np.cos(2 * np.pi * y)


def slope_normals(x, y):
    """Return unit normals of the bump: (-dz/dx, -dz/dy, 1)."""
    dx = HEIGHT * 2 * np.pi * np.cos(2 * np.pi * x) * np.cos(2 * np.pi * y)
    dy = -HEIGHT * 2 * np.pi * np.sin(2 * np.pi * x) * np.sin(2 * np.pi * y)
    out = np.stack([-dx, -dy, np.ones_like(dx)], axis=-1)
    return out / np.linalg.norm(out, axis=-1, keepdims=True)


def bumpy(divisions=120):
    """Return the fine plate; it has no coordinates, and its normals are exact."""
    (primitive,) = plane(divisions=divisions).meshes[0].primitives
    points = np.array(primitive.positions)
    points[:, 2] = height(points[:, 0], points[:, 1])
    attributes = {"POSITION": points, "NORMAL": slope_normals(points[:, 0], points[:, 1]).astype(np.float32)}
    return Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(Primitive(attributes=attributes, indices=primitive.indices),)),))


def picture(asset, name):
    """Return a painted picture of the first material, 0..1."""
    info = getattr(asset.materials[0], f"{name}_texture")
    return decode(asset.images[asset.textures[info.texture].image].data, where=name).pixels / 255


def centres(size_px):
    """Return x and y, in metres, of the texels' centres of the plate: u to the right, v down."""
    at = (np.arange(size_px) + 0.5) / size_px
    return np.meshgrid(at - 0.5, 0.5 - at)


def test_normals_are_those_of_the_bump():
    done = bake(plane(), source=bumpy(), maps=["normal"], size_px=128)
    found = picture(done.asset, "normal") * 2 - 1
    expected = slope_normals(*centres(128))
    angle = np.degrees(np.arccos(np.clip(np.einsum("ijk,ijk->ij", found, expected) / np.linalg.norm(found, axis=2), -1, 1)))
    assert angle.max() < 0.6, "8 bits are 0.4 degrees"
    assert done.report.figures["missed"] == 0
    primitive = done.asset.meshes[0].primitives[0]
    assert np.allclose(primitive.attributes["TANGENT"], (1, 0, 0, 1))


@pytest.mark.parametrize("turned", [(0, 0, 0.70710678, 0.70710678), (0.70710678, 0, 0, 0.70710678), (0.5, 0.5, 0.5, 0.5)])
def test_turning_both_changes_nothing(turned):
    low, high = plane(), bumpy(60)
    first = picture(bake(low, source=high, maps=["normal"], size_px=64).asset, "normal")
    low, high = (replace(asset, nodes=tuple(replace(node, rotation=turned) for node in asset.nodes)) for asset in (low, high))
    second = picture(bake(low, source=high, maps=["normal"], size_px=64).asset, "normal")
    assert np.abs(first - second).max() <= 1.01 / 255


def test_a_mirrored_picture_has_the_other_hand():
    (primitive,) = plane().meshes[0].primitives
    uv = primitive.attributes["TEXCOORD_0"].astype(float)
    mirrored = np.stack([1 - uv[:, 0], uv[:, 1]], axis=1)
    points, normals = primitive.positions.astype(float), primitive.attributes["NORMAL"].astype(float)
    assert np.allclose(tangents_of(points, normals, mirrored, primitive.triangles.astype(int)), (-1, 0, 0, -1))


def test_light_beside_a_long_wall():
    """At d from an endless wall of height h the floor sees (1 + cos(atan(h / d))) / 2 of an open sky.

    The wall takes (1 - cos a) / 2 of it, a the angle to its top (view factor of a strip from a line, Howell C-5).
    """
    wide, tall, long = 1.0, 0.5, 15.0
    floor = Primitive(
        attributes={
            "POSITION": np.array([[0, 0, -0.5], [wide, 0, -0.5], [wide, 0, 0.5], [0, 0, 0.5]], np.float32),
            "NORMAL": np.tile(np.array([[0, 1, 0]], np.float32), (4, 1)),
            "TEXCOORD_0": np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32),
        },
        indices=np.array([0, 2, 1, 0, 3, 2], np.uint32),
        material=0,
    )
    wall = Primitive(
        attributes={"POSITION": np.array([[0, 0, -long], [0, tall, -long], [0, tall, long], [0, 0, long]], np.float32)},
        indices=np.array([0, 1, 2, 0, 2, 3], np.uint32),
    )
    room = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(floor, wall)),), materials=(Material(),))
    done = bake(room, size_px=32, rays=1024, reach_m=1000)
    found = picture(done.asset, "occlusion")[..., 0]
    d = (np.arange(32) + 0.5) / 32 * wide
    expected = (1 + np.cos(np.arctan2(tall, d))) / 2
    assert np.abs(found.mean(axis=0) - expected)[1:].max() < 0.01
    assert np.ptp(found, axis=0)[1:].max() < 0.04


def test_an_open_ball_is_bright_and_a_shut_one_dark():
    (made,) = sphere(radius_m=0.1).meshes[0].primitives
    bare = {name: array for name, array in made.attributes.items() if name != "TEXCOORD_0"}
    mesh = Mesh(primitives=(Primitive(attributes=bare, indices=made.indices, material=0),))
    ball = unwrap(Asset(nodes=(Node(mesh=0),), meshes=(mesh,), materials=(Material(),))).asset
    assert picture(bake(ball, size_px=64).asset, "occlusion").min() > 0.97
    shell = joined(ball, box(size_m=(0.3, 0.3, 0.3)))
    dark = bake(ball, source=shell, maps=["occlusion"], size_px=64, reach_m=10)
    assert picture(dark.asset, "occlusion").max() == 0


def test_directions_follow_the_cosine():
    rays = hemisphere(4096)
    assert np.linalg.norm(rays, axis=1) == pytest.approx(np.ones(4096))
    assert rays[:, 2].mean() == pytest.approx(2 / 3, abs=1e-3)
    assert np.abs(rays[:, :2].mean(axis=0)).max() < 2e-3
    assert math.isclose((rays[:, 2] ** 2).mean(), 0.5, abs_tol=1e-3)


def test_overlaps_are_told_and_pictures_replaced():
    cube = box(size_m=(1, 1, 1))
    done = bake(cube, size_px=32, rays=4)
    assert "W_BAKE_OVERLAP" in {finding.code for finding in done.report.findings}, "six faces share one square"
    again = bake(done.asset, size_px=32, rays=4)
    assert "W_BAKE_REPLACED" in {finding.code for finding in again.report.findings}


def test_bad_input():
    bare = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(Primitive(attributes={"POSITION": np.eye(3, dtype=np.float32)}),)),))
    with pytest.raises(MeshError) as error:
        bake(bare)
    assert error.value.code == "E_BAKE_COORDINATES"
    for wrong in ({"size_px": 1}, {"maps": ["normal"]}, {"maps": []}, {"rays": 0}):
        with pytest.raises(InputError):
            bake(plane(), **wrong)
