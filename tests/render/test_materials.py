"""The layers of KHR_materials_*: energy, exact numbers, what nothing does, and what nonsense does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from arviz.core.image import Image
from arviz.core.material import Material, TextureInfo
from arviz.core.scene import Item, Lighting
from arviz.render.gl.slots import Slots
from arviz.render.gl.surface import surface
from arviz.render.prefilter import directions
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import plane, sphere, textured
from arviz.testing.strategies import wild_materials
from tests.render.lobes import airy, dot, ggx, hemisphere, schlick, unit
from tests.render.scenes import FURNACE, centre, draw, front_camera
from tests.render.test_lights import DARK, lamp, wall

WHITE = (1.0, 1.0, 1.0)
COAT = {"KHR_materials_clearcoat": {"clearcoatFactor": 1.0, "clearcoatRoughnessFactor": 0.1}}
ROUGH_COAT = {"KHR_materials_clearcoat": {"clearcoatFactor": 1.0, "clearcoatRoughnessFactor": 0.7}}
VELVET = {"KHR_materials_sheen": {"sheenColorFactor": WHITE, "sheenRoughnessFactor": 0.6}}
FILM = {"KHR_materials_iridescence": {"iridescenceFactor": 1.0, "iridescenceIor": 1.6}}
BRUSHED = {"KHR_materials_anisotropy": {"anisotropyStrength": 0.8}}
DULL = {"KHR_materials_specular": {"specularFactor": 0.3}}
RED_SHINE = {"KHR_materials_specular": {"specularColorFactor": (5.0, 0.0, 0.0)}}


def shade(gl, material, *, lighting=FURNACE, cosine=1.0):
    """Return what a plane shows under which the eye looks at this cosine."""
    sine = np.sqrt(1 - cosine**2)
    turned = np.array([[cosine, 0, sine, 0], [0, 1, 0, 0], [-sine, 0, cosine, 0], [0, 0, 0, 1]])
    body = Item(asset=plane(width_m=0.5, height_m=0.5, material=material), world_from_asset=turned)
    return centre(draw(gl, body, lighting=lighting, camera=front_camera(fov_rad=0.01)))[:3]


@pytest.mark.parametrize("metallic", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(
    ("extensions", "least"),
    [
        (COAT, 0.99),
        (ROUGH_COAT, 0.8),
        (VELVET, 0.999),
        (BRUSHED, 0.999),
        (DULL, 0.999),
        (FILM, 0.6),
        (RED_SHINE, 0.8),
        (COAT | VELVET, 0.99),
    ],
    ids=["coat", "rough coat", "velvet", "brushed", "dull", "film", "red shine", "coat over velvet"],
)
def test_white_furnace_of_every_layer(gl, extensions, least, metallic):
    """No layer makes light; what is colourless and whole gives all of it back.

    A rough coat keeps back by Fresnel at the eye's angle and mirrors by its lobe: up to a fifth is lost at the rim. Films
    and coloured mirrors dim the matte base by their brightest channel, metals are as dark as their film.
    """
    for roughness in (0.0, 0.4, 1.0):
        body = sphere(material=Material(metallic_factor=metallic, roughness_factor=roughness, extensions=extensions), radius_m=0.2)
        colour = draw(gl, body).colour
        inside = colour[colour[..., 3] == 1][:, :3]
        assert inside.max() <= 1.005
        if extensions is not FILM or metallic == 0:
            assert inside.max(axis=1).min() >= least - 0.002


@pytest.mark.parametrize("metallic", [0.25, 0.5, 0.75])
def test_half_metals_keep_the_energy(gl, metallic):
    assert shade(gl, Material(metallic_factor=metallic, roughness_factor=0.5))[0] == pytest.approx(1, abs=0.004)


NOTHING = [
    {"KHR_materials_clearcoat": {"clearcoatFactor": 0.0, "clearcoatRoughnessFactor": 0.5}},
    {"KHR_materials_clearcoat": {}},
    {"KHR_materials_iridescence": {"iridescenceFactor": 0.0, "iridescenceIor": 2.0}},
    {"KHR_materials_anisotropy": {"anisotropyStrength": 0.0, "anisotropyRotation": 1.0}},
    {"KHR_materials_sheen": {"sheenColorFactor": (0, 0, 0), "sheenRoughnessFactor": 1.0}},
    {"KHR_materials_specular": {"specularFactor": 1.0, "specularColorFactor": (1, 1, 1)}},
    {"KHR_materials_ior": {"ior": 1.5}},
    {"KHR_materials_emissive_strength": {"emissiveStrength": 1.0}},
]


@pytest.mark.parametrize("extensions", NOTHING, ids=lambda e: next(iter(e)))
def test_a_layer_that_is_off_changes_no_bit(gl, extensions):
    """Zero strength is the material without the extension, and the same shader: it costs nothing."""
    plain = Material(base_color_factor=(0.8, 0.3, 0.1, 1), metallic_factor=0.3, roughness_factor=0.4, emissive_factor=(0.1, 0, 0))
    sun = lamp("directional", aim=(-1, -1, -1), intensity=2.0)
    one = draw(gl, sphere(material=plain, radius_m=0.15), sun).colour
    two = draw(gl, sphere(material=replace(plain, extensions=extensions), radius_m=0.15), sun).colour
    np.testing.assert_array_equal(one, two)
    described = [surface(m, attributes={}, mirrors=lambda *_: None).defines for m in (plain, replace(plain, extensions=extensions))]
    assert described[0] == described[1]


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.0])
def test_varnish_on_black(gl, factor):
    """Facing it, a smooth coat over black gives 4 % of the light back, and emission below shines by 96 % of its own."""
    black = {"base_color_factor": (0, 0, 0, 1), "metallic_factor": 0.0}
    extensions = {"KHR_materials_clearcoat": {"clearcoatFactor": factor}, "KHR_materials_specular": {"specularFactor": 0.0}}
    assert shade(gl, Material(**black, extensions=extensions))[0] == pytest.approx(0.04 * factor, abs=2e-3)
    glowing = Material(**black, emissive_factor=(0.5, 0.5, 0.5), extensions=extensions)
    dark = Lighting(environment=FURNACE.environment, intensity=0.0)
    assert shade(gl, glowing, lighting=dark)[0] == pytest.approx(0.5 * (1 - 0.04 * factor), abs=2e-3)


@pytest.mark.parametrize("ior", [1.0, 1.33, 1.5, 2.0, 0.0])
def test_index_of_refraction_sets_what_a_black_body_mirrors(gl, ior):
    """((ior - 1) / (ior + 1))^2 at right angles; 0 stands for a Fresnel of 1 (KHR_materials_ior)."""
    black = Material(
        base_color_factor=(0, 0, 0, 1), metallic_factor=0.0, roughness_factor=0.0, extensions={"KHR_materials_ior": {"ior": ior}}
    )
    expected = 1.0 if ior == 0 else ((ior - 1) / (ior + 1)) ** 2
    assert shade(gl, black)[0] == pytest.approx(expected, abs=0.006)


def test_specular_factor_and_colour(gl):
    """F0 is clamped before the weight, F90 is the weight, and metals do not care (KHR_materials_specular)."""

    def mirrored(cosine=1.0, metallic=0.0, base=0.0, **specular):
        material = Material(
            base_color_factor=(base, base, base, 1),
            metallic_factor=metallic,
            roughness_factor=0.0,
            extensions={"KHR_materials_specular": specular},
        )
        return shade(gl, material, cosine=cosine)

    np.testing.assert_allclose(mirrored(specularColorFactor=(10.0, 5.0, 0.0)), [0.4, 0.2, 0.0], atol=6e-3)
    np.testing.assert_allclose(mirrored(specularColorFactor=(100.0, 1.0, 0.0), specularFactor=0.5), [0.5, 0.02, 0.0], atol=6e-3)
    grazing = mirrored(cosine=0.2, specularFactor=0.5)[0] / mirrored(cosine=0.2)[0]
    assert grazing == pytest.approx(0.5, abs=0.01)
    np.testing.assert_allclose(mirrored(metallic=1.0, base=0.5, specularFactor=0.0), mirrored(metallic=1.0, base=0.5), atol=1e-3)


@pytest.mark.parametrize("f0", [0.04, 0.3])
@pytest.mark.parametrize(("ior", "thickness"), [(1.3, 100), (1.3, 250), (1.3, 400), (1.8, 150), (1.8, 550), (1.33, 1200)])
def test_a_film_at_right_angles_is_airys(gl, f0, ior, thickness):
    """Two terms of the series against all bounces of the exact formula, over the extension's spectrum: within 0.02."""
    root = np.sqrt(f0)
    film = {"iridescenceFactor": 1.0, "iridescenceIor": ior, "iridescenceThicknessMaximum": float(thickness)}
    base = {"KHR_materials_ior": {"ior": (1 + root) / (1 - root)}}
    black = Material(
        base_color_factor=(0, 0, 0, 1), metallic_factor=0.0, roughness_factor=0.0, extensions={"KHR_materials_iridescence": film, **base}
    )
    np.testing.assert_allclose(shade(gl, black), airy(f0, ior=ior, thickness_nm=thickness), atol=0.02)


