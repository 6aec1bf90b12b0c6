"""Glass by blending: no transmission is left, all else is the same, and opacity is what USDZ shows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.asset import Animation, Mesh, Primitive, Track, VariantMapping
from arviz.core.colour import LUMINANCE, srgb_to_linear
from arviz.core.compare import differences
from arviz.core.extensions import used_extensions
from arviz.core.image import decode
from arviz.core.limits import Limits
from arviz.core.material import Material, Sampler, TextureInfo
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.formats.usdz.pictures import Pictures
from arviz.formats.usdz.surface import preview
from arviz.ops.blend_transmission import blend_transmission
from arviz.testing.shapes import cube, sphere, textured
from arviz.testing.strategies import assets, wild_materials
from tests.seeds import drawn_seed

GONE = {"KHR_materials_transmission", "KHR_materials_volume", "KHR_materials_dispersion"}
UNIT = st.floats(0, 1)
COLOUR = st.tuples(UNIT, UNIT, UNIT)
INFO = TextureInfo(texture=0)


def glass(factor=1.0, *, texture=None, more=None, **fields):
    """Return a material that transmits `factor`, times the red of a texture."""
    transmission = {"transmissionFactor": factor} if texture is None else {"transmissionFactor": factor, "transmissionTexture": texture}
    return Material(name="pane", extensions={"KHR_materials_transmission": transmission, **(more or {})}, **fields)


def ball(material, *pixels):
    return textured(sphere(material=material), *pixels)


def pixels_of(asset, info):
    picture = decode(asset.images[asset.textures[info.texture].image].data).pixels
    return picture if picture.shape[2] == 4 else np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def light_of(pixels):
    return srgb_to_linear(pixels[..., :3] / 255).reshape(-1, 3).astype(np.float64)


def codes(report):
    return [finding.code for finding in report.findings]


def random_pixels(rng, side=8, channels=3):
    return rng.integers(0, 256, (side, side, channels)).astype(np.uint8)


# --- nothing but glass changes -----------------------------------------------------------------------------------------


@given(assets())
def test_transmission_goes_and_all_else_stays(validator, asset):
    done, report = blend_transmission(asset)
    assert blend_transmission(done)[0] is done
    assert not {"KHR_materials_transmission", "KHR_materials_dispersion"} & set(used_extensions(done))
    assert set(used_extensions(asset)) - set(used_extensions(done)) <= GONE
    for before, after in zip(asset.materials, done.materials, strict=True):
        if "KHR_materials_transmission" not in before.extensions:
            assert after is before
            continue
        same = replace(
            after,
            alpha_mode=before.alpha_mode,
            base_color_factor=before.base_color_factor,
            base_color_texture=before.base_color_texture,
            extensions=before.extensions,
        )
        assert differences(before, same) == []
        assert dict(after.extensions) == {name: value for name, value in before.extensions.items() if name not in GONE}
    changed = {path.partition("[")[0] for path in differences(asset, done, most=1000)}
    assert changed <= {"materials", "images", "textures", "meshes"}
    assert done.images[: len(asset.images)] == asset.images
    assert len(report.findings) >= sum(m.alpha_mode != before.alpha_mode for m, before in zip(done.materials, asset.materials, strict=True))
    assert differences(done, read(write_glb(done), format="glb")) == []
    assert set(validator.errors(write_glb(done))) <= set(validator.errors(write_glb(asset)))


@given(wild_materials())
def test_wild_numbers_do_no_harm(material):
    done, _ = blend_transmission(sphere(material=material))
    assert "KHR_materials_transmission" not in done.materials[0].extensions


def test_every_variant_loses_it_and_nothing_is_demanded_of_viewers():
    ruby, plain = glass(base_color_factor=(1, 0, 0, 1), more={"KHR_materials_volume": {}, "KHR_materials_dispersion": {}}), Material()
    asset = sphere(material=plain)
    mapped = replace(asset.meshes[0].primitives[0], variants=(VariantMapping(material=1, variants=(0,)),))
    asset = replace(
        asset,
        materials=(plain, ruby),
        meshes=(Mesh(primitives=(mapped,)),),
        variants=("ruby",),
        extensions_required=("KHR_materials_transmission",),
    )
    done, report = blend_transmission(asset)
    assert (done.variants, done.meshes) == (asset.variants, asset.meshes)
    assert done.materials[0] is plain
    assert done.materials[1].alpha_mode == "BLEND"
    assert (done.extensions_required, used_extensions(done)) == ((), ("KHR_materials_variants",))
    assert [(finding.code, finding.where) for finding in report.findings] == [("W_TRANSMISSION_BLENDED", "materials[1] pane")]


# --- how clear ---------------------------------------------------------------------------------------------------------


@given(UNIT, COLOUR, UNIT, COLOUR, st.sampled_from(["OPAQUE", "BLEND"]))
def test_opacity_is_that_of_the_usdz(factor, colour, alpha, tint, mode):
    volume = {"thicknessFactor": 0.01, "attenuationDistance": 0.02, "attenuationColor": list(tint)}
    material = glass(factor, more={"KHR_materials_volume": volume}, base_color_factor=(*colour, alpha), alpha_mode=mode)
    asset = sphere(material=material)
    done = blend_transmission(asset)[0].materials[0]
    shown = preview(material, where="m", pictures=Pictures(asset, limits=Limits())).inputs
    opacity = done.base_color_factor[3] if done.alpha_mode == "BLEND" else 1.0
    assert opacity == pytest.approx(shown.get("opacity", 1.0), abs=1e-6)
    if factor:
        assert done.base_color_factor[:3] == pytest.approx(shown["diffuseColor"], abs=1e-6)


@pytest.mark.parametrize("mode", ["OPAQUE", "BLEND"])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_texture_of_transmission_becomes_alpha_texel_by_texel(mode, channels):
    rng = np.random.default_rng(drawn_seed())
    base, shares = random_pixels(rng, channels=channels), random_pixels(rng)
    material = glass(0.9, texture={"index": 1}, base_color_texture=INFO, base_color_factor=(0.5, 0.6, 0.7, 0.4), alpha_mode=mode)
    done, _ = blend_transmission(ball(material, base, shares))
    after = done.materials[0]
    red = shares[..., 0] / 255
    mean = np.average(light_of(base), axis=0, weights=red.reshape(-1))
    through = 0.8 * 0.9 * (mean * (0.5, 0.6, 0.7)) @ LUMINANCE
    own = base[..., 3] / 255 if channels == 4 and mode == "BLEND" else 1.0
    found = pixels_of(done, after.base_color_texture)
    assert np.abs(found[..., 3] / 255 - own * (1 - through * red)).max() <= 0.51 / 255
    assert (found[..., :3] == base[..., :3]).all()
    assert after.base_color_factor == pytest.approx((0.5, 0.6, 0.7, 0.4 if mode == "BLEND" else 1.0))


def test_alone_it_becomes_the_base_colour_picture_with_its_sampler_and_place():
    shares = random_pixels(np.random.default_rng(drawn_seed()))
    moved = {"KHR_texture_transform": {"scale": [2.0, 2.0]}}
    asset = ball(glass(texture={"index": 0, "extensions": moved}), shares)
    asset = replace(asset, samplers=(Sampler(wrap_s=33071),), textures=(replace(asset.textures[0], sampler=0),))
    done, _ = blend_transmission(asset)
    info = done.materials[0].base_color_texture
    assert info.extensions == TextureInfo(texture=0, extensions=moved).extensions
    assert done.textures[info.texture].sampler == 0
    found = pixels_of(done, info)
    assert (found[..., :3] == 255).all()
    assert np.abs(found[..., 3] / 255 - (1 - 0.8 * shares[..., 0] / 255)).max() <= 0.51 / 255


@pytest.mark.parametrize("sides", [(4, 16), (16, 4)])
def test_pictures_of_two_sizes_meet_in_the_larger(sides):
    rng = np.random.default_rng(drawn_seed())
    base, shares = random_pixels(rng, sides[0]), np.zeros((sides[1], sides[1], 3), np.uint8)
    shares[:, sides[1] // 2 :] = 255  # the right half is glass
    done, _ = blend_transmission(ball(glass(texture={"index": 1}, base_color_texture=INFO), base, shares))
    found = pixels_of(done, done.materials[0].base_color_texture)
    assert found.shape == (16, 16, 4)
    assert (found[:, :2, 3] == 255).all()
    assert (found[:, -2:, 3] < 255).all()
    assert (found[:: 16 // sides[0], :: 16 // sides[0], :3] == base).all()


def test_pictures_that_lie_differently_meet_in_the_mean():
    rng = np.random.default_rng(drawn_seed())
    base, shares = random_pixels(rng), random_pixels(rng)
    material = glass(texture={"index": 1, "texCoord": 1}, base_color_texture=INFO)
    done, report = blend_transmission(ball(material, base, shares))
    after = done.materials[0]
    light = light_of(base).mean(axis=0) @ LUMINANCE
    assert after.base_color_factor[3] == pytest.approx(1 - 0.8 * light * shares[..., 0].mean() / 255, abs=1e-6)
    assert after.base_color_texture == INFO
    assert "mean" in report.findings[0].message


def test_alpha_that_was_without_effect_stays_so():
    rng = np.random.default_rng(drawn_seed())
    base = random_pixels(rng, channels=4)
    asset = ball(glass(base_color_texture=INFO, base_color_factor=(1, 1, 1, 0.1)), base)
    primitive = asset.meshes[0].primitives[0]
    colours = rng.random((len(primitive.positions), 4)).astype(np.float32)
    asset = replace(asset, meshes=(Mesh(primitives=(replace(primitive, attributes={**primitive.attributes, "COLOR_0": colours}),)),))
    done, _ = blend_transmission(asset)
    after = done.materials[0]
    light = light_of(base).mean(axis=0) @ LUMINANCE
    assert after.base_color_factor[3] == pytest.approx(1 - 0.8 * light, abs=1e-6)
    assert (pixels_of(done, after.base_color_texture)[..., 3] == 255).all()
    found = done.meshes[0].primitives[0].attributes["COLOR_0"]
    assert (found == np.column_stack([colours[:, :3], np.ones(len(colours), np.float32)])).all()


def test_vertex_colours_that_another_material_reads_are_said():
    asset = cube(material=glass())
    primitive = asset.meshes[0].primitives[0]
    faded = {**primitive.attributes, "COLOR_0": np.full((len(primitive.positions), 4), 0.5, np.float32)}
    shared = replace(primitive, attributes=faded, variants=(VariantMapping(material=1, variants=(0,)),))
    asset = replace(asset, materials=(glass(), Material(alpha_mode="BLEND")), meshes=(Mesh(primitives=(shared,)),), variants=("veil",))
    done, report = blend_transmission(asset)
    assert done.meshes == asset.meshes
    assert codes(report) == ["W_TRANSMISSION_BLENDED", "W_TRANSMISSION_VERTEX_ALPHA"]


# --- what is no glass --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("material", "found"),
    [
        (glass(0.0), []),
        (glass(more={"KHR_materials_unlit": {}}), []),
        (glass(alpha_mode="MASK", alpha_cutoff=0.3), ["W_TRANSMISSION_LOST"]),
    ],
)
def test_what_cannot_be_glass_only_loses_the_extension(material, found):
    done, report = blend_transmission(sphere(material=material))
    after = done.materials[0]
    assert differences(after, replace(material, extensions={n: v for n, v in material.extensions.items() if n not in GONE})) == []
    assert codes(report) == found


def test_a_volume_that_scattered_light_reads_stays():
    volume = {"KHR_materials_volume": {"thicknessFactor": 0.01}, "KHR_materials_diffuse_transmission": {}}
    done, _ = blend_transmission(sphere(material=glass(more=volume)))
    assert set(done.materials[0].extensions) == set(volume)


def test_animations_of_what_is_gone_go_and_others_stay(validator):
    def track(pointer, *values):
        extensions = {"KHR_animation_pointer": {"pointer": f"/materials/0/{pointer}"}}
        return Track(node=None, path="pointer", times=(0.0, 1.0), values=np.array(values, np.float32), extensions=extensions)

    clear = track("extensions/KHR_materials_transmission/transmissionFactor", 0, 1)
    colour = track("pbrMetallicRoughness/baseColorFactor", (1, 1, 1, 1), (1, 0, 0, 1))
    rough = track("pbrMetallicRoughness/roughnessFactor", 0, 1)
    asset = replace(sphere(material=glass()), animations=(Animation(tracks=(clear, colour)), Animation(name="rub", tracks=(clear, rough))))
    done, report = blend_transmission(asset)
    assert [(animation.name, animation.tracks) for animation in done.animations] == [("rub", (rough,))]
    assert codes(report) == ["W_TRANSMISSION_BLENDED"] + ["W_TRANSMISSION_ANIMATED"] * 2
    assert validator.errors(write_glb(done)) == []


def test_points_and_lines_are_left_alone():
    points = Primitive(attributes={"POSITION": np.zeros((3, 3), np.float32)}, mode=0, material=0)
    asset = replace(sphere(material=glass()), meshes=(Mesh(primitives=(points,)),))
    done, _ = blend_transmission(asset)
    assert done.meshes[0] is asset.meshes[0]


def test_glasses_of_a_real_product(data, validator):
    asset = read(data / "products" / "SunglassesKhronos.glb")
    done, report = blend_transmission(asset)
    assert len(report.findings) == sum("KHR_materials_transmission" in m.extensions for m in asset.materials) > 0
    assert not GONE & set(used_extensions(done))
    assert validator.errors(write_glb(done)) == []
