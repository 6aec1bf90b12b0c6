"""The sun through a window: found by its edges on the floor, and taken only for what stands in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.frozen import Array
from arviz.core.room import Room, RoomSun
from arviz.testing.rooms import RoomLight, camera_effects, make_room
from arviz.testing.rooms import photo as ray_traced
from arviz.vision.estimate_room import estimate_room
from arviz.vision.light import estimate_light
from arviz.vision.light.places import upright
from arviz.vision.light.samples import picture
from arviz.vision.light.shadow_edges import Edge, chance, parallel
from arviz.vision.light.sun import Sun, room_sun, sun
from tests.vision.light.scenes import DEPTH_M, WIDTH_M, bare_room, in_the_sun, photo, sunny_photo

EYE, TARGET = np.array([0.3, 1.5, 2.2]), np.array([-0.2, 1.0, -2.0])
SUNS = [(-0.8, 0.5, -0.2), (-0.7, 0.6, 0.3), (-0.9, 0.45, 0.05), (-0.75, 0.5, -0.3)]


def unit(vector: tuple[float, float, float]) -> Array:
    return np.array(vector) / np.linalg.norm(vector)


def floor_in(to_sun: Array, *, lit: bool) -> Array:
    """Return the middle of the floor's part in the sun, or a place far from it."""
    x, z = np.meshgrid(np.linspace(-0.45, 0.45, 60) * WIDTH_M, np.linspace(-0.45, 0.45, 60) * DEPTH_M)
    points = np.stack([x.ravel(), np.zeros(x.size), z.ravel()], axis=1)
    shining = points[in_the_sun(points, to_sun)]
    if lit:
        return shining[((shining - np.median(shining, axis=0)) ** 2).sum(axis=1).argmin()] + [0.12, 0, 0]
    seen = points[np.abs(points[:, 2]) < 0.5]
    return seen[((seen[:, None] - shining) ** 2).sum(axis=-1).min(axis=1).argmax()]


@pytest.mark.parametrize("to_sun", SUNS)
def test_the_sun_is_found_by_what_its_window_throws_on_the_floor(to_sun: tuple[float, float, float]) -> None:
    room, truth = bare_room(EYE, TARGET), unit(to_sun)
    seen = picture(sunny_photo(room, truth))
    found = sun(seen, room, room.views[0].world_from_camera, upright(room)[0])
    assert found is not None
    apart = np.arccos(np.clip(found.to_sun @ truth, -1, 1))
    assert apart < np.radians(12)
    assert apart < 2 * found.sigma_rad


@pytest.mark.parametrize("to_sun", SUNS)
def test_only_what_stands_in_the_sun_is_lit_by_it(to_sun: tuple[float, float, float]) -> None:
    room, truth = bare_room(EYE, TARGET), unit(to_sun)
    frame = sunny_photo(room, truth)
    found = sun(picture(frame), room, room.views[0].world_from_camera, upright(room)[0])
    assert found is not None
    light = estimate_light(frame, room, at_m=floor_in(truth, lit=True))
    if found.sure:
        assert light.source == "shadow"
        assert np.arccos(np.clip(np.array(light.to_light) @ truth, -1, 1)) < np.radians(12)
        assert light.angular_radius_rad < 0.01  # hard shadows
        assert light.directional_share > 0.6  # ten times the light from all around, times the cosine
    shade = estimate_light(frame, room, at_m=floor_in(truth, lit=False))
    assert shade.angular_radius_rad > 0.01


def test_a_room_lit_by_a_lamp_has_no_sun() -> None:
    room = bare_room(EYE, TARGET)
    for seed in range(4):
        lamp = np.array([np.random.default_rng(seed).uniform(-1.2, 1.2), 1.8, -1.5])
        found = sun(picture(photo(room, lamp, seed=seed)), room, room.views[0].world_from_camera, upright(room)[0])
        assert found is None or not found.sure


EYES = (EYE, np.array([1.4, 1.4, 2.0]), np.array([0.9, 1.6, 0.4]), np.array([1.5, 1.3, -1.8]))
TARGETS = (TARGET, np.array([-1.5, 0.8, -1.0]), np.array([-2.0, 0.6, -1.5]), np.array([-0.5, 0.4, 0.8]))


