"""From an `Asset` to arrays that a vertex buffer can hold: what is drawn, with which normals (no GL here)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from arviz.core.asset import Asset, Primitive
from arviz.core.frozen import Array
from arviz.core.graph import Drawn, drawn, morphed

_WIDTHS = {"NORMAL": 3, "TANGENT": 4, "COLOR_0": 4}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Piece:
    """One primitive ready to be uploaded.

    Parameters
    ----------
    primitive : Primitive
        Where it came from.
    node : int
        Index in ``asset.nodes`` of what draws it.
    asset_from_piece : ndarray (4, 4) float64
        Its pose; the identity for skinned primitives, whose positions are in the asset's frame already.
    arrays : dict[str, ndarray]
        glTF semantic -> (V, k) float32, finite; ``NORMAL`` always there.
    indices : ndarray (T, 3) uint32
    box : ndarray (2, 3) float64
        Bounds of the used vertices in the piece's frame.
    posed : bool
        A skin or a morph target moved its vertices: other arrays than another pose of the same primitive.
    """

    primitive: Primitive
    node: int
    asset_from_piece: Array
    arrays: dict[str, Array]
    indices: Array
    box: Array
    posed: bool


def pieces(asset: Asset) -> Iterator[Piece]:
    """Yield what can be drawn: points, lines, empty primitives and triangles with non-finite corners are left out."""
    for item in drawn(asset):
        piece = _piece(item)
        if piece is not None:
            yield piece


def _piece(item: Drawn) -> Piece | None:
    primitive, skin = item.primitive, item.asset_from_vertex
    semantics = [n for n in primitive.attributes if n == "POSITION" or n in _WIDTHS or n.startswith("TEXCOORD_")]
    morph = {name: morphed(primitive, name, item.weights) for name in semantics}
    moved = {name for name in semantics if morph[name] is not primitive.attributes[name]}
    pose = item.asset_from_node if skin is None else np.eye(4)
    positions = np.asarray(morph["POSITION"] if skin is None else item.positions, np.float32)
    triangles = primitive.triangles
    if skin is not None and np.linalg.det(item.asset_from_node[:3, :3]) < 0:
        triangles = triangles[:, ::-1]  # the winding is that of the node, though its pose does not count otherwise
    finite: Array = np.asarray(np.isfinite(positions).all(axis=1))
    if not finite.all():
        triangles = triangles[finite[triangles].all(axis=1)]
        positions = np.where(finite[:, None], positions, 0)
    if not len(triangles) or not np.isfinite(pose).all():
        return None
    drawn_ones = np.zeros(len(positions), bool)
    drawn_ones[triangles.reshape(-1)] = True
    used = positions[drawn_ones]
    arrays = {n: array for n in semantics if n != "POSITION" and (array := _finite(morph[n], _WIDTHS.get(n, 2))) is not None}
    if "COLOR_0" in arrays:
        arrays["COLOR_0"] = arrays["COLOR_0"].clip(0, 1)  # glTF 2.0 section 3.7.2.1, also after morphing
    for name in {"NORMAL", "TANGENT"} & arrays.keys():
        arrays[name] = _directions(arrays[name], skin) if skin is not None or name in moved else arrays[name]
    arrays["POSITION"] = positions
    # Without normals a surface is flat (glTF 2.0 section 3.7.2.1): zeros make the shader use each triangle's plane.
    arrays.setdefault("NORMAL", np.zeros_like(positions))
    box = np.stack([used.min(axis=0), used.max(axis=0)]).astype(np.float64)
    posed = skin is not None or bool(moved)
    return Piece(primitive=primitive, node=item.node, asset_from_piece=pose, arrays=arrays, indices=triangles, box=box, posed=posed)


def _directions(array: Array, skin: Array | None) -> Array:
    """Return normals (V, 3) or tangents (V, 4) float32, turned by (V, 3, 4) matrices, of length 1 or, without direction, 0.

    Normals turn by the inverse transpose, here by the cofactors with the determinant's sign: a flat matrix has them too.
    """
    vectors = array[:, :3].astype(np.float64)
    hand = array[:, 3:]
    if skin is not None:
        matrices = skin[:, :, :3]
        mirrored = np.where(np.einsum("vi,vi->v", matrices[:, 0], np.cross(matrices[:, 1], matrices[:, 2])) < 0, -1.0, 1.0)[:, None]
        if array.shape[1] == 3:
            x, y, z = matrices[:, 0], matrices[:, 1], matrices[:, 2]
            matrices = np.stack([np.cross(y, z), np.cross(z, x), np.cross(x, y)], axis=1) * mirrored[:, None]
        else:
            hand = hand * mirrored
        vectors = np.nan_to_num(np.einsum("vij,vj->vi", matrices, vectors), nan=0, posinf=0, neginf=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    out: Array = np.concatenate([unit, hand], axis=1).astype(np.float32)
    return out


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
