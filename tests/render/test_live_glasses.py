"""Glasses onto film: what follows the head is near to what is worked out anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from arviz.core.graph import bounds, triangle_count
from arviz.core.recipe import Lens
from arviz.core.scene import Item
from arviz.render.eyewear import Eyewear, eyewear
from arviz.render.face_light import unknown_light
from arviz.render.fewer_triangles import part_of, simpler
from arviz.render.gl.renderer import GlRenderer
from arviz.render.live_glasses import LiveGlasses
from arviz.testing.shapes import sphere
from tests.render.test_onto_face import CAMERA, HEIGHT, POSE, WIDTH, at, glasses, head, picture

LIGHT = unknown_light(np.full((1, 3), 0.3))


@pytest.fixture(scope="module")
def gl() -> Iterator[GlRenderer]:
    with GlRenderer() as renderer:
        yield renderer


def dark_glasses() -> Eyewear:
    """Return glasses with grey lenses."""
    return eyewear([Item(asset=glasses())], lens=Lens(transmittance=(0.3, 0.3, 0.3)))


def test_far_pixels_stay_and_glasses_are_seen(gl: GlRenderer) -> None:
    photo = picture()
    with LiveGlasses(head(), dark_glasses(), light=LIGHT, renderer=gl) as live:
        made = live.put_on(photo, camera=CAMERA, camera_from_head=POSE)
    row, column = at(0, 0.028, 0.094)
    assert made.pixels[row, column].mean() < 0.7 * photo.pixels[row, column].mean()
    row, column = at(0.032, 0.01, 0.091)
    assert made.pixels[row, column].mean() < 0.8 * photo.pixels[row, column].mean()
    assert (made.pixels[HEIGHT - 8 :] == photo.pixels[HEIGHT - 8 :]).all()
    assert (made.pixels[:, : WIDTH // 12] == photo.pixels[:, : WIDTH // 12]).all()


def test_what_follows_the_head_is_near_to_what_is_worked_out_anew(gl: GlRenderer) -> None:
    photo = picture()
    moved = POSE.copy()
    moved[:3, 3] += (0.01, 0.005, 0.01)
    with LiveGlasses(head(), dark_glasses(), light=LIGHT, renderer=gl) as live:
        live.put_on(photo, camera=CAMERA, camera_from_head=POSE)
        followed = live.put_on(photo, camera=CAMERA, camera_from_head=moved)
    with LiveGlasses(head(), dark_glasses(), light=LIGHT, renderer=gl) as live:
        anew = live.put_on(photo, camera=CAMERA, camera_from_head=moved)
    difference = np.abs(followed.pixels.astype(float) - anew.pixels)
    assert difference.mean() < 0.5
    assert np.abs(photo.pixels.astype(float) - anew.pixels).mean() > 4 * difference.mean()


def test_glasses_beside_the_picture_leave_it(gl: GlRenderer) -> None:
    photo = picture()
    far = POSE.copy()
    far[0, 3] = 3.0
    with LiveGlasses(head(), dark_glasses(), light=LIGHT, renderer=gl) as live:
        assert live.put_on(photo, camera=CAMERA, camera_from_head=far) is photo


def test_shapes_with_fewer_triangles_keep_their_size() -> None:
    ball = sphere(radius_m=0.05)
    fewer = simpler(ball, cell_m=0.01)
    assert triangle_count(fewer) < 0.6 * triangle_count(ball)
    assert bounds(fewer) == pytest.approx(bounds(ball), abs=0.01)


def test_a_part_is_what_reaches_into_the_box() -> None:
    ball = sphere(radius_m=0.05)
    upper = part_of(ball, low_m=np.array([-1, 0.02, -1]), high_m=np.array([1, 1, 1.0]), cell_m=0.001)
    box = bounds(upper)
    assert box is not None
    assert box[0, 1] > 0.01
    assert box[1, 1] == pytest.approx(0.05, abs=0.001)
