"""Rooms and cameras survive their files; broken files get one clear error."""

from __future__ import annotations

import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.core.camera_file import camera_from_json, camera_to_json, read_camera
from arviz.core.errors import FormatError
from arviz.core.report import Finding
from arviz.core.room import HeightGrid, LightEstimate, Opening, Plane, Room, RoomObject, RoomSun, Scale, View, sh_basis
from arviz.core.room_file import read_room, room_from_json, room_to_json


def _example(seed: int) -> Room:
    rng = np.random.default_rng(seed)
    square = np.array([[0, 0, 0], [0, 0, 2], [3, 0, 2], [3, 0, 0]], float)
    camera = Camera(k=np.array([[500.0, 0.1, 320], [0, 501, 240], [0, 0, 1]]), width_px=640, height_px=480, distortion=(0.1, 0, 0, 0))
    seen = rng.random((5, 7)) < 0.8
    top = np.where(seen & (rng.random((5, 7)) < 0.5), np.round(rng.random((5, 7)), 3), 0).astype(np.float32)
    return Room(
        planes=(
            Plane(
                kind="floor",
                normal=(0, 1, 0),
                offset_m=0,
                outline_m=square,
                sigma_normal_rad=0.001,
                sigma_offset_m=0.002,
                source="depth",
            ),
            Plane(
                kind="wall",
                normal=(0, 0, 1),
                offset_m=0,
                outline_m=np.zeros((0, 3)),
                sigma_normal_rad=0.001,
                sigma_offset_m=0.002,
                source="photo",
                confidence=0.5,
            ),
        ),
        openings=(Opening(kind="door", wall=1, outline_m=rng.random((4, 3)), sigma_m=0.02, source="depth"),),
        obstacles=HeightGrid(origin_m=(-1, 2), cell_m=0.025, seen=seen, bottom_m=top * 0, top_m=top, sigma_m=0.03),
        objects=(RoomObject(category="sofa", world_from_box=np.eye(4), size_m=(2, 0.8, 0.9), sigma_m=0.02, source="roomplan"),),
        lighting=LightEstimate(
            sh=rng.random((9, 3)),
            to_light=(0, 1, 0),
            sigma_direction_rad=0.3,
            directional_share=0.5,
            angular_radius_rad=0.1,
            colour=(1, 1, 1),
            source="lamp",
            confidence=0.7,
        ),
        scale=Scale(sigma=0.01, source="depth") if seed % 2 else None,
        views=(View(camera=camera, world_from_camera=np.eye(4), name="a.jpg"),),
        findings=(Finding(code="W_ONE_PLANE", severity="warning", message="one plane"),),
        sun=RoomSun(to_sun=(0.6, 0.8, 0), sigma_rad=0.2, share=0.8) if seed % 2 else None,
    )


@given(st.integers(0, 10_000))
def test_a_room_survives_its_file(seed):
    room = _example(seed)
    text = json.dumps(room_to_json(room), allow_nan=False)
    again = read_room(text.encode())
    assert json.dumps(room_to_json(again), allow_nan=False) == text
    assert np.array_equal(again.obstacles.seen, room.obstacles.seen)
    assert np.allclose(again.obstacles.top_m, room.obstacles.top_m, atol=5e-4)


def test_a_room_file_without_a_sun_is_of_an_older_version():
    room = _example(1)
    values = room_to_json(room)
    assert room_from_json(values).sun == room.sun
    del values["sun"]
    assert room_from_json(values).sun is None
    values["sun"] = {"to_sun": [1, 1, 0], "sigma_rad": 0.2, "share": 0.8}
    with pytest.raises(FormatError, match="unit vector"):
        room_from_json(values)


