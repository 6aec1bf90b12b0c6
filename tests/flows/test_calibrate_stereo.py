"""Two folders of photos become a rig, its file, and depth of a wall."""

from __future__ import annotations

import json

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.camera_file import camera_to_json
from arviz.core.errors import FormatError, InputError
from arviz.core.image import encode
from arviz.flows.calibrate_stereo import calibrate_stereo
from arviz.flows.room import room
from arviz.testing.boards import board_view, random_views
from arviz.vision.calibration.boards import parse_board
from arviz.vision.calibration.rig_file import read_rig, rig_to_json
from arviz.vision.calibration.stereo import StereoRig
from tests.cli.command_line import arviz

LEFT = Camera(k=np.array([[420.0, 0, 322], [0, 421, 238], [0, 0, 1]]), width_px=640, height_px=480, distortion=(-0.1, 0.02, 0, 0, 0))
RIGHT = Camera(k=np.array([[424.0, 0, 317], [0, 424, 241], [0, 0, 1]]), width_px=640, height_px=480, distortion=(-0.08, 0.01, 0, 0, 0))
APART = np.eye(4)
APART[:3, 3] = (-0.12, 0.002, 0.001)
TRUE = StereoRig(left=LEFT, right=RIGHT, right_from_left=APART)


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    """Return the rig of eight pairs of pictures that the factory draws, and the folder they lie in."""
    folder = tmp_path_factory.mktemp("stereo")
    board, rng = parse_board("charuco:7x10:26mm"), np.random.default_rng(5)
    for name in ("left", "right"):
        (folder / name).mkdir()
    for number, pose in enumerate(random_views(board, LEFT, 8, rng)):
        for name, camera, motion in (("left", LEFT, np.eye(4)), ("right", RIGHT, APART)):
            image = board_view(board, camera=camera, camera_from_board=motion @ pose, blur_px=0.5, noise=0.005, rng=rng)
            (folder / name / f"{number:02d}.png").write_bytes(encode(image, "PNG"))
    return calibrate_stereo(folder / "left", folder / "right", board=board), folder


def test_the_baseline_is_found_within_its_sigma(rig):
    solved, _ = rig
    assert abs(solved.baseline_m - TRUE.baseline_m) < 5 * solved.sigma_baseline_m + 0.0005
    assert solved.epipolar_px < 0.3


def test_a_rig_survives_its_file(rig):
    solved, _ = rig
    text = json.dumps(rig_to_json(solved), allow_nan=False)
    again = read_rig(text.encode())
    assert json.dumps(rig_to_json(again), allow_nan=False) == text
    for broken in (b"", b"[]", b"{}", text.replace("arviz.stereo/1", "arviz.stereo/2").encode(), text.replace("-0.1", "NaN").encode()):
        with pytest.raises(FormatError, match="rig"):
            read_rig(broken, where="rig.json")


def test_a_wall_is_measured_with_the_rig(rig, tmp_path):
    solved, _ = rig
    (tmp_path / "rig.json").write_text(json.dumps(rig_to_json(solved)))
    poster, rng = parse_board("aprilgrid:18x14:100mm:0.3"), np.random.default_rng(6)
    pose = np.eye(4)
    pose[:3, 3] = (-poster.size_m[0] / 2, -poster.size_m[1] / 2, 1.5)  # a papered wall straight ahead
    for name, camera, motion in (("left", LEFT, np.eye(4)), ("right", RIGHT, APART)):
        image = board_view(poster, camera=camera, camera_from_board=motion @ pose, blur_px=0.5, noise=0.01, rng=rng)
        (tmp_path / f"{name}.png").write_bytes(encode(image, "PNG"))
    measured = room([tmp_path / "left.png"], right=tmp_path / "right.png", rig=tmp_path / "rig.json").room
    wall = max(measured.planes, key=lambda plane: plane.area_m2)
    eye = measured.views[0].world_from_camera[:3, 3]
    assert wall.distance_m(eye[None])[0] == pytest.approx(1.5, abs=0.02)


def test_folders_that_do_not_pair_are_refused(rig, tmp_path):
    _, folder = rig
    (tmp_path / "right").mkdir()
    for right in (tmp_path / "right", tmp_path / "missing"):
        with pytest.raises(InputError) as caught:
            calibrate_stereo(folder / "left", right, board="charuco:7x10:26mm")
        assert caught.value.code == "E_STEREO_PHOTOS"


def test_known_lenses_are_taken_as_they_are_from_the_shell(rig, tmp_path):
    _, folder = rig
    for name, camera in (("left", LEFT), ("right", RIGHT)):
        (tmp_path / f"{name}.json").write_text(json.dumps(camera_to_json(camera)))
    lenses = ["--left-camera", tmp_path / "left.json", "--right-camera", tmp_path / "right.json"]
    done = arviz(
        "calibrate", "stereo", folder / "left", folder / "right", "--board", "charuco:7x10:26mm", "-o", tmp_path / "rig.json", *lenses
    )
    assert done.code == 0, done.err
    assert "baseline 120" in done.out
    known = read_rig((tmp_path / "rig.json").read_bytes())
    assert np.array_equal(known.left.k, LEFT.k)
    assert abs(known.baseline_m - TRUE.baseline_m) < 5 * known.sigma_baseline_m + 0.0005


def test_half_a_stereo_pair_is_refused(rig):
    _, folder = rig
    with pytest.raises(InputError) as caught:
        room([folder / "left" / "00.png"], right=folder / "right" / "00.png")
    assert caught.value.code == "E_STEREO_OPTIONS"
