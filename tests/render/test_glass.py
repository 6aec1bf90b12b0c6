"""What is see-through: right in every pixel whatever the order, each channel for itself, bent and dimmed as physics says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.material import Material, TextureInfo
from arviz.core.scene import Item
from arviz.formats.read import read
from arviz.render.framing import orbit_camera
from arviz.render.gl.blended import MOST_LAYERS
from arviz.render.gl.renderer import GlRenderer
from arviz.render.gl.targets import bytes_per_pixel
from arviz.render.renderer import RenderOptions
from arviz.testing.shapes import degenerate, joined, plane, sphere, textured
from tests.render.scenes import PLAIN, SMALL, centre, draw, front_camera
from tests.render.test_pictures import with_attribute

UNLIT = {"KHR_materials_unlit": {}}
UNMIRRORED = {"KHR_materials_specular": {"specularFactor": 0.0}}


def glass(tint=(1, 1, 1), *, roughness=0.0, ior=None, volume=None, **kwargs):
    """Return glass that mirrors nothing, so that what passes it can be told to the digit."""
    extensions = {**UNMIRRORED, "KHR_materials_transmission": {"transmissionFactor": 1.0}}
    if ior is not None:
        extensions["KHR_materials_ior"] = {"ior": ior}
    if volume is not None:
        extensions["KHR_materials_volume"] = volume
    base = {"base_color_factor": (*tint, 1.0), "metallic_factor": 0.0, "roughness_factor": roughness}
    return Material(**{**base, "extensions": extensions, **kwargs})


def paint(colour, alpha=1.0, **kwargs):
    mode = "BLEND" if alpha < 1 else "OPAQUE"
    return Material(base_color_factor=(*colour, alpha), alpha_mode=mode, extensions=UNLIT, **kwargs)


def pane(material, z_m, **kwargs):
    return plane(width_m=1.0, height_m=1.0, centre_m=(0, 0, z_m), material=material, **kwargs)


def turned(angle_rad, z_m=0.0, y_m=0.0):
    """Return a pose: turned about +Y, then moved."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[c, 0, s, 0], [0, 1, 0, y_m], [-s, 0, c, z_m], [0, 0, 0, 1.0]])


WALL = pane(paint((1, 1, 1)), -0.1)


@pytest.mark.parametrize("samples", [1, 4, 16])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_tints_multiply(gl, order, samples):
    """White seen through two panes is the product of their tints, in whatever order the scene has them."""
    red, blue = (0.9, 0.4, 0.2), (0.3, 0.8, 0.7)
    items = [WALL, pane(glass(red), 0.0), pane(glass(blue), 0.1)]
    colour = centre(draw(gl, *(items[i] for i in order), options=replace(PLAIN, samples=samples)))
    np.testing.assert_allclose(colour, [*(np.array(red) * blue), 1], atol=1e-3)


def test_panes_that_cross(gl):
    """Two panes crossed like an X: left the one is in front, right the other."""
    red, blue = (pane(paint(c, 0.5, double_sided=True), 0.0) for c in ((1, 0, 0), (0, 0, 1)))
    items = [Item(asset=red, world_from_asset=turned(0.5)), Item(asset=blue, world_from_asset=turned(-0.5))]
    for order in (items, items[::-1]):
        colour = draw(gl, *order).colour
        np.testing.assert_allclose(colour[:, :31], np.broadcast_to([0.5, 0, 0.25, 0.75], (64, 31, 4)), atol=1e-3)
        np.testing.assert_allclose(colour[:, 33:], np.broadcast_to([0.25, 0, 0.5, 0.75], (64, 31, 4)), atol=1e-3)


