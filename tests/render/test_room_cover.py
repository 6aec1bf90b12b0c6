"""Below a table top less light is left: by closed forms; what is not below one stays as it was."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from arviz.core.colour import srgb_to_linear
from arviz.core.image import Image
from arviz.core.room import Plane, Room
from arviz.core.scene import Lighting, Scene, Sun
from arviz.render.plane_shadow import Lamp
from arviz.render.renderer import RenderOptions
from arviz.render.room_catchers import corners_m, ray_slopes
from arviz.render.room_cover import covers, hidden, lamp_left, left_below, sky_left
from tests.render.test_into_photo import CAMERA, POSE, ROOM, cube, light, put

HEIGHT_M, WIDE_M, DEEP_M = 0.72, 1.6, 0.8
UP = np.array([0.0, 1.0, 0.0])
BELOW = np.array([[-0.2, 0.0, -0.2], [0.2, 0.5, 0.2]])


def top(x=0.0, z=0.0, height=HEIGHT_M, wide=WIDE_M, deep=DEEP_M):
    corners = [(x + a * wide / 2, height, z + b * deep / 2) for a, b in ((-1, -1), (-1, 1), (1, 1), (1, -1))]
    return Plane(
        kind="table",
        normal=(0.0, 1.0, 0.0),
        offset_m=-height,
        outline_m=np.array(corners),
        sigma_normal_rad=0,
        sigma_offset_m=0,
        source="given",
    )


def room(*tops):
    return Room(planes=(*ROOM.planes, *tops))


def above_only(level=1.0):
    pixels = np.zeros((128, 256, 3), np.float32)
    pixels[:64] = level
    return Lighting(environment=Image(pixels=pixels, space="linear"))


def seen_share(wide, deep, height):
    """Return how much of an even sky a rectangle hides above its middle (Howell, "Radiation configuration factors", B-3)."""
    x, y = wide / 2 / height, deep / 2 / height
    one = x / np.hypot(1, x) * np.arctan(y / np.hypot(1, x)) + y / np.hypot(1, y) * np.arctan(x / np.hypot(1, y))
    return 4 * one / (2 * np.pi)


def points(*at):
    return np.array(at, float)[None]


def test_ways_that_meet_a_top_are_hidden() -> None:
    over = covers(room(top()), BELOW)
    at = points((0, 0, 0), (0.7, 0, 0.3), (0.9, 0, 0), (0, 0.8, 0), (0, 0, 0.6))
    assert hidden(over, at, UP, near=False)[0] == pytest.approx([1, 1, 0, 0, 0])
    assert hidden(over, at, -UP, near=False)[0] == pytest.approx([0, 0, 0, 0, 0])
    assert hidden(over, points((0, 0, 0.6)), np.array([0, 1, -1.0]), near=False)[0] == pytest.approx([1])
    assert hidden(over, at, np.array([0, 2.0, 0]), near=True)[0] == pytest.approx([1, 1, 1, 0, 1])
    assert hidden(over, at, np.array([0, 0.5, 0]), near=True)[0] == pytest.approx([0, 0, 0, 0, 0])  # it shines from below the top


@pytest.mark.parametrize(("wide", "deep", "height"), [(1.6, 0.8, 0.72), (0.8, 0.8, 0.45), (3.0, 1.0, 0.75)])
def test_an_even_sky_is_left_by_the_closed_form(wide: float, deep: float, height: float) -> None:
    over = covers(room(top(height=height, wide=wide, deep=deep)), BELOW)
    assert sky_left(over, points((0, 0, 0)), UP, above_only())[0] == pytest.approx([1 - seen_share(wide, deep, height)], abs=0.07)


def test_what_faces_down_loses_nothing_of_the_sky_and_the_farther_the_less() -> None:
    over = covers(room(top()), BELOW)
    line = points(*((x, 0, 0) for x in np.linspace(0, 3, 13)))
    left = sky_left(over, line, UP, above_only())[0]
    assert (np.diff(left) > -0.03).all()
    assert left[-1] > 0.97
    even = replace(above_only(), environment=Image(pixels=np.ones((128, 256, 3), np.float32), space="linear"))
    assert sky_left(over, line, -UP, even)[0] == pytest.approx(np.ones(13))


def test_a_lamp_below_the_top_reaches_all_and_one_above_reaches_what_it_sees() -> None:
    over = covers(room(top()), BELOW)
    at = points((0, 0, 0), (2.0, 0, 0))
    assert lamp_left(over, at, UP, 0.0, Lamp(np.array([1.0, 0.5, 0.0]), 0.05))[0] == pytest.approx([1, 1])
    assert lamp_left(over, at, UP, 0.0, Lamp(np.array([0.2, 2.2, 0.0]), 0.05))[0] == pytest.approx([0, 1])
    assert lamp_left(over, at, UP, 0.01, None)[0] == pytest.approx([0, 1])


def test_tops_below_the_product_or_far_from_it_cover_nothing() -> None:
    standing_on_it = BELOW + UP * HEIGHT_M
    assert not covers(room(top()), standing_on_it)
    assert not covers(room(top(x=3.0)), BELOW)
    assert not covers(ROOM, BELOW)
    assert len(covers(room(top(x=0.9)), BELOW)) == 1


def test_a_product_under_a_table_is_darker_than_beside_it(gl) -> None:
    lit = light(direct=(1.0, 1.0, 1.0), radius_rad=0.005)
    plain = put(gl, cube(size=0.3), lit=lit)
    under, beside = (put(gl, cube(size=0.3), lit=lit, room=room(top(x=x, wide=1.2))) for x in (0.0, 2.2))
    inside = plain.layer.colour[..., 3] > 0.99
    level = [float(srgb_to_linear(one.image.pixels[inside] / 255).mean()) for one in (plain, under, beside)]
    assert level[1] < 0.75 * level[0]
    assert (beside.image.pixels[inside] == plain.image.pixels[inside]).all()
    assert under.shadow.min() > plain.shadow.min()  # the lamp does not reach the floor there: nothing is left to be taken


def test_what_is_left_to_a_product_is_what_is_left_at_each_of_its_pixels(gl) -> None:
    camera = CAMERA.resized(width_px=640, height_px=480)
    sun = Sun(to_light=(0.5, 1.0, 0.2), angular_radius_rad=0.05)
    lit = replace(above_only(), sun=sun)
    items = (cube(size=0.3),)
    over = covers(room(top(x=0.8, wide=1.2)), corners_m(items))
    asked = RenderOptions(samples=1, colour=False, normals=True)
    shape = gl.render(Scene(items=items, lighting=above_only()), camera, world_from_camera=POSE, options=asked)
    assert not shape.colour.any()
    left = left_below(over, shape, lit, None, camera=camera, world_from_camera=POSE)
    inside = cv2.erode(np.isfinite(shape.depth_m).astype(np.uint8), np.ones((3, 3))) > 0
    inside &= np.abs(shape.normals - cv2.blur(shape.normals, (11, 11))).max(axis=2) < 1e-3
    local = np.dstack([*np.broadcast_arrays(*ray_slopes(camera)), np.ones((480, 640))]) * np.where(inside, shape.depth_m, 1)[..., None]
    at = local @ POSE[:3, :3].T + POSE[:3, 3]
    sky, direct = sky_left(over, at, shape.normals, lit), lamp_left(over, at, np.array(sun.to_light), np.tan(0.05), None)
    shown = cv2.resize(left, (640, 480), interpolation=cv2.INTER_LINEAR)
    assert inside.sum() > 1500
    assert np.ptp(sky[inside]) > 0.1
    assert np.ptp(direct[inside]) > 0.5
    assert np.abs(shown[..., 0] - sky)[inside].max() < 0.03
    assert np.abs(shown[..., 1] - direct)[inside].mean() < 0.01
