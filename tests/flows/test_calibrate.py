from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image as PillowImage

from arviz.core.camera import Camera
from arviz.core.camera_file import camera_from_json
from arviz.core.errors import InputError
from arviz.core.image import Image, encode
from arviz.flows.calibrate import calibrate, check_camera
from arviz.flows.calibrate_report import calibration_page
from arviz.testing.boards import board_view, random_views
from arviz.vision.calibration.boards import parse_board
from arviz.vision.calibration.uncertainty import pixel_grid, projection_difference

BOARD = parse_board("charuco:7x6:30mm")
TRUTH = Camera(
    k=np.array([[430.0, 0, 236.2], [0, 430, 183.5], [0, 0, 1]]), width_px=480, height_px=360, distortion=(-0.15, 0.05, 0.0005, -0.0005, 0)
)


@pytest.fixture(scope="module")
def photos():
    """Return ten photos: exact views with lens blur and noise."""
    rng = np.random.default_rng(7)
    views = [
        board_view(BOARD, camera=TRUTH, camera_from_board=pose, blur_px=0.7, noise=2.0, rng=rng)
        for pose in random_views(BOARD, TRUTH, 10, rng)
    ]
    return [encode(view, "PNG") for view in views]


@pytest.fixture(scope="module")
def result(photos):
    return calibrate(photos, board=BOARD, model="pinhole5")


def stored_sideways(data, *, orientation):
    """Return a photo as a phone stores it that was turned by this EXIF orientation."""
    turn = {6: PillowImage.Transpose.ROTATE_90, 8: PillowImage.Transpose.ROTATE_270}[orientation]
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    PillowImage.open(io.BytesIO(data)).transpose(turn).save(out, "PNG", exif=exif)
    return out.getvalue()


def test_the_camera_is_found_within_its_uncertainty(result):
    seen = np.concatenate([view.points_px for view in result.fit.views])
    grid = pixel_grid(480, 360)
    apart = projection_difference(TRUTH, result.camera, seen_px=seen, at_px=grid.reshape(-1, 2))
    sigma = np.array(result.report["projection_sigma_px"]["grid"], float)
    assert np.median(np.linalg.norm(apart, axis=1)) < 0.5
    assert np.linalg.norm(apart.reshape(grid.shape) / sigma[..., None], axis=2).max() < 4
    assert abs(result.camera.k[0, 0] - 430) < 4 * result.camera.sigma_f_px


def test_the_report_is_json_and_the_file_is_a_camera(result):
    content = json.loads(json.dumps(result.to_json(), allow_nan=False))
    camera = camera_from_json(content)
    assert np.allclose(camera.k, result.camera.k)
    assert camera.sigma_f_px == content["sigma_f_px"] > 0
    assert len(content["calibration"]["views"]["kept"]) == 10
    assert set(content["calibration"]["sigma"]) == {"fx_px", "fy_px", "cx_px", "cy_px", "k1", "k2", "p1", "p2", "k3"}


def test_a_page_holds_every_picture_by_name_and_escapes_it(photos, tmp_path):
    paths = []
    for number, data in enumerate(photos[:4]):
        paths.append(tmp_path / f"<b>{number}&.png")
        paths[-1].write_bytes(data)
    page = calibration_page(calibrate(paths, board=BOARD, model="pinhole4")).decode()
    assert page.count("&lt;b&gt;2&amp;.png") == 2
    assert "<b>2" not in page
    assert "nan" not in page.lower().replace("nance", "")


def test_photos_without_board_doubles_and_blurred_ones_are_left_out(photos):
    blank = encode(Image(pixels=np.full((360, 480, 3), 200, np.uint8)), "PNG")
    steps = []
    result = calibrate([*photos, blank, photos[0]], board=BOARD, model="pinhole4", progress=steps.append)
    reasons = {row["name"]: row["reason"] for row in result.report["views"]["dropped"]}
    assert reasons == {"picture 11": "no_board", "picture 12": "duplicate"}
    assert steps[0] == "photo 1 of 12: picture 1"