def test_a_film_of_no_thickness_is_not_there(gl):
    """Not even at the rim; and, facing it, a film of a molecule hardly."""
    bare = Material(base_color_factor=(0.2, 0.3, 0.4, 1), metallic_factor=0.5, roughness_factor=0.3)
    film = {"KHR_materials_iridescence": {"iridescenceFactor": 1.0, "iridescenceThicknessMaximum": 0.0}}
    for cosine in (1.0, 0.4):
        np.testing.assert_array_equal(shade(gl, replace(bare, extensions=film), cosine=cosine), shade(gl, bare, cosine=cosine))
    film = {"KHR_materials_iridescence": {"iridescenceFactor": 1.0, "iridescenceThicknessMaximum": 1e-6}}
    np.testing.assert_allclose(shade(gl, replace(bare, extensions=film)), shade(gl, bare), atol=0.01)


SLOPE = np.array([0.3, 0.25, 0.4])
GRADIENT = Lighting(
    environment=Image(pixels=np.repeat((1 + directions(512, 256) @ SLOPE)[..., None], 3, axis=2).astype(np.float32), space="linear")
)


@pytest.mark.parametrize("cosine", [0.95, 0.6, 0.3])
@pytest.mark.parametrize("roughness", [0.2, 0.4, 0.6, 0.8])
@pytest.mark.parametrize("metal", [True, False])
def test_split_sum_against_the_integral(gl, metal, roughness, cosine):
    """GGX integrated over a sky that brightens to one side, 256 x 512 directions; the rest by more bounces and, below, matte.

    Within 0.05 of a radiance of 1: one look in one direction stands for the whole lobe.
    """
    light, weight = hemisphere()
    to_eye = np.array([np.sqrt(1 - cosine**2), 0, cosine])
    normal = np.array([0.0, 0.0, 1.0])
    lobe = ggx(light, to_eye, normal, alpha=roughness**2) * light[:, 2] * weight
    # The plane is turned: its frame in the world has x along (cos, 0, -sin) and z along (sin, 0, cos).
    sine = np.sqrt(1 - cosine**2)
    world_from_plane = np.array([[-cosine, 0, sine], [0, -1, 0], [sine, 0, cosine]])
    sky = 1 + light @ world_from_plane.T @ SLOPE
    fresnel = schlick(1.0 if metal else 0.04, 1.0, dot(to_eye, unit(light + to_eye)))
    lost = (1 - lobe.sum()) if metal else 0.0
    once = (lobe * fresnel * sky).sum()
    irradiance = (sky * light[:, 2] * weight).sum() / np.pi
    matte = 0.0 if metal else 0.5 * (1 - (lobe * fresnel).sum())
    base = (1, 1, 1, 1) if metal else (0.5, 0.5, 0.5, 1)
    shown = shade(
        gl, Material(base_color_factor=base, metallic_factor=float(metal), roughness_factor=roughness), lighting=GRADIENT, cosine=cosine
    )
    assert shown[0] == pytest.approx(once + irradiance * (lost + matte), abs=0.05)


