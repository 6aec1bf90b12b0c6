"""Poses of depth frames, against truth; and what must be refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.camera import Camera, Frame
from arviz.core.frames import look_at
from arviz.core.image import Image, decode
from arviz.testing.rooms import camera_effects, make_room, photo, sensor_depth
from arviz.vision.depth.picture import decode_depth
from arviz.vision.registration import register
from arviz.vision.registration.register import PARTNERS, likely_pairs
from tests.seeds import drawn_seed
from tests.vision.registration.scenes import apart, around, depth_frame, drawn_bend, relative
from tests.vision.sequence_scenes import CAMERA, Quad, papered_room

AHEAD = look_at(np.array([0.0, 1.3, 0.0]), np.array([0.0, 1.2, -2.5]))
ASIDE = look_at(np.array([0.35, 1.35, 0.1]), np.array([0.4, 1.2, -2.5]))


@pytest.fixture(scope="module")
def scene():
    """Give a room, three poses about its middle, and the frames from there."""
    rng = np.random.default_rng(drawn_seed("registration"))
    quads, poses = papered_room(rng), around(rng, [0, 25, 50])
    return quads, poses, [depth_frame(quads, pose, rng=rng) for pose in poses]


@pytest.fixture(scope="module")
def found(scene):
    return register(scene[2])


def wall(texture):
    """Return a wall of 4 x 2.5 m and nothing else."""
    return [Quad(np.array([-2.0, 0.0, -2.5]), np.array([4.0, 0.0, 0.0]), np.array([0.0, 2.5, 0.0]), texture.astype(np.float32))]


def codes(registered):
    return [finding.code for finding in registered.findings]


def test_frames_stand_where_they_were_taken(scene, found):
    poses = scene[1]
    assert codes(found) == []
    assert found.sigma_rotation_rad < np.radians(0.1)
    assert found.sigma_position_m < 0.005
    for got, true in zip(relative(found.poses), relative(poses), strict=True):
        turn, shift = apart(got, true)
        assert turn < 4 * np.sqrt(3) * found.sigma_rotation_rad + 1e-9
        assert shift < 4 * np.sqrt(3) * found.sigma_position_m + 1e-9


def test_a_bent_sensor_is_less_sure_and_says_so(scene, found):
    quads, poses, _ = scene
    rng = np.random.default_rng(drawn_seed("registration"))
    bend = drawn_bend(rng, CAMERA, sigma_px=0.1)
    got = register([depth_frame(quads, pose, rng=rng, bend=bend) for pose in poses[:2]])
    assert codes(got) == []
    assert got.sigma_position_m > found.sigma_position_m
    for pose, true in zip(relative(got.poses), relative(poses[:2]), strict=True):
        turn, shift = apart(pose, true)
        assert turn < 4 * np.sqrt(3) * got.sigma_rotation_rad + 1e-9
        assert shift < 4 * np.sqrt(3) * got.sigma_position_m + 1e-9


@given(st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_each_frame_is_tried_with_its_likeliest_partners(count, seed):
    alike = np.triu(np.random.default_rng(seed).integers(0, 90, (count, count)), 1)
    alike = alike + alike.T
    pairs = likely_pairs(alike)
    assert len(set(pairs)) == len(pairs) <= PARTNERS * count
    assert all(first < second for first, second in pairs)
    for frame in range(count):
        partners = [second if first == frame else first for first, second in pairs if frame in (first, second)]
        assert len(partners) >= min(PARTNERS, count - 1)
        assert count == 1 or alike[frame].max() == alike[frame, partners].max()


def test_their_world_is_that_of_a_room(scene, found):
    poses, first = scene[1], found.poses[0]
    assert np.allclose(first[[0, 2], 3], 0)
    assert abs(first[1, 3] - poses[0][1, 3]) < 0.01
    assert np.degrees(np.arccos(first[1, :3] @ poses[0][1, :3])) < 0.3
    assert first[2, 2] < -0.5


def test_the_same_frames_give_the_same_answer(scene, found):
    assert np.array_equal(register(scene[2]).poses, found.poses)


def test_a_frame_of_another_room_is_left_out(scene):
    _, poses, frames = scene
    rng = np.random.default_rng(drawn_seed())
    other = depth_frame(papered_room(rng), poses[1], rng=rng)
    found = register([frames[0], other, frames[1]], names=("a", "b", "c"))
    assert [pose is not None for pose in found.poses] == [True, False, True]
    assert [(finding.code, finding.where) for finding in found.findings] == [("W_FRAME_NOT_REGISTERED", "b")]


def test_a_wall_that_two_rooms_share_does_not_make_them_one(scene):
    quads, poses, frames = scene
    rng = np.random.default_rng(drawn_seed())
    other = papered_room(rng)
    other[1] = quads[1]
    assert register([frames[0], depth_frame(other, poses[1], rng=rng)]).poses == (None, None)


def test_a_repeated_frame_counts_once(scene):
    frames = scene[2]
    found = register([frames[0], frames[0], frames[1]])
    assert [pose is not None for pose in found.poses] == [True, False, True]
    assert codes(found) == ["W_FRAME_REPEATED"]


def test_frames_without_overlap_stay_alone(scene):
    quads, poses, frames = scene
    eye = poses[0][:3, 3]
    behind = depth_frame(quads, look_at(eye, eye - poses[0][:3, 2]), rng=np.random.default_rng(drawn_seed()))
    found = register([frames[0], behind])
    assert found.poses == (None, None)
    assert codes(found) == ["W_FRAME_NOT_REGISTERED"]


def test_along_a_white_wall_frames_slide():
    rng = np.random.default_rng(drawn_seed())
    white = wall(np.full((625, 1000), 0.8))
    assert register([depth_frame(white, pose, rng=rng) for pose in (AHEAD, ASIDE)]).poses == (None, None)


def test_about_a_single_spot_on_a_white_wall_frames_turn():
    rng = np.random.default_rng(drawn_seed())
    texture = np.full((625, 1000), 0.8)
    texture[280:320, 480:520] = np.kron(rng.uniform(0.1, 0.9, (10, 10)), np.ones((4, 4)))
    found = register([depth_frame(wall(texture), pose, rng=rng) for pose in (AHEAD, ASIDE)])
    if found.poses[0] is not None:
        turn, shift = apart(relative(found.poses)[1], relative((AHEAD, ASIDE))[1])
        assert turn < 5 * np.sqrt(3) * found.sigma_rotation_rad
        assert shift < 5 * np.sqrt(3) * found.sigma_position_m


def test_along_wallpaper_that_repeats_frames_slide():
    rng = np.random.default_rng(drawn_seed())
    tile = np.kron(rng.uniform(0.2, 0.9, (12, 12)), np.ones((5, 5)))
    papered = wall(np.tile(tile, (10, 16)))
    assert register([depth_frame(papered, pose, rng=rng) for pose in (AHEAD, ASIDE)]).poses == (None, None)


def test_grey_pictures_say_nothing():
    room = make_room(drawn_seed(), kind="box", views=2)
    rng = np.random.default_rng(room.seed)
    grey = Image(pixels=np.full((480, 640, 3), 128, np.uint8))
    frames = [Frame(image=grey, camera=view.camera, depth_m=sensor_depth(room.depth(view), view.camera, rng=rng)) for view in room.views]
    assert register(frames).poses == (None, None)


def test_depth_may_be_smaller_than_the_picture(scene):
    _, poses, frames = scene
    smaller = [replace(frame, depth_m=frame.depth_m[::2, ::2]) for frame in frames[:2]]
    turn, shift = apart(relative(register(smaller).poses)[1], relative(poses)[1])
    # Every second pixel is half a pixel off the middle of two.
    assert turn < np.radians(0.5)
    assert shift < 0.02


def test_gravity_says_where_up_is(scene):
    _, poses, frames = scene
    down = poses[0][:3, :3].T @ (0.0, -1.0, 0.0)
    found = register(frames[:2], gravity=down)
    assert np.degrees(np.arccos(np.clip(-(found.poses[0][:3, :3] @ down)[1], -1, 1))) < 1


def test_a_redwood_room(data):
    folder = data / "room" / "redwood"
    camera = Camera(k=np.array([[525.0, 0, 319.5], [0, 525, 239.5], [0, 0, 1]]), width_px=640, height_px=480)
    frames = [
        Frame(
            image=decode((folder / "color" / f"{name}.jpg").read_bytes()),
            camera=camera,
            depth_m=decode_depth((folder / "depth" / f"{name}.png").read_bytes(), scale=None),
        )
        for name in ("00000", "00001", "00002")
    ]
    numbers = [line.split() for line in (folder / "trajectory.log").read_text().splitlines()]
    truth = np.array([line for line in numbers if len(line) == 4], float).reshape(-1, 4, 4)
    found = register(frames)
    for got, true in zip(relative(found.poses)[1:], relative(truth[:3])[1:], strict=True):
        turn, shift = apart(got, true)
        assert turn < np.radians(0.1)
        assert shift < 0.003


@pytest.mark.slow
def test_ray_traced_rooms():
    """Of pairs of photos from furnished rooms with plain walls most are placed, within their sigmas; none wrongly."""
    rng = np.random.default_rng(drawn_seed())
    frames, poses = [], []
    for room in (make_room(int(rng.integers(2**31)), views=3) for _ in range(2)):
        for view in room.views:
            depth, _ = room.seen(view)
            noisy = sensor_depth(depth, view.camera, rng=rng, lost=room.glass(view))
            picture = camera_effects(photo(room, view, rng=rng), rng=rng)
            frames.append(Frame(image=picture, camera=view.camera, depth_m=noisy))
            poses.append(view.world_from_camera)
    placed = 0
    for start in range(0, len(frames), 3):
        stranger = (start + 3) % len(frames)
        found = register([*frames[start : start + 3], frames[stranger]])
        assert found.poses[3] is None
        if found.poses[0] is None:
            continue
        for index in (1, 2):
            if found.poses[index] is None:
                continue
            placed += 1
            turn, shift = apart(*(relative((p[0], p[index]))[1] for p in (found.poses, poses[start : start + 3])))
            assert turn < 5 * np.sqrt(3) * found.sigma_rotation_rad
            assert shift < 5 * np.sqrt(3) * found.sigma_position_m
    assert placed >= 2
