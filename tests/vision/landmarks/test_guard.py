"""A mediapipe that reports to a server does not run, and what its library chatters does not reach the user."""

import os
import subprocess
import sys

import pytest

from arviz.core.errors import DependencyError
from arviz.vision.landmarks.guard import check_mediapipe


@pytest.mark.parametrize("version", ["0.10.35", "0.10.35rc1", "0.10.40", "0.11", "1.0.0", "1.2.2", "unknown"])
def test_reporting_versions_are_refused_unless_allowed(version):
    with pytest.raises(DependencyError) as caught:
        check_mediapipe(found=version)
    assert caught.value.code == "E_MEDIAPIPE_TELEMETRY"
    assert caught.value.found == version
    assert "pip install mediapipe==0.10.30" in caught.value.hint
    assert "ARVIZ_ALLOW_MEDIAPIPE_TELEMETRY=1" in caught.value.hint
    check_mediapipe(found=version, allow_telemetry=True)


@pytest.mark.parametrize("version", ["0.10.21", "0.10.30", "0.10.33", "0.10.34"])
def test_silent_versions_may_run(version):
    check_mediapipe(found=version)


def test_the_installed_version_may_run():
    pytest.importorskip("mediapipe")
    check_mediapipe()


def test_the_estimator_asks_before_it_loads_anything(models, monkeypatch):
    from importlib import metadata

    from arviz.flows.models import open_estimator
    from arviz.vision.landmarks import guard

    monkeypatch.setattr(guard, "version", lambda name: "0.10.35" if name == "mediapipe" else metadata.version(name))
    monkeypatch.delenv("ARVIZ_ALLOW_MEDIAPIPE_TELEMETRY", raising=False)
    with pytest.raises(DependencyError) as caught:
        open_estimator("mediapipe", store=models)
    assert caught.value.code == "E_MEDIAPIPE_TELEMETRY"
    monkeypatch.setenv("ARVIZ_ALLOW_MEDIAPIPE_TELEMETRY", "1")
    with open_estimator("mediapipe", store=models):
        pass


CHATTER = """
import os, sys
from arviz.vision.landmarks.guard import without_chatter
with without_chatter():
    os.write(2, b"W0000 00:00:1795394290.215655    8977 face_landmarker_graph.cc:174] Sets acceleration to xnnpack by default.\\n")
    os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\\nE0000 00:00:1.2 8 graph.cc:1] it is broken\\n")
    print("from python", file=sys.stderr, flush=True)
print("afterwards", file=sys.stderr)
"""


def test_only_chatter_is_held_back():
    done = subprocess.run([sys.executable, "-c", CHATTER], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == ["E0000 00:00:1.2 8 graph.cc:1] it is broken", "from python", "afterwards"]


def test_nothing_is_lost_where_stderr_is_closed():
    code = f"import os\nos.close(2)\n{CHATTER.replace('print', '(lambda *a, **k: None)').replace('os.write(2', '(lambda *a: None)(2')}"
    done = subprocess.run([sys.executable, "-c", f"{code}\nprint('fine')"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["fine"]
    assert os.fstat(2)
