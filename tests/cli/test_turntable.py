"""``arviz turntable``."""

import signal
import subprocess
import sys
import time

import pytest
from PIL import Image as PillowImage

from arviz.core.image import measure
from tests.cli.command_line import arviz
from tests.formats.test_read import BOX


def test_a_clip_from_the_shell(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    options = ["--frames", "5", "--seconds", "1", "--width", "48", "--height", "40", "--orbit", "10deg 80deg", "--direction", "left"]
    done = arviz("turntable", tmp_path / "box.obj", "-o", tmp_path / "box.webp", *options)
    assert done.code == 0, done.err
    assert "48 x 40, 5 frames in 1 s, WebP" in done.out
    assert done.out.count("\n") == 1
    assert "\x1b" not in done.err  # no bar where nobody watches
    clip = PillowImage.open(tmp_path / "box.webp")
    assert (clip.size, clip.n_frames) == ((48, 40), 5)
    again = arviz("turntable", tmp_path / "box.obj", "-o", tmp_path / "box.webp", *options)
    assert again.code == 3
    assert "--force" in again.err
    forced = arviz("turntable", tmp_path / "box.obj", "-o", tmp_path / "box.webp", *options, "--force", "--json")
    assert forced.json["schema"] == "arviz.turntable/1"
    assert (forced.json["frames"], forced.json["codec"]) == (5, "WebP")
    assert forced.json["bytes"] == (tmp_path / "box.webp").stat().st_size
    assert measure((tmp_path / "box.webp").read_bytes()) == (48, 40)


def test_an_unknown_suffix_is_explained(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    done = arviz("turntable", tmp_path / "box.obj", "-o", tmp_path / "box.mov")
    assert done.code == 3
    assert ".mp4" in done.err


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_being_stopped_leaves_nothing_half_written(tmp_path, sent, code):
    (tmp_path / "box.obj").write_text(BOX)
    out = tmp_path / "out"
    command = ["turntable", tmp_path / "box.obj", "-o", out / "box.webp", "--frames", "3000", "--seconds", "100", "--width", "64"]
    process = subprocess.Popen([sys.executable, "-m", "arviz", *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 180
    while not any(path.stat().st_size > 2000 for path in out.glob(".*.part")):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(sent)
    _, error = process.communicate(timeout=180)
    assert process.returncode == code
    assert sent != signal.SIGINT or b"interrupted" in error
    assert list(out.iterdir()) == []
