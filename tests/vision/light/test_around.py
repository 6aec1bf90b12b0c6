"""What surfaces and supposed lamps send to a place, against rooms whose every plane has one colour, and against ray tracing."""

from __future__ import annotations

import secrets

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import Room
from arviz.testing.rooms import RoomLight, camera_effects, make_room, photo
from arviz.testing.rooms.effects import auto_exposure
from arviz.vision.light import estimate_light
from arviz.vision.light.around import around
from arviz.vision.light.fit import STRENGTHS, emission, fit
from arviz.vision.light.harmonics import fibonacci_sphere
from arviz.vision.light.places import places
from arviz.vision.light.samples import Patches
from tests.vision.light.scenes import DEPTH_M, HEIGHT_M, WIDTH_M, bare_room
from tests.vision.light.scenes import photo as lamp_photo

EYE, TARGET = np.array([0.3, 1.5, 2.2]), np.array([-0.2, 1.0, -2.0])
SIZE = np.array([WIDTH_M, HEIGHT_M, DEPTH_M])
SIDES = np.concatenate([np.eye(3), -np.eye(3)])


def painted(room: Room, colours: dict[int, Array], rng: np.random.Generator) -> Patches:
    """Return 40 patches on each plane that has a colour."""
    parts = []
    for index, rgb in colours.items():
        low, high = room.planes[index].outline_m.min(axis=0), room.planes[index].outline_m.max(axis=0)
        points = rng.uniform(low, high, (40, 3))
        normal = np.broadcast_to(room.planes[index].normal, points.shape)
        parts.append((points, normal, np.full(40, index), np.broadcast_to(rgb, points.shape), np.ones(40, bool)))
    return Patches(*(np.concatenate(column) for column in zip(*parts, strict=True)))


@pytest.mark.parametrize("seed", range(3))
def test_each_direction_shows_the_plane_that_lies_there(seed: int) -> None:
    rng = np.random.default_rng(seed)
    room, directions = bare_room(EYE, TARGET), fibonacci_sphere(192)
    colours = {i: rng.uniform(0.1, 1, 3) for i in range(6)}
    at = rng.uniform((-1.5, 0.2, -2), (1.5, 2, 2))
    found = around(painted(room, colours, rng), at, room, directions)
    # The first plane that a ray meets is the one whose distance along it is least.
    normals = np.array([p.normal for p in room.planes])
    reach = -(normals @ at + [p.offset_m for p in room.planes]) / np.minimum(directions @ normals.T, -1e-9)
    expected = np.array([colours[i] for i in reach.argmin(axis=1)])
    assert np.allclose(found, expected)


def test_a_wall_that_nothing_shows_is_as_bright_as_the_others() -> None:
    rng = np.random.default_rng(0)
    room = bare_room(EYE, TARGET)
    walls = [i for i, plane in enumerate(room.planes) if plane.kind == "wall"]
    seen = painted(room, {walls[0]: np.full(3, 0.2), walls[1]: np.full(3, 0.4)}, rng)
    towards = -np.asarray(room.planes[walls[2]].normal)
    assert np.allclose(around(seen, np.array([0, 1.2, 0]), room, towards[None]), 0.3)


def test_a_ceiling_that_nothing_shows_is_grey_and_as_bright_as_what_is_seen() -> None:
    """A brown wall is brown paint: the light from above has not its colour, and what shines has none that it could tell."""
    rng = np.random.default_rng(2)
    room, brown = bare_room(EYE, TARGET), np.array([0.25, 0.13, 0.05])
    wall = next(i for i, p in enumerate(room.planes) if p.kind == "wall")
    below = Room(planes=tuple(p for p in room.planes if p.kind != "ceiling"), scale=room.scale, views=room.views)
    index = below.planes.index(room.planes[wall])
    from_above = around(painted(below, {index: brown}, rng), np.array([0, 1.2, 0]), below, np.array([(0.0, 1.0, 0.0)]))
    assert np.allclose(from_above, brown @ LUMINANCE)


def test_bright_spots_of_a_wall_stay_where_they_are() -> None:
    rng = np.random.default_rng(1)
    room = bare_room(EYE, TARGET)
    wall = next(i for i, p in enumerate(room.planes) if p.kind == "wall" and p.normal[2] > 0.9)
    seen = painted(room, {wall: np.ones(3)}, rng)
    seen = seen._replace(rgb=np.where(seen.points_m[:, :1] > 0, 0.8, 0.2) * np.ones(3))
    left, right = around(seen, np.array([0, 1.2, 0]), room, np.array([(-0.6, 0, -0.8), (0.6, 0, -0.8)]))
    assert left[0] < 0.4
    assert right[0] > 0.6


