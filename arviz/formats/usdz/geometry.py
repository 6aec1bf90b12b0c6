"""The vertices of one drawn primitive as a USD mesh holds them: used ones only, morphed and skinned as at rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from arviz.core.asset import Asset, Node, Primitive
from arviz.core.frozen import Array
from arviz.core.transforms import apply
from arviz.core.triangles import face_vectors, sum_per, unit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Geometry:
    """One mesh, float32.

    Parameters
    ----------
    points : ndarray (V, 3)
    triangles : ndarray (T, 3) int32
    normals : ndarray (V, 3), or (3T, 3) one per corner where the faces are flat
    uv : mapping
        glTF UV set -> (V, 2), v down.
    colours : ndarray (V, 3 or 4), or None
        COLOR_0 where it is not simply white.
    dropped : int
        Triangles left out because a corner is not finite.
    """

    points: Array
    triangles: Array
    normals: Array
    flat: bool
    uv: Mapping[int, Array] = field(default_factory=dict)
    colours: Array | None = None
    dropped: int = 0

    @property
    def extent(self) -> Array:
        """((min x, y, z), (max x, y, z)) float32."""
        return np.stack([self.points.min(0), self.points.max(0)])


def geometry(
    asset: Asset, node: Node, primitive: Primitive, *, world: Mapping[int, Array], mesh_weights: tuple[float, ...]
) -> Geometry | None:
    """Return the mesh of a primitive in its node's frame, a skinned one in the asset's frame; None if nothing is drawn."""
    triangles = primitive.triangles
    positions = primitive.positions.astype(np.float64)
    normals = primitive.attributes.get("NORMAL")
    normals = None if normals is None else normals.astype(np.float64)
    weights = node.weights or mesh_weights
    for target, weight in zip(primitive.targets, weights, strict=False):
        if weight and "POSITION" in target:
            positions = positions + weight * target["POSITION"]
        if weight and "NORMAL" in target and normals is not None:
            normals = normals + weight * target["NORMAL"]
    if node.skin is not None and "JOINTS_0" in primitive.attributes:
        positions, normals = _skinned(asset, node.skin, primitive, positions, normals, world)
    finite: Array = np.all(np.abs(positions) < np.finfo(np.float32).max, axis=1)  # False for NaN
    kept = triangles[finite[triangles].all(1)]
    if not len(kept):
        return None
    used, corners = np.unique(kept, return_inverse=True)
    corners = corners.reshape(-1, 3).astype(np.int32)
    points = positions[used].astype(np.float32)
    # glTF 2.0, 3.7.2.1: without normals the faces are flat.
    faces = np.repeat(unit(face_vectors(points, corners)), 3, axis=0)
    shading = faces if normals is None else _usable(normals[used], points, corners)
    return Geometry(
        points=points,
        triangles=corners,
        normals=np.ascontiguousarray(shading, np.float32),
        flat=normals is None,
        uv={
            int(name[9:]): np.nan_to_num(array[used], nan=0, posinf=0, neginf=0)
            for name, array in primitive.attributes.items()
            if name.startswith("TEXCOORD_") and name[9:].isdigit()
        },
        colours=_colours(primitive, used),
        dropped=len(triangles) - len(kept),
    )


def _usable(normals: Array, points: Array, triangles: Array) -> Array:
    """Return unit normals; where one has no length or is not finite, the mean of the faces around."""
    good = np.isfinite(normals).all(1) & (np.linalg.norm(np.nan_to_num(normals), axis=1) > 1e-6)
    out = unit(np.where(good[:, None], normals, 0.0))
    if not good.all():
        faces = np.repeat(face_vectors(points, triangles), 3, axis=0)
        out = np.where(good[:, None], out, unit(sum_per(faces, triangles.reshape(-1), count=len(points))))
    return out


def _colours(primitive: Primitive, used: Array) -> Array | None:
    colours = primitive.attributes.get("COLOR_0")
    if colours is None or colours.ndim != 2 or colours.shape[1] not in (3, 4):
        return None
    colours = np.clip(np.nan_to_num(colours[used], nan=1.0), 0.0, 1.0).astype(np.float32)
    return None if bool((colours > 0.999).all()) else colours


def _skinned(
    asset: Asset, skin_index: int, primitive: Primitive, positions: Array, normals: Array | None, world: Mapping[int, Array]
) -> tuple[Array, Array | None]:
    """Return positions and normals in the asset's frame, in the rest pose (glTF 2.0 section 3.7.3.3)."""
    skin = asset.skins[skin_index]
    joints = np.stack([world.get(joint, np.eye(4)) for joint in skin.joints])
    if skin.inverse_bind_matrices is not None:
        joints = joints @ skin.inverse_bind_matrices.astype(np.float64)
    blend = np.zeros((len(positions), 3, 4))
    for number in range(4):
        ids, weights = primitive.attributes.get(f"JOINTS_{number}"), primitive.attributes.get(f"WEIGHTS_{number}")
        if ids is None or weights is None:
            break
        for column in range(4):
            blend += weights[:, column, None, None] * joints[np.minimum(ids[:, column], len(joints) - 1), :3]
    moved = np.einsum("vij,vj->vi", blend[:, :, :3], positions) + blend[:, :, 3]
    if normals is None:
        return moved, None
    # Normals follow the cofactor matrix: the inverse transpose up to a factor that `unit` removes, and never singular.
    rows = blend[:, :, :3]
    cofactor = np.stack([np.cross(rows[:, 1], rows[:, 2]), np.cross(rows[:, 2], rows[:, 0]), np.cross(rows[:, 0], rows[:, 1])], axis=1)
    return moved, np.einsum("vij,vj->vi", cofactor, normals)


def moved(shape: Geometry, matrix: Array) -> Geometry:
    """Return `shape` in another frame by an invertible (4, 4) matrix."""
    normals = shape.normals.astype(np.float64) @ np.linalg.inv(matrix[:3, :3])
    return Geometry(
        points=apply(matrix, shape.points).astype(np.float32),
        triangles=shape.triangles,
        normals=unit(normals).astype(np.float32),
        flat=shape.flat,
        uv=shape.uv,
        colours=shape.colours,
        dropped=shape.dropped,
    )
