"""UsdPreviewSurface to glTF: numbers, textures where USD reads them, channels where glTF has them."""

import math

import numpy as np
import pytest

from arviz.core.graph import drawn
from arviz.formats.usdz.uv import channel_of, st_from_uv
from tests.formats.usda_text import codes, dressed, pixels, shown


def test_numbers_of_the_preview_surface():
    asset = dressed(
        """ color3f inputs:diffuseColor = (0.1, 0.2, 0.3)
 float inputs:metallic = 0.4
 float inputs:roughness = 0.6
 float inputs:opacity = 0.5
 float inputs:ior = 1.3
 float inputs:clearcoat = 0.7
 float inputs:clearcoatRoughness = 0.2
 color3f inputs:emissiveColor = (0, 2, 4)""",
        texture=False,
    )  # fmt: skip
    (material,) = asset.materials
    assert material.base_color_factor == pytest.approx((0.1, 0.2, 0.3, 0.5))
    assert (material.metallic_factor, material.roughness_factor, material.alpha_mode) == (pytest.approx(0.4), pytest.approx(0.6), "BLEND")
    assert material.extensions["KHR_materials_ior"]["ior"] == pytest.approx(1.3)
    assert material.extensions["KHR_materials_clearcoat"]["clearcoatFactor"] == pytest.approx(0.7)
    assert material.emissive_factor == pytest.approx((0, 0.5, 1))
    assert material.extensions["KHR_materials_emissive_strength"]["emissiveStrength"] == pytest.approx(4)


def test_a_texture_is_read_where_usd_reads_it():
    """The transform of UsdTransform2d, applied by its definition, shows the texel that KHR_texture_transform shows."""
    asset = dressed(" color3f inputs:diffuseColor.connect = </R/M/T.outputs:rgb>", picture=pixels())
    (piece,) = drawn(asset)
    info = asset.materials[0].base_color_texture
    found = st_from_uv(channel_of(info), piece.primitive.attributes["TEXCOORD_0"])
    angle = math.radians(30)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    st = piece.positions[:, :2] / (2, 1)
    expected = (st * (2, 3)) @ turn.T + (0.25, -0.5)
    assert found == pytest.approx(expected, abs=1e-6)


def test_channels_are_put_where_gltf_has_them():
    picture = pixels(channels=4)
    asset = dressed(
        """ float inputs:roughness.connect = </R/M/T.outputs:r>
 float inputs:metallic.connect = </R/M/T.outputs:a>
 float inputs:occlusion.connect = </R/M/T.outputs:g>""",
        picture=picture,
    )
    (material,) = asset.materials
    packed = shown(asset, material.metallic_roughness_texture)
    assert (packed[..., 1] == picture[..., 0]).all()
    assert (packed[..., 2] == picture[..., 3]).all()
    assert (shown(asset, material.occlusion_texture)[..., 0] == picture[..., 1]).all()


def test_cut_outs():
    picture = pixels(channels=4)
    asset = dressed(
        """ color3f inputs:diffuseColor.connect = </R/M/T.outputs:rgb>
 float inputs:opacity.connect = </R/M/T.outputs:a>
 float inputs:opacityThreshold = 0.3""",
        picture=picture,
    )
    (material,) = asset.materials
    assert (material.alpha_mode, material.alpha_cutoff) == ("MASK", pytest.approx(0.3))
    assert (shown(asset, material.base_color_texture) == picture).all()


def test_a_missing_texture_is_told():
    assert "W_TEXTURE_MISSING" in codes(dressed(" color3f inputs:diffuseColor.connect = </R/M/T.outputs:rgb>"))
