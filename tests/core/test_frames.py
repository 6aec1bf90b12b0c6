"""Axis flips and half pixels against analytic truth."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frames import AXIS_NAMES, CV_FROM_GL, gl_projection, look_at, orbit_direction, rotation_to_arviz

K = np.array([[1100, 0.7, 700.25], [0, 1090, 330.75], [0, 0, 1]])


@given(st.sampled_from(AXIS_NAMES), st.sampled_from(AXIS_NAMES))
def test_rotation_to_arviz_puts_up_on_y_and_front_on_z_without_mirroring(up, front):
    assume(up[1] != front[1])
    rotation = rotation_to_arviz(up=up, front=front)
    unit = {name: np.eye(3)["XYZ".index(name[1])] * (1 if name[0] == "+" else -1) for name in AXIS_NAMES}
    assert np.array_equal(rotation @ unit[up], [0, 1, 0])
    assert np.array_equal(rotation @ unit[front], [0, 0, 1])
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_cad_axes_worked_number():
    assert np.array_equal(rotation_to_arviz(up="+Z", front="-Y") @ [1, 2, 3], [1, 3, -2])


@pytest.mark.parametrize("axes", [("+Y", "-Y"), ("up", "+Z"), ("", "+Z")])
def test_axes_that_make_no_frame_are_refused(axes):
    with pytest.raises(InputError):
        rotation_to_arviz(up=axes[0], front=axes[1])


@given(st.tuples(st.floats(-2, 2), st.floats(-2, 2), st.floats(0.5, 20)))
def test_gl_projection_meets_pixel_centres(point):
    """A point's GL window coordinates are its OpenCV pixel plus one half (y turned round)."""
    camera = Camera(k=K, width_px=1280, height_px=720)
    clip = gl_projection(camera, near_m=0.1, far_m=50) @ CV_FROM_GL @ [*point, 1]
    ndc = clip[:3] / clip[3]
    window = np.array([(ndc[0] + 1) / 2 * 1280, (1 - ndc[1]) / 2 * 720])
    assert np.allclose(window - 0.5, camera.project(np.array([point]))[0], atol=1e-8 * abs(window).max() + 1e-9)


def test_gl_projection_maps_near_and_far_to_the_ends_of_clip_space():
    p = gl_projection(Camera(k=K, width_px=1280, height_px=720), near_m=0.1, far_m=50)
    for z, expected in ((-0.1, -1), (-50, 1)):
        clip = p @ [0, 0, z, 1]
        assert clip[2] / clip[3] == pytest.approx(expected)


@given(st.tuples(*[st.floats(-5, 5)] * 3), st.tuples(*[st.floats(-5, 5)] * 3))
def test_look_at_sees_its_target_in_the_middle_and_the_world_upright(eye, target):
    assume(np.linalg.norm(np.subtract(eye, target)) > 0.01)
    pose = look_at(np.array(eye), np.array(target))
    seen = np.linalg.inv(pose) @ [*target, 1]
    assert np.allclose(seen[:2], 0, atol=1e-9)
    assert seen[2] > 0
    assert np.allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-9)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
    assert pose[1, 1] <= 1e-9  # the camera's +Y looks down


def test_orbit_directions_are_model_viewers():
    assert np.allclose(orbit_direction(0, np.pi / 2), [0, 0, 1])
    assert np.allclose(orbit_direction(np.pi / 2, np.pi / 2), [1, 0, 0])
    assert np.allclose(orbit_direction(1.23, 0), [0, 1, 0])


def test_from_fov_sees_the_field_of_view_edge_to_edge():
    camera = Camera.from_fov(vertical_fov_rad=np.pi / 2, width_px=200, height_px=100)
    top_edge = camera.project(np.array([[0.0, -1.0, 1.0]]))[0]
    assert np.allclose(top_edge, [99.5, -0.5])


@given(st.integers(2, 4000), st.integers(2, 4000), st.floats(-1, 1), st.floats(-1, 1))
def test_a_resized_camera_sees_the_same_directions(width, height, x, y):
    camera = Camera(k=np.array([[500.0, 2, 310], [0, 510, 250], [0, 0, 1]]), width_px=640, height_px=480, sigma_f_px=5)
    resized = camera.resized(width_px=width, height_px=height)
    point = np.array([[x, y, 1]])
    scale = np.array([width / 640, height / 480])
    assert np.allclose(resized.project(point), (camera.project(point) + 0.5) * scale - 0.5)
    assert resized.sigma_f_px / resized.k[0, 0] == pytest.approx(0.01 * (scale.mean() / scale[0]))
