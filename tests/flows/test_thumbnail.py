"""The thumbnail journey: the size and format of the device, the best quality that its weight allows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import ArvizError
from arviz.core.image import Image, decode, encode, measure
from arviz.flows.thumbnail import HIGHEST_QUALITY, PRESETS, best, encoded, thumbnail
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
    assert 0.9 * preset.max_bytes < made.bytes <= preset.max_bytes  # one step of quality is less than a tenth here


@given(st.integers(0, 2**32 - 1))
def test_the_best_quality_is_the_one_before_too_heavy(seed):
    random = np.random.default_rng(seed)
    noise = random.normal(128, random.uniform(0, 60), (24, 24, 3)).clip(0, 255).astype(np.uint8)
    image = Image(pixels=noise)
    preset = replace(PRESETS["social"], max_bytes=int(random.integers(300, 2500)))
    data, quality = best(image, preset)
    assert data == encoded(image, "JPEG", quality=quality)
    if len(data) <= preset.max_bytes:
        assert quality == HIGHEST_QUALITY or len(encoded(image, "JPEG", quality=quality + 1)) > preset.max_bytes
    else:
        assert quality == preset.lowest_quality


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_product_is_large_and_in_the_middle(box, tmp_path, name):
    made = thumbnail(box, preset=name, out=tmp_path / name, orbit="30deg 75deg", background="#0000ff")
    pixels = decode(made.file.read_bytes()).pixels.astype(int)
    shown = np.abs(pixels - (0, 0, 255)).sum(axis=2) > 90
    columns, rows = np.flatnonzero(shown.any(axis=0)), np.flatnonzero(shown.any(axis=1))
    shares = np.array([np.ptp(columns) + 1, np.ptp(rows) + 1]) / (made.width_px, made.height_px)
    assert shares.max() == pytest.approx(0.85, abs=0.01)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx((made.width_px - 1) / 2, abs=2)
    assert (rows[0] + rows[-1]) / 2 == pytest.approx((made.height_px - 1) / 2, abs=2)


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
