"""What glasses mirror of a face's light: it adds up to the estimate, and its window stands where the estimate's main light is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.room import LightEstimate, sh_basis
from arviz.render.face_light import lighting_of_face, unknown_light
from arviz.render.lens_view import radiance
from arviz.render.room_light import spread_radius_rad

FRONT = np.array([0.0, 0.0, 1.0])
COUNT = 4000


def ball() -> np.ndarray:
    """Return directions (COUNT, 3) evenly all around."""
    y = 1 - (2 * np.arange(COUNT) + 1) / COUNT
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(COUNT)
    r = np.sqrt(1 - y * y)
    return np.stack([np.cos(turn) * r, y, np.sin(turn) * r], axis=1)


def on_face(azimuth_rad: float, height_rad: float, main: float, *, radius_rad: float = 0.25, sigma_rad: float = 0.4) -> LightEstimate:
    """Return light from all around, of radiance 1, with one from a direction that adds `main` pi of irradiance to what faces it."""
    to_light = np.array([np.sin(azimuth_rad) * np.cos(height_rad), np.sin(height_rad), np.cos(azimuth_rad) * np.cos(height_rad)])
    sh = np.zeros((9, 3))
    sh[0] = 1 / 0.28209479
    return LightEstimate(
        sh=sh + sh_basis(to_light[None]).T * np.full(3, np.pi * main),
        to_light=tuple(to_light.tolist()),
        sigma_direction_rad=sigma_rad,
        directional_share=main / (1 + main),
        angular_radius_rad=radius_rad,
        colour=(1.0, 1.0, 1.0),
        source="shading",
        confidence=0.5,
    )


def mirrored(light: LightEstimate, ways: np.ndarray) -> np.ndarray:
    """Return the radiance (N, 3) that lenses find in directions (N, 3)."""
    return radiance(lighting_of_face(light), ways, radius_rad=spread_radius_rad(light))


@given(
    azimuth=st.floats(-0.8, 0.8),
    height=st.floats(-0.5, 0.8),
    main=st.floats(0, 3),
    radius=st.floats(0.01, 0.4),
    sigma=st.floats(0, 1.5),
)
def test_what_is_mirrored_lights_a_face_as_the_estimate_does(azimuth, height, main, radius, sigma):
    """Even light of radiance 1 and a lamp give pi (1 + main cos): a wide lamp shines a little over the horizon."""
    light = on_face(azimuth, height, main, radius_rad=radius, sigma_rad=sigma)
    ways = ball()
    found = np.maximum(ways @ FRONT, 0) @ mirrored(light, ways) * 4 * np.pi / COUNT
    expected = np.pi * (1 + main * max(light.to_light[2], 0))
    np.testing.assert_allclose(found, expected, atol=0.02 * np.pi * (1 + main))


@pytest.mark.parametrize("azimuth", [-0.9, 0.0, 0.7])
def test_the_window_stands_where_the_main_light_is(azimuth):
    light = on_face(azimuth, 0.3, 1.0)
    ways = ball()
    brightest = ways[mirrored(light, ways)[:, 1].argmax()]
    assert brightest @ np.asarray(light.to_light) > np.cos(0.1)


def test_without_a_main_light_floor_walls_and_ceiling_are_told_apart():
    light = on_face(0.0, 0.0, 0.0)
    heights = np.array([-0.35, 0.1, 0.6])
    floor, wall, ceiling = mirrored(light, np.stack([0 * heights, np.sin(heights), np.cos(heights)], axis=1))[:, 1]
    assert floor < 0.8 * wall < wall < ceiling


def test_unknown_light_is_mirrored_too():
    shown = mirrored(unknown_light(np.full((1, 3), 0.3)), ball())
    assert np.isfinite(shown).all()
    assert shown.min() >= 0
