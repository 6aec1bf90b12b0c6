"""KTX2 on its way through `convert`: searched where it is asked for, turned into other pictures where a target takes none."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from arviz.core.errors import DependencyError
from arviz.core.image import decode
from arviz.core.limits import Limits
from arviz.core.material import Material, TextureInfo
from arviz.flows.convert import convert
from arviz.flows.optimise.gate import Gate
from arviz.flows.optimise.pictures import choices, sources
from arviz.formats.gltf.codecs import ktx2
from arviz.formats.gltf.write import write_glb
from arviz.formats.pictures.encode import encode_pixels
from arviz.formats.pictures.encoding import PictureEncoding
from arviz.formats.pictures.replace import put_pictures
from arviz.formats.read import read
from arviz.render.renderer import RENDERERS
from arviz.testing.shapes import sphere, textured
from tests.formats.test_codecs import ETC1S, PIXELS, UASTC
from tests.seeds import drawn_seed

PLAIN = ("plain", "google-merchant", "shopify", "amazon")
ENCODER = "alktx2 is not installed: it states no licence"


def ball(pixels):
    return textured(sphere(material=Material(base_color_texture=TextureInfo(texture=0))), pixels)


def with_ktx2(data):
    made = ball(PIXELS[..., :3])
    return put_pictures(made, [replace(made.images[0], data=data, mime_type="image/ktx2")])


@pytest.mark.parametrize(
    ("data", "effort", "targets"),
    [(ETC1S, "fast", PLAIN), (UASTC, "fast", PLAIN), (UASTC, "normal", ("plain",))],
    ids=["etc1s", "uastc", "searched"],
)
def test_targets_that_take_jpeg_and_png_alone_get_such(data, effort, targets, tmp_path, validator):
    path = tmp_path / "ball.glb"
    path.write_bytes(write_glb(with_ktx2(data)))
    made = convert(path, out=tmp_path / "out", targets=targets, effort=effort)
    assert read(made.files["master"]).images[0].data == data
    for target in targets:
        back = read(made.files[target])
        assert {image.mime_type for image in back.images} <= {"image/png", "image/jpeg"}
        assert back.extensions_required == ()
        assert validator.errors(made.files[target].read_bytes()) == []
        shown, own = (decode(one).pixels[..., :3].mean((0, 1)) for one in (back.images[0].data, data))
        assert np.abs(shown - own).max() < 5


def test_pictures_are_kept_or_made_webp_where_that_is_asked_for(tmp_path):
    path = tmp_path / "ball.glb"
    path.write_bytes(write_glb(with_ktx2(UASTC)))
    for textures, mime_type in (("keep", "image/ktx2"), ("webp", "image/webp")):
        made = convert(path, out=tmp_path / textures, targets=("web",), textures=textures, effort="fast")
        assert {image.mime_type for image in read(made.files["web"]).images} == {mime_type}


def test_without_its_decoder_nothing_is_delivered_and_the_command_is_named(tmp_path, monkeypatch):
    path = tmp_path / "ball.glb"
    path.write_bytes(write_glb(with_ktx2(UASTC)))
    monkeypatch.setitem(sys.modules, "opengl_basisu", None)
    with pytest.raises(DependencyError) as caught:
        convert(path, out=tmp_path / "out", targets=("plain",))
    assert "pip install opengl-basisu" in str(caught.value.hint)
    assert not list((tmp_path / "out").rglob("*.glb"))


@pytest.mark.parametrize("effort", ["fast", "normal"])
def test_without_its_encoder_nothing_is_delivered_and_the_command_is_named(effort, tmp_path, monkeypatch):
    path = tmp_path / "ball.glb"
    random = np.random.default_rng(drawn_seed())
    path.write_bytes(write_glb(ball(random.integers(0, 256, (64, 64, 3)).astype(np.uint8))))
    monkeypatch.setitem(sys.modules, "alktx2", None)
    with pytest.raises(DependencyError) as caught:
        convert(path, out=tmp_path / "out", targets=("web",), textures="ktx2", effort=effort)
    assert "pip install alktx2" in str(caught.value.hint)
    assert not list((tmp_path / "out").rglob("*.glb"))


def test_etc1s_and_uastc_are_candidates_with_all_mipmaps():
    pytest.importorskip("alktx2", reason=ENCODER)
    random = np.random.default_rng(drawn_seed())
    coarse = random.integers(0, 256, (16, 16, 3)).astype(np.uint8)
    asset = ball(coarse.repeat(16, 0).repeat(16, 1))
    (source,) = sources(asset, ("ktx2",), 2048)
    ways = choices(source, formats=("ktx2",), longest_px=2048, keep=False, limits=Limits())
    headers = [ktx2.read_header(way.data) for way in ways]
    assert [way.encoding.quality is None for way in ways] == sorted(way.encoding.quality is None for way in ways)
    assert {header.colour_model for header in headers} == {163, 166}
    assert all(header.levels == max(header.width, header.height).bit_length() for header in headers)


@pytest.mark.slow
def test_the_gate_decides_on_ktx2(tmp_path, validator):
    pytest.importorskip("alktx2", reason=ENCODER)
    random = np.random.default_rng(drawn_seed())
    path = tmp_path / "ball.glb"
    coarse = random.integers(0, 256, (16, 16, 3)).astype(np.uint8)
    path.write_bytes(write_glb(ball(coarse.repeat(8, 0).repeat(8, 1))))
    made = convert(path, out=tmp_path / "out", targets=("web",), textures="ktx2", quality=36)
    (web,) = [output for output in made.report["outputs"] if output["target"] == "web"]
    back = read(made.files["web"])
    assert {image.mime_type for image in back.images} == {"image/ktx2"}
    assert back.extensions_required[-1] == "KHR_texture_basisu"
    assert validator.errors(made.files["web"].read_bytes()) == []
    with RENDERERS.get("gl")() as renderer:
        assert Gate(read(made.files["master"]), renderer).measure(back).db == pytest.approx(web["quality"]["pooled_db"], abs=0.01)
    assert web["quality"]["pooled_db"] >= 36


def test_uastc_is_near_to_its_picture():
    """The package's own default gives UASTC whose blocks are chosen for their size."""
    pytest.importorskip("alktx2", reason=ENCODER)
    random = np.random.default_rng(drawn_seed())
    pixels = random.integers(0, 256, (16, 16, 3)).astype(np.uint8).repeat(4, 0).repeat(4, 1)
    small, near = (
        decode(encode_pixels(pixels, PictureEncoding(format="ktx2", quality=quality), kind="colour")).pixels[..., :3]
        for quality in (90, None)
    )
    assert np.square(near - pixels.astype(float)).mean() < np.square(small - pixels.astype(float)).mean()
