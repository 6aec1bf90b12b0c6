"""Where light comes from, and that nothing ever makes an object black."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import LightEstimate, Room
from arviz.vision.light import estimate_light
from tests.vision.light.scenes import CAMERA, bare_room, photo

EYE, TARGET = np.array([0.3, 1.5, 2.2]), np.array([-0.2, 1.0, -2.0])
SIDES = np.array([(0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0), (0, 0, 1), (0, 0, -1)], np.float64)


def angle_deg(estimate: LightEstimate, lamp_m: Array) -> float:
    """Return the angle between the estimate and the lamp as seen from the middle of the floor."""
    assert estimate.to_light is not None
    return float(np.degrees(np.arccos(np.clip(lamp_m @ np.array(estimate.to_light) / np.linalg.norm(lamp_m), -1, 1))))


def usable(light: LightEstimate) -> bool:
    """Tell whether the light is finite and shows every side of an object, the upper one clearly."""
    irradiance = light.irradiance(SIDES)
    return bool(np.isfinite(irradiance).all() and irradiance[0].min() > 1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_a_lamp_in_the_picture_is_found_where_it_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lamp = np.array([rng.uniform(-1.2, 1.2), rng.uniform(1.6, 2.0), rng.uniform(-2, -1)])
    room = bare_room(EYE, TARGET)
    found = estimate_light(photo(room, lamp, seed=seed), room)
    assert found.source == "lamp"
    assert angle_deg(found, lamp) < 3
    assert 0.2 < found.directional_share < 0.95
    assert usable(found)


@pytest.mark.parametrize("with_depth", [True, False])
def test_a_lamp_out_of_the_picture_is_told_from_the_shading(with_depth: bool) -> None:
    errors, ratios = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        lamp = np.array([rng.uniform(-1.6, 1.6), rng.uniform(1.5, 2.3), rng.uniform(0.5, 2.2)])
        room = bare_room(EYE, TARGET)
        frame = photo(room, lamp, seed=seed)
        found = estimate_light(frame if with_depth else replace(frame, depth_m=None), room)
        assert with_depth is False or found.source == "shading"  # without depth a blown-out ceiling may be a lamp
        errors.append(angle_deg(found, lamp))
        ratios.append(np.radians(errors[-1]) / found.sigma_direction_rad)
    assert np.median(errors) < 20, errors
    assert np.mean(np.array(ratios) < 2) > 0.7, ratios


def test_light_is_meant_at_a_place() -> None:
    lamp = np.array([0.5, 1.8, -1.5])
    room = bare_room(EYE, TARGET)
    frame = photo(room, lamp)
    at = np.array([-1.5, 0.0, 1.0])
    found = estimate_light(frame, room, at_m=at)
    expected = (lamp - at) / np.linalg.norm(lamp - at)
    assert np.degrees(np.arccos(expected @ np.array(found.to_light))) < 3


def test_a_brighter_exposure_is_a_brighter_light_from_the_same_direction() -> None:
    room = bare_room(EYE, TARGET)
    frame = photo(room, np.array([0.9, 2.2, 1.5]), seed=3)
    linear = np.where(
        frame.image.pixels / 255 > 0.04045, ((frame.image.pixels / 255 + 0.055) / 1.055) ** 2.4, frame.image.pixels / 255 / 12.92
    )
    frames = [replace(frame, image=Image(pixels=(linear * gain).astype(np.float32), space="linear")) for gain in (0.3, 0.6)]
    dim, bright = (estimate_light(f, room) for f in frames)
    assert np.allclose(bright.sh, 2 * dim.sh, rtol=0.02, atol=1e-3)
    assert dim.to_light == pytest.approx(bright.to_light, abs=0.01)


def test_what_a_white_surface_shows() -> None:
    """A floor of the reflectance 1 shows irradiance / pi: then the estimate reproduces the floor, up to its doubt."""
    room = bare_room(EYE, TARGET)
    grey = np.full((240, 320, 3), 0.4, np.float32)
    found = estimate_light(Frame(image=Image(pixels=grey, space="linear"), camera=CAMERA), room)
    # Evenly bright walls all around: the ambient part alone gives pi * 0.4, a lamp on top may add some.
    assert 0.39 < found.irradiance(np.array([[0, 1.0, 0]]))[0, 1] / np.pi < 1.6


def test_the_user_comes_first_then_the_device() -> None:
    room = bare_room(EYE, TARGET)
    frame = photo(room, np.array([0, 2.0, 0]))
    device = replace(estimate_light(frame, room), source="device")
    user = replace(device, source="override")
    assert estimate_light(frame, room, device=device) is device
    assert estimate_light(frame, room, device=device, override=user) is user


@pytest.mark.parametrize("level", [0.0, 1e-4, 0.02, 1.0])
@pytest.mark.parametrize("planes", [True, False])
def test_black_dark_and_blown_out_pictures_still_light_an_object(level: float, planes: bool) -> None:
    room = bare_room(EYE, TARGET) if planes else Room(views=bare_room(EYE, TARGET).views)
    found = estimate_light(Frame(image=Image(pixels=np.full((240, 320, 3), level, np.float32), space="linear"), camera=CAMERA), room)
    assert usable(found)
    if level != 0.02 or not planes:
        assert found.source == "up"
        assert found.confidence < 0.3


@pytest.mark.parametrize("depth", [np.nan, np.inf, 0.0, -1.0])
def test_depth_that_says_nothing(depth: float) -> None:
    room = bare_room(EYE, TARGET)
    frame = replace(photo(room, np.array([0, 2.0, 1.0])), depth_m=np.full((240, 320), depth, np.float32))
    found = estimate_light(frame, room)
    assert usable(found)
    assert found.source == "up"


def test_no_pose_and_no_planes_is_light_from_above_with_little_confidence() -> None:
    room = bare_room(EYE, TARGET)
    frame = replace(photo(room, np.array([0, 2.0, 0])), world_from_camera=None)
    for empty in (Room(), replace(room, views=())):
        found = estimate_light(frame, empty)
        assert found.source == "up"
        assert found.to_light == (0, 1, 0)
        assert found.confidence <= 0.15
        assert usable(found)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["noise", "blocks", "nan", "grey", "alpha"]), st.booleans())
def test_no_picture_makes_light_that_is_not_finite(seed: int, kind: str, with_depth: bool) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.random((24, 32, 3)).astype(np.float32) ** rng.uniform(0.2, 6)
    alpha = "none"
    if kind == "blocks":
        pixels = np.repeat(np.repeat(rng.integers(0, 2, (3, 4, 3)), 8, axis=0), 8, axis=1).astype(np.float32)
    elif kind == "nan":
        pixels[rng.random((24, 32)) < 0.3] = rng.choice([np.nan, np.inf, -np.inf, -1.0])
    elif kind == "grey":
        pixels = pixels[..., :1]
    elif kind == "alpha":
        pixels, alpha = rng.random((24, 32, 4)).astype(np.float32), "straight"
    depth = None
    if with_depth:
        depth = rng.uniform(0, 4, (12, 16)).astype(np.float32)
        depth[rng.random((12, 16)) < 0.3] = rng.choice([np.nan, np.inf, 0, -2])
    room = bare_room(EYE, TARGET)
    frame = Frame(image=Image(pixels=pixels, space="linear", alpha=alpha), camera=CAMERA, depth_m=depth)
    assert usable(estimate_light(frame, room))
