"""Shrunk textures: what a renderer makes of them is what it makes of the large ones, and nothing else has changed."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.compare import differences
from arviz.core.image import Image, decode, encode
from arviz.core.limits import DEFAULT_LIMITS
from arviz.core.material import EncodedImage, Material, Texture, TextureInfo
from arviz.flows.shrink_textures import shrink_textures
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.render.texture_pixels import decoded
from arviz.testing.shapes import sphere, textured

CAP = 16


def noise(height, width, channels=3):
    return np.random.default_rng(height * width).integers(0, 256, (height, width, channels)).astype(np.uint8)


def of_slots(*pictures, **slots):
    """Return a ball whose material uses textures by their number."""
    material = Material(**{slot: TextureInfo(texture=index) for slot, index in slots.items()})
    return textured(sphere(material=material), *pictures)


@pytest.mark.parametrize(("slot", "srgb"), [("base_color_texture", True), ("normal_texture", False)])
@pytest.mark.parametrize("shape", [(64, 64, 3), (17, 40, 3), (33, 5, 4), (100, 1, 3)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_renderer_sees_the_same(slot, srgb, shape, kind):
    if kind == "JPEG" and shape[2] == 4:
        pytest.skip("JPEG has no alpha")
    asset = of_slots(noise(*shape), **{slot: 0})
    data = encode(Image(pixels=noise(*shape), alpha="straight" if shape[2] == 4 else "none"), kind)
    asset = replace(asset, images=(EncodedImage(data=data, mime_type=f"image/{kind.lower()}", name="cloth"),))
    small = shrink_textures(asset, longest_px=CAP)
    assert max(decode(small.images[0].data).pixels.shape[:2]) <= CAP
    assert (small.images[0].name, small.images[0].mime_type) == ("cloth", "image/webp")
    assert "EXT_texture_webp" in small.extensions_required
    whole, shrunk = (decoded(one.images[0], cap_px=CAP, limits=DEFAULT_LIMITS, srgb=srgb) for one in (asset, small))
    np.testing.assert_array_equal(whole, shrunk)
    assert asset.images[0].data == data
    assert all(path.startswith(("images", "textures", "extensions_required")) for path in differences(small, asset))
    assert differences(small, read(write_glb(small), format="glb")) == ["nodes[0].part"]  # which reading gives
    assert shrink_textures(small, longest_px=CAP) is small


def test_what_fits_or_cannot_be_shrunk_stays():
    fits = of_slots(noise(16, 9), base_color_texture=0)
    both = of_slots(noise(32, 32), base_color_texture=0, occlusion_texture=0)
    unused = of_slots(noise(32, 32))
    large = of_slots(noise(32, 32), base_color_texture=0)
    broken = replace(fits, images=(EncodedImage(data=b"\x89PNG\r\n\x1a\n", mime_type="image/png"),))
    missing = replace(fits, images=(EncodedImage(data=None, mime_type="image/png"),))
    two = replace(large, textures=(Texture(image=0, extensions={"EXT_texture_webp": {"source": 1}}),), images=large.images * 2)
    for asset in (fits, both, unused, broken, missing, two):
        assert shrink_textures(asset, longest_px=CAP) is asset


def test_colours_of_what_is_clear_stay():
    """A filter mixes them with those beside; WebP drops them unless told not to."""
    pixels = noise(32, 32, 4)
    pixels[..., 3] = 0
    small = shrink_textures(of_slots(pixels, base_color_texture=0), longest_px=CAP)
    assert decode(small.images[0].data).pixels[..., :3].max() > 0


def test_only_the_large_one_of_two_changes():
    asset = of_slots(noise(16, 16), noise(32, 32), base_color_texture=0, normal_texture=1)
    small = shrink_textures(asset, longest_px=CAP)
    assert small.images[0] is asset.images[0]
    assert decode(small.images[1].data).pixels.shape[:2] == (16, 16)
