"""Previews: small pictures of them are those of the whole product, shadow included, in whatever look and light."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset
from arviz.core.colour import srgb_to_linear
from arviz.core.colour_difference import delta_e_2000, lab
from arviz.core.image import decode
from arviz.core.resources import resource
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.jobs.engines import nothing_told
from arviz.jobs.picture import Picture
from arviz.jobs.preview import casts_alike, shadow_of, write_preview
from arviz.jobs.store import Store
from arviz.jobs.warm import Setup, warm

LOOK = {"width": 256, "height": 200, "orbit": "30deg 70deg"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("previews") / "store")


def preview_of(path, folder):
    write_preview(path, folder / "preview.glb")
    return folder / "preview.glb"


def pixels(store, path, **look):
    """Return (H, W, 4) uint8 of a picture that the service draws of a GLB."""
    asked = Picture(store=store.url, glb=store.put(path).id, ending="png", device="", options={**LOOK, **look}, setup=Setup())
    return decode(asked(nothing_told)).pixels


def over_white(pixels):
    alpha = pixels[..., 3:] / 255
    return lab(srgb_to_linear(pixels[..., :3] / 255) * alpha + 1 - alpha)


@pytest.mark.parametrize("name", ["sofa", "lamp", "glasses", "rug"])
def test_a_small_picture_of_a_preview_is_that_of_the_whole_product(store, tmp_path, name):
    """No pixel differs so that the eye would see it (CIEDE2000 of 1), and few at all."""
    master = resource("assets", "products", name, f"{name}.glb")
    preview = preview_of(master, tmp_path)
    for look in ({}, {"environment": "room"}, {"shadow": 0.4}, {"variant": (*read(master).variants, None)[0]}):
        apart = delta_e_2000(*(over_white(pixels(store, path, **look)) for path in (master, preview)))
        assert apart.max() < 1
        assert apart.mean() < 0.001


def test_its_shadow_is_not_made_again(store, tmp_path, monkeypatch):
    preview = preview_of(resource("assets", "products", "sofa", "sofa.glb"), tmp_path)
    made = []
    monkeypatch.setattr(type(warm(Setup()).renderer._catchers), "_made", lambda *_, **__: made.append(1))
    assert pixels(store, preview)[..., 3].any()
    assert not made


def test_what_lets_light_through_has_the_shadow_of_its_look():
    solid, clear = (read(resource("assets", "products", name, f"{name}.glb")) for name in ("sofa", "glasses"))
    assert casts_alike(solid, solid.variants[0])
    assert not casts_alike(clear, clear.variants[0])
    assert casts_alike(clear, None)
    blended = replace(solid, materials=(*solid.materials[:-1], replace(solid.materials[-1], alpha_mode="BLEND")))
    assert not casts_alike(blended, blended.variants[0])


def test_a_shadow_goes_through_the_file(tmp_path):
    master = resource("assets", "products", "sofa", "sofa.glb")
    asset, preview = read(master), read(preview_of(master, tmp_path))
    coarse, fine = shadow_of(preview)
    assert (np.subtract(coarse.high_m, coarse.low_m) > np.subtract(fine.high_m, fine.low_m)).all()
    assert 0.3 < fine.share.max() <= 1
    assert [material.name for material in preview.materials] == [material.name for material in asset.materials]
    assert shadow_of(asset) is None


def test_nothing_has_no_shadow(tmp_path):
    (tmp_path / "nothing.glb").write_bytes(write_glb(Asset(nodes=(), meshes=())))
    assert shadow_of(read(preview_of(tmp_path / "nothing.glb", tmp_path))) == ()
