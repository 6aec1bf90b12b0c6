"""The picture journey: options do what they say, bad options are explained before any work is done."""

import numpy as np
import pytest

import arviz
from arviz.core.errors import ImageError, InputError
from arviz.core.image import Image, decode, encode
from tests.formats.test_read import BOX


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    path = tmp_path_factory.mktemp("render") / "box.obj"
    path.write_text(BOX)
    return path


def test_a_unitless_file_is_drawn(box):
    image = arviz.render(box, width=64, height=48)
    assert (image.width_px, image.height_px, image.alpha) == (64, 48, "straight")
    alpha = image.pixels[..., 3]
    assert alpha[0, 0] == 0
    assert alpha[24, 32] == 255


@pytest.mark.parametrize(("suffix", "lossless"), [(".png", True), (".webp", False), (".jpg", False)])
def test_pictures_are_written_in_every_format(box, tmp_path, suffix, lossless):
    out = tmp_path / f"p{suffix}"
    image = arviz.render(box, out=out, width=64, height=64, background="#3366ff")
    back = decode(out.read_bytes())
    assert back.pixels.shape == (64, 64, 3)
    assert back.pixels[0, 0].tolist() == pytest.approx([0x33, 0x66, 0xFF], abs=0 if lossless else 8)
    assert not lossless or np.array_equal(back.pixels, image.pixels)


def test_a_picture_as_background_is_kept_where_the_product_is_not(box, tmp_path):
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    (tmp_path / "photo.png").write_bytes(encode(Image(pixels=photo), "PNG"))
    alpha = arviz.render(box, width=64, height=64).pixels[..., 3]
    image = arviz.render(box, width=64, height=64, background=tmp_path / "photo.png")
    assert np.array_equal(image.pixels[alpha == 0], photo[alpha == 0])


def test_the_eye_goes_where_the_orbit_says(box):
    """Seen from the front the 4 x 2 x 1 box is twice as wide as high, from the side twice as high as wide."""

    def ratio(orbit):
        mask = arviz.render(box, width=96, height=96, orbit=orbit).pixels[..., 3] > 127
        return np.ptp(np.flatnonzero(mask.any(0))) / np.ptp(np.flatnonzero(mask.any(1)))

    assert ratio("0deg 90deg") == pytest.approx(2, abs=0.15)
    assert ratio("90deg 90deg") == pytest.approx(0.5, abs=0.05)


def test_variants_change_the_picture(data):
    sofa = arviz.read(data / "products" / "GlamVelvetSofa.glb")
    pictures = [arviz.render(sofa, width=64, height=64, variant=name).pixels.astype(int) for name in sofa.variants]
    for index, first in enumerate(pictures):
        for second in pictures[:index]:
            assert np.abs(first - second).max() > 20
    with pytest.raises(InputError, match="Champagne"):
        arviz.render(sofa, variant="Mauve")


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"width": 0}, InputError),
        ({"height": 100_000}, InputError),
        ({"orbit": "up"}, InputError),
        ({"environment": "moon"}, InputError),
        ({"background": "#zzz"}, InputError),
        ({"background": "gone.png"}, InputError),
        ({"engine": "crayon"}, InputError),
    ],
)
def test_bad_options_are_explained(box, options, kind):
    with pytest.raises(kind) as caught:
        arviz.render(box, **{"width": 32, "height": 32, **options})
    assert caught.value.code.startswith("E_")


def test_outputs_are_refused_before_work(box, tmp_path):
    with pytest.raises(ImageError, match="transparent"):
        arviz.render(box, out=tmp_path / "a.jpg")
    with pytest.raises(ImageError, match="format"):
        arviz.render(box, out=tmp_path / "a.tiff")
    (tmp_path / "there.png").write_text("mine")
    with pytest.raises(InputError):
        arviz.render(box, out=tmp_path / "there.png")
    assert (tmp_path / "there.png").read_text() == "mine"


def test_the_room_and_the_verb_share_a_name(box):
    """`arviz.render` is callable and still the package, whichever was imported first."""
    import arviz.render.framing as framing

    assert callable(arviz.render)
    assert framing is arviz.render.framing
    assert arviz.render(box, width=8, height=8).width_px == 8


def test_textures_that_cannot_be_shown_are_told(tmp_path):
    from arviz.flows.render import draw

    (tmp_path / "a.mtl").write_text("newmtl wood\nmap_Kd gone.png\n")
    (tmp_path / "a.obj").write_text("mtllib a.mtl\nusemtl wood\n" + BOX)
    drawing = draw(tmp_path / "a.obj", width=32, height=32)
    assert "W_TEXTURE_MISSING" in [finding.code for finding in drawing.findings]
    assert drawing.image.width_px == 32


def test_a_colour_name_is_no_file(box):
    with pytest.raises(InputError) as caught:
        arviz.render(box, width=8, height=8, background="white")
    assert "#ffffff" in caught.value.hint
