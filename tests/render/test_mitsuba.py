"""The path tracer: analytic truth, and the same picture as the real-time engine."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import maximum_filter

from arviz.core.camera import Camera
from arviz.core.frames import look_at
from arviz.core.image import Image
from arviz.core.material import Material
from arviz.core.scene import Item, Lighting, Scene, Sun
from arviz.render.gl.renderer import GlRenderer
from arviz.render.ground import ground_catcher
from arviz.render.renderer import RenderOptions
from arviz.testing.contracts import constant_light
from arviz.testing.shapes import plane, sphere

mitsuba = pytest.importorskip("mitsuba", reason="the extra [photoreal] is not installed")

from arviz.render.mitsuba.bsdf import single_bounce  # noqa: E402
from arviz.render.mitsuba.library import llvm_version  # noqa: E402
from arviz.render.mitsuba.renderer import MitsubaRenderer  # noqa: E402

CAMERA = Camera(k=np.array([[150.0, 0, 47.25], [0, 140.0, 46.5], [0, 0, 1]]), width_px=96, height_px=96)
POSE = look_at(np.array([0.0, 0.1, 0.5]), np.zeros(3))
LINEAR = RenderOptions(tone_map="none", depth=False)


@pytest.fixture(scope="module")
def tracer():
    with MitsubaRenderer() as renderer:
        yield renderer


def gradient_light(rotation_rad: float = 0.0) -> Lighting:
    """Light with one bright patch off all symmetry axes."""
    pixels = np.full((32, 64, 3), 0.3, np.float32)
    pixels[6:12, 40:48] = (6.0, 5.0, 3.0)
    pixels[18:24, 4:12] = (0.2, 0.5, 2.0)
    return Lighting(environment=Image(pixels=pixels, space="linear"), rotation_rad=rotation_rad)


def draw(renderer, *items, lighting, options=LINEAR, camera=CAMERA, pose=POSE):
    """Draw items."""
    return renderer.render(Scene(items=items, lighting=lighting), camera, world_from_camera=pose, options=options)


def matte(colour=(1.0, 1.0, 1.0)):
    """Return a material that reflects by Lambert's law alone."""
    specular = {"KHR_materials_specular": {"specularFactor": 0.0}}
    return Material(base_color_factor=(*colour, 1.0), metallic_factor=0.0, extensions=specular)


def test_sun_on_a_matte_wall_is_e_cosine_over_pi(tracer):
    """Lambert: radiance = albedo E cos / pi, here seen head-on under 40 degrees."""
    dark = constant_light(0.0)
    for radius in (0.0, 0.05):
        sun = Sun(to_light=(np.sin(0.7), 0, np.cos(0.7)), irradiance=(3.0, 2.0, 1.0), angular_radius_rad=radius)
        wall = Item(asset=plane(width_m=3, height_m=3, material=matte((0.5, 0.5, 0.5))))
        layer = draw(tracer, wall, lighting=Lighting(environment=dark.environment, sun=sun))
        found = layer.colour[20:-20, 20:-20, :3].mean(axis=(0, 1))
        np.testing.assert_allclose(found, 0.5 * np.array([3.0, 2.0, 1.0]) * np.cos(0.7) / np.pi, rtol=0.01)


@pytest.mark.parametrize("rotation_rad", [0.0, 1.1])
@pytest.mark.parametrize("material", [matte((0.8, 0.6, 0.4)), Material(metallic_factor=1.0, roughness_factor=0.25)], ids=["matte", "metal"])
def test_same_light_as_the_real_time_engine(tracer, rotation_rad, material):
    """A ball shows the environment the same way round and equally bright in both engines."""
    ball = Item(asset=sphere(radius_m=0.12, material=material))
    with GlRenderer() as gl:
        expected = draw(gl, ball, lighting=gradient_light(rotation_rad)).colour
    found = draw(tracer, ball, lighting=gradient_light(rotation_rad)).colour
    inside = expected[..., 3] > 0.999
    difference = np.abs(found - expected)[inside][:, :3]
    # A metal's reflection is blurred as if seen head-on in the real-time engine (split sum).
    assert difference.mean() < (0.09 if material.metallic_factor else 0.05) * expected[inside][:, :3].mean()
    bright = [np.average(np.argwhere(inside), axis=0, weights=picture[inside][:, :3].sum(axis=1) ** 2) for picture in (found, expected)]
    np.testing.assert_allclose(bright[0], bright[1], atol=1.0)


def test_one_bounce_of_a_rough_mirror_is_known():
    """At normal incidence and alpha 1 the integral is 1 - ln 2; a smooth one sends everything back."""
    table = single_bounce()
    assert table[-1, -1] == pytest.approx(1 - np.log(2), abs=0.003)
    np.testing.assert_allclose(table[0, 4:], 1, atol=0.01)


