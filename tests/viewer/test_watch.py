"""Files that change, break, go and come back while they are open, as programs write them."""

import os
import shutil
import time
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtTest", reason="the extra [desktop] is not installed")

from arviz.viewer.watch import Watch

PRODUCTS = Path(__file__).parents[2] / "assets" / "products"
LAMP, RUG = PRODUCTS / "table-lamp" / "table-lamp.glb", PRODUCTS / "rug" / "rug.glb"


def replace(path: Path, content: bytes) -> None:
    """Write as most programs do: beside it, then renamed."""
    beside = path.with_name(path.name + ".tmp")
    beside.write_bytes(content)
    os.replace(beside, path)


class Told:
    """A watch with what it told."""

    def __init__(self, *files: Path) -> None:
        self.files: list[Path] = []
        self.watch = Watch()
        self.watch.changed.connect(self.files.append)
        self.watch.follow(files)


@pytest.fixture
def quiet(app):
    """Let a watch work for a while, longer than it waits."""

    def wait(seconds: float = 0.8) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            app.processEvents()
            time.sleep(0.005)

    return wait


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "product.glb"
    path.write_bytes(b"first")
    return path


@pytest.mark.parametrize("write", [Path.write_bytes, replace])
def test_each_change_is_told_once(until, quiet, file, write):
    told = Told(file)
    for count, content in enumerate((b"second", b"third one"), 1):
        write(file, content)
        until(lambda count=count: len(told.files) == count)
    quiet()
    assert told.files == [file, file]


def test_a_file_is_told_when_it_goes_and_when_it_is_back(until, file):
    told = Told(file)
    file.unlink()
    until(lambda: told.files == [file])
    file.write_bytes(b"again")
    until(lambda: told.files == [file, file])
    file.write_bytes(b"and changed")
    until(lambda: told.files == [file, file, file])


def test_a_file_that_grows_piece_by_piece_is_told_when_it_is_whole(until, file, app):
    told = Told(file)
    sizes = []
    told.watch.changed.connect(lambda path: sizes.append(path.stat().st_size))
    with file.open("wb") as stream:
        for _ in range(12):
            stream.write(bytes(1000))
            stream.flush()
            end = time.monotonic() + 0.05
            while time.monotonic() < end:
                app.processEvents()
    until(lambda: sizes)
    assert sizes[-1] == 12_000


def test_other_files_of_the_folder_and_files_no_longer_followed_are_not_told(quiet, file, tmp_path):
    told = Told(file)
    (tmp_path / "other.glb").write_bytes(b"x")
    os.utime(file)  # and so it is told of: nobody can know that it is the same
    told.watch.follow(())
    file.write_bytes(b"second")
    quiet()
    assert told.files == []


@pytest.fixture
def shown(window, until, tmp_path):
    """The window with a copy of the lamp that may be changed; its path."""
    path = tmp_path / "shown.glb"
    shutil.copyfile(LAMP, path)
    window.do("file.open", [path])
    until(lambda: path in window.session.state.files)
    while window.session.state.shot.file != path:
        window.do("file.next")
    until(lambda: window.drawing.resting)
    return path


def test_a_product_that_changes_is_shown_as_it_is(window, until, shown):
    before = window.seen.image.pixels
    window.do("measure.dimensions", True)
    lamp = window.session.given.opened.size_m
    replace(shown, RUG.read_bytes())
    until(lambda: window.session.given.opened.size_m != lamp and window.drawing.resting)
    assert window.seen.image.pixels.shape == before.shape
    assert (window.seen.image.pixels != before).any()
    assert window.canvas.marks()[0].text == f"{window.session.given.opened.size_m[0] * 1000:.0f} mm"


def test_a_product_that_breaks_stays_as_it_was_until_it_is_mended(window, until, shown):
    before = window.seen.image.pixels

    def looks(view: str) -> None:
        window.do(view)
        until(lambda: window.drawing.resting)

    for harm in (shown.unlink, lambda: shown.write_bytes(b"no model"), lambda: shown.write_bytes(LAMP.read_bytes()[:3000])):
        harm()
        until(lambda: "shown.glb" in window.message)
        assert window.message.endswith("What was read before is shown on.")
        assert (window.seen.image.pixels == before).all()
        looks("camera.back")  # it can be turned
        assert window.seen.world_from_camera[2, 2] > 0.9
        looks("file.reload")
        assert "shown.glb" in window.message
        looks("camera.shop")
        assert (window.seen.image.pixels == before).all()
        replace(shown, LAMP.read_bytes())
        until(lambda: not window.message)
    until(lambda: window.drawing.resting)
    replace(shown, RUG.read_bytes())
    until(lambda: window.drawing.resting and (window.seen.image.pixels != before).any())


def test_reading_anew_sees_what_lies_beside_the_file(window, until, tmp_path):
    """Colours in an .mtl may have changed while the .obj has not."""
    obj, mtl = tmp_path / "box.obj", tmp_path / "box.mtl"
    mtl.write_text("newmtl a\nKd 1 0 0\n")
    obj.write_text("mtllib box.mtl\nusemtl a\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
    window.do("file.open", [obj])
    until(lambda: obj in window.session.state.files)
    while window.session.state.shot.file != obj:
        window.do("file.next")
    until(lambda: window.drawing.resting)
    before = window.seen.image.pixels
    mtl.write_text("newmtl a\nKd 0 0 1\n")
    window.do("file.reload")
    until(lambda: window.drawing.resting)
    assert (window.seen.image.pixels != before).any()


def test_a_variant_that_is_gone_is_no_longer_asked_for(window, until, tmp_path):
    sofa = PRODUCTS / "sofa" / "sofa.glb"
    path = tmp_path / "sofa.glb"
    shutil.copyfile(sofa, path)
    window.do("file.open", [path])
    until(lambda: path in window.session.state.files)
    while window.session.state.shot.file != path:
        window.do("file.next")
    variant = window.session.given.opened.variants[-1]
    window.do("look.variant", variant)
    until(lambda: window.drawing.resting)
    replace(path, RUG.read_bytes())
    until(lambda: variant not in window.session.given.opened.variants and window.drawing.resting)
    assert window.session.state.shot.variant is None
    assert window.message == ""
