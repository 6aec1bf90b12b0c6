"""The pose of a head: exact points give the exact pose, anywhere in the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.face import face_template
from arviz.core.landmarks import Landmarks
from arviz.core.transforms import apply
from arviz.testing.heads import pose
from arviz.vision.face.pose import head_pose
from arviz.vision.face.shape import face_shape

CAMERA = Camera(
    k=np.array([[640, 0, 330.0], [0, 655, 236.0], [0, 0, 1]]), width_px=640, height_px=480, distortion=(-0.12, 0.03, 0.001, -0.0008, 0.0)
)


def marks(camera_from_head: np.ndarray, *, camera: Camera = CAMERA, noise_px: float = 0.0, seed: int = 0) -> Landmarks:
    """Return the landmarks of a head of mean shape."""
    points_m = face_template().points_m.copy()
    points_m[face_shape().points] = face_shape().mean_m
    points = np.zeros((478, 2))
    points[:468] = camera.project_distorted(apply(camera_from_head, points_m))
    points += noise_px * np.random.default_rng(seed).normal(size=points.shape)
    return Landmarks(kind="face", points_px=points, confidence=1.0, source="truth")


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.7, 0.7), st.floats(-0.4, 0.4), st.floats(-3.1, 3.1), st.floats(0.25, 3), st.floats(-0.4, 0.4), st.floats(-0.3, 0.3))
def test_exact_points_give_the_pose(yaw: float, pitch: float, roll: float, depth: float, right: float, down: float) -> None:
    true = pose(yaw_rad=yaw, pitch_rad=pitch, roll_rad=roll, distance_m=depth, offset_m=(right * depth, down * depth))
    found = head_pose(marks(true), CAMERA)
    assert found is not None
    assert np.allclose(found.camera_from_head, true, atol=1e-4 * depth)
    assert abs(found.yaw_rad - yaw) < 1e-3
    assert found.residual_px < 0.01


def test_a_rotation_is_one() -> None:
    found = head_pose(marks(pose(yaw_rad=0.3), noise_px=2.0), CAMERA)
    assert found is not None
    turn = found.camera_from_head[:3, :3]
    assert np.allclose(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) > 0


def test_a_pose_goes_on_from_the_one_before() -> None:
    seen, before = marks(pose(yaw_rad=0.3)), head_pose(marks(pose(yaw_rad=0.25)), CAMERA)
    alone, after = head_pose(seen, CAMERA), head_pose(seen, CAMERA, previous=before)
    assert alone is not None
    assert after is not None
    assert np.allclose(alone.camera_from_head, after.camera_from_head, atol=1e-5)


def test_points_in_one_place_have_no_pose() -> None:
    assert head_pose(Landmarks(kind="face", points_px=np.full((478, 2), 9.0), confidence=1.0, source="none"), CAMERA) is None


def test_a_wrong_focal_length_makes_the_depth_doubtful() -> None:
    seen = marks(pose())
    told = replace(CAMERA, sigma_f_px=19.2)
    sure, doubtful = head_pose(seen, CAMERA), head_pose(seen, told)
    assert sure is not None
    assert doubtful is not None
    assert np.isclose(doubtful.sigma_depth**2 - sure.sigma_depth**2, 0.03**2)
