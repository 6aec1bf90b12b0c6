"""Materials, roles and bad input, seen through pictures whose right answer is known."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset, Mesh, Node, Primitive, VariantMapping
from arviz.core.camera import Camera
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import BackendError, InputError, LimitError
from arviz.core.material import EncodedImage, Material, Sampler, TextureInfo
from arviz.core.scene import Item
from arviz.render.gl.renderer import GlRenderer
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import cube, joined, plane, sphere, textured
from tests.render.scenes import DEPTH, PLAIN, centre, draw, front_camera

UNLIT = {"KHR_materials_unlit": {}}
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def unlit(**fields):
    return Material(extensions=UNLIT, **fields)


def quadrants():
    """Return a 64 px texture: red upper left, green upper right, blue lower left, white lower right."""
    pixels = np.full((64, 64, 3), 255, np.uint8)
    pixels[:32, :32], pixels[:32, 32:], pixels[32:, :32] = RED, GREEN, BLUE
    return pixels


def four(layer):
    """Return the colours (4, 3) in the middle of the quadrants, row by row, rounded."""
    h, w = layer.colour.shape[:2]
    return [np.round(layer.colour[y, x, :3], 2).tolist() for y in (h // 4, 3 * h // 4) for x in (w // 4, 3 * w // 4)]


def wall(material=None, **options):
    return plane(width_m=0.4, height_m=0.4, material=material, **options)


def test_unlit_shows_its_colour_exactly(gl):
    """Neither light nor tone map touch it; sRGB textures arrive linear."""
    asset = textured(wall(unlit(base_color_texture=TextureInfo(texture=0))), np.full((4, 4, 3), 188, np.uint8))
    shade = centre(draw(gl, asset, options=RenderOptions(depth=False, exposure=3.0)))
    np.testing.assert_allclose(shade[:3], srgb_to_linear(188 / 255), atol=2e-3)


def test_textures_stand_upright(gl):
    """UV (0, 0) is the upper left of the picture and of the plane."""
    camera = Camera.from_fov(vertical_fov_rad=2 * np.arctan(0.2 / 0.5), width_px=64, height_px=64)
    asset = textured(wall(unlit(base_color_texture=TextureInfo(texture=0))), quadrants())
    assert four(draw(gl, asset, camera=camera)) == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ({"offset": (0.5, 0.0)}, [[0, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 1]]),
        ({"offset": (0.0, 0.5)}, [[0, 0, 1], [1, 1, 1], [1, 0, 0], [0, 1, 0]]),
        # uv' = R uv: at the plane's upper left (0.25, 0.25) a quarter turn reads (0.25, -0.25), the lower left.
        ({"rotation": np.pi / 2}, [[0, 0, 1], [1, 0, 0], [1, 1, 1], [0, 1, 0]]),
        ({"scale": (0.5, 0.5)}, [[1, 0, 0]] * 4),
        ({"offset": (0.5, 0.0), "scale": (0.5, 0.5)}, [[0, 1, 0]] * 4),
    ],
)
def test_texture_transform(gl, transform, expected):
    """KHR_texture_transform moves, turns and scales the UVs as its text says."""
    camera = Camera.from_fov(vertical_fov_rad=2 * np.arctan(0.2 / 0.5), width_px=64, height_px=64)
    info = TextureInfo(texture=0, extensions={"KHR_texture_transform": transform})
    assert four(draw(gl, textured(wall(unlit(base_color_texture=info)), quadrants()), camera=camera)) == expected


@pytest.mark.parametrize(
    ("wrap", "expected"),
    [
        (10497, [[1, 0, 0], [0, 1, 0]]),  # repeat: u = 1.25, 1.75
        (33071, [[0, 1, 0], [0, 1, 0]]),  # clamp
        (33648, [[0, 1, 0], [1, 0, 0]]),  # mirrored
    ],
)
def test_wrap_modes(gl, wrap, expected):
    camera = Camera.from_fov(vertical_fov_rad=2 * np.arctan(0.2 / 0.5), width_px=64, height_px=64)
    info = TextureInfo(texture=0, extensions={"KHR_texture_transform": {"offset": (1.0, 0.0)}})
    asset = textured(wall(unlit(base_color_texture=info)), quadrants())
    asset = replace(asset, samplers=(Sampler(wrap_s=wrap),), textures=(replace(asset.textures[0], sampler=0),))
    assert four(draw(gl, asset, camera=camera))[:2] == expected


def with_attribute(asset, **attributes):
    """Return a shape with more attributes on its only primitive."""
    (primitive,) = asset.meshes[0].primitives
    primitive = replace(primitive, attributes={**primitive.attributes, **attributes})
    return replace(asset, meshes=(replace(asset.meshes[0], primitives=(primitive,)),))


def test_second_uv_set(gl):
    """A slot reads the set that it names; one that is not there leaves the slot's default."""
    corner = np.tile(np.array([[0.75, 0.25]], np.float32), (4, 1))
    two = with_attribute(textured(wall(unlit(base_color_texture=TextureInfo(texture=0, texcoord=1))), quadrants()), TEXCOORD_1=corner)
    assert centre(draw(gl, two))[:3].tolist() == [0, 1, 0]
    without = textured(wall(unlit(base_color_texture=TextureInfo(texture=0, texcoord=3))), quadrants())
    assert centre(draw(gl, without))[:3].tolist() == [1, 1, 1]


