from __future__ import annotations

import json

import pytest

from tests.cli.command_line import arviz

BOARD = "chessboard:9x6:25mm"


@pytest.fixture(scope="module")
def photos(data):
    return sorted((data / "room" / "chess_left").glob("*.jpg"))


@pytest.fixture(scope="module")
def calibrated(photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibrated")
    return folder, arviz("calibrate", "run", *photos, "--board", BOARD, "-o", folder / "c.json", "--report", folder / "c.html", "--json")


def test_run_writes_a_camera_and_a_page(calibrated):
    from arviz.core.camera_file import read_camera

    folder, done = calibrated
    assert done.code == 0
    assert json.loads((folder / "c.json").read_text("utf-8")) == done.json
    camera = read_camera((folder / "c.json").read_bytes())
    assert camera.source == "calibrated"
    assert camera.k[0, 0] == pytest.approx(533, abs=3)
    told = done.json["calibration"]
    assert told["rms_px"] <= 0.20
    assert len(told["views"]["kept"]) == 13
    page = (folder / "c.html").read_text("utf-8")
    assert "left01.jpg" in page
    assert "NaN" not in page
    assert "://" not in page


def test_results_are_not_replaced_unasked(calibrated, photos):
    done = arviz("calibrate", "run", *photos, "--board", BOARD, "-o", calibrated[0] / "c.json")
    assert done.code == 3
    assert "E_OUTPUT_EXISTS" in done.err


@pytest.mark.parametrize(
    ("results", "code"),
    [
        (["-o", "a.txt"], "E_OUTPUT_FORMAT"),
        (["-o", "a.json", "--report", "a.png"], "E_OUTPUT_FORMAT"),
        (["-o", "a.json", "--report", "a.json"], "E_OUTPUT_FORMAT"),
    ],
)
def test_results_are_called_what_they_are(photos, tmp_path, results, code):
    named = [tmp_path / word if "." in word else word for word in results]
    done = arviz("calibrate", "run", *photos[:5], "--board", BOARD, *named, "--json")
    assert done.code == 3
    assert done.json["error"]["code"] == code
    assert list(tmp_path.iterdir()) == []
    assert arviz("calibrate", "board", "--board", BOARD, "-o", tmp_path / "board.png").code == 3


def test_all_results_are_named(photos, tmp_path):
    done = arviz("calibrate", "run", *photos[:5], "--board", BOARD, "-o", tmp_path / "c.json", "--report", tmp_path / "c.html")
    assert done.code == 0, done.err
    assert "5 of 5 pictures" in done.out
    assert "c.json" in done.out
    assert "c.html" in done.out


def test_check_passes_on_a_photo_of_the_calibration(calibrated, photos):
    done = arviz("calibrate", "check", calibrated[0] / "c.json", photos[0], "--json")
    assert done.code == 0
    assert done.json["ok"]
    assert done.json["ratio"] < 1.5


def test_check_fails_when_the_lens_has_moved(calibrated, photos, tmp_path):
    moved = json.loads((calibrated[0] / "c.json").read_text("utf-8"))
    moved["fx_px"] *= 1.05
    moved["distortion"] = []
    (tmp_path / "moved.json").write_text(json.dumps(moved))
    done = arviz("calibrate", "check", tmp_path / "moved.json", photos[0], photos[5])
    assert done.code == 1
    assert "drifted" in done.out


def test_too_few_photos_are_told(photos, tmp_path):
    done = arviz("calibrate", "run", photos[0], "--board", BOARD, "-o", tmp_path / "c.json", "--json")
    assert done.code == 3
    assert done.json["error"]["code"] == "E_CALIBRATION_VIEWS"
    assert not (tmp_path / "c.json").exists()


def test_the_wrong_board_is_told(photos, tmp_path):
    done = arviz("calibrate", "run", *photos[:3], "--board", "chessboard:5x4:25mm", "-o", tmp_path / "c.json")
    assert done.code == 3
    assert "E_BOARD_NOT_FOUND" in done.err
    assert "inner corners" in done.err
    assert "chessboard:9x6" in done.err


def test_a_board_is_written_to_print(tmp_path):
    done = arviz("calibrate", "board", "--board", "charuco:7x10:26mm", "-o", tmp_path / "board.pdf")
    assert done.code == 0
    assert (tmp_path / "board.pdf").read_bytes().startswith(b"%PDF")
    assert "100 mm" in done.out
    assert arviz("calibrate", "board", "--board", "charuco:7", "-o", tmp_path / "b.pdf").code == 3


def test_a_film_without_a_board_tells_what_is_missing(tmp_path):
    import cv2
    import numpy as np

    path = tmp_path / "empty.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (160, 120))
    for _ in range(6):
        writer.write(np.full((120, 160, 3), 99, np.uint8))
    writer.release()
    done = arviz("calibrate", "guide", path, "--board", BOARD, "-o", tmp_path / "frames", "--json")
    assert done.code == 1
    assert done.json["frames"] == []
    assert len(done.json["missing"]) == 11
    assert not (tmp_path / "frames").exists()
    assert arviz("calibrate", "guide", "--board", BOARD).code == 2
