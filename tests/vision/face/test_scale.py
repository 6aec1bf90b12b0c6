"""How large a head is: what is known better goes first, and nothing is said without a sigma."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from arviz.core.face import HeadPose
from arviz.core.landmarks import Landmarks
from arviz.core.length import Length
from arviz.core.transforms import apply
from arviz.testing.heads import HeadPhoto, bank_card, card_corners, make_head, make_shot, photo
from arviz.vision.face.pose import head_pose
from arviz.vision.face.scale import MOST_KEPT, MeasuredScale, face_scale


@cache
def shown(*, card: bool = False) -> HeadPhoto:
    """Return a photo of a head 40 cm away."""
    head = make_head(7, skin_tone=2, expression={})
    shot = make_shot(
        7, yaw_rad=0.03, pitch_rad=0.02, roll_rad=0.02, distance_m=0.4, light="neutral", gaze="camera", offset_px=(0, 30), errors=False
    )
    return photo(head, shot, worn=(bank_card(head),) if card else ())


def marks(picture: HeadPhoto, *, shut: bool = False) -> Landmarks:
    """Return the true landmarks, with irises."""
    points = np.zeros((478, 2))
    points[:468] = picture.landmarks_px
    radius = picture.head.iris_diameter_m / 2 * picture.shot.camera.k[0, 0] / picture.pupils_m[:, 2]
    for first, middle, r in zip((468, 473), picture.pupils_px, radius, strict=True):
        points[first : first + 5] = middle + r * np.array([[0, 0], [-1, 0], [0, -1], [1, 0], [0, 1]])
    if shut:
        points[[159, 386]] = points[[145, 374]]
    return Landmarks(kind="face", points_px=points, confidence=1.0, source="truth")


def measured(
    picture: HeadPhoto, *, shut: bool = False, previous: MeasuredScale | None = None, **known: object
) -> tuple[MeasuredScale, HeadPose]:
    """Return scale and pose."""
    seen, camera = marks(picture, shut=shut), picture.shot.handed
    pose = head_pose(seen, camera)
    assert pose is not None
    return face_scale(picture.frame.image, seen, pose, camera, previous=previous, **known), pose  # type: ignore[arg-type]


def test_the_iris_gives_the_distance_between_the_pupils() -> None:
    picture = shown()
    true = picture.head.iris_diameter_m
    scale, _ = measured(picture, iris=Length(true, 0.0, "known"))
    assert scale.source == "iris"
    assert abs(scale.pd.value_m - picture.head.pd_m) < 3 * scale.pd.sigma_m
    assert abs(scale.pd.value_m - picture.head.pd_m) < 0.003
    wide, _ = measured(picture)
    assert wide.sigma > 0.0359  # nobody's iris is known better than people differ


def test_what_is_known_goes_first() -> None:
    picture = shown(card=True)
    corners = picture.shot.camera.project(apply(picture.shot.camera_from_head, card_corners(picture.head)))
    by_card, pose = measured(picture, card=corners + 1.5)
    assert by_card.source == "card"
    assert abs(by_card.pd.value_m - picture.head.pd_m) < 0.003
    by_user, _ = measured(picture, card=corners, pd_m=picture.head.pd_m)
    assert by_user.source == "pd"
    assert by_user.pd.sigma_m == 0.001
    true = picture.shot.camera_from_head[2, 3] / pose.camera_from_head[2, 3]
    assert by_card.ratio == pytest.approx(true, rel=0.05)
    assert by_user.ratio == pytest.approx(true, rel=0.05)
    assert by_card.sigma < measured(picture)[0].sigma


def test_shut_eyes_say_nothing() -> None:
    scale, _ = measured(shown(), shut=True)
    assert scale.source == "template"
    assert scale.ratio == 1
    assert [finding.code for finding in scale.findings] == ["W_FACE_IRIS_HIDDEN"]


def test_a_card_that_is_not_there_is_said() -> None:
    scale, _ = measured(shown(), card="find")
    assert scale.source == "iris"
    assert "W_FACE_CARD_NOT_FOUND" in [finding.code for finding in scale.findings]


def test_a_film_remembers_through_blinks() -> None:
    picture, scale = shown(), None
    first, _ = measured(picture)
    for _ in range(3):
        scale, _ = measured(picture, previous=scale)
    blinked, _ = measured(picture, shut=True, previous=scale)
    assert scale is not None
    assert scale.sigma < first.sigma
    assert blinked.source == "iris"
    assert blinked.ratio == pytest.approx(first.ratio)
    assert len(blinked.glances) == 3 <= MOST_KEPT
