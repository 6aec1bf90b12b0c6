"""Shapes with known truth, as `Asset`: metres, +Y up, front +Z, faces counter-clockwise from outside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive, SceneRoots
from arviz.core.frozen import Array
from arviz.core.image import Image, encode
from arviz.core.material import EncodedImage, Material, Texture, TextureInfo


def cube(*, edge_m: float = 0.1, centre_m: tuple[float, float, float] = (0, 0, 0), material: Material | None = None) -> Asset:
    """Return a cube with flat faces: 24 vertices, 12 triangles, each face with the UV square 0..1 upright."""
    return box(size_m=(edge_m, edge_m, edge_m), centre_m=centre_m, material=material)


def box(*, size_m: tuple[float, float, float], centre_m: tuple[float, float, float] = (0, 0, 0), material: Material | None = None) -> Asset:
    """Return a box of a size (x, y, z) with flat faces and the UV square on each."""
    faces = []
    for axis in range(3):
        for sign in (1.0, -1.0):
            normal = np.eye(3)[axis] * sign
            up = np.array([0.0, 0.0, -sign]) if axis == 1 else np.array([0.0, 1.0, 0.0])
            faces.append((normal, np.cross(up, normal), up))
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    positions = np.concatenate([n / 2 + square[:, :1] * r + square[:, 1:] * u for n, r, u in faces])
    normals = np.repeat([n for n, _, _ in faces], 4, axis=0)
    uv = np.tile(np.array([[0, 1], [1, 1], [1, 0], [0, 0]]), (6, 1))
    indices = (np.arange(6)[:, None] * 4 + np.array([0, 1, 2, 0, 2, 3])).reshape(-1)
    return _asset("box", positions * size_m + np.asarray(centre_m), normals, uv, indices, material)


def sphere(
    *,
    radius_m: float = 0.05,
    centre_m: tuple[float, float, float] = (0, 0, 0),
    segments: int = 32,
    material: Material | None = None,
) -> Asset:
    """Return a sphere of ``2 segments x segments`` quads with exact normals; u follows the azimuth, v runs down."""
    u, v = np.meshgrid(np.linspace(0, 1, 2 * segments + 1), np.linspace(0, 1, segments + 1))
    a, p = 2 * np.pi * u.reshape(-1), np.pi * v.reshape(-1)
    normals = np.stack([np.sin(a) * np.sin(p), np.cos(p), np.cos(a) * np.sin(p)], axis=1)
    uv = np.stack([u.reshape(-1), v.reshape(-1)], axis=1)
    indices = _grid_indices(2 * segments, segments)
    return _asset("sphere", normals * radius_m + np.asarray(centre_m), normals, uv, indices, material)


def plane(
    *,
    width_m: float = 1.0,
    height_m: float = 1.0,
    centre_m: tuple[float, float, float] = (0, 0, 0),
    divisions: int = 1,
    material: Material | None = None,
) -> Asset:
    """Return an upright rectangle that faces +Z; UV (0, 0) is its upper left corner seen from the front."""
    u, v = np.meshgrid(np.linspace(0, 1, divisions + 1), np.linspace(0, 1, divisions + 1))
    uv = np.stack([u.reshape(-1), v.reshape(-1)], axis=1)
    positions = np.stack([(uv[:, 0] - 0.5) * width_m, (0.5 - uv[:, 1]) * height_m, np.zeros(len(uv))], axis=1)
    normals = np.tile([0.0, 0.0, 1.0], (len(uv), 1))
    return _asset("plane", positions + np.asarray(centre_m), normals, uv, _grid_indices(divisions, divisions), material)


def degenerate() -> Asset:
    """Return a sphere that has everything wrong: zero and non-finite normals and UVs, triangles without area, a NaN vertex."""
    (primitive,) = sphere(segments=8).meshes[0].primitives
    positions, normals, uv = (np.array(primitive.attributes[name]) for name in ("POSITION", "NORMAL", "TEXCOORD_0"))
    normals[::3], normals[1::7], uv[::2], uv[1::9] = 0, np.nan, 0.5, np.inf
    positions[5] = np.nan
    assert primitive.indices is not None
    indices = np.concatenate([primitive.indices, [0, 0, 0, 1, 2, 2]])
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    texture = TextureInfo(texture=0)
    material = Material(base_color_texture=texture, normal_texture=texture, occlusion_texture=texture)
    asset = _asset("degenerate", positions, normals, uv, indices, material)
    return replace(asset, textures=(Texture(image=0),), images=(EncodedImage(data=encode(Image(pixels=pixels), "PNG")),))


def textured(asset: Asset, *pixels: Array) -> Asset:
    """Return `asset` with one texture per (H, W, 3 or 4) uint8 array, in this order, repeated and filtered."""
    images = (Image(pixels=p, alpha="straight" if p.shape[2] == 4 else "none") for p in pixels)
    encoded = tuple(EncodedImage(data=encode(image, "PNG"), mime_type="image/png") for image in images)
    return replace(asset, textures=tuple(Texture(image=i) for i in range(len(encoded))), images=encoded)


def joined(*assets: Asset) -> Asset:
    """Put shapes of this module into one asset, each as a node with its own material."""
    nodes = tuple(Node(name=f"{a.nodes[0].name}-{i}", mesh=i) for i, a in enumerate(assets))
    meshes: list[Mesh] = []
    materials: list[Material] = []
    for asset in assets:
        (primitive,) = asset.meshes[0].primitives
        materials += asset.materials
        index = len(materials) - 1 if asset.materials else None
        meshes.append(Mesh(primitives=(Primitive(attributes=primitive.attributes, indices=primitive.indices, material=index),)))
    roots = (SceneRoots(nodes=tuple(range(len(nodes)))),)
    return Asset(nodes=nodes, meshes=tuple(meshes), materials=tuple(materials), scenes=roots)


def _grid_indices(columns: int, rows: int) -> Array:
    y, x = np.mgrid[:rows, :columns]
    corner = (y * (columns + 1) + x).reshape(-1, 1)
    below = columns + 1
    out: Array = (corner + np.array([0, below, below + 1, 0, below + 1, 1])).reshape(-1)
    return out


def _asset(name: str, positions: Array, normals: Array, uv: Array, indices: Array, material: Material | None) -> Asset:
    primitive = Primitive(
        attributes={"POSITION": positions, "NORMAL": normals, "TEXCOORD_0": uv}, indices=indices, material=None if material is None else 0
    )
    return Asset(
        nodes=(Node(name=name, mesh=0),),
        meshes=(Mesh(primitives=(primitive,), name=name),),
        materials=() if material is None else (material,),
        scenes=(SceneRoots(nodes=(0,)),),
    )
