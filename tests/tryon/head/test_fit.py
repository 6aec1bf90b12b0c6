"""A head laid on landmarks: what it must keep, and how far it is from true heads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.frozen import Array
from arviz.core.head_model import head_model
from arviz.core.landmarks import Matte
from arviz.core.transforms import apply
from arviz.testing.heads import SyntheticHead, make_head
from arviz.tryon.head.fit import fit_head
from arviz.tryon.head.hair import hair_over_ears
from arviz.tryon.head.outline import edges, share_outside
from arviz.vision.face.pose import head_pose
from tests.tryon.head.known import Known, fitted, known, scale_at


@pytest.fixture(scope="module", params=[11, 12])
def pair(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    person = known(request.param, yaw_deg=15)
    return person, fitted(person)


def test_landmarks_are_met_and_heads_are_near(pair) -> None:  # type: ignore[no-untyped-def]
    person, head = pair
    found = apply(head.camera_from_head, head.landmarks_m)
    true = apply(person.shot.camera_from_head, person.head.landmarks_m)
    assert head.residual_px < 4
    assert np.linalg.norm(found - true, axis=1).mean() < 0.004
    assert abs(np.linalg.det(head.camera_from_head[:3, :3]) - 1) < 1e-9


def test_the_shape_without_asymmetry_is_symmetric(pair) -> None:  # type: ignore[no-untyped-def]
    _, head = pair
    right, left = head.ear_roots_m
    assert np.abs(right * [-1, 1, 1] - left).max() < 1e-3
    assert np.abs(head.eyes_m[0] * [-1, 1, 1] - head.eyes_m[1]).max() < 1e-3


def test_a_larger_scale_is_a_larger_head_farther_away(pair) -> None:  # type: ignore[no-untyped-def]
    person, head = pair
    larger = fitted(person, factor=1.1)
    assert np.allclose(larger.points_m, 1.1 * head.points_m, atol=1e-6)
    assert np.allclose(larger.camera_from_head[:3, 3], 1.1 * head.camera_from_head[:3, 3], atol=1e-6)
    seen = person.shot.camera.project(apply(head.camera_from_head, head.points_m))
    assert np.abs(person.shot.camera.project(apply(larger.camera_from_head, larger.points_m)) - seen).max() < 1e-4


def test_the_asset_is_a_closed_form_of_the_head(pair) -> None:  # type: ignore[no-untyped-def]
    _, head = pair
    asset = head.asset()
    primitive = asset.meshes[0].primitives[0]
    assert len(primitive.triangles) == len(head.triangles)
    assert np.allclose(np.linalg.norm(primitive.attributes["NORMAL"], axis=1), 1, atol=1e-4)
    centre = primitive.positions.mean(0)
    assert ((primitive.positions - centre) * primitive.attributes["NORMAL"]).sum(1).mean() > 0  # outwards


def test_earlier_pictures_steady_the_shape() -> None:
    person = known(13, yaw_deg=-10)
    rng = np.random.default_rng(5)
    alone, steady, previous = [], [], None
    for _ in range(5):
        noisy = person.with_noise(rng.normal(0, 1.0, (478, 2)))
        alone.append(fitted(noisy).points_m)
        previous = fitted(noisy, previous=previous)
        steady.append(previous.points_m)
    assert np.std(np.array(steady)[2:], axis=0).mean() < np.std(np.array(alone)[2:], axis=0).mean()


def matte_of(person: Known) -> Matte:
    """Return a synthetic person, neck and all, as a perfect matte."""
    import cv2

    camera = person.shot.camera
    seen = camera.project(apply(person.shot.camera_from_head, person.head.points_m))
    alpha = np.zeros((camera.height_px, camera.width_px), np.float32)
    for triangle in np.round(seen[head_model().fine_triangles("skin")] * 16).astype(np.int32):
        cv2.fillConvexPoly(alpha, triangle, 1.0, shift=4)
    return Matte(kind="person", alpha=alpha, confidence=1.0, source="truth")


def test_the_outline_of_a_person_widens_a_face_whose_landmarks_lie_inside() -> None:
    person = known(17, yaw_deg=12)
    points = person.landmarks.points_px
    middle = points[:468].mean(0)
    away = points - middle
    far = np.linalg.norm(away, axis=1, keepdims=True)
    inside = person.with_noise(-0.06 * away * (far > 0.6 * far.max()))  # those of the oval alone
    matte = matte_of(person)
    lacking = []
    for known_outline in (None, matte):
        pose = head_pose(inside.landmarks, person.shot.camera)
        assert pose is not None
        head = fit_head(inside.landmarks, pose=pose, camera=person.shot.camera, scale=scale_at(person, pose), person=known_outline)
        seen = person.shot.camera.project(apply(head.camera_from_head, head.points_m))
        found = edges(seen, matte.alpha, centre_px=middle, eyes_px=float(np.linalg.norm(points[33] - points[263])))
        assert len(found.points) > 10
        lacking.append(np.median(np.abs(found.missing_px)))
        assert share_outside(seen, matte.alpha) < 0.06
    assert lacking[1] < 0.6 * lacking[0], lacking


def test_a_person_elsewhere_changes_nothing_and_is_told() -> None:
    person = known(18, yaw_deg=0)
    nobody = Matte(kind="person", alpha=np.zeros((480, 640)), confidence=1.0, source="test")
    pose = head_pose(person.landmarks, person.shot.camera)
    assert pose is not None
    kwargs = {"pose": pose, "camera": person.shot.camera, "scale": scale_at(person, pose)}
    alone, beside = fit_head(person.landmarks, **kwargs), fit_head(person.landmarks, **kwargs, person=nobody)
    assert np.abs(alone.points_m - beside.points_m).max() < 1e-3
    assert share_outside(person.shot.camera.project(apply(beside.camera_from_head, beside.points_m)), nobody.alpha) == 1


def with_ears(head: SyntheticHead, *, up_m: float) -> SyntheticHead:
    """Return a head with its ears higher."""
    model = head_model()
    shifted = head.points_m + model.finer(model.masks["ears"])[:, None] * [0, up_m, 0]
    return replace(head, points_m=shifted)


def test_ears_go_where_skin_ends_about_them() -> None:
    person = known(21, yaw_deg=4, head=with_ears(make_head(21), up_m=0.015))
    matte, camera = matte_of(person), person.shot.camera
    pose = head_pose(person.landmarks, camera)
    assert pose is not None
    skin = above_ears_is_hair(person, matte)
    ears = np.concatenate([np.unique(ear) for ear in ears_of(head_model().fine_triangles("skin"))])
    true = camera.project(apply(person.shot.camera_from_head, person.head.points_m))[ears]
    away = []
    for known_skin in (None, skin):
        head = fit_head(person.landmarks, pose=pose, camera=camera, scale=scale_at(person, pose), person=matte, skin=known_skin)
        found = camera.project(apply(head.camera_from_head, head.points_m))
        away.append(np.linalg.norm(found[ears] - true, axis=1).mean())
        bare = hair_over_ears(found, person.landmarks, person=matte, skin=skin)
        under = hair_over_ears(found, person.landmarks, person=matte, skin=replace(skin, alpha=0 * skin.alpha))
        assert not bare.alpha.any()
        assert np.allclose(under.alpha, matte.alpha)
    assert away[1] < 0.75 * away[0], away


def above_ears_is_hair(person: Known, matte: Matte) -> Matte:
    """Return the matte without what lies behind and above the ears, as short hair does."""
    import cv2

    model, camera = head_model(), person.shot.camera
    seen = camera.project(apply(person.shot.camera_from_head, person.head.points_m))
    triangles = model.fine_triangles("skin")
    skin = np.zeros_like(matte.alpha)
    for points in (person.landmarks.points_px[:468], *(seen[np.unique(ear)] for ear in ears_of(triangles))):
        cv2.fillConvexPoly(skin, cv2.convexHull(np.round(points).astype(np.int32)), 1.0)
    return replace(matte, alpha=skin * matte.alpha)


def ears_of(triangles: Array) -> list[Array]:
    model = head_model()
    ears, fine = model.finer(model.masks["ears"]), model.finer(model.points_m)
    both = triangles[(ears[triangles] > 0.5).all(axis=1)]
    return [both[(fine[both, 0] * sign > 0).all(axis=1)] for sign in (-1, 1)]
