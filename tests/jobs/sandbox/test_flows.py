"""The journeys inside: a product is converted and drawn, and what a child needs is there already."""

from __future__ import annotations

import pytest

from arviz.core.errors import FormatError
from arviz.formats.usdz.write import write_usdz
from arviz.jobs.sandbox.sandbox import Sandbox
from arviz.testing.shapes import cube as cube_of
from tests.formats.fbx_text import document, mesh, node
from tests.formats.test_obj import CUBE
from tests.jobs.sandbox import works


@pytest.fixture(scope="module")
def ready(sandbox, tmp_path_factory):
    """A sandbox as jobs have it, contained as `sandbox` is."""
    functions = [works.name(work) for work in (works.convert, works.fresh, works.look_around)]
    with Sandbox(tmp_path_factory.mktemp("ready"), functions=functions, use_bubblewrap=sandbox.level.bubblewrap) as made:
        yield made


@pytest.fixture
def cube(tmp_path):
    path = tmp_path / "cube.obj"
    path.write_text(CUBE)
    return {"cube.obj": path}


def test_convert_with_its_picture(ready, cube):
    with ready.run(works.name(works.convert), {"unit": "m"}, inputs=cube, timeout_s=120) as done:
        assert done.result["ok"]
        assert done.result["files"] == ["master", "page", "poster", "quick-look", "report"]
        assert done.files["cube/poster.webp"].read_bytes()[8:12] == b"WEBP"
        assert done.files["cube/cube.glb"].read_bytes()[:4] == b"glTF"
        assert not {finding["code"] for finding in done.result["findings"]} & {"W_NO_POSTER"}


def test_usd_is_read_in_place_and_fbx_is_refused(ready, tmp_path):
    """No child may be started there: USD is contained by the sandbox, ufbx would harm even the process of a good file."""
    usdz, fbx = tmp_path / "cube.usdz", tmp_path / "cube.fbx"
    usdz.write_bytes(write_usdz(cube_of()).data)
    fbx.write_bytes(document(mesh(), node(20, "board"), links=[(10, 20), (20, 0)]))
    with ready.run(works.name(works.convert), {}, inputs={"cube.usdz": usdz}, timeout_s=120) as done:
        assert done.files["cube/cube.glb"].read_bytes()[:4] == b"glTF"
    with pytest.raises(FormatError) as error:
        ready.run(works.name(works.convert), {}, inputs={"cube.fbx": fbx}, timeout_s=120)
    assert error.value.code == "E_FORMAT_APART"


def test_a_child_imports_no_package(ready, cube):
    with ready.run(works.name(works.fresh), {"unit": "m"}, inputs=cube, timeout_s=120) as done:
        assert done.result == {"packages": []}


def test_a_fresh_installation_traces_rays(sandbox, tmp_path, monkeypatch):
    """No probe was asked before, and here none can be: the try-on of glasses was the first to need one, and answered 500."""
    (tmp_path / "cache" / "arviz" / "probes").mkdir(parents=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    work = works.name(works.trace)
    made = Sandbox(tmp_path / "runs", functions=[work], preload=(), use_bubblewrap=sandbox.level.bubblewrap)
    with made, made.run(work, {}, inputs={}, timeout_s=120) as done:
        assert done.result == {"rays": "open3d", "answers": 0}


def test_the_zygote_has_one_thread(ready):
    with ready.run(works.name(works.look_around), {}, inputs={}, timeout_s=60) as done:
        assert done.result["status"]["Threads"] == "1"