def test_rough_metal_keeps_its_energy():
    """What a rough metal loses between its facets comes back: it vanishes in a white furnace (the denoiser takes a few percent)."""
    ball = Item(asset=sphere(radius_m=0.12, material=Material(metallic_factor=1.0, roughness_factor=1.0)))
    with MitsubaRenderer(denoise=False) as tracer:
        colour = draw(tracer, ball, lighting=constant_light()).colour
    assert colour[40:56, 40:56, :3].mean() == pytest.approx(1, abs=0.04)


def test_ground_in_the_shade_of_a_disc(tracer):
    """Under a disc of radius r at height h in even light the ground lacks r^2 / (r^2 + h^2) (form factor, Howell B-13)."""
    from arviz.core.transforms import similarity

    flat = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # +Z to +Y
    ground = Item(asset=plane(width_m=4, height_m=4), role="shadow_catcher", world_from_asset=similarity(rotation=flat))
    lifted = np.diag([1.0, 0.01, 1.0, 1.0])
    lifted[1, 3] = 0.1
    lens = Item(asset=sphere(radius_m=0.1, material=matte()), world_from_asset=lifted)
    pose = look_at(np.array([0.0, 0.3, 0.9]), np.array([0.0, 0.0, 0.0]))
    layer = draw(tracer, ground, lens, lighting=constant_light(), pose=pose, options=RenderOptions(tone_map="none", ids=True, samples=16))
    middle = CAMERA.project((np.linalg.inv(pose) @ [0, 0, 0, 1])[None, :3])[0].round().astype(int)
    assert layer.colour[middle[1], middle[0], 3] == pytest.approx(0.5, abs=0.04)
    assert not layer.colour[middle[1], middle[0], :3].any()


@pytest.fixture(scope="module")
def plain():
    with MitsubaRenderer(denoise=False) as renderer:
        yield renderer


def test_a_soft_sun_in_the_picture_is_not_seen(plain):
    """Its disc gives light; it has no colour, no alpha and no depth."""
    sun = Sun(to_light=(0.25, 0.2, -1.0), angular_radius_rad=0.05)
    options = RenderOptions(samples=1, ids=True)
    layer = draw(plain, Item(asset=sphere(radius_m=0.02)), lighting=replace(constant_light(), sun=sun), options=options)
    nothing = maximum_filter(layer.ids, 3) == 0
    assert nothing.any()
    assert not nothing.all()
    assert not layer.colour[nothing].any()
    assert np.isposinf(layer.depth_m[nothing]).all()


def test_what_lies_behind_a_catcher_does_not_hide_its_shadow(plain):
    """Neither the photo's depth nor an occluder under the floor; one above it does."""
    ball = sphere(radius_m=0.05)
    floor = ground_catcher(ball)
    below, above = (np.array(floor.world_from_asset) for _ in range(2))
    below[1, 3] -= 0.05
    above[1, 3] += 0.01
    options = RenderOptions(samples=1, ids=True)

    def shadow(*more, hidden_behind_m=None):
        scene = Scene(items=(Item(asset=ball), floor, *more), lighting=constant_light())
        layer = plain.render(scene, CAMERA, world_from_camera=POSE, options=options, hidden_behind_m=hidden_behind_m)
        return layer.colour[..., 3][layer.ids == 0].sum()

    alone = shadow()
    assert alone > 20
    under = Item(asset=floor.asset, world_from_asset=below, role="occluder")
    assert shadow(under, hidden_behind_m=np.full((96, 96), 9, np.float32)) == pytest.approx(alone)
    assert shadow(Item(asset=floor.asset, world_from_asset=above, role="occluder")) < 0.2 * alone


def test_a_distorted_lens(tracer):
    """A small ball appears where OpenCV's lens model puts it."""
    import cv2

    lens = (-0.3, 0.1, 0.002, -0.001, 0.0)
    k = np.array([[150.0, 0, 47.25], [0, 140.0, 46.5], [0, 0, 1]])
    camera = Camera(k=k, width_px=96, height_px=96, distortion=lens)
    centre = np.array([0.1, 0.08, 0.0])
    ball = Item(asset=sphere(radius_m=0.012, centre_m=tuple(centre), material=matte()))
    alpha = draw(tracer, ball, lighting=constant_light(), camera=camera, pose=look_at(np.array([0, 0, 0.5]), np.zeros(3))).colour[..., 3]
    rows, columns = np.mgrid[:96, :96]
    found = np.array([(columns * alpha).sum(), (rows * alpha).sum()]) / alpha.sum()
    in_camera = (np.linalg.inv(look_at(np.array([0, 0, 0.5]), np.zeros(3))) @ [*centre, 1])[:3]
    expected = cv2.projectPoints(in_camera[None], np.zeros(3), np.zeros(3), k, np.array(lens))[0].ravel()
    np.testing.assert_allclose(found, expected, atol=0.15)


