"""What a stranger writes into a file does not come out again, except geometry, looks and plain names."""

import copy
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage
from PIL.PngImagePlugin import PngInfo

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.compare import differences
from arviz.core.errors import LimitError
from arviz.core.extensions import used_extensions
from arviz.core.graph import bounds
from arviz.core.image import Image, decode, encode
from arviz.core.material import EncodedImage, Material, Texture, TextureInfo
from arviz.formats import untrusted
from arviz.formats.files import Files
from arviz.formats.gltf.container import join, split
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.formats.untrusted import NAME_LENGTH, clean_name, sanitise
from arviz.testing.shapes import box, textured
from arviz.testing.strategies import assets

MARK = "h0stile<script>"
NAME = "\u202eName\x07\u200b <b>&\n"


def _poisoned(value, *, inside=""):
    """Return glTF JSON with the mark in every place where a file may write what it likes."""
    if isinstance(value, list):
        return [_poisoned(item, inside=inside) for item in value]
    if not isinstance(value, dict):
        return value
    out = {key: _poisoned(item, inside=key) for key, item in value.items() if key != "extras"}
    if inside == "extensions":
        return {**out, f"EVIL_{MARK}": {"x": MARK}}
    if inside in ("attributes", "targets"):
        return {**out, f"_{MARK.upper()}": next(iter(value.values()))}
    own = value.get("extras", {}) if isinstance(value.get("extras"), dict) else {}
    out |= {"extras": {**own, MARK: [MARK]}, MARK: MARK}
    out["extensions"] = {**out.get("extensions", {}), "EVIL_vendor": {MARK: MARK}}
    if "name" in out and isinstance(out["name"], str):
        out["name"] = NAME + out["name"]
    return out


def _marked_png(seed):
    info = PngInfo()
    info.add_text("Comment", MARK)
    out = io.BytesIO()
    PillowImage.fromarray(np.full((2, 3, 3), seed * 40, np.uint8)).save(out, "PNG", pnginfo=info)
    return out.getvalue() + MARK.encode()


@given(assets())
@settings(max_examples=25)
def test_nothing_that_the_mark_was_written_into_comes_out(asset):
    marked = tuple(replace(image, data=_marked_png(i)) for i, image in enumerate(asset.images))
    document, binary = split(write_glb(replace(asset, images=marked)), Files(None, name="test"))
    poisoned = join(_poisoned(copy.deepcopy(document)), binary or b"")
    assert MARK.encode() in poisoned
    out = write_glb(read(poisoned, format="glb", trust="untrusted"))
    assert MARK.encode() not in out
    assert MARK.upper().encode() not in out
    text = json.dumps(split(out, Files(None, name="test"))[0], ensure_ascii=False)
    assert not any(character in text for character in ("\u202e", "\u200b", "\\u0007"))
    assert b"EVIL" not in out


@given(assets())
@settings(max_examples=25)
def test_geometry_and_structure_stay_as_they_are(asset):
    glb = write_glb(asset)
    own, foreign = read(glb, format="glb"), read(glb, format="glb", trust="untrusted")
    assert len(own.nodes) == len(foreign.nodes)
    for one, other in zip(own.nodes, foreign.nodes, strict=True):
        assert (one.children, one.mesh, one.skin, one.part) == (other.children, other.mesh, other.skin, other.part)
        assert (one.translation, one.rotation, one.scale) == (other.translation, other.rotation, other.scale)
    for one, other in zip(own.meshes, foreign.meshes, strict=True):
        for a, b in zip(one.primitives, other.primitives, strict=True):
            for name in b.attributes:
                assert a.attributes[name].tobytes() == b.attributes[name].tobytes()
            assert {name for name in a.attributes if not name.startswith("_")} == set(b.attributes)
            assert (a.indices is None and b.indices is None) or a.indices.tobytes() == b.indices.tobytes()
            assert a.material == b.material
    assert np.array_equal(bounds(own), bounds(foreign))


@given(assets())
@settings(max_examples=20)
def test_what_comes_out_is_valid_and_stays_the_same(validator, asset):
    clean = sanitise(asset)
    glb = write_glb(clean)
    # The generator draws normals and tangents at random, so their mutual angles are not our business.
    assert [error for error in validator.errors(glb) if "TANGENT" not in error] == []
    assert differences(replace(clean, source=None), replace(sanitise(clean), source=None)) == []