def test_vertex_colours_multiply(gl):
    colours = np.tile(np.array([[0.5, 0.25, 1.0]], np.float32), (4, 1))
    asset = with_attribute(wall(unlit(base_color_factor=(0.5, 1, 1, 1))), COLOR_0=colours)
    np.testing.assert_allclose(centre(draw(gl, asset))[:3], [0.25, 0.25, 1.0], atol=1e-3)


def test_mask_and_blend(gl):
    """MASK is there or not at its cutoff; BLEND is premultiplied and lets what is behind through."""
    half = {"base_color_factor": (1, 1, 1, 0.5)}
    assert centre(draw(gl, wall(unlit(**half, alpha_mode="OPAQUE"))))[3] == 1
    assert centre(draw(gl, wall(unlit(**half, alpha_mode="MASK", alpha_cutoff=0.4))))[3] == 1
    assert centre(draw(gl, wall(unlit(**half, alpha_mode="MASK", alpha_cutoff=0.6))))[3] == 0
    np.testing.assert_allclose(centre(draw(gl, wall(unlit(**half, alpha_mode="BLEND")))), 0.5, atol=1e-3)


def test_blended_pieces_are_sorted(gl):
    """The nearer of two half-clear panes is over the farther one, in whatever order the file has them."""
    red = wall(unlit(base_color_factor=(1, 0, 0, 0.5), alpha_mode="BLEND"), centre_m=(0, 0, 0.1))
    blue = wall(unlit(base_color_factor=(0, 0, 1, 0.5), alpha_mode="BLEND"))
    for asset in (joined(red, blue), joined(blue, red)):
        np.testing.assert_allclose(centre(draw(gl, asset)), [0.5, 0, 0.25, 0.75], atol=2e-3)


def test_depth_ignores_glass_and_holes(gl):
    """Depth is the first surface that is at least half opaque."""
    clear = wall(unlit(base_color_factor=(1, 1, 1, 0.3), alpha_mode="BLEND"), centre_m=(0, 0, 0.2))
    lens = wall(Material(extensions={"KHR_materials_transmission": {"transmissionFactor": 1.0}}, metallic_factor=0.0), centre_m=(0, 0, 0.1))
    assert draw(gl, joined(clear, lens, wall()), options=DEPTH).depth_m[32, 32] == pytest.approx(0.5, abs=1e-5)


def test_culling_follows_double_sided(gl):
    """From behind, a single-sided plane is not there; a mirrored pose does not turn it inside out."""
    behind = np.diag([-1.0, 1.0, -1.0, 1.0])
    single, double = wall(unlit()), wall(unlit(double_sided=True))
    assert centre(draw(gl, Item(asset=single, world_from_asset=behind)))[3] == 0
    assert centre(draw(gl, Item(asset=double, world_from_asset=behind)))[3] == 1
    mirrored = np.diag([-1.0, 1.0, 1.0, 1.0])
    assert centre(draw(gl, Item(asset=single, world_from_asset=mirrored)))[3] == 1