def test_a_spot_that_the_photo_shows_white_sends_its_light_too() -> None:
    rng = np.random.default_rng(4)
    room = bare_room(EYE, TARGET)
    wall = next(i for i, p in enumerate(room.planes) if p.kind == "wall" and p.normal[2] > 0.9)
    seen = painted(room, {wall: np.full(3, 0.2)}, rng)
    white = np.arange(len(seen.plane)) % 2 == 0
    seen = seen._replace(rgb=np.where(white[:, None], 1.0, seen.rgb), usable=~white)
    towards = -np.asarray(room.planes[wall].normal)
    assert np.allclose(around(seen, np.array([0, 1.2, 0]), room, towards[None]), 0.6, atol=0.15)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_planes_brighter_than_their_paint_explains_have_a_lamp_as_strong_as_is_lacking(strength: float) -> None:
    """Where a lamp lights everything alike, only what planes usually reflect tells how strong it is."""
    rng = np.random.default_rng(5)
    usual = {i: rng.uniform(0.1, 0.3) for i in range(6)}
    seen = painted(bare_room(EYE, TARGET), {i: np.full(3, level * (1 + strength)) for i, level in usual.items()}, rng)
    found = fit(
        seen,
        seen.rgb @ LUMINANCE,
        np.zeros(len(seen.plane)),
        np.ones((1, len(seen.plane))),
        usual=np.array([usual[int(i)] for i in seen.plane]),
    )
    assert STRENGTHS[found.log_likelihood[0, 0].argmax()] == strength


def test_windows_look_into_the_room_and_light_nothing_behind_them() -> None:
    rng = np.random.default_rng(2)
    room = bare_room(EYE, TARGET)
    inside = (rng.random((200, 3)) - [0.5, 0, 0.5]) * SIZE
    spots = places(room, inside, EYE)
    flat = np.linalg.norm(spots.normals, axis=1)
    assert np.allclose(flat[flat > 0], 1)
    assert (((np.array([0, HEIGHT_M / 2, 0]) - spots.positions_m) * spots.normals).sum(axis=1)[flat > 0] > 0).all()
    sent = emission(inside, spots.positions_m, spots.normals)
    way = inside - spots.positions_m[:, None]
    cosine = (way * spots.normals[:, None]).sum(axis=-1) / np.linalg.norm(way, axis=-1)
    assert np.allclose(sent[flat > 0], np.maximum(cosine, 0)[flat > 0], atol=1e-6)
    assert (sent[flat == 0] == 1).all()
    box = 2 * (WIDTH_M * HEIGHT_M + WIDTH_M * DEPTH_M + DEPTH_M * HEIGHT_M)
    assert spots.area_m2 == pytest.approx(box, rel=0.05)


def test_a_light_that_may_be_anywhere_is_softer_than_one_that_is_seen() -> None:
    room = bare_room(EYE, TARGET)
    seen = estimate_light(lamp_photo(room, np.array([0.4, 1.8, -1.5]), seed=1), room)
    grey = np.random.default_rng(3).normal(0.4, 0.01, (240, 320, 1)) * np.ones(3)
    guessed = estimate_light(Frame(image=Image(pixels=grey.astype(np.float32), space="linear"), camera=room.views[0].camera), room)
    assert guessed.sigma_direction_rad > 2 * seen.sigma_direction_rad
    assert guessed.directional_share < seen.directional_share
    assert guessed.angular_radius_rad > seen.angular_radius_rad
    dark, bright = np.quantile(guessed.irradiance(SIDES) @ LUMINANCE, (0, 1))
    assert dark > 0.2 * bright


@pytest.mark.slow
def test_the_level_of_light_in_ray_traced_rooms() -> None:
    seed = secrets.randbits(32)
    print("seed", seed)
    rng, errors = np.random.default_rng(seed), []
    camera = Camera.from_fov(vertical_fov_rad=np.radians(50), width_px=160, height_px=120)
    while len(errors) < 8:
        room = make_room(int(rng.integers(2**31)), camera=camera, views=1)
        light, view = RoomLight(room, seed=seed), room.views[0]
        outline = room.planes[0].outline_m
        at = (outline.min(axis=0) + outline.max(axis=0)) / 2 + [0, 0.4, 0]
        truth = light.estimate(at, seed=seed)
        if truth.to_light is None:
            continue
        linear = photo(room, view, rng=rng, samples=1, light=light)
        exposure = auto_exposure(linear.pixels)
        taken = camera_effects(linear, rng=rng, exposure=exposure, vignetting=0, white_balance=(1, 1, 1))
        depth = np.where(room.glass(view), np.inf, room.depth(view))
        frame = Frame(image=taken, camera=camera, world_from_camera=view.world_from_camera, depth_m=depth)
        found = estimate_light(frame, room.truth(), at_m=tuple(at))
        errors.append(np.log((found.irradiance(SIDES) @ LUMINANCE) / (exposure * truth.irradiance(SIDES) @ LUMINANCE)))
    assert np.median(np.abs(errors)) < 0.6, errors
    assert abs(np.median(errors)) < 0.5, errors
