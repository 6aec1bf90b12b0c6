"""Types of measured faces refuse what no face is, and never show their points."""

import numpy as np
import pytest

from arviz.core.face import FaceScale, HeadPose
from arviz.core.landmarks import POINTS, Landmarks, Matte
from arviz.core.length import Length
from arviz.core.recipe import Glasses, Lens, Makeup, Recipe


def pose(yaw_rad: float, pitch_rad: float) -> HeadPose:
    """A head whose face looks along +Z of its frame, at the camera first, then turned to its left and up."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])  # about +Y: +Z goes to +X, the person's left
    c, s = np.cos(pitch_rad), np.sin(pitch_rad)
    nod = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])  # about +X: +Z goes to +Y
    out = np.eye(4)
    out[:3, :3] = np.diag([1.0, -1, -1]) @ turn @ nod
    out[2, 3] = 0.5
    return HeadPose(camera_from_head=out, sigma_rotation_rad=0.01, sigma_depth=0.01, residual_px=1)


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (0.3, 0), (0, 0.2), (-0.5, -0.3)])
def test_yaw_is_to_the_persons_left_and_pitch_up(yaw: float, pitch: float) -> None:
    assert pose(yaw, pitch).yaw_rad == pytest.approx(yaw)
    assert pose(yaw, pitch).pitch_rad == pytest.approx(pitch)


def test_a_head_behind_the_camera_is_none() -> None:
    behind = np.eye(4)
    behind[2, 3] = -1
    with pytest.raises(ValueError, match="before the camera"):
        HeadPose(camera_from_head=behind, sigma_rotation_rad=0, sigma_depth=0, residual_px=0)


@pytest.mark.parametrize("kind", list(POINTS))
def test_points_are_counted_and_never_shown(kind: str) -> None:
    points = np.full((POINTS[kind], 2), 123.456)
    found = Landmarks(kind=kind, points_px=points, confidence=0.9, source="test")  # type: ignore[arg-type]
    assert "123" not in repr(found)
    for bad in (points[1:], np.full_like(points, np.nan)):
        with pytest.raises(ValueError, match="finite points"):
            Landmarks(kind=kind, points_px=bad, confidence=0.9, source="test")  # type: ignore[arg-type]


def test_a_matte_is_a_share() -> None:
    assert "0.25" not in repr(Matte(kind="hair", alpha=np.full((2, 3), 0.25), confidence=0.4, source="test"))
    with pytest.raises(ValueError, match="0 to 1"):
        Matte(kind="hair", alpha=np.full((2, 3), 1.5), confidence=0.4, source="test")


def test_no_head_is_ten_times_as_large() -> None:
    with pytest.raises(ValueError, match="no head"):
        FaceScale(ratio=10, sigma=0.1, source="iris", pd=Length(0.63, 0.01))


def test_a_recipe_says_what_is_wrong() -> None:
    lips = Makeup(kind="lipstick", albedo=(0.4, 0.02, 0.04), coverage=0.8, finish="gloss")
    frame = Glasses(uri="glasses.glb", width_m=0.14, lens=Lens(rx_dioptre=(-2, -2.5)))
    recipe = Recipe(id="look", items=(lips, frame))
    assert recipe.makeup == (lips,)
    assert recipe.glasses == (frame,)
    with pytest.raises(ValueError, match="albedo"):
        Makeup(kind="blush", albedo=(1.2, 0, 0), coverage=0.5)
    with pytest.raises(ValueError, match="dioptres"):
        Lens(rx_dioptre=(-40, 0))
    with pytest.raises(ValueError, match="50 to 300 mm"):
        Glasses(uri="x.glb", width_m=140)
    with pytest.raises(ValueError, match="at least one"):
        Recipe(id="empty", items=())