def test_emission_and_strength(gl):
    """Black under no light but its own: factor times KHR_materials_emissive_strength."""
    dark = {"base_color_factor": (0, 0, 0, 1), "metallic_factor": 1.0, "emissive_factor": (0.1, 0.2, 0.3)}
    plain = centre(draw(gl, wall(Material(**dark))))[:3]
    strong = centre(draw(gl, wall(Material(**dark, extensions={"KHR_materials_emissive_strength": {"emissiveStrength": 2.0}}))))[:3]
    np.testing.assert_allclose(strong - plain, [0.1, 0.2, 0.3], atol=2e-3)


@pytest.mark.parametrize("shared", [True, False])
def test_occlusion_darkens_by_its_strength(gl, shared):
    """Occlusion 0 with strength 0.5 halves the light, packed with metal and roughness or on its own."""
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[..., 1] = 255
    info = TextureInfo(texture=0)
    own = TextureInfo(texture=0 if shared else 1, scale=0.5)
    material = Material(metallic_roughness_texture=info, base_color_factor=(0.8, 0.8, 0.8, 1))
    bright = centre(draw(gl, textured(wall(material), pixels, pixels)))[:3]
    dark = centre(draw(gl, textured(wall(replace(material, occlusion_texture=own)), pixels, pixels)))[:3]
    np.testing.assert_allclose(dark, bright / 2, rtol=3e-3)


def tangents(asset, direction):
    return with_attribute(asset, TANGENT=np.tile(np.float32([*direction]), (len(asset.meshes[0].primitives[0].positions), 1)))


def test_normal_map_bends_the_mirror_the_right_way(gl):
    """Green above one half leans to the texture's top, red to its right; attribute and derivatives agree."""
    from arviz.core.scene import Lighting
    from tests.render.test_light import spot

    lean = np.sin(np.pi / 8)
    straight = np.cos(np.pi / 8)
    for normal, source in (((0, lean, straight), (0, 1, 1)), ((lean, 0, straight), (1, 0, 1))):
        pixels = np.tile(np.round((np.array(normal) * 0.5 + 0.5) * 255).astype(np.uint8), (4, 4, 1))
        asset = textured(wall(Material(roughness_factor=0.0, normal_texture=TextureInfo(texture=0))), pixels)
        light = Lighting(environment=spot(np.array(source) / np.sqrt(2)))
        for body in (asset, tangents(asset, (1, 0, 0, 1))):
            assert centre(draw(gl, body, lighting=light))[0] > 0.8
        away = Lighting(environment=spot(np.array(source) * (-1, -1, 1) / np.sqrt(2)))
        assert centre(draw(gl, asset, lighting=away))[0] < 0.1


def test_sheen_adds_at_the_rim_and_keeps_the_energy(gl):
    """Velvet is brighter towards its rim, and no more light leaves than came."""
    black = Material(base_color_factor=(0, 0, 0, 1), metallic_factor=0.0, roughness_factor=1.0)
    velvet = {"KHR_materials_sheen": {"sheenColorFactor": (1, 1, 1), "sheenRoughnessFactor": 0.5}}
    colour = draw(gl, sphere(radius_m=0.1, material=replace(black, extensions=velvet))).colour
    row = colour[32, :, 0]
    inside = np.flatnonzero(colour[32, :, 3] == 1)
    assert row[inside[1]] > 2 * row[32]
    assert colour.max() <= 1.004
    white = replace(black, base_color_factor=(1, 1, 1, 1), extensions=velvet)
    full = draw(gl, sphere(radius_m=0.1, material=white)).colour
    np.testing.assert_allclose(full[full[..., 3] == 1], 1, atol=0.01)


def test_glass_lets_the_background_through(gl):
    """A clear pane of ior 1.5 facing the eye hides only what it reflects: 4 % (Fresnel)."""
    glass = Material(metallic_factor=0.0, roughness_factor=0.0, extensions={"KHR_materials_transmission": {"transmissionFactor": 1.0}})
    assert centre(draw(gl, wall(glass)))[3] == pytest.approx(0.04, abs=5e-3)


