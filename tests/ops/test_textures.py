"""Tidied textures: the look stays to the last bit, names stay, and what nobody reads is gone."""

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from PIL import Image as PillowImage

from arviz.core.asset import VariantMapping
from arviz.core.image import Image, decode, encode
from arviz.core.material import EncodedImage, Material, Texture, TextureInfo
from arviz.core.parts import Slot
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.ops.textures import drop_unused_attributes, textures
from arviz.testing.shapes import sphere, textured
from arviz.testing.strategies import assets

GREY, RED = (np.full((8, 8, 3), colour, np.uint8) for colour in ((128, 128, 128), (188, 0, 0)))
CLOTH = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
INFO = TextureInfo(texture=0)


def picture(pixels, kind="PNG", **more):
    data = encode(Image(pixels=pixels, alpha="straight" if pixels.shape[2] == 4 else "none"), kind)
    return EncodedImage(data=data, mime_type=f"image/{kind.lower()}", **more)


def recompressed(data):
    """Return a PNG of the same pixels with more bytes."""
    out = io.BytesIO()
    PillowImage.open(io.BytesIO(data)).save(out, "PNG", compress_level=0)
    return out.getvalue()


def attributes(asset):
    return set(asset.meshes[0].primitives[0].attributes)


def with_attributes(asset, **arrays):
    mesh = asset.meshes[0]
    count = len(mesh.primitives[0].positions)
    more = {name: np.tile(np.asarray(row, np.float32), (count, 1)) for name, row in arrays.items()}
    primitive = replace(mesh.primitives[0], attributes={**mesh.primitives[0].attributes, **more})
    return replace(asset, meshes=(replace(mesh, primitives=(primitive,)),))


def shown(asset):
    """Return what every use of every material shows: pixels and sampler, by material name and slot."""
    out = {}
    for index, material in enumerate(asset.materials):
        for number, (slot, info) in enumerate(material.texture_slots()):
            texture = asset.textures[info.texture]
            pixels = [decode(asset.images[i].data).pixels.tobytes() for i in texture.image_candidates]
            sampler = None if texture.sampler is None else asset.samplers[texture.sampler].wrap_s
            out[index, slot, number] = pixels, sampler, info.texcoord, repr(info.extensions)
    return out


@given(assets())
def test_names_stay_and_twice_is_once(asset):
    tidy = textures(asset)
    assert [(node.name, node.part) for node in tidy.nodes] == [(node.name, node.part) for node in asset.nodes]
    assert [material.name for material in tidy.materials] == [material.name for material in asset.materials]
    assert tidy.variants == asset.variants
    assert len(tidy.images) <= len(asset.images)
    again = textures(tidy)
    assert (again.images, again.textures, again.meshes) == (tidy.images, tidy.textures, tidy.meshes)


@pytest.mark.parametrize("name", ["SheenChair", "MaterialsVariantsShoe", "GlamVelvetSofa", "SunglassesKhronos"])
def test_real_products_stay_valid_and_keep_what_they_use(name, data, validator):
    asset = read(data / "products" / f"{name}.glb")
    tidy = textures(asset)
    glb = write_glb(tidy)
    assert validator.errors(glb) == []
    before, after = shown(asset), shown(tidy)
    assert after.items() <= before.items()
    chosen = {mapping.material for m in asset.meshes for p in m.primitives for mapping in p.variants}
    drawn = chosen | {p.material for m in asset.meshes for p in m.primitives}
    assert {key for key in before if key[0] in drawn} <= after.keys()
    assert len(glb) <= len(write_glb(asset))


def test_uv_sets_are_counted_through_transforms_variants_and_slots():
    moved = replace(INFO, extensions={"KHR_texture_transform": {"texCoord": 1, "scale": [2, 2]}})
    plain = textured(with_attributes(sphere(material=Material()), TEXCOORD_1=(0, 0), TEXCOORD_2=(0, 0)), CLOTH)
    uses = replace(plain, materials=(Material(base_color_texture=moved),))
    assert attributes(drop_unused_attributes(uses)) == {"POSITION", "NORMAL", "TEXCOORD_0", "TEXCOORD_1"}
    third = Material(occlusion_texture=replace(INFO, texcoord=2))
    mapped = replace(plain.meshes[0].primitives[0], variants=(VariantMapping(material=1, variants=(0,)),))
    variant = replace(plain, materials=(Material(), third), variants=("a",), meshes=(replace(plain.meshes[0], primitives=(mapped,)),))
    assert "TEXCOORD_2" in attributes(drop_unused_attributes(variant))
    slot = replace(
        plain,
        materials=(Material(), third),
        nodes=(replace(plain.nodes[0], part="ball"),),
        slots=(Slot(id="s", parts=("ball",), choices={"a": 1}),),
    )
    assert "TEXCOORD_2" in attributes(textures(slot))
    assert attributes(textures(plain)) == {"POSITION", "NORMAL"}


