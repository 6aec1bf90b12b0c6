"""Arithmetic of poses: quaternions and matrices say the same."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.transforms import compose, matrix_quaternion, quaternion_matrix

angles = st.floats(-np.pi, np.pi)


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
