from __future__ import annotations

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.flows.calibrate_guide import guide
from arviz.testing.boards import board_view
from arviz.vision.calibration.boards import parse_board
from arviz.vision.calibration.coverage import GOALS

BOARD = parse_board("chessboard:6x5:25mm")
CAMERA = Camera(k=np.array([[320.0, 0, 159.5], [0, 320, 119.5], [0, 0, 1]]), width_px=320, height_px=240)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Return a film: nothing, then the board in the middle, then far away; each for a second."""
    import cv2

    path = tmp_path_factory.mktemp("film") / "board.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (320, 240))
    empty = np.full((240, 320, 3), 120, np.uint8)
    pictures = [empty]
    for z in (0.35, 0.7):
        pose = np.eye(4)
        pose[:3, 3] = (-BOARD.size_m[0] / 2, -BOARD.size_m[1] / 2, z)
        pictures.append(board_view(BOARD, camera=CAMERA, camera_from_board=pose, blur_px=0.5).pixels[..., ::-1])
    for picture in pictures:
        for _ in range(10):
            writer.write(np.ascontiguousarray(picture))
    writer.release()
    return path


def test_a_film_is_looked_through_and_still_new_frames_are_kept(film):
    looks = list(guide(film, board=BOARD))
    assert [look.number for look in looks] == list(range(0, 30, 2))
    assert looks[0].coverage.prompt == "show the whole board"
    taken = [look.number for look in looks if look.coverage.took]
    assert taken == [12, 22]  # the second look at each place: it has to stand still
    assert {"centre", "far"} <= looks[-1].coverage.met
    assert looks[-1].coverage.prompt == GOALS["upper left"]
    assert not looks[-1].coverage.done


def test_what_is_no_film_is_told(tmp_path):
    with pytest.raises(InputError) as told:
        list(guide(tmp_path / "none.mp4", board=BOARD))
    assert told.value.code == "E_FILE_MISSING"
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(InputError) as told:
        list(guide(tmp_path / "text.mp4", board=BOARD))
    assert told.value.code == "E_VIDEO"