def test_tinted_glass_is_dark(gl):
    """What passes a pane is its base colour's share: 0.1 lets a tenth through."""
    extensions = {"KHR_materials_transmission": {"transmissionFactor": 1.0}}
    glass = Material(base_color_factor=(0.1, 0.1, 0.1, 1), metallic_factor=0.0, roughness_factor=0.0, extensions=extensions)
    assert centre(draw(gl, wall(glass)))[3] == pytest.approx(1 - 0.1 * 0.96, abs=0.01)


# Integrals of the Charlie lobe, with the masking of Estevez and Kulla 2017, over all light directions, 400 x 800 midpoints:
# (n.v, sheen roughness) -> albedo.
CHARLIE = {(0.5, 0.5): 0.188, (0.9, 0.5): 0.049, (0.7, 0.7): 0.186, (0.9, 0.7): 0.116, (0.5, 1.0): 0.356, (0.9, 1.0): 0.194}


@pytest.mark.parametrize(("angle", "roughness"), CHARLIE)
def test_sheen_follows_the_charlie_lobe(gl, angle, roughness):
    """A black velvet plane, turned, in a white furnace shows the lobe's directional albedo, by up to 30 % too dark as in three.js."""
    extensions = {"KHR_materials_sheen": {"sheenColorFactor": (1, 1, 1), "sheenRoughnessFactor": roughness}}
    extensions["KHR_materials_specular"] = {"specularFactor": 0.0}
    velvet = Material(base_color_factor=(0, 0, 0, 1), metallic_factor=0.0, extensions=extensions)
    s = np.sqrt(1 - angle**2)
    turned = np.array([[angle, 0, s, 0], [0, 1, 0, 0], [-s, 0, angle, 0], [0, 0, 0, 1]])
    body = Item(asset=plane(width_m=0.05, height_m=0.4, material=velvet), world_from_asset=turned)
    far = draw(gl, body, camera=front_camera(fov_rad=0.02))
    assert 0.7 * CHARLIE[angle, roughness] <= centre(far)[0] <= CHARLIE[angle, roughness]


def variants():
    asset = replace(cube(material=unlit(base_color_factor=(1, 0, 0, 1))), variants=("red", "green"))
    (primitive,) = asset.meshes[0].primitives
    primitive = replace(primitive, variants=(VariantMapping(material=1, variants=(1,)),))
    materials = (*asset.materials, unlit(base_color_factor=(0, 1, 0, 1)))
    return replace(asset, materials=materials, meshes=(replace(asset.meshes[0], primitives=(primitive,)),))


def test_variants_change_the_picture_without_a_reload(gl):
    asset = variants()
    assert centre(draw(gl, asset))[:3].tolist() == [1, 0, 0]
    held = gl._store.bytes
    assert centre(draw(gl, Item(asset=asset, variant="green")))[:3].tolist() == [0, 1, 0]
    assert centre(draw(gl, Item(asset=asset, variant="red")))[:3].tolist() == [1, 0, 0]
    assert gl._store.bytes == held
    with pytest.raises(InputError, match="red, green"):
        draw(gl, Item(asset=asset, variant="blue"))


@pytest.mark.parametrize("data", [None, b"", b"no picture", b"\x89PNG\r\n\x1a\n broken"])
def test_missing_and_broken_textures_leave_the_default(gl, data):
    asset = textured(wall(unlit(base_color_factor=(0, 0, 1, 1), base_color_texture=TextureInfo(texture=0))), quadrants())
    asset = replace(asset, images=(EncodedImage(data=data),))
    assert centre(draw(gl, asset))[:3].tolist() == [0, 0, 1]


def test_indices_out_of_range_are_drawn_as_nothing_there(gl):
    """Materials, textures and images that do not exist are defaults."""
    asset = wall(unlit(base_color_texture=TextureInfo(texture=7)))
    assert centre(draw(gl, asset))[3] == 1


@pytest.mark.parametrize(("mode", "corners"), [(4, [0, 1, 2, 0, 2, 3]), (5, [1, 2, 0, 3]), (6, [0, 1, 2, 3])])
def test_lists_strips_and_fans(gl, mode, corners):
    square = np.float32([[-0.2, -0.2, 0], [0.2, -0.2, 0], [0.2, 0.2, 0], [-0.2, 0.2, 0]])
    primitive = Primitive(attributes={"POSITION": square}, indices=np.array(corners), mode=mode)
    asset = Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive,)),))
    assert (draw(gl, asset, camera=front_camera(fov_rad=0.3)).colour[..., 3] == 1).all()


