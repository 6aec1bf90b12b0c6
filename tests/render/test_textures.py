"""Textures: averaged as light or as numbers, right for every size, shrunk before they are decoded."""

import io
import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from arviz.core.colour import linear_to_srgb, srgb_to_linear
from arviz.core.colour_difference import delta_e_2000, lab
from arviz.core.errors import ImageError
from arviz.core.image import check_readable, decode
from arviz.core.limits import DEFAULT_LIMITS
from arviz.core.material import EncodedImage, Material, TextureInfo
from arviz.core.resources import resource
from arviz.core.scene import Item, Scene
from arviz.formats.read import read
from arviz.render.framing import orbit_camera
from arviz.render.gl.textures import upload
from arviz.render.mipmaps import chain, halved
from arviz.render.renderer import RenderOptions
from arviz.render.texture_pixels import decoded
from arviz.testing.contracts import constant_light
from arviz.testing.shapes import textured
from tests.render.scenes import centre, draw


def file(pixels, kind="PNG", **options):
    out = io.BytesIO()
    PillowImage.fromarray(pixels).save(out, kind, **options)
    return EncodedImage(data=out.getvalue(), mime_type=f"image/{kind.lower()}")


def noise(height, width, channels=3):
    return np.random.default_rng(height * width).integers(0, 256, (height, width, channels)).astype(np.uint8)


def boxes(values, height, width):
    """Average over areas, the independent way: a weight of overlap per axis."""

    def weights(count, into):
        edges = np.linspace(0, count, into + 1)
        low, high = np.maximum(edges[:-1, None], np.arange(count)), np.minimum(edges[1:, None], np.arange(count) + 1)
        return np.maximum(high - low, 0) * into / count

    return np.einsum("yh,xw,hwc->yxc", weights(values.shape[0], height), weights(values.shape[1], width), values)


