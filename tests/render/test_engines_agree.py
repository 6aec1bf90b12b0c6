"""Two rasterisers and a ray caster, three ways to use K: the same pixels, depth, ids and normals."""

from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter, minimum_filter

from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.resources import resource
from arviz.core.scene import Item, Scene
from arviz.formats.read import read
from arviz.render.framing import orbit_camera
from arviz.render.renderer import RENDERERS, RenderOptions
from arviz.testing.shapes import box, cube, sphere
from tests.render.scenes import FURNACE, tilted

OTHERS = ("pyrender", "open3d")
PLANES = RenderOptions(samples=1, tone_map="none", normals=True, ids=True)


@pytest.fixture(scope="module")
def engines():
    with ExitStack() as stack:
        yield {name: stack.enter_context(RENDERERS.get(name)()) for name in ("gl", *OTHERS)}


def layers(engines, scene, camera, pose, names=("gl", *OTHERS)):
    return {name: engines[name].render(scene, camera, world_from_camera=pose, options=PLANES) for name in names}


def assert_same(ours, theirs, *, edge_pixels=3):
    """Pixels whose centre lies on an edge may fall to either side; everything else is the same."""
    here, there = np.isfinite(ours.depth_m), np.isfinite(theirs.depth_m)
    assert (here != there).sum() <= edge_pixels
    assert (ours.ids != theirs.ids).sum() <= edge_pixels
    both = here & there
    if not both.any():
        return
    apart = np.abs(ours.depth_m[both] - theirs.depth_m[both]) / ours.depth_m[both]
    assert (apart > 1e-4).sum() <= edge_pixels + 1e-3 * both.sum()
    assert np.quantile(apart, 0.99) < 5e-6
    cosine = np.einsum("nc,nc->n", ours.normals[both], theirs.normals[both])
    assert (cosine < np.cos(np.radians(1.0))).sum() <= edge_pixels + 1e-3 * both.sum()


@pytest.mark.parametrize("name", ["sofa", "lamp", "glasses"])
def test_demo_products(engines, name):
    check_product(engines, resource("assets", "products", name, f"{name}.glb"))


@pytest.mark.parametrize("name", ["DamagedHelmet", "SheenChair"])
def test_shared_products(engines, data, name):
    check_product(engines, data / "products" / f"{name}.glb")


def check_product(engines, path):
    asset = read(path)
    camera, pose = orbit_camera(asset, azimuth_rad=0.5, polar_rad=1.3, width_px=200, height_px=160)
    k = camera.k * np.array([[1.0], [0.93], [1.0]])
    k[:2, 2] = camera.k[:2, 2] + [7.3, -4.6]
    found = layers(engines, Scene(items=(Item(asset=asset),), lighting=FURNACE), replace(camera, k=k), pose)
    assert np.isfinite(found["gl"].depth_m).sum() > 500
    for other in OTHERS:
        assert_same(found["gl"], found[other])


ITEMS = (Item(asset=tilted()[0]), Item(asset=box(size_m=(0.05, 0.4, 0.05), centre_m=(0.05, 0.1, 0.2))), Item(asset=cube(edge_m=0.08)))


@settings(max_examples=12)
@given(
    fx=st.floats(80, 300), ratio=st.floats(0.7, 1.4), cx=st.floats(-40, 140), cy=st.floats(-30, 110), azimuth=st.floats(0, 6.2)
)  # fmt: skip
def test_any_k(engines, fx, ratio, cx, cy, azimuth):
    """Focal lengths that differ, and a principal point that may lie outside the picture."""
    camera = Camera(k=np.array([[fx, 0, cx], [0, fx * ratio, cy], [0, 0, 1]]), width_px=96, height_px=80)
    pose = look_at(np.array([np.sin(azimuth), 0.4, np.cos(azimuth)]), np.array([0.05, 0.02, 0.0]))
    found = layers(engines, Scene(items=ITEMS, lighting=FURNACE), camera, pose)
    for other in OTHERS:
        assert_same(found["gl"], found[other])


@settings(max_examples=10)
@given(skew=st.floats(-30, 30), k1=st.floats(-0.2, 0.2), p1=st.floats(-0.02, 0.02))
def test_any_lens(engines, skew, k1, p1):
    """What gl makes of a lens against rays through it; gl takes the nearest pixel of a pinhole's picture at edges."""
    k = np.array([[110.0, skew, 47.2], [0, 120.0, 41.6], [0, 0, 1]])
    camera = Camera(k=k, width_px=96, height_px=80, distortion=(k1, 0.02, p1, -0.01))
    pose = look_at(np.array([0.5, 0.45, 0.8]), np.array([0.05, 0.02, 0]))
    found = layers(engines, Scene(items=ITEMS, lighting=FURNACE), camera, pose, names=("gl", "open3d"))
    ours, theirs = found["gl"], found["open3d"]
    here, there = np.isfinite(ours.depth_m), np.isfinite(theirs.depth_m)
    inner, outer = minimum_filter(there, 3), maximum_filter(there, 3)
    assert not (inner & ~here).any()
    assert not (here & ~outer).any()
    both = here & there & (ours.ids == theirs.ids)
    apart = np.abs(ours.depth_m[both] - theirs.depth_m[both]) / ours.depth_m[both]
    assert np.median(apart) < 1e-4
    assert np.quantile(apart, 0.9) < 1e-3


def test_occluders_and_far_places(engines):
    """Behind an occluder, and a kilometre from the origin, all see the same."""
    far = np.eye(4)
    far[:3, 3] = [700.0, 20, -800]
    near = far.copy()
    near[:3, 3] += [0.02, 0, 0.1]
    items = (Item(asset=sphere(radius_m=0.1), world_from_asset=far), Item(asset=cube(), world_from_asset=near, role="occluder"))
    pose = look_at(np.array([0.1, 0.1, 0.5]), np.zeros(3))
    pose[:3, 3] += far[:3, 3]
    camera = Camera(k=np.array([[200.0, 0, 60.2], [0, 190.0, 51.3], [0, 0, 1]]), width_px=128, height_px=96)
    found = layers(engines, Scene(items=items, lighting=FURNACE), camera, pose)
    assert set(np.unique(found["gl"].ids)) == {0, 1}
    for other in OTHERS:
        assert_same(found["gl"], found[other], edge_pixels=12)
