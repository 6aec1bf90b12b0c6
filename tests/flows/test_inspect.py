"""Looking into files: right counts, no invented millimetres."""

import json

import pytest

import arviz
from tests.formats.test_read import BOX


def test_counts_of_the_shared_products_are_those_of_the_data_page(data):
    facts = arviz.inspect(data / "products" / "Mixer.glb")
    assert facts["triangles"] == 46963
    sofa = arviz.inspect(data / "products" / "GlamVelvetSofa.glb")
    assert len(sofa["variants"]) == 5
    sides = sofa["size_mm"]
    assert (sides["width"], sides["height"], sides["depth"]) == pytest.approx((2188, 788, 1023), abs=1)
    glasses = arviz.inspect(data / "products" / "SunglassesKhronos.glb")
    assert (glasses["nodes"], len(glasses["parts"])) == (16, 8)
    assert "KHR_materials_iridescence" in glasses["extensions"]
    json.dumps([facts, sofa, glasses])


def test_a_file_without_a_unit_has_no_millimetres(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    facts = arviz.inspect(tmp_path / "box.obj")
    assert facts["size_mm"] is None
    assert facts["size_file_units"] == {"width": 4, "depth": 1, "height": 2}
    known = arviz.inspect(tmp_path / "box.obj", unit="cm")
    assert known["size_file_units"] is None
    assert known["size_mm"]["width"] == 40


def test_texture_memory_is_that_of_rgba8_with_mipmaps(data):
    facts = arviz.inspect(data / "products" / "DamagedHelmet.glb")
    exact = sum(4 * sum((image["width_px"] >> i) * (image["height_px"] >> i) for i in range(12)) for image in facts["images"])
    assert facts["texture_memory_bytes"] == pytest.approx(exact, rel=1e-5)
    assert facts["image_bytes"] == sum(image["bytes"] for image in facts["images"])


def test_shells_are_counted(data):
    assert sum(part["components"] for part in arviz.inspect(data / "products" / "Mixer.glb")["parts"]) >= 20
