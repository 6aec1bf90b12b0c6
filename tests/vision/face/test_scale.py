"""How large a head is: what is known better goes first, and nothing is said without a sigma."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from arviz.core.face import HeadPose
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.core.length import Length
from arviz.core.transforms import apply
from arviz.testing.heads import CARD_M, HeadPhoto, bank_card, card_corners, make_head, make_shot, photo
from arviz.vision.face.card_search import card_places
from arviz.vision.face.pose import head_pose
from arviz.vision.face.scale import MOST_KEPT, MeasuredScale, face_scale


@cache
def shown(*, card: bool = False) -> HeadPhoto:
    """Return a photo of a head 40 cm away."""
    head = make_head(7, skin_tone=2, expression={})
    shot = make_shot(
        7, yaw_rad=0.03, pitch_rad=0.02, roll_rad=0.02, distance_m=0.4, light="neutral", gaze="camera", offset_px=(0, 30), errors=False
    )
    return photo(head, shot, worn=(bank_card(head),) if card else (), samples=1)


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
    assert scale.sigma < wide.sigma
    assert 0.02 < wide.sigma < 0.0359  # irises differ by 3.6 %, distances between pupils by 5.7 %: together they know better


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
    assert blinked.ratio == pytest.approx(first.ratio, rel=0.005)
    assert len(blinked.glances) == 3 <= MOST_KEPT


def test_eyes_that_look_past_the_camera_are_told_and_doubted() -> None:
    # Seen from a turned head, eyes on the camera stand aside in it.
    pictures = [photo(make_head(7, skin_tone=2, expression={}), make_shot(7, **TURNED, gaze=gaze), samples=1) for gaze in ("camera", "far")]  # type: ignore[arg-type]
    here, away = (measured(picture, iris=Length(picture.head.iris_diameter_m, 0.0, "known"))[0] for picture in pictures)
    assert "W_FACE_LOOKS_AWAY" not in [finding.code for finding in here.findings]
    assert "W_FACE_LOOKS_AWAY" in [finding.code for finding in away.findings]
    for scale, picture in zip((here, away), pictures, strict=True):
        assert abs(scale.pd.value_m - picture.head.pd_m) < 3 * scale.pd.sigma_m


def test_people_s_distances_count_where_an_iris_says_little() -> None:
    picture = shown()
    true = picture.head.iris_diameter_m
    for wrong in (0.9, 1.1):
        known, adult = (measured(picture, iris=Length(wrong * true, sigma, "x"))[0] for sigma in (0.0, 0.00042))
        assert abs(adult.pd.value_m - 0.063) < abs(known.pd.value_m - 0.063)
        assert adult.ratio / known.ratio == pytest.approx(adult.pd.value_m / known.pd.value_m)


TURNED = {"yaw_rad": 0.3, "pitch_rad": 0.0, "roll_rad": 0.0, "distance_m": 0.35, "light": "neutral", "offset_px": (0, 0), "errors": False}


def test_a_card_half_on_hair_is_found_by_its_sides() -> None:
    picture = shown(card=True)
    seen, camera = marks(picture), picture.shot.handed
    pose = head_pose(seen, camera)
    assert pose is not None
    corners = camera.project(apply(picture.shot.camera_from_head, card_corners(picture.head)))
    face = float(np.ptp(seen.points_px[:468], axis=0).max())
    places = card_places(picture.frame.image, seen, pose, camera, size_m=CARD_M)
    apart = [np.linalg.norm(place[:, None] - corners, axis=2).min(axis=1).max() for place in places]
    assert min(apart) < 0.05 * face


def test_a_card_held_to_hair_and_skin_is_measured_and_agrees_with_the_eyes() -> None:
    picture = shown(card=True)
    found, _ = measured(picture, card="find")
    assert found.source == "card"
    assert abs(found.pd.value_m - picture.head.pd_m) < 3 * found.pd.sigma_m
    # Were all irises twice as large, this card could not be one.
    other, _ = measured(picture, card="find", iris=Length(2 * picture.head.iris_diameter_m, 0.0004, "x"))
    assert other.source == "iris"


def test_places_for_cards_are_looked_for_at_the_rim_and_on_plain_pictures() -> None:
    picture = shown()
    seen, camera = marks(picture), picture.shot.handed
    pose = head_pose(seen, camera)
    assert pose is not None
    plain = Image(pixels=np.full_like(picture.frame.image.pixels, 90))
    assert all(np.isfinite(place).all() for place in card_places(plain, seen, pose, camera, size_m=CARD_M))
    cut = Image(pixels=np.ascontiguousarray(picture.frame.image.pixels[:, 300:]))
    aside = replace(seen, points_px=seen.points_px - (300, 0))
    assert all(np.isfinite(place).all() for place in card_places(cut, aside, pose, camera, size_m=CARD_M))
