"""Lamps and the direct light of every lobe, against formulas."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset, Node
from arviz.core.material import Material
from arviz.core.scene import Item, Lighting
from arviz.render.punctual_lights import MOST_LIGHTS, punctual_lights, strongest
from arviz.testing.contracts import constant_light
from arviz.testing.shapes import cube, plane
from tests.render.lobes import charlie, dot, ggx, schlick, unit
from tests.render.scenes import FURNACE, centre, draw, front_camera

DARK = Lighting(environment=constant_light().environment, intensity=0.0)
MATTE = {"KHR_materials_specular": {"specularFactor": 0.0}}
NARROW = front_camera(fov_rad=0.01)
ALBEDO = 0.6


def wall(**fields):
    fields = {"base_color_factor": (ALBEDO, ALBEDO, ALBEDO, 1), "metallic_factor": 0.0, "extensions": MATTE, **fields}
    return plane(width_m=1.0, height_m=1.0, material=Material(**fields))


def lamp(kind, *, at=(0.0, 0.0, 0.0), aim=(0.0, 0.0, -1.0), **fields):
    """Return an item that holds one lamp, which shines along `aim`."""
    z = -unit(aim)
    x = unit(np.cross((0.0, 1.0, 0.1), z))
    pose = np.eye(4)
    pose[:3, :3] = np.stack([x, np.cross(z, x), z], axis=1)
    pose[:3, 3] = at
    return Item(asset=Asset(meshes=(), nodes=(Node(light=0),), lights=({"type": kind, **fields},)), world_from_asset=pose)


def shade(gl, *items, lighting=DARK):
    return centre(draw(gl, *items, lighting=lighting, camera=NARROW))[:3]


@pytest.mark.parametrize("angle", [0.0, 0.5, 1.2, 1.7])
def test_distant_light_on_a_matte_wall(gl, angle):
    """E lux at an angle show albedo E cos / pi; from behind, nothing."""
    sun = lamp("directional", aim=(-np.sin(angle), 0, -np.cos(angle)), intensity=2.0, color=(1.0, 0.5, 0.25))
    expected = ALBEDO / np.pi * 2.0 * max(np.cos(angle), 0) * np.array([1, 0.5, 0.25])
    np.testing.assert_allclose(shade(gl, wall(), sun), expected, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize(("distance", "reach"), [(0.3, None), (0.6, None), (0.3, 0.4), (0.45, 0.4)])
def test_point_light_falls_with_the_square(gl, distance, reach):
    """Candela over distance squared, windowed to nothing at its range."""
    point = lamp("point", at=(0, 0, distance), intensity=0.1, **({} if reach is None else {"range": reach}))
    window = 1 if reach is None else max(1 - (distance / reach) ** 4, 0)
    assert shade(gl, wall(), point)[0] == pytest.approx(ALBEDO / np.pi * 0.1 / distance**2 * window, rel=3e-3, abs=1e-4)


@pytest.mark.parametrize("angle", [0.0, 0.15, 0.3, 0.45, 0.6])
def test_spot_light_falls_off_its_cone(gl, angle):
    """Full light to the inner angle, none past the outer one, squared in between."""
    inner, outer, at = 0.2, 0.5, np.array([0.0, 0.0, 0.4])
    aim = (np.sin(angle), 0, -np.cos(angle))
    spot = lamp("spot", at=at, aim=aim, intensity=0.2, spot={"innerConeAngle": inner, "outerConeAngle": outer})
    share = np.clip((np.cos(angle) - np.cos(outer)) / (np.cos(inner) - np.cos(outer)), 0, 1) ** 2
    assert shade(gl, wall(), spot)[0] == pytest.approx(ALBEDO / np.pi * 0.2 / 0.16 * share, rel=3e-3, abs=1e-4)


def test_lamps_move_with_their_item_and_keep_their_power(gl):
    """A pose with a scale moves the lamp and neither turns its light up nor stretches its range."""
    near = lamp("point", at=(0, 0, 0.2), intensity=0.1, range=1.0)
    pose = np.diag([2.0, 2.0, 2.0, 1.0])
    moved = Item(asset=near.asset, world_from_asset=pose @ near.world_from_asset)
    assert shade(gl, wall(), moved)[0] == pytest.approx(ALBEDO / np.pi * 0.1 / 0.16 * (1 - 0.4**4), rel=3e-3)


def test_lamps_do_not_turn_with_the_environment(gl):
    sun = lamp("directional", aim=(-0.6, -0.3, -0.7), intensity=2.0)
    turned = replace(DARK, rotation_rad=1.0)
    np.testing.assert_allclose(shade(gl, wall(), sun, lighting=turned), shade(gl, wall(), sun), rtol=1e-3)


def test_lamps_add_to_each_other_and_to_the_light_around(gl):
    one, two = lamp("directional", intensity=1.0), lamp("point", at=(0, 0.1, 0.3), intensity=0.1)
    alone = shade(gl, wall(), one) + shade(gl, wall(), two) + shade(gl, wall(), lighting=FURNACE)
    np.testing.assert_allclose(shade(gl, wall(), one, two, lighting=FURNACE), alone, rtol=3e-3)


def test_only_visible_items_shine(gl):
    hidden = replace(lamp("directional", intensity=1.0), role="occluder")
    assert shade(gl, wall(), hidden)[0] == 0


@pytest.mark.parametrize(
    "light",
    [
        {"type": "point", "intensity": float("nan")},
        {"type": "point", "color": (float("inf"), 1, 1)},
        {"type": "point", "intensity": 1e38},
        {"type": "spot", "spot": {"innerConeAngle": 2.0, "outerConeAngle": -1.0}},
        {"type": "spot", "spot": None},
        {"type": "point", "range": -1.0},
        {"type": "lava"},
        {},
    ],
)
def test_nonsense_lamps_give_a_defined_picture(gl, light):
    """Also where the lamp lies in the surface."""
    bad = Item(asset=Asset(meshes=(), nodes=(Node(light=0), Node(light=7)), lights=(light,)))
    colour = draw(gl, wall(), bad, lighting=DARK).colour
    assert np.isfinite(colour).all()
    assert (colour >= 0).all()


def test_the_strongest_sixteen_are_kept(gl):
    """Of many lamps those count that give most light where the scene is; the picture is that of these."""
    rng = np.random.default_rng(3)
    many = [lamp("point", at=(*rng.uniform(-0.5, 0.5, 2), rng.uniform(0.2, 3)), intensity=0.05, name=str(i)) for i in range(24)]
    from arviz.core.scene import Scene

    found = punctual_lights(Scene(items=tuple(many), lighting=DARK))
    kept = strongest(found, at_m=np.zeros(3))
    distances = [np.linalg.norm(lamp.position_m) for lamp in kept]
    assert len(kept) == MOST_LIGHTS
    assert distances == sorted(distances)
    assert max(distances) <= min(np.linalg.norm(one.position_m) for one in found if one.name not in {k.name for k in kept})
    chosen = [many[int(one.name)] for one in kept]
    np.testing.assert_allclose(shade(gl, wall(), *many), shade(gl, wall(), *chosen), rtol=1e-3)


# Lobes, one pair of directions at a time: v = +Z, the wall turned about Y, the light from anywhere.

TURN = 0.6
NORMAL = np.array([np.sin(TURN), 0, np.cos(TURN)])
ALONG = np.array([np.cos(TURN), 0, -np.sin(TURN)])
TO_EYE = np.array([0.0, 0.0, 1.0])
LIGHTS = [unit(v) for v in ((0.9, 0.1, 0.5), (0.2, 0.5, 1.0), (0.95, 0.25, 0.3))]
POSE = np.array([[np.cos(TURN), 0, np.sin(TURN), 0], [0, 1, 0, 0], [-np.sin(TURN), 0, np.cos(TURN), 0], [0, 0, 0, 1]])


def lit(gl, to_light, **fields):
    """Return what a turned wall sends to the eye for 1 lux from `to_light`."""
    item = Item(asset=plane(width_m=1.0, height_m=1.0, material=Material(**fields)), world_from_asset=POSE)
    return shade(gl, item, lamp("directional", aim=-to_light, intensity=1.0))


@pytest.mark.parametrize("to_light", LIGHTS, ids=str)
@pytest.mark.parametrize("roughness", [0.2, 0.5, 0.8])
def test_direct_light_of_a_dielectric(gl, roughness, to_light):
    """Lambert under what Fresnel leaves, and GGX with height-correlated Smith (glTF 2.0, appendix B)."""
    shown = lit(gl, to_light, base_color_factor=(0.8, 0.4, 0.1, 1), metallic_factor=0.0, roughness_factor=roughness)
    fresnel = schlick(0.04, 1.0, dot(TO_EYE, unit(to_light + TO_EYE)))
    expected = fresnel * ggx(to_light, TO_EYE, NORMAL, alpha=roughness**2) + (1 - fresnel) * np.array([0.8, 0.4, 0.1]) / np.pi
    # Within 5 %: what the facets lose among each other comes back, at most 4 % of so weak a mirror.
    np.testing.assert_allclose(shown, expected * dot(NORMAL, to_light), rtol=0.05)


@pytest.mark.parametrize("to_light", LIGHTS, ids=str)
@pytest.mark.parametrize("strength", [0.0, 0.4, 0.8])
def test_direct_light_of_brushed_metal(gl, strength, to_light):
    """GGX with two widths, within 5 %: at roughness 0.3 up to 3 % come back by more bounces."""
    roughness = 0.3
    extensions = {"KHR_materials_anisotropy": {"anisotropyStrength": strength}}
    gold = np.array([1.0, 0.7, 0.3])
    shown = lit(gl, to_light, base_color_factor=(*gold, 1), roughness_factor=roughness, extensions=extensions)
    alpha = roughness**2
    wide = alpha + (1 - alpha) * strength**2
    fresnel = schlick(gold, 1.0, dot(TO_EYE, unit(to_light + TO_EYE)))
    expected = fresnel * ggx(to_light, TO_EYE, NORMAL, alpha=alpha, stretched=wide, along=ALONG) * dot(NORMAL, to_light)
    np.testing.assert_allclose(shown, expected, rtol=0.05, atol=1e-4)


def test_brushing_turns_with_its_rotation(gl):
    """A quarter turn of the brush is a quarter turn of the stretched lobe."""
    to_light = LIGHTS[1]
    turned = {"KHR_materials_anisotropy": {"anisotropyStrength": 0.7, "anisotropyRotation": np.pi / 2}}
    shown = lit(gl, to_light, roughness_factor=0.3, extensions=turned)[0]
    across = np.cross(NORMAL, ALONG)
    wide = 0.09 + 0.91 * 0.49
    expected = ggx(to_light, TO_EYE, NORMAL, alpha=0.09, stretched=wide, along=across) * dot(NORMAL, to_light)
    assert shown == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("to_light", LIGHTS, ids=str)
def test_direct_light_of_varnish(gl, to_light):
    """Over black: the coat's own lobe, at the coat's roughness (KHR_materials_clearcoat)."""
    coat = {"KHR_materials_clearcoat": {"clearcoatFactor": 0.7, "clearcoatRoughnessFactor": 0.4}, **MATTE}
    shown = lit(gl, to_light, base_color_factor=(0, 0, 0, 1), metallic_factor=0.0, extensions=coat)[0]
    expected = (
        0.7 * schlick(0.04, 1.0, dot(TO_EYE, unit(to_light + TO_EYE))) * ggx(to_light, TO_EYE, NORMAL, alpha=0.16) * dot(NORMAL, to_light)
    )
    assert shown == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("to_light", LIGHTS, ids=str)
def test_direct_light_of_velvet(gl, to_light):
    velvet = {"KHR_materials_sheen": {"sheenColorFactor": (1.0, 0.5, 0.2), "sheenRoughnessFactor": 0.5}, **MATTE}
    shown = lit(gl, to_light, base_color_factor=(0, 0, 0, 1), metallic_factor=0.0, extensions=velvet)
    expected = charlie(to_light, TO_EYE, NORMAL, roughness=0.5) * dot(NORMAL, to_light) * np.array([1.0, 0.5, 0.2])
    np.testing.assert_allclose(shown, expected, rtol=0.01, atol=1e-6)


def test_the_sun_and_a_distant_lamp_are_one_formula(gl):
    """A sun of the scene and a lamp of an item with the same light give the same picture where nothing is in the way."""
    from arviz.core.scene import Sun

    direction = unit((0.3, 0.5, 0.8))
    body = cube(edge_m=0.2, material=Material(metallic_factor=0.0, roughness_factor=0.4))
    sun = replace(DARK, sun=Sun(to_light=tuple(direction), irradiance=(2.0, 1.5, 1.0), angular_radius_rad=1e-3))
    by_sun = draw(gl, body, lighting=sun)
    by_lamp = draw(gl, body, lamp("directional", aim=-direction, intensity=2.0, color=(1.0, 0.75, 0.5)), lighting=DARK)
    np.testing.assert_allclose(centre(by_sun), centre(by_lamp), rtol=3e-3)
