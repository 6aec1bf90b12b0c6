"""Zip archives of captures: read like the folder, deleted afterwards, refused where they lead out or swell."""

from __future__ import annotations

import stat
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.camera import Camera, Frame
from arviz.core.errors import ArvizError, FormatError, LimitError
from arviz.core.image import Image
from arviz.testing.captures import write_polycam, write_stray
from arviz.vision.captures.capture import is_capture, read_capture

FRAME = Frame(
    image=Image(pixels=np.full((48, 64, 3), 90, np.uint8)),
    camera=Camera(k=np.array([[50, 0, 31.5], [0, 50, 23.5], [0, 0, 1]]), width_px=64, height_px=48),
    world_from_camera=np.eye(4),
    depth_m=np.full((24, 32), 2, np.float32),
)


@pytest.fixture(autouse=True)
def unpacking(tmp_path, monkeypatch) -> Path:
    """Return the folder in which archives are unpacked."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def packed(folder: Path, archive: Path, *, under: str = "") -> Path:
    """Zip a folder, its content under a name."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                out.write(file, f"{under}{file.relative_to(folder)}")
        out.writestr("__MACOSX/._nothing", b"\0")
    return archive


@pytest.mark.parametrize("under", ["", "8653a2142b/", "export/8653a2142b/"])
@pytest.mark.parametrize("writer", [write_stray, write_polycam])
def test_an_archive_is_read_like_its_folder(writer, under, tmp_path, unpacking):
    folder = writer(tmp_path / "session", [FRAME])
    archive = packed(folder, tmp_path / "scan.zip", under=under)
    assert is_capture(archive)
    one, other = read_capture(folder), read_capture(archive)
    assert (one.format, one.names) == (other.format, other.names)
    assert (one.frames[0].image.pixels == other.frames[0].image.pixels).all()
    assert (one.frames[0].depth_m == other.frames[0].depth_m).all()
    assert list(unpacking.iterdir()) == []


def test_an_archive_of_one_json_file_is_that_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "room.zip", "w") as out:
        out.writestr("Room.json", '{"walls": [], "objects": []}')
    with pytest.raises(FormatError) as error:
        read_capture(tmp_path / "room.zip")
    assert error.value.code == "E_CAPTURE_EMPTY"


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "c:/out.txt", "a\\..\\out.txt"])
def test_names_that_lead_out_are_refused_before_anything_is_written(name, tmp_path, unpacking):
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as out:
        out.writestr("first.txt", "x")
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        out.writestr(entry, "x")
    with pytest.raises(FormatError) as error:
        read_capture(tmp_path / "scan.zip")
    assert error.value.code == "E_ARCHIVE_PATH"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scan.zip", "temporary"]
    assert list(unpacking.iterdir()) == []


def test_links_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as out:
        entry = zipfile.ZipInfo("depth")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        out.writestr(entry, "/etc")
    with pytest.raises(FormatError) as error:
        read_capture(tmp_path / "scan.zip")
    assert error.value.code == "E_ARCHIVE_LINK"


def test_what_swells_is_stopped(tmp_path, unpacking):
    with zipfile.ZipFile(tmp_path / "scan.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("rgb.mp4", bytes(64 * 2**20))
    with pytest.raises(LimitError) as error:
        read_capture(tmp_path / "scan.zip")
    assert error.value.code == "E_LIMIT_UNZIP"
    assert list(unpacking.iterdir()) == []


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_swell_in_memory_are_refused(method, tmp_path, unpacking):
    with zipfile.ZipFile(tmp_path / "scan.zip", "w", method) as out:
        out.writestr("rgb.mp4", bytes(2**20))
    with pytest.raises(FormatError) as error:
        read_capture(tmp_path / "scan.zip")
    assert error.value.code == "E_ARCHIVE"
    assert list(unpacking.iterdir()) == []


def test_folders_in_folders_without_end_are_refused(tmp_path, unpacking):
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as out:
        out.writestr("a/" * 500 + "rgb.mp4", "x")
    with pytest.raises(FormatError) as error:
        read_capture(tmp_path / "scan.zip")
    assert error.value.code == "E_ARCHIVE"
    assert list(unpacking.iterdir()) == []


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.binary(max_size=5), st.integers(0, 40))
def test_damaged_archives_are_refused_in_words(tmp_path_factory, at, patch, cut):
    folder = tmp_path_factory.mktemp("damaged")
    archive = packed(write_polycam(folder / "session", [FRAME]), folder / "scan.zip")
    data = archive.read_bytes()
    at %= len(data)
    archive.write_bytes(data[:at] + patch + data[at + cut :])
    try:
        capture = read_capture(archive)
    except ArvizError as error:
        assert "arviz-capture-" not in f"{error} {error.hint}"  # noqa: PT017
    else:
        assert len(capture.frames) == 1
