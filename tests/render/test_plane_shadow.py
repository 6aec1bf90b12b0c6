"""Grains lie evenly on surfaces; what they keep off of a plane agrees with closed forms and with rays."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.image import Image
from arviz.core.material import Material
from arviz.core.room import Plane
from arviz.core.scene import Item, Lighting, Sun
from arviz.render.grains import grains
from arviz.render.plane_shadow import Lamp, PlaneShadow, axes_of, sky_share
from arviz.render.rays import RayScene
from arviz.render.sky_samples import sky_samples
from arviz.testing.shapes import box

EVEN = Lighting(environment=Image(pixels=np.ones((32, 64, 3), np.float32), space="linear"))
FLOOR = Plane(
    kind="floor",
    normal=(0.0, 1.0, 0.0),
    offset_m=0.0,
    outline_m=np.array([[-3, 0, -3], [-3, 0, 3], [3, 0, 3], [3, 0, -3.0]]),
    sigma_normal_rad=0,
    sigma_offset_m=0,
    source="given",
)


def board(size, centre, **material):
    return Item(asset=box(size_m=size, centre_m=centre, material=Material(**material)))


def table():
    legs = [board((0.06, 0.7, 0.06), (x, 0.35, z)) for x in (-0.5, 0.5) for z in (-0.3, 0.3)]
    return [board((1.1, 0.05, 0.7), (0, 0.72, 0)), *legs]


def shadow(items, plane=FLOOR):
    return PlaneShadow(grains(items, count=60_000), axes_of(plane))


def sky(shadow):
    """Return the shadow of an even sky."""
    return shadow.sky(sky_samples(EVEN, normal=shadow.plane_from_world[2, :3], count=28))


def places(on, points):
    """Return the coordinates (1, N) in the plane's axes of (N, 3) points."""
    local = points @ on.plane_from_world[:3, :3].T + on.plane_from_world[:3, 3]
    return local[None, :, 0].astype(np.float32), local[None, :, 1].astype(np.float32)


def on_floor(step=0.05, reach=1.2):
    x, z = np.meshgrid(np.arange(-reach, reach, step), np.arange(-reach, reach, step))
    return np.stack([x.ravel(), np.zeros(x.size), z.ravel()], axis=1)


def disc(count):
    i = np.arange(count)
    r, turn = np.sqrt((i + 0.5) / count), np.pi * (3 - np.sqrt(5)) * i
    return r * np.cos(turn), r * np.sin(turn)


def test_grains_lie_as_densely_everywhere():
    found = grains([board((1.0, 0.5, 0.2), (0, 0.25, 0))], count=20_000)
    assert found.area_m2 == pytest.approx(2 * (0.5 + 0.2 + 0.1), rel=1e-5)
    x, y, z = found.points_m
    for side, area in ((x > 0.4999, 0.1), (y > 0.4999, 0.2), (z > 0.0999, 0.5)):
        assert side.mean() == pytest.approx(area / 1.6, rel=0.02)
    front = z > 0.0999
    counts, _, _ = np.histogram2d(x[front], y[front], bins=(20, 10), range=((-0.5, 0.5), (0, 0.5)))
    assert counts.min() > 0.7 * counts.mean()
    assert counts.max() < 1.3 * counts.mean()


def test_nothing_casts_nothing():
    assert not len(grains([], count=100).opacity)
    hidden = board((1, 1, 1), (0, 0.5, 0))
    assert not len(grains([replace(hidden, role="occluder")], count=100).opacity)
    below = shadow([board((1, 1, 1), (0, -2, 0))])
    assert sky(below) == ()
    assert below.sun(Sun(to_light=(0, 1, 0))) is None
    assert below.lamp(Lamp(np.array([0, 2.0, 0]), 0.1)) is None


