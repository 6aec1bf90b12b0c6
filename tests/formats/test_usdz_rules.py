"""Each rule of Quick Look, caught on a package made for it; hostile archives end in one clear error."""

import struct
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.errors import FormatError, LimitError
from arviz.core.image import Image, encode
from arviz.core.limits import Limits
from arviz.formats.read import read
from arviz.formats.usdz.package import pack
from arviz.formats.usdz.rules import check_usdz
from arviz.formats.usdz.write import write_usdz
from arviz.testing.shapes import cube

PNG = encode(Image(pixels=np.zeros((2, 2, 3), np.uint8)), "PNG")


@pytest.fixture(scope="module")
def layer():
    """Return the root layer of a sound package."""
    with zipfile.ZipFile(BytesIO(write_usdz(cube()).data)) as archive:
        return archive.read("model.usdc")


@pytest.fixture
def stage_of(tmp_path):
    """Return ``stage_of(change)``: a small sound stage after ``change(stage)``, as usdc bytes."""

    def make(change):
        from pxr import Usd, UsdGeom

        stage = Usd.Stage.CreateInMemory("model.usdc")
        UsdGeom.SetStageUpAxis(stage, "Y")
        UsdGeom.SetStageMetersPerUnit(stage, 1)
        stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/Root").GetPrim())
        change(stage)
        path = tmp_path / "made.usdc"
        stage.GetRootLayer().Export(str(path))
        return path.read_bytes()

    return make


def codes(data):
    return {finding.code for finding in check_usdz(data).findings}


def test_a_sound_package_passes(layer, stage_of):
    assert codes(pack({"model.usdc": layer, "textures/a.png": PNG})) == set()
    assert codes(pack({"model.usdc": stage_of(lambda stage: None)})) == set()


def lamp(stage):
    from pxr import UsdLux

    UsdLux.SphereLight.Define(stage, "/Root/Light")


def curve(stage):
    from pxr import UsdGeom

    UsdGeom.BasisCurves.Define(stage, "/Root/Curve")


def noise_shader(stage):
    from pxr import UsdShade

    material = UsdShade.Material.Define(stage, "/Root/M")
    UsdShade.Shader.Define(stage, material.GetPath().AppendChild("S")).CreateIdAttr("MyNoise")


def dangling(stage):
    from pxr import Sdf, UsdGeom

    mesh = UsdGeom.Mesh.Define(stage, "/Root/Mesh").GetPrim()
    mesh.CreateRelationship("material:binding").SetTargets([Sdf.Path("/Root/Nowhere")])


def outside(stage):
    stage.GetDefaultPrim().GetReferences().AddReference("/etc/hostname")


def outside_in_variant(stage):
    variants = stage.GetDefaultPrim().GetVariantSets().AddVariantSet("look")
    variants.AddVariant("one")
    variants.SetVariantSelection("one")
    with variants.GetVariantEditContext():
        stage.GetDefaultPrim().GetPayloads().AddPayload("../other.usdc")
    variants.SetVariantSelection("")


def missing_texture(stage):
    from pxr import Sdf

    noise = stage.DefinePrim("/Root/X")
    noise.CreateAttribute("file", Sdf.ValueTypeNames.Asset).Set("./textures/nowhere.png")


def lying(stage):
    from pxr import UsdGeom

    UsdGeom.SetStageUpAxis(stage, "Z")


def centimetres(stage):
    from pxr import UsdGeom

    UsdGeom.SetStageMetersPerUnit(stage, 0.01)


def many_triangles(stage):
    from pxr import UsdGeom

    mesh = UsdGeom.Mesh.Define(stage, "/Root/Mesh")
    mesh.CreatePointsAttr([(0, 0, 0), (1, 0, 0), (0, 1, 0)])
    mesh.CreateFaceVertexCountsAttr([3] * 100_001)
    mesh.CreateFaceVertexIndicesAttr([0, 1, 2] * 100_001)
    mesh.CreateExtentAttr([(0, 0, 0), (1, 1, 0)])


def slow(stage):
    stage.SetStartTimeCode(0)
    stage.SetEndTimeCode(24 * 11)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lying, "E_USDZ_UP_AXIS"),
        (centimetres, "E_USDZ_UNIT"),
        (lambda stage: stage.ClearDefaultPrim(), "E_USDZ_DEFAULT_PRIM"),
        (lamp, "E_USDZ_PRIM_TYPE"),
        (curve, "E_USDZ_PRIM_TYPE"),
        (noise_shader, "E_USDZ_SHADER"),
        (dangling, "E_USDZ_BINDING"),
        (outside, "E_USDZ_REFERENCE"),
        (outside_in_variant, "E_USDZ_REFERENCE"),
        (missing_texture, "E_USDZ_REFERENCE"),
        (many_triangles, "W_USDZ_POLYGONS"),
        (slow, "W_USDZ_ANIMATION"),
    ],
)
def test_stage_rules(change, code, stage_of):
    assert code in codes(pack({"model.usdc": stage_of(change)}))


