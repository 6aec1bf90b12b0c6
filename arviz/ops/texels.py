"""What lies under each texel of a product's picture: its place, normal and tangent, found by rays through the picture."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Primitive
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.open3d_import import import_open3d
from arviz.core.probe import probed
from arviz.core.transforms import normal_matrix
from arviz.core.triangles import face_vectors, sum_per, unit

NOTHING = np.uint32(0xFFFFFFFF)
"""What Open3D answers for a ray that hits no triangle."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Surface:
    """Triangles in the product's frame with what varies over them: float64.

    `points`, `normals` (V, 3) unit, `tangents` (V, 4) or None, `uv` (V, 2) or None, `triangles` (T, 3).
    """

    points: Array
    normals: Array
    triangles: Array
    tangents: Array | None = None
    uv: Array | None = None

    def over(self, values: Array, triangle: Array, weights: Array) -> Array:
        """Return (N, k) `values` (V, k) at (N,) triangles and (N, 3) barycentric weights."""
        out: Array = np.einsum("nij,ni->nj", values[self.triangles[triangle]], weights)
        return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Texels:
    """The texels that a surface covers: `rows`, `columns` (N,), its `triangle` (N,) and `weights` (N, 3) there.

    `twice` counts texels that more than one triangle covers.
    """

    rows: Array
    columns: Array
    triangle: Array
    weights: Array
    twice: int


def surface_of(asset: Asset, *, texcoord: int | None = None) -> Surface | None:
    """Return all that is drawn as one surface, None if nothing is; with `texcoord`, what has that set, with tangents."""
    parts: list[tuple[Array, ...]] = []
    count = 0
    for piece in drawn(asset):
        primitive, triangles = piece.primitive, piece.primitive.triangles.astype(np.int64)
        uv = primitive.attributes.get(f"TEXCOORD_{texcoord}") if texcoord is not None else None
        finite = np.isfinite(piece.positions[triangles]).all(axis=(1, 2)) if len(triangles) else np.zeros(0, bool)
        if not finite.any() or (texcoord is not None and uv is None):
            continue
        triangles = triangles[finite]
        normals = _normals(primitive, piece.positions, triangles, piece.asset_from_node if piece.asset_from_vertex is None else None)
        known = np.zeros((len(piece.positions), 2)) if uv is None else uv.astype(np.float64)
        tangents = tangents_of(piece.positions, normals, known, triangles)
        parts.append((piece.positions, normals, tangents, known, triangles + count))
        count += len(piece.positions)
    if not parts:
        return None
    points, normals, tangents, uv, triangles = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Surface(points=np.nan_to_num(points), normals=normals, tangents=tangents, uv=np.nan_to_num(uv), triangles=triangles)


def _normals(primitive: Primitive, points: Array, triangles: Array, matrix: Array | None) -> Array:
    """Return (V, 3) unit normals in the product's frame: those of the file, else the mean of the faces around."""
    own = primitive.attributes.get("NORMAL")
    if own is not None and matrix is not None and np.isfinite(own).all():
        return unit(own.astype(np.float64) @ normal_matrix(matrix).T)
    faces = np.repeat(face_vectors(points, triangles), 3, axis=0)
    return unit(sum_per(faces, triangles.reshape(-1), count=len(points)))


def tangents_of(points: Array, normals: Array, uv: Array, triangles: Array) -> Array:
    """Return (V, 4) unit tangents along growing u, square to the normals, and the handedness (glTF 2.0, 3.7.2.1).

    The mean over the triangles around a vertex, as in Lengyel ("Computing tangent space basis vectors", 2001). **Convention**
    a plane that faces +Z, its u to +X and its v down, has the tangent (1, 0, 0, 1).
    """
    a, b, c = (points[triangles[:, i]] for i in range(3))
    (u1, v1), (u2, v2) = ((uv[triangles[:, i]] - uv[triangles[:, 0]]).T for i in (1, 2))
    area = u1 * v2 - u2 * v1
    scale = np.divide(1.0, area, out=np.zeros_like(area), where=np.abs(area) > 1e-20)[:, None]
    along_u = ((b - a) * v2[:, None] - (c - a) * v1[:, None]) * scale
    along_v = ((c - a) * u1[:, None] - (b - a) * u2[:, None]) * scale
    owner = triangles.reshape(-1)
    t, down = (sum_per(np.repeat(each, 3, axis=0), owner, count=len(points)) for each in (along_u, along_v))
    t = unit(t - normals * np.einsum("ij,ij->i", t, normals)[:, None])
    lost = ~t.any(axis=1)
    t[lost] = _square_to(normals[lost])
    hand = np.where(np.einsum("ij,ij->i", np.cross(normals, t), down) > 0, -1.0, 1.0)  # the picture's up is where v falls
    return np.column_stack([t, hand])


