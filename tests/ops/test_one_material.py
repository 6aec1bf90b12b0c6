"""One mesh of one material: what is drawn stays where it was, in its colours; what it cannot be is told."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from arviz.core.asset import Animation, Asset, Mesh, Node, Track, VariantMapping
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import MeshError
from arviz.core.graph import bounds, drawn, triangle_count
from arviz.core.image import decode
from arviz.core.material import Material, TextureInfo
from arviz.core.parts import Anchor
from arviz.core.sheen import sheen_albedo
from arviz.ops.one_material import one_material, one_material_levels
from arviz.testing.shapes import box, joined, sphere, textured
from arviz.testing.strategies import assets

RED, GREEN = (0.6, 0.02, 0.02, 1.0), (0.02, 0.5, 0.02, 1.0)
PX = 64


def plain(colour, **fields):
    return Material(base_color_factor=colour, **{"metallic_factor": 0.0, "roughness_factor": 0.7, **fields})


def made(asset, **options):
    return one_material(asset, **{"triangles": 300, "size_px": PX, **options})


def colours_by_place(asset):
    """Return the centres of all triangles, their facing, and the linear base colour there."""
    (piece,) = drawn(asset)
    material, triangles = asset.materials[0], piece.primitive.triangles
    points = piece.positions[triangles]
    info = material.base_color_texture
    if info is None:
        return points.mean(axis=1), np.tile(material.base_color_factor[:3], (len(triangles), 1))
    pixels = decode(asset.images[asset.textures[info.texture].image].data).pixels
    uv = piece.primitive.attributes["TEXCOORD_0"][triangles].mean(axis=1)
    at = np.minimum((uv * pixels.shape[0]).astype(int), pixels.shape[0] - 1)
    return points.mean(axis=1), srgb_to_linear(pixels[at[:, 1], at[:, 0], :3] / 255) * material.base_color_factor[:3]


def test_each_part_keeps_its_colour_and_place():
    red, green = (box(size_m=(0.4, 0.4, 0.4), centre_m=(x, 0.2, 0), material=plain(c)) for x, c in ((-0.5, RED), (0.5, GREEN)))
    done = made(joined(red, green)).asset
    assert (len(done.meshes), len(done.meshes[0].primitives), len(done.materials), triangle_count(done)) == (1, 1, 1, 24)
    places, colours = colours_by_place(done)
    expected = np.where(places[:, :1] < 0, [RED[:3]], [GREEN[:3]])
    assert np.abs(colours - expected).max() < 0.02
    material = done.materials[0]
    assert (material.metallic_factor, material.roughness_factor) == (0.0, pytest.approx(0.7))


def test_what_is_inside_leaves():
    done = made(joined(box(size_m=(1, 1, 1), material=plain(RED)), sphere(radius_m=0.3, material=plain(GREEN)))).asset
    assert triangle_count(done) == 12
    assert done.materials[0].base_color_factor[:3] == pytest.approx(RED[:3], abs=1e-6), "one colour is no picture"
    assert done.images == ()


def test_mirrored_parts_show_their_own_side():
    """A cube whose halves are a red and a green picture, drawn mirrored: the colours change sides."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, :4], pixels[:, 4:] = (200, 0, 0), (0, 200, 0)
    cube = textured(box(size_m=(1, 1, 1), material=plain((1, 1, 1, 1), base_color_texture=TextureInfo(texture=0))), pixels)
    mirrored = replace(cube, nodes=(Node(mesh=0, scale=(-1.0, 1.0, 1.0)),))
    for asset, sign in ((cube, 1), (mirrored, -1)):
        done = made(asset).asset
        places, _ = colours_by_place(done)
        front = places[:, 2] > 0.49
        material = done.materials[0]
        picture = decode(done.images[done.textures[material.base_color_texture.texture].image].data).pixels
        primitive = done.meshes[0].primitives[0]
        for triangle in primitive.triangles[front]:
            for share in np.eye(3) * 0.7 + 0.1:
                at, uv = (share @ primitive.attributes[name][triangle] for name in ("POSITION", "TEXCOORD_0"))
                red, green, _ = picture[tuple(np.minimum((uv[::-1] * PX).astype(int), PX - 1))].astype(int)
                assert (red > green) == (sign * at[0] < 0)
        normals = primitive.attributes["NORMAL"][primitive.triangles[front]]
        assert (normals[..., 2] > 0.9).all()


def test_sheen_is_folded_in():
    sheen = {"KHR_materials_sheen": {"sheenColorFactor": [0.1, 0.4, 0.2], "sheenRoughnessFactor": 0.5}}
    done = made(box(size_m=(1, 1, 1), material=plain(RED, extensions=sheen))).asset
    albedo = sheen_albedo(0.5)
    expected = np.array(RED[:3]) * (1 - 0.4 * albedo) + np.array([0.1, 0.4, 0.2]) * albedo
    assert done.materials[0].base_color_factor[:3] == pytest.approx(expected, abs=1e-6)
    assert dict(done.materials[0].extensions) == {}


