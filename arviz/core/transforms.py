"""Rigid and affine arithmetic on (4, 4) float64 matrices that multiply column vectors: ``a_from_b @ b_from_c``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.frozen import Array


def quaternion_matrix(quaternion: Sequence[float]) -> Array:
    """Return the (3, 3) rotation of a quaternion (x, y, z, w); it is normalised, zero gives the identity."""
    q = np.asarray(quaternion, np.float64)
    length = np.linalg.norm(q)
    if length == 0:
        return np.eye(3)
    x, y, z, w = q / length
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def matrix_quaternion(rotation: Array) -> tuple[float, float, float, float]:
    """Return the unit quaternion (x, y, z, w), w >= 0, of a (3, 3) rotation (Shepperd 1978, largest pivot)."""
    m = np.asarray(rotation, np.float64)
    candidates = np.array(
        [1 + m[0, 0] - m[1, 1] - m[2, 2], 1 - m[0, 0] + m[1, 1] - m[2, 2], 1 - m[0, 0] - m[1, 1] + m[2, 2], 1 + np.trace(m)]
    )
    i = int(np.argmax(candidates))
    if i == 3:
        q = np.array([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], candidates[3]])
    else:
        j, k = (i + 1) % 3, (i + 2) % 3
        q = np.zeros(4)
        q[i], q[j], q[k], q[3] = candidates[i], m[j, i] + m[i, j], m[k, i] + m[i, k], m[k, j] - m[j, k]
    q /= np.linalg.norm(q)
    x, y, z, w = (q if q[3] >= 0 else -q).tolist()
    return (x, y, z, w)


def compose(translation: Sequence[float], rotation: Sequence[float], scale: Sequence[float]) -> Array:
    """Return the (4, 4) matrix translation @ rotation @ scale (glTF 2.0 section 3.5.2)."""
    matrix = np.eye(4)
    matrix[:3, :3] = quaternion_matrix(rotation) * np.asarray(scale, np.float64)
    matrix[:3, 3] = translation
    return matrix


def similarity(*, rotation: Array | None = None, scale: float = 1.0, translation: Sequence[float] = (0, 0, 0)) -> Array:
    """Return the (4, 4) matrix that scales, then rotates by a (3, 3) matrix, then moves."""
    matrix = np.eye(4)
    matrix[:3, :3] = (np.eye(3) if rotation is None else rotation) * scale
    matrix[:3, 3] = translation
    return matrix


def apply(matrix: Array, points: Array) -> Array:
    """Transform (N, 3) points by a (4, 4) matrix in float64."""
    # Not by BLAS, which wakes its threads for many points: 8 ms for 300,000 of them instead of up to 120.
    turned: Array = np.einsum("ij,nj->ni", matrix[:3, :3], np.asarray(points, np.float64))
    return turned + matrix[:3, 3]


def normal_matrix(matrix: Array) -> Array:
    """Return what turns normals, (3, 3), where a (4, 4) or (3, 3) matrix moves points; their lengths change.

    It is the inverse transpose up to a positive factor: the cofactors with the determinant's sign, which a flat scale has too.
    """
    m = matrix[:3, :3]
    cofactors = np.cross(m[[1, 2, 0]], m[[2, 0, 1]])
    largest = np.abs(cofactors).max()
    sign = -1.0 if np.linalg.det(m) < 0 else 1.0
    return cofactors * (sign / largest) if largest > 0 else np.eye(3)


def decompose(matrix: Array) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]] | None:
    """Return the (translation, rotation, scale) that `compose` makes a (4, 4) matrix of, None if it has shear or a flat axis.

    A mirroring matrix gets its first scale negative. The tolerance is that of matrices kept in float32.
    """
    if not np.isfinite(matrix).all() or not np.array_equal(matrix[3], [0, 0, 0, 1]):
        return None
    scale = np.linalg.norm(matrix[:3, :3], axis=0)
    if not scale.all():
        return None
    rotation = matrix[:3, :3] / scale
    if not np.allclose(rotation.T @ rotation, np.eye(3), rtol=0, atol=1e-5):
        return None
    if np.linalg.det(rotation) < 0:
        rotation, scale = rotation * (-1, 1, 1), scale * (-1, 1, 1)
    return tuple(matrix[:3, 3].tolist()), matrix_quaternion(rotation), tuple(scale.tolist())