@given(height=st.integers(1, 19), width=st.integers(1, 19), srgb=st.booleans())
def test_every_level_is_the_mean_of_the_one_before(height, width, srgb):
    levels = chain(noise(height, width, 4), srgb=srgb)
    assert levels[-1].shape == (1, 1, 4)
    for fine, coarse in itertools.pairwise(levels):
        size = max(fine.shape[0] // 2, 1), max(fine.shape[1] // 2, 1)
        assert coarse.shape == (*size, 4)
        colour, alpha = fine[..., :3] / 255, fine[..., 3:] / 255
        mean = linear_to_srgb(boxes(srgb_to_linear(colour), *size)) if srgb else boxes(colour, *size)
        expected = 255 * np.concatenate([mean, boxes(alpha, *size)], axis=-1)
        assert np.abs(coarse - expected).max() <= 0.51  # Pillow's means round halves up or down


def test_black_beside_white_is_half_the_light():
    """The code of half the light is 188; half the code would be 128."""
    board = np.kron(np.indices((4, 4)).sum(axis=0) % 2, np.ones((1, 1)))[..., None] * np.full(3, 255)
    assert (halved(board.astype(np.uint8), srgb=True) == 188).all()
    assert set(np.unique(halved(board.astype(np.uint8), srgb=False))) <= {127, 128}


@given(code=st.integers(0, 255))
def test_one_colour_stays_itself(code):
    for srgb in (True, False):
        for level in chain(np.full((8, 8, 4), code, np.uint8), srgb=srgb):
            assert (level == code).all()


def test_bands_do_not_show():
    """More rows than are averaged at once."""
    pixels = noise(1024, 4)
    np.testing.assert_array_equal(halved(pixels, srgb=True)[200:210], halved(pixels[400:420], srgb=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("srgb", [True, False])
@pytest.mark.parametrize("size", [(64, 64), (63, 37), (64, 3)])
def test_a_shrunk_picture_of_one_colour_is_exact(kind, srgb, size):
    """(120, 60, 200): the decoder's own codes, however much smaller."""
    image = file(np.full((*size, 3), (120, 60, 200), np.uint8), kind, quality=95)
    whole = decode(image.data).pixels
    for cap in (32, 8, 1):
        pixels = decoded(image, cap_px=cap, limits=DEFAULT_LIMITS, srgb=srgb)
        assert max(pixels.shape[:2]) <= cap
        assert (pixels[..., :3] == whole[0, 0]).all()
        assert (pixels[..., 3] == 255).all()


def test_a_jpeg_of_data_shrinks_to_its_mean():
    ramp = np.repeat(np.linspace(0, 255, 256).astype(np.uint8)[None, :, None], 256, axis=0).repeat(3, axis=2)
    image = file(ramp, "JPEG", quality=95)
    small = decode(image.data, mean_at_px=64).pixels.astype(float)
    expected = boxes(decode(image.data).pixels.astype(float), 64, 64)
    assert np.abs(small - expected).max() <= 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_all_kinds_of_pixels_shrink(mode):
    picture = PillowImage.fromarray(noise(40, 24)).convert("L" if mode == "I;16" else mode)
    picture = picture.convert("I").convert("I;16") if mode == "I;16" else picture
    out = io.BytesIO()
    picture.save(out, "TIFF" if mode == "CMYK" else "PNG")
    image = EncodedImage(data=out.getvalue(), mime_type="image/png")
    for srgb in (True, False):
        assert decoded(image, cap_px=20, limits=DEFAULT_LIMITS, srgb=srgb).shape[2] == 4


def test_what_cannot_be_decoded_is_told_without_decoding_it_all():
    for kind in ("JPEG", "PNG", "WEBP"):
        data = file(noise(64, 64), kind).data
        check_readable(data)
        with pytest.raises(ImageError):
            check_readable(data[: len(data) // 2])


def test_levels_arrive_as_they_were_made(gl):
    """Read back texel by texel: plain numbers, and sRGB as the light it stands for."""
    context, pixels = gl._context, noise(12, 20, 4)
    with context:
        program = context.program(
            vertex_shader="#version 330\nvoid main() { gl_Position = vec4(gl_VertexID % 2 * 4 - 1, gl_VertexID / 2 * 4 - 1, 0, 1); }",
            fragment_shader="#version 330\nuniform sampler2D t; uniform int l; out vec4 c;"
            "void main() { c = texelFetch(t, ivec2(gl_FragCoord.xy), l); }",
        )
        nothing = context.vertex_array(program, [])
        for srgb in (True, False):
            texture = upload(context, pixels, srgb=srgb)
            for number, level in enumerate(chain(pixels, srgb=srgb)):
                height, width = level.shape[:2]
                target = context.simple_framebuffer((width, height), components=4, dtype="f4")
                target.use()
                context.disable(context.DEPTH_TEST | context.BLEND | context.CULL_FACE)
                context.clear_samplers(0, 1)
                texture.use(0)
                program["l"].value = number
                nothing.render(vertices=3)
                seen = np.frombuffer(target.read(components=4, dtype="f4"), np.float32).reshape(height, width, 4)
                expected = level / 255
                if srgb:
                    expected[..., :3] = srgb_to_linear(expected[..., :3])
                np.testing.assert_allclose(seen, expected, atol=2e-3)
                target.release()
            texture.release()
        nothing.release()
        program.release()


def test_a_far_checkerboard_shows_half_the_light(gl):
    """A board of black and white texels, many to a pixel, under uniform light: 0.5 times what white shows."""
    from arviz.testing.shapes import sphere

    board = ((np.indices((512, 512)).sum(axis=0) % 2) * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    matte = Material(metallic_factor=0.0, base_color_texture=TextureInfo(texture=0), extensions={"KHR_materials_unlit": {}})
    shown = [centre(draw(gl, textured(sphere(material=matte), pixels)))[0] for pixels in (board, np.full_like(board, 255))]
    assert shown[0] / shown[1] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("name", ["sofa", "lamp"])
def test_what_is_spared_for_a_small_picture_is_not_seen(gl, name):
    """The same pixels as a part of a picture so large that no texture is shrunk: the eye (CIEDE2000) does not tell them apart."""
    asset = read(resource("assets", "products", name, f"{name}.glb"))
    light = constant_light()
    camera, pose = orbit_camera(asset, azimuth_rad=0.5, width_px=128, height_px=128)
    seen = []
    for side_px in (128, 1024):
        wide = replace(camera, width_px=side_px, height_px=side_px)
        options = RenderOptions(depth=False)
        drawn = gl.render(Scene(items=(Item(asset=asset),), lighting=light), wide, world_from_camera=pose, options=options).colour
        seen.append(drawn[:128, :128, :3] + 1 - drawn[:128, :128, 3:])
    apart = delta_e_2000(*map(lab, seen))
    assert apart.max() > 0
    assert apart.mean() < 0.1
    assert np.quantile(apart, 0.99) < 1.5
