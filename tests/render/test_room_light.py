"""A light estimate as an environment and a sun: the light adds up, is nowhere negative, and keeps its colour."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.room import LightEstimate, Plane, Room, sh_basis
from arviz.render.prefilter import directions
from arviz.render.room_light import HEIGHT_PX, WIDTH_PX, fair_light, lighting_of, room_lighting, surroundings
from tests.render.scenes import SMALL, front_pose

COUNT = 400


def ball(count=COUNT):
    i = np.arange(count)
    y = 1 - (2 * i + 1) / count
    turn = np.pi * (3 - np.sqrt(5)) * i
    r = np.sqrt(1 - y * y)
    return np.stack([r * np.cos(turn), y, r * np.sin(turn)], axis=1)


def estimate(ambient, *, to_light=(0.0, 1.0, 0.0), direct=(0.0, 0.0, 0.0), radius_rad=0.05, colour=None):
    """Return an estimate of (N, 3) radiance in `ball` directions and one light with the irradiance `direct`."""
    to_light = np.asarray(to_light, float) / np.linalg.norm(to_light)
    direct = np.asarray(direct, float)
    sh = sh_basis(ball()).T @ ambient * (4 * np.pi / COUNT) + sh_basis(to_light[None]).T * direct
    towards = np.pi * ambient.mean(axis=0)
    level = direct @ (0.2126, 0.7152, 0.0722)
    share = level / max(level + towards @ (0.2126, 0.7152, 0.0722), 1e-12)
    return LightEstimate(
        sh=sh,
        to_light=tuple(to_light),
        sigma_direction_rad=0.1,
        directional_share=float(share),
        angular_radius_rad=radius_rad,
        colour=tuple(direct / level) if colour is None and level > 0 else (1.0, 1.0, 1.0),
        source="lamp",
        confidence=0.5,
    )


def received(lighting, normals):
    """Return the irradiance (N, 3) of environment and sun on surfaces, by summing over all pixels."""
    pixels = lighting.environment.pixels.astype(float)
    height, width = pixels.shape[:2]
    edges = np.cos(np.pi * np.arange(height + 1) / height)
    solid = ((edges[:-1] - edges[1:]) * 2 * np.pi / width)[:, None]
    way = directions(width, height)
    out = np.stack([((np.maximum(way @ n, 0) * solid)[..., None] * pixels).sum(axis=(0, 1)) for n in normals])
    if lighting.sun is not None:
        out += np.maximum(normals @ np.asarray(lighting.sun.to_light), 0)[:, None] * np.asarray(lighting.sun.irradiance)
    return out


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_the_light_adds_up(seed):
    """Environment and sun together give what the estimate says, within what nine harmonics miss of a small light (7 %)."""
    rng = np.random.default_rng(seed)
    ambient = 0.5 + 0.3 * ball() @ rng.normal(size=(3, 3)).clip(-0.5, 0.5)
    light = estimate(ambient, to_light=rng.normal(size=3), direct=rng.uniform(0.2, 2.0, 3), radius_rad=rng.uniform(0, 0.6))
    normals = ball(60)
    expected = light.irradiance(normals)
    strongest = light.irradiance(np.asarray(light.to_light)[None])[0]
    both = room_lighting(light)
    for lighting, more in ((both.on_product, None), (both.on_room, both.second)):
        assert lighting.environment.pixels.min() >= 0
        found = received(lighting, normals)
        if more is not None:
            found = found + np.maximum(normals @ np.asarray(more.to_light), 0)[:, None] * np.asarray(more.irradiance)
        np.testing.assert_allclose(found, expected, atol=0.09 * strongest.max())
        assert found.mean() == pytest.approx(expected.mean(), rel=0.03)


def test_the_main_light_is_given_once():
    """Light from all around and a warm lamp: the sun has the lamp's light and colour, the environment the rest."""
    light = estimate(np.full((COUNT, 3), 0.4), to_light=(1, 1, 0), direct=(2.0, 1.5, 1.0))
    lighting = lighting_of(light)
    np.testing.assert_allclose(lighting.sun.irradiance, (2.0, 1.5, 1.0), rtol=0.02)
    np.testing.assert_allclose(lighting.sun.to_light, np.array([1, 1, 0]) / np.sqrt(2), atol=1e-9)
    np.testing.assert_allclose(lighting.environment.pixels, 0.4, atol=0.02)


