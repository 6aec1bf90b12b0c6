"""Ambient occlusion: nothing shades itself, corners darken as ray casting says, only light from around is dimmed."""

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.image import Image
from arviz.core.material import Material
from arviz.core.scene import Item, Lighting, Scene, Sun
from arviz.render.gl.ambient_occlusion import REACH
from arviz.render.gl.renderer import GlRenderer
from arviz.render.lens import lens_of
from arviz.render.renderer import RenderOptions
from arviz.testing.contracts import constant_light
from arviz.testing.shapes import box, degenerate, joined, plane, sphere

MATTE = Material(metallic_factor=0.0, roughness_factor=1.0)
CAMERA = Camera.from_fov(vertical_fov_rad=0.6, width_px=160, height_px=128)
EYE = look_at(np.array([0.9, 1.1, 1.6]), np.array([0.0, 0.1, 0.0]))


def lit(renderer, *items, strength=1.0, pose=EYE, camera=CAMERA, lighting=None, samples=1):
    """Return the layer under constant light."""
    items = tuple(item if isinstance(item, Item) else Item(asset=item) for item in items)
    options = RenderOptions(tone_map="none", depth=True, samples=samples, ambient_occlusion=strength)
    layer = renderer.render(Scene(items=items, lighting=lighting or constant_light()), camera, world_from_camera=pose, options=options)
    assert np.isfinite(layer.colour).all()
    return layer


def share(renderer, *items, **how):
    """Return (H, W) what ambient occlusion leaves of the light, NaN where nothing is; and the layer."""
    with_it, without = lit(renderer, *items, **how), lit(renderer, *items, **{**how, "strength": 0.0})
    seen = without.colour[..., 1] > 0
    return np.where(seen, with_it.colour[..., 1] / np.where(seen, without.colour[..., 1], 1), np.nan), without


def corner():
    """Return a floor with a box on it, of one piece."""
    return joined(
        box(size_m=(1.4, 0.02, 1.4), centre_m=(0, -0.01, 0), material=MATTE),
        box(size_m=(0.4, 0.4, 0.4), centre_m=(0, 0.2, 0), material=MATTE),
    )


@pytest.mark.parametrize("body", [sphere(radius_m=0.4, segments=48, material=MATTE), box(size_m=(0.6, 0.6, 0.6), material=MATTE)])
def test_convex_bodies_stay_bright(gl, body):
    """A ball or a box alone hides nothing from itself."""
    left, _ = share(gl, body)
    assert np.nanmin(left) >= 0.98


@pytest.mark.parametrize("tilt_rad", [0.2, 0.8, 1.3, 1.5])
def test_a_plane_stays_bright(gl, tilt_rad):
    """However much it is tilted away."""
    pose = look_at(np.array([0, 2.5 * np.sin(tilt_rad), 2.5 * np.cos(tilt_rad)]), np.zeros(3))
    left, _ = share(gl, plane(width_m=1.2, height_m=1.2, material=MATTE), pose=pose)
    assert np.nanmin(left) >= 0.98


def test_corner_as_rays_say(gl):
    """On the floor beside a box, against 256 rays a point with the same falloff: 0.14 at most, 0.05 in the mean."""
    left, layer = share(gl, corner())
    points = unprojected(layer.depth_m)
    radius_m = REACH * np.linalg.norm([1.4, 0.42, 1.4]) / 2
    floor = (np.abs(points[..., 1]) < 1e-3) & (points[..., 2] > 0.215) & (np.abs(points[..., 0]) < 0.19) & (points[..., 2] < 0.6)
    chosen = points[floor]
    assert len(chosen) > 300
    expected = ray_cast(chosen, radius_m)
    np.testing.assert_allclose(left[floor], expected, atol=0.14)
    assert np.abs(left[floor] - expected).mean() < 0.05
    assert expected.min() < 0.75
    assert np.nanmin(left[floor]) < 0.75


def unprojected(depth_m):
    v, u = np.mgrid[: CAMERA.height_px, : CAMERA.width_px]
    z = np.where(np.isfinite(depth_m), depth_m, 0)
    rays = np.stack([(u - CAMERA.k[0, 2]) / CAMERA.k[0, 0], (v - CAMERA.k[1, 2]) / CAMERA.k[1, 1], np.ones_like(u)], axis=-1)
    return (rays * z[..., None]) @ EYE[:3, :3].T + EYE[:3, 3]


def ray_cast(points, radius_m):
    """Return the free share at floor points beside the box: the nearest hit counts as GTAO counts it, by its distance."""
    index = np.arange(256)
    r, phi = np.sqrt((index + 0.5) / 256), index * np.pi * (3 - np.sqrt(5))
    directions = np.stack([r * np.cos(phi), np.sqrt(1 - r * r), r * np.sin(phi)], axis=1)
    low, high = np.array([-0.2, 0.0, -0.2]), np.array([0.2, 0.4, 0.2])
    with np.errstate(divide="ignore"):
        enter = (low - points[:, None]) / directions
        leave = (high - points[:, None]) / directions
    near, far = np.minimum(enter, leave).max(axis=-1), np.maximum(enter, leave).min(axis=-1)
    hit = (near <= far) & (far > 0)
    counts = np.clip(1.5 - 1.5 * np.maximum(near, 0) / radius_m, 0, 1)
    return 1 - np.where(hit, counts, 0).mean(axis=1)