def sunny_room(truth: Array, *, seed: int = 0) -> tuple[Room, tuple[Frame, ...]]:
    """Return a room seen from four places, and its photos."""
    each = [bare_room(eye, target) for eye, target in zip(EYES, TARGETS, strict=True)]
    return replace(each[0], views=tuple(one.views[0] for one in each)), tuple(sunny_photo(one, truth, seed=seed) for one in each)


def suns(frames: tuple[Frame, ...], room: Room) -> list[Sun | None]:
    return [sun(picture(frame), room, frame.world_from_camera, upright(room)[0]) for frame in frames]


@pytest.mark.parametrize("to_sun", SUNS)
def test_the_sun_of_a_room_is_that_of_its_surest_photo(to_sun: tuple[float, float, float]) -> None:
    truth = unit(to_sun)
    room, frames = sunny_room(truth)
    alone = [one for one in suns(frames, room) if one is not None]
    found = room_sun(frames, room)
    assert found is not None
    assert found.share == max(one.share for one in alone)
    together = [one for one in suns(frames, replace(room, sun=found)) if one is not None]
    assert len(together) == len(alone)
    for one in together:
        assert tuple(one.to_sun) == found.to_sun
        assert np.arccos(np.clip(one.to_sun @ truth, -1, 1)) < np.radians(12)


def test_a_room_of_one_photo_is_no_surer_of_its_sun_than_the_photo() -> None:
    for to_sun in SUNS[:2]:
        room, frames = sunny_room(unit(to_sun))
        for frame, view in zip(frames, room.views, strict=True):
            one = replace(room, views=(view,))
            (alone,) = suns((frame,), one)
            assert alone is not None
            (again,) = suns((frame,), replace(one, sun=room_sun((frame,), one)))
            assert again is not None
            assert (tuple(again.to_sun), again.sigma_rad, again.share) == (tuple(alone.to_sun), alone.sigma_rad, alone.share)


def test_the_surer_one_of_room_and_photo_tells_where_the_sun_is() -> None:
    room, frames = sunny_room(unit(SUNS[0]))
    (own,) = suns(frames[:1], room)
    assert own is not None
    elsewhere = RoomSun(to_sun=tuple(unit(SUNS[1])), sigma_rad=0.1, share=own.share * 0.9)
    (kept,) = suns(frames[:1], replace(room, sun=elsewhere))
    assert kept is not None
    assert np.array_equal(kept.to_sun, own.to_sun)
    doubtful = replace(room, sun=replace(elsewhere, share=1.0))
    (taken,) = suns(frames[:1], doubtful)
    assert taken is not None
    assert (tuple(taken.to_sun), taken.share) == (elsewhere.to_sun, 1.0)
    light = estimate_light(frames[0], doubtful, at_m=floor_in(unit(SUNS[0]), lit=True))
    assert light.to_light == pytest.approx(elsewhere.to_sun)
    shade = estimate_light(frames[0], doubtful, at_m=floor_in(unit(SUNS[0]), lit=False))
    assert shade.angular_radius_rad > 0.01


def test_a_photo_without_sunlight_gains_none_from_its_room() -> None:
    room = bare_room(EYE, TARGET)
    for seed in range(4):
        lamp = np.array([np.random.default_rng(seed).uniform(-1.2, 1.2), 1.8, -1.5])
        frame = photo(room, lamp, seed=seed)
        assert room_sun((frame,), room) is None
        known = replace(room, sun=RoomSun(to_sun=tuple(unit(SUNS[0])), sigma_rad=0.1, share=0.6))
        for at in ([0.0, 0.0, -0.5], [0.8, 0.0, -1.0]):
            assert estimate_light(frame, known, at_m=at).to_light == estimate_light(frame, room, at_m=at).to_light


