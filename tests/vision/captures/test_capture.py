"""Every importer reads back what the app's writer wrote, and refuses what is broken, in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.errors import ArvizError, FormatError, InputError
from arviz.core.frames import look_at
from arviz.core.image import Image
from arviz.testing.captures import phone_camera, record, write_app_json, write_arkitscenes, write_multiscan, write_polycam, write_stray
from arviz.testing.rooms import SyntheticRoom, make_room
from arviz.vision.captures.capture import CAPTURES, Capture, read_capture
from tests.seeds import drawn_seed

WRITERS = {
    "stray": write_stray,
    "polycam": write_polycam,
    "arkitscenes": write_arkitscenes,
    "multiscan": write_multiscan,
    "app": lambda folder, frames: write_app_json(folder / "session.json", frames),
}
DEPTH_ERROR_M = {"multiscan": 0.00196}
"""Half of the last place of what is written: 16-bit floats between 4 and 8 m, else half a millimetre."""
DEPTH_FOLDERS = {"stray": "depth", "polycam": "keyframes/depth", "arkitscenes": "lowres_depth", "app": "depth"}
ROTATION_TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def room() -> SyntheticRoom:
    """Return a room of a fresh seed, printed so that a failure can be repeated."""
    return make_room(drawn_seed(), camera=phone_camera(), views=4)


@pytest.fixture(scope="module")
def frames(room) -> list[Frame]:
    """Return the room's frames with exact depth."""
    return record(room)


@pytest.fixture(params=sorted(WRITERS))
def written(request, frames, tmp_path) -> tuple[str, Path]:
    """Return a format and where it was written."""
    return request.param, WRITERS[request.param](tmp_path / "session", frames)