def test_no_halo(gl):
    """A ball far before a wall leaves the wall as bright as it is without it."""
    wall = box(size_m=(1.6, 1.6, 0.01), centre_m=(0, 0, -1.5), material=MATTE)
    ball = sphere(radius_m=0.1, material=MATTE)
    left, layer = share(gl, wall, ball, pose=look_at(np.array([0, 0, 2.0]), np.zeros(3)))
    assert np.nanmin(left[layer.depth_m > 3]) >= 0.98
    assert np.nanmin(left[layer.depth_m < 3]) >= 0.97


def test_off_is_off_and_strength_is_linear(gl):
    """0 is no occlusion to the bit, a half is half of it."""
    full, plain = share(gl, corner())
    half, _ = share(gl, corner(), strength=0.5)
    np.testing.assert_array_equal(lit(gl, corner(), strength=0.0).colour, plain.colour)
    seen = np.isfinite(full)
    np.testing.assert_allclose(half[seen], (1 + full[seen]) / 2, atol=0.01)


def test_only_light_from_around(gl):
    """The sun's light is not dimmed."""
    dark = Image(pixels=np.zeros((16, 32, 3), np.float32), space="linear")
    sun = Lighting(environment=dark, sun=Sun(to_light=(0.4, 1, 0.5)))
    np.testing.assert_allclose(lit(gl, corner(), lighting=sun).colour, lit(gl, corner(), lighting=sun, strength=0.0).colour, atol=1e-3)


def test_no_noise(gl):
    """Along the box the floor is evenly dark: the pattern of the slices is gone."""
    straight = look_at(np.array([0.0, 1.5, 1.6]), np.array([0.0, 0.0, 0.2]))
    left, _ = share(gl, corner(), pose=straight)
    x, y, z, _ = np.linalg.inv(straight) @ [0, 0, 0.24, 1]
    row = left[round(float(CAMERA.project(np.array([[x, y, z]]))[0, 1])), 65:95]
    assert np.isfinite(row).all()
    assert np.abs(np.diff(row)).max() < 0.02
    assert row.mean() < 0.97


def test_tiles_have_no_seams(gl):
    """A picture in tiles is the picture."""
    whole = lit(gl, corner(), samples=4).colour
    with GlRenderer(target_bytes=160 * 64 * 80) as tiled:
        np.testing.assert_allclose(lit(tiled, corner(), samples=4).colour, whole, atol=2e-3)


def test_occluders_darken_and_bad_geometry_does_no_harm(gl):
    """A real thing beside the product hides light from it; degenerate triangles, empty scenes and points are defined."""
    floor, thing = (
        box(size_m=(1.4, 0.02, 1.4), centre_m=(0, -0.01, 0), material=MATTE),
        Item(asset=box(size_m=(0.4, 0.4, 0.4), centre_m=(0, 0.2, 0)), role="occluder"),
    )
    left, _ = share(gl, floor, thing)
    assert np.nanmin(left) < 0.75
    lit(gl, degenerate())
    assert not lit(gl).colour.any()
    lit(gl, box(size_m=(0, 0, 0)))


def test_a_wide_lens_has_it_up_to_its_border():
    """What a lens sees beyond a pinhole of the same K is shaded as that wider pinhole shades it."""
    k = np.array([[70.0, 0, 63.5], [0, 70.0, 63.5], [0, 0, 1]])
    wide = Camera(k=k, width_px=128, height_px=128, distortion=(-0.14, 0, 0, 0))
    lens = lens_of(wide)
    posts = [Item(asset=box(size_m=(0.1, 6, 0.3), centre_m=(x, 0, 0.1), material=MATTE)) for x in np.arange(-2.9, 3, 0.4)]
    scene = (box(size_m=(7, 7, 0.02), material=MATTE), *posts)
    ahead = look_at(np.array([0.0, 0, 2.0]), np.zeros(3))
    with GlRenderer() as renderer:
        found, _ = share(renderer, *scene, camera=wide, pose=ahead)
        straight, _ = share(renderer, *scene, camera=lens.ideal, pose=ahead)
    at = np.rint(np.nan_to_num(lens.table_px[1:-1, 1:-1])).astype(int)
    found[np.isnan(lens.table_px[1:-1, 1:-1, 0])] = np.nan
    apart = np.abs(found - straight[at[..., 1], at[..., 0]])
    assert np.nanmean(apart[:, :12]) < 1.5 * np.nanmean(apart[:, 40:88])