def _square_to(normals: Array) -> Array:
    helper = np.where(np.abs(normals[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    return unit(np.cross(normals, helper))


def open3d() -> Any:
    """Return the module ``open3d``, whose ``RaycastingScene`` is Embree; tried in a child process first."""
    package = "open3d-cpu" if sys.platform.startswith("linux") and platform.machine() == "x86_64" else "open3d"
    probed("open3d", package=package)
    return import_open3d()


class Rays:
    """Triangles (T, 3) of points (V, 3) that rays are cast at."""

    def __init__(self, points: Array, triangles: Array) -> None:
        self._module = open3d()
        self._scene = self._module.t.geometry.RaycastingScene()
        self._scene.add_triangles(self._tensor(points, np.float32), self._tensor(triangles, np.uint32))

    def first(self, origins: Array, directions: Array) -> tuple[Array, Array, Array]:
        """Return of each ray the distance in lengths of its direction (inf: none), the triangle, and (N, 3) weights."""
        found = self._scene.cast_rays(self._tensor(np.concatenate([origins, directions], axis=1), np.float32))
        uv = found["primitive_uvs"].numpy().astype(np.float64)
        weights = np.column_stack([1 - uv.sum(axis=1), uv])
        return found["t_hit"].numpy().astype(np.float64), found["primitive_ids"].numpy(), weights

    def blocked(self, origins: Array, directions: Array, *, reach: float) -> Array:
        """Return (N,) bool: something lies on the ray within `reach` lengths of its direction."""
        rays = self._tensor(np.concatenate([origins, directions], axis=1), np.float32)
        out: Array = self._scene.test_occlusions(rays, tnear=0.0, tfar=reach).numpy()
        return out

    def count(self, origins: Array, directions: Array) -> Array:
        """Return (N,) how many triangles each ray meets."""
        out: Array = self._scene.count_intersections(self._tensor(np.concatenate([origins, directions], axis=1), np.float32)).numpy()
        return out

    def nearest(self, places: Array) -> tuple[Array, Array]:
        """Return the triangle (N,) that is nearest to each place, and (N, 3) weights there."""
        found = self._scene.compute_closest_points(self._tensor(places, np.float32))
        uv = found["primitive_uvs"].numpy().astype(np.float64)
        return found["primitive_ids"].numpy().astype(np.int64), np.column_stack([1 - uv.sum(axis=1), uv])

    def _tensor(self, array: Array, dtype: Any) -> Any:
        return self._module.core.Tensor(np.ascontiguousarray(array, dtype))


def texels_of(surface: Surface, size_px: int) -> Texels:
    """Return what `surface` covers of a picture of `size_px` a side, texel by texel, looked at where their centres are."""
    assert surface.uv is not None
    corners = surface.uv[surface.triangles].reshape(-1, 2) * size_px
    # Each triangle at a height of its own: of several at one place and height, one would be counted.
    heights = np.repeat(np.linspace(0.0, 0.5, len(surface.triangles)), 3)
    rays = Rays(np.column_stack([corners, heights]), np.arange(len(corners)).reshape(-1, 3))
    rows, columns = (each.reshape(-1) for each in np.mgrid[:size_px, :size_px])
    origins = np.column_stack([columns + 0.5, rows + 0.5, np.ones(len(rows))])
    directions = np.tile([0.0, 0.0, -1.0], (len(rows), 1))
    _, triangle, weights = rays.first(origins, directions)
    hit = triangle != NOTHING
    twice = int(np.count_nonzero(rays.count(origins[hit], directions[hit]) > 1)) if hit.any() else 0
    return Texels(rows=rows[hit], columns=columns[hit], triangle=triangle[hit].astype(np.int64), weights=weights[hit], twice=twice)


def spread(picture: Array, covered: Array) -> Array:
    """Return (H, W, C) with every texel that nothing covers taking the nearest one's value, so that filters see no seam."""
    from scipy.ndimage import distance_transform_edt

    if not covered.any():
        return picture
    rows, columns = distance_transform_edt(~covered, return_distances=False, return_indices=True)
    out: Array = picture[rows, columns]
    return out


def hemisphere(count: int) -> Array:
    """Return (count, 3) directions about +Z, as many as the cosine wants where (Hammersley points, Malley's method)."""
    i = np.arange(count)
    u, v = (i + 0.5) / count, _reversed_bits(i)
    radius, angle = np.sqrt(u), 2 * np.pi * v
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.sqrt(1 - u)])


def _reversed_bits(numbers: Array) -> Array:
    """Return the van der Corput sequence of base 2."""
    out = np.zeros(len(numbers))
    rest, share = numbers.astype(np.int64), 0.5
    while rest.any():
        out += share * (rest & 1)
        rest, share = rest >> 1, share / 2
    return out
