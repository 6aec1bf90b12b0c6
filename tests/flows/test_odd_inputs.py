"""Legal but unusual documents convert and lose nothing; malformed ones end in one clear error, whoever reads on."""

import json
import struct

import numpy as np
import pytest

import arviz
from arviz.core.compare import differences
from arviz.core.errors import ArvizError
from arviz.core.graph import size
from arviz.formats.gltf.container import join
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.testing.strategies import png_bytes

POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4")


class Document:
    """A triangle to which a test adds what it needs."""

    def __init__(self):
        self.binary = b""
        self.json = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
            "accessors": [],
            "bufferViews": [],
        }
        self.array(POINTS, min=[0, 0, 0], max=[1, 1, 0])

    @property
    def primitive(self):
        return self.json["meshes"][0]["primitives"][0]

    def view(self, data):
        self.binary += b"\0" * (-len(self.binary) % 4)
        self.json["bufferViews"].append({"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data)})
        self.binary += data
        return len(self.json["bufferViews"]) - 1

    def array(self, array, **properties):
        kind = {(): "SCALAR", (2,): "VEC2", (3,): "VEC3", (4,): "VEC4", (3, 3): "MAT3", (4, 4): "MAT4"}[array.shape[1:]]
        code = {"f": 5126, "u": 5123, "i": 5122}[array.dtype.kind]
        view = self.view(array.tobytes())
        self.json["accessors"].append({"bufferView": view, "componentType": code, "count": len(array), "type": kind, **properties})
        return len(self.json["accessors"]) - 1

    def glb(self):
        return join({**self.json, "buffers": [{"byteLength": len(self.binary)}]}, self.binary)


def _extras(value):
    def change(d):
        d.json["nodes"][0]["extras"] = value
        d.json["materials"] = [{"name": "m", "extras": value}]
        d.primitive["material"] = 0
        d.json["extras"] = value

    return change


def _cutoff_without_mask(d):
    d.json["materials"] = [{"alphaCutoff": 0.3, "alphaMode": "BLEND"}]
    d.primitive["material"] = 0


def _required_but_unused(d):
    d.json["extensionsUsed"] = d.json["extensionsRequired"] = ["KHR_texture_transform"]


def _normals_without_numbers(d):
    d.primitive["attributes"]["NORMAL"] = d.array(np.full((3, 3), np.nan, "<f4"))


def _normals_equal_to_positions(d):
    points = np.eye(3, dtype="<f4")
    d.primitive["attributes"] = {"POSITION": d.array(points, min=[0, 0, 0], max=[1, 1, 1]), "NORMAL": d.array(points)}


def _still_morphs(d):
    zeros = d.array(np.zeros((3, 3), "<f4"), min=[0, 0, 0], max=[0, 0, 0])
    d.primitive["attributes"]["NORMAL"] = d.array(np.tile(np.array([0, 0, 1], "<f4"), (3, 1)))
    d.primitive["targets"] = [{"POSITION": zeros, "NORMAL": zeros}]


def _more_bind_matrices_than_joints(d):
    d.json["nodes"][0]["skin"] = 0
    d.json["nodes"].append({"name": "bone"})
    d.json["scenes"][0]["nodes"].append(1)
    d.json["skins"] = [{"joints": [1], "inverseBindMatrices": d.array(np.tile(np.eye(4, dtype="<f4"), (3, 1, 1)))}]
    d.primitive["attributes"]["JOINTS_0"] = d.array(np.zeros((3, 4), "<u2"))
    d.primitive["attributes"]["WEIGHTS_0"] = d.array(np.tile(np.array([1, 0, 0, 0], "<f4"), (3, 1)))


def _custom_matrices(d):
    d.primitive["attributes"]["_FRAME"] = d.array(np.arange(27, dtype="<f4").reshape(3, 3, 3))


def _lone_surrogate(d):
    d.json["nodes"][0]["name"] = "caf\ud800"


def _styled_names(d):
    d.json["materials"] = [{"name": "oak [/old] [red]x\x1b]0;owned\x07"}]
    d.primitive["material"] = 0


def _masked_with_two_uv_sets(d):
    for index in range(2):
        d.primitive["attributes"][f"TEXCOORD_{index}"] = d.array(np.eye(3, 2, dtype="<f4"))
    d.json["images"] = [{"bufferView": d.view(png_bytes(0)), "mimeType": "image/png"}]
    d.json["textures"] = [{"source": 0}]
    material = {"alphaMode": "MASK", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    d.json["materials"] = [{**material, "normalTexture": {"index": 0, "texCoord": 1}}]
    d.primitive["material"] = 0


def _wrong_media_type(d):
    d.json["images"] = [{"bufferView": d.view(png_bytes(1)), "mimeType": "image/jpeg"}]
    d.json["textures"] = [{"source": 0}]
    d.json["materials"] = [{"emissiveTexture": {"index": 0}, "emissiveFactor": [1, 1, 1]}]
    d.primitive["attributes"]["TEXCOORD_0"] = d.array(np.eye(3, 2, dtype="<f4"))
    d.primitive["material"] = 0


def _two_scenes(d):
    d.json["nodes"].append({"mesh": 0, "translation": [5, 5, 5]})
    d.json["scenes"].append({"nodes": [1]})


LEGAL = [
    *(_extras(value) for value in ({}, [], "", 5, None, {"k": {}}, {"extensions": {"FOO_bar": 1}})),
    _cutoff_without_mask, _required_but_unused, _normals_without_numbers, _normals_equal_to_positions, _still_morphs,
    _more_bind_matrices_than_joints, _custom_matrices, _lone_surrogate, _styled_names, _masked_with_two_uv_sets,
    _wrong_media_type, _two_scenes,
]  # fmt: skip


@pytest.mark.parametrize("change", LEGAL, ids=lambda change: change.__qualname__)
def test_legal_documents_convert_and_lose_nothing(change, tmp_path, validator):
    document = Document()
    change(document)
    (tmp_path / "a.glb").write_bytes(document.glb())
    result = arviz.convert(tmp_path / "a.glb", out=tmp_path / "o")
    glb = result.files["master"].read_bytes()
    assert validator.errors(glb) == []
    assert differences(read(glb, format="glb"), read(write_glb(read(glb, format="glb")), format="glb")) == []
    arviz.inspect(tmp_path / "a.glb")


def _set(path, value):
    def change(d):
        place = d.json
        for key in path[:-1]:
            place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
        place[path[-1]] = value

    change.__qualname__ = f"{path[-1]}={value!r}"
    return change


def _vec2_positions(d):
    d.primitive["attributes"]["POSITION"] = d.array(np.eye(3, 2, dtype="<f4"))


MALFORMED = [
    _set(("nodes", 0, "name"), 5),
    _set(("materials",), [{"name": 7}]),
    _set(("materials",), [{"extensions": {"KHR_materials_volume": 5}}]),
    _set(("materials",), [{"extensions": 5}]),
    _set(("extensions",), {"KHR_lights_punctual": {"lights": [5]}}),
    _set(("extensions",), {"KHR_lights_punctual": {"lights": [{"type": 7}]}}),
    _set(("nodes", 0, "rotation"), [0, 0, 0]),
    _set(("nodes", 0, "translation"), ["a", 0, 0]),
    _set(("meshes", 0, "primitives"), {}),
    _set(("scenes", 0, "nodes"), [[0]]),
    _vec2_positions,
]


@pytest.mark.parametrize("change", MALFORMED, ids=lambda change: change.__qualname__)
def test_malformed_documents_end_in_one_clear_error(change, tmp_path):
    document = Document()
    change(document)
    (tmp_path / "a.glb").write_bytes(document.glb())
    for journey in (arviz.inspect, lambda path: arviz.convert(path, out=tmp_path / "o", unit="cm")):
        with pytest.raises(ArvizError) as caught:
            journey(tmp_path / "a.glb")
        assert caught.value.exit_code == 3


def test_numbers_too_large_for_json_are_refused():
    document = Document()
    glb = document.glb().replace(b'"version":"2.0"', b'"version":"2.0","x":1e999')
    text = struct.unpack_from("<I", glb, 12)[0] + len(',"x":1e999')
    padded = text + -text % 4
    body = glb[20 : 20 + text] + b" " * (padded - text)
    patched = glb[:12] + struct.pack("<II", padded, 0x4E4F534A) + body + glb[20 + text :]
    with pytest.raises(ArvizError) as caught:
        read(patched[:8] + struct.pack("<I", len(patched)) + patched[12:], format="glb")
    assert caught.value.code in ("E_JSON", "E_TRUNCATED")
    with pytest.raises(ArvizError, match="1e999"):
        read(json.dumps({"asset": {"version": "2.0"}}).replace('"2.0"', '"2.0", "x": 1e999').encode(), format="gltf")


def test_bent_textures_and_materials_draw_without_a_fault(tmp_path):
    """Values of the wrong kind inside extensions are findings of the rules; the renderer takes the default."""
    document = Document()
    _masked_with_two_uv_sets(document)
    info = document.json["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]
    info["extensions"] = {"KHR_texture_transform": {"scale": 2, "rotation": None, "offset": ["a", 0]}}
    document.json["materials"][0]["extensions"] = {"KHR_materials_sheen": {"sheenColorFactor": ["a", 0, 0]}}
    document.json["extensionsUsed"] = ["KHR_texture_transform", "KHR_materials_sheen"]
    (tmp_path / "a.glb").write_bytes(document.glb())
    assert arviz.render(tmp_path / "a.glb", width=16, height=16).width_px == 16


def test_default_morph_weights_count_as_size():
    document = Document()
    document.primitive["targets"] = [{"POSITION": document.array(POINTS * np.float32(9), min=[0, 0, 0], max=[9, 9, 0])}]
    assert size(read(document.glb(), format="glb")) == (1, 1, 0)
    document.json["meshes"][0]["weights"] = [1.0]
    assert size(read(document.glb(), format="glb")) == (10, 10, 0)
    document.json["nodes"][0]["weights"] = [0.5]
    assert size(read(document.glb(), format="glb")) == (5.5, 5.5, 0)


def test_points_alone_are_nothing_to_sell(tmp_path):
    document = Document()
    document.primitive["mode"] = 0
    (tmp_path / "a.glb").write_bytes(document.glb())
    result = arviz.convert(tmp_path / "a.glb", out=tmp_path / "o")
    assert not result.ok
    assert "E_NOTHING_DRAWN" in [finding["code"] for finding in result.report["findings"]]


def test_a_small_file_cannot_draw_without_end():
    document = Document()
    document.json["accessors"][0] = {"componentType": 5126, "count": 300_000, "type": "VEC3"}
    document.json["nodes"] = [{"mesh": 0} for _ in range(100)]
    document.json["scenes"][0]["nodes"] = list(range(100))
    with pytest.raises(ArvizError) as caught:
        read(document.glb(), format="glb")
    assert caught.value.code == "E_LIMIT_VERTICES"


def test_instances_that_cannot_be_kept_are_said():
    document = Document()
    document.json["nodes"][0]["extensions"] = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 0}}}
    document.json["extensionsUsed"] = ["EXT_mesh_gpu_instancing"]
    asset = read(document.glb(), format="glb")
    assert [finding.code for finding in asset.source.findings] == ["W_INSTANCES"]
    document.json["extensionsRequired"] = ["EXT_mesh_gpu_instancing"]
    with pytest.raises(ArvizError) as caught:
        read(document.glb(), format="glb")
    assert caught.value.code == "E_INSTANCES"


def test_what_has_no_place_in_an_asset_is_said_and_the_rest_is_kept():
    document = Document()
    document.json["accessors"][0]["extras"] = {"unit": "mm"}
    document.json["materials"] = [{"pbrMetallicRoughness": {"extras": {"paint": 7}}}]
    document.primitive["material"] = 0
    asset = read(document.glb(), format="glb")
    assert [finding.code for finding in asset.source.findings] == ["I_STORAGE_EXTRAS"]
    assert read(write_glb(asset), format="glb").materials[0].pbr_extras == {"paint": 7}


def test_copied_part_ids_are_made_unique_and_the_first_stays():
    document = Document()
    document.json["nodes"] = [{"mesh": 0, "extras": {"arviz": {"part": "leg"}}} for _ in range(3)]
    document.json["scenes"][0]["nodes"] = [0, 1, 2]
    parts = [node.part for node in read(document.glb(), format="glb").nodes]
    assert parts[0] == "leg"
    assert len(set(parts)) == 3


def test_the_input_is_never_replaced_even_by_force(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "a.glb").write_bytes(Document().glb())
    before = (folder / "a.glb").read_bytes()
    with pytest.raises(ArvizError) as caught:
        arviz.convert(folder / "a.glb", out=tmp_path, force=True)
    assert caught.value.code == "E_OUTPUT_IS_INPUT"
    assert (folder / "a.glb").read_bytes() == before


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    (tmp_path / "a.glb").write_bytes(Document().glb())
    assert arviz.render(tmp_path / "a.glb", width=16, height=16).width_px == 16


def test_file_names_that_are_no_text(tmp_path):
    path = tmp_path / "bad\udcff.glb"
    path.write_bytes(Document().glb())
    result = arviz.convert(path, out=tmp_path / "o", name="good")
    assert json.loads(result.files["report"].read_text())["source"]["file"] == "bad\ufffd.glb"
