"""The picture gate: what is equal scores infinitely, what is worse scores less, and nothing hides in a variant or a view."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset, VariantMapping
from arviz.core.errors import MeshError
from arviz.core.image import Image, encode
from arviz.core.material import EncodedImage, Material, TextureInfo
from arviz.core.reframe import transform_roots
from arviz.core.transforms import similarity as moved_by
from arviz.flows.optimise.gate import Gate, looks, similarity
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.render.renderer import RENDERERS
from arviz.testing.shapes import box, sphere, textured
from tests.seeds import drawn_seed

RANDOM = np.random.default_rng(drawn_seed("gate"))
CLOTH = RANDOM.integers(60, 200, (64, 64, 3)).astype(np.uint8).repeat(4, 0).repeat(4, 1)


@pytest.fixture(scope="module")
def renderer():
    with RENDERERS.get("gl")() as opened:
        yield opened


@pytest.fixture(scope="module")
def ball():
    return textured(sphere(material=Material(base_color_texture=TextureInfo(texture=0), metallic_factor=0.0)), CLOTH)


@pytest.fixture(scope="module")
def gate(ball, renderer):
    return Gate(ball, renderer)


def noisy(asset, sigma):
    noise = np.random.default_rng(1).normal(0, 1, CLOTH.shape) * sigma  # the same pattern, stronger
    pixels = np.clip(CLOTH + noise, 0, 255).astype(np.uint8)
    return replace(asset, images=(EncodedImage(data=encode(Image(pixels=pixels), "PNG"), mime_type="image/png"),))


def variants(asset, *materials):
    """Return the asset with one variant per material index."""
    mappings = tuple(VariantMapping(material=material, variants=(index,)) for index, material in enumerate(materials))
    meshes = tuple(replace(m, primitives=tuple(replace(p, variants=mappings) for p in m.primitives)) for m in asset.meshes)
    colours = (*asset.materials, replace(asset.materials[0], base_color_factor=(0.2, 0.9, 0.3, 1)))
    return replace(asset, meshes=meshes, materials=colours, variants=tuple(f"look {i}" for i in range(len(materials))))


def test_the_same_product_has_no_difference(ball, gate):
    back = read(write_glb(ball), format="glb")
    for same in (ball, back):
        quality = gate.measure(same)
        assert quality.db == np.inf
        assert quality.ssim == 1.0
    assert quality.to_json() == {"pooled_db": None, "worst_ssim": 1.0, "looks": 1}


def test_more_noise_is_less_quality(ball, gate):
    qualities = [gate.measure(noisy(ball, sigma)) for sigma in (2, 6, 18, 54)]
    assert np.all(np.diff([quality.db for quality in qualities]) < -3)
    assert np.all(np.diff([quality.ssim for quality in qualities]) < 0)


def test_what_moved_is_not_framed_anew(ball, gate):
    moved = transform_roots(ball, moved_by(translation=np.array([0.02, 0, 0])))
    assert gate.measure(moved).db < 25


def test_a_fault_in_one_view_decides(renderer):
    product = box(size_m=(0.3, 0.3, 0.3))
    from_above = box(size_m=(0.2, 0.001, 0.2), centre_m=(0, 0.1502, 0), material=Material(base_color_factor=(0, 0, 0, 1)))
    nodes = (*product.nodes, replace(from_above.nodes[0], mesh=1))
    mesh = replace(from_above.meshes[0], primitives=tuple(replace(p, material=0) for p in from_above.meshes[0].primitives))
    marked = Asset(nodes=nodes, meshes=(*product.meshes, mesh), materials=from_above.materials)
    look = Gate(product, renderer).measure(marked).looks[0]
    assert look.view == 7
    assert look.ssim < 0.98


def test_every_look_is_measured_and_equal_ones_once(ball, renderer):
    original = variants(ball, 0, 1, 1)
    assert looks(original) == (None, "look 1")
    spoilt = replace(original, materials=(original.materials[0], replace(original.materials[1], base_color_factor=(0.9, 0.2, 0.3, 1))))
    assert Gate(original, renderer, default_only=True).measure(spoilt).db == np.inf
    quality = Gate(original, renderer).measure(spoilt)
    assert [look.variant for look in quality.looks] == [None, "look 1"]
    assert quality.db == quality.looks[1].db < 30


def test_nothing_drawn_cannot_be_compared(renderer):
    with pytest.raises(MeshError, match="nothing to compare"):
        Gate(Asset(nodes=(), meshes=()), renderer)


def test_similarity_is_that_of_another_hand():
    structural = pytest.importorskip("skimage.metrics").structural_similarity
    first = RANDOM.integers(0, 256, (80, 70, 3)).astype(np.uint8)
    second = np.clip(first + RANDOM.normal(0, 20, first.shape), 0, 255).astype(np.uint8)
    luma = [(pixels @ np.array([0.299, 0.587, 0.114])).astype(float) for pixels in (first, second)]
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255, "full": True}
    _, theirs = structural(*luma, **options)
    np.testing.assert_allclose(similarity(first, second), theirs, atol=5e-4)  # their window ends at 3.5 sigma
