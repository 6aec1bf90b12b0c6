from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.vision.calibration.views import View, select, turned

TURNED = {1: lambda a: a, 6: lambda a: np.rot90(a, -1), 3: lambda a: np.rot90(a, 2), 8: lambda a: np.rot90(a, 1)}
"""What EXIF orientations do to the stored picture to show it upright."""


def view(points, *, name="view", size=(640, 480), orientation=1, blur_px=0.0):
    points = np.asarray(points, float)
    board = np.pad(points / 1000, ((0, 0), (0, 1)))
    return View(
        name=name, ids=np.arange(len(points)), points_px=points, board_m=board,
        width_px=size[0], height_px=size[1], orientation=orientation, blur_px=blur_px,
    )  # fmt: skip


def grid(dx=0.0, dy=0.0):
    x, y = np.meshgrid(np.arange(5) * 40.0 + 100 + dx, np.arange(4) * 40.0 + 100 + dy)
    return np.stack([x.reshape(-1), y.reshape(-1)], axis=1)


@pytest.mark.parametrize("upright", [1, 3, 6, 8])
def test_turning_follows_the_picture(upright):
    sensor = np.zeros((480, 640))
    sensor[37, 501] = 1
    seen = view([(501.0, 37.0)] * 8)
    now = turned(seen, upright)
    shown = TURNED[upright](sensor)
    assert (now.height_px, now.width_px) == shown.shape
    x, y = now.points_px[0].astype(int)
    assert shown[y, x] == 1


@given(st.sampled_from([1, 3, 6, 8]), st.sampled_from([1, 3, 6, 8]))
def test_turning_back_is_the_identity(a, b):
    seen = view(grid(), orientation=a)
    back = turned(turned(seen, b), a)
    assert np.allclose(back.points_px, seen.points_px)
    assert (back.width_px, back.height_px, back.orientation) == (640, 480, a)


def test_phones_held_both_ways_are_one_camera():
    upright = replace(turned(view(grid(60, 0)), 6), name="upright")
    kept, dropped = select([view(grid(), name="a"), view(grid(0, 60), name="b"), upright])
    assert dropped == []
    assert {(v.width_px, v.height_px) for v in kept} == {(640, 480)}
    assert np.allclose(kept[2].points_px, grid(60, 0))


def test_other_sizes_few_corners_blur_and_doubles_are_dropped_with_a_reason():
    sharp = [view(grid(60 * i, 0), name=f"sharp {i}", blur_px=1.5) for i in range(4)]
    others = [
        view(grid(0, 90), name="small", size=(600, 480)),
        view(grid(0, 120)[:7], name="few"),
        view(grid(0, 60), name="blurred", blur_px=9.0),
        view(grid(1, 1), name="double", blur_px=1.6),
    ]
    kept, dropped = select([*sharp, *others])
    assert [v.name for v in kept] == [v.name for v in sharp]
    assert {gone.name: gone.reason for gone in dropped} == {
        "small": "other_size",
        "few": "few_corners",
        "blurred": "blurred",
        "double": "duplicate",
    }
    assert all(gone.detail for gone in dropped)


def test_of_two_alike_the_sharper_stays():
    kept, dropped = select([view(grid(), name="soft", blur_px=2.0), view(grid(0.5, 0), name="sharp", blur_px=1.5)])
    assert [v.name for v in kept] == ["sharp"]
    assert dropped[0].name == "soft"


def test_equally_soft_pictures_stay():
    views = [view(grid(60 * i, 0), name=str(i), blur_px=6.0 + i / 10) for i in range(4)]
    assert len(select(views)[0]) == 4


def test_nothing_in_is_nothing_out():
    assert select([]) == ([], [])
