"""What every reader of captures must keep; a test module subclasses it and gives the fixture it names.

::

    @pytest.fixture
    def export(tmp_path):
        return "mine", my_writer(tmp_path)

    class TestMine(CaptureContract):
        pass
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from arviz.core.errors import ArvizError
from arviz.core.limits import DEFAULT_LIMITS
from arviz.core.room_file import room_to_json
from arviz.vision.captures.capture import CAPTURES, read_capture

_RIGID = 1e-4


class CaptureContract:
    """Ask a reader (fixture ``export``: its name, and a path that it can read) for what `CaptureFormat` promises."""

    def test_it_knows_its_own_and_nobody_elses(self, export: tuple[str, Path]) -> None:
        """Exactly one format recognises an export."""
        name, path = export
        assert [other for other in CAPTURES if CAPTURES.get(other).recognises(path)] == [name]

    def test_it_recognises_nothing_in_nothing(self, export: tuple[str, Path], tmp_path: Path) -> None:
        """Neither an empty folder nor a file of noise is an export, and asking is no error."""
        empty, noise = tmp_path / "empty", tmp_path / "noise.json"
        empty.mkdir()
        noise.write_bytes(b"\x00\xff{")
        for path in (empty, noise, tmp_path / "missing"):
            assert not CAPTURES.get(export[0]).recognises(path)

    def test_frames_are_in_order_of_time_with_rigid_poses(self, export: tuple[str, Path]) -> None:
        """Frames can be used as they are: known cameras, poses without scale or mirror, depth that is positive or +inf."""
        capture = read_capture(export[1])
        assert capture.format == export[0]
        times = [frame.time_s for frame in capture.frames]
        assert times == sorted(times)
        for frame in capture.frames:
            assert (frame.camera.width_px, frame.camera.height_px) == (frame.image.width_px, frame.image.height_px)
            if frame.world_from_camera is not None:
                turn = frame.world_from_camera[:3, :3]
                assert np.abs(turn @ turn.T - np.eye(3)).max() < _RIGID
                assert np.linalg.det(turn) > 0
            if frame.depth_m is not None:
                assert (frame.depth_m > 0).all()  # NaN is not
                assert np.isfinite(frame.depth_m).any()
            if frame.confidence is not None and frame.depth_m is not None:
                assert frame.confidence.shape == frame.depth_m.shape
                assert ((frame.confidence >= 0) & (frame.confidence <= 1)).all()

    def test_it_gives_what_it_states_and_no_more(self, export: tuple[str, Path]) -> None:
        """What is not among `CaptureFormat.gives` does not come out, and something does."""
        capture, gives = read_capture(export[1]), CAPTURES.get(export[0]).gives
        out = {
            "photos": bool(capture.frames),
            "poses": any(frame.world_from_camera is not None for frame in capture.frames),
            "depth": any(frame.depth_m is not None for frame in capture.frames),
            "room": capture.room is not None,
            "light": capture.lighting is not None,
        }
        assert any(out.values())
        assert {name for name, found in out.items() if found} <= set(gives)

    def test_what_the_file_states_can_be_written(self, export: tuple[str, Path]) -> None:
        """A room of a capture is finite and complete."""
        room = read_capture(export[1]).room
        if room is not None:
            json.dumps(room_to_json(room), allow_nan=False)

    def test_fewer_frames_on_request(self, export: tuple[str, Path]) -> None:
        """`max_frames` holds."""
        assert len(read_capture(export[1], max_frames=1).frames) <= 1

    def test_a_cut_off_export_is_an_error_in_words(self, export: tuple[str, Path]) -> None:
        """Each file cut in half, one at a time, gives a capture or an `ArvizError`; nothing else is raised."""
        name, path = export
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        refused = 0
        for file in [file for file in files if file.is_file()][:6]:
            whole = file.read_bytes()
            file.write_bytes(whole[: len(whole) // 2])
            try:
                CAPTURES.get(name).read(path, max_frames=3, limits=DEFAULT_LIMITS)
            except ArvizError:
                refused += 1
            finally:
                file.write_bytes(whole)
        if path.is_file():
            assert refused == 1