def test_a_measured_room_tells_its_sun_where_frames_have_depth_and_a_view() -> None:
    truth = unit(SUNS[0])
    _, frames = sunny_room(truth)
    measured = estimate_room(frames)
    assert measured.sun is not None
    assert np.arccos(np.clip(np.array(measured.sun.to_sun) @ truth, -1, 1)) < np.radians(12)
    assert measured.sun == room_sun(frames, measured)
    unposed = estimate_room((replace(frames[3], world_from_camera=None), *frames[:2]))
    assert len(unposed.views) == 2
    assert unposed.sun == room_sun(frames[:2], unposed)
    assert estimate_room(replace(frames[0], depth_m=None)).sun is None


@pytest.mark.slow
def test_the_suns_of_ray_traced_rooms_are_right_more_often_than_those_of_their_photos() -> None:
    camera = Camera(k=np.array([[394.0, 0, 239.5], [0, 394, 179.5], [0, 0, 1]]), width_px=480, height_px=360)
    right, wrong = np.zeros(2, int), np.zeros(2, int)
    for seed in range(4):
        traced = make_room(seed, camera=camera, light="sunny")
        light, rng = RoomLight(traced, seed=seed), np.random.default_rng(seed)
        frames = tuple(
            Frame(
                image=camera_effects(ray_traced(traced, view, rng=rng, samples=1, light=light), rng=rng),
                camera=camera,
                world_from_camera=view.world_from_camera,
                depth_m=np.where(traced.glass(view), np.inf, traced.depth(view)),
            )
            for view in traced.views
        )
        room = estimate_room(frames)
        for column, known in enumerate((replace(room, sun=None), room)):
            sure = [one for one in suns(frames, known) if one is not None and one.sure]
            near = sum(one.to_sun @ traced.daylight.to_sun > np.cos(np.radians(25)) for one in sure)
            right[column] += near
            wrong[column] += len(sure) - near
    assert right[1] > right[0]
    assert wrong[1] <= wrong[0]


def edge(*, turn_deg: float, bright_left: bool = True, length: float = 60.0, plane: int = 0, step: float = 0.9) -> Edge:
    """Return an edge on the floor, whose bright side lies to the left or right of where it leads."""
    a = np.radians(turn_deg)
    along, up = np.array([np.cos(a), 0.0, np.sin(a)]), np.array([0.0, 1.0, 0.0])
    lit = np.cross(up, along) * (0.1 if bright_left else -0.1)
    return Edge(plane, up, along, 0.01, lit[None].repeat(3, axis=0), -lit[None].repeat(3, axis=0), step, 0.8, length, False, 0.1)


def test_edges_along_each_other_on_one_plane_are_one_group() -> None:
    edges = (edge(turn_deg=30), edge(turn_deg=80), edge(turn_deg=212), edge(turn_deg=30, plane=1), edge(turn_deg=28))
    assert parallel(edges) == [[0, 2, 4], [1], [3]]


def test_bright_strips_across_the_room_are_likelier_of_sunlight_the_longer_they_are() -> None:
    strips = [edge(turn_deg=30, bright_left=bool(i % 2)) for i in range(6)]
    by_count = [chance(strips[:n], np.eye(3)) for n in range(2, 7)]
    assert (np.diff(by_count) > 0).all()
    assert by_count[0] > chance(strips[:1], np.eye(3))
    steps = [edge(turn_deg=30) for _ in range(4)]  # each brighter than the one before: no strip
    assert chance(steps, np.eye(3)) == pytest.approx(chance(steps[:1], np.eye(3)))


def test_what_runs_along_the_room_is_less_likely_of_sunlight() -> None:
    along, oblique = ([edge(turn_deg=turn, bright_left=bool(i % 2)) for i in range(3)] for turn in (2, 30))
    assert chance(along, np.eye(3)) < chance(oblique, np.eye(3))
    stronger = [one._replace(step=1.4) for one in oblique]
    assert chance(stronger, np.eye(3)) > chance(oblique, np.eye(3))
    colder = [one._replace(warm=-0.2) for one in oblique]
    assert chance(colder, np.eye(3)) < chance(oblique, np.eye(3))
    mirrored = [one._replace(along=-one.along) for one in oblique]
    assert chance(mirrored, np.eye(3)) == pytest.approx(chance(oblique, np.eye(3)))
