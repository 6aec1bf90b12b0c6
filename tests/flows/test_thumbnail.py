"""The thumbnail journey: the size and format of the device, the best quality that its weight allows."""

import numpy as np
import pytest

import arviz
from arviz.core.errors import ArvizError
from arviz.core.image import Image, decode, encode, measure
from arviz.flows.thumbnail import HIGHEST_QUALITY, PRESETS, encoded, thumbnail
from tests.formats.test_read import BOX

FORMATS = {"WEBP": b"WEBP", "JPEG": b"\xff\xd8\xff"}


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    path = tmp_path_factory.mktemp("thumbnail") / "box.obj"
    path.write_text(BOX)
    return path


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    """Return a background that no encoder makes small."""
    path = tmp_path_factory.mktemp("noise") / "noise.png"
    pixels = np.random.default_rng(0).integers(0, 256, (630, 1200, 3), dtype=np.uint8)
    path.write_bytes(encode(Image(pixels=pixels), "PNG"))
    return path


@pytest.fixture(scope="module")
def cloth(tmp_path_factory):
    """Return a background that is too heavy at the highest quality and not at the lowest."""
    path = tmp_path_factory.mktemp("cloth") / "cloth.png"
    random = np.random.default_rng(0)
    pixels = (128 + 6 * random.standard_normal((512, 512, 1)) + np.zeros(3)).clip(0, 255).astype(np.uint8)
    path.write_bytes(encode(Image(pixels=pixels), "PNG"))
    return path


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_keeps_what_it_promises(box, tmp_path, name):
    preset = PRESETS[name]
    made = thumbnail(box, preset=name, out=tmp_path / name)
    assert made.file == tmp_path / f"{name}{preset.suffixes[0]}"
    data = made.file.read_bytes()
    assert len(data) == made.bytes <= preset.max_bytes
    assert FORMATS[preset.format] in data[:16]
    assert measure(data) == (made.width_px, made.height_px) == (preset.width_px, preset.height_px)
    assert (made.ok, made.quality) == (True, HIGHEST_QUALITY)
    picture = decode(data)
    assert picture.alpha == ("straight" if preset.background == "transparent" else "none")


def test_the_quality_is_the_best_that_the_weight_allows(box, cloth, tmp_path):
    preset = PRESETS["phone"]
    made = thumbnail(box, preset="phone", out=tmp_path / "box.webp", background=cloth)
    assert made.ok
    assert preset.lowest_quality < made.quality < HIGHEST_QUALITY
    drawn = arviz.render(box, width=512, height=512, background=cloth)
    assert made.bytes == len(encoded(drawn, "WEBP", quality=made.quality)) <= preset.max_bytes
    assert len(encoded(drawn, "WEBP", quality=made.quality + 1)) > preset.max_bytes


def test_too_heavy_is_written_and_told(box, noise, tmp_path):
    made = thumbnail(box, preset="phone", out=tmp_path / "box.webp", background=noise)
    assert not made.ok
    assert made.quality == PRESETS["phone"].lowest_quality
    assert measure(made.file.read_bytes()) == (512, 512)  # never made smaller in silence
    (finding,) = [finding for finding in made.findings if finding.severity == "error"]
    assert finding.code == "E_THUMBNAIL_WEIGHT"
    assert f"{made.bytes:,}" in finding.message
    assert "40,000" in finding.message


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"preset": "watch"}, "E_PRESET"),
        ({"out": "box.jpg"}, "E_PICTURE_FORMAT"),
        ({"preset": "social", "out": "box.webp"}, "E_PICTURE_FORMAT"),
        ({"preset": "social", "background": "transparent", "out": "box.jpg"}, "E_PICTURE_ALPHA"),
        ({"orbit": "front"}, "E_ORBIT_SYNTAX"),
        ({"variant": "Mauve"}, "E_VARIANT_UNKNOWN"),
    ],
)
def test_bad_options_are_explained_and_nothing_is_written(box, tmp_path, options, code):
    options = {"preset": "phone", **options}
    with pytest.raises(ArvizError) as caught:
        thumbnail(box, **{**options, "out": tmp_path / options.get("out", "box.webp")})
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_replaced_unasked(box, tmp_path):
    (tmp_path / "box.webp").write_text("mine")
    with pytest.raises(ArvizError, match="exists"):
        thumbnail(box, preset="phone", out=tmp_path / "box")
    assert (tmp_path / "box.webp").read_text() == "mine"
    assert thumbnail(box, preset="phone", out=tmp_path / "box", force=True).ok