@pytest.mark.parametrize("name", ["SheenChair", "MaterialsVariantsShoe", "SunglassesKhronos", "LightsPunctualLamp"])
def test_shared_products_keep_their_looks(name, data, validator):
    own = read(data / "products" / f"{name}.glb")
    foreign = read(data / "products" / f"{name}.glb", trust="untrusted")
    assert own.variants == foreign.variants
    assert [node.name for node in own.nodes] == [node.name for node in foreign.nodes]
    kept = set(used_extensions(own)) - {"KHR_xmp_json_ld"}
    assert set(used_extensions(foreign)) == kept - {"EXT_texture_webp", "KHR_texture_basisu"}
    for one, other in zip(own.materials, foreign.materials, strict=True):
        assert [slot for slot, _ in one.texture_slots()] == [slot for slot, _ in other.texture_slots()]
        assert dict(one.extensions).keys() == dict(other.extensions).keys()
        assert one.base_color_factor == other.base_color_factor
    assert validator.errors(write_glb(foreign)) == []


@given(st.text(max_size=400))
def test_names_are_plain_short_and_stable(text):
    name = clean_name(text)
    assert len(name) <= NAME_LENGTH
    assert name == clean_name(name)
    assert not any(ord(c) < 32 or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069 or 0xD800 <= ord(c) < 0xE000 for c in name)


def test_names_of_every_script_are_kept():
    for name in ("Sofa, links", "沙发 三人座", "كرسي", "เก้าอี้", "<b>&amp;"):
        assert clean_name(name) == name


def test_pictures_are_encoded_again_without_metadata():
    out = io.BytesIO()
    exif = PillowImage.Exif()
    exif[0x010E] = MARK
    PillowImage.fromarray(np.full((4, 8, 3), 90, np.uint8)).save(out, "JPEG", exif=exif)
    shape = textured(box(size_m=(1, 1, 1)), np.zeros((1, 1, 3), np.uint8))
    jpeg = replace(shape.images[0], data=out.getvalue(), mime_type="image/jpeg")
    clean = sanitise(replace(shape, images=(jpeg, *shape.images[1:])))
    assert clean.images[0].mime_type == "image/jpeg"
    assert MARK.encode() not in clean.images[0].data
    assert np.abs(decode(clean.images[0].data).pixels.astype(int) - 90).max() <= 1


def test_webp_becomes_png_in_the_core_slot():
    picture = encode(Image(pixels=np.full((3, 3, 3), 50, np.uint8)), "WEBP")
    shape = textured(box(size_m=(1, 1, 1)), np.zeros((1, 1, 3), np.uint8))
    webp = EncodedImage(data=picture, mime_type="image/webp")
    texture = Texture(image=0, extensions={"EXT_texture_webp": {"source": 1}})
    clean = sanitise(replace(shape, images=(shape.images[0], webp), textures=(texture,)))
    assert [image.mime_type for image in clean.images] == ["image/png"]
    assert (decode(clean.images[0].data).pixels == 50).all()
    assert used_extensions(clean) == ()


def test_pictures_that_cannot_be_decoded_lose_their_use():
    material = Material(
        base_color_texture=TextureInfo(texture=0),
        extensions={"KHR_materials_sheen": {"sheenColorTexture": {"index": 0}, "sheenRoughnessFactor": 0.5}},
    )
    asset = replace(box(size_m=(1, 1, 1), material=material), textures=(Texture(image=0),), images=(EncodedImage(data=b"nonsense"),))
    clean = sanitise(asset)
    assert clean.images == ()
    assert clean.materials[0].base_color_texture is None
    assert clean.materials[0].extensions == {"KHR_materials_sheen": {"sheenRoughnessFactor": 0.5}}


def test_pixels_are_limited_one_by_one_and_together(monkeypatch):
    shape = textured(box(size_m=(1, 1, 1)), np.zeros((8, 8, 3), np.uint8))
    monkeypatch.setattr(untrusted, "IMAGE_PIXELS", 63)
    assert sanitise(shape).images == ()
    monkeypatch.setattr(untrusted, "IMAGE_PIXELS", 64)
    monkeypatch.setattr(untrusted, "ALL_PIXELS", 63)
    with pytest.raises(LimitError):
        sanitise(shape)


def test_custom_attributes_and_cameras_go():
    plain = box(size_m=(1, 1, 1)).meshes[0].primitives[0]
    primitive = Primitive(attributes={**plain.attributes, "_SECRET": np.zeros(24, np.float32)}, indices=plain.indices)
    camera = {"type": "perspective", "perspective": {"yfov": 1.0, "znear": 0.1}, "name": MARK}
    asset = Asset(nodes=(Node(mesh=0, camera=0),), meshes=(Mesh(primitives=(primitive,)),), cameras=(camera,))
    clean = sanitise(asset)
    assert "_SECRET" not in clean.meshes[0].primitives[0].attributes
    assert (clean.cameras, clean.nodes[0].camera) == ((), None)
