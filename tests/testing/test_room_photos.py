"""Pictures of synthetic rooms against what light must do: furnace, inverse square, solid angles, exact projection."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.image import Image
from arviz.testing.rooms import RoomLight, camera_effects, handed_camera, make_room, photo
from arviz.testing.rooms.emitters import Pane
from arviz.testing.rooms.truth import Daylight, Finish, Lamp
from tests.seeds import drawn_seed

TINY = Camera(k=np.array([[65.0, 0, 39.5], [0, 65.0, 29.5], [0, 0, 1]]), width_px=80, height_px=60)
DARK = Daylight(zenith=(0, 0, 0), horizon=(0, 0, 0), ground=(0, 0, 0))
WHITE = Daylight(zenith=(1, 1, 1), horizon=(1, 1, 1), ground=(1, 1, 1))


@pytest.fixture(scope="module")
def seed():
    return drawn_seed()


def painted(room, reflectance, **changes):
    """Return a room in one colour, without lamps and daylight."""
    even = tuple(Finish(paint="plain", colour=(reflectance,) * 3) for _ in room.finishes)
    return replace(room, finishes=even, lamps=(), sheets=(), daylight=DARK, **changes)


def test_a_closed_room_that_glows_evenly_is_equally_bright_everywhere(seed):
    room = painted(make_room(seed, camera=TINY), 0.5)
    picture = photo(room, room.views[0], rng=np.random.default_rng(seed), light=RoomLight(room, glow=1.0))
    np.testing.assert_allclose(picture.pixels, 2.0, rtol=0.02)  # 1 / (1 - 0.5); paint itself varies by 1.5 %


def test_a_lamp_follows_the_inverse_square(seed):
    room = make_room(seed, kind="box", furnished=False, camera=TINY)
    lamp = Lamp(kind="globe", position_m=(0.0, 1.0, 0.0), radius_m=0.1, radiance=(3.0, 2.0, 1.0))
    room = replace(painted(room, 0.0), lamps=(lamp,))
    light, rng = RoomLight(room), np.random.default_rng(seed)
    for x in (0.0, 0.6, 1.2):
        spot = np.broadcast_to(np.array([x, 0.0, 0.0]), (4000, 3))
        found = light.direct(spot, np.broadcast_to(np.array([0.0, 1.0, 0.0]), spot.shape), rng=rng).mean(axis=0)
        squared = x * x + 1.0**2
        expected = np.pi * np.array(lamp.radiance) * 0.1**2 / squared * 1.0 / np.sqrt(squared)  # a sphere: exact
        np.testing.assert_allclose(found, expected, rtol=0.01)
    assert light.bounced(spot[:4], spot[:4] * 0 + [0, 1, 0], rng=rng).max() == 0


def test_a_pane_fills_the_solid_angle_that_it_has():
    rng = np.random.default_rng(1)
    pane = Pane(np.array([-0.5, 2.0, -0.4]), np.array([1.2, 0, 0]), np.array([0, 0, 0.9]), WHITE)  # a roof window: no skyline
    for point in ([0.3, 1.0, 0.2], [1.5, 1.2, 0.8], [-1.0, 0.0, 0.2]):
        way, power = pane.sample(np.broadcast_to(point, (50000, 3)), rng.random((50000, 2)))
        area = np.insert(rng.random((200000, 2)) * [1.2, 0.9] - [0.5, 0.4], 1, 2.0, axis=1) - point
        away = np.linalg.norm(area, axis=1, keepdims=True)
        each = 1.2 * 0.9 * area[:, 1:2] / away**3
        assert power[:, 0].mean() == pytest.approx(each.mean(), rel=0.01)
        directed = (way / np.linalg.norm(way, axis=1, keepdims=True) * power[:, :1]).mean(axis=0)
        np.testing.assert_allclose(directed, (area / away * each).mean(axis=0), atol=0.01 * power[0, 0] + 1e-4)
    behind = pane.sample(np.array([[0.0, 3.0, 0.0]]), np.array([[0.5, 0.5]]))[1]
    assert not behind.any()


def test_the_true_light_agrees_with_what_falls_on_a_surface(seed):
    room = make_room(seed, camera=TINY)
    light, rng = RoomLight(room), np.random.default_rng(seed)
    pose = room.views[0].world_from_camera
    point = pose[:3, 3] - [0, 0.3, 0]
    truth = light.estimate(point)
    normals = np.concatenate([np.eye(3), -np.eye(3)])
    found = np.stack(
        [
            (light.direct(at, way, rng=rng) + light.bounced(at, way, rng=rng)).mean(axis=0)
            for at, way in ((np.broadcast_to(point, (3000, 3)), np.broadcast_to(n, (3000, 3))) for n in normals)
        ]
    )
    # Nine harmonics keep all but a few percent of the irradiance's mean square (Ramamoorthi & Hanrahan 2001, section 3).
    error = np.sqrt(((truth.irradiance(normals) - found) ** 2).mean() / (found**2).mean())
    assert error < 0.12


def test_the_same_rng_gives_the_same_picture(seed):
    room = make_room(seed, camera=TINY)
    pictures = [photo(room, room.views[0], rng=np.random.default_rng(5), samples=1).pixels for _ in range(2)]
    np.testing.assert_array_equal(*pictures)
    assert np.isfinite(pictures[0]).all()
    assert (pictures[0] >= 0).all()
    stored = [camera_effects(Image(pixels=pictures[0], space="linear"), rng=np.random.default_rng(6)).pixels for _ in range(2)]
    np.testing.assert_array_equal(*stored)
    assert stored[0].dtype == np.uint8


def test_camera_effects_expose_and_add_the_stated_noise():
    grey = Image(pixels=np.full((200, 300, 3), 0.18, np.float32), space="linear")
    plain = camera_effects(
        grey, rng=np.random.default_rng(1), exposure=1.0, noise=0, vignetting=0, white_balance=(1, 1, 1), jpeg_quality=None
    )
    assert np.unique(plain.pixels).tolist() == [118]  # sRGB of 18 %: 0.4614 x 255
    noisy = camera_effects(
        grey, rng=np.random.default_rng(1), exposure=1.0, noise=2, vignetting=0, white_balance=(1, 1, 1), jpeg_quality=None
    )
    slope = 255 * 1.055 / 2.4 * 0.18 ** (1 / 2.4 - 1)
    expected = np.hypot(2 * np.sqrt(0.18 / 6000 + 0.0015**2) * slope, 1 / np.sqrt(12))
    assert noisy.pixels.std() == pytest.approx(expected, rel=0.05)


def test_the_handed_camera_states_its_error():
    rng = np.random.default_rng(3)
    handed = [handed_camera(TINY, rng=rng) for _ in range(2000)]
    pulls = np.array([(c.k[0, 0] - TINY.k[0, 0]) / c.sigma_f_px for c in handed])
    assert pulls.std() == pytest.approx(1, abs=0.08)
    guessed = np.array([c.source == "exif" for c in handed])
    assert guessed.mean() == pytest.approx(0.5, abs=0.05)
    assert np.std([c.k[0, 0] / 65 - 1 for c, g in zip(handed, guessed, strict=True) if g]) == pytest.approx(0.02, rel=0.1)


def test_markers_are_drawn_where_the_camera_projects_them(seed):
    found = [error for error in (_marker_error(seed + i) for i in range(3)) if error is not None]
    assert found  # OpenCV misses one of some forty
    for error in found:
        # White spreads into black where light is blurred and encoded as sRGB: the square shrinks, its middle stays.
        assert np.abs(error).max() < 1.5
        assert np.abs(error.mean(axis=0)).max() < 0.2


def _marker_error(seed):
    """Return how far (4, 2) OpenCV finds a marker's corners from where they are, None where it finds none."""
    import cv2

    room = make_room(seed, anchors=("marker",))
    marker, view = room.anchors[0], room.views[0]
    middle = room.pixels(view, marker.corners_m).mean(axis=0)
    scale = 160 / np.ptp(room.pixels(view, marker.corners_m), axis=0).max()  # the same camera with a long lens and a shift
    k = view.camera.k.copy()
    k[:2] *= scale
    k[:2, 2] = (k[:2, 2] / scale - middle) * scale + [119.5, 119.5]
    close = replace(view, camera=Camera(k=k, width_px=240, height_px=240))
    linear = photo(room, close, rng=np.random.default_rng(seed), samples=4)
    picture = camera_effects(linear, rng=np.random.default_rng(seed), noise=0, vignetting=0, jpeg_quality=None)
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, f"DICT_{marker.dictionary}"))
    corners, ids, _ = cv2.aruco.ArucoDetector(dictionary, parameters).detectMarkers(np.ascontiguousarray(picture.pixels))
    if ids is None:
        return None
    assert ids.reshape(-1).tolist() == [marker.marker_id]
    return corners[0].reshape(4, 2) - room.pixels(close, marker.corners_m)