def test_metal_and_light_are_those_of_each_place():
    metal = box(size_m=(0.4, 0.4, 0.4), centre_m=(-0.5, 0, 0), material=plain(RED, metallic_factor=1.0))
    lit = box(size_m=(0.4, 0.4, 0.4), centre_m=(0.5, 0, 0), material=plain(RED, emissive_factor=(1.0, 0.5, 0.0)))
    done = made(joined(metal, lit)).asset
    (piece,), material = drawn(done), done.materials[0]
    uv = piece.primitive.attributes["TEXCOORD_0"][piece.primitive.triangles].mean(axis=1)
    left = piece.positions[piece.primitive.triangles].mean(axis=1)[:, 0] < 0
    row, column = np.minimum((uv[:, ::-1] * PX).astype(int), PX - 1).T
    data = decode(done.images[material.metallic_roughness_texture.texture].data).pixels[row, column]
    light = decode(done.images[material.emissive_texture.texture].data).pixels[row, column]
    assert np.array_equal(data[:, 2] > 127, left)
    assert np.array_equal(light[:, 0] < 127, left)
    assert material.emissive_factor == pytest.approx((1, 1, 1))


@pytest.mark.parametrize(("opacity", "kept"), [(0.2, False), (0.8, True)])
def test_glass_is_left_out_or_solid(opacity, kept):
    solid = box(size_m=(0.6, 0.6, 0.6), material=plain(RED))
    glass = box(size_m=(0.1, 0.1, 0.1), centre_m=(0, 0.6, 0), material=plain((0.1, 0.1, 0.1, opacity), alpha_mode="BLEND"))
    done = made(joined(solid, glass))
    assert [finding.code for finding in done.report.findings] == ["W_ONE_MATERIAL_GLASS"]
    assert (bounds(done.asset)[1, 1] > 0.6) == kept
    assert done.asset.materials[0].alpha_mode == "OPAQUE"


def test_a_glass_product_stays_glass():
    vase = sphere(radius_m=0.2, material=plain(RED, extensions={"KHR_materials_transmission": {"transmissionFactor": 1.0}}))
    material = made(vase).asset.materials[0]
    assert material.alpha_mode == "BLEND"
    assert 0.2 <= material.base_color_factor[3] < 1


def test_cut_outs_stay_cut_out():
    pixels = np.full((16, 16, 4), 200, np.uint8)
    pixels[..., 3] = np.where(np.arange(16) < 8, 255, 0)
    material = plain((1, 1, 1, 1), base_color_texture=TextureInfo(texture=0), alpha_mode="MASK")
    done = made(textured(box(size_m=(1, 1, 1), material=material), pixels)).asset
    assert (done.materials[0].alpha_mode, done.materials[0].alpha_cutoff) == ("MASK", 0.5)
    alpha = decode(done.images[0].data).pixels[..., 3]
    assert 0.3 < (alpha > 127).mean() < 0.7


def test_what_one_mesh_cannot_have_is_told_and_anchors_stay():
    cube = box(size_m=(1, 1, 1), material=plain(RED))
    mesh = cube.meshes[0]
    variant = replace(mesh.primitives[0], variants=(VariantMapping(material=1, variants=(0,)),))
    track = Track(node=0, path="translation", times=np.array([0.0]), values=np.zeros((1, 3)))
    seat = Node(name="ARVIZ_seat_a", anchor=Anchor(id="a", kind="seat"), translation=(0.0, 0.5, 0.0))
    asset = replace(
        cube,
        nodes=(Node(mesh=0, children=(1,), translation=(0.0, 1.0, 0.0), part="cube"), seat),
        meshes=(replace(mesh, primitives=(variant,)),),
        materials=(*cube.materials, plain(GREEN)),
        variants=("green",),
        animations=(Animation(tracks=(track,)),),
    )
    done = made(asset)
    assert [finding.code for finding in done.report.findings] == ["W_ONE_MATERIAL_LOST"] * 2
    assert done.asset.materials[0].base_color_factor[:3] == pytest.approx(RED[:3], abs=1e-6)
    (anchor,) = [node for node in done.asset.nodes if node.anchor is not None]
    assert (anchor.anchor.id, anchor.translation) == ("a", (0.0, 1.5, 0.0))


def test_levels_hold_their_counts_and_their_size():
    ball = sphere(radius_m=0.3, material=plain(RED))
    counts = (400, 200, 100)
    for count, level in zip(counts, one_material_levels(ball, triangles=counts, size_px=PX), strict=True):
        assert 0 < triangle_count(level.asset) <= count
        assert np.abs(bounds(level.asset) - bounds(ball)).max() <= level.report.figures["size_error_m"] <= 1e-6


def test_nothing_to_draw_is_refused():
    with pytest.raises(MeshError):
        made(Asset(nodes=(Node(),), meshes=()))


@given(assets())
@settings(max_examples=30, deadline=None)
def test_any_product_becomes_one_mesh_or_none(asset):
    if not triangle_count(asset):
        with pytest.raises(MeshError):
            made(asset)
        return
    done = made(asset, triangles=50)
    assert isinstance(done.asset.meshes[0], Mesh)
    assert (len(done.asset.meshes), len(done.asset.meshes[0].primitives), len(done.asset.materials)) == (1, 1, 1)
    assert len(done.asset.images) == len(done.asset.textures) <= 3
    assert np.isfinite(done.asset.meshes[0].primitives[0].positions).all()
    glass = any(finding.code == "W_ONE_MATERIAL_GLASS" for finding in done.report.findings)
    size = np.linalg.norm(np.ptp(bounds(asset), axis=0))
    assert glass or np.abs(bounds(done.asset) - bounds(asset)).max() <= max(done.report.figures["size_error_m"], 1e-5 * size)
