"""Faces stay on the machine: the kernel saw nothing sent while `landmarks`, `tryon` and `mirror` ran, and they need no network.

One call is let through: open3d imports urllib3, which asks the kernel once whether it knows IPv6, by binding ::1, port 0. Nothing
listens there and nothing is sent.
"""

import re
import subprocess
import sys

import cv2
import numpy as np
import pytest

from arviz.core.image import encode
from arviz.core.resources import resource
from tests.vision.landmarks.test_processes import CONNECT, runs, traced

TOUCHES = re.compile(r"(?:connect|sendto|sendmsg|sendmmsg|bind|listen|accept4?)\([^\n]*AF_INET6?[^\n]*")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, astronaut, models):
    """A photo, a film, and a recipe with lipstick and glasses."""
    folder = tmp_path_factory.mktemp("faces")
    (folder / "photo.png").write_bytes(encode(astronaut, "PNG"))
    writer = cv2.VideoWriter(str(folder / "film.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 5, (320, 320))
    for _ in range(3):
        writer.write(np.ascontiguousarray(astronaut.pixels[:320, 60:380, ::-1]))
    writer.release()
    (folder / "glasses.glb").write_bytes(resource("assets", "products", "glasses", "glasses.glb").read_bytes())
    items = '{"kind": "lipstick", "albedo_srgb": "#B0263A"}, {"kind": "glasses", "asset": {"uri": "glasses.glb"}}'
    (folder / "look.json").write_text(f'{{"schema": "arviz.tryon/1", "id": "look", "items": [{items}]}}')
    return folder


def asked(folder):
    """Yield the arguments of each command."""
    yield "landmarks", str(folder / "photo.png"), "--json"
    yield "tryon", str(folder / "photo.png"), "--recipe", str(folder / "look.json"), "-o", str(folder / "with.png"), "--force"
    yield "tryon", str(folder / "film.avi"), "--recipe", str(folder / "look.json"), "-o", str(folder / "with.mp4"), "--force"


def sent(trace):
    """Return each line of a trace that binds, connects or sends by an internet protocol."""
    lines = TOUCHES.findall(trace.read_text(errors="replace"))
    return [line for line in lines if not (line.startswith("bind") and 'inet_pton(AF_INET6, "::1"' in line and "htons(0)" in line)]


def test_no_command_sends_anything(folder, tmp_path):
    if not runs("strace", "-o", str(tmp_path / "nothing"), "true"):
        pytest.skip("strace may not run here")
    traced(tmp_path, "-c", CONNECT)
    assert sent(tmp_path / "trace"), "a connection must be seen, or this test proves nothing"
    for arguments in asked(folder):
        done, _ = traced(tmp_path, "-m", "arviz", *arguments)
        assert done.returncode == 0, done.stderr
        assert sent(tmp_path / "trace") == [], arguments


def test_the_mirror_sends_nothing(folder, tmp_path, screen, monkeypatch):
    if not runs("strace", "-o", str(tmp_path / "nothing"), "true"):
        pytest.skip("strace may not run here")
    monkeypatch.setenv("DISPLAY", screen)
    done, _ = traced(tmp_path, "-m", "arviz", "mirror", "--video", str(folder / "film.avi"), "--recipe", str(folder / "look.json"))
    assert done.returncode == 0, done.stderr
    assert sent(tmp_path / "trace") == []


def test_every_command_works_where_there_is_no_network(folder):
    if not runs("unshare", "-rn", "true"):
        pytest.skip("an empty network namespace may not be made here")
    for arguments in asked(folder):
        command = ["unshare", "-rn", sys.executable, "-m", "arviz", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