def test_wide_light_is_no_hard_shadow_on_the_room():
    light = estimate(np.full((COUNT, 3), 0.2), direct=(1.0, 1.0, 1.0), radius_rad=0.6)
    both = room_lighting(light)
    assert both.on_room.sun is None
    assert both.on_product.sun is not None
    up = np.array([[0.0, 1.0, 0.0]])
    np.testing.assert_allclose(received(both.on_room, up), received(both.on_product, up), rtol=0.02)


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e-6, 1e6])
def test_any_strength_is_finite(scale):
    light = estimate(np.full((COUNT, 3), 0.4) * scale, direct=np.ones(3) * scale)
    lighting = lighting_of(light)
    assert np.isfinite(lighting.environment.pixels).all()
    assert lighting.sun is None or np.isfinite(lighting.sun.irradiance).all()


def test_negative_harmonics_and_a_black_colour_are_no_trouble():
    """Estimates of phones ring below 0, and a lamp may be said to have no colour."""
    light = LightEstimate(
        sh=sh_basis(np.array([[0.0, 1.0, 0.0]])).T * np.array([3.0, 3.0, 3.0]),
        to_light=(0.0, 1.0, 0.0),
        sigma_direction_rad=0.1,
        directional_share=1.0,
        angular_radius_rad=0.1,
        colour=(0.0, 0.0, 0.0),
        source="device",
        confidence=0.5,
    )
    lighting = lighting_of(light)
    assert lighting.environment.pixels.min() >= 0
    np.testing.assert_allclose(lighting.sun.irradiance, 3.0, rtol=0.08)


def test_nothing_known_is_light_from_above_and_says_so():
    light = fair_light(0.6)
    assert (light.source, light.confidence) == ("up", 0.0)
    up = np.array([[0.0, 1.0, 0.0]])
    np.testing.assert_allclose(received(lighting_of(light), up) / np.pi, 0.6, rtol=0.05)
    assert np.isfinite(lighting_of(None).environment.pixels).all()


def room_of(*planes):
    return Room(
        planes=tuple(
            Plane(
                kind=kind, normal=normal, offset_m=offset, outline_m=np.zeros((0, 3)), sigma_normal_rad=0, sigma_offset_m=0, source="given"
            )
            for kind, normal, offset in planes
        )
    )


def test_surroundings_show_the_planes_in_the_colours_of_the_photo():
    """A green wall before the camera fills the half of the sky that lies there; where no plane is, nothing is known."""
    from arviz.core.image import Image

    pose = front_pose()
    ahead = pose[:3, 2]
    wall = room_of(("wall", tuple(-ahead), float(ahead @ pose[:3, 3]) + 3.0))
    photo = Image(pixels=np.broadcast_to(np.array([0, 255, 0], np.uint8), (SMALL.height_px, SMALL.width_px, 3)))
    around = surroundings(photo, room=wall, camera=SMALL, world_from_camera=pose, at_m=pose[:3, 3])
    assert around.shape == (HEIGHT_PX, WIDTH_PX, 3)
    towards = directions(WIDTH_PX, HEIGHT_PX) @ ahead
    np.testing.assert_allclose(around[towards > 0.01], np.broadcast_to((0, 1, 0), around[towards > 0.01].shape), atol=1e-6)
    assert np.isnan(around[towards < -0.01]).all()


def test_detail_keeps_the_light():
    """A mirrored room has the harmonics of the estimate, so a matte product is lit as without it."""
    light = estimate(np.full((COUNT, 3), 0.4) + 0.2 * ball()[:, :1], direct=(0.5, 0.5, 0.5))
    around = np.full((HEIGHT_PX, WIDTH_PX, 3), np.nan)
    around[:, : WIDTH_PX // 2] = 0.1
    around[: HEIGHT_PX // 4] = (0.9, 0.5, 0.1)
    normals = ball(40)
    plain, detailed = lighting_of(light), lighting_of(light, surroundings=around)
    np.testing.assert_allclose(received(detailed, normals), received(plain, normals), rtol=0.05, atol=0.05)
    assert np.std(detailed.environment.pixels) > np.std(plain.environment.pixels)
