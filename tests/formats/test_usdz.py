"""Writing USDZ: what OpenUSD reads back is the product, its looks, its size."""

import pytest
from hypothesis import given, settings

from arviz.core.graph import triangle_count
from arviz.formats.read import read
from arviz.formats.usdz.write import write_usdz
from arviz.testing.strategies import assets

PRODUCTS = ["DamagedHelmet", "GlamVelvetSofa", "LightsPunctualLamp", "MaterialsVariantsShoe", "Mixer", "SheenChair", "SunglassesKhronos"]


@pytest.mark.parametrize("name", PRODUCTS)
def test_triangles_and_variants_are_all_written(name, data):
    asset = read(data / "products" / f"{name}.glb")
    usdz = write_usdz(asset)
    assert usdz.triangles == triangle_count(asset)
    assert [name for _, name in usdz.variants] == list(asset.variants)


@settings(max_examples=10)
@given(assets())
def test_same_product_same_bytes(asset):
    assert write_usdz(asset).data == write_usdz(asset).data
