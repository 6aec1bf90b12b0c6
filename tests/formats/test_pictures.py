"""Encoded pictures: lossless where promised, averaged as what they are, named in the product where glTF wants them."""

import io
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image as PillowImage

from arviz.core.asset import Asset, Node
from arviz.core.colour import linear_to_srgb, srgb_to_linear
from arviz.core.errors import DependencyError, ImageError, LimitError
from arviz.core.image import Image, decode, encode
from arviz.core.material import EncodedImage, Material, Texture, TextureInfo
from arviz.formats.files import Files
from arviz.formats.gltf.container import split
from arviz.formats.gltf.encoding import Encoding
from arviz.formats.gltf.write import write_glb
from arviz.formats.pictures import webp
from arviz.formats.pictures.encode import encode_picture, encode_pixels
from arviz.formats.pictures.encoding import PictureEncoding
from arviz.formats.pictures.kinds import kind_of_slot, picture_kinds
from arviz.formats.pictures.resize import resized
from arviz.formats.read import read
from arviz.testing.shapes import sphere, textured
from tests.seeds import drawn_seed

small_pixels = st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4])).flatmap(lambda shape: hnp.arrays(np.uint8, shape))


def _picture(seed=0, *, side=64, channels=3):
    """Return smooth colours with some noise, as a texture has."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    waves = np.stack([np.sin(9 * x + i) * np.cos(7 * y - i) for i in range(channels)], axis=2)
    return np.clip(128 + 90 * waves + rng.normal(0, 6, waves.shape), 0, 255).astype(np.uint8)


def _png(pixels):
    return encode(Image(pixels=pixels, alpha="straight" if pixels.shape[2] == 4 else "none"), "PNG")


def _psnr(first, second):
    return 10 * np.log10(255**2 / np.mean((first.astype(float) - second.astype(float)) ** 2))


@pytest.mark.parametrize("format", ["webp", "png"])
@given(pixels=small_pixels, fast=st.booleans())
def test_lossless_is_lossless(format, pixels, fast):
    found = decode(encode_picture(_png(pixels), PictureEncoding(format=format, fast=fast), kind="data")).pixels
    opaque = pixels.shape[2] == 3 or (pixels[..., 3] == 255).all()
    assert np.array_equal(found[..., : 3 if opaque else 4], pixels[..., : 3 if opaque else 4])
    assert found.shape[2] == (3 if opaque else 4)


@pytest.mark.parametrize("colours", [1, 2, 200, 256])
@pytest.mark.parametrize("channels", [3, 4])
def test_few_colours_become_a_palette_and_greys_one_channel(colours, channels):
    rng = np.random.default_rng(drawn_seed())
    table = rng.integers(0, 255, (colours, channels)).astype(np.uint8)
    pixels = table[rng.integers(0, colours, (64, 64))]
    data = encode_pixels(pixels, PictureEncoding(format="png"), kind="data")
    assert np.array_equal(decode(data).pixels, pixels)
    assert len(data) < len(_png(pixels)) or colours == 1
    grey = np.repeat(_picture(1)[..., :1], 3, axis=2)
    data = encode_pixels(grey, PictureEncoding(format="png"), kind="data")
    assert PillowImage.open(io.BytesIO(data)).mode == "L"
    assert np.array_equal(decode(data).pixels, grey)


@pytest.mark.parametrize("format", ["webp", "jpeg"])
@pytest.mark.parametrize("kind", ["colour", "data", "normal"])
def test_quality_buys_likeness_with_bytes(format, kind):
    pixels = _picture(2)
    made = [encode_pixels(pixels, PictureEncoding(format=format, quality=quality), kind=kind) for quality in (20, 50, 80, 95)]
    assert [len(data) for data in made] == sorted(len(data) for data in made)
    likeness = [_psnr(decode(data).pixels, pixels) for data in made]
    assert likeness == sorted(likeness)
    assert likeness[-1] > 33


@pytest.mark.parametrize("name", ["DamagedHelmet", "LightsPunctualLamp", "MaterialsVariantsShoe"])
def test_webp_is_smaller_than_pillows_at_equal_likeness(name, data):
    asset = read(data / "products" / f"{name}.glb")
    for index, kind in list(picture_kinds(asset).items())[:3]:
        pixels = resized(decode(asset.images[index].data).pixels[..., :3], longest_px=256, kind=kind)
        curve = []
        for quality in range(40, 101, 5):
            out = io.BytesIO()
            PillowImage.fromarray(pixels).save(out, "WEBP", quality=quality, method=6)
            curve.append((_psnr(decode(out.getvalue()).pixels, pixels), len(out.getvalue())))
        made = [encode_pixels(pixels, PictureEncoding(format="webp", quality=quality), kind=kind) for quality in (60, 80, 90)]
        pillows = [np.interp(_psnr(decode(each).pixels, pixels), *np.array(curve).T) for each in made]
        assert sum(map(len, made)) < sum(pillows), (index, kind)


def test_without_libwebp_pillow_encodes(monkeypatch):
    monkeypatch.setattr(webp, "_library", lambda: None)
    pixels = _picture(4)
    assert np.array_equal(decode(encode_pixels(pixels, PictureEncoding(format="webp"), kind="data")).pixels, pixels)
    lossy = decode(encode_pixels(pixels, PictureEncoding(format="webp", quality=90), kind="data")).pixels
    assert _psnr(lossy, pixels) > 30
    near = PictureEncoding(format="webp", quality=60, near_lossless=True)
    assert np.array_equal(decode(encode_pixels(pixels, near, kind="normal")).pixels, pixels)


def test_near_lossless_stays_within_a_few_codes():
    pixels = _picture(5)
    sizes = []
    for quality in (20, 60, 90):
        data = encode_pixels(pixels, PictureEncoding(format="webp", quality=quality, near_lossless=True), kind="normal")
        apart = np.abs(decode(data).pixels.astype(int) - pixels).max()
        assert apart <= {20: 16, 60: 4, 90: 2}[quality]
        sizes.append(len(data))
    assert sizes == sorted(sizes)


def test_jpeg_keeps_chroma_where_it_is_no_colour():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (255, 0, 128), (0, 255, 128)
    kept, halved = (decode(encode_pixels(stripes, PictureEncoding(format="jpeg", quality=85), kind=k)).pixels for k in ("normal", "colour"))
    assert _psnr(kept, stripes) > _psnr(halved, stripes) + 10
    data = encode_pixels(stripes, PictureEncoding(format="jpeg"), kind="colour")
    assert PillowImage.open(io.BytesIO(data)).info["progressive"]


@settings(max_examples=30)
@given(small_pixels, st.sampled_from(["colour", "data", "normal"]), st.integers(1, 12))
def test_a_smaller_picture_keeps_its_form(pixels, kind, longest):
    out = resized(pixels, longest_px=longest, kind=kind)
    height, width = pixels.shape[:2]
    assert max(out.shape[:2]) == min(max(height, width), longest)
    assert out.shape[2] == pixels.shape[2]
    if longest >= max(height, width):
        assert out is pixels


def test_colour_is_averaged_as_light():
    board = np.zeros((8, 8, 3), np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 255
    expected = round(255 * float(linear_to_srgb(np.array([0.5]))[0]))
    assert (resized(board, longest_px=4, kind="colour") == expected).all()
    assert (np.abs(resized(board, longest_px=4, kind="data").astype(int) - 128) <= 1).all()
    photo = _picture(6, side=96)
    light = srgb_to_linear(photo / 255).reshape(48, 2, 48, 2, 3).mean(axis=(1, 3))
    assert np.abs(resized(photo, longest_px=48, kind="colour").astype(int) - 255 * linear_to_srgb(light)).max() < 1


def test_what_is_transparent_has_no_colour():
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0] = (200, 100, 50, 255)
    pixels[1] = (0, 255, 0, 0)
    (mean,) = resized(pixels, longest_px=1, kind="colour")[0]
    assert np.abs(mean.astype(int) - (200, 100, 50, 128)).max() <= 1
    pixels[..., 3] = 0
    assert resized(pixels, longest_px=1, kind="colour")[0, 0, 1] > 100


def test_normals_stay_directions():
    rng = np.random.default_rng(drawn_seed())
    vectors = rng.normal((0, 0, 3), 1, (32, 32, 3))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    pixels = np.rint((vectors + 1) * 127.5).astype(np.uint8)
    out = resized(pixels, longest_px=8, kind="normal") / 127.5 - 1
    assert np.abs(np.linalg.norm(out, axis=2) - 1).max() < 0.01
    mean = vectors.reshape(8, 4, 8, 4, 3).mean(axis=(1, 3))
    mean /= np.linalg.norm(mean, axis=2, keepdims=True)
    assert np.abs(out - mean).max() < 0.02


def test_each_picture_has_the_kind_that_suffers_most():
    assert kind_of_slot("clearcoatNormalTexture") == "normal"
    assert kind_of_slot("sheenColorTexture") == "colour"
    assert kind_of_slot("specularTexture") == "data"
    shape = textured(sphere(radius_m=0.1), *(_picture(i, side=4) for i in range(3)))
    material = Material(
        base_color_texture=TextureInfo(texture=0),
        occlusion_texture=TextureInfo(texture=0),
        emissive_texture=TextureInfo(texture=2),
        extensions={"KHR_materials_clearcoat": {"clearcoatNormalTexture": {"index": 1}, "clearcoatTexture": {"index": 1}}},
    )
    assert picture_kinds(replace(shape, materials=(material,))) == {0: "data", 1: "normal", 2: "colour"}


def _asset():
    shape = textured(sphere(radius_m=0.1), *(_picture(i, side=32) for i in range(3)))
    material = Material(
        base_color_texture=TextureInfo(texture=0), normal_texture=TextureInfo(texture=1), occlusion_texture=TextureInfo(texture=2)
    )
    return replace(shape, materials=(material,))


@pytest.mark.parametrize(("format", "extension"), [("webp", "EXT_texture_webp"), ("jpeg", None), ("png", None)])
def test_a_product_names_its_new_pictures(format, extension, validator):
    asset = _asset()
    pictures = {0: PictureEncoding(format=format, quality=80), 1: PictureEncoding(format=format)}
    glb = write_glb(asset, encoding=Encoding(pictures=pictures))
    assert validator.errors(glb) == []
    document = split(glb, Files(None, name="test"))[0]
    assert document.get("extensionsRequired", []) == document.get("extensionsUsed", []) == ([extension] if extension else [])
    back = read(glb, format="glb")
    assert back.images[2].data == asset.images[2].data
    assert [image.mime_type for image in back.images] == [f"image/{format}"] * 2 + ["image/png"]
    assert [texture.image_candidates for texture in back.textures] == [(0,), (1,), (2,)]
    assert picture_kinds(back) == picture_kinds(asset)
    if format != "jpeg":
        assert np.array_equal(decode(back.images[1].data).pixels, decode(asset.images[1].data).pixels)


def test_a_product_that_no_longer_needs_webp_does_not_require_it():
    webp_only = write_glb(_asset(), encoding=Encoding(pictures={i: PictureEncoding(format="webp") for i in range(3)}))
    back = write_glb(read(webp_only, format="glb"), encoding=Encoding(pictures={i: PictureEncoding(format="png") for i in range(3)}))
    document = split(back, Files(None, name="test"))[0]
    assert "extensionsUsed" not in document
    assert [texture["source"] for texture in document["textures"]] == [0, 1, 2]


def test_a_fallback_stays_a_fallback():
    asset = _asset()
    extra = EncodedImage(data=encode_picture(asset.images[0].data, PictureEncoding(format="webp"), kind="colour"), mime_type="image/webp")
    both = Texture(image=0, extensions={"EXT_texture_webp": {"source": 3}})
    asset = replace(asset, images=(*asset.images, extra), textures=(both, *asset.textures[1:]))
    back = read(write_glb(asset, encoding=Encoding(pictures={3: PictureEncoding(format="webp", quality=50)})), format="glb")
    assert back.textures[0].image_candidates == (3, 0)
    assert back.extensions_required == ()


def test_wrong_orders_are_refused():
    with pytest.raises(ValueError, match="3 pictures"):
        write_glb(_asset(), encoding=Encoding(pictures={7: PictureEncoding(format="png")}))
    for options in ({"format": "gif"}, {"format": "webp", "quality": 0}, {"format": "png", "longest_px": 0},
                    {"format": "png", "near_lossless": True}):  # fmt: skip
        with pytest.raises(ValueError, match=r"found|near"):
            PictureEncoding(**options)


def test_what_is_no_picture_or_too_large_is_told():
    with pytest.raises(ImageError):
        encode_picture(b"no picture", PictureEncoding(format="webp"), kind="data", where="images[0]")
    with pytest.raises(LimitError, match="16383"):
        encode_pixels(np.zeros((1, 16384, 3), np.uint8), PictureEncoding(format="webp"), kind="data")


def test_a_missing_picture_stays_missing():
    asset = Asset(nodes=(Node(),), meshes=(), images=(EncodedImage(data=None, uri="gone.png"),))
    back = write_glb(asset, encoding=Encoding(pictures={0: PictureEncoding(format="webp")}))
    assert split(back, Files(None, name="test"))[0]["images"] == [{"uri": "gone.png"}]


def test_without_its_encoder_ktx2_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "alktx2", None)
    with pytest.raises(DependencyError) as caught:
        encode_pixels(_picture(7), PictureEncoding(format="ktx2"), kind="data")
    assert "pip install alktx2" in str(caught.value.hint)


@pytest.mark.parametrize(("quality", "least"), [(90, 23), (None, 26)])
def test_ktx2_comes_back(quality, least, validator):
    pytest.importorskip("alktx2", reason="alktx2 is not installed: it states no licence")
    asset = _asset()
    odd = replace(asset.images[0], data=_png(_picture(8, side=30)))
    asset = replace(asset, images=(odd, *asset.images[1:]))
    encoding = PictureEncoding(format="ktx2", quality=quality)
    glb = write_glb(asset, encoding=Encoding(pictures=dict.fromkeys(range(3), encoding)))
    assert validator.errors(glb) == []
    document = split(glb, Files(None, name="test"))[0]
    assert document["extensionsRequired"] == ["KHR_texture_basisu"]
    back = read(glb, format="glb")
    # The second is no normal map and is made one: its vectors get length one.
    assert _psnr(decode(back.images[2].data).pixels[..., :3], decode(asset.images[2].data).pixels) > least
    assert decode(back.images[0].data).pixels.shape == (32, 32, 3)
