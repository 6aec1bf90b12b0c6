"""A head laid on landmarks: what it must keep, and how far it is from true heads."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.head_model import head_model, refinement
from arviz.core.transforms import apply
from tests.tryon.head.known import fitted, known


@pytest.fixture(scope="module", params=[11, 12])
def pair(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    person = known(request.param, yaw_deg=15)
    return person, fitted(person)


def test_the_model_is_that_of_the_factory() -> None:
    from arviz.testing.heads.mesh import head_mesh

    model, mesh = head_model(), head_mesh()
    used = np.unique(model.fine_triangles("skin", "right_eye", "left_eye"))  # the factory's teeth are sharp
    assert np.abs(model.finer(model.points_m) - mesh.finer @ mesh.points_m)[used].max() < 1e-12
    assert np.array_equal(model.fine_quads, mesh.fine_quads)


def test_refinement_of_a_closed_cube_keeps_its_middle_and_shrinks_it() -> None:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    finer, fine = refinement(quads, points=8)
    points = finer(corners)
    assert fine.shape == (24, 4)
    assert len(points) == 26
    assert np.abs(points.mean(0)).max() < 1e-12
    assert np.allclose(np.abs(points[:8]), 5 / 9)  # Catmull and Clark 1978: a cube's corner goes to 5/9
    assert np.allclose(np.sort(np.abs(points[-6:]), axis=1), [0, 0, 1])


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
