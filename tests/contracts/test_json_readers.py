"""Everyone who reads a JSON file of ours, or of an app, refuses what is none with one of our errors, and never hangs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from arviz.check.profile_file import load_profile
from arviz.core.camera import Camera
from arviz.core.camera_file import camera_to_json, read_camera
from arviz.core.errors import ArvizError
from arviz.core.room import Plane, Room, Scale
from arviz.core.room_file import read_room, room_to_json
from arviz.flows.calibrate import check_camera
from arviz.formats.files import Files
from arviz.place.rules import read_rules
from arviz.vision.calibration.exif import Exif
from arviz.vision.calibration.profile import find_profile
from arviz.vision.calibration.rig_file import read_rig, rig_to_json
from arviz.vision.calibration.stereo import StereoRig
from arviz.vision.captures.capture import read_capture

CAMERA = Camera(k=np.array([[500.0, 0, 320], [0, 501, 240], [0, 0, 1]]), width_px=640, height_px=480)
RIG = StereoRig(
    left=CAMERA,
    right=CAMERA,
    right_from_left=np.eye(4) - 0.1 * np.eye(4, k=3),
    pairs=9,
    rms_px=0.2,
    sigma_baseline_m=0.001,
    epipolar_px=0.1,
)
SQUARE = np.array([[0, 0, 0], [0, 0, 2], [3, 0, 2], [3, 0, 0]], float)
FLOOR = Plane(kind="floor", normal=(0, 1, 0), offset_m=0, outline_m=SQUARE, sigma_normal_rad=0.01, sigma_offset_m=0.01, source="depth")
ROOM = Room(planes=(FLOOR,), scale=Scale(sigma=0.01, source="depth"))
SOURCE = {"title": "House", "url": "", "read": "2026-11", "class": "platform"}
PROFILE_RULE = {"fact": "bytes", "op": "max", "value": 10, "severity": "error", "source": SOURCE}
RULE = {"id": "walkway", "needed_mm": 1000, "what": "Clear width", "source": "our shop"}


class Reader(NamedTuple):
    """How a file is read, one that is fine, a number in it, and whether it may hold keys of others."""

    read: Callable[[Path], Any]
    fine: Mapping[str, Any]
    number: str
    closed: bool = False


def _bytes(path: Path) -> bytes:
    return Files(path, name=path.name).read_input()


READERS = {
    "rules": Reader(read_rules, {"schema": "arviz.rules/1", "title": "Ours", "rules": [RULE]}, "1000", closed=True),
    "profile": Reader(load_profile, {"schema": "arviz.profile/1", "title": "Shop", "rules": [PROFILE_RULE]}, "10", closed=True),
    "camera": Reader(lambda path: read_camera(_bytes(path), where=path.name), camera_to_json(CAMERA), "501.0"),
    "room": Reader(lambda path: read_room(_bytes(path), where=path.name), room_to_json(ROOM), "0.01"),
    "rig": Reader(lambda path: read_rig(_bytes(path), where=path.name), rig_to_json(RIG), "0.001"),
}
BOMB = "[" * 100_000
NO_FILE = {
    "nothing": lambda text, number: b"",
    "not UTF-8": lambda text, number: text.replace('"', '"\xff', 1).encode("latin-1"),
    "not JSON": lambda text, number: text[:-1].encode(),
    "a list": lambda text, number: f"[{text}]".encode(),
    "another version": lambda text, number: text.replace("/1", "/9", 1).encode(),
    "a key twice": lambda text, number: text.replace("{", '{"schema": "arviz.x/1", ', 1).encode(),
    "no number": lambda text, number: text.replace(number, "NaN", 1).encode(),
    "an endless number": lambda text, number: text.replace(number, "1e999", 1).encode(),
    "brackets without end": lambda text, number: text.replace("{", f'{{"x-a": {BOMB}, ', 1).encode(),
    "brackets that close": lambda text, number: text.replace("{", f'{{"x-a": {BOMB}{"]" * 100_000}, ', 1).encode(),
    "too many values": lambda text, number: text.replace("{", f'{{"x-a": [{"1," * 1_000_000}1], ', 1).encode(),
}


@pytest.fixture(params=READERS)
def reader(request) -> Reader:
    return READERS[request.param]


def _refused(reader: Reader, path: Path) -> ArvizError:
    with pytest.raises(ArvizError) as caught:
        reader.read(path)
    assert caught.value.exit_code in (3, 4)
    assert path.name in caught.value.where
    assert caught.value.hint or caught.value.expected
    return caught.value


def test_what_is_fine_is_read_with_a_byte_order_mark_too(reader, tmp_path):
    path = tmp_path / "f.json"
    path.write_text(json.dumps(reader.fine), "utf-8-sig")
    assert reader.read(path) is not None


@pytest.mark.parametrize("broken", NO_FILE)
def test_what_is_no_such_file_is_refused(reader, broken, tmp_path):
    path = tmp_path / "f.json"
    text = json.dumps(reader.fine)
    data = NO_FILE[broken](text, reader.number)
    assert data != text.encode()
    path.write_bytes(data)
    _refused(reader, path)


def test_a_misspelt_key_is_told(reader, tmp_path):
    path = tmp_path / "f.json"
    path.write_text(json.dumps({**reader.fine, "titel": 1}))
    if reader.closed:
        assert "titel" in _refused(reader, path).found
    else:  # cameras and rooms carry what others add: a calibration, lengths
        assert reader.read(path) is not None


def test_what_is_no_file_or_too_large_is_never_read(reader, tmp_path):
    assert _refused(reader, tmp_path / "gone.json").code == "E_FILE_MISSING"
    (tmp_path / "folder.json").mkdir()
    assert _refused(reader, tmp_path / "folder.json").code == "E_FILE_KIND"
    os.mkfifo(tmp_path / "pipe.json")
    assert _refused(reader, tmp_path / "pipe.json").code == "E_FILE_KIND"
    with open(tmp_path / "large.json", "wb") as file:
        file.truncate(2**29 + 1)  # a hole: takes no room on the disk
    assert _refused(reader, tmp_path / "large.json").code == "E_LIMIT_FILE_BYTES"


def test_the_doors_that_take_a_path_do_not_hang_either(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(ArvizError, match="regular"):
        check_camera(tmp_path / "pipe.json", [])
    exif = Exif(make="Maker", model="M1", lens="wide", focal_mm=4.2, focal35_mm=26)
    assert find_profile(exif, width_px=640, height_px=480, folder=tmp_path) is None


@pytest.mark.parametrize("format", ["app", "roomplan"])
@pytest.mark.parametrize("broken", ["not UTF-8", "not JSON", "a list", "no number", "an endless number", "brackets without end"])
def test_exports_of_apps_are_refused_alike(format, broken, tmp_path):
    fine = {"schema": "arviz.frame/1", "walls": [], "objects": [], "frames": [], "number": 501.5}
    path = tmp_path / "f.json"
    path.write_bytes(NO_FILE[broken](json.dumps(fine), "501.5"))
    with pytest.raises(ArvizError) as caught:
        read_capture(path, format=format)
    assert caught.value.code in ("E_CAPTURE_JSON", "E_LIMIT_JSON_DEPTH")
