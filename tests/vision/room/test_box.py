"""Obstacles, tables, openings and dimensions of a room whose numbers are round."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.frames import look_at
from arviz.core.image import Image
from arviz.core.room import Plane, Room, Scale
from arviz.vision.planes.noise import EXACT
from arviz.vision.room.dimensions import dimensions
from arviz.vision.room.estimate import depth_room

CAMERA = Camera.from_fov(vertical_fov_rad=0.95, width_px=400, height_px=300)
POSE = look_at(np.array([0.0, 1.6, 2.0]), np.array([0.0, 0.5, -2.0]))
ROOM = np.array([[-2.0, 0.0, -2.5], [2.0, 2.4, 2.5]])


def _rays():
    rows, columns = np.indices((CAMERA.height_px, CAMERA.width_px))
    k = CAMERA.k
    return np.stack([(columns - k[0, 2]) / k[0, 0], (rows - k[1, 2]) / k[1, 1], np.ones(rows.shape)], axis=-1) @ POSE[:3, :3].T


def _into(low_high, rays, eye):
    """Return where rays enter and leave a box (slabs)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (low_high[0] - eye) / rays, (low_high[1] - eye) / rays
    return np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)


def _frame(*, boxes=(), door=None, hole=None, pose=POSE) -> Frame:
    """Return a frame of the room with boxes in it, and a rectangle of the far wall that is open or gives no depth."""
    rays, eye = _rays(), POSE[:3, 3]
    depth = _into(ROOM, rays, eye)[1]
    at = eye + rays * depth[..., None]
    for place, behind in ((door, 1.5), (hole, np.inf)):
        if place is not None:
            inside = (np.abs(at[..., 2] + 2.5) < 1e-6) & (at[..., :2] > place[0]).all(axis=-1) & (at[..., :2] < place[1]).all(axis=-1)
            depth = np.where(inside, depth * (1 + behind / 4.5), depth)
    for box in boxes:
        enter, leave = _into(np.array(box), rays, eye)
        depth = np.where((enter < leave) & (enter > 0), np.minimum(depth, enter), depth)
    grey = Image(pixels=np.full((CAMERA.height_px, CAMERA.width_px, 3), 99, np.uint8))
    return Frame(image=grey, camera=CAMERA, depth_m=depth.astype(np.float32), world_from_camera=pose)


def _cells(room: Room, low, high):
    """Return the part of the grid within a rectangle of x and z."""
    grid = room.obstacles
    first = np.round((np.array(low) - grid.origin_m) / grid.cell_m).astype(int)
    last = np.round((np.array(high) - grid.origin_m) / grid.cell_m).astype(int)
    return (slice(first[1], last[1]), slice(first[0], last[0]))


SOLID = ((-0.9, 0.0, -1.0), (-0.3, 0.5, -0.4))
BOARD = ((0.3, 0.70, -1.2), (1.1, 0.73, -0.6))
"""A table's top, its legs left away."""


@pytest.fixture(scope="module")
def furnished():
    return depth_room([_frame(boxes=(SOLID, BOARD))], noise=EXACT)


def test_what_stands_on_the_floor_reaches_down_to_it(furnished):
    part = _cells(furnished, (-0.85, -0.95), (-0.35, -0.45))
    assert furnished.obstacles.occupied[part].mean() > 0.95
    assert np.median(furnished.obstacles.top_m[part]) == pytest.approx(0.5, abs=0.02)
    assert (furnished.obstacles.bottom_m[part] == 0).mean() > 0.9


def test_below_a_table_is_room(furnished):
    part = _cells(furnished, (0.35, -1.15), (1.05, -0.65))
    assert furnished.obstacles.occupied[part].mean() > 0.95
    assert np.median(furnished.obstacles.top_m[part]) == pytest.approx(0.73, abs=0.02)
    assert np.median(furnished.obstacles.bottom_m[part]) > 0.6


def test_empty_floor_is_free_and_what_is_hidden_is_unseen(furnished):
    grid = furnished.obstacles
    free = _cells(furnished, (-0.2, -0.9), (0.2, 0.0))
    assert grid.seen[free].all()
    assert not grid.occupied[free].any()
    behind = _cells(furnished, (-0.85, -1.25), (-0.55, -1.1))
    assert not grid.seen[behind].any()
    assert not (grid.occupied & ~grid.seen).any()


def test_the_table_is_found_and_measured(furnished):
    heights = [length for name, length in dimensions(furnished).items() if name.startswith("table")]
    assert any(abs(length.value_m - 0.73) < max(2 * length.sigma_m, 0.003) for length in heights)