def test_the_sky_agrees_with_rays():
    """Under and around a table, in even light: the mean over cosine-weighted rays from each place."""
    items, points = table(), on_floor(step=0.1)
    a, b = disc(400)
    ways = np.stack([a, np.sqrt(1 - a * a - b * b), b], axis=1)
    with RayScene(items) as rays:
        blocked = rays.occluded(np.repeat(np.add(points, (0, 1e-3, 0)), len(ways), axis=0), np.tile(ways, (len(points), 1)))
    truth = blocked.reshape(len(points), -1).mean(axis=1)
    on = shadow(items)
    found = sky_share(sky(on), *places(on, points))[0]
    clear = np.abs(points[:, [0, 2]]).max(axis=1) > 0.05
    error = np.abs(found - truth)[clear]
    assert truth.max() > 0.6
    assert error.mean() < 0.02
    assert np.quantile(error, 0.98) < 0.1


@pytest.mark.parametrize(("height", "radius"), [(2.2, 0.05), (1.6, 0.25)])
def test_a_near_lamp_agrees_with_rays(height, radius):
    items, points = table(), on_floor(reach=2.0)
    position = np.array([0.4, height, 0.2])
    a, b = disc(150)
    spots = position + radius * np.stack([a, np.zeros_like(a), b], axis=1)
    ways = (spots[None] - points[:, None]).reshape(-1, 3)
    with RayScene(items) as rays:
        blocked = rays.occluded(np.repeat(np.add(points, (0, 1e-3, 0)), len(spots), axis=0), ways)
    truth = blocked.reshape(len(points), -1).mean(axis=1)
    on = shadow(items)
    shade = on.lamp(Lamp(position, radius))
    found = shade.at(*places(on, points))[0]
    assert np.abs(found - truth).mean() < 0.02
    both = (found > 0.5) & (truth > 0.5)
    assert both.sum() / ((found > 0.5) | (truth > 0.5)).sum() > 0.9


def test_the_sun_throws_parallel_shadows():
    """A board 0.5 m up, the sun at 45 degrees: its shadow is as large, and 0.5 m away."""
    on = shadow([board((0.6, 0.01, 0.4), (0, 0.5, 0))])
    shade = on.sun(Sun(to_light=(1.0, 1.0, 0.0)))
    points = on_floor(step=0.02)
    found = shade.at(*places(on, points))[0] > 0.5
    inside = points[found]
    np.testing.assert_allclose([inside[:, 0].min(), inside[:, 0].max()], [-0.8, -0.2], atol=0.03)
    np.testing.assert_allclose([inside[:, 2].min(), inside[:, 2].max()], [-0.2, 0.2], atol=0.03)
    assert on.sun(Sun(to_light=(1.0, -0.1, 0.0))) is None


@pytest.mark.parametrize(
    ("material", "kept"),
    [
        ({"alpha_mode": "BLEND", "base_color_factor": (1, 1, 1, 0.5)}, 0.5),
        ({"alpha_mode": "MASK", "base_color_factor": (1, 1, 1, 0.4)}, 0.0),
        ({"extensions": {"KHR_materials_transmission": {"transmissionFactor": 1.0}}}, 0.08),
    ],
)
def test_what_lets_light_through_throws_a_lighter_shadow(material, kept):
    pane = board((0.6, 0.01, 0.6), (0, 0.4, 0), **material)
    found = shadow([pane]).sun(Sun(to_light=(0.0, 1.0, 0.0)))
    assert (0.0 if found is None else found.share.max()) == pytest.approx(kept, abs=0.03)


def test_a_wall_has_a_shadow_of_what_stands_before_it():
    """The same board, the wall in place of the floor: only the axes differ."""
    wall = replace(FLOOR, kind="wall", normal=(0.0, 0.0, 1.0), outline_m=FLOOR.outline_m[:, [0, 2, 1]])
    lying, upright = shadow([board((0.6, 0.02, 0.4), (0, 0.3, 0))]), shadow([board((0.6, 0.4, 0.02), (0, 0, 0.3))], wall)
    points = on_floor(step=0.1)
    one = sky_share(sky(lying), *places(lying, points))
    other = sky_share(sky(upright), *places(upright, points[:, [0, 2, 1]] * (1, -1, 1)))
    assert one.max() > 0.3
    np.testing.assert_allclose(one, other, atol=0.05)
