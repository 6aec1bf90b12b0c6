"""Whatever stands in the files of a session: it is read, or refused by an error of arviz, and no number is NaN."""

from __future__ import annotations

import json
import shutil
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.camera import Camera, Frame
from arviz.core.errors import ArvizError, LimitError
from arviz.core.frames import look_at
from arviz.core.image import Image
from arviz.core.limits import Limits
from arviz.core.room_file import room_to_json
from arviz.testing.captures import write_app_json, write_arkitscenes, write_multiscan, write_polycam, write_stray
from arviz.vision.captures.capture import Capture, read_capture
from arviz.vision.captures.shots import Shot, choose
from tests.vision.captures.mutations import mutated

FILES = {
    "stray": ["odometry.csv", "camera_matrix.csv", "rgb.mp4", "depth/000000.png", "confidence/000000.png"],
    "polycam": ["keyframes/corrected_cameras/0.json", "keyframes/corrected_images/0.jpg", "keyframes/depth/0.png"],
    "arkitscenes": ["lowres_wide.traj", "lowres_wide_intrinsics/40753679_0.000.pincam", "lowres_wide/40753679_0.000.png"],
    "multiscan": ["scene_00000_00.jsonl", "scene_00000_00.json", "scene_00000_00.depth.zlib", "scene_00000_00.confidence.zlib"],
    "app": ["session.json", "photo_0.png", "depth/0.png"],
}
WRITERS = {
    "stray": write_stray,
    "polycam": write_polycam,
    "arkitscenes": write_arkitscenes,
    "multiscan": write_multiscan,
    "app": lambda folder, frames: write_app_json(folder / "session.json", frames),
}


def small_frames(count: int = 3) -> list[Frame]:
    """Return tiny frames on a walk."""
    camera = Camera(k=np.array([[50, 0, 31.5], [0, 50, 23.5], [0, 0, 1]]), width_px=64, height_px=48)
    poses = [look_at(np.array([0.4 * i, 1.5, 0]), np.array([0, 1, -3 - i])) for i in range(count)]
    return [
        Frame(
            image=Image(pixels=np.full((48, 64, 3), 60 + 40 * i, np.uint8)),
            camera=camera,
            time_s=float(i),
            world_from_camera=pose,
            depth_m=np.full((24, 32), 2, np.float32),
            confidence=np.ones((24, 32), np.float32),
        )
        for i, pose in enumerate(poses)
    ]


@pytest.fixture(scope="module")
def sessions(tmp_path_factory) -> dict[str, Path]:
    """Return a small session of each format."""
    folder = tmp_path_factory.mktemp("sessions")
    return {name: writer(folder / name, small_frames()) for name, writer in WRITERS.items()}


def check_numbers(capture: Capture) -> None:
    """Fail on any number that is none."""
    for frame in capture.frames:
        assert np.isfinite(frame.camera.k).all()
        assert np.isfinite(frame.time_s)
        assert frame.world_from_camera is None or np.isfinite(frame.world_from_camera).all()
        assert frame.depth_m is None or not np.isnan(frame.depth_m).any()
        assert frame.confidence is None or (frame.confidence.min() >= 0 and frame.confidence.max() <= 1)


@pytest.mark.parametrize("name", sorted(FILES))
@settings(max_examples=25)
@given(data=st.data())
def test_damaged_files_are_read_or_refused_in_words(name, sessions, tmp_path_factory, data):
    source = sessions[name]
    root = source if source.is_dir() else source.parent
    folder = tmp_path_factory.mktemp("damaged") / "session"
    shutil.copytree(root, folder)
    file = folder / data.draw(st.sampled_from(FILES[name]))
    content = file.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    patch = data.draw(st.binary(max_size=6) | st.sampled_from([b"nan", b"1e999", b'"', b"-", b"{", b"\n", b"99999999999"]))
    keep = data.draw(st.integers(0, 8))
    file.write_bytes(content[:at] + patch + content[at + keep :])
    try:
        capture = read_capture(folder if source.is_dir() else folder / source.name, max_frames=2)
    except ArvizError as error:
        text = str(error) + str(error.hint)
    else:
        check_numbers(capture)
        text = "".join(finding.message for finding in capture.findings)
    assert str(tmp_path_factory.getbasetemp()) not in text  # where a session lies is nobody's business


DOCUMENTS = {
    "app": "session.json",
    "polycam": "keyframes/corrected_cameras/0.json",
    "multiscan": "scene_00000_00.json",
}
LIGHT = {"kind": "arcore", "sh": [0.5] * 27, "main_direction": [0, 1, 0], "main_intensity": [1, 1, 1]}
ANCHOR = {"transform": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], "extent_m": [2, 3], "kind": "floor", "sigma_offset_m": 0.01}


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
@settings(max_examples=40)
@given(data=st.data())
def test_documents_with_wrong_values_are_read_or_refused_in_words(name, sessions, tmp_path_factory, data):
    source = sessions[name]
    folder = tmp_path_factory.mktemp("mutated") / "session"
    shutil.copytree(source if source.is_dir() else source.parent, folder)
    document = folder / DOCUMENTS[name]
    values = json.loads(document.read_text())
    if name == "app":
        values |= {"light": LIGHT, "planes": [ANCHOR, ANCHOR | {"boundary_m": [[0, 0], [1, 0], [1, 2]]}]}
    document.write_text(json.dumps(mutated(data, values)))
    try:
        capture = read_capture(folder if source.is_dir() else document, max_frames=2)
    except ArvizError:
        return
    check_numbers(capture)
    if capture.room is not None:
        assert json.dumps(room_to_json(capture.room), allow_nan=False)