def test_a_door_is_seen_through():
    room = depth_room([_frame(door=((0.2, -1.0), (1.1, 2.05)))], noise=EXACT)
    assert [opening.kind for opening in room.openings] == ["door"]
    opening = room.openings[0]
    assert opening.confidence > 0.7
    assert np.asarray(room.planes[opening.wall].normal)[2] == pytest.approx(1, abs=1e-3)
    found = dimensions(room)
    width, height = found["door 0 width"], found["door 0 height"]
    assert width.value_m == pytest.approx(0.9, abs=0.03)
    assert height.value_m == pytest.approx(2.05, abs=0.03)


def test_missing_depth_in_a_wall_is_weak_evidence():
    room = depth_room([_frame(hole=((-0.9, 0.9), (0.1, 1.8)))], noise=EXACT)
    assert [opening.kind for opening in room.openings] == ["window"]
    assert room.openings[0].confidence <= 0.3
    assert "W_GLASS" in {finding.code for finding in room.findings}
    assert not any("window" in name for name in dimensions(room))


def test_depth_behind_a_wall_within_an_outline_may_be_a_mirror():
    room = depth_room([_frame(door=((-0.9, 0.9), (0.1, 1.8)))], noise=EXACT)
    assert [opening.kind for opening in room.openings] == ["window"]
    assert room.openings[0].confidence <= 0.5
    assert "W_MIRROR" in {finding.code for finding in room.findings}
    assert all(plane.confidence <= 0.5 for plane in room.planes if plane.offset_m > 3.5 and plane.normal[2] > 0.9)


def _wall(normal, off: float, corners) -> Plane:
    return Plane(
        kind="wall",
        normal=normal,
        offset_m=off,
        outline_m=np.array(corners, float),
        sigma_normal_rad=0.001,
        sigma_offset_m=0.003,
        source="depth",
    )


def test_opposite_walls_have_a_distance_with_both_sigmas():
    left = _wall((1, 0, 0), 1.0, [(-1, 0, 0), (-1, 2, 0), (-1, 2, 2), (-1, 0, 2)])
    right = _wall((-1, 0, 0), 3.0, [(3, 0, 0), (3, 0, 2), (3, 2, 2), (3, 2, 0)])
    room = Room(planes=(left, right), scale=Scale(sigma=0.0, source="depth"))
    length = dimensions(room)["wall 0 to wall 1"]
    assert length.value_m == pytest.approx(4.0)
    assert length.sigma_m == pytest.approx(0.003 * np.sqrt(2))
    scaled = dimensions(Room(planes=(left, right), scale=Scale(sigma=0.01, source="depth")))["wall 0 to wall 1"]
    assert scaled.sigma_m == pytest.approx(np.hypot(length.sigma_m, 0.04))
    assert dimensions(Room(planes=(left, right))) == {}


def test_a_cylinder_is_not_a_confident_plane():
    rays = _rays() @ POSE[:3, :3]  # the camera's own axes
    # A tube of 1.5 m along y around a point 1 m ahead: what is seen is its far side.
    a = rays[..., 0] ** 2 + rays[..., 2] ** 2
    half = rays[..., 2] * 1.0
    depth = (half + np.sqrt(half**2 - a * (1.0 - 1.5**2))) / a
    grey = Image(pixels=np.zeros((CAMERA.height_px, CAMERA.width_px, 3), np.uint8))
    room = depth_room([Frame(image=grey, camera=CAMERA, depth_m=depth.astype(np.float32))])
    assert all(plane.confidence <= 0.5 for plane in room.planes)


def test_a_picture_on_a_wall_is_no_wall():
    room = depth_room([_frame(boxes=(((-0.8, 0.9, -2.5), (0.4, 1.7, -2.47)),))], noise=EXACT)
    ahead = [plane for plane in room.planes if plane.normal[2] > 0.99 and plane.area_m2 > 0.5]
    assert {round(plane.offset_m, 2): plane.kind for plane in ahead} == {2.5: "wall", 2.47: "other"}


@pytest.mark.parametrize("width_px", [400, 800])
def test_a_small_table_is_found_at_any_resolution(width_px):
    frame = _frame(boxes=(BOARD,))
    step = width_px // CAMERA.width_px
    depth = np.kron(frame.depth_m, np.ones((step, step), np.float32))
    camera = CAMERA.resized(width_px=width_px, height_px=CAMERA.height_px * step)
    grey = Image(pixels=np.full((*depth.shape, 3), 99, np.uint8))
    room = depth_room([replace(frame, image=grey, camera=camera, depth_m=depth)])
    assert any(abs(plane.offset_m + 0.73) < 0.02 for plane in room.of_kind("table"))
