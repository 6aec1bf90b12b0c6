"""Changing variants changes what they show and nothing else: every other look stays, to the last texture byte."""

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset, VariantMapping
from arviz.core.compare import differences
from arviz.core.errors import InputError
from arviz.core.material import Material, TextureInfo
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.ops.variants import (
    add_variant,
    default_is_named,
    drop_unused_materials,
    make_default,
    name_default,
    remove_variants,
    rename_variant,
)
from arviz.testing.shapes import box, joined, sphere, textured


def coloured(name, *pixels, red=0.5):
    """A sphere and a box with two materials, the first with a texture."""
    materials = [Material(name=f"{part} cover", base_color_factor=(red, 0.2, 0.3, 1.0)) for part in ("ball", "crate")]
    materials[0] = replace(materials[0], base_color_texture=TextureInfo(texture=0))
    shapes = joined(sphere(segments=4, material=materials[0]), box(size_m=(1, 1, 1), material=materials[1]))
    picture = np.full((4, 4, 3), 7, np.uint8) if not pixels else pixels[0]
    return read(write_glb(textured(shapes, picture)), format="glb")


@pytest.fixture
def red():
    return coloured("red", red=0.9)


@pytest.fixture
def blue():
    return coloured("blue", np.full((4, 4, 3), 90, np.uint8), red=0.1)


def look(asset: Asset, variant: int | None) -> list[str]:
    """Return what each primitive shows, textures as their bytes, whatever the indices."""
    out = []
    for mesh in asset.meshes:
        for primitive in mesh.primitives:
            index = primitive.material_for(variant)
            material = Material() if index is None else asset.materials[index]
            pictures = [asset.images[asset.textures[info.texture].image].data for _, info in material.texture_slots()]
            plain = replace(material, base_color_texture=None, name="")
            out.append(f"{plain!r} {pictures!r}")
    return out


def looks(asset):
    return {name: look(asset, index) for index, name in enumerate(asset.variants)} | {None: look(asset, None)}


@pytest.mark.parametrize("match", ["part", "material"])
def test_an_added_variant_looks_as_the_other_file_and_the_rest_stays(red, blue, match):
    both = add_variant(red, "blue", blue, match=match)
    assert looks(both) == {None: look(red, None), "blue": look(blue, None)}
    assert differences(read(write_glb(both), format="glb"), both) == []
    third = add_variant(both, "red again", red, match=match)
    assert look(third, 1) == look(red, None)
    assert len(third.materials) == len(both.materials)  # nothing is doubled
    assert len(third.images) == len(both.images)


def test_an_added_variant_of_shared_meshes_does_not_colour_the_other_node(red, blue):
    shared = replace(red, nodes=tuple(replace(node, mesh=0) if node.mesh == 1 else node for node in red.nodes))
    crate = blue.nodes[next(i for i, node in enumerate(blue.nodes) if node.mesh == 1)].part
    both = add_variant(shared, "blue", blue)
    shown = {node.part: both.materials[both.meshes[node.mesh].primitives[0].material_for(0)].name for node in both.nodes if node.part}
    assert shown[crate] == "crate cover"
    assert set(shown.values()) == {"ball cover", "crate cover"}


def test_removing_what_was_added_gives_back_what_was_there(red, blue):
    both = add_variant(red, "blue", blue)
    assert differences(remove_variants(both, ["blue"]), red) == []


def test_the_default_changes_and_every_variant_stays(red, blue):
    both = add_variant(red, "blue", blue)
    assert not default_is_named(both)
    turned = make_default(name_default(both, "red"), "blue")
    assert looks(turned) == {None: look(blue, None), "blue": look(blue, None), "red": look(red, None)}
    assert default_is_named(turned)
    back = make_default(turned, "red")
    assert looks(back) == {None: look(red, None), "blue": look(blue, None), "red": look(red, None)}
    lost = make_default(both, "blue")
    assert looks(lost) == {None: look(blue, None), "blue": look(blue, None)}
    assert len(lost.materials) == 2


def test_real_products_keep_every_look(data):
    for name in ("MaterialsVariantsShoe", "GlamVelvetSofa", "SheenChair"):
        asset = read(data / "products" / f"{name}.glb")
        before = looks(asset)
        first, *others = asset.variants
        renamed = rename_variant(asset, first, "another name")
        assert looks(renamed) == {"another name" if key == first else key: value for key, value in before.items()}
        turned = make_default(asset, others[-1])
        assert looks(turned) == {**before, None: before[others[-1]]}
        fewer = remove_variants(asset, [first])
        assert looks(fewer) == {key: value for key, value in before.items() if key != first}
        assert differences(read(write_glb(fewer), format="glb"), fewer) == []


def test_names_that_cannot_be(red, blue):
    both = add_variant(red, "blue", blue)
    for wrong in (
        lambda: rename_variant(both, "green", "x"),
        lambda: rename_variant(both, "blue", " "),
        lambda: add_variant(both, "blue", red),
        lambda: remove_variants(both, ["green"]),
        lambda: make_default(red, "blue"),
        lambda: name_default(both, "blue"),
    ):
        with pytest.raises(InputError, match="variant"):
            wrong()


def test_other_products_are_refused(red):
    with pytest.raises(InputError, match="not the same product"):
        add_variant(red, "x", read(write_glb(box(size_m=(1, 1, 1))), format="glb"))
    with pytest.raises(InputError, match="no material"):
        add_variant(red, "x", read(write_glb(box(size_m=(1, 1, 1))), format="glb"), match="material")
    bare = replace(
        red,
        meshes=tuple(
            replace(
                mesh,
                primitives=tuple(
                    replace(p, attributes={k: v for k, v in p.attributes.items() if k != "TEXCOORD_0"}) for p in mesh.primitives
                ),
            )
            for mesh in red.meshes
        ),
    )
    with pytest.raises(InputError, match="texture coordinates"):
        add_variant(bare, "x", coloured("other", np.zeros((4, 4, 3), np.uint8)))


def test_materials_are_dropped_only_where_nothing_shows_them(red):
    extra = replace(red, materials=(Material(name="idle"), *red.materials))
    moved = replace(
        extra,
        meshes=tuple(replace(m, primitives=tuple(replace(p, material=p.material + 1) for p in m.primitives)) for m in extra.meshes),
    )
    assert differences(drop_unused_materials(moved), red) == []
    mapped = replace(
        moved,
        variants=("a",),
        meshes=tuple(
            replace(m, primitives=tuple(replace(p, variants=(VariantMapping(material=0, variants=(0,)),)) for p in m.primitives))
            for m in moved.meshes
        ),
    )
    assert len(drop_unused_materials(mapped).materials) == 3
