"""Lengths on planes of rooms that are written down, not measured."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.errors import InputError
from arviz.core.frames import look_at
from arviz.core.room import Plane, Room, Scale, View
from arviz.vision.photo.measure import measure_length
from tests.vision.photo.scenes import shot

CAMERA = shot().camera


def plane(kind: str, normal: tuple[float, ...], offset_m: float, outline: list[list[float]], **sigmas: float) -> Plane:
    return Plane(
        kind=kind,  # type: ignore[arg-type]
        normal=normal,
        offset_m=offset_m,
        outline_m=np.array(outline, float).reshape(-1, 3),
        sigma_normal_rad=sigmas.get("normal", 0.0),
        sigma_offset_m=sigmas.get("offset", 0.0),
        source=str(sigmas.get("source", "photo")),
    )


FLOOR = plane("floor", (0, 1, 0), 0, [[-2, 0, 0], [2, 0, 0], [2, 0, -3], [-2, 0, -3]])
WALL = plane("wall", (0, 0, 1), 3, [[-2, 0, -3], [2, 0, -3], [2, 2.5, -3], [-2, 2.5, -3]])
TABLE = plane("table", (0, 1, 0), -0.7, [[-0.5, 0.7, -1.5], [0.5, 0.7, -1.5], [0.5, 0.7, -2.2], [-0.5, 0.7, -2.2]])


def room(*planes: Plane, scale: float = 0.0, views: int = 1, **sigmas: float) -> Room:
    view = View(camera=CAMERA, world_from_camera=look_at(np.array([0.3, 1.5, 0]), np.array([0, 0.9, -3])), **sigmas)
    return Room(planes=planes, scale=Scale(sigma=scale, source="truth"), views=(view,) * views)


def seen(there: Room, points: list[list[float]]) -> np.ndarray:
    pose = there.views[0].world_from_camera
    return CAMERA.project_distorted((np.array(points) - pose[:3, 3]) @ pose[:3, :3])


@pytest.mark.parametrize(
    ("points", "where"),
    [
        ([[-1, 0, -2.6], [0.9, 0, -2.4]], 0),
        ([[-1, 0.5, -3], [0.5, 1.9, -3]], 1),
        ([[-0.4, 0.7, -1.6], [0.3, 0.7, -2.1]], 2),
    ],
)
def test_lengths_lie_on_the_nearest_plane_that_holds_both_places(points: list[list[float]], where: int):
    there = room(FLOOR, WALL, TABLE)
    ends = seen(there, points)
    length = measure_length(there, *ends)
    assert length is not None
    assert length.value_m == pytest.approx(float(np.linalg.norm(np.subtract(*points))), abs=1e-9)
    assert measure_length(there, *ends, plane=where) == length


def test_each_place_lies_on_the_plane_that_it_is_seen_on():
    there = room(FLOOR, WALL, TABLE)
    points = [[-1.2, 0, -2.0], [0.8, 1.4, -3]]  # on the floor, and on the wall
    ends = seen(there, points)
    length = measure_length(there, *ends, click_sigma_px=0)
    assert length is not None
    assert length.value_m == pytest.approx(float(np.linalg.norm(np.subtract(*points))), abs=1e-9)
    assert length.sigma_m == 0
    moved = room(replace_sigmas(FLOOR, {"offset": 0.004}), replace_sigmas(WALL, {"offset": 0.003}))
    sigma = measure_length(moved, *ends, click_sigma_px=0).sigma_m
    # What the planes' offsets do, by moving each plane along its normal by its sigma.
    eye, along = there.views[0].world_from_camera[:3, 3], np.array(points) - there.views[0].world_from_camera[:3, 3]
    ahead = [[eye + along[0] * (1 - 0.004 / eye[1]), points[1]], [points[0], eye + along[1] * (1 - 0.003 / 3)]]
    steps = [np.linalg.norm(np.subtract(*pair)) - length.value_m for pair in ahead]
    assert sigma == pytest.approx(np.hypot(*steps), rel=0.01)


def test_places_outside_of_all_outlines_are_taken_to_be_on_the_floor():
    there = room(FLOOR, TABLE)
    length = measure_length(there, *seen(there, [[1.0, 0, -3.4], [1.9, 0, -3.4]]))
    assert length is not None
    assert length.value_m == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("sigmas", "scale", "expected"),
    [
        ({"offset": 0.015}, 0.0, 0.015 / 1.5),  # all rays are 1 % shorter or longer: so are lengths
        ({}, 0.01, 0.01),
        ({"offset": 0.015}, 0.01, np.hypot(0.01, 0.01)),
    ],
)
def test_sigma_of_an_offset_and_of_scale_by_hand(sigmas: dict[str, float], scale: float, expected: float):
    there = room(replace_sigmas(FLOOR, sigmas), scale=scale)
    length = measure_length(there, *seen(there, [[-0.5, 0, -2], [0.5, 0, -2]]), click_sigma_px=0)
    assert length is not None
    assert length.sigma_m == pytest.approx(expected, rel=1e-4)


def replace_sigmas(surface: Plane, sigmas: dict[str, float]) -> Plane:
    return replace(surface, sigma_normal_rad=sigmas.get("normal", 0.0), sigma_offset_m=sigmas.get("offset", 0.0))


def test_sigma_of_a_tilt_and_of_clicks_by_brute_force():
    ends = seen(room(FLOOR), [[-0.6, 0, -2.2], [0.5, 0, -2.8]])
    tilted = measure_length(room(replace_sigmas(FLOOR, {"normal": 0.01})), *ends, click_sigma_px=0.8)
    assert tilted is not None
    rng = np.random.default_rng(1)
    middle, values = FLOOR.outline_m.mean(axis=0), []
    for _ in range(400):
        normal = np.array([rng.normal(0, 0.01), 1, rng.normal(0, 0.01)])
        normal /= np.linalg.norm(normal)
        moved = replace(FLOOR, normal=tuple(normal), offset_m=float(-normal @ middle))
        there = room(moved)
        length = measure_length(there, *(ends + rng.normal(0, 0.8, (2, 2))), plane=0)
        assert length is not None
        values.append(length.value_m)
    assert tilted.sigma_m == pytest.approx(float(np.std(values)), rel=0.2)


def test_the_pose_counts_once_there_are_several_views():
    one = room(FLOOR, sigma_rotation_rad=0.01, sigma_position_m=0.02)
    several = room(FLOOR, views=2, sigma_rotation_rad=0.01, sigma_position_m=0.02)
    ends = seen(one, [[-0.5, 0, -2], [0.5, 0, -2]])
    alone, together = measure_length(one, *ends, click_sigma_px=0), measure_length(several, *ends, click_sigma_px=0)
    assert alone is not None
    assert together is not None
    assert alone.sigma_m < 1e-6 < together.sigma_m


def test_what_cannot_be_measured_is_none():
    there = room(WALL)
    assert measure_length(replace(there, scale=None), (400, 300), (500, 300)) is None
    assert measure_length(there, (100, 740), (900, 740)) is None  # nothing there holds them, and there is no floor
    level = room(plane("other", (0, 1, 0), -1.5, []))  # through the camera: only seen edge on
    assert measure_length(level, (400, 300), (500, 300), plane=0) is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"p_px": (1, 1), "q_px": (1, 1)}, "E_POINTS_EQUAL"),
        ({"p_px": (1, 1), "q_px": (1, 4000)}, "E_POINT_OUTSIDE"),
        ({"p_px": (1, 1), "q_px": (1, np.nan)}, "E_POINT_OUTSIDE"),
        ({"p_px": (1, 1), "q_px": (5, 5), "view": 3}, "E_ROOM_INDEX"),
        ({"p_px": (1, 1), "q_px": (5, 5), "plane": -1}, "E_ROOM_INDEX"),
    ],
)
def test_questions_without_sense_are_refused(arguments: dict, code: str):
    with pytest.raises(InputError) as raised:
        measure_length(room(FLOOR), **arguments)
    assert raised.value.code == code
