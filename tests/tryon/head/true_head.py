"""A synthetic head as what glasses sit on: the truth that a fitted head stands for."""

from __future__ import annotations

import numpy as np

from arviz.core.head_model import head_model
from arviz.testing.heads import Shot, SyntheticHead
from arviz.tryon.head.fit import ear_root_points, point_normals
from arviz.tryon.head.fitted import EYES, SKIN, FittedHead


def true_head(head: SyntheticHead, shot: Shot) -> FittedHead:
    """Return a synthetic head with the same points."""
    triangles = head_model().fine_triangles(*SKIN, *EYES)
    return FittedHead(
        camera_from_head=shot.camera_from_head,
        points_m=head.points_m,
        normals=point_normals(head.points_m, triangles),
        landmarks_m=head.landmarks_m,
        eyes_m=head.eyes_m,
        eye_radius_m=head.eye_radius_m,
        ear_roots_m=head.points_m[ear_root_points()],
        relative_sigma=0.0,
        residual_px=0.0,
        weights={},
        information=np.zeros((0, 0)),
    )
