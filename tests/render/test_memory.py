"""Memory stays where it is: pictures, cameras, sizes, poses and assets come and go."""

import gc
import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import psutil
import pytest
from PIL import Image as PillowImage

from arviz.core.animation import at_time
from arviz.core.asset import Animation, Mesh, Track
from arviz.core.material import Material, TextureInfo
from arviz.core.scene import Item
from arviz.render.gl.renderer import GlRenderer
from arviz.testing.shapes import cube, joined, sphere, textured
from tests.render.scenes import draw, front_camera

MB = 2**20


def growth(step, *, warm_up, count):
    """Return by how many megabytes this process grew from ``step(warm_up)`` to ``step(warm_up + count - 1)``."""
    process = psutil.Process()
    for i in range(warm_up):
        step(i)
    gc.collect()
    before = process.memory_info().rss
    for i in range(warm_up, warm_up + count):
        step(i)
    gc.collect()
    return (process.memory_info().rss - before) / MB


def breathing(*, segments):
    """Return a ball that grows and shrinks within a second by a morph target."""
    asset = sphere(radius_m=0.1, segments=segments)
    primitive = asset.meshes[0].primitives[0]
    primitive = replace(primitive, targets=({"POSITION": 0.3 * primitive.positions},))
    track = Track(node=0, path="weights", times=[0, 0.5, 1], values=[0, 1, 0])
    mesh = Mesh(primitives=(primitive,), weights=(0.0,))
    return replace(asset, meshes=(mesh,), animations=(Animation(tracks=(track,)),))


@pytest.mark.slow
def test_a_hundred_pictures_do_not_grow_the_process():
    """A new textured asset every picture, two sizes in turn: at most 10 MB more after a warm-up of 40."""
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3)).astype(np.uint8)
    with GlRenderer(budget_bytes=8 * MB) as renderer:

        def step(i):
            body = textured(sphere(material=Material(base_color_texture=TextureInfo(texture=0))), noise)
            draw(renderer, body, camera=front_camera(size_px=64 + 64 * (i % 2)))

        assert growth(step, warm_up=40, count=100) <= 10


@pytest.mark.slow
def test_two_hundred_frames_do_not_grow_the_process():
    """The bar of the project: 5 MB."""
    body = sphere(radius_m=0.1)
    with GlRenderer() as renderer:
        assert growth(lambda i: draw(renderer, body), warm_up=20, count=200) <= 5


@pytest.mark.slow
@pytest.mark.parametrize("how", ["item", "at_time"])
def test_two_hundred_poses_do_not_grow_the_process(how):
    """0.3 MB of vertices in each of 200 poses, as an item's time and as an asset of its own."""
    asset = breathing(segments=96)
    with GlRenderer() as renderer:

        def step(i):
            time_s = i / 500
            pose = Item(asset=asset, animation=0, time_s=time_s) if how == "item" else at_time(asset, animation=0, time_s=time_s)
            draw(renderer, pose)

        assert growth(step, warm_up=20, count=200) <= 5


def test_poses_in_one_picture_stay_as_long_as_they_are_shown():
    """Two poses, more than the renderer keeps of those that are gone, are uploaded once."""
    asset = breathing(segments=256)
    poses = [at_time(asset, animation=0, time_s=time_s) for time_s in (0.1, 0.3)]
    with GlRenderer() as renderer:
        draw(renderer, *poses)
        held = renderer._store.loaded(poses[0]), renderer._store.loaded(poses[1])
        draw(renderer, *poses)
        assert renderer._store.loaded(poses[0]) is held[0]
        assert renderer._store.loaded(poses[1]) is held[1]


@pytest.mark.slow
def test_fifty_switches_do_not_grow_the_process():
    """Three products in turn, each with its texture."""
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3)).astype(np.uint8)
    material = Material(base_color_texture=TextureInfo(texture=0))
    bodies = [textured(sphere(material=material), noise), textured(cube(material=material), noise[::-1]), joined(cube(), sphere())]
    with GlRenderer() as renderer:
        assert growth(lambda i: draw(renderer, bodies[i % 3]), warm_up=12, count=50) <= 5


def test_five_hundred_materials_share_their_programs():
    """Different numbers are no different programs."""
    colours = np.random.default_rng(0).uniform(0, 1, (500, 2, 3))
    materials = [Material(base_color_factor=(*base, 1), metallic_factor=float(m[0]), roughness_factor=float(m[1])) for base, m in colours]
    bodies = [cube(edge_m=0.004, centre_m=(0.01 * (i % 25) - 0.12, 0.01 * (i // 25) - 0.1, 0), material=m) for i, m in enumerate(materials)]
    with GlRenderer() as renderer:
        layer = draw(renderer, joined(*bodies), camera=front_camera(size_px=128))
        assert (layer.colour[..., 3] > 0).mean() > 0.05
        assert len(renderer._painter.programs._known) <= 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_texture_of_8192_px_takes_no_gigabyte(tmp_path, kind):
    """As colour and as roughness, in a process of its own: what Pillow needs for one, 256 MB, and as much again for ours."""
    out = io.BytesIO()
    PillowImage.new("RGB", (8192, 8192), (200, 90, 40)).save(out, kind)
    (tmp_path / "picture").write_bytes(out.getvalue())
    code = f"""
from pathlib import Path
from arviz.core.limits import DEFAULT_LIMITS
from arviz.core.material import EncodedImage
from arviz.render.texture_pixels import decoded
image = EncodedImage(data=Path({str(tmp_path / "picture")!r}).read_bytes(), mime_type="image/{kind.lower()}")
for srgb in (True, False):
    assert decoded(image, cap_px=512, limits=DEFAULT_LIMITS, srgb=srgb).shape == (512, 512, 4)
# Not ru_maxrss: a child begins with its parent's.
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    peak_mb = int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
    assert peak_mb < 700
