"""Where a head is before a camera: the template's rigid points laid on landmarks in full perspective.

A weak perspective or an assumed lens turns a face beside the optical axis by the angle of its ray: 10.6 degrees at 120 of 640 px.
"""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.face import HeadPose, face_template
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks

ROUNDS = 12


def head_pose(landmarks: Landmarks, camera: Camera, *, previous: HeadPose | None = None) -> HeadPose | None:
    """Return where a head of the template's size is; None where no pose before the camera shows such points.

    Parameters
    ----------
    landmarks : Landmarks
        Of a face.
    camera : Camera
        Of the picture that they belong to, with its lens.
    previous : HeadPose, optional
        Of the frame before: the search starts there.
    """
    template = face_template()
    points = template.points_m[template.rigid]
    seen = camera.rays(landmarks.points_px[template.rigid])[:, :2]
    if not np.isfinite(seen).all():
        return None
    start = previous.camera_from_head if previous is not None else _direct(points, seen)
    if start is None:
        return None
    fit = _refined(points, seen, start)
    if fit is None:
        return None
    pose, residual, covariance = fit
    focal = float(np.sqrt(camera.k[0, 0] * camera.k[1, 1]))
    rotation = float(np.sqrt(np.linalg.eigvalsh(covariance[:3, :3])[-1]))
    return HeadPose(
        camera_from_head=pose,
        sigma_rotation_rad=rotation,
        sigma_depth=float(np.hypot(np.sqrt(covariance[5, 5]) / pose[2, 3], camera.relative_sigma_f)),
        residual_px=focal * residual,
    )


def _direct(points: Array, seen: Array) -> Array | None:
    """Return a pose (4, 4) without a start (SQPNP: Terzakis and Lourakis 2020)."""
    import cv2

    found, turn, shift = cv2.solvePnP(points, np.ascontiguousarray(seen), np.eye(3), None, flags=cv2.SOLVEPNP_SQPNP)
    if not found or not np.isfinite(turn).all() or not np.isfinite(shift).all():
        return None
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = cv2.Rodrigues(turn)[0], shift[:, 0]
    return pose


def _refined(points: Array, seen: Array, start: Array) -> tuple[Array, float, Array] | None:
    """Return pose, root mean square residual and covariance (6, 6) of turn (camera axes) and shift, by Levenberg and Marquardt."""
    import cv2

    pose, damping = np.array(start, np.float64), 1e-4
    middle = points.mean(axis=0)
    cost = np.inf
    for _ in range(ROUNDS):
        turned = points @ pose[:3, :3].T
        placed = turned + pose[:3, 3]
        if (placed[:, 2] <= 1e-3).any():
            return None
        depth = placed[:, 2]
        uv = placed[:, :2] / depth[:, None]
        residual = seen - uv
        arms = turned - pose[:3, :3] @ middle
        zero = np.zeros_like(depth)
        to_place = np.stack([np.stack([1 / depth, zero, -uv[:, 0] / depth], -1), np.stack([zero, 1 / depth, -uv[:, 1] / depth], -1)], 1)
        turning = np.stack([np.cross(np.eye(3)[k], arms) for k in range(3)], -1)
        jacobian = np.concatenate([to_place @ turning, to_place], axis=2).reshape(-1, 6)
        normal = jacobian.T @ jacobian
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), jacobian.T @ residual.ravel())
        turn = cv2.Rodrigues(step[:3])[0]
        centre = pose[:3, :3] @ middle + pose[:3, 3] + step[3:]
        pose[:3, :3] = turn @ pose[:3, :3]
        pose[:3, 3] = centre - pose[:3, :3] @ middle
        now = float(np.square(residual).sum())
        if abs(cost - now) < 1e-9 * now:
            break
        cost = now
        damping *= 0.1
    left, _, right = np.linalg.svd(pose[:3, :3])
    pose[:3, :3] = left @ right
    if pose[2, 3] <= 0:
        return None
    variance = now / (2 * len(points) - 6)
    return pose, float(np.sqrt(now / len(points))), np.linalg.inv(normal) * variance
