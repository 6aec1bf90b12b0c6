"""``arviz thumbnail``."""

import numpy as np

from arviz.core.image import Image, encode, measure
from tests.cli.command_line import arviz
from tests.formats.test_read import BOX


def test_a_picture_from_the_shell(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    done = arviz("thumbnail", tmp_path / "box.obj", "--for", "phone", "-o", tmp_path / "box")
    assert done.code == 0, done.err
    assert "512 x 512" in done.out
    assert "quality 95" in done.out
    assert done.out.count("\n") == 1
    assert measure((tmp_path / "box.webp").read_bytes()) == (512, 512)
    shared = arviz("thumbnail", tmp_path / "box.obj", "--for", "social", "-o", tmp_path / "share.jpg", "--json")
    assert shared.json["schema"] == "arviz.thumbnail/1"
    assert (shared.json["width_px"], shared.json["height_px"], shared.json["ok"]) == (1200, 630, True)


def test_too_heavy_is_a_failed_check(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    noise = np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8)
    (tmp_path / "noise.png").write_bytes(encode(Image(pixels=noise), "PNG"))
    done = arviz("thumbnail", tmp_path / "box.obj", "--for", "phone", "-o", tmp_path / "a.webp", "--background", tmp_path / "noise.png")
    assert done.code == 1
    assert "E_THUMBNAIL_WEIGHT" in done.err
    assert (tmp_path / "a.webp").exists()


def test_an_unknown_device_is_wrong_usage(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    done = arviz("thumbnail", tmp_path / "box.obj", "--for", "fridge", "-o", tmp_path / "a.webp")
    assert done.code == 2
    assert "phone" in done.err
