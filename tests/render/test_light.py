"""Light: energy is kept, light is linear, pictures of light are sampled where the convention says."""

import itertools

import numpy as np
import pytest

from arviz.core.image import Image
from arviz.core.material import Material
from arviz.core.scene import Lighting
from arviz.render.prefilter import LEVELS, compute, directions, prefilter
from arviz.render.renderer import RenderOptions
from arviz.testing.contracts import constant_light
from arviz.testing.shapes import plane, sphere
from tests.render.scenes import centre, draw


@pytest.mark.parametrize("metallic", [0.0, 1.0])
@pytest.mark.parametrize("roughness", [0.0, 0.3, 0.6, 1.0])
def test_white_furnace(gl, metallic, roughness):
    """A white body under constant light 1 vanishes against it: nothing is gained or lost, whatever the roughness."""
    body = sphere(material=Material(metallic_factor=metallic, roughness_factor=roughness), radius_m=0.2)
    colour = draw(gl, body).colour
    inside = colour[..., 3] == 1
    assert inside.mean() > 0.3
    np.testing.assert_allclose(colour[inside], 1, atol=0.004)


@pytest.mark.parametrize("grey", [0.1, 0.5, 0.9])
def test_furnace_of_a_grey_body(gl, grey):
    """A rough grey dielectric sends back its albedo plus the reflection of its coat, never more than came."""
    body = plane(material=Material(base_color_factor=(grey, grey, grey, 1), metallic_factor=0.0))
    shade = centre(draw(gl, body))[0]
    assert grey * 0.95 < shade < min(1.0, grey + 0.05)


@pytest.mark.parametrize("factor", [0.25, 0.5, 2.0])
def test_light_is_linear(gl, factor):
    """Twice the light, twice the exposure, or twice the intensity: twice the picture."""
    body = sphere(material=Material(base_color_factor=(0.2, 0.3, 0.4, 1), metallic_factor=0.3, roughness_factor=0.4))
    once = draw(gl, body).colour
    options = RenderOptions(tone_map="none", depth=False, exposure=factor)
    light = constant_light()
    for again in (
        draw(gl, body, lighting=constant_light(factor)),
        draw(gl, body, options=options),
        draw(gl, body, lighting=Lighting(environment=light.environment, intensity=factor)),
    ):
        np.testing.assert_allclose(again.colour[..., :3], once[..., :3] * factor, rtol=4e-3, atol=1e-3)
        np.testing.assert_array_equal(again.colour[..., 3], once[..., 3])


def spot(direction, *, width_px=512):
    """Return light from one direction only."""
    d = directions(width_px, width_px // 2)
    lit = (d @ np.asarray(direction, float)) > 0.97
    return Image(pixels=np.repeat(lit[..., None].astype(np.float32), 3, axis=2), space="linear")


def test_mirror_shows_the_light_where_it_is(gl):
    """A mirror seen from the front at 45 deg shows what lies on +X; the light turned by +90 deg comes from there."""
    c = np.sqrt(0.5)
    pose = np.eye(4)
    pose[:3, :3] = [[c, 0, c], [0, 1, 0], [-c, 0, c]]  # the plane's +Z turned to between +X and +Z
    from arviz.core.scene import Item

    mirror = Item(asset=plane(material=Material(roughness_factor=0.0)), world_from_asset=pose)
    assert centre(draw(gl, mirror, lighting=Lighting(environment=spot((1, 0, 0)))))[0] > 0.9
    assert centre(draw(gl, mirror, lighting=Lighting(environment=spot((0, 0, 1)))))[0] < 0.1
    turned = Lighting(environment=spot((0, 0, 1)), rotation_rad=np.pi / 2)  # +Z turns to +X
    assert centre(draw(gl, mirror, lighting=turned))[0] > 0.9


def test_harmonics_integrate_a_smooth_sky():
    """A light that grows linearly with height has a closed form: irradiance over pi = mean + 2/3 slope . n."""
    slope = np.array([0.2, 0.3, -0.1])
    radiance = 1 + directions(512, 256) @ slope
    harmonics = compute(Image(pixels=np.repeat(radiance[..., None], 3, axis=2).astype(np.float32), space="linear")).harmonics
    for x, y, z in [(1, 0, 0), (0, 1, 0), (0, 0, -1), (0.6, 0.0, 0.8)]:
        basis = np.array([1, y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y])
        assert basis @ harmonics[:, 0] == pytest.approx(1 + 2 / 3 * slope @ np.array([x, y, z]), abs=2e-3)


def test_levels_keep_the_energy_and_lose_the_detail():
    """Every level has the mean of the picture; each is smoother than the one before."""
    result = compute(spot((0, 0, 1)))
    weights = [np.sin(np.arccos(directions(level.shape[1], level.shape[0])[..., 1])) for level in result.levels]
    means = [(level[..., 0] * w).sum() / w.sum() for level, w in zip(result.levels, weights, strict=True)]
    np.testing.assert_allclose(means, means[0], rtol=0.1)
    peaks = [float(level.max()) for level in result.levels]
    assert len(peaks) == LEVELS
    assert all(a >= b for a, b in itertools.pairwise(peaks))


def test_cache_returns_the_same_and_survives_damage(tmp_path):
    """The second call reads what the first wrote; a damaged file is computed again."""
    light = Image(pixels=np.random.default_rng(0).random((32, 64, 3)).astype(np.float32), space="linear")
    fresh, (file,) = prefilter(light, cache=tmp_path), tmp_path.iterdir()
    np.testing.assert_array_equal(prefilter(light, cache=tmp_path).levels[3], fresh.levels[3])
    for damaged in (b"PK nonsense", file.read_bytes()[:1000]):
        file.write_bytes(damaged)
        np.testing.assert_array_equal(prefilter(light, cache=tmp_path).harmonics, fresh.harmonics)
    brighter = Image(pixels=light.pixels * 2, space="linear")
    assert prefilter(brighter, cache=tmp_path).harmonics[0, 0] == pytest.approx(2 * fresh.harmonics[0, 0], rel=1e-5)
    assert len(list(tmp_path.iterdir())) == 2
