"""Where a catcher is drawn with the sun: nothing of the shadow may lie outside."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.frames import look_at
from arviz.core.scene import Item, Lighting, Scene, Sun
from arviz.render.gl import catcher, renderer
from arviz.render.gl.sun_area import around, seen_area
from arviz.render.ground import ground_catcher
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import box
from tests.render.scenes import FURNACE, front_camera


@given(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)))
def test_the_rectangles_cover_each_pixel_once(corner):
    x, y = corner[:2]
    size = (10, 9)
    inner = (x, min(y, 8), min(corner[2], 10 - x), min(corner[3], 9 - min(y, 8)))
    count = np.zeros(size, int)
    for left, bottom, width, height in (inner, *around(inner, size)):
        count[left : left + width, bottom : bottom + height] += 1
    assert (count == 1).all()


@pytest.mark.parametrize("angle", [0.005, 0.15])
@pytest.mark.parametrize("sun", [(0.3, 1.0, 0.2), (-0.9, 0.25, 0.3), (0.0, 1.0, 0.0)])
@pytest.mark.parametrize("eye", [(0.3, 0.3, 0.6), (0.02, 0.12, 0.2), (0.0, 0.8, 0.01)])
def test_nothing_of_a_shadow_is_cut_off(gl, monkeypatch, eye, sun, angle):
    """The same picture as with the sun everywhere, to the bit; from far, from within the shadow, and from above."""
    asset = box(size_m=(0.1, 0.15, 0.08), centre_m=(0, 0.1, 0))  # hovers: its shadow lies apart
    direction = np.array(sun) / np.linalg.norm(sun)
    light = Lighting(environment=FURNACE.environment, sun=Sun(to_light=tuple(direction), irradiance=(2, 2, 2), angular_radius_rad=angle))
    scene = Scene(items=(Item(asset=asset), ground_catcher(asset)), lighting=light)
    pose = look_at(np.array(eye), np.array([0.0, 0.05, 0.0]))

    def shown():
        return gl.render(scene, front_camera(size_px=96, fov_rad=1.0), world_from_camera=pose, options=RenderOptions(samples=4)).colour

    cut = shown()
    assert (cut[..., 3] > 0).mean() > 0.05
    monkeypatch.setattr(catcher, "sun_area", lambda *args, **kwargs: None)
    np.testing.assert_array_equal(cut, shown())


@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("eye", [(0.3, 0.3, 0.6), (0.02, 0.12, 0.2), (0.0, 0.1, 0.0), (2.0, 0.3, 0.6)])
def test_only_what_is_empty_is_not_read(gl, monkeypatch, eye, samples):
    """The same picture as when all of it is read: from far, from near, from within the box, and past it."""
    scene = Scene(items=(Item(asset=box(size_m=(0.1, 0.15, 0.08), centre_m=(0, 0.1, 0)), world_from_asset=np.eye(4)),), lighting=FURNACE)
    pose = look_at(np.array(eye), np.array([eye[0] / 2 + 0.03, 0.1, -0.02]))
    draw = {"camera": front_camera(size_px=96, fov_rad=1.0), "world_from_camera": pose, "options": RenderOptions(samples=samples)}
    part = gl.render(scene, **draw).colour
    monkeypatch.setattr(renderer, "_drawn_area", lambda shot, seen: None)
    assert np.array_equal(part, gl.render(scene, **draw).colour)


def test_an_area_lies_around_points_before_the_eye_only():
    clip = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]])
    points = np.array([[-0.5, 0.1, 1.0], [0.5, 0.6, 2.0]])
    assert seen_area(points, clip, (100, 50)) == (24, 26, 40, 8)
    assert seen_area(np.zeros((0, 3)), clip, (100, 50)) == (0, 0, 0, 0)
    assert seen_area(np.concatenate([points, [[0, 0, -1.0]]]), clip, (100, 50)) is None
