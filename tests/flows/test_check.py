"""The journey `check`: one verdict from bytes, product, size and profiles."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest

import arviz
from arviz.core.errors import FormatError
from arviz.core.facts import FileFacts
from arviz.core.image import Image, encode
from arviz.core.material import Material, TextureInfo
from arviz.flows.check import check, check_asset
from arviz.formats.gltf.write import write_glb
from arviz.formats.usdz.write import write_usdz
from arviz.testing.shapes import box, cube, textured


def _codes(result):
    return [finding["code"] for finding in result["findings"]]


def test_room_and_verb_share_a_name():
    from arviz.check.size import check_size

    assert callable(check_size)
    assert arviz.check(write_glb(cube()), format="glb")["schema"] == "arviz.check/1"


def test_profiles_decide_beside_the_findings():
    data = write_glb(box(size_m=(1, 1, 1), centre_m=(0, 0.5, 0)))
    assert check(data, format="glb")["ok"]
    result = check(data, format="glb", profiles=["google-merchant", "apple-quick-look"])
    assert [verdict["ok"] for verdict in result["profiles"]] == [True, False]
    assert not result["ok"]
    assert _codes(result) == _codes(check(data, format="glb", profiles=[]))


def test_nothing_drawn_fails_only_a_listed_product():
    data = write_glb(replace(cube(), nodes=(), scenes=()))
    result = check(data, format="glb")
    assert result["ok"]
    assert "W_NOTHING_DRAWN" in _codes(result)
    assert not check(data, format="glb", size="10x10x10cm")["ok"]


def test_facts_are_what_was_written():
    data = write_glb(cube(edge_m=0.1))
    result = check(data, format="glb", size="10x10x10cm")
    facts = result["facts"]
    assert facts["bytes"] == len(data)
    assert (facts["container"], facts["triangles"], facts["draw_calls"]) == ("glb", 12, 1)
    assert facts["size_m"] == pytest.approx((0.1, 0.1, 0.1))
    assert facts["size_deviation_percent"] == pytest.approx(0, abs=1e-4)
    assert facts["base_y_m"] == pytest.approx(-0.05)
    assert facts["open_or_shared_edges"] == 0
    assert set(facts) == set(FileFacts.__dataclass_fields__)


def test_a_gltf_counts_the_files_that_it_names(tmp_path):
    (tmp_path / "a.bin").write_bytes(bytes(36))
    (tmp_path / "a.gltf").write_text('{"asset":{"version":"2.0"},"buffers":[{"byteLength":36,"uri":"a.bin"}]}')
    size = (tmp_path / "a.gltf").stat().st_size
    assert check(tmp_path / "a.gltf")["facts"]["bytes"] == size + 36


@pytest.mark.parametrize("name", ["SunglassesKhronos", "Mixer"])
def test_shared_products_have_no_fault_of_their_own(data, name):
    report = check_asset(arviz.read(data / "products" / f"{name}.glb"))
    assert report.errors == ()


def test_rules_on_raw_bytes_speak_too():
    """A fault that reading forgives is still the file's fault."""
    data = write_glb(cube()).replace(b'"max":[0.05', b'"max":[0.04')
    codes = [f["code"] for f in check(data, format="glb")["findings"] if f["severity"] == "error"]
    assert "ACCESSOR_MAX_MISMATCH" in codes


def _package(*, extra=b"", method=0):
    """Return a zip like a USDZ whose entries are not aligned."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("model.usdc", b"PXR-USDC" + bytes(200))
        archive.writestr("wood.png", encode(Image(pixels=np.zeros((4, 8, 3), np.uint8)), "PNG"))
    return buffer.getvalue() + extra


def test_a_usdz_is_judged_by_its_file_rules():
    result = check(_package(), format="usdz", size="1x1x1m")
    assert [verdict["name"] for verdict in result["profiles"]] == ["apple-quick-look"]
    assert {"E_USDZ_ALIGNMENT", "W_SIZE_NOT_JUDGED"} <= set(_codes(result))
    assert not result["ok"]
    (texture,) = result["facts"]["textures"]
    assert (texture["width_px"], texture["height_px"], texture["mime"]) == (8, 4, "image/png")
    assert (result["facts"]["zip_stored"], result["facts"]["zip_aligned"], result["facts"]["root_layer"]) == (True, False, "usdc")


def test_a_compressed_usdz_is_refused_without_unpacking():
    with pytest.raises(FormatError) as caught:
        check(_package(method=zipfile.ZIP_DEFLATED), format="usdz")
    assert caught.value.code == "E_USDZ_COMPRESSED"


# What the shared products are worth on each platform: (profile, passes, fails).
VERDICTS = [
    ("khronos-mobile-ar", "Mixer", "SheenChair"),
    ("khronos-web", "SunglassesKhronos", "MaterialsVariantsShoe"),
    ("shopify", "Mixer", "GlamVelvetSofa"),
]


@pytest.mark.parametrize(("profile", "passes", "fails"), VERDICTS)
def test_shared_products_pass_and_fail_as_measured(data, profile, passes, fails):
    for name, expected in ((passes, True), (fails, False)):
        (verdict,) = check(data / "products" / f"{name}.glb", profiles=[profile])["profiles"]
        assert verdict["ok"] is expected


def test_amazon_only_advises_but_a_wrong_size_fails(data):
    helmet = data / "products" / "DamagedHelmet.glb"
    result = check(helmet, profiles=["amazon"], size="24x30x26cm")
    assert result["profiles"][0]["ok"]
    assert result["profiles"][0]["advisories"] == 1
    assert not result["ok"]


def test_google_refuses_4k_and_quick_look_wants_usdz():
    big = textured(cube(material=Material(base_color_texture=TextureInfo(texture=0))), np.full((1, 4096, 3), 99, np.uint8))
    result = check(write_glb(big), format="glb", profiles=["google-merchant", "apple-quick-look"])
    codes = [[f["code"] for f in verdict["findings"] if f["severity"] == "error"] for verdict in result["profiles"]]
    assert codes == [["E_PROFILE_TEXTURE_MAX_PX"], ["E_PROFILE_CONTAINER"]]


def test_our_own_usdz_passes():
    package = write_usdz(box(size_m=(1, 1, 1), centre_m=(0, 0.5, 0), material=Material()))
    result = check(package.data, format="usdz")
    assert result["ok"], result["findings"]
    assert result["facts"]["triangles"] == 12
    assert result["profiles"][0]["advisories"] == 0