def test_sensors_of_other_shapes_are_not_mixed(photos):
    mixed = [stored_sideways(data, orientation=6) if index < 3 else data for index, data in enumerate(photos)]
    told = calibrate(mixed, board=BOARD, model="pinhole4").report
    # Upright they are all 480 x 360, but three come from a sensor that is 360 x 480: another camera.
    assert {row["name"]: row["reason"] for row in told["views"]["dropped"]} == {f"picture {n}": "other_size" for n in (1, 2, 3)}
    assert told["taken_with"]["orientation"] == 1


def test_all_photos_turned_alike_are_the_same_camera(photos, result):
    turned = calibrate([stored_sideways(data, orientation=6) for data in photos], board=BOARD, model="pinhole5")
    assert (turned.camera.width_px, turned.camera.height_px) == (480, 360)
    assert np.allclose(turned.camera.k, result.camera.k, atol=1e-6)
    assert turned.report["taken_with"]["orientation"] == 6


def test_check_holds_for_the_same_camera_and_fails_for_another_focus(photos, result):
    content = result.to_json()
    assert check_camera(content, photos[:3])["ok"]
    moved = {**content, "fx_px": content["fx_px"] * 1.03, "fy_px": content["fy_px"] * 1.03, "distortion": [0, 0, 0, 0]}
    found = check_camera(moved, photos[:3])
    assert not found["ok"]
    assert found["ratio"] > 2


def test_check_needs_a_calibrated_camera_of_the_photos_size(photos, result):
    from arviz.core.camera_file import camera_to_json

    with pytest.raises(InputError) as told:
        check_camera(camera_to_json(TRUTH), photos[:1], board=BOARD)
    assert told.value.code == "E_CAMERA_UNCALIBRATED"
    with pytest.raises(InputError) as told:
        check_camera({**result.to_json(), "width_px": 640}, photos[:1])
    assert told.value.code == "E_CAMERA_SIZE"


def test_no_board_anywhere_and_missing_files_are_told(photos, tmp_path):
    with pytest.raises(InputError) as told:
        calibrate(photos[:1], board="chessboard:9x6:25mm")
    assert told.value.code == "E_BOARD_NOT_FOUND"
    with pytest.raises(InputError) as told:
        calibrate([tmp_path / "none.jpg"], board=BOARD)
    assert told.value.code == "E_FILE_MISSING"
    with pytest.raises(InputError) as told:
        calibrate([b"no picture"], board=BOARD)
    assert told.value.code == "E_IMAGE_BROKEN"
    assert told.value.found == "another kind of file"
    with pytest.raises(InputError) as told:
        calibrate([tmp_path], board=BOARD)
    assert told.value.code == "E_FILE_KIND"
    assert f"{tmp_path.name}/*.jpg" in told.value.hint


def test_one_photo_given_often_is_one_photo_and_the_reason_is_told(photos):
    with pytest.raises(InputError) as told:
        calibrate([photos[0]] * 4, board=BOARD)
    assert told.value.code == "E_CALIBRATION_VIEWS"
    assert told.value.found == "1; left out: 3 duplicate"


def test_photos_of_two_folders_may_have_one_name(photos, tmp_path):
    paths = []
    for number, data in enumerate([*photos[:5], photos[0]]):
        paths.append(tmp_path / str(number) / "a.png")
        paths[-1].parent.mkdir()
        paths[-1].write_bytes(data)
    told = calibrate(paths, board=BOARD, model="pinhole4").report["views"]
    assert (len(told["kept"]), len(told["dropped"])) == (5, 1)


def test_a_chessboard_of_other_counts_is_named(data):
    with pytest.raises(InputError) as told:
        calibrate(sorted((data / "room" / "chess_left").glob("*.jpg"))[:2], board="chessboard:8x6:25mm")
    assert told.value.code == "E_BOARD_NOT_FOUND"
    assert "chessboard:9x6" in told.value.hint
