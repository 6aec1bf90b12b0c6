"""What is drawn over a frame lies where the room is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.errors import InputError
from arviz.core.frames import look_at
from arviz.core.image import Image
from arviz.core.length import Length
from arviz.core.room import HeightGrid, Plane, Room, Scale, View
from arviz.vision.drawing import COLOURS, draw_room
from arviz.vision.plane_picture import plane_picture

CAMERA = Camera(k=np.array([[200.0, 0, 159.5], [0, 200, 119.5], [0, 0, 1]]), width_px=320, height_px=240, distortion=(-0.2, 0.05, 0.001, 0))
POSE = look_at((0.3, 1.5, 2.5), (0, 0.3, 0))
SQUARE = np.array([[-0.5, 0, -0.5], [-0.5, 0, 0.5], [0.5, 0, 0.5], [0.5, 0, -0.5]])


def _room(outline=SQUARE, **more) -> Room:
    floor = Plane(
        kind="floor",
        normal=(0, 1, 0),
        offset_m=0,
        outline_m=outline,
        sigma_normal_rad=0,
        sigma_offset_m=0.001,
        source="truth",
        extent="given",
    )
    return Room(planes=(floor,), views=(View(camera=CAMERA, world_from_camera=POSE),), scale=Scale(sigma=0, source="truth"), **more)


def _grey(value: int = 90) -> Image:
    return Image(pixels=np.full((240, 320, 3), value, np.uint8))


def _rays_on_floor() -> np.ndarray:
    """Return the point of y = 0 that each pixel of the camera shows, (H, W, 3): by inverting the lens, not by projecting."""
    from arviz.core.lens import undistort

    x, y = np.meshgrid(np.arange(320), np.arange(240))
    seen = undistort((np.stack([x, y], -1) - CAMERA.k[:2, 2]) / CAMERA.k[[0, 1], [0, 1]], CAMERA.distortion)
    rays = np.concatenate([seen, np.ones_like(seen[..., :1])], -1) @ POSE[:3, :3].T
    return POSE[:3, 3] + rays * (-POSE[1, 3] / rays[..., 1:2])


def test_a_floor_is_tinted_exactly_where_it_is_seen():
    drawn = draw_room(_grey(), _room())
    points = _rays_on_floor()
    inside = (np.abs(points[..., 0]) < 0.49) & (np.abs(points[..., 2]) < 0.49)
    outside = (np.abs(points[..., 0]) > 0.57) | (np.abs(points[..., 2]) > 0.57)
    tinted = (drawn.pixels != 90).any(axis=-1)
    assert inside.sum() > 2000
    assert tinted[inside].all()
    assert not tinted[outside].any()


def test_a_floor_that_reaches_behind_the_camera_is_clipped():
    drawn = draw_room(_grey(), _room(SQUARE * 40))
    points = _rays_on_floor()
    ahead = np.linalg.norm(points - POSE[:3, 3], axis=-1) < 8
    below = (np.einsum("hwc,c->hw", points - POSE[:3, 3], POSE[:3, 2]) > 0) & ahead
    assert (drawn.pixels[below] != 90).any(axis=-1).mean() > 0.999


def test_obstacles_are_drawn_on_their_cells():
    seen = np.ones((8, 8), bool)
    top = np.zeros((8, 8), np.float32)
    top[1, 6] = 0.4
    grid = HeightGrid(origin_m=(-0.4, -0.4), cell_m=0.1, seen=seen, bottom_m=top * 0, top_m=top, sigma_m=0.01)
    drawn = draw_room(_grey(), _room(obstacles=grid)).pixels.astype(int)
    points = _rays_on_floor()
    cell = (np.abs(points[..., 0] - 0.25) < 0.04) & (np.abs(points[..., 2] + 0.25) < 0.04)
    away = np.hypot(points[..., 0] - 0.25, points[..., 2] + 0.25) > 0.1
    orange = drawn[..., 0] - drawn[..., 2] > 60
    assert orange[cell].all()
    assert not orange[away].any()


def test_a_length_says_its_sigma_and_nothing_else_moves():
    ends = np.array([[100.0, 120], [200, 120]])
    with_length = draw_room(_grey(), _room(), lengths=[(ends, Length(1.204, 0.009))])
    without = draw_room(_grey(), _room())
    changed = np.argwhere((with_length.pixels != without.pixels).any(axis=-1))
    assert changed[:, 0].min() >= 105
    assert changed[:, 0].max() <= 135
    assert str(Length(1.204, 0.009)) == "1204 +- 9 mm"


def test_wrong_views_and_sizes_are_refused():
    with pytest.raises(InputError, match="view"):
        draw_room(_grey(), _room(), view=1)
    with pytest.raises(InputError, match="size"):
        draw_room(Image(pixels=np.zeros((240, 100, 3), np.uint8)), _room())


def test_a_plane_seen_straight_on_has_the_photos_colours():
    points = _rays_on_floor()
    pixels = np.full((240, 320, 3), 60, np.uint8)
    pixels[(points[..., 0] > 0) & (np.abs(points[..., 2]) < 0.5)] = (200, 30, 30)  # the half to the right is red
    frame = Frame(image=Image(pixels=pixels), camera=CAMERA)
    room = _room()
    seen = plane_picture(room.floor, room.views, (frame,))
    rows = seen.image.pixels[8:-8].astype(int)  # less the ends, where red and grey meet
    corner_u = dict(zip(map(tuple, room.floor.outline_m.tolist()), seen.uv[:, 0], strict=True))
    # Which side of the picture +x is on, the corners' own coordinates say.
    right = corner_u[(0.5, 0.0, 0.5)] > corner_u[(-0.5, 0.0, 0.5)]
    half = rows.shape[1] // 2
    red, grey = (rows[:, half + 4 :], rows[:, : half - 4]) if right else (rows[:, : half - 4], rows[:, half + 4 :])
    assert np.abs(red[:, 4:-4] - (200, 30, 30)).max() < 40
    assert np.abs(grey[:, 4:-4] - 60).max() < 40


def test_what_stands_in_front_is_not_painted_on_the_plane():
    frame = Frame(image=_grey(), camera=CAMERA, depth_m=np.full((240, 320), 0.5, np.float32))
    room = _room()
    assert plane_picture(room.floor, room.views, (frame,)) is None
    assert plane_picture(room.floor, room.views, (replace(frame, depth_m=None),)) is not None


def test_every_kind_has_a_colour():
    assert {"floor", "wall", "ceiling", "table", "other", "door", "window", "passage"} <= COLOURS.keys()
