"""A pose in a film: it stands still where the head does, follows where it moves, and begins anew after a gap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.frozen import Array
from arviz.core.landmarks import Landmarks
from arviz.core.transforms import apply
from arviz.testing.heads import pose
from arviz.vision.face.follow import FollowedPose, follow_pose, motion, moved
from arviz.vision.face.pose import head_pose
from arviz.vision.face.shape import face_shape
from tests.vision.face.test_pose import CAMERA, marks

RATE = 30
BRIDGE = np.array([[0.0, 0.03, 0.06]])
POSES = st.builds(
    pose,
    yaw_rad=st.floats(-0.5, 0.5),
    pitch_rad=st.floats(-0.5, 0.5),
    roll_rad=st.floats(-1.4, 1.4),
    distance_m=st.floats(0.3, 2),
)


def film(poses: list[Array], *, noise_px: float, seed: int) -> list[FollowedPose]:
    """Follow a head through pictures with noise."""
    state, out = None, []
    for number, true in enumerate(poses):
        state = follow_pose(marks(true, noise_px=noise_px, seed=seed + number), CAMERA, number / RATE, state)
        assert state is not None
        out.append(state)
    return out


def bridge_px(poses: list[Array]) -> Array:
    """Return where a place before the nose is seen (F, 2)."""
    return CAMERA.project(np.concatenate([apply(one, BRIDGE) for one in poses]))


@settings(max_examples=30, deadline=None)
@given(POSES, POSES)
def test_a_motion_leads_from_pose_to_pose(first: Array, second: Array) -> None:
    assert np.allclose(moved(first, motion(first, second)), second, atol=1e-6)
    half = moved(first, 0.5 * motion(first, second))
    middle = face_shape().mean_m.mean(axis=0, keepdims=True)
    assert np.allclose(apply(half, middle), (apply(first, middle) + apply(second, middle)) / 2)


@pytest.mark.parametrize("noise_px", [0.2, 1.0])
def test_a_head_that_holds_still_is_shown_still(noise_px: float) -> None:
    true = pose(yaw_rad=0.1, pitch_rad=-0.05)
    shown = bridge_px([one.pose.camera_from_head for one in film([true] * 60, noise_px=noise_px, seed=0)])
    alone = [head_pose(marks(true, noise_px=noise_px, seed=number), CAMERA) for number in range(60)]
    raw = bridge_px([one.camera_from_head for one in alone if one is not None])
    assert (shown[15:].std(axis=0) < 0.4 * raw[15:].std(axis=0)).all()


def test_a_nod_and_a_turn_are_followed_at_once() -> None:
    wave = np.concatenate([np.zeros(20), (1 - np.cos(np.pi * np.arange(20) / 19)) / 2, np.ones(20)])
    for axis in ("yaw_rad", "pitch_rad", "roll_rad"):
        true = [pose(**{axis: 0.2 * way}) for way in wave]
        found = [one.pose.camera_from_head for one in film(true, noise_px=0.05, seed=0)]
        off = [np.linalg.norm(motion(one, other)[:3]) for one, other in zip(found, true, strict=True)]
        fastest = 0.2 * np.diff(wave).max()
        assert max(off[20:40]) < fastest, "never a picture late"
        assert off[-1] < 0.1 * fastest + 0.01


def test_after_a_gap_and_in_the_same_picture_again_it_begins_anew() -> None:
    first = follow_pose(marks(pose()), CAMERA, 1.0)
    seen = marks(pose(yaw_rad=0.02), noise_px=1.0)
    alone = head_pose(seen, CAMERA)
    assert first is not None
    assert alone is not None
    for time_s in (1.0, 0.5, 2.0):
        anew = follow_pose(seen, CAMERA, time_s, first)
        assert anew is not None
        assert np.allclose(anew.pose.camera_from_head, alone.camera_from_head, atol=1e-5)
        assert anew.doubt == 1


def test_points_in_one_place_have_no_pose() -> None:
    nowhere = Landmarks(kind="face", points_px=np.full((478, 2), 9.0), confidence=1.0, source="none")
    assert follow_pose(nowhere, CAMERA, 0.0) is None


def test_pictures_without_noise_are_followed_exactly() -> None:
    true = [pose(yaw_rad=0.01 * number) for number in range(5)]
    for one, expected in zip(film(true, noise_px=0.0, seed=0), true, strict=True):
        assert np.allclose(one.pose.camera_from_head, expected, atol=2e-3)
