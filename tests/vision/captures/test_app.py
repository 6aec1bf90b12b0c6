"""The schema arviz.frame/1: planes, light, gravity and axes as ARKit and ARCore state them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arviz.core.colour import LUMINANCE
from arviz.core.errors import ArvizError, FormatError, LimitError
from arviz.core.image import Image, encode
from arviz.core.room import sh_basis
from arviz.testing.captures import phone_camera, record, write_app_json
from arviz.testing.rooms import SyntheticRoom, make_room
from arviz.vision.captures.capture import read_capture
from arviz.vision.captures.device_light import ARCORE_SIGNS, device_light, temperature_colour
from tests.seeds import drawn_seed


@pytest.fixture(scope="module")
def room() -> SyntheticRoom:
    """Return a room of a fresh seed, printed so that a failure can be repeated."""
    return make_room(drawn_seed(), camera=phone_camera(), views=2)


@pytest.fixture
def one(tmp_path) -> dict[str, Any]:
    """Return a document of one grey photo of 64 x 48, which lies beside it."""
    (tmp_path / "photo.png").write_bytes(encode(Image(pixels=np.full((48, 64, 3), 128, np.uint8)), "PNG"))
    return {"schema": "arviz.frame/1", "image": "photo.png", "width_px": 64, "height_px": 48, "k": [[60, 0, 32], [0, 60, 24], [0, 0, 1]]}


def read(folder: Path, values: dict[str, Any]) -> Any:
    """Return what is read of a document."""
    (folder / "session.json").write_text(json.dumps(values))
    return read_capture(folder / "session.json")


def test_anchors_become_the_planes_of_the_room(room, tmp_path):
    capture = read_capture(write_app_json(tmp_path / "session.json", record(room), room))
    true = [plane for plane in room.planes if plane.part in ("floor", "wall", "ceiling", "table")]
    eye = np.mean([view.world_from_camera[:3, 3] for view in room.views], axis=0)
    assert len(capture.room.planes) == len(true)
    assert capture.room.planes[0].kind == "floor"
    for plane in true:
        # Anchors have no side: they face the camera, as the room's planes do unless they are seen from behind.
        side = np.sign(plane.distance_m(eye[None])[0])
        near = [p for p in capture.room.planes if np.dot(p.normal, plane.normal) * side > 0.999999]
        assert min(abs(p.offset_m - side * plane.offset_m) for p in near) < 1e-6
    assert all(plane.sigma_offset_m > 0 and plane.source == "app" for plane in capture.room.planes)
    assert {p.kind for p in capture.room.planes} >= {"floor", "wall"}
    assert [view.name for view in capture.room.views] == ["photo_0.png", "photo_1.png"]
    assert capture.room.scale is capture.scale


def test_k_may_count_from_the_corner_or_from_the_centre(one, tmp_path):
    assert np.allclose(read(tmp_path, one).frames[0].camera.k[:2, 2], [31.5, 23.5])
    assert np.allclose(read(tmp_path, one | {"pixel_origin": "centre"}).frames[0].camera.k[:2, 2], [32, 24])
    columns = one | {"k": [60, 0, 0, 0, 60, 0, 32, 24, 1]}
    assert np.allclose(read(tmp_path, columns).frames[0].camera.k, [[60, 0, 31.5], [0, 60, 23.5], [0, 0, 1]])


def test_k_of_another_resolution_is_scaled(one, tmp_path):
    larger = one | {"width_px": 1920, "height_px": 1440, "k": [[1800, 0, 960], [0, 1800, 720], [0, 0, 1]]}
    camera = read(tmp_path, larger).frames[0].camera
    assert np.allclose(camera.k, [[60, 0, 31.5], [0, 60, 23.5], [0, 0, 1]])
    assert (camera.width_px, camera.height_px) == (64, 48)


def test_turned_and_cropped_pictures_are_refused(one, tmp_path):
    turned = one | {"width_px": 48, "height_px": 64, "k": [[60, 0, 24], [0, 60, 32], [0, 0, 1]]}
    with pytest.raises(FormatError) as error:
        read(tmp_path, turned)
    assert error.value.code == "E_CAPTURE_TURNED"
    with pytest.raises(FormatError) as error:
        read(tmp_path, one | {"width_px": 80})
    assert error.value.code == "E_CAPTURE_SIZE"


@pytest.mark.parametrize("axes", ["opengl", "opencv"])
def test_gravity_alone_levels_the_camera(one, tmp_path, axes):
    tilt = np.radians(20)
    down = np.array([np.sin(0.1), np.cos(tilt), np.sin(tilt)])
    stated = down if axes == "opencv" else down * (1, -1, -1)
    pose = read(tmp_path, one | {"gravity": stated.tolist(), "camera_axes": axes}).frames[0].world_from_camera
    assert np.allclose(pose[:3, :3] @ down / np.linalg.norm(down), [0, -1, 0])
    assert np.allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3))
    assert np.linalg.det(pose[:3, :3]) > 0
    ahead = pose[:3, 2]
    assert ahead[2] < 0
    assert abs(ahead[0]) < 1e-12


def test_a_camera_that_looks_straight_down_is_levelled_too(one, tmp_path):
    pose = read(tmp_path, one | {"gravity": [0, 0, 1], "camera_axes": "opencv"}).frames[0].world_from_camera
    assert np.allclose(pose[:3, 2], [0, -1, 0])
    assert np.allclose(-pose[:3, 1], [0, 0, -1])


def test_a_photo_without_a_pose_is_a_frame_without_a_pose_or_scale(one, tmp_path):
    capture = read(tmp_path, one)
    assert capture.frames[0].world_from_camera is None
    assert capture.scale is None
    assert capture.views == ()


def test_gravity_levels_one_photo_and_tells_nothing_of_several(one, tmp_path):
    down = {"gravity": [0, -1, 0]}
    alone = read(tmp_path, one | down)
    assert alone.scale is None
    assert len(alone.views) == 1
    several = {"schema": "arviz.frame/1", "frames": [one | down, one | down]}
    assert read(tmp_path, several).views == ()


def test_a_tracked_frame_has_a_scale_that_its_app_may_state(one, tmp_path):
    tracked = one | {"world_from_camera": np.eye(4).tolist()}
    assert "ARCore" in read(tmp_path, tracked).scale.source
    scale = read(tmp_path, tracked | {"scale_sigma": 0.02}).scale
    assert (scale.sigma, scale.source) == (0.02, "stated by the app")


def test_arcore_light_has_the_irradiance_that_its_sample_draws(one, tmp_path):
    """Irradiance of the coefficients over pi plus that of the main light, by hello_ar's own factors."""
    rng = np.random.default_rng(drawn_seed())
    sh = rng.uniform(-0.05, 0.05, (9, 3))
    sh[0] = [2.0, 1.9, 1.7]
    to_light = np.array([0.6, 0.64, 0.48])
    intensity = np.array([1.5, 1.4, 1.2])
    light = {"kind": "arcore", "sh": sh.ravel().tolist(), "main_direction": to_light.tolist(), "main_intensity": intensity.tolist()}
    estimate = read(tmp_path, one | {"light": light}).lighting
    assert np.allclose(estimate.to_light, to_light)
    assert estimate.source == "device"
    factors = np.array([0.282095, -0.325735, 0.325735, -0.325735, 0.273137, -0.273137, 0.078848, -0.273137, 0.136569])
    x, y, z = n = np.array([0.36, 0.48, -0.8])
    functions = np.array([1, y, z, x, y * x, y * z, 3 * z * z - 1, z * x, x * x - y * y])
    ambient = (functions * factors) @ sh
    delta = sh_basis(to_light[None])[0][:, None] * intensity
    without_main = estimate.sh - delta
    assert np.allclose(without_main, sh * ARCORE_SIGNS[:, None])
    bands = np.repeat([np.pi, 2 * np.pi / 3, np.pi / 4], (1, 3, 5))
    assert np.allclose((sh_basis(n[None])[0] * bands) @ without_main / np.pi, ambient, atol=2e-6)
    assert 0 < estimate.directional_share < 1
    assert np.dot(estimate.colour, LUMINANCE) == pytest.approx(1)