def test_points_and_lines_are_skipped(gl):
    primitive = Primitive(attributes={"POSITION": np.zeros((3, 3))}, mode=0)
    assert not draw(gl, Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(primitive,)),))).colour.any()


def test_the_cache_keeps_its_budget(gl):
    """Beyond the budget the least recently used goes, and comes back unchanged when it is asked for again."""
    with GlRenderer(budget_bytes=2**21) as small:
        bodies = [sphere(segments=64, material=unlit()) for _ in range(6)]
        first = draw(small, bodies[0]).colour
        alone = small._store.bytes
        for body in bodies[1:]:
            draw(small, body)
            assert alone <= small._store.bytes <= 2**21
        np.testing.assert_array_equal(draw(small, bodies[0]).colour, first)


def test_what_a_picture_used_stays_beyond_the_budget(gl):
    """A product that alone takes more than the budget is uploaded once for all of its pictures, and goes with the next product's."""
    with GlRenderer(budget_bytes=1) as small:
        draw(small, sphere(segments=64, material=unlit()))
        alone = small._store.bytes
        draw(small, sphere(segments=64, material=unlit()))
        assert small._store.bytes == alone > 1


def test_a_large_texture_is_reduced_to_what_can_be_seen(gl):
    """A 2048 px texture on a 64 px picture costs no more than 128 px."""
    noise = np.random.default_rng(0).integers(0, 256, (2048, 2048, 3)).astype(np.uint8)
    with GlRenderer() as fresh:
        draw(fresh, wall(unlit()))
        before = fresh._store.bytes
        asset = textured(wall(unlit(base_color_texture=TextureInfo(texture=0))), noise)
        draw(fresh, asset)
        file = sum(len(image.data) for image in asset.images)  # the store counts what it keeps alive
        assert fresh._store.bytes - before - file < 2 * 128 * 128 * 4 * 4 // 3 + 2000


def test_two_renderers_in_one_thread_do_not_disturb_each_other(gl):
    red, blue = wall(unlit(base_color_factor=(1, 0, 0, 1))), wall(unlit(base_color_factor=(0, 0, 1, 1)))
    with GlRenderer() as other:
        for _ in range(2):
            assert centre(draw(gl, red))[:3].tolist() == [1, 0, 0]
            assert centre(draw(other, blue))[:3].tolist() == [0, 0, 1]


def test_misuse_is_one_clear_error(gl):
    caught = []

    def elsewhere():
        try:
            draw(gl, cube())
        except BackendError as error:
            caught.append(error.code)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert caught == ["E_GL_THREAD"]
    closed = GlRenderer()
    closed.close()
    closed.close()
    with pytest.raises(BackendError, match="closed"):
        draw(closed, cube())
    with pytest.raises(InputError, match="samples"):
        draw(gl, cube(), options=replace(PLAIN, samples=3))
    with pytest.raises(LimitError, match="too large"):
        draw(gl, cube(), camera=Camera.from_fov(vertical_fov_rad=0.5, width_px=100_000, height_px=1_000))


@pytest.mark.parametrize(
    ("product", "size_px"), [("SunglassesKhronos", 96), ("LightsPunctualLamp", 96), ("SheenChair", 96), ("MaterialsVariantsShoe", 96)]
)
def test_shared_products_draw_without_a_bad_pixel(gl, data, product, size_px):
    from arviz.formats.read import read
    from arviz.render.framing import orbit_camera

    asset = read(data / "products" / f"{product}.glb")
    camera, pose = orbit_camera(asset, width_px=size_px, height_px=size_px)
    layer = draw(gl, asset, camera=camera, pose=pose, options=RenderOptions())
    assert np.isfinite(layer.colour).all()
    assert not np.isnan(layer.depth_m).any()
    assert (layer.colour[..., :3] <= layer.colour[..., 3:] + 2e-3).all()
    assert 0.02 < (layer.colour[..., 3] > 0).mean() < 0.9
