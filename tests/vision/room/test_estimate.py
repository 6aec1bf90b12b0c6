"""Rooms from depth, against rooms of which everything is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.image import Image
from arviz.core.room_file import room_from_json, room_to_json
from arviz.testing.rooms import make_room
from arviz.vision.planes.noise import KINECT
from arviz.vision.room.estimate import depth_room
from tests.seeds import drawn_seed
from tests.vision.room.scenes import frames_of, matched, picture_of


@pytest.fixture(scope="module")
def scene():
    seed = drawn_seed()
    synthetic = make_room(seed, kind="box")
    return synthetic, frames_of(synthetic, kind="kinect", count=1)


def test_one_frame_makes_its_world(scene):
    synthetic, frames = scene
    room = depth_room(frames)
    view = room.views[0]
    assert np.allclose(view.world_from_camera[[0, 2], 3], 0)
    forward = view.world_from_camera[:3, 2]
    assert forward[2] < -0.5 * np.hypot(forward[0], forward[2])
    if room.floor is not None:
        assert np.allclose(room.floor.normal, (0, 1, 0), atol=1e-6)
        assert abs(room.floor.offset_m) < 1e-6
        assert abs(view.world_from_camera[1, 3] - synthetic.views[0].world_from_camera[1, 3]) < 0.05


def test_planes_are_where_they_are(scene):
    synthetic, frames = scene
    room = depth_room(frames)
    pairs = matched(room, synthetic, pictures=[picture_of(synthetic, synthetic.views[0])])
    assert len(pairs) >= 1
    assert np.median([abs(pair.offset_m) for pair in pairs]) < 0.02
    assert np.median([pair.angle_rad for pair in pairs]) < np.radians(1)


def test_a_room_is_written_and_read_back(scene):
    room = depth_room(scene[1])
    back = room_from_json(room_to_json(room))
    assert [plane.kind for plane in back.planes] == [plane.kind for plane in room.planes]
    assert room.scale is not None
    assert room.scale.source == "depth"


def _frame(depth, *, pose=None, camera=None):
    camera = camera or make_room(1).camera
    pixels = np.zeros((camera.height_px, camera.width_px, 3), np.uint8)
    return Frame(image=Image(pixels=pixels), camera=camera, depth_m=depth, world_from_camera=pose)


@pytest.mark.parametrize(
    ("depth", "code"),
    [
        (np.full((480, 640), np.nan, np.float32), "E_NO_DEPTH"),
        (np.full((480, 640), np.inf, np.float32), "E_NO_DEPTH"),
        (np.zeros((480, 640), np.float32), "E_NO_DEPTH"),
        (np.zeros((0, 0), np.float32), "E_NO_DEPTH"),
        (None, "E_NO_DEPTH"),
        (np.full((480, 640), 2000.0, np.float32), "E_DEPTH_UNIT"),
        (np.full((480, 640), 65.535, np.float32), "E_DEPTH_UNIT"),
        (np.full((480, 640), 65535.0, np.float32), "E_DEPTH_UNIT"),
        (np.full((480, 640), 0.002, np.float32), "E_DEPTH_UNIT"),
        (np.full((480, 480), 2.0, np.float32), "E_CAMERA_SIZE"),
    ],
)
def test_depth_that_cannot_be_used_is_refused(depth, code):
    with pytest.raises(InputError) as caught:
        depth_room([_frame(depth)])
    assert caught.value.code == code


def _poses():
    nan, mirrored, stretched = np.eye(4), np.diag([-1.0, 1, 1, 1]), np.diag([1.1, 1.1, 1.1, 1])
    nan[0, 3] = np.nan
    return [nan, mirrored, stretched, np.eye(3)]


@pytest.mark.parametrize("pose", _poses())
def test_poses_that_are_none_are_refused(scene, pose):
    frame = scene[1][0]
    with pytest.raises(InputError) as caught:
        depth_room([_frame(frame.depth_m, camera=frame.camera, pose=pose)])
    assert caught.value.code == "E_POSE"


def test_no_frame_is_refused():
    with pytest.raises(InputError) as caught:
        depth_room([])
    assert caught.value.code == "E_NO_FRAMES"


def test_one_plane_is_doubted():
    depth = np.full((480, 640), 2.0, np.float32)
    room = depth_room([_frame(depth)], noise=KINECT)
    assert {finding.code for finding in room.findings} >= {"W_ONE_PLANE", "W_NO_FLOOR"}
    assert len(room.planes) == 1
    assert room.planes[0].confidence <= 0.5
    assert room.obstacles is None


@pytest.mark.parametrize("factor", [4.0, 0.3])
def test_a_unit_that_is_a_few_times_off_is_doubted(factor):
    depth = np.full((480, 640), 4.0, np.float32)
    rows = np.arange(480)[:, None]
    depth = np.minimum(depth, 1.4 / np.maximum((rows - 240) / 525, 1e-3)).astype(np.float32)  # a floor before a wall
    depth = np.minimum(depth, 1.0 / np.maximum((240 - rows) / 525, 1e-3)).astype(np.float32)  # and a ceiling
    codes = {finding.code for finding in depth_room([_frame(depth * np.float32(factor))]).findings}
    assert "W_DEPTH_UNIT" in codes


def test_gravity_to_the_side_makes_no_nan(scene):
    room = depth_room(scene[1], gravity=(1, 0, 0))
    json.dumps(room_to_json(room), allow_nan=False)  # raises ValueError where a number is none


def test_a_k_of_another_resolution_is_refused(scene):
    camera = scene[1][0].camera
    wrong = Camera(k=np.diag([2.0, 2.0, 1.0]) @ camera.k, width_px=camera.width_px, height_px=camera.height_px)
    with pytest.raises(InputError) as caught:
        depth_room([_frame(scene[1][0].depth_m, camera=wrong)])
    assert caught.value.code == "E_CAMERA_SIZE"
