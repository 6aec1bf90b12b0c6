"""Materials and textures in USDZ: what is mapped, what is said to be approximated or lost, and how it looks."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as PillowImage

from arviz.core.asset import Asset, Mesh
from arviz.core.image import decode
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage, Material, Sampler, Texture, TextureInfo
from arviz.flows.render import picture
from arviz.formats.read import read
from arviz.formats.usdz.pictures import Pictures
from arviz.formats.usdz.surface import Link, VertexColour, preview
from arviz.formats.usdz.write import write_usdz
from arviz.render.gl.renderer import GlRenderer
from arviz.testing.shapes import cube, textured
from tests.conftest import ROOT
from tests.formats.usd_scenes import asset_from_stage, meshes, opened

RNG = np.random.default_rng(7)
COLOUR = RNG.integers(0, 256, (8, 8, 3)).astype(np.uint8)
CUTOUT = np.dstack([COLOUR, RNG.integers(0, 256, (8, 8)).astype(np.uint8)])
MAP = TextureInfo(texture=0)


def asset(*pixels, **changes):
    base = textured(cube(), *(pixels or (COLOUR, CUTOUT)))
    return Asset(nodes=base.nodes, meshes=base.meshes, textures=base.textures, images=base.images, **changes)


def surface(material, *pixels, **options):
    return preview(material, where="m", pictures=Pictures(asset(*pixels), limits=Limits()), **options)


def reported(found):
    return {finding.code for finding in found.findings}


# --- mapping -----------------------------------------------------------------------------------------------------------


def test_constants_are_taken_over():
    found = surface(Material(base_color_factor=(0.1, 0.2, 0.3, 1), metallic_factor=0.4, roughness_factor=0.6, emissive_factor=(0, 0.5, 0)))
    assert found.inputs == {"diffuseColor": (0.1, 0.2, 0.3), "metallic": 0.4, "roughness": 0.6, "emissiveColor": (0, 0.5, 0)}
    assert (found.samples, found.findings) == ((), ())


def test_packed_orm_is_one_texture_with_factors_in_scale_and_bias():
    material = Material(
        metallic_roughness_texture=MAP, occlusion_texture=TextureInfo(texture=0, scale=0.25), metallic_factor=0.5, roughness_factor=0.75
    )
    found = surface(material)
    (sample,) = found.samples
    assert sample.raw
    assert (sample.scale, sample.bias) == ((0.25, 0.75, 0.5, 1), (0.75, 0, 0, 0))
    links = {name: found.inputs[name].output for name in ("occlusion", "roughness", "metallic")}
    assert links == {"occlusion": "r", "roughness": "g", "metallic": "b"}


def test_base_colour_factor_and_alpha_scale_one_texture():
    material = Material(base_color_texture=TextureInfo(texture=1), base_color_factor=(0.5, 0.25, 1, 0.75), alpha_mode="BLEND")
    found = surface(material)
    (sample,) = found.samples
    assert (sample.raw, sample.scale) == (False, (0.5, 0.25, 1, 0.75))
    assert (found.inputs["diffuseColor"], found.inputs["opacity"]) == (Link(sample=0, output="rgb"), Link(sample=0, output="a"))
    assert "opacityThreshold" not in found.inputs


@pytest.mark.parametrize(
    ("mode", "cutoff", "texture", "expected"),
    [
        ("OPAQUE", 0.5, 1, (None, None)),
        ("MASK", 0.3, 1, ("a", 0.3)),
        ("MASK", 0.0, 1, (None, None)),  # nothing is cut; a threshold of 0 would blend
        ("MASK", 1.5, 1, (0.0, 1.0)),  # everything is
        ("BLEND", 0.5, 0, (0.5, None)),  # a texture without alpha
    ],
)
def test_alpha_modes(mode, cutoff, texture, expected):
    material = Material(
        base_color_texture=TextureInfo(texture=texture), base_color_factor=(1, 1, 1, 0.5), alpha_mode=mode, alpha_cutoff=cutoff
    )
    inputs = surface(material).inputs
    opacity = inputs.get("opacity")
    assert (opacity.output if isinstance(opacity, Link) else opacity, inputs.get("opacityThreshold")) == expected


def test_each_texture_reads_its_own_coordinates():
    turned = TextureInfo(texture=1, texcoord=1, extensions={"KHR_texture_transform": {"rotation": 1}})
    found = surface(Material(base_color_texture=MAP, emissive_texture=turned, emissive_factor=(1, 1, 1), occlusion_texture=MAP))
    assert [channel.texcoord for channel in found.channels] == [0, 1]
    assert [sample.channel for sample in found.samples] == [0, 0, 1]
    assert [sample.raw for sample in found.samples] == [False, True, False]


def test_wrap_modes():
    base = asset()
    samplers = (Sampler(wrap_s=33071, wrap_t=33648),)
    one = Asset(nodes=base.nodes, meshes=base.meshes, images=base.images, textures=(Texture(image=0, sampler=0),), samplers=samplers)
    (sample,) = preview(Material(base_color_texture=MAP), where="m", pictures=Pictures(one, limits=Limits())).samples
    assert sample.picture.wrap == ("clamp", "mirror")


# --- extensions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extensions", "inputs", "codes"),
    [
        ({"KHR_materials_ior": {"ior": 1.8}}, {"ior": 1.8}, set()),
        ({"KHR_materials_specular": {"specularColorFactor": [0, 0, 0]}}, {"ior": 1.0}, {"W_USD_APPROXIMATED"}),
        ({"KHR_materials_clearcoat": {"clearcoatFactor": 0.8, "clearcoatRoughnessFactor": 0.1}}, {"clearcoatRoughness": 0.1}, set()),
        ({"KHR_materials_clearcoat": {"clearcoatFactor": 1, "clearcoatNormalTexture": {"index": 0}}}, {"clearcoat": 1.0}, {"W_USD_LOST"}),
        ({"KHR_materials_transmission": {"transmissionFactor": 1}}, {"opacity": 0.2}, {"W_USD_APPROXIMATED"}),
        ({"KHR_materials_emissive_strength": {"emissiveStrength": 4}}, {"emissiveColor": (1, 0.5, 0)}, {"W_USD_APPROXIMATED"}),
        ({"KHR_materials_unlit": {}}, {"diffuseColor": (0, 0, 0), "emissiveColor": (1, 1, 1), "ior": 1.0}, {"W_USD_APPROXIMATED"}),
        ({"KHR_materials_iridescence": {"iridescenceFactor": 1}}, {}, {"W_USD_LOST"}),
        ({"KHR_materials_iridescence": {}}, {}, set()),
        ({"KHR_materials_anisotropy": {"anisotropyStrength": 0.5}}, {}, {"W_USD_LOST"}),
        ({"KHR_materials_sheen": {"sheenColorFactor": [1, 1, 1]}}, {"diffuseColor": (1, 1, 1)}, {"W_USD_APPROXIMATED"}),
        ({"KHR_materials_sheen": {}}, {"diffuseColor": (1, 1, 1)}, set()),
        ({"VENDOR_glow": {}}, {}, {"W_USD_LOST"}),
    ],
)  # fmt: skip
def test_extensions_are_mapped_or_reported(extensions, inputs, codes):
    found = surface(Material(name="m", extensions=extensions, emissive_factor=(0.5, 0.25, 0)))
    for name, value in inputs.items():
        assert found.inputs[name] == pytest.approx(value, abs=1e-6)
    assert reported(found) == codes
    assert {finding.where for finding in found.findings} <= {"m"}


def test_glass_lets_through_what_its_colour_lets_through():
    clear = {"KHR_materials_transmission": {"transmissionFactor": 1, "transmissionTexture": {"index": 0}}}
    dark = surface(Material(base_color_factor=(0.01, 0.01, 0.01, 1), extensions={"KHR_materials_transmission": {"transmissionFactor": 1}}))
    assert dark.inputs["opacity"] == pytest.approx(0.992)
    patterned = surface(Material(extensions=clear))
    assert isinstance(patterned.inputs["opacity"], Link)
    (sample,) = patterned.samples
    assert (sample.scale[0], sample.bias[0], sample.raw) == (pytest.approx(-0.8), 1.0, True)
    amber = {"attenuationColor": [1, 0.5, 0.25], "attenuationDistance": 0.01, "thicknessFactor": 0.02}
    tinted = surface(Material(extensions={"KHR_materials_transmission": {"transmissionFactor": 1}, "KHR_materials_volume": amber}))
    assert tinted.inputs["diffuseColor"] == pytest.approx((1, 0.25, 0.0625))  # two distances: squared


def test_vertex_colours_are_shown_or_reported():
    assert surface(Material(), vertex_colour=True).inputs["diffuseColor"] == VertexColour(fallback=(1, 1, 1))
    assert reported(surface(Material(base_color_texture=MAP), vertex_colour=True)) == {"W_USD_LOST"}


def test_vertex_colours_are_multiplied_by_the_material(tmp_path):
    base = cube(material=Material(base_color_factor=(0.5, 1, 1, 1)))
    (primitive,) = base.meshes[0].primitives
    colours = RNG.random((24, 4)).astype(np.float32)
    painted = replace(primitive, attributes={**primitive.attributes, "COLOR_0": colours})
    usdz = write_usdz(replace(base, meshes=(Mesh(primitives=(painted,)),)))
    with opened(usdz.data, tmp_path) as stage:
        (mesh,) = meshes(stage)
        shown = np.array(mesh.GetDisplayColorPrimvar().Get())
    assert np.allclose(shown, colours[:, :3] * (0.5, 1, 1), atol=1e-6)
    assert [finding.code for finding in usdz.findings] == ["W_USD_APPROXIMATED"]


# --- pictures ----------------------------------------------------------------------------------------------------------


def encoded(pixels, kind, **options):
    out = io.BytesIO()
    PillowImage.fromarray(pixels).save(out, kind, **options)
    return EncodedImage(data=out.getvalue())


def asset_with(images, textures):
    base = cube()
    return Asset(nodes=base.nodes, meshes=base.meshes, images=images, textures=textures)


def collect(*images):
    return Pictures(asset_with(images, tuple(Texture(image=i) for i in range(len(images)))), limits=Limits())


def smooth(height, width):
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1), np.full_like(x, 80)], axis=2).astype(np.uint8)


def test_fit_pictures_are_taken_byte_by_byte_and_stored_once():
    png, jpg = encoded(COLOUR, "PNG"), encoded(COLOUR, "JPEG")
    files = collect(png, jpg, png)
    names = [files.take(i, role="colour").file for i in range(3)]
    assert list(files.files.values()) == [png.data, jpg.data]
    assert names[0] == names[2]
    assert names[1].endswith(".jpg")
    assert files.findings == []


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "BMP", "TGA", "TIFF", "GIF"])
def test_other_formats_become_png_or_jpeg(kind):
    source = encoded(smooth(64, 64), kind, **({"lossless": True} if kind == "WEBP" else {}))
    files = collect(source)
    made = files.files[files.take(0, role="colour").file]
    assert made.startswith(b"\x89PNG")
    assert np.array_equal(decode(made).pixels[..., :3], decode(source.data).pixels[..., :3])
    assert [finding.code for finding in files.findings] == ["I_USD_TEXTURE_CONVERTED"]


@pytest.mark.parametrize(("role", "with_alpha", "kind"), [("colour", False, "JPEG"), ("data", False, "JPEG"), ("colour", True, "PNG")])
def test_large_pictures_are_made_smaller(role, with_alpha, kind):
    pixels = smooth(1024, 4096)
    pixels = np.dstack([pixels, pixels[..., 0]]) if with_alpha else pixels
    files = collect(encoded(pixels, "PNG"))
    found = files.take(0, role=role, alpha=with_alpha)
    with PillowImage.open(io.BytesIO(files.files[found.file])) as made:
        assert (made.format, made.size) == (kind, (2048, 512))
        half = np.asarray(made.convert("RGB"), int)
    assert found.has_alpha is with_alpha
    if not with_alpha:  # where alpha is 0, colour has no meaning
        assert np.abs(half[5:-5, 5:-5] - pixels[::2, ::2, :3][5:-5, 5:-5]).max() <= 6


def test_normal_scale_is_baked():
    tilt = np.array([0.6, 0.0, 0.8])
    pixels = np.broadcast_to(np.round((tilt + 1) * 127.5), (16, 16, 3)).astype(np.uint8)
    files = collect(encoded(pixels, "PNG"))
    made = decode(files.files[files.take(0, role="normal", normal_scale=0.5).file]).pixels
    expected = np.array([0.3, 0, 0.8]) / np.hypot(0.3, 0.8)
    assert np.abs(made / 127.5 - 1 - expected).max() < 0.01


def test_a_broken_picture_is_left_out_and_reported():
    usdz = write_usdz(
        Asset(
            nodes=cube().nodes,
            meshes=cube(material=Material()).meshes,
            materials=(Material(base_color_texture=MAP, base_color_factor=(1, 0, 0, 1)),),
            textures=(Texture(image=0),),
            images=(EncodedImage(data=b"\x89PNG nothing"),),
        )
    )
    assert [finding.code for finding in usdz.findings] == ["W_USD_TEXTURE_LOST"]
    assert usdz.textures == ()


def test_a_png_is_preferred_to_the_webp_beside_it():
    webp = {"EXT_texture_webp": {"source": 1}}
    files = Pictures(asset_with((encoded(COLOUR, "PNG"), encoded(COLOUR, "WEBP")), (Texture(image=0, extensions=webp),)), limits=Limits())
    files.take(0, role="colour")
    assert files.findings == []


# --- how it looks ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def renderer():
    with GlRenderer() as made:
        yield made


def psnr(first, second):
    inside = ((first < 250) | (second < 250)).any(axis=2)
    error = (first[inside].astype(float) - second[inside]) ** 2
    return 10 * np.log10(65025 / max(error.mean(), 1e-6))


def without_what_usd_cannot_say(asset):
    """Return the product without its lights and thin films: both are told as lost (W_USD_LOST)."""
    films = "KHR_materials_iridescence"
    materials = (
        replace(material, extensions={name: value for name, value in material.extensions.items() if name != films})
        for material in asset.materials
    )
    return replace(asset, nodes=tuple(replace(node, light=None) for node in asset.nodes), materials=tuple(materials))


@pytest.mark.parametrize(
    ("name", "variants", "floor_db"),
    [
        ("lamp", None, 55),
        ("sofa", ("Oat", "Ink"), 35),
        ("MaterialsVariantsShoe", ("beach", "street"), 60),
        ("Mixer", None, 60),
        ("SheenChair", ("Mango_Velvet",), 28),
        ("SunglassesKhronos", None, 38),
    ],
)
def test_what_usd_says_looks_like_the_product(name, variants, floor_db, renderer, tmp_path, data):
    """Read back by another reader and drawn by the same renderer: colours, orientation of textures, variants.

    Sheen is approximated (35 dB; left out it is 23 to 33), the rest should be the same picture.
    """
    ours = ROOT / "assets" / "products" / name / f"{name}.glb"
    asset = read(ours if ours.exists() else data / "products" / f"{name}.glb")
    usdz = write_usdz(asset)
    for variant in variants or (None,):
        with opened(usdz.data, tmp_path, variant=variant) as stage:
            back = asset_from_stage(stage, usdz.data)
        original = dict(usdz.variants).get(variant)
        first, second = (
            picture(item, renderer, width=192, height=192, variant=look, background=(255, 255, 255)).pixels[..., :3]
            for item, look in ((without_what_usd_cannot_say(asset), original), (back, None))
        )
        assert psnr(first, second) > floor_db
