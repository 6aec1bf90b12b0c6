"""From an `Asset` to arrays that a vertex buffer can hold: what is drawn, with which normals (no GL here)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from arviz.core.asset import Asset, Primitive
from arviz.core.frozen import Array
from arviz.core.graph import drawn

_EXTRA = {"TANGENT": 4, "COLOR_0": 4}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Piece:
    """One primitive ready to be uploaded.

    Parameters
    ----------
    primitive : Primitive
        Where it came from.
    asset_from_piece : ndarray (4, 4) float64
        Its pose; the identity for skinned primitives, whose positions are in the asset's frame already.
    arrays : dict[str, ndarray]
        glTF semantic -> (V, k) float32, finite; ``NORMAL`` always there.
    indices : ndarray (T, 3) uint32
    box : ndarray (2, 3) float64
        Bounds of the used vertices in the piece's frame.
    skinned : bool
        The positions were posed by a skin.
    """

    primitive: Primitive
    asset_from_piece: Array
    arrays: dict[str, Array]
    indices: Array
    box: Array
    skinned: bool


def pieces(asset: Asset) -> Iterator[Piece]:
    """Yield what can be drawn: points, lines, empty primitives and triangles with non-finite corners are left out."""
    for item in drawn(asset):
        node = asset.nodes[item.node]
        # Posed vertices differ from the file's where a skin or a morph target moves them.
        skinned = node.skin is not None and "JOINTS_0" in item.primitive.attributes
        skinned = skinned or bool(item.primitive.targets and any(node.weights or asset.meshes[item.mesh].weights))
        positions = item.positions if skinned else item.primitive.positions
        pose = np.eye(4) if skinned else item.asset_from_node
        piece = _piece(item.primitive, positions, pose, skinned=skinned)
        if piece is not None:
            yield piece


def _piece(primitive: Primitive, positions: Array, pose: Array, *, skinned: bool) -> Piece | None:
    positions = np.asarray(positions, np.float32)
    triangles = primitive.triangles
    finite: Array = np.asarray(np.isfinite(positions).all(axis=1))
    if not finite.all():
        triangles = triangles[finite[triangles].all(axis=1)]
        positions = np.where(finite[:, None], positions, 0)
    if not len(triangles) or not np.isfinite(pose).all():
        return None
    used = positions[triangles.reshape(-1)]
    arrays = {"POSITION": positions}
    normals = None if skinned else _finite(primitive.attributes.get("NORMAL"), 3)
    if normals is None and skinned and "NORMAL" in primitive.attributes:
        normals = vertex_normals(positions, triangles)  # the file's are those of another pose
    # Without normals a surface is flat (glTF 2.0 section 3.7.2.1): zeros make the shader use each triangle's plane.
    arrays["NORMAL"] = np.zeros_like(positions) if normals is None else normals
    for name, width in _EXTRA.items():
        array = None if skinned and name == "TANGENT" else _finite(primitive.attributes.get(name), width)
        if array is not None:
            arrays[name] = array
    for name in primitive.attributes:
        if name.startswith("TEXCOORD_"):
            array = _finite(primitive.attributes[name], 2)
            if array is not None:
                arrays[name] = array
    box = np.stack([used.min(axis=0), used.max(axis=0)]).astype(np.float64)
    return Piece(primitive=primitive, asset_from_piece=pose, arrays=arrays, indices=triangles, box=box, skinned=skinned)


def _finite(array: Array | None, width: int) -> Array | None:
    """Return (V, width) float32 with non-finite values as 0 and a missing fourth column as 1; None if it has another form."""
    if array is None or array.ndim != 2:
        return None
    if array.shape[1] == width - 1 == 3:
        array = np.c_[array, np.ones(len(array), np.float32)]
    if array.shape[1] != width:
        return None
    array = array.astype(np.float32, copy=False)
    return array if np.isfinite(array).all() else np.nan_to_num(array, nan=0, posinf=0, neginf=0)


def vertex_normals(positions: Array, triangles: Array) -> Array:
    """Return (V, 3) float32 unit normals: the sum of the adjoining triangles' normals, weighted by area.

    Vertices without any area get (0, 0, 0); the shader then uses the triangle's own plane.
    """
    corners = np.asarray(positions, np.float64)[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat, spread = triangles.reshape(-1), np.repeat(faces, 3, axis=0)
    sums = np.stack([np.bincount(flat, weights=spread[:, axis], minlength=len(positions)) for axis in range(3)], axis=1)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    out: Array = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0).astype(np.float32)
    return out
