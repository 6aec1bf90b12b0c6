"""What no small picture shows of a texture: pictures stay the same without it, and closed forms of how much that is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.asset import VariantMapping
from arviz.core.frames import orbit_direction
from arviz.core.material import EncodedImage, Material, Sampler, TextureInfo
from arviz.flows.render import picture
from arviz.flows.seen_texels import unseen_halvings
from arviz.flows.shrink_textures import shrink_textures
from arviz.render.gl.renderer import GlRenderer
from arviz.testing.shapes import box, plane, sphere, textured

NOISE = np.random.default_rng(7).integers(0, 256, (512, 512, 3)).astype(np.uint8)


def of(scale=1.0, rotation=0.0, **more):
    """Return a material whose texture is repeated so many times."""
    transform = {"KHR_texture_transform": {"scale": [scale, scale], "rotation": rotation, "offset": [0.3, 0.7]}}
    return Material(base_color_texture=TextureInfo(texture=0, extensions=transform), **more)


@pytest.fixture(scope="module")
def gl():
    with GlRenderer() as renderer:
        yield renderer


@settings(max_examples=25, deadline=None)
@given(
    shape=st.sampled_from(["plane", "box", "sphere"]),
    sides_m=st.tuples(*[st.floats(0.2, 2.0)] * 3),
    scale=st.floats(0.3, 12.0),
    rotation=st.floats(0.0, 3.2),
    azimuth=st.integers(0, 359),
    polar=st.integers(5, 150),
    size_px=st.tuples(st.integers(16, 64), st.integers(16, 64)),
)
def test_pictures_stay_the_same(gl, shape, sides_m, scale, rotation, azimuth, polar, size_px):
    material = of(scale, rotation, double_sided=True)
    shapes = {
        "plane": plane(width_m=sides_m[0], height_m=sides_m[1], material=material),
        "box": box(size_m=sides_m, material=material),
        "sphere": sphere(radius_m=sides_m[0], material=material),
    }
    whole = textured(shapes[shape], NOISE)
    small = shrink_textures(whole, longest_px=512, halvings=unseen_halvings(whole, longest_px=max(size_px)))
    look = {"width": size_px[0], "height": size_px[1], "orbit": f"{azimuth}deg {polar}deg", "shadow": 0.0}
    np.testing.assert_array_equal(*(picture(asset, gl, **look).pixels for asset in (whole, small)))


@pytest.mark.parametrize(("scale", "longest_px", "halvings"), [(1, 256, 0), (2, 256, 1), (16, 256, 4), (1, 64, 2), (0.1, 256, 0)])
def test_a_square_is_seen_as_its_distance_says(scale, longest_px, halvings):
    """The eye is 2.87 m from the middle of a metre and never nearer than 2.16 m to a corner: 512 texels are 1.6 fragments each."""
    eye = 1.05 * np.sqrt(0.5) / np.sin(np.radians(15)) * orbit_direction(0.0, np.radians(75))
    assert np.linalg.norm(eye) == pytest.approx(2.869, abs=1e-3)
    square = textured(plane(material=of(scale)), NOISE)
    assert unseen_halvings(square, longest_px=longest_px) == {0: halvings}
    assert unseen_halvings(textured(plane(width_m=5.0, height_m=5.0, material=of(scale)), NOISE), longest_px=longest_px) == {0: halvings}


def test_the_finest_use_counts():
    """Of all materials that a texture is in, of all variants; what is shown pixelated stays whole, what is not shown is not named."""
    fine, coarse = of(1.0), of(16.0)
    square = textured(plane(material=coarse), NOISE, NOISE)
    assert unseen_halvings(square, longest_px=256) == {0: 4}
    (mesh,) = square.meshes
    both = replace(mesh, primitives=(replace(mesh.primitives[0], variants=(VariantMapping(material=1, variants=(0,)),)),))
    worn = replace(square, meshes=(both,), materials=(coarse, fine), variants=("large",))
    assert unseen_halvings(worn, longest_px=256) == {0: 0}
    pixelated = replace(square, samplers=(Sampler(mag_filter=9728),), textures=(replace(square.textures[0], sampler=0),))
    assert unseen_halvings(pixelated, longest_px=256) == {0: 0}


def test_what_cannot_be_told_stays():
    square = textured(plane(material=of(16.0)), NOISE)
    broken = replace(square, images=(EncodedImage(data=b"no picture", mime_type="image/png"),))
    missing = replace(square, images=(EncodedImage(data=None, mime_type="image/png"),))
    flat = textured(plane(width_m=0.0, height_m=0.0, material=of(16.0)), NOISE)
    assert [unseen_halvings(asset, longest_px=256) for asset in (broken, missing, flat)] == [{0: 0}] * 3
    (mesh,) = square.meshes
    bare = replace(mesh.primitives[0], attributes={k: v for k, v in mesh.primitives[0].attributes.items() if k != "TEXCOORD_0"})
    assert unseen_halvings(replace(square, meshes=(replace(mesh, primitives=(bare,)),)), longest_px=256) == {}
    assert unseen_halvings(replace(square, nodes=(), scenes=()), longest_px=256) == {}
