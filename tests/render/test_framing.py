"""Framing: the product is always inside the picture, and the defaults are model-viewer's."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.asset import Asset
from arviz.core.errors import InputError, MeshError
from arviz.core.transforms import apply
from arviz.render.framing import DEFAULT_ORBIT, orbit_camera, parse_orbit
from arviz.render.gl.view import corners
from arviz.testing.shapes import box, sphere

sizes = st.floats(1e-3, 1e3)
angles = st.floats(-7, 7)


@given(
    st.tuples(sizes, sizes, sizes),
    st.tuples(*[st.floats(-50, 50)] * 3),
    angles,
    st.floats(0, math.pi),
    st.integers(32, 2000),
    st.integers(32, 2000),
)
def test_a_box_stays_inside_from_everywhere(size, centre, azimuth, polar, width, height):
    points = corners(np.array([-np.array(size) / 2, np.array(size) / 2]) + np.array(centre))
    camera, pose = orbit_camera(points, azimuth_rad=azimuth, polar_rad=polar, width_px=width, height_px=height)
    seen = apply(np.linalg.inv(pose), points)
    assert (seen[:, 2] > 0).all()
    x, y = camera.project(seen).T
    # model-viewer widens the view for the width at eye level only: seen from far above, flat products may touch the rim.
    slack = 0.0 if abs(polar - math.pi / 2) < math.radians(20) else 0.08
    assert -0.5 - slack * width <= x.min()
    assert x.max() <= width - 0.5 + slack * width
    assert -0.5 - slack * height <= y.min()
    assert y.max() <= height - 0.5 + slack * height


def test_defaults_are_model_viewers():
    """A ball of radius 1: distance 1.05 / sin 15 deg, 30 deg vertical, seen from 15 deg above the horizon in front."""
    camera, pose = orbit_camera(sphere(radius_m=1.0), width_px=300, height_px=300)
    eye = pose[:3, 3]
    assert np.linalg.norm(eye) == pytest.approx(1.05 / math.sin(math.radians(15)))
    assert eye[0] == pytest.approx(0, abs=1e-9)
    assert math.degrees(math.acos(eye[1] / np.linalg.norm(eye))) == pytest.approx(75)
    assert DEFAULT_ORBIT.azimuth_rad == 0
    assert 150 / camera.k[1, 1] >= math.tan(math.radians(15)) - 1e-9


def test_an_asset_is_framed_by_its_vertices():
    """An asset and its points give the same camera."""
    asset = box(size_m=(0.3, 0.2, 0.1), centre_m=(1, 2, 3))
    points = corners(np.array([[0.85, 1.9, 2.95], [1.15, 2.1, 3.05]]))
    for a, b in zip(orbit_camera(asset, width_px=64, height_px=48), orbit_camera(points, width_px=64, height_px=48), strict=True):
        np.testing.assert_allclose(getattr(a, "k", a), getattr(b, "k", b), atol=1e-6)


def test_nothing_to_frame():
    with pytest.raises(MeshError, match="nothing to frame"):
        orbit_camera(Asset(nodes=(), meshes=()), width_px=10, height_px=10)


@given(st.floats(-720, 720), st.floats(0, 180))
def test_orbits_read_as_written(azimuth, polar):
    azimuth, polar = round(azimuth, 3), round(polar, 3)
    orbit = parse_orbit(f"{azimuth:f}deg {polar:f}deg")
    assert orbit == pytest.approx((math.radians(azimuth), math.radians(polar)), abs=1e-6)


def test_orbit_units_and_separators():
    assert parse_orbit("0.5rad, 1rad") == (0.5, 1.0)
    assert parse_orbit("0.5rad 1rad auto") == (0.5, 1.0)
    assert parse_orbit(" -30DEG 75deg ") == pytest.approx((-math.pi / 6, math.radians(75)))


@pytest.mark.parametrize("text", ["", "30 75", "30deg", "30deg 75deg 2m", "a b", "30deg 200deg", "30deg -5deg"])
def test_bad_orbits_say_so(text):
    with pytest.raises(InputError) as caught:
        parse_orbit(text)
    assert caught.value.code in ("E_ORBIT_SYNTAX", "E_ORBIT_POLAR")
    assert caught.value.expected


@pytest.mark.parametrize(("text", "says"), [("30deg 75deg 2m", "Leave out 2m"), ("30deg 75deg 105%", "105%"), ("30 75", "30deg 75deg")])
def test_what_is_wrong_with_an_orbit_is_named(text, says):
    with pytest.raises(InputError) as caught:
        parse_orbit(text)
    assert says in caught.value.hint
