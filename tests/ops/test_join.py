"""Joined assets look as their parts do: the same points, the same materials, and files that the validator accepts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.graph import bounds, drawn, triangle_count
from arviz.core.material import Material, TextureInfo
from arviz.core.resources import resource
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.ops.join import in_variant, join
from arviz.place.product.opened import opened
from arviz.testing.shapes import box, sphere, textured
from arviz.testing.strategies import assets


def pose(x=0.0, y=0.0, z=0.0, yaw=0.0):
    out = np.eye(4)
    out[:3, :3] = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    out[:3, 3] = x, y, z
    return out


def points(asset):
    rows = []
    for piece in drawn(asset):
        p = np.asarray(piece.used_positions, float)
        rows.append(p)
    return np.concatenate(rows)


def test_every_point_is_where_its_part_was_put():
    sofa, lamp = (read(resource("assets", "products", name, f"{name}.glb")) for name in ("sofa", "lamp"))
    poses = pose(1, 0, 2, 0.7), pose(-1, 0.1, 0, -2)
    whole = join([("sofa", sofa, poses[0]), ("lamp", lamp, poses[1]), ("lamp", lamp, pose())], name="both")
    parts = [points(sofa) @ poses[0][:3, :3].T + poses[0][:3, 3], points(lamp) @ poses[1][:3, :3].T + poses[1][:3, 3], points(lamp)]
    assert np.allclose(points(whole), np.concatenate(parts), atol=1e-5)
    assert triangle_count(whole) == triangle_count(sofa) + 2 * triangle_count(lamp)
    names = [node.part for node in whole.nodes if node.part]
    assert len(set(names)) == len(names)
    back = read(write_glb(whole), format="glb")
    assert np.allclose(bounds(back), bounds(whole), atol=1e-5)


def moved(asset, where):
    return points(asset) @ where[:3, :3].T + where[:3, 3]


@given(assets(), assets(), st.floats(-3, 3))
def test_whatever_parts_hold_they_stand_where_they_were_put(first, second, yaw):
    """Skins, morph targets, nodes within nodes."""
    poses = pose(1, 0, 2, yaw), pose(-1, 0.5, 0)
    whole = join([("a", first, poses[0]), ("b", second, poses[1])], name="both")
    parts = [moved(first, poses[0]), moved(second, poses[1])]
    assert np.allclose(points(whole), np.concatenate(parts), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("names", [("fridge", "island"), ("recliner", "recliner")])
def test_doors_of_the_whole_open_as_those_of_its_parts(names):
    parts = [read(resource("assets", "products", name, f"{name}.glb")) for name in names]
    poses = pose(1, 0, 2, 0.7), pose(-1, 0, 0, -2)
    whole = join([(name, part, where) for name, part, where in zip(names, parts, poses, strict=True)], name="room")
    assert len(whole.joints) == sum(len(part.joints) for part in parts)
    open_ = [moved(opened(part, share=0.6), where) for part, where in zip(parts, poses, strict=True)]
    assert np.allclose(points(opened(whole, share=0.6)), np.concatenate(open_), atol=1e-5)


def test_materials_keep_their_textures():
    red, blue = np.full((4, 4, 3), [255, 0, 0], np.uint8), np.full((4, 4, 3), [0, 0, 255], np.uint8)
    look = Material(base_color_texture=TextureInfo(texture=0), extensions={"KHR_materials_clearcoat": {"clearcoatTexture": {"index": 0}}})
    parts = [textured(box(size_m=(1, 1, 1), material=look), red), textured(sphere(material=look), blue)]
    whole = join([("a", parts[0], np.eye(4)), ("b", parts[1], np.eye(4))], name="two")
    for piece, part in zip(drawn(whole), parts, strict=True):
        material = whole.materials[piece.primitive.material]
        for texture in (material.base_color_texture.texture, material.extensions["KHR_materials_clearcoat"]["clearcoatTexture"]["index"]):
            assert whole.images[whole.textures[texture].image].data == part.images[0].data


def test_one_variant_is_left():
    sofa = read(resource("assets", "products", "sofa", "sofa.glb"))
    for index in (None, *range(len(sofa.variants))):
        shown = in_variant(sofa, index)
        assert not shown.variants
        for before, after in zip(drawn(sofa), drawn(shown), strict=True):
            assert after.primitive.material == before.primitive.material_for(index)


def test_the_file_is_valid(validate_glb):
    sofa, lamp = (read(resource("assets", "products", name, f"{name}.glb")) for name in ("sofa", "lamp"))
    whole = join([("sofa", in_variant(sofa, 0), pose(1)), ("lamp", lamp, pose(-1))], name="both")
    assert not [issue for issue in validate_glb(write_glb(whole)) if issue["severity"] == 0]