def world_points(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return the world points of a frame's known depth and their pixels in the depth map."""
    depth = frame.depth_m
    camera = frame.camera.resized(width_px=depth.shape[1], height_px=depth.shape[0])
    rows, columns = np.nonzero(np.isfinite(depth))
    pixels = np.stack([columns, rows, np.ones_like(rows)], axis=1)
    points = (pixels @ np.linalg.inv(camera.k).T) * depth[rows, columns, None]
    return points @ frame.world_from_camera[:3, :3].T + frame.world_from_camera[:3, 3], np.stack([rows, columns], axis=1)


def test_cameras_poses_and_depth_are_those_written(written, frames):
    name, path = written
    capture = read_capture(path)
    assert capture.format == name
    assert len(capture.frames) == len(frames)
    for read, true in zip(capture.frames, frames, strict=True):
        assert np.abs(read.camera.k - true.camera.k).max() < 1e-5
        assert (read.camera.width_px, read.camera.height_px) == (true.image.width_px, true.image.height_px)
        assert np.abs(read.world_from_camera - true.world_from_camera).max() < ROTATION_TOLERANCE
        assert read.time_s == pytest.approx(true.time_s, abs=0.001)
        known = np.isfinite(true.depth_m)
        assert (np.isfinite(read.depth_m) == known).all()
        assert np.abs(read.depth_m[known] - true.depth_m[known]).max() <= DEPTH_ERROR_M.get(name, 0.000501)
        assert (read.confidence == 1).all()
        # Lossy pictures: the colours of large areas stay.
        assert np.median(np.abs(read.image.pixels.astype(int) - true.image.pixels.astype(int))) <= 6


def test_points_lie_on_the_planes_of_the_room(written, room):
    name, path = written
    for frame, view in zip(read_capture(path).frames, room.views, strict=True):
        small = view.camera.resized(width_px=frame.depth_m.shape[1], height_px=frame.depth_m.shape[0])
        labels = room.labels(replace(view, camera=small))
        points, pixels = world_points(frame)
        label = labels[pixels[:, 0], pixels[:, 1]]
        for index in np.unique(label[label >= 0]):
            # An error along z is none larger across a plane, but longer along slanted rays.
            assert np.abs(room.planes[index].distance_m(points[label == index])).max() < 1.4 * DEPTH_ERROR_M.get(name, 0.0005) + 0.0005


def test_numbers_have_a_sigma_and_a_source(written):
    capture = read_capture(written[1])
    assert capture.scale.sigma > 0
    assert "LiDAR" in capture.scale.source
    assert all(view.sigma_position_m > 0 and view.sigma_rotation_rad > 0 and view.name for view in capture.views)


def test_multiscan_of_android_counts_millimetres_and_nanoseconds(frames, tmp_path):
    capture = read_capture(write_multiscan(tmp_path / "scan", frames, android=True))
    for read, true in zip(capture.frames, frames, strict=True):
        assert read.time_s == pytest.approx(true.time_s, abs=0.001)
        known = np.isfinite(true.depth_m)
        assert np.abs(read.depth_m[known] - true.depth_m[known]).max() <= 0.000501
        assert (read.confidence == 1).all()
    assert "ARCore" in capture.scale.source


def test_long_sessions_are_thinned_out(written):
    capture = read_capture(written[1], max_frames=2)
    assert len(capture.frames) == 2
    assert "I_CAPTURE_FRAMES" in {finding.code for finding in capture.findings}
    assert capture.frames[0].time_s < capture.frames[1].time_s


@pytest.mark.parametrize("name", sorted(DEPTH_FOLDERS))
def test_missing_depth_is_said(name, frames, tmp_path):
    path = WRITERS[name](tmp_path / "session", frames)
    sorted((tmp_path / "session" / DEPTH_FOLDERS[name]).iterdir())[0].unlink()
    capture = read_capture(path)
    assert [frame.depth_m is None for frame in capture.frames] == [True, False, False, False]
    assert "W_CAPTURE_DEPTH" in {finding.code for finding in capture.findings}


def test_unknown_things_get_the_list_of_what_is_known(tmp_path):
    with pytest.raises(FormatError) as error:
        read_capture(tmp_path)
    assert error.value.code == "E_CAPTURE_UNKNOWN"
    assert all(CAPTURES.get(name).title in error.value.expected for name in CAPTURES)
    with pytest.raises(InputError) as error:
        read_capture(tmp_path / "nothing")
    assert error.value.code == "E_FILE_MISSING"


def test_stray_reads_the_axes_of_its_documents(tmp_path):
    """ARKit's resting camera looks along -Z with x right; the app writes its quaternion times a half turn about x."""
    frame = Frame(
        image=Image(pixels=np.full((48, 64, 3), 90, np.uint8)),
        camera=Camera(k=np.array([[50, 0, 31.5], [0, 50, 23.5], [0, 0, 1]]), width_px=64, height_px=48),
        world_from_camera=look_at(np.zeros(3), np.array([0, 0, -1])),
        depth_m=np.full((24, 32), 2, np.float32),
    )
    path = write_stray(tmp_path / "scan", [frame])
    (path / "odometry.csv").write_text("timestamp, frame, x, y, z, qx, qy, qz, qw\n1.5, 000000, 0, 1, 0, 1, 0, 0, 0\n")
    (path / "camera_matrix.csv").write_text("50, 0, 32\n0, 50, 24\n0, 0, 1")
    points, _ = world_points(read_capture(path).frames[0])
    assert np.allclose(points.mean(axis=0), [0, 1, -2])
    assert points[0, 0] < 0 < points[-1, 0]
    assert points[0, 1] > 1 > points[-1, 1]


def test_polycam_reads_the_axes_of_its_documents(tmp_path, frames):
    path = write_polycam(tmp_path / "scan", frames[:1])
    camera = next((path / "keyframes" / "corrected_cameras").iterdir())
    values = json.loads(camera.read_text())
    values |= {f"t_{r}{c}": float(r == c) for r in range(3) for c in range(4)} | {"t_13": 1.0}
    camera.write_text(json.dumps(values))
    frame = read_capture(path).frames[0]
    assert np.allclose(frame.world_from_camera, [[1, 0, 0, 0], [0, -1, 0, 1], [0, 0, -1, 0], [0, 0, 0, 1]])


def test_poses_that_are_none_are_left_out(tmp_path, frames):
    path = write_stray(tmp_path / "scan", frames)
    lines = (path / "odometry.csv").read_text().splitlines()
    first, last = lines[1].split(", "), lines[-1]
    lines[1] = ", ".join([*first[:5], "nan", "0", "0", "0"])
    lines[2:] = [last, *lines[2:-1]]
    (path / "odometry.csv").write_text("\n".join(lines))
    capture = read_capture(path)
    assert [frame.time_s for frame in capture.frames] == [frame.time_s for frame in frames[1:]]
    assert {finding.code for finding in capture.findings} >= {"W_CAPTURE_POSES", "W_CAPTURE_ORDER"}
    (path / "odometry.csv").write_text("\n".join([lines[0], *[lines[1]] * 3]))
    with pytest.raises(FormatError) as error:
        read_capture(path)
    assert error.value.code == "E_CAPTURE_EMPTY"


def test_a_camera_of_another_resolution_is_refused(tmp_path, frames):
    path = write_stray(tmp_path / "scan", frames)
    (path / "camera_matrix.csv").write_text("1594, 0, 960\n0, 1594, 724\n0, 0, 1")
    with pytest.raises(FormatError) as error:
        read_capture(path)
    assert error.value.code == "E_CAPTURE_SIZE"


def test_a_video_that_is_something_else_is_not_handed_to_the_decoder(tmp_path, frames):
    path = write_stray(tmp_path / "scan", frames)
    (path / "rgb.mp4").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n")
    with pytest.raises(ArvizError) as error:
        read_capture(path)
    assert error.value.code == "E_VIDEO"


def test_nothing_outside_the_folder_is_read(tmp_path, frames):
    path = write_polycam(tmp_path / "scan", frames)
    outside = tmp_path / "elsewhere.png"
    depth = sorted((path / "keyframes" / "depth").iterdir())[0]
    depth.rename(outside)
    depth.symlink_to(outside)
    with pytest.raises(ArvizError) as error:
        read_capture(path)
    assert error.value.code == "E_EXTERNAL_URI"


def test_a_capture_without_frames_has_no_views():
    assert Capture(format="roomplan", frames=(), names=()).views == ()