def test_brushing_follows_the_tangent(gl):
    """A quarter turn of the brush is a quarter turn of the UVs, under light from one side."""
    from tests.render.test_light import spot
    from tests.render.test_pictures import tangents

    side = Lighting(environment=spot(unit((1.0, 0.0, 0.3))))
    metal = {"roughness_factor": 0.25, "double_sided": True}
    turned = np.array([[0.8, 0, 0.6, 0], [0, 1, 0, 0], [-0.6, 0, 0.8, 0], [0, 0, 0, 1]])

    def reflected(body):
        return centre(draw(gl, Item(asset=body, world_from_asset=turned), lighting=side))[0]

    def brushed(rotation):
        extension = {"anisotropyStrength": 0.9, "anisotropyRotation": rotation}
        return plane(width_m=0.4, height_m=0.4, material=Material(**metal, extensions={"KHR_materials_anisotropy": extension}))

    along, across = reflected(brushed(0.0)), reflected(brushed(np.pi / 2))
    assert abs(along - across) > 0.01
    assert reflected(tangents(brushed(0.0), (1, 0, 0, 1))) == pytest.approx(along, abs=2e-3)
    assert reflected(tangents(brushed(0.0), (0, 1, 0, 1))) == pytest.approx(across, abs=2e-3)
    assert reflected(tangents(brushed(np.pi / 2), (0, 1, 0, 1))) == pytest.approx(along, abs=2e-3)


