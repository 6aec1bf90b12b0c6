"""The depth of what a room knows, where a photo has none of its own."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Frame
from arviz.core.room import Room, Scale
from arviz.flows.room_photo import depth_before
from arviz.render.into_photo import into_photo
from arviz.render.renderer import RENDERERS
from arviz.render.room_catchers import plane_depth, ray_slopes
from tests.render.test_into_photo import CAMERA, DEPTH, FLOOR, PHOTO, POSE, WALL, cube, depth_of, light

FRAME = Frame(image=PHOTO, camera=CAMERA, world_from_camera=POSE)
KNOWN = Scale(sigma=0.01, source="given")


@pytest.fixture(scope="module")
def renderer():
    with RENDERERS.get("gl")() as made:
        yield made


@pytest.mark.parametrize("scale", [KNOWN, None])
def test_a_floor_alone_is_known_as_any_other_and_takes_shadows(renderer, scale):
    room = Room(planes=(FLOOR,), scale=scale)
    depth = depth_before(FRAME, room, renderer)
    assert depth == pytest.approx(depth_of(FLOOR), rel=1e-4)
    out = into_photo(
        PHOTO, [cube()], room=room, camera=CAMERA, world_from_camera=POSE, renderer=renderer, light=light(), hidden_behind_m=depth
    )
    assert out.shadow.min() < 0.6
    assert not out.hidden.any()


def test_walls_end_the_floor(renderer):
    depth = depth_before(FRAME, Room(planes=(FLOOR, WALL), scale=KNOWN), renderer)
    assert np.quantile(np.abs(depth - DEPTH)[np.isfinite(DEPTH)], 0.95) < 0.01
    floor = plane_depth(FLOOR, ray_slopes(CAMERA), POSE)
    assert (depth <= floor).all()


def test_of_nothing_nothing_is_known(renderer):
    assert np.isposinf(depth_before(FRAME, Room(planes=(), scale=KNOWN), renderer)).all()
    assert np.isposinf(depth_before(replace(FRAME, world_from_camera=None), Room(planes=(FLOOR,), scale=KNOWN), renderer)).all()
