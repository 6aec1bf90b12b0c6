"""``arviz render``."""

from arviz.core.image import decode
from tests.cli.command_line import arviz
from tests.formats.test_read import BOX


def test_a_picture_from_the_shell(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    options = ["--width", "80", "--height", "60", "--orbit", "30deg 75deg", "--environment", "room", "--background", "#ffffff"]
    done = arviz("render", tmp_path / "box.obj", "-o", tmp_path / "box.png", *options)
    assert done.code == 0, done.err
    image = decode((tmp_path / "box.png").read_bytes())
    assert (image.width_px, image.height_px) == (80, 60)
    again = arviz("render", tmp_path / "box.obj", "-o", tmp_path / "box.png", *options)
    assert again.code == 3
    assert "--force" in again.err
    forced = arviz("render", tmp_path / "box.obj", "-o", tmp_path / "box.png", *options, "--force", "--json")
    assert forced.json["width_px"] == 80


def test_findings_are_told(tmp_path):
    (tmp_path / "box.obj").write_text("mtllib gone.mtl\nusemtl a\n" + BOX)
    done = arviz("render", tmp_path / "box.obj", "-o", tmp_path / "box.png", "--width", "32", "--height", "32", "--json")
    assert done.code == 0
    (code,) = [finding["code"] for finding in done.json["findings"] if finding["severity"] != "info"]
    assert code in done.err


def test_no_gl_driver_is_a_clear_error(tmp_path):
    from tests.cli.command_line import environment

    (tmp_path / "box.obj").write_text(BOX)
    done = arviz(
        "render", tmp_path / "box.obj", "-o", tmp_path / "b.png", env=environment(__EGL_VENDOR_LIBRARY_FILENAMES="/nonexistent.json")
    )
    assert done.code in (5, 6)
    assert "libegl" in done.err


def test_planes_are_written_together_and_told(tmp_path):
    from tests.flows.test_render import cube_file

    source = cube_file(tmp_path / "cube.glb")
    small = ["--width", "32", "--height", "32"]
    done = arviz(
        "render", source, "--depth", tmp_path / "d.png", "--normals", tmp_path / "n.npy", "--ids", tmp_path / "i.png", *small, "--json"
    )
    assert done.code == 0, done.err
    assert done.json["files"] == {"depth": str(tmp_path / "d.png"), "normals": str(tmp_path / "n.npy"), "ids": str(tmp_path / "i.png")}
    assert done.json["file"] is None
    assert done.json["parts"] == [{"id": 1, "part": "box"}]
    again = arviz("render", source, "-o", tmp_path / "new.png", "--depth", tmp_path / "d.png", *small)
    assert again.code == 3
    assert not (tmp_path / "new.png").exists()
    nothing = arviz("render", source)
    assert nothing.code == 2
    assert "--depth" in nothing.err


def test_a_wrong_device_names_the_right_ones(tmp_path):
    from tests.flows.test_render import cube_file

    done = arviz("render", cube_file(tmp_path / "cube.glb"), "-o", tmp_path / "p.png", "--device", "77")
    assert done.code == 3
    assert "0: " in done.err
    assert "doctor" in done.err