@given(st.data())
def test_a_broken_room_file_is_refused(data):
    values = json.loads(json.dumps(room_to_json(_example(1))))
    path = []
    node = values
    while isinstance(node, dict | list) and node:  # walk to any place and put nonsense there
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else list(range(len(node)))))
        path.append((node, key))
        node = node[key]
        if data.draw(st.booleans()):
            break
    holder, key = path[-1]
    holder[key] = data.draw(st.sampled_from([None, "x", -1e400, {}, [[]], "AAAA", 10**30, float("nan")]))
    with suppress(FormatError):  # anything else that is raised fails the test
        json.dumps(room_to_json(room_from_json(values, where="room.json")), allow_nan=False)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"schema": "arviz.room/2"}'])
def test_what_is_no_room_or_camera_is_refused(data):
    with pytest.raises(FormatError, match=r"room\.json"):
        read_room(data, where="room.json")
    with pytest.raises(FormatError, match=r"cam\.json"):
        read_camera(data, where="cam.json")


@pytest.mark.parametrize("number", ["NaN", "1e999", "1" + "0" * 400, "true", "null"])
def test_a_camera_has_numbers_that_can_be_reckoned_with(number):
    camera = Camera(k=np.array([[500.0, 0, 320], [0, 501, 240], [0, 0, 1]]), width_px=640, height_px=480)
    text = json.dumps(camera_to_json(camera))
    assert read_camera(text.encode()).width_px == 640
    with pytest.raises(FormatError) as caught:
        read_camera(text.replace("501.0", number).encode(), where="cam.json")
    assert caught.value.code == "E_CAMERA_JSON"


@given(st.integers(1, 9999), st.integers(1, 9999), st.floats(1, 1e5), st.floats(-1e4, 1e4), st.sampled_from([0, 4, 5, 8, 12, 14]))
def test_a_camera_survives_its_file(width, height, focal, centre, count):
    k = np.array([[focal, 0.5, centre], [0, focal * 1.01, -centre], [0, 0, 1]])
    camera = Camera(k=k, width_px=width, height_px=height, distortion=(0.01,) * count, source="calibrated", sigma_f_px=1.5)
    again = camera_from_json(json.loads(json.dumps(camera_to_json(camera))))
    assert np.array_equal(again.k, camera.k)
    assert (again.distortion, again.source, again.sigma_f_px) == (camera.distortion, camera.source, camera.sigma_f_px)


def test_spherical_harmonics_are_orthonormal():
    nodes, weights = np.polynomial.legendre.leggauss(8)
    phi = np.arange(16) * np.pi / 8
    y, p = (a.reshape(-1) for a in np.meshgrid(nodes, phi, indexing="ij"))
    directions = np.stack([np.sqrt(1 - y * y) * np.cos(p), y, np.sqrt(1 - y * y) * np.sin(p)], axis=1)
    basis = sh_basis(directions)
    gram = basis.T @ (basis * np.repeat(weights * np.pi / 8, 16)[:, None])
    assert np.allclose(gram, np.eye(9), atol=1e-7)


def test_light_from_above_falls_on_what_looks_up():
    # Radiance 1 from everywhere: irradiance pi on every surface (the furnace).
    sh = np.zeros((9, 3))
    sh[0] = 1 / 0.28209479
    light = LightEstimate(
        sh=sh,
        to_light=None,
        sigma_direction_rad=1.5,
        directional_share=0,
        angular_radius_rad=1,
        colour=(1, 1, 1),
        source="up",
        confidence=0,
    )
    assert np.allclose(light.irradiance(np.eye(3)), np.pi)


def test_areas_and_distances():
    room = _example(1)
    assert room.floor.area_m2 == pytest.approx(6)
    assert room.floor.distance_m(np.array([[1, 0.5, 1]])) == pytest.approx(0.5)


@pytest.mark.parametrize("value", [[], 1e300, "1", None, {}])
@pytest.mark.parametrize("key", ["scale", "openings", "obstacles"])
def test_sigmas_that_are_no_numbers_of_a_room_are_refused(key, value):
    values = room_to_json(_example(3))
    (values[key][0] if key == "openings" else values[key])["sigma" if key == "scale" else "sigma_m"] = value
    with pytest.raises(FormatError):
        room_from_json(values)
