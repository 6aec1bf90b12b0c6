"""What only a process of its own shows: no socket, no abort at odd widths, nothing on stderr."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from arviz.vision.landmarks.estimator import LANDMARK_ESTIMATORS

LOOK = """
import sys
import numpy as np
from skimage import data
from arviz.core.image import Image
from arviz.flows.models import open_estimator

picture = data.astronaut()
small = np.pad(picture[::2, ::2], ((100, 0), (300, 300), (0, 0)))
for name in sys.argv[1:]:
    with open_estimator(name, kinds=("face", "pose", "hand", "person")) as estimator:
        kinds = {one.kind for pixels in (picture, small) for one in estimator.estimate(Image(pixels=pixels))}
        assert {"face", "pose"} <= kinds, kinds
        assert estimator.matte(Image(pixels=picture)).alpha.mean() > 0.2
print("seen")
"""
CONNECT = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
INTERNET = re.compile(r"\b(?:connect|sendto|bind|socket)\([^\n]*AF_INET6?\b")


@pytest.fixture(scope="module")
def names(models):
    del models
    pytest.importorskip("skimage")
    return [name for name in LANDMARK_ESTIMATORS if name != "litert" or _installed("ai_edge_litert")]


def _installed(module):
    from importlib.util import find_spec

    return find_spec(module) is not None


def traced(tmp_path, *command):
    """Run Python under strace; return its output and each call that touches the internet."""
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-qq", "-e", "trace=network", "-o", str(trace)]
    done = subprocess.run([*strace, sys.executable, *command], capture_output=True, text=True, check=False)
    return done, INTERNET.findall(trace.read_text(errors="replace")) if trace.exists() else []


def runs(*command):
    return shutil.which(command[0]) and subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_no_estimator_opens_a_socket(tmp_path, names):
    if not runs("strace", "-o", str(tmp_path / "nothing"), "true"):
        pytest.skip("strace may not run here")
    assert traced(tmp_path, "-c", CONNECT)[1], "a connection must be seen, or this test proves nothing"
    done, calls = traced(tmp_path, "-c", LOOK, *names)
    assert done.stdout.split() == ["seen"], done.stderr
    assert calls == []


def test_every_estimator_works_where_there_is_no_network(names):
    if not runs("unshare", "-rn", "true"):
        pytest.skip("an empty network namespace may not be made here")
    done = subprocess.run(["unshare", "-rn", sys.executable, "-c", LOOK, *names], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["seen"], done.stderr
    assert done.stderr == ""


def test_litert_needs_neither_mediapipe_nor_opengl(names):
    if "litert" not in names:
        pytest.skip("the extra [litert] is not installed")
    code = """
import sys
from arviz.flows.models import open_estimator

with open_estimator("litert", kinds=("face", "pose", "hand", "person")):
    assert "mediapipe" not in sys.modules
    assert not [line for line in open("/proc/self/maps") if "libGL" in line or "libEGL" in line]
"""
    if not os.path.exists("/proc/self/maps"):
        pytest.skip("libraries of a process are listed on Linux alone")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


HANDS = """
import sys
import cv2
from arviz.core.image import Image
from arviz.flows.models import open_estimator

picture = Image(pixels=cv2.imread(sys.argv[1])[..., ::-1])
with open_estimator("mediapipe", kinds=("face", "hand")) as estimator:
    for _ in range(2):
        assert {"hand"} == {one.kind for one in estimator.estimate(picture, previous=())}
"""


def test_hands_in_a_picture_that_is_no_square_bring_no_line(names, data):
    assert "mediapipe" in names
    done = subprocess.run([sys.executable, "-c", HANDS, str(data / "photos" / "hands.jpg")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


WIDTHS = """
import sys
import numpy as np
from skimage import data
from arviz.core.image import Image
from arviz.flows.models import open_estimator

with open_estimator("mediapipe", kinds=("face", "person")) as estimator:
    for width in (1046, 1047, 1048, 1049, 513, 101):
        pixels = np.pad(data.astronaut(), ((0, 0), (0, max(width - 512, 0)), (0, 0)))[:, :width]
        matte = estimator.matte(Image(pixels=np.ascontiguousarray(pixels)))
        assert matte.alpha.shape == (512, width), matte.alpha.shape
        assert matte.alpha[300:].mean() > 0.1
        estimator.estimate(Image(pixels=np.ascontiguousarray(pixels)))
        print(width)
"""


def test_no_width_ends_the_process(names):
    # Below 1.1, mediapipe aborts where a float mask's width is no multiple of 4.
    assert "mediapipe" in names
    done = subprocess.run([sys.executable, "-c", WIDTHS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1046", "1047", "1048", "1049", "513", "101"]