def test_openusds_validators_are_asked(stage_of):
    def nested(stage):
        from pxr import UsdGeom

        UsdGeom.Mesh.Define(stage, "/Root/Mesh")
        UsdGeom.Sphere.Define(stage, "/Root/Mesh/Ball")

    report = check_usdz(pack({"model.usdc": stage_of(nested)}))
    assert "E_USD_VALIDATION" in {finding.code for finding in report.errors}


def zipped(files, *, method=zipfile.ZIP_STORED):
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_archive_rules(layer):
    webp = encode(Image(pixels=np.zeros((2, 2, 3), np.uint8)), "WEBP")
    wide = encode(Image(pixels=np.zeros((1, 2049, 3), np.uint8)), "PNG")
    assert codes(zipped({"model.usdc": layer})) == {"E_USDZ_ALIGNMENT", "E_USD_VALIDATION"}
    assert "E_USDZ_COMPRESSED" in codes(zipped({"model.usdc": layer}, method=zipfile.ZIP_DEFLATED))
    assert codes(pack({"model.usdc": layer, "other.usdc": layer})) == {"E_USDZ_LAYERS"}
    assert "E_USDZ_ROOT_LAYER" in codes(pack({"a.png": PNG, "model.usdc": layer}))
    assert "E_USDZ_ROOT_LAYER" in codes(pack({"model.usdc": b"#usda 1.0\n"}))
    assert "E_USDZ_FILE_TYPE" in codes(pack({"model.usdc": layer, "a.webp": webp}))
    assert "E_USDZ_FILE_TYPE" in codes(pack({"model.usdc": layer, "a.png": webp}))
    assert codes(pack({"model.usdc": layer, "a.png": PNG[:20]})) == {"E_USDZ_TEXTURE_BROKEN"}
    assert codes(pack({"model.usdc": layer, "a.png": wide})) == {"W_USDZ_TEXTURE_SIZE"}
    assert "E_USDZ_PATH" in codes(pack({"model.usdc": layer, "../a.png": PNG}))
    assert "E_USDZ_PATH" in codes(pack({"model.usdc": layer, "/a.png": PNG}))
    assert "E_USDZ_NAME_TWICE" in codes(pack({"model.usdc": layer, "a.png": PNG, "A.png": PNG}))
    assert "E_USDZ_ZIP" in codes(pack({"model.usdc": layer, "a.png": PNG}).replace(PNG, PNG[:-1] + b"\0"))
    assert codes(pack({"model.usdc": layer[:200]})) == {"E_USDZ_LAYER"}


def test_our_packages_are_aligned_and_plain_zips():
    files = {"model.usdc": b"x" * 100, **{f"textures/{'n' * i}.png": bytes([i]) * i for i in range(1, 70)}}
    data = pack(files)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        for info in archive.infolist():
            _, _, length, extra = struct.unpack_from("<4s22s2H", data, info.header_offset)
            assert (info.header_offset + 30 + length + extra) % 64 == 0
    assert pack(files) == data


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"PK\3\4" + bytes(40), b"\x89PNG", pack({"model.usdc": b"x"})[:-10]])
def test_what_is_no_archive_is_refused(data):
    with pytest.raises(FormatError, match=r"zip|directory|archive"):
        check_usdz(data)


def test_limits_hold(layer):
    with pytest.raises(LimitError):
        check_usdz(pack({"model.usdc": layer}), limits=Limits(file_bytes=100))
    with pytest.raises(LimitError):
        check_usdz(pack({"model.usdc": layer, "a.png": PNG, "b.png": PNG}), limits=Limits(images=2))


@settings(max_examples=60)
@given(st.integers(0, 2**31), st.integers(1, 12), st.booleans())
def test_a_damaged_archive_ends_in_a_report_or_one_error(seed, count, near_end):
    rng = np.random.default_rng(seed)
    data = bytearray(pack({"model.usdc": b"PXR-USDC" + bytes(60), "textures/a.png": PNG}))
    low = len(data) - 180 if near_end else 0
    for place in rng.integers(low, len(data), count):
        data[place] = rng.integers(256)
    try:
        report = check_usdz(bytes(data))
    except (FormatError, LimitError):
        return
    assert not report.ok  # the layer itself is no layer


def test_hostile_packages_are_refused(data):
    folder: Path = data / "hostile" / "synthetic"
    for name in ("usdz_bomb.usdz", "usda_ext_ref.usda"):
        with pytest.raises(FormatError):
            read(folder / name)
    assert "E_USDZ_COMPRESSED" in codes((folder / "usdz_bomb.usdz").read_bytes())
