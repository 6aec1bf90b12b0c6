"""``arviz textures``."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.image import decode, measure
from arviz.core.material import Material, TextureInfo
from arviz.formats.gltf.write import write_glb
from arviz.formats.pictures.encode import encode_pixels
from arviz.formats.pictures.encoding import MEDIA_TYPES, PictureEncoding
from arviz.formats.read import read
from arviz.testing.shapes import sphere, textured
from tests.cli.command_line import arviz
from tests.seeds import drawn_seed


@pytest.fixture
def ball(tmp_path):
    """Return a ball in smooth cloth; the same picture a second time as occlusion's neighbour, and one that nothing shows."""
    random = np.random.default_rng(drawn_seed("textures"))
    cloth = random.integers(0, 256, (8, 8, 3)).astype(np.uint8).repeat(16, 0).repeat(16, 1)
    material = Material(base_color_texture=TextureInfo(texture=0), emissive_texture=TextureInfo(texture=1), emissive_factor=(1, 1, 1))
    path = tmp_path / "ball.glb"
    path.write_bytes(write_glb(textured(sphere(material=material), cloth, cloth, cloth[::-1])))
    return path


def test_what_is_carried_in_vain_goes_and_the_look_stays(ball, tmp_path, validator):
    out = tmp_path / "lean.glb"
    done = arviz("textures", ball, "-o", out, "--json")
    assert done.code == 0
    assert (done.json["schema"], done.json["pictures_before"], done.json["pictures"]) == ("arviz.textures/1", 3, 1)
    assert done.json["bytes"] == out.stat().st_size < ball.stat().st_size
    assert validator.errors(out.read_bytes()) == []
    before, after = read(ball), read(out)
    assert (decode(after.images[0].data).pixels == decode(before.images[0].data).pixels).all()
    again = arviz("textures", out, "-o", tmp_path / "again.glb", "--json")
    assert again.json["sha256"] == done.json["sha256"]


@pytest.mark.parametrize("format", ["webp", "jpeg", "png"])
def test_pictures_become_what_is_asked_for(format, ball, tmp_path, validator):
    out = tmp_path / "small.glb"
    assert arviz("textures", ball, "-o", out, "--format", format, "--longest", 64).code == 0
    after = read(out)
    assert {image.mime_type for image in after.images} == {MEDIA_TYPES[format]}
    assert {measure(image.data) for image in after.images} == {(64, 64)}
    assert validator.errors(out.read_bytes()) == []


def test_less_quality_is_smaller_and_kept_formats_stay(ball, tmp_path):
    best, least = tmp_path / "best.glb", tmp_path / "least.glb"
    assert arviz("textures", ball, "-o", best, "--format", "jpeg", "--quality", 95).code == 0
    assert arviz("textures", best, "-o", least, "--quality", 20).code == 0
    assert least.stat().st_size < best.stat().st_size
    assert {image.mime_type for image in read(least).images} == {"image/jpeg"}


def test_transparent_pictures_are_never_jpeg(ball, tmp_path):
    random = np.random.default_rng(drawn_seed("glassy"))
    pixels = random.integers(0, 256, (32, 32, 4)).astype(np.uint8)
    asset = read(ball)
    seen = replace(asset.images[0], data=encode_pixels(pixels, PictureEncoding(format="png"), kind="colour"))
    glassy = replace(asset, images=(seen, *asset.images[1:]), materials=(replace(asset.materials[0], alpha_mode="BLEND"),))
    path, out = tmp_path / "glassy.glb", tmp_path / "out.glb"
    path.write_bytes(write_glb(glassy))
    done = arviz("textures", path, "-o", out, "--format", "jpeg", "--json")
    assert [finding["code"] for finding in done.json["findings"]] == ["W_TEXTURE_ALPHA"]
    assert any(np.array_equal(decode(image.data).pixels, pixels) for image in read(out).images)


def test_people_read_one_line_and_existing_results_need_force(ball, tmp_path):
    out = tmp_path / "out.glb"
    done = arviz("textures", ball, "-o", out)
    assert (done.code, done.err) == (0, "")
    assert "3 pictures" in done.out
    assert "->  1 picture of" in done.out
    assert arviz("textures", ball, "-o", out).code == 3
    assert arviz("textures", ball, "-o", out, "--force").code == 0
    assert arviz("textures", ball, "-o", ball, "--force").code == 3
    assert arviz("textures", ball, "-o", tmp_path / "out.obj").code == 3
    assert arviz("textures", ball, "-o", tmp_path / "b.glb", "--quality", 0).code == 2
