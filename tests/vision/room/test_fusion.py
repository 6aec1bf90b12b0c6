"""Surfaces of several frames become one, with honest uncertainty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.frames import look_at
from arviz.core.image import Image
from arviz.vision.planes.noise import KINECT
from arviz.vision.room.estimate import depth_room
from arviz.vision.room.fusion import fused_surface, in_line, scattered_surface
from arviz.vision.room.surface import Surface, axes_of

CAMERA = Camera.from_fov(vertical_fov_rad=0.85, width_px=320, height_px=240)


def _surface(*, tilt: float = 0.0, off_m: float = 0.0, centre=(0.0, 0.0, 0.0), sigma: float = 0.001) -> Surface:
    normal = np.array([np.sin(tilt), np.cos(tilt), 0.0])
    middle = np.array(centre) + normal * off_m
    axes = axes_of(normal)
    covariance = np.zeros((4, 4))
    covariance[:3, :3] = sigma**2 * axes.T @ axes
    covariance[3, 3] = sigma**2
    return Surface(
        normal=normal,
        offset_m=-float(normal @ middle),
        centre_m=middle,
        covariance=covariance,
        pixels=1000,
        confidence=1.0,
        members=((0, 1),),
    )


def test_two_equal_surfaces_halve_the_variance():
    one = _surface()
    fused = fused_surface([one, one])
    np.testing.assert_allclose(fused.normal, one.normal, atol=1e-9)
    assert fused.sigma_at_m(fused.centre_m) == pytest.approx(one.sigma_at_m(one.centre_m) / np.sqrt(2), rel=0.01)


def test_surfaces_that_scatter_are_less_sure():
    apart = fused_surface([_surface(off_m=0.01), _surface(off_m=-0.01)])
    assert apart.sigma_at_m(apart.centre_m) > 3 * fused_surface([_surface(), _surface()]).sigma_at_m(np.zeros(3))
    assert abs(float(apart.height_m(np.zeros(3)))) < 1e-6


def test_the_surer_surface_weighs_more():
    fused = fused_surface([_surface(off_m=0.01, sigma=0.01), _surface(off_m=0.0, sigma=0.001)])
    assert abs(float(fused.height_m(np.zeros(3)))) < 0.001


def test_moving_a_surface_moves_its_uncertainty():
    one = _surface(centre=(1.0, 0.0, 2.0))
    pose = look_at(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.5, 0.0]))
    moved = one.moved(pose)
    points = np.random.default_rng(0).normal(0, 2, (10, 3))
    there = points @ pose[:3, :3].T + pose[:3, 3]
    np.testing.assert_allclose(moved.height_m(there), one.height_m(points), atol=1e-12)
    np.testing.assert_allclose(moved.sigma_at_m(there), one.sigma_at_m(points), rtol=1e-9)


def test_a_sheet_in_front_is_not_in_line():
    assert in_line(_surface(), _surface(centre=(1.0, 0.0, 0.0)))
    assert not in_line(_surface(), _surface(off_m=0.05, centre=(1.0, 0.0, 0.0)))
    assert not in_line(_surface(), _surface(tilt=np.radians(5), centre=(1.0, 0.0, 0.0)))


def _box_depth(pose, *, half=(2.0, 2.4, 2.5)):
    """Return the exact depth of an empty box seen from inside: x and z within +- half, y from 0 to half[1]."""
    rows, columns = np.indices((CAMERA.height_px, CAMERA.width_px))
    k = CAMERA.k
    rays = np.stack([(columns - k[0, 2]) / k[0, 0], (rows - k[1, 2]) / k[1, 1], np.ones(rows.shape)], axis=-1) @ pose[:3, :3].T
    eye = pose[:3, 3]
    low, high = np.array([-half[0], 0, -half[2]]), np.array([half[0], half[1], half[2]])
    with np.errstate(divide="ignore"):
        return np.where(rays > 0, (high - eye) / rays, (low - eye) / rays).min(axis=-1).astype(np.float32)


def _box_frames(targets, *, shift=(0.0, 0.0, 0.0)):
    eye = np.array([0.3, 1.5, 0.2])
    poses = [look_at(eye, np.array(target)) for target in targets]
    grey = Image(pixels=np.full((CAMERA.height_px, CAMERA.width_px, 3), 99, np.uint8))
    moved = np.eye(4)
    moved[:3, 3] = shift
    return [Frame(image=grey, camera=CAMERA, depth_m=_box_depth(p), world_from_camera=moved @ p) for p in poses]


def test_posed_frames_keep_their_world_and_become_one_floor():
    room = depth_room(_box_frames([(0, 0.4, -2.4), (1.2, 0.4, -2.0), (2, 0.4, -0.8)], shift=(5.0, 1.0, -3.0)))
    floors = room.of_kind("floor")
    assert len(floors) == 1
    np.testing.assert_allclose(floors[0].normal, (0, 1, 0), atol=2e-3)
    assert floors[0].offset_m == pytest.approx(-1.0, abs=0.01)
    walls = {tuple(np.round(plane.normal).astype(int)): plane.offset_m for plane in room.of_kind("wall") if plane.area_m2 > 1}
    assert walls[0, 0, 1] == pytest.approx(2.5 + 3.0, abs=0.01)
    assert walls[-1, 0, 0] == pytest.approx(2.0 + 5.0, abs=0.01)
    assert len(room.views) == 3


def test_frames_without_overlap_are_told():
    room = depth_room(_box_frames([(0, 0.4, -2.4), (0.3, 0.6, 2.4)]))
    assert "W_NO_OVERLAP" in {finding.code for finding in room.findings}


def test_frames_without_poses_leave_the_first():
    frames = [replace(frame, world_from_camera=None) for frame in _box_frames([(0, 0.4, -2.4), (1.2, 0.4, -2.0)])]
    room = depth_room(frames)
    assert len(room.views) == 1
    assert "W_NO_POSE" in {finding.code for finding in room.findings}


def test_floor_and_wall_share_their_edge():
    room = depth_room(_box_frames([(0, 0.2, -2.4)]))
    wall = next(plane for plane in room.of_kind("wall") if plane.normal[2] > 0.9)
    on_wall = np.abs(wall.distance_m(room.floor.outline_m)) < 1e-6
    on_floor = np.abs(room.floor.distance_m(wall.outline_m)) < 1e-6
    assert on_wall.sum() >= 2
    assert on_floor.sum() >= 2


def test_gravity_that_contradicts_itself_is_refused():
    from arviz.core.errors import InputError

    frame = _box_frames([(0, 0.2, -2.4)])[0]
    up = frame.world_from_camera[1, :3]
    for gravity, one in ((up, frame), (up, replace(frame, world_from_camera=None)), ((0, 0, 0), frame), ((np.nan, 1, 0), frame)):
        with pytest.raises(InputError) as caught:
            depth_room([one], gravity=gravity)
        assert caught.value.code == "E_GRAVITY"
    room = depth_room([replace(frame, world_from_camera=None)], gravity=-up)
    assert room.floor is not None


def test_a_camera_turned_on_its_side_needs_gravity():
    frame = _box_frames([(0, 0.2, -2.4)])[0]
    depth = np.rot90(frame.depth_m).copy()
    k = CAMERA.k
    turned = Camera(
        k=np.array([[k[1, 1], 0, k[1, 2]], [0, k[0, 0], CAMERA.width_px - 1 - k[0, 2]], [0, 0, 1]]),
        width_px=CAMERA.height_px,
        height_px=CAMERA.width_px,
    )
    down = -frame.world_from_camera[1, :3]
    image = Image(pixels=np.zeros((*depth.shape, 3), np.uint8))
    room = depth_room([Frame(image=image, camera=turned, depth_m=depth)], gravity=(down[1], -down[0], down[2]))
    assert room.floor is not None
    assert room.views[0].world_from_camera[1, 3] == pytest.approx(1.5, abs=0.01)
    assert any(plane.kind == "wall" for plane in room.planes)


def test_the_camera_may_be_the_pictures():
    frame = replace(_box_frames([(0, 0.2, -2.4)])[0], world_from_camera=None)
    large = CAMERA.resized(width_px=1280, height_px=960)
    room = depth_room([replace(frame, camera=large)])
    assert room.views[0].world_from_camera[1, 3] == pytest.approx(1.5, abs=0.01)
    assert (room.views[0].camera.width_px, room.views[0].camera.height_px) == (320, 240)


def test_pieces_that_agree_are_fused_and_others_keep_their_scatter():
    agreeing = scattered_surface([_surface(), _surface(off_m=0.0005)], weights=[1.0, 3.0])
    assert agreeing.sigma_at_m(agreeing.centre_m) == pytest.approx(0.001 / np.sqrt(2), rel=0.01)
    apart = scattered_surface([_surface(), _surface(off_m=0.04)], weights=[3.0, 1.0])
    assert float(apart.height_m(np.zeros(3))) == pytest.approx(-0.01, abs=1e-6)
    assert apart.sigma_at_m(apart.centre_m) == pytest.approx(0.04 * np.sqrt(3) / 4, rel=0.01)


@pytest.mark.parametrize("step_m", [0.02, 0.028])
def test_a_floor_that_the_sensor_breaks_is_one(step_m):
    room = depth_room([replace(frame, depth_m=_broken(frame, step_m)) for frame in _box_frames([(0, 0.2, -2.4)])], noise=KINECT)
    assert len(room.of_kind("floor")) == 1
    assert room.floor.sigma_offset_m > step_m / 4
    assert abs(room.floor.offset_m) < step_m
    assert room.floor.outline_m[:, 0].min() < -0.5
    assert room.floor.outline_m[:, 0].max() > 0.5


def _broken(frame, step_m: float):
    """Return the depth with the floor's right half raised, as far as its pixels show it."""
    pose, depth = frame.world_from_camera, frame.depth_m
    points = frame.camera.rays(np.stack(np.meshgrid(*map(np.arange, depth.shape[::-1])), axis=-1)) * depth[..., None]
    world = points @ pose[:3, :3].T + pose[:3, 3]
    raised = (world[..., 1] < 0.01) & (world[..., 0] > 0)
    return np.where(raised, depth * (1 - step_m / pose[1, 3]), depth).astype(np.float32)


