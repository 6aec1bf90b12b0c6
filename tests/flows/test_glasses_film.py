"""Glasses in a film of a face that holds still: neither the pose nor the fit of the head, nor its end, moves them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.image import Image
from arviz.core.transforms import apply
from arviz.flows.glasses import measure
from arviz.flows.models import open_estimator
from arviz.flows.try_on import frame_of
from arviz.vision.face.pose import head_pose
from arviz.vision.models.store import ModelStore

NOISE_PX, BRIDGE = 0.5, 168


def test_glasses_stand_still_on_a_face_that_does(astronaut: Image, models: ModelStore) -> None:
    rng = np.random.default_rng(1)
    frame, _ = frame_of(astronaut, None)
    with open_estimator("mediapipe") as estimator:
        face = estimator.estimate(astronaut)[0]
    before, shown, alone = None, [], []
    for number in range(40):
        found = replace(face, points_px=face.points_px + NOISE_PX * rng.normal(size=face.points_px.shape))
        before = measure(replace(frame, time_s=number / 30), found, found=found, previous=before)
        pose = head_pose(found, frame.camera)
        assert before is not None
        assert pose is not None
        ahead_m = before.head.landmarks_m[BRIDGE]
        shown.append(frame.camera.project(apply(before.head.camera_from_head, ahead_m[None]))[0])
        alone.append(frame.camera.project(apply(pose.camera_from_head, ahead_m[None] / before.scale.ratio))[0])
    assert before.pictures == 20
    assert (np.std(shown[10:], axis=0) < 0.6 * np.std(alone[10:], axis=0)).all()
    steps = np.abs(np.diff(shown[10:], axis=0))
    assert steps.max() < np.abs(np.diff(alone[10:], axis=0)).max()
