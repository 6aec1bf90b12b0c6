"""The search: what it writes is valid, smaller, keeps names and variants, holds its floor and its budgets, or says what it could not."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import VariantMapping
from arviz.core.compare import differences
from arviz.core.graph import triangle_count
from arviz.core.image import measure
from arviz.core.material import Material, TextureInfo
from arviz.flows.optimise.gate import Gate
from arviz.flows.optimise.search import optimise
from arviz.flows.optimise.settings import Settings
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.render.renderer import RENDERERS
from arviz.testing.shapes import joined, sphere, textured
from tests.seeds import drawn_seed


@pytest.fixture(scope="module")
def renderer():
    with RENDERERS.get("gl")() as opened:
        yield opened


@pytest.fixture(scope="module")
def product():
    """Return two balls, one of them bumpy, in two colours of cloth."""
    random = np.random.default_rng(drawn_seed("search"))
    cloth = random.integers(60, 200, (64, 64, 3)).astype(np.uint8).repeat(4, 0).repeat(4, 1)
    slope = random.normal(0, 0.1, (64, 64, 2)).repeat(4, 0).repeat(4, 1)
    normals = np.dstack([slope, np.ones(slope.shape[:2])])
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    bumps = np.rint((normals + 1) * 127.5).astype(np.uint8)
    plain = Material(name="cloth", base_color_texture=TextureInfo(texture=0), metallic_factor=0.0, roughness_factor=0.6)
    bumpy = replace(plain, name="bumpy", normal_texture=TextureInfo(texture=2), metallic_factor=1.0, roughness_factor=0.3)
    two = joined(sphere(material=plain, segments=20), sphere(material=bumpy, segments=20, centre_m=(0.12, 0, 0)))
    dyed = (*two.materials, replace(plain, name="dyed", base_color_texture=TextureInfo(texture=1)))
    mapping = (VariantMapping(material=2, variants=(0,)),)
    first = replace(two.meshes[0], primitives=tuple(replace(p, variants=mapping) for p in two.meshes[0].primitives))
    two = replace(two, materials=dyed, meshes=(first, *two.meshes[1:]), variants=("Dyed",))
    made = textured(two, cloth, cloth[::-1, :, ::-1], bumps)
    return read(write_glb(made), format="glb")


@pytest.fixture(scope="module")
def web(product, renderer):
    return optimise(product, settings=Settings(), renderer=renderer)


def test_it_is_valid_smaller_and_keeps_names(product, web, validator):
    assert validator.errors(web.data) == []
    assert len(web.data) < 0.75 * len(write_glb(product))
    back = read(web.data, format="glb")
    assert [(node.name, node.part) for node in back.nodes] == [(node.name, node.part) for node in product.nodes]
    assert [material.name for material in back.materials] == [material.name for material in product.materials]
    assert back.variants == product.variants
    assert differences(back, web.asset) == []


def test_the_floor_holds_on_what_is_read_back(product, web, renderer):
    found = Gate(product, renderer).measure(read(web.data, format="glb"))
    assert found.db == web.quality.db >= 38.5
    assert found.ssim == web.quality.ssim >= 0.985
    assert [look.variant for look in found.looks] == [None, "Dyed"]


def test_an_asked_quality_is_held(product, renderer):
    db = 36.0
    made = optimise(product, settings=Settings(quality=db), renderer=renderer)
    assert made.quality.db >= db
    assert made.findings == ()


def test_a_budget_of_bytes_is_kept_or_told(product, renderer, web):
    budget = len(web.data) * 8 // 10
    made = optimise(product, settings=Settings(max_bytes=budget), renderer=renderer)
    assert len(made.data) <= budget
    assert made.quality.db < web.quality.db
    impossible = optimise(product, settings=Settings(max_bytes=500), renderer=renderer)
    assert [finding.code for finding in impossible.findings] == ["W_BUDGET_BYTES"]


def test_a_budget_of_triangles_is_kept(product, renderer):
    made = optimise(product, settings=Settings(max_triangles=1000, effort="fast"), renderer=renderer)
    assert triangle_count(made.asset) <= 1000 < triangle_count(product)


@pytest.mark.parametrize(
    ("formats", "effort"), [(("jpeg", "png"), "normal"), (("jpeg", "png"), "fast"), (("webp",), "fast"), (("png",), "fast"), ((), "fast")]
)
def test_only_allowed_formats_are_written(formats, effort, product, renderer, validator):
    made = optimise(product, settings=Settings(formats=formats, geometry="none", effort=effort), renderer=renderer)
    assert validator.errors(made.data) == []
    kinds = {image.mime_type.removeprefix("image/") for image in made.asset.images}
    assert kinds <= set(formats or ("png",))
    assert made.asset.extensions_required == (("EXT_texture_webp",) if formats == ("webp",) else ())
    assert (made.quality is None) == (effort == "fast")


def test_pictures_are_no_larger_than_allowed(product, renderer):
    made = optimise(product, settings=Settings(longest_px=128, effort="fast"), renderer=renderer)
    assert max(max(measure(image.data)) for image in made.asset.images) <= 128


def test_without_a_renderer_nothing_is_measured(product):
    made = optimise(product, settings=Settings(), renderer=None)
    assert made.quality is None
    assert len(made.data) < len(write_glb(product))