def test_arkit_light_is_even_and_coloured_by_its_temperature():
    light = device_light({"kind": "arkit", "ambient_intensity": 1000, "ambient_temperature_k": 6500}, where="x")
    assert np.allclose(light.irradiance(np.eye(3)) / np.pi, 1, atol=1e-6)
    assert light.to_light is None
    warm = device_light({"kind": "arkit", "ambient_intensity": 500, "ambient_temperature_k": 2800}, where="x")
    assert warm.colour[0] > 1.2 > 0.7 > warm.colour[2]
    assert warm.irradiance(np.eye(3)) @ LUMINANCE / np.pi == pytest.approx([0.5] * 3)


def test_temperatures_go_from_red_to_blue():
    ratios = [temperature_colour(t)[2] / temperature_colour(t)[0] for t in (1500, 2200, 2300, 3990, 4010, 6500, 12000, 50000)]
    assert ratios == sorted(ratios)
    assert np.allclose(temperature_colour(6500), 1)


@pytest.mark.parametrize(
    "light",
    [7, {}, {"kind": "sun"}, {"kind": "arkit", "ambient_intensity": -1}, {"kind": "arkit", "ambient_intensity": [1, 2]},
     {"kind": "arcore", "sh": [0] * 26}, {"kind": "arcore", "sh": [0] * 27, "main_direction": [0, 0, 0], "main_intensity": [1, 1, 1]},
     {"kind": "arkit", "colour_correction": [0, 0, 0]}],
)  # fmt: skip
def test_light_that_is_none_is_refused(light):
    with pytest.raises(FormatError) as error:
        device_light(light, where="session.json")
    assert error.value.code == "E_CAPTURE_LIGHT"


def test_names_that_lead_out_are_refused(one, tmp_path):
    for name in ("../photo.png", "/etc/hostname", "https://example.org/photo.png", "a/../../photo.png"):
        with pytest.raises(LimitError) as error:
            read(tmp_path, one | {"image": name})
        assert error.value.code == "E_EXTERNAL_URI"


@pytest.mark.parametrize(
    "change",
    [{"image": None}, {"k": [[1]]}, {"k": "x"}, {"width_px": 0}, {"width_px": 10**400}, {"camera_axes": "unity"}, {"gravity": [0, 0, 0]},
     {"pixel_origin": "top"}, {"frames": []}, {"frames": [1]}, {"frames": {}}, {"schema": "arviz.frame/2"}, {"planes": 3},
     {"scale_sigma": -1}, {"scale_sigma": "a"}, {"k": [[60, 0, 0], [0, 60, 0], [32, 24, 1]]}, {"confidence_most": 1e300},
     {"time_s": None}, {"image": "nothing.png"}, {"world_from_camera": [0] * 16}],
)  # fmt: skip
def test_wrong_values_are_refused_in_words(one, tmp_path, change):
    with pytest.raises(ArvizError) as error:
        read(tmp_path, one | change)
    assert error.value.code.startswith(("E_CAPTURE", "E_FILE"))
