"""Arithmetic of poses: quaternions and matrices say the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.transforms import apply, compose, decompose, matrix_quaternion, normal_matrix, quaternion_matrix, similarity

angles = st.floats(-np.pi, np.pi)
factors = st.sampled_from([-3.0, -0.5, 0.25, 1.0, 2.0])


@given(angles, angles, angles)
def test_quaternions_and_rotations_are_the_same_thing(a, b, c):
    quaternion = np.array([np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a) * np.cos(c), np.cos(a) * np.sin(c)])
    rotation = quaternion_matrix(quaternion)
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.allclose(quaternion_matrix(matrix_quaternion(rotation)), rotation, atol=1e-9)


def test_compose_is_translation_rotation_scale():
    half = np.sqrt(0.5)
    matrix = compose((1, 2, 3), (0, 0, half, half), (2, 1, 1))
    assert np.allclose(matrix @ [1, 0, 0, 1], [1, 4, 3, 1])


@given(angles, angles, st.tuples(factors, factors, factors))
def test_normals_stay_normal_and_keep_their_side(a, b, scale):
    """Also where the matrix mirrors: normal . edge is kept up to one positive factor."""
    quaternion = (np.sin(a), np.cos(a) * np.sin(b), 0, np.cos(a) * np.cos(b))
    matrix = compose((1, 2, 3), quaternion, scale)
    product = normal_matrix(matrix).T @ matrix[:3, :3]
    assert product[0, 0] > 0
    assert np.allclose(product, product[0, 0] * np.eye(3), atol=1e-9 * product[0, 0])


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_normals_of_what_is_pressed_flat_stand_on_it(axis):
    scale = np.ones(3)
    scale[axis] = 0
    turned = normal_matrix(compose((0, 0, 0), (0, 0, 0, 1), scale)) @ [1.0, 1.0, 1.0]
    assert np.allclose(turned / np.linalg.norm(turned), np.eye(3)[axis])


@given(angles, angles, st.tuples(factors, factors, factors))
def test_a_matrix_taken_apart_is_put_together_again(a, b, scale):
    matrix = compose((1, 2, 3), (np.sin(a), np.cos(a) * np.sin(b), 0, np.cos(a) * np.cos(b)), scale)
    assert np.allclose(compose(*decompose(matrix)), matrix, atol=1e-9)


def test_what_has_shear_or_no_depth_cannot_be_taken_apart():
    sheared = np.eye(4)
    sheared[0, 1] = 0.1
    assert decompose(sheared) is None
    assert decompose(compose((0, 0, 0), (0, 0, 0, 1), (1, 0, 1))) is None


@given(angles, st.floats(0.1, 10), st.tuples(*[st.floats(-5, 5)] * 3))
def test_a_similarity_scales_then_turns_then_moves(angle, scale, offset):
    rotation = quaternion_matrix((0, np.sin(angle / 2), 0, np.cos(angle / 2)))
    points = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    moved = apply(similarity(rotation=rotation, scale=scale, translation=offset), points)
    assert np.allclose(moved, scale * points @ rotation.T + offset)
