"""Glasses onto film: what follows the head is near to what is worked out anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from arviz.core.graph import bounds, triangle_count
from arviz.core.image import Image
from arviz.core.recipe import Lens
from arviz.core.scene import Item
from arviz.render.eyewear import Eyewear, eyewear
from arviz.render.face_light import unknown_light
from arviz.render.face_rays import FaceRays
from arviz.render.fewer_triangles import plain, simpler
from arviz.render.gl.renderer import GlRenderer
from arviz.render.live_glasses import LiveGlasses
from arviz.render.onto_face import onto_face
from arviz.testing.shapes import joined, sphere
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


@pytest.mark.parametrize("power", [-6.0, 5.0])
def test_lenses_with_power_show_the_face_as_on_a_photo(gl: GlRenderer, power: float) -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    stripes = np.repeat((120 + 100 * np.sin(x / 3) * np.sin(y / 3)).astype(np.uint8)[..., None], 3, axis=2)
    photo = Image(pixels=stripes)
    worn = eyewear([Item(asset=glasses())], lens=Lens(transmittance=(1.0, 1.0, 1.0), rx_dioptre=(power, power)))
    moved = POSE.copy()
    moved[:3, 3] += (0.004, 0.003, 0.005)
    with LiveGlasses(head(), worn, light=LIGHT, renderer=gl) as live, FaceRays(head(), worn) as rays:
        live.put_on(photo, camera=CAMERA, camera_from_head=POSE)
        film = live.put_on(photo, camera=CAMERA, camera_from_head=moved)
        still = onto_face(photo, rays, camera=CAMERA, camera_from_head=moved, renderer=gl, light=LIGHT)
    inside = (still.lenses > 0.99) & (still.layer.colour[..., 3] == 0)
    followed, anew, bare = (image.pixels[inside].astype(float) for image in (film, still.image, photo))
    assert np.abs(anew - bare).mean() > 10
    assert np.abs(followed - anew).mean() < 0.35 * np.abs(anew - bare).mean()


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


def test_plain_shapes_keep_their_size() -> None:
    ball = sphere(radius_m=0.05)
    fewer = plain(ball, cell_m=0.01, low_m=np.zeros(3), high_m=np.ones(3), beside_m=0.015)
    assert triangle_count(fewer) < 0.6 * triangle_count(ball)
    assert bounds(fewer) == pytest.approx(bounds(ball), abs=0.015)


def test_what_is_far_before_the_glasses_hides_them_too(gl: GlRenderer) -> None:
    """Halfway to the camera a ball belongs to the head: the bar behind it is not seen."""
    on_bar, photo = np.array([0.05, 0.028, 0.094]), picture()
    eye = np.array([0, 0, POSE[2, 3]])
    with_ball = joined(head(), sphere(radius_m=0.03, centre_m=tuple((eye + on_bar) / 2)))
    row, column = at(*on_bar)
    with LiveGlasses(with_ball, dark_glasses(), light=LIGHT, renderer=gl) as live:
        film = live.put_on(photo, camera=CAMERA, camera_from_head=POSE)
    with FaceRays(with_ball, dark_glasses()) as rays:
        still = onto_face(photo, rays, camera=CAMERA, camera_from_head=POSE, renderer=gl)
    for image in (film, still.image):
        assert np.abs(image.pixels[row, column].astype(float) - photo.pixels[row, column]).max() < 12
    assert still.hidden[row, column]