def test_tangents_stay_only_where_a_material_has_a_direction():
    ball = textured(with_attributes(sphere(material=Material()), TANGENT=(1, 0, 0, 1)), CLOTH)
    assert "TANGENT" not in attributes(textures(ball))
    for material in (Material(normal_texture=INFO), Material(extensions={"KHR_materials_anisotropy": {"anisotropyStrength": 1}})):
        assert "TANGENT" in attributes(textures(replace(ball, materials=(material,))))
    coat = Material(extensions={"KHR_materials_clearcoat": {"clearcoatNormalTexture": {"index": 0}}})
    assert "TANGENT" in attributes(textures(replace(ball, materials=(coat,))))


def test_colours_stay_unless_they_are_white():
    ball = sphere(material=Material())
    assert "COLOR_0" in attributes(textures(with_attributes(ball, COLOR_0=(1, 0.5, 1, 1))))
    assert attributes(textures(with_attributes(ball, COLOR_0=(1, 1, 1, 1), COLOR_1=(0, 0, 0, 1)))) == {"POSITION", "NORMAL"}


def test_equal_pixels_become_the_smallest_file():
    small, other = picture(CLOTH, name="small"), picture(CLOTH[::-1])
    large = replace(small, name="large", data=recompressed(small.data))
    ball = textured(sphere(material=Material(base_color_texture=INFO, occlusion_texture=TextureInfo(texture=1))), CLOTH)
    ball = replace(
        ball,
        images=(large, small, other),
        textures=(Texture(image=0), Texture(image=1), Texture(image=2)),
        materials=(replace(ball.materials[0], emissive_texture=TextureInfo(texture=2), emissive_factor=(1, 1, 1)),),
    )
    tidy = textures(ball)
    assert [image.data for image in tidy.images] == [small.data, other.data]
    assert len(tidy.textures) == 2
    assert shown(tidy) == shown(ball)


def test_one_colour_becomes_its_factor():
    pixels = np.full((8, 8, 4), (188, 0, 255, 51), np.uint8)
    sheen = {"KHR_materials_sheen": {"sheenColorFactor": [1, 0.5, 0], "sheenColorTexture": {"index": 0}}}
    coat = {"KHR_materials_clearcoat": {"clearcoatFactor": 0.5, "clearcoatTexture": {"index": 0}}}
    material = Material(
        base_color_texture=INFO,
        base_color_factor=(0.5, 1, 1, 0.5),
        alpha_mode="BLEND",
        metallic_roughness_texture=INFO,
        emissive_texture=INFO,
        emissive_factor=(1, 1, 0.5),
        extensions={**sheen, **coat},
    )
    tidy = textures(textured(sphere(material=material), pixels))
    (found,) = tidy.materials
    linear = ((188 / 255 + 0.055) / 1.055) ** 2.4  # IEC 61966-2-1
    assert found.base_color_factor == pytest.approx((0.5 * linear, 0, 1, 0.1))
    assert (found.roughness_factor, found.metallic_factor) == (0, 1)
    assert found.emissive_factor == pytest.approx((linear, 0, 0.5))
    assert found.extensions["KHR_materials_sheen"]["sheenColorFactor"] == pytest.approx((linear, 0, 0))
    assert found.extensions["KHR_materials_clearcoat"]["clearcoatFactor"] == pytest.approx(0.5 * 188 / 255)
    assert (tidy.images, tidy.textures) == ((), ())


def test_one_colour_without_a_factor_becomes_one_pixel():
    large = np.full((256, 256, 3), (100, 200, 255), np.uint8)
    tidy = textures(textured(sphere(material=Material(normal_texture=INFO)), large))
    assert decode(tidy.images[0].data).pixels.tolist() == [[[100, 200, 255]]]
    assert textures(tidy).images == tidy.images


def test_pictures_of_nothing_shown_go_but_their_materials_keep_their_names():
    ball = textured(sphere(material=Material(base_color_texture=INFO)), CLOTH, CLOTH[::-1])
    ball = replace(ball, materials=(*ball.materials, Material(name="spare", base_color_texture=TextureInfo(texture=1))))
    tidy = textures(ball)
    assert [len(tidy.images), len(tidy.textures)] == [1, 1]
    assert tidy.materials[1].name == "spare"
    assert tidy.materials[1].base_color_texture is None
    lit = replace(ball, extensions={"EXT_lights_image_based": {"lights": []}})
    assert len(textures(lit).images) == 2