def test_nested_spheres(gl):
    """Every wall of spheres in each other counts: n that show their front, twice as many from both sides."""
    for double_sided in (False, True):
        veil = paint((1, 1, 1), 0.2, double_sided=double_sided)
        asset = joined(*(sphere(radius_m=r, material=veil) for r in (0.05, 0.2, 0.1, 0.15)))
        walls = 8 if double_sided else 4
        np.testing.assert_allclose(centre(draw(gl, asset)), 1 - 0.8**walls, atol=2e-3)
        tinted = joined(*(sphere(radius_m=r, material=glass((0.9, 0.5, 0.9), double_sided=double_sided)) for r in (0.05, 0.2, 0.1)))
        expected = np.array([0.9, 0.5, 0.9]) ** (walls * 3 // 4)
        np.testing.assert_allclose(centre(draw(gl, tinted, pane(paint((1, 1, 1)), -0.25)))[:3], expected, atol=2e-3)


CARDS = st.tuples(
    st.integers(-12, 12).map(lambda i: i / 10),
    st.integers(-10, 10).map(lambda i: i / 100),
    st.floats(-0.05, 0.05),
    st.tuples(*[st.floats(0.0, 1.0)] * 3),
    st.floats(0.1, 0.9),
    st.booleans(),
)


@settings(max_examples=25)
@given(cards=st.lists(CARDS, min_size=2, max_size=5, unique_by=lambda card: card[:2]), seed=st.integers(0, 99))
def test_the_order_of_the_scene_does_not_matter(gl, cards, seed):
    """Shuffled items give the same picture."""
    items = [Item(asset=pane(paint((0.3, 0.6, 0.9)), -0.2))]
    for angle, z_m, y_m, colour, alpha, clear in cards:
        material = glass(colour, double_sided=True) if clear else paint(colour, alpha, double_sided=True)
        items.append(Item(asset=plane(width_m=0.2, height_m=0.15, material=material), world_from_asset=turned(angle, z_m, y_m)))
    shuffled = [items[i] for i in np.random.default_rng(seed).permutation(len(items))]
    options = replace(PLAIN, samples=1)
    first, second = (draw(gl, *order, options=options, camera=front_camera(size_px=32)).colour for order in (items, shuffled))
    # Where two cards cross in a pixel exactly, or lie within one step of the depth buffer, the scene's order decides.
    assert (np.abs(first - second).max(axis=2) > 1 / 1024).mean() <= 0.005


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("ior", [1.0, 1.5])
def test_beer_lambert(gl, ior, scale):
    """What passes d metres is attenuationColor ** (d / attenuationDistance); d grows with the pose's scale."""
    colour, distance, thickness = np.array([0.9, 0.5, 0.1]), 0.03, 0.02
    volume = {"thicknessFactor": thickness, "attenuationColor": tuple(colour), "attenuationDistance": distance}
    slab = Item(asset=pane(glass(volume=volume, ior=ior), 0.0), world_from_asset=np.diag([scale] * 3 + [1.0]))
    np.testing.assert_allclose(centre(draw(gl, slab, WALL))[:3], colour ** (scale * thickness / distance), atol=1.5e-3)


def test_thickness_is_the_green_channel(gl):
    volume = {"thicknessFactor": 0.1, "thicknessTexture": {"index": 0}, "attenuationColor": (0.5, 0.5, 0.5), "attenuationDistance": 0.1}
    pixels = np.tile(np.array([255, 51, 0], np.uint8), (4, 4, 1))
    slab = textured(pane(glass(volume=volume), 0.0), pixels)
    np.testing.assert_allclose(centre(draw(gl, slab, WALL))[:3], 0.5**0.2, atol=1.5e-3)


def noise(seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    material = Material(base_color_texture=TextureInfo(texture=0), extensions=UNLIT)
    return textured(plane(width_m=0.4, height_m=0.4, centre_m=(0, 0, -0.1), material=material), pixels)


@pytest.mark.parametrize("volume", [None, {"thicknessFactor": 0.1}])
@pytest.mark.parametrize("roughness", [0.0, 0.8])
def test_an_index_of_one_changes_nothing(gl, volume, roughness):
    """Glass of index 1 neither bends nor blurs."""
    through = draw(gl, noise(), pane(glass(ior=1.0, volume=volume, roughness=roughness), 0.0), camera=SMALL).colour
    np.testing.assert_allclose(through, draw(gl, noise(), camera=SMALL).colour, atol=2e-3)


def test_refraction_follows_snell(gl):
    """A ray meets the slab, is bent once and leaves after its thickness: what stands there on the screen is seen."""
    wall = plane(width_m=0.6, height_m=0.6, centre_m=(0, 0, -0.2), material=Material(extensions=UNLIT))
    u, v = wall.meshes[0].primitives[0].attributes["TEXCOORD_0"].T
    wall = with_attribute(wall, COLOR_0=np.stack([u, v, 0 * u], axis=1).astype(np.float32))
    thickness, ior, angle = 0.05, 1.5, 0.6
    slab = Item(
        asset=plane(width_m=0.15, height_m=0.15, material=glass(ior=ior, volume={"thicknessFactor": thickness})),
        world_from_asset=turned(angle),
    )
    bare, seen = (draw(gl, *items, camera=SMALL).colour for items in ((wall,), (wall, slab)))
    # The same in numpy: OpenCV camera at 0.5 m, looking along -z of the world, y down.
    normal = np.array([np.sin(angle), 0, -np.cos(angle)])  # of the slab, in camera axes: x right, y down, z forward
    middle = np.array([0, 0, 0.5])
    for column, row in ((150, 100), (130, 80), (170, 120), (140, 125)):
        ray = np.array([(column - SMALL.k[0, 2]) / SMALL.k[0, 0], (row - SMALL.k[1, 2]) / SMALL.k[1, 1], 1.0])
        point = ray * (normal @ middle) / (normal @ ray)
        d = ray / np.linalg.norm(ray)
        cos_in = -d @ normal
        bent = d / ior + (cos_in / ior - np.sqrt(1 - (1 - cos_in**2) / ior**2)) * normal
        (at,) = SMALL.project((point + thickness * bent)[None])
        x, y = int(at[0]), int(at[1])
        fx, fy = at[0] - x, at[1] - y
        expected = sum(
            weight * bare[y + dy, x + dx]
            for dx, dy, weight in ((0, 0, (1 - fx) * (1 - fy)), (1, 0, fx * (1 - fy)), (0, 1, (1 - fx) * fy), (1, 1, fx * fy))
        )
        assert np.abs(expected - bare[row, column]).max() > 0.01
        np.testing.assert_allclose(seen[row, column], expected, atol=2e-3)


def test_roughness_blurs_what_is_behind(gl):
    """An edge behind rough glass is wide, wider the rougher, and no light is lost far from it."""
    half = joined(pane(paint((0, 0, 0)), -0.1), plane(width_m=0.5, height_m=1, centre_m=(0.25, 0, -0.09), material=paint((1, 1, 1))))
    widths = []
    for roughness in (0.0, 0.2, 0.5):
        row = draw(gl, half, pane(glass(roughness=roughness), 0.0)).colour[32, :, 0]
        assert (np.diff(row) > -2e-3).all()
        widths.append(int(((row > 0.05) & (row < 0.95)).sum()))
        assert row[0] < 0.03
        assert row[-1] > 0.97
    assert widths[0] <= 2 < widths[1] < widths[2]


def test_alpha_over_nothing(gl):
    """Alpha holds what all channels let through; the tint is shown as lit by the light around: right over white in a furnace."""
    tint = np.array([0.9, 0.6, 0.2])
    found = centre(draw(gl, pane(glass(tint), 0.0)))
    np.testing.assert_allclose(found, [*(tint - 0.2), 1 - 0.2], atol=2e-3)
    np.testing.assert_allclose(found[:3] + 1 - found[3], tint, atol=2e-3)
    np.testing.assert_allclose(centre(draw(gl, pane(glass((0.5, 0.5, 0.5)), 0.0))), [0, 0, 0, 0.5], atol=2e-3)
    mirror = Material(metallic_factor=0.0, roughness_factor=0.0, extensions={"KHR_materials_transmission": {"transmissionFactor": 1.0}})
    layer = draw(gl, joined(*(sphere(radius_m=r, material=replace(mirror, double_sided=True)) for r in (0.05, 0.1))))
    assert layer.colour[..., 3].min() >= 0
    assert layer.colour[..., 3].max() <= 1
    # In a white furnace over white nothing is gained or lost.
    np.testing.assert_allclose(layer.colour[..., :3] + 1 - layer.colour[..., 3:], 1, atol=5e-3)


@pytest.mark.parametrize("tone_map", ["neutral", "aces"])
def test_clear_glass_is_not_there_after_the_tone_map(gl, tone_map):
    """What passes is taken back through the tone map and mapped again: glass that does nothing shows nothing."""
    shades = joined(
        *(
            sphere(radius_m=0.02, centre_m=(x, y, 0), material=Material(base_color_factor=(r, g, 0.5, 1), metallic_factor=0.2))
            for x, y, r, g in ((-0.03, 0.03, 0, 1), (0.03, 0.03, 1, 0.1), (-0.03, -0.03, 0.01, 0.02), (0.03, -0.03, 0.9, 0.9))
        )
    )
    options = replace(PLAIN, tone_map=tone_map, exposure=1.3)
    bare = draw(gl, shades, options=options).colour
    through = draw(gl, shades, pane(glass(), 0.1), options=options).colour
    np.testing.assert_allclose(through, bare, atol=4e-3)


def test_mask_blend_and_metal(gl):
    """Holes of a mask show all, coverage of BLEND a share, and the metallic part lets nothing through."""
    tint = (0.5, 0.5, 0.5)
    for material, expected in (
        (replace(glass(tint), base_color_factor=(*tint, 0.4), alpha_mode="MASK"), 1.0),
        (replace(glass(tint), base_color_factor=(*tint, 0.6), alpha_mode="MASK"), 0.5),
        (replace(glass(tint), base_color_factor=(*tint, 0.6), alpha_mode="BLEND"), 0.6 * 0.5 + 0.4),
    ):
        np.testing.assert_allclose(centre(draw(gl, WALL, pane(material, 0.0))), [expected] * 3 + [1], atol=2e-3)
    metal = pane(replace(glass((0, 0, 0)), metallic_factor=1.0), 0.0)
    dark, bare = (centre(draw(gl, *items))[:3] for items in ((WALL, metal), (metal,)))
    np.testing.assert_allclose(dark, bare, atol=1e-3)
    assert centre(draw(gl, metal))[3] == pytest.approx(1, abs=1e-3)


def test_a_decal_in_its_wall_is_seen(gl):
    """Blended paint in the plane of an opaque wall shows evenly, also beneath other layers."""
    decal, veil = pane(paint((1, 0, 0), 0.5), -0.1), pane(paint((0, 0, 1), 0.5), 0.0)
    for items, expected in (((WALL, decal), [1, 0.5, 0.5]), ((WALL, veil, decal), [0.5, 0.25, 0.75])):
        tilted = [Item(asset=asset, world_from_asset=turned(0.3)) for asset in items]
        colour = draw(gl, *tilted).colour[8:-8, 8:-8, :3]
        np.testing.assert_allclose(colour, np.broadcast_to(expected, colour.shape), atol=2e-3)


def test_the_nearest_layer_is_never_lost(gl):
    """With more layers than are drawn the nearest still covers the rest."""
    veils = [pane(paint((0, 0, 1), 0.05), 0.001 * i) for i in range(MOST_LAYERS + 5)]
    colour = centre(draw(gl, WALL, *veils, pane(paint((1, 0, 0), 0.9), 0.05)))
    assert colour[0] > 0.9
    assert colour[2] < 0.11


def test_occluders_cut_glass(gl):
    """An occluder hides the glass behind it, not the glass before it."""
    left = Item(asset=plane(width_m=1, height_m=1, centre_m=(-0.5, 0, 0.05), material=None), role="occluder")
    behind, before = pane(glass((0.5, 0.5, 0.5)), 0.0), pane(paint((1, 0, 0), 0.5), 0.1)
    colour = draw(gl, left, behind, before).colour
    np.testing.assert_allclose(colour[32, 10], [0.5, 0, 0, 0.5], atol=1e-3)
    np.testing.assert_allclose(colour[32, -10], [0.5, 0, 0, 0.75], atol=1e-3)


@pytest.mark.parametrize("volume", [None, {"thicknessFactor": 0.01, "attenuationDistance": 0.01, "attenuationColor": (0.5, 0, 1)}])
@pytest.mark.parametrize("roughness", [0.0, 0.5])
def test_no_bad_pixel(gl, volume, roughness):
    """Broken normals and an eye inside the glass give finite pixels, alpha within 0 and 1."""
    material = glass(roughness=roughness, volume=volume, double_sided=True)
    broken = replace(degenerate(), materials=(replace(material, normal_texture=TextureInfo(texture=0)),))
    inside = Item(asset=sphere(radius_m=0.3, material=material), world_from_asset=turned(0.0, 0.45))
    for items in ((broken, noise()), (inside, broken), (Item(asset=broken, world_from_asset=np.diag([1, 1, 0, 1.0])),)):
        colour = draw(gl, *items, options=replace(PLAIN, tone_map="neutral")).colour
        assert np.isfinite(colour).all()
        assert colour[..., 3].min() >= 0
        assert colour[..., 3].max() <= 1


@pytest.mark.parametrize(
    ("ior", "volume"), [(0.0, {"thicknessFactor": 0.1}), (1.5, {"thicknessFactor": 1e9}), (50.0, {"thicknessFactor": -1})]
)
def test_strange_numbers_give_a_defined_picture(gl, ior, volume):
    volume = {**volume, "attenuationDistance": 0.0, "attenuationColor": (0, 2, "x")}
    colour = draw(gl, pane(glass(ior=ior, volume=volume), 0.0), noise()).colour
    assert np.isfinite(colour).all()


def test_tiles_of_glass_are_the_whole_picture():
    """Layers are counted in every tile for itself, and nobody can tell."""
    items = (noise(), sphere(radius_m=0.08, material=glass((0.9, 0.7, 0.5), double_sided=True)), pane(paint((0, 0, 1), 0.3), 0.02))
    options = replace(PLAIN, samples=4)
    with GlRenderer() as whole, GlRenderer(target_bytes=64 * 64 * bytes_per_pixel(4)) as tiled:
        expected, found = (draw(gl, *items, camera=SMALL, options=options).colour for gl in (whole, tiled))
    assert (np.abs(found - expected).max(axis=2) > 1 / 255).mean() <= 2e-4


@pytest.mark.parametrize("product", ["SunglassesKhronos", "LightsPunctualLamp"])
def test_products_of_glass(gl, data, product):
    """What is see-through in the shared products gives finite pixels, and lets something through."""
    asset = read(data / "products" / f"{product}.glb")
    camera, pose = orbit_camera(asset, azimuth_rad=0.5, width_px=128, height_px=128)
    colour = draw(gl, asset, camera=camera, pose=pose, options=RenderOptions(depth=False)).colour
    assert np.isfinite(colour).all()
    assert colour[..., 3].min() >= 0
    assert colour[..., 3].max() <= 1
    assert ((colour[..., 3] > 0.02) & (colour[..., 3] < 0.98)).any()


def test_opaque_parts_of_glass(gl):
    """Where the transmission texture is black a surface is opaque: in the picture, in depth, and no layer."""
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:, 32:] = 255
    extensions = {**UNMIRRORED, "KHR_materials_transmission": {"transmissionFactor": 1.0, "transmissionTexture": {"index": 0}}}
    half = textured(pane(replace(glass((0.5, 0.5, 0.5)), extensions=extensions), 0.0), pixels)
    veils = [pane(paint((0, 0, 1), 0.5), z) for z in (-0.05, 0.05)]
    for items, left, right in (((WALL, half), [0.5] * 3, [0.5] * 3), ((WALL, half, *veils), [0.25, 0.25, 0.75], [0.125, 0.125, 0.75])):
        layer = draw(gl, *items, options=replace(PLAIN, depth=True))
        np.testing.assert_allclose(layer.colour[32, 8], [*left, 1], atol=2e-3)
        np.testing.assert_allclose(layer.colour[32, -8], [*right, 1], atol=2e-3)
        if len(items) == 2:
            assert layer.depth_m[32, 8] == pytest.approx(0.5, abs=1e-5)
            assert layer.depth_m[32, -8] == pytest.approx(0.6, abs=1e-5)