def test_occlusion_dims_the_light_around_and_nothing_else(gl):
    """Neither emission nor a lamp is dimmed (glTF 2.0, section 3.9.3)."""
    black = np.zeros((4, 4, 3), np.uint8)
    fields = {"base_color_factor": (0.5, 0.5, 0.5, 1), "metallic_factor": 0.0, "emissive_factor": (0.1, 0.1, 0.1)}
    extensions = {"KHR_materials_specular": {"specularFactor": 0.0}}
    open_wall = wall(**fields, extensions=extensions)
    covered = textured(wall(**fields, extensions=extensions, occlusion_texture=TextureInfo(texture=0)), black)
    sun = lamp("directional", intensity=1.0)
    camera = front_camera(fov_rad=0.01)
    bright = centre(draw(gl, open_wall, sun, lighting=DARK, camera=camera))[0]
    assert bright == pytest.approx(0.1 + 0.5 / np.pi, abs=2e-3)
    assert centre(draw(gl, covered, sun, lighting=DARK, camera=camera))[0] == pytest.approx(bright, abs=1e-3)
    assert centre(draw(gl, covered, sun, camera=camera))[0] == pytest.approx(bright, abs=1e-3)


def test_aces_is_hills_fit(gl):
    """Written down again in numpy: input matrix, rational curve, output matrix, three.js's 1 / 0.6."""
    into = np.array([[0.59719, 0.35458, 0.04823], [0.07600, 0.90834, 0.01566], [0.02840, 0.13383, 0.83777]])
    back = np.array([[1.60475, -0.53108, -0.07367], [-0.10208, 1.10813, -0.00605], [-0.00327, -0.07276, 1.07602]])
    for glow in ((0.18, 0.18, 0.18), (1.0, 0.1, 0.02), (8.0, 4.0, 2.0)):
        v = into @ (np.array(glow) / 0.6)
        v = (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.4329510) + 0.238081)
        body = plane(material=Material(base_color_factor=(0, 0, 0, 1), emissive_factor=glow))
        shown = centre(draw(gl, body, lighting=DARK, options=RenderOptions(tone_map="aces", depth=False)))[:3]
        np.testing.assert_allclose(shown, np.clip(back @ v, 0, 1), atol=3e-3)


@pytest.mark.parametrize("mapped", [False, True])
def test_specular_glossiness_is_drawn(gl, mapped):
    """The archived extension looks like the material of the same F0 and roughness, by factors or by its texture."""
    glossy = {"diffuseFactor": (0.2, 0.4, 0.1, 1.0), "specularFactor": (0.4, 0.2, 0.1), "glossinessFactor": 0.8}
    pixels = np.full((4, 4, 4), 255, np.uint8)
    if mapped:
        pixels[..., 3] = 128
        glossy |= {"specularGlossinessTexture": {"index": 0}}
    same = Material(
        base_color_factor=(0.2, 0.4, 0.1, 1.0),
        metallic_factor=0.0,
        roughness_factor=1 - 0.8 * (128 / 255 if mapped else 1),
        extensions={"KHR_materials_specular": {"specularColorFactor": (10.0, 5.0, 2.5)}},
    )
    old = Material(extensions={"KHR_materials_pbrSpecularGlossiness": glossy})
    one, two = (centre(draw(gl, textured(plane(material=m), pixels), lighting=GRADIENT)) for m in (old, same))
    np.testing.assert_allclose(one, two, atol=2e-3)


def test_what_bends_within_a_fragment_is_dull(gl):
    """The highlight of a lamp on a chrome ball of three pixels is weaker than on one that fills the picture."""
    sun = lamp("directional", aim=(0, 0, -1), intensity=1.0)
    chrome = sphere(radius_m=0.1, material=Material(roughness_factor=0.1), segments=64)
    large = draw(gl, chrome, sun, lighting=DARK, camera=front_camera(size_px=128)).colour[..., 0].max()
    small = draw(gl, chrome, sun, lighting=DARK, camera=front_camera(size_px=8)).colour[..., 0].max()
    assert small < 0.25 * large


# Many textures

