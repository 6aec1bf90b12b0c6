"""The sun's shadow: where geometry puts it, as soft as the sun is large, without acne, leaks or noise."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.image import Image
from arviz.core.material import Material, TextureInfo
from arviz.core.scene import Item, Lighting, Scene, Sun
from arviz.render.gl.sun import sun_axes
from arviz.render.ray_maps import sun_visibility
from arviz.render.rays import RayScene
from arviz.render.renderer import RenderOptions
from arviz.testing.contracts import constant_light
from arviz.testing.shapes import box, degenerate, joined, plane, sphere, textured
from tests.render.test_catcher import SIZE_PX, alpha, at_m, centre_of_shadow, disc, floor, top_view

DARK = Image(pixels=np.zeros((16, 32, 3), np.float32), space="linear")
MATTE = Material(metallic_factor=0.0, roughness_factor=1.0)
CHALK = Material(metallic_factor=0.0, extensions={"KHR_materials_specular": {"specularFactor": 0.0}})


def sunlight(to_light, *, radius_rad=0.00465, rotation_rad=0.0):
    """Return the sun and nothing else."""
    return Lighting(environment=DARK, sun=Sun(to_light=to_light, angular_radius_rad=radius_rad), rotation_rad=rotation_rad)


@pytest.mark.parametrize(("to_light", "expected"), [((0, 1, 0), (0, 0)), ((1, 1, 0), (-0.5, 0)), ((0.3, 1, -0.6), (-0.15, 0.3))])
def test_shadow_lies_where_the_sun_puts_it(gl, to_light, expected):
    """The middle of the shadow of a disc at 0.5 m, to 3 mm; the turn of the environment does not move it."""
    for rotation_rad in (0.0, 1.0):
        light = sunlight(to_light, rotation_rad=rotation_rad)
        dark = alpha(gl, Item(asset=disc(0.1, 0.5)), floor(), half_m=0.8, lighting=light)
        np.testing.assert_allclose(centre_of_shadow(dark, 0.8), expected, atol=0.003)
        assert dark.max() > 0.99


@pytest.mark.parametrize("radius_rad", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("height_m", [0.3, 0.6])
def test_width_of_the_penumbra(gl, radius_rad, height_m):
    """Past a straight edge at height h, light comes back over 2 h tan(radius), half of it below the edge itself."""
    sheet = box(size_m=(2.0, 0.002, 2.0), centre_m=(-1.0, height_m, 0.0))
    half_m = 0.3
    seen, x = edge_profile(gl, Item(asset=sheet), half_m=half_m, lighting=sunlight((0, 1, 0), radius_rad=radius_rad))
    half_width = height_m * np.tan(radius_rad)
    t = np.clip(x / half_width, -1, 1)
    expected = (np.arccos(t) - t * np.sqrt(1 - t * t)) / np.pi  # share of a disc beyond a chord
    np.testing.assert_allclose(seen, expected, atol=0.06)
    assert np.abs(seen - expected).mean() < 0.02


def edge_profile(renderer, item, *, half_m, lighting):
    """Return alpha along x below the sheet's edge, seen on the floor from under the sheet, and x."""
    focal = SIZE_PX / 2 / half_m * 0.2
    camera = Camera(
        k=np.array([[focal, 0, SIZE_PX / 2 - 0.5], [0, focal, SIZE_PX / 2 - 0.5], [0, 0, 1]]), width_px=SIZE_PX, height_px=SIZE_PX
    )
    pose = np.eye(4)
    pose[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    pose[1, 3] = 0.2
    scene = Scene(items=(item, floor()), lighting=lighting)
    layer = renderer.render(scene, camera, world_from_camera=pose, options=RenderOptions(tone_map="none", depth=False, samples=1))
    return layer.colour[SIZE_PX // 2, :, 3], at_m(half_m)


def test_no_noise(gl):
    """A wide penumbra falls off without steps back and without kinks."""
    sheet = box(size_m=(2.0, 0.002, 2.0), centre_m=(-1.0, 0.6, 0.0))
    row, _ = edge_profile(gl, Item(asset=sheet), half_m=0.3, lighting=sunlight((0, 1, 0), radius_rad=0.2))
    assert (np.diff(row) <= 0.004).all()
    assert np.abs(np.diff(row, n=2)).max() < 0.02


def test_harder_at_the_contact(gl):
    """The edge of a wall's shadow grows softer with the height of what casts it."""
    wall = box(size_m=(0.1, 1.0, 0.02), centre_m=(0, 0.5, 0))
    dark = alpha(gl, Item(asset=wall), floor(), half_m=1.2, lighting=sunlight((0, 1, -1), radius_rad=0.1))
    z, steepness = at_m(1.2), np.abs(np.diff(dark, axis=1)).max(axis=1)
    near, far = (np.interp(at, z, steepness) for at in (0.15, 0.85))
    assert near > 2 * far > 0


@pytest.mark.parametrize("to_light", [(0, 1, 0), (1, 1, 0.3), (1, 0.15, 0)])
def test_convex_bodies_do_not_shade_themselves(gl, to_light):
    """On a ball and a box alone every point that faces the sun is lit, without stripes."""
    for body in (sphere(radius_m=0.4, segments=64, material=MATTE), box(size_m=(0.6, 0.6, 0.6), material=MATTE)):
        lit = shade(gl, body, sunlight(to_light))
        free = lit[lit > 0.15 * lit.max()]
        assert len(free) > 500
        expected = shade(gl, body, Lighting(environment=DARK, sun=Sun(to_light=to_light, angular_radius_rad=0.0)))
        np.testing.assert_allclose(lit, expected, atol=0.02 * lit.max())


def shade(renderer, body, lighting):
    camera, pose = top_view(half_m=0.6)
    scene = Scene(items=(Item(asset=body),), lighting=lighting)
    layer = renderer.render(scene, camera, world_from_camera=pose, options=RenderOptions(tone_map="none", depth=False, samples=1))
    return layer.colour[..., 1]


@pytest.mark.parametrize("to_light", [(0.7, 0.6, 0.4), (-0.5, 0.4, 0.8), (0.9, 0.3, -0.2)])
def test_cushions_shade_each_other_as_rays_say(gl, to_light):
    """In the joints of cushions on a board there is hardly more light than rays find, on their tops no less."""
    balls = [sphere(radius_m=0.12, centre_m=(x, 0.1, z), segments=96, material=CHALK) for x in (-0.3, -0.1, 0.1, 0.3) for z in (-0.1, 0.1)]
    body = joined(*balls, box(size_m=(1.0, 0.04, 0.6), material=CHALK))
    sun = Sun(to_light=to_light, irradiance=(np.pi,) * 3)
    camera, pose = top_view(half_m=0.6)
    options = RenderOptions(tone_map="none", samples=1, normals=True)
    scene = Scene(items=(Item(asset=body),), lighting=Lighting(environment=DARK, sun=sun))
    layer = gl.render(scene, camera, world_from_camera=pose, options=options)
    rows, columns = np.nonzero(np.isfinite(layer.depth_m))
    depth, normals = layer.depth_m[rows, columns, None].astype(float), layer.normals[rows, columns].astype(float)
    points = camera.rays(np.stack([columns, rows], axis=1)) * depth @ pose[:3, :3].T + pose[:3, 3]
    with RayScene([Item(asset=body)]) as rays:
        seen = sun_visibility(rays, points, normals, sun)
    facing = np.maximum(normals @ np.asarray(sun.to_light), 0)
    found = layer.colour[rows, columns, 1]
    more, less = np.maximum(found - facing * seen, 0).sum() / facing.sum(), np.maximum(facing * seen - found, 0).sum() / facing.sum()
    assert more < 0.009
    assert less < 0.002


def test_bumps_go_dark_with_the_shape(gl):
    """Where a ball turns away from the sun, bumps that lean to it do not stay lit; bumps that are none change nothing."""
    light = sunlight((1, 0.3, 0))
    flat, leaning = np.full((4, 4, 3), (128, 128, 255), np.uint8), np.full((4, 4, 3), (192, 128, 238), np.uint8)
    bumpy = replace(MATTE, normal_texture=TextureInfo(texture=0))
    bare, even, bent = (
        shade(gl, body, light)
        for body in (
            sphere(radius_m=0.55, segments=64, material=MATTE),
            textured(sphere(radius_m=0.55, segments=64, material=bumpy), flat),
            textured(sphere(radius_m=0.55, segments=64, material=bumpy), leaning),
        )
    )
    np.testing.assert_allclose(even, bare, atol=0.01 * bare.max())
    edge = (bare > 0) & (bare < 0.03 * bare.max())
    assert edge.sum() > 20
    assert bent[edge].max() < 0.2 * bent.max()


def test_lambert_where_nothing_shades(gl):
    """A matte white floor under a high sun shows irradiance / pi times the cosine, all over: no acne at all."""
    pose = np.eye(4)
    pose[:3, :3] = [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
    for to_light in ((0, 1, 0), (1, 1, 0), (1, 0.2, 0.3)):
        camera, eye = top_view(half_m=0.4)
        scene = Scene(items=(Item(asset=plane(material=MATTE), world_from_asset=pose),), lighting=sunlight(to_light))
        green = gl.render(scene, camera, world_from_camera=eye, options=RenderOptions(tone_map="none", depth=False, samples=1)).colour[
            ..., 1
        ]
        cosine = to_light[1] / np.linalg.norm(to_light)
        assert np.ptp(green) < 0.01 * green.mean()
        assert green.mean() == pytest.approx(3 / np.pi * cosine, rel=0.15)


@pytest.mark.parametrize("extensions", [{}, {"KHR_materials_transmission": {"transmissionFactor": 0.01}}])
def test_holes_let_the_sun_through(gl, extensions):
    """Alpha-tested leaves cast holes, also of glass: the right half of a sheet, below the cutoff, casts nothing."""
    pixels = np.full((8, 8, 4), 255, np.uint8)
    pixels[:, 4:, 3] = 100
    material = Material(alpha_mode="MASK", base_color_texture=TextureInfo(texture=0), extensions=extensions)
    sheet = textured(plane(width_m=0.4, height_m=0.4, material=material), pixels)
    pose = np.eye(4)
    pose[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]  # +Z to -Y: not seen from above
    pose[1, 3] = 0.1
    dark = alpha(gl, Item(asset=sheet, world_from_asset=pose), floor(), half_m=0.4, lighting=sunlight((0, 1, 0)))
    row, x = dark[SIZE_PX // 2], at_m(0.4)
    assert row[(x > -0.18) & (x < -0.03)].min() > 0.95
    assert row[(x > 0.04) & (x < 0.16)].max() < 0.05  # the texture repeats: its border is that of the left half


def test_share_of_the_sun(gl):
    """Sun and sky together: the umbra loses the sun's share of the light and what the sky loses."""
    sun = Sun(to_light=(0, 1, 0), irradiance=(np.pi,) * 3)
    light = Lighting(environment=constant_light().environment, sun=sun)
    dark = alpha(gl, Item(asset=disc(0.1, 1.0)), floor(), half_m=0.5, lighting=light)
    sky = 0.01 / 1.01
    assert dark[63:65, 63:65].mean() == pytest.approx(0.5 + 0.5 * sky, abs=0.02)


def test_low_and_sunken_sun(gl):
    """A sun on or below the horizon lights no floor, so it throws no shadow there; nothing becomes NaN."""
    for to_light in ((1, 0, 0), (0.2, -1, 0), (1, 1e-6, 0)):
        dark = alpha(gl, Item(asset=disc(0.1, 0.3)), floor(), half_m=0.5, lighting=sunlight(to_light))
        assert (to_light[1] > 0) or not dark.any()


def test_bad_casters(gl):
    """Nothing, a point and degenerate triangles in the sun give finite pictures."""
    light = sunlight((0.3, 1, 0.2))
    assert not alpha(gl, floor(), half_m=0.5, lighting=light).any()
    assert not alpha(gl, half_m=0.5, lighting=light).any()
    assert not alpha(gl, Item(asset=box(size_m=(0, 0, 0))), floor(), half_m=0.5, lighting=light).any()
    alpha(gl, Item(asset=degenerate()), floor(), half_m=0.5, lighting=light)


def test_axes_are_a_rotation():
    """Across, up and away are orthonormal, away points away."""
    for to_light in ((0, 1, 0), (0, -1, 0), (1, 0, 0), (0.6, 0.0, 0.8)):
        axes = sun_axes(to_light)
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
        np.testing.assert_allclose(axes[2], -np.asarray(to_light), atol=1e-12)