@pytest.mark.parametrize(
    ("path", "version"),
    [("/x/libLLVM-15.so.1", 15), ("/x/libLLVM.so.19.1", 19), ("/x/libLLVM-14.0.6.so.1", 14), ("/x/libLLVMfoo.so", 0)],
)
def test_versions_of_llvm_by_name(path, version):
    """An old LLVM ends the process: it must be known before it is loaded."""
    assert llvm_version(path) == version


def test_missing_extra_says_what_to_install():
    """Without the package the door says which extra brings it."""
    code = """
import sys
sys.modules["mitsuba"] = None
from arviz.core.errors import DependencyError
from arviz.render.renderer import RENDERERS
try:
    RENDERERS.get("mitsuba")()
except DependencyError as error:
    print(error.exit_code, error.hint)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "5 Run `pip install 'arviz3d[photoreal]'`."


def coloured(material, colours):
    """Return a plane with vertex colours."""
    (mesh,) = (asset := plane(width_m=0.4, height_m=0.4, material=material)).meshes
    (primitive,) = mesh.primitives
    attributes = {**primitive.attributes, "COLOR_0": np.asarray(colours, np.float32)}
    return replace(asset, meshes=(replace(mesh, primitives=(replace(primitive, attributes=attributes),)),))


def corners_on_the_left(asset):
    """Return which vertices lie left of the middle."""
    return asset.meshes[0].primitives[0].attributes["POSITION"][:, 0] < 0


def test_colours_of_vertices_tint(plain):
    """A white wall with red vertices is red."""
    red = coloured(matte(), np.tile([1.0, 0, 0, 1], (4, 1)))
    colour = draw(plain, Item(asset=red), lighting=constant_light()).colour[44:52, 44:52]
    np.testing.assert_allclose(colour.mean(axis=(0, 1)), [1, 0, 0, 1], atol=0.05)


@pytest.mark.parametrize("mode", ["MASK", "BLEND"])
def test_alpha_of_vertices_counts(plain, mode):
    """Alpha from 0 on the left to 1 on the right: cut in the middle, or a ramp; the real-time engine agrees."""
    left = corners_on_the_left(plane(width_m=0.4, height_m=0.4))
    wall = coloured(replace(matte(), alpha_mode=mode), np.c_[np.ones((4, 3)), np.where(left, 0.0, 1.0)])
    options = replace(LINEAR, depth=True)
    traced = draw(plain, Item(asset=wall), lighting=constant_light(), options=options)
    with GlRenderer() as gl:
        shown = draw(gl, Item(asset=wall), lighting=constant_light(), options=options)
    assert np.isfinite(traced.depth_m).any()
    assert (np.isfinite(traced.depth_m) != np.isfinite(shown.depth_m)).mean() < 0.01
    middle = traced.colour[40:56, :, 3].mean(axis=0)
    assert np.abs(middle - shown.colour[40:56, :, 3].mean(axis=0)).mean() < 0.02
    assert ((middle > 0.2) & (middle < 0.8)).sum() > 10 if mode == "BLEND" else ((middle > 0.1) & (middle < 0.9)).sum() < 4


def test_a_mirrored_pose_keeps_its_normals_outside(plain):
    """A scale of -1 turns nothing inside out."""
    ball = Item(asset=sphere(material=matte()), world_from_asset=np.diag([-1.0, 1, 1, 1]))
    straight = Item(asset=sphere(material=matte()))
    found = [draw(plain, item, lighting=gradient_light(), options=replace(LINEAR, normals=True)) for item in (ball, straight)]
    both = found[0].normals.any(axis=2) & found[1].normals.any(axis=2)
    assert both.mean() > 0.02
    np.testing.assert_allclose(found[0].normals[both], found[1].normals[both], atol=0.1)
    np.testing.assert_allclose(found[0].colour[both].mean(axis=0), found[1].colour[both].mean(axis=0), rtol=0.1)


def test_a_volume_tints_what_passes(plain):
    """A ball that absorbs over its thickness shows the attenuation colour where light passes it straight."""
    volume = {"thicknessFactor": 0.1, "attenuationDistance": 0.1, "attenuationColor": [1.0, 0.5, 0.25]}
    found = []
    for fields in ({"thicknessFactor": 0.1}, volume):
        extensions = {"KHR_materials_transmission": {"transmissionFactor": 1.0}, "KHR_materials_volume": fields}
        glass = Material(metallic_factor=0.0, roughness_factor=0.0, extensions=extensions)
        ball = Item(asset=sphere(material=glass))
        found.append(draw(plain, ball, lighting=constant_light()).colour[44:50, 44:50, :3].mean(axis=(0, 1)))
    np.testing.assert_allclose(found[1] / found[0], [1.0, 0.5, 0.25], atol=0.1)