EVERYTHING = {
    "KHR_materials_specular": {"specularTexture": {"index": 5}, "specularColorTexture": {"index": 6}},
    "KHR_materials_sheen": {"sheenColorFactor": WHITE, "sheenColorTexture": {"index": 7}, "sheenRoughnessTexture": {"index": 8}},
    "KHR_materials_clearcoat": {
        "clearcoatFactor": 1.0,
        "clearcoatTexture": {"index": 9},
        "clearcoatRoughnessTexture": {"index": 10},
        "clearcoatNormalTexture": {"index": 11},
    },
    "KHR_materials_iridescence": {
        "iridescenceFactor": 1.0,
        "iridescenceTexture": {"index": 12},
        "iridescenceThicknessTexture": {"index": 13},
    },
    "KHR_materials_anisotropy": {"anisotropyStrength": 0.5, "anisotropyTexture": {"index": 14}},
    "KHR_materials_transmission": {"transmissionFactor": 0.5, "transmissionTexture": {"index": 15}},
    "KHR_materials_volume": {"thicknessFactor": 0.01, "thicknessTexture": {"index": 16}},
}
LOADED = Material(
    base_color_texture=TextureInfo(texture=0),
    metallic_roughness_texture=TextureInfo(texture=1),
    normal_texture=TextureInfo(texture=2),
    occlusion_texture=TextureInfo(texture=3),
    emissive_texture=TextureInfo(texture=4),
    emissive_factor=(0.2, 0.2, 0.2),
    extensions=EVERYTHING,
)


def described(material, **options):
    return surface(material, attributes={"TEXCOORD_0": None}, mirrors=lambda *_: (False, False), **options)


def test_a_material_with_every_texture_is_drawn(gl):
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (4, 4, 3)).astype(np.uint8) for _ in range(17)]
    layer = draw(gl, textured(plane(width_m=0.3, height_m=0.3, material=LOADED), *pictures), lamp("point", at=(0, 0, 1)))
    assert np.isfinite(layer.colour).all()
    assert centre(layer)[3] > 0.3


@pytest.mark.parametrize("most", [0, 1, 3, 10, 16])
def test_too_many_textures_lose_the_least_visible(most):
    """Base colour stays longest; what is dropped leaves no trace in the shader."""
    all_slots = described(LOADED, most_textures=99).slots
    assert len(all_slots) == 17
    kept = described(LOADED, most_textures=most)
    names = {slot.name for slot in kept.slots}
    assert len(names) == most
    assert most == 0 or "base_map" in names
    assert "sheen_rough_map" not in names
    for slot in all_slots:
        assert (slot.name.upper() in kept.defines) == (slot.name in names)


def test_drivers_with_few_units_draw_the_rest(gl):
    """The picture of a material whose textures do not fit is that of the material with fewer."""
    from arviz.render.gl.renderer import GlRenderer

    grey = np.full((4, 4, 3), 128, np.uint8)
    body = textured(plane(material=LOADED), *[grey] * 17)
    with GlRenderer() as small:
        small._store._most_textures = 2
        shown = centre(draw(small, body))
    np.testing.assert_array_less(0.01, shown)


def test_packed_maps_share_a_sampler():
    """Varnish and its roughness in one picture are one texture; sRGB and linear readings are two."""
    packed = {"clearcoatFactor": 1.0, "clearcoatTexture": {"index": 0}, "clearcoatRoughnessTexture": {"index": 0}}
    both = Material(
        extensions={"KHR_materials_clearcoat": packed},
        metallic_roughness_texture=TextureInfo(texture=0),
        base_color_texture=TextureInfo(texture=0),
    )
    assert [(slot.texture, slot.srgb) for slot in described(both).slots] == [(0, True), (0, False)]
    build = Slots(attributes={"TEXCOORD_0": None}, mirrors=lambda *_: (False, False))
    build.texture("metal_rough_map", "metallicRoughnessTexture", TextureInfo(texture=0))
    build.texture("clearcoat_map", "clearcoatTexture", TextureInfo(texture=0))
    build.limit(0)
    assert not build.defines


# Nonsense


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(material=wild_materials())
def test_extreme_materials_give_a_defined_picture(gl, material):
    """Whatever the numbers: finite, no negative light, alpha from 0 to 1."""
    body = sphere(radius_m=0.1, segments=8, material=material)
    camera = front_camera(size_px=24)
    options = RenderOptions(depth=False, samples=1)
    colour = draw(gl, body, lamp("point", at=(0.05, 0.05, 0.11), intensity=5.0), camera=camera, options=options).colour
    assert np.isfinite(colour).all()
    assert (colour >= 0).all()
    assert (colour[..., 3] <= 1).all()
