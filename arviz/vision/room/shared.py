"""Errors that surfaces share, because frames do: where a camera stood, and its focal length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.room.sight import Sight
from arviz.vision.room.surface import Surface


def with_poses(parts: Sequence[Surface], poses: Sequence[Array], *, sigma_rotation_rad: float, sigma_position_m: float) -> list[Surface]:
    """Return parts of one surface with the uncertainty of their frames' poses, against the mean of all frames.

    What all frames show is moved with the world by their errors: lengths do not know of it. A part of a surface that m of all
    F frames show gets 1 - m / F of the variance, so that their mean has 1 / m - 1 / F.
    """
    left = 1 - len({index for part in parts for index, _ in part.members}) / len(poses)
    if left == 0 or sigma_rotation_rad == sigma_position_m == 0:
        return list(parts)
    out = []
    for part in parts:
        arm = np.cross(part.centre_m - poses[part.members[0][0]][:3, 3], part.normal)
        # A turn w of the camera moves the normal by w x n, and the place by -w . (arm x n); a shift t by -n . t.
        turned = np.concatenate([-np.cross(part.normal, np.eye(3)), -arm[:, None]], axis=1)
        covariance = sigma_rotation_rad**2 * turned.T @ turned
        covariance[3, 3] += sigma_position_m**2
        out.append(replace(part, covariance=part.covariance + left * covariance))
    return out


def with_focal_length(surfaces: Sequence[Surface], sights: Sequence[Sight], poses: Sequence[Array]) -> list[Surface]:
    """Return surfaces with the tilt that a wrong focal length gives them, in all frames alike.

    ``n_x`` and ``n_y`` are proportional to the focal length before the normal has its length again. That planes are then also
    too far to the side is what `Scale` holds.
    """
    if not any(sight.camera.relative_sigma_f for sight in sights):
        return list(surfaces)
    out = []
    for surface in surfaces:
        tilts = []
        for index in {index for index, _ in surface.members}:
            turn = poses[index][:3, :3]
            sideways = turn[:, :2] @ (turn[:, :2].T @ surface.normal)
            tilts.append(sights[index].camera.relative_sigma_f * (sideways - surface.normal * (surface.normal @ sideways)))
        tilt = np.append(np.mean(tilts, axis=0), 0.0)
        out.append(replace(surface, covariance=surface.covariance + np.outer(tilt, tilt)))
    return out