@pytest.mark.parametrize("name", ["stray", "multiscan"])
@pytest.mark.parametrize("cut", [0, 5, 200])
def test_videos_that_end_early_are_refused_or_shorter(name, sessions, tmp_path, cut):
    folder = tmp_path / "session"
    shutil.copytree(sessions[name], folder)
    video = next(folder.glob("*.mp4"))
    video.write_bytes(video.read_bytes()[:cut])
    with pytest.raises(ArvizError) as error:
        read_capture(folder)
    assert error.value.code == "E_VIDEO"


def test_limits_hold(sessions):
    for name, path in sessions.items():
        with pytest.raises(LimitError):
            read_capture(path, limits=Limits(file_bytes=10, json_bytes=10, image_pixels=10, image_bytes=10))
        assert len(read_capture(path, max_frames=1).frames) == 1, name


def test_a_deflated_bomb_is_not_held_in_memory(sessions, tmp_path):
    import tracemalloc
    import zlib

    folder = tmp_path / "session"
    shutil.copytree(sessions["multiscan"], folder)
    (folder / "scene_00000_00.depth.zlib").write_bytes(zlib.compress(bytes(200 * 2**20), 1))
    tracemalloc.start()
    capture = read_capture(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.isinf(capture.frames[0].depth_m).all()
    assert peak < 40 * 2**20


def test_names_of_json_do_not_lead_out_through_links(sessions, tmp_path):
    folder = tmp_path / "session"
    shutil.copytree(sessions["app"].parent, folder)
    (folder / "link").symlink_to(tmp_path)
    values = json.loads((folder / "session.json").read_text())
    values["frames"][0]["image"] = "link/elsewhere.png"
    (folder / "session.json").write_text(json.dumps(values))
    with pytest.raises(LimitError) as error:
        read_capture(folder / "session.json")
    assert error.value.code == "E_EXTERNAL_URI"


def walk(count: int, *, x_m: float) -> list[Shot]:
    """Return shots of a camera that moves evenly along x."""
    frame = small_frames(1)[0]
    shots = []
    for i in range(count):
        pose = np.eye(4)
        pose[0, 3] = x_m * i / max(count - 1, 1)
        shots.append(Shot(name=str(i), index=i, time_s=i / 60, k=frame.camera.k, size_px=None, pose=pose))
    return shots


@given(st.integers(1, 400), st.integers(1, 40), st.sampled_from([0.0, 0.01, 8.0]))
def test_chosen_frames_are_few_in_order_and_spread_over_the_way(count, most, x_m):
    taken = choose(walk(count, x_m=x_m), max_frames=most)
    numbers = [shot.index for shot in taken]
    assert len(taken) == min(count, most)
    assert numbers == sorted(set(numbers))
    # No gap is longer than two stretches.
    gaps = np.diff([0, *numbers, count - 1])
    assert gaps.max() <= 2 * np.ceil(count / min(most, count))


def test_of_each_stretch_the_sharpest_is_taken():
    shots = [replace(shot, sharpness=float(shot.index in (7, 23, 44))) for shot in walk(60, x_m=3.0)]
    assert [shot.index for shot in choose(shots, max_frames=3)] == [7, 23, 44]


def test_a_pause_gets_no_more_frames_than_its_time_is_worth():
    moving, resting = walk(100, x_m=5.0), walk(100, x_m=0.0)
    shots = [*resting, *(replace(shot, index=100 + shot.index, time_s=2 + shot.time_s) for shot in moving)]
    taken = choose(shots, max_frames=20)
    assert sum(shot.index < 100 for shot in taken) <= 2


def test_a_video_that_asks_to_be_turned_is_read_as_the_sensor_stood(sessions, tmp_path):
    folder = tmp_path / "session"
    shutil.copytree(sessions["stray"], folder)
    video = folder / "rgb.mp4"
    content = bytearray(video.read_bytes())
    matrix = content.index(b"tkhd") + 44  # ISO 14496-12, 8.3.2: version 0
    content[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 48 << 16, 0, 1 << 30)
    video.write_bytes(content)
    assert (read_capture(folder).frames[0].image.width_px, read_capture(folder).frames[0].image.height_px) == (64, 48)


def test_a_photo_is_turned_as_its_exif_says_only_where_its_camera_is(sessions, tmp_path):
    from PIL import Image as PillowImage

    folder = tmp_path / "session"
    shutil.copytree(sessions["app"].parent, folder)
    exif = PillowImage.Exif()
    exif[0x0112] = 6  # to be turned right by 90 degrees
    stored = PillowImage.fromarray(np.arange(64 * 48 * 3, dtype=np.uint32).reshape(48, 64, 3).astype(np.uint8))
    stored.save(folder / "photo_0.png", exif=exif)
    capture = read_capture(folder / "session.json")
    assert (capture.frames[0].image.pixels == np.asarray(stored)).all()
    values = json.loads((folder / "session.json").read_text())
    values["frames"] = [values["frames"][0] | {"width_px": 48, "height_px": 64, "k": [[50, 0, 24], [0, 50, 32], [0, 0, 1]], "depth": None}]
    (folder / "session.json").write_text(json.dumps(values))
    turned = read_capture(folder / "session.json").frames[0].image
    assert (turned.pixels == np.rot90(np.asarray(stored), -1)).all()