def test_poses_that_are_unsure_count_where_not_all_frames_see_a_surface():
    frames = _box_frames([(0, 0.2, -2.4), (1.2, 0.4, -2.0), (-1.2, 0.3, -1.0)])
    exact, unsure = depth_room(frames), depth_room(frames, sigma_rotation_rad=0.005, sigma_position_m=0.015)
    grown = [b.sigma_offset_m - a.sigma_offset_m for a, b in zip(exact.planes, unsure.planes, strict=True)]
    assert max(grown) > 0.003
    assert min(grown) > -0.001
    assert {(view.sigma_rotation_rad, view.sigma_position_m) for view in unsure.views} == {(0.005, 0.015)}


def test_an_unsure_focal_length_tilts_what_is_seen_aslant_and_scales_the_rest():
    frame = replace(_box_frames([(0, 0.2, -2.4)])[0], world_from_camera=None)
    unsure = replace(frame, camera=replace(frame.camera, sigma_f_px=0.02 * frame.camera.k[0, 0]))
    exact, wide = depth_room([frame]), depth_room([unsure])
    assert exact.scale is not None
    assert wide.scale is not None
    assert wide.scale.sigma == pytest.approx(np.hypot(exact.scale.sigma, 0.02))
    assert wide.floor.sigma_normal_rad > 1.5 * exact.floor.sigma_normal_rad


def test_what_all_frames_get_wrong_together_no_mean_makes_right():
    parts = [_surface() for _ in range(16)]
    shared = fused_surface(parts, common=0.5)
    assert shared.sigma_at_m(shared.centre_m) == pytest.approx(0.001 * np.sqrt(0.5 + 0.5 / 16), rel=0.01)
