"""A synthetic person before a camera: true landmarks, the template's pose, the true scale."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from arviz.core.face import FaceScale, HeadPose, face_template
from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.core.length import Length
from arviz.core.transforms import apply
from arviz.testing.heads import Shot, SyntheticHead, make_head, make_shot
from arviz.tryon.head.fit import EYE_CORNERS, fit_head
from arviz.tryon.head.fitted import FittedHead
from arviz.vision.face.pose import head_pose


@dataclass(frozen=True)
class Known:
    """A head, how it is photographed, and where its landmarks are in the picture."""

    head: SyntheticHead
    shot: Shot
    landmarks: Landmarks

    def with_noise(self, noise_px: Array) -> Known:
        return replace(self, landmarks=replace(self.landmarks, points_px=self.landmarks.points_px + noise_px))


def known(seed: int, *, yaw_deg: float | None = None, head: SyntheticHead | None = None) -> Known:
    """Return a synthetic person with true landmarks; of the irises there are none."""
    person = head or make_head(seed)
    shot = make_shot(seed, yaw_rad=None if yaw_deg is None else float(np.radians(yaw_deg)), errors=False)
    seen = shot.camera.project(apply(shot.camera_from_head, person.landmarks_m))
    points = np.concatenate([seen, np.repeat(seen[[33, 263]], 5, axis=0)])
    return Known(person, shot, Landmarks(kind="face", points_px=points, confidence=1.0, source="truth"))


def scale_at(person: Known, pose: HeadPose, *, factor: float = 1.0, sigma: float = 0.01) -> FaceScale:
    """Return the scale that brings the eyes to their true depth, times a factor."""
    corners = list(EYE_CORNERS)
    true = apply(person.shot.camera_from_head, person.head.landmarks_m[corners])[:, 2].mean()
    posed = apply(pose.camera_from_head, face_template().points_m[corners])[:, 2].mean()
    return FaceScale(ratio=factor * true / posed, sigma=sigma, source="pd", pd=Length(factor * person.head.pd_m, 0.0005, "user"))


def fitted(person: Known, *, factor: float = 1.0, previous: FittedHead | None = None) -> FittedHead:
    """Return the head fitted to the landmarks."""
    pose = head_pose(person.landmarks, person.shot.camera)
    assert pose is not None
    scale = scale_at(person, pose, factor=factor)
    return fit_head(person.landmarks, pose=pose, camera=person.shot.camera, scale=scale, previous=previous)
