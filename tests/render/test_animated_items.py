"""Items at a moment of an animation: the same picture as of the posed asset, nothing uploaded twice, nothing kept."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.animation import at_time
from arviz.core.asset import Animation, Primitive, Track
from arviz.core.errors import InputError
from arviz.core.material import Material, TextureInfo
from arviz.core.scene import Item
from arviz.render.gl.renderer import GlRenderer
from arviz.testing.shapes import cube, joined, sphere, textured
from tests.render.scenes import draw, front_camera

TIMES = np.array([0.0, 1.0])


def swelling():
    """Return a textured ball with a morph target, and a cube that slides, both animated for a second."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    asset = joined(sphere(radius_m=0.03, material=Material(base_color_texture=TextureInfo(texture=0))), cube(edge_m=0.03))
    (ball,) = asset.meshes[0].primitives
    grown = Primitive(attributes=ball.attributes, indices=ball.indices, material=0, targets=({"POSITION": ball.positions},))
    asset = replace(asset, meshes=(replace(asset.meshes[0], primitives=(grown,)), asset.meshes[1]))
    tracks = (
        Track(node=0, path="weights", times=TIMES, values=np.array([0.0, 1.0])),
        Track(node=1, path="translation", times=TIMES, values=np.array([[-0.08, 0, 0], [0.08, 0, 0]])),
    )
    return replace(textured(asset, noise), animations=(Animation(tracks=tracks, name="Swell"),))


@pytest.mark.parametrize("time_s", [0.0, 0.5, 1.0])
def test_an_item_at_a_time_is_the_posed_asset(gl, time_s):
    asset = swelling()
    expected = draw(gl, at_time(asset, animation="Swell", time_s=time_s)).colour
    for name in ("Swell", 0):
        np.testing.assert_array_equal(draw(gl, Item(asset=asset, animation=name, time_s=time_s)).colour, expected)


def test_two_items_of_one_asset_at_two_times(gl):
    asset = swelling()
    there = np.eye(4)
    there[1, 3] = 0.07
    both = draw(gl, Item(asset=asset, animation=0, time_s=0.0), Item(asset=asset, animation=0, time_s=1.0, world_from_asset=there))
    posed = (at_time(asset, animation=0, time_s=t) for t in (0.0, 1.0))
    first, second = (Item(asset=a, world_from_asset=p) for a, p in zip(posed, (np.eye(4), there), strict=True))
    np.testing.assert_array_equal(both.colour, draw(gl, first, second).colour)


def test_steps_of_time_upload_no_texture_and_leave_little():
    """Poses stay within a few megabytes and a few dozens, whether vertices or only nodes move; the texture is there once."""
    asset = swelling()
    rigid = replace(asset, animations=(Animation(tracks=asset.animations[0].tracks[1:]),))
    with GlRenderer() as fresh:
        draw(fresh, Item(asset=asset, animation=0))
        before = fresh._store.bytes
        for step in range(100):
            for moving in (asset, rigid):
                draw(fresh, Item(asset=moving, animation=0, time_s=step / 100), camera=front_camera(size_px=8))
        images = [key for key in fresh._store._cache._entries if key[0] == "image"]
        assert len(images) <= 2  # one for each size of picture
        assert fresh._store.bytes - before < 5 * 2**20
        assert len(fresh._store._poses) <= 65


def test_an_unknown_animation_is_a_clear_error(gl):
    with pytest.raises(InputError, match="Swell"):
        draw(gl, Item(asset=swelling(), animation="Shrink"))
