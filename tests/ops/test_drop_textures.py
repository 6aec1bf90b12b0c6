"""Broken pictures go, everything else stays and still points to the right thing."""

from dataclasses import replace

import pytest
from hypothesis import assume, given

from arviz.core.compare import differences
from arviz.core.material import EncodedImage
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.ops.drop_textures import broken_images, drop_textures
from arviz.testing.strategies import assets


@given(assets())
def test_whole_pictures_stay(asset):
    assert broken_images(asset) == {}
    assert drop_textures(asset, []) is asset


@given(assets())
def test_a_broken_picture_goes_and_the_others_keep_their_uses(asset):
    assume(asset.images)
    asset = replace(asset, images=(EncodedImage(data=b"not a picture", mime_type="image/png"), *asset.images[1:]))
    found = broken_images(asset)
    assert [finding.code for finding in found.values()] == ["W_TEXTURE_BROKEN"]
    mended = drop_textures(asset, found)
    assert len(mended.images) == len(asset.images) - 1
    assert broken_images(mended) == {}
    for before, after in zip(asset.materials, mended.materials, strict=True):
        kept = [asset.textures[i.texture].name for _, i in before.texture_slots() if 0 not in asset.textures[i.texture].image_candidates]
        assert [mended.textures[info.texture].name for _, info in after.texture_slots()] == kept
        assert after.base_color_factor == before.base_color_factor
    assert differences(mended, read(write_glb(mended), format="glb")) == []


@pytest.mark.parametrize("data", [None, b"", b"\x89PNG\r\n\x1a\n"])
def test_missing_and_cut_pictures(data):
    from arviz.core.asset import Asset

    asset = Asset(nodes=(), meshes=(), images=(EncodedImage(data=data, mime_type="image/png", name="fabric"),))
    (finding,) = broken_images(asset).values()
    assert finding.severity == "warning"
    assert "fabric" in finding.where
