"""Whatever stands where a path belongs is told with what to do about it, never with a TypeError of ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

import arviz
from arviz.testing.shapes import box

BOX = trimesh.creation.box((1, 2, 3))


@pytest.mark.parametrize("verb", [arviz.read, arviz.render, arviz.inspect, arviz.check], ids=["read", "render", "inspect", "check"])
@pytest.mark.parametrize(("thing", "hint"), [(BOX, "from_mesh"), (np.eye(3), "from_mesh"), (None, None), (7, None)])
def test_what_is_no_file_is_refused_in_words(verb, thing, hint):
    with pytest.raises(arviz.InputError) as caught:
        verb(thing)
    assert caught.value.code == "E_SOURCE_KIND"
    assert caught.value.found == type(thing).__name__
    assert hint is None or hint in caught.value.hint


def test_a_product_in_memory_is_written_before_it_is_converted(tmp_path):
    asset = box(size_m=(0.4, 0.5, 0.6))
    with pytest.raises(arviz.InputError) as caught:
        arviz.convert(asset, out=tmp_path)
    (tmp_path / "product.glb").write_bytes(arviz.write_glb(asset))
    assert "write_glb" in caught.value.hint
    assert arviz.convert(tmp_path / "product.glb", out=tmp_path, targets=()).ok


def test_bytes_say_by_themselves_what_they_are(tmp_path):
    for kind in ("glb", "obj", "ply"):
        data = BOX.export(file_type=kind)
        data = data.encode() if isinstance(data, str) else data
        asset = arviz.read(data, unit="m")
        assert asset.size_m == pytest.approx((1, 2, 3))
    with pytest.raises(arviz.FormatError, match="nothing says") as caught:
        arviz.read(BOX.export(file_type="stl"))
    assert "format=" in caught.value.hint


@pytest.mark.parametrize("frames", ["photo.jpg", [Path("photo.jpg")], [1]])
def test_files_are_no_frames(frames):
    with pytest.raises(arviz.InputError) as caught:
        arviz.estimate_room(frames)
    assert caught.value.code == "E_FRAME_KIND"


@pytest.mark.parametrize("orbit", [(30, 75), 30, None])
def test_an_orbit_of_numbers_is_told_how_it_is_written(orbit):
    with pytest.raises(arviz.InputError, match="30deg 75deg"):
        arviz.render(box(size_m=(1, 1, 1)), orbit=orbit, width=8, height=8)


def test_open3d_says_nothing_in_a_notebook():
    code = """
import builtins, os
class ZMQInteractiveShell: pass
builtins.get_ipython = ZMQInteractiveShell
from arviz.core.open3d_import import import_open3d
import_open3d()
assert not [name for name in os.environ if name.startswith("OPEN3D_")]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""
