"""The demo products: true to their listing, sound as meshes, the same from GLB and OBJ, the same every time they are made."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from arviz.core.asset import Asset
from arviz.core.graph import bounds, drawn, size, triangle_count
from arviz.core.resources import resource
from arviz.core.units import parse_size
from arviz.formats.read import read
from arviz.ops.anchors import check_anchors

FOLDER = resource("assets", "products")
ROWS = {row["file"].split("/")[0]: row for row in csv.DictReader((FOLDER / "catalog.csv").open(encoding="utf-8"))}
NAMES = sorted(ROWS)
BUDGET = {"sofa": (20_000, 80_000), "glasses": (3_000, 25_000), "lamp": (3_000, 25_000)}
SOFA_TILE_M = 0.25

products = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def glb() -> dict[str, Asset]:
    return {name: read(FOLDER / name / f"{name}.glb") for name in NAMES}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.glb")), ids=lambda path: path.stem)
def test_anchors_are_sound(path):
    assert check_anchors(read(path)).findings == ()


def faces(piece) -> tuple[np.ndarray, np.ndarray]:
    """Return corners (T, 3, 3) and face normals (T, 3), length twice the area."""
    p = piece.positions[piece.primitive.triangles]
    return p, np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])


def listed(row: dict[str, str]) -> tuple[float, ...]:
    return parse_size(row["size"] + row["unit"])


@products
def test_sizes_are_the_listed_ones(name, glb):
    assert size(glb[name]) == pytest.approx(listed(ROWS[name]), rel=0.001)
    assert glb[name].declared_size_m == pytest.approx(listed(ROWS[name]), rel=1e-6)


@products
def test_stands_on_the_floor_about_the_origin(name, glb):
    low, high = bounds(glb[name])
    assert low[1] == pytest.approx(0, abs=1e-5)
    assert (low + high)[[0, 2]] == pytest.approx(0, abs=1e-5)


@products
def test_triangles_are_within_budget(name, glb):
    low, high = BUDGET[name]
    assert low <= triangle_count(glb[name]) <= high


@products
def test_every_node_has_a_name_and_every_part_its_own_id(name, glb):
    assert all(node.name for node in glb[name].nodes)
    assert len({node.name for node in glb[name].nodes}) == len(glb[name].nodes)
    parts = [node.part for node in glb[name].nodes if node.mesh is not None]
    assert all(parts)
    assert len(set(parts)) == len(parts)


def test_variants_change_fabric_and_acetate(glb):
    assert glb["sofa"].variants == ("Oat", "Moss", "Ink")
    assert glb["glasses"].variants == ("Havana", "Black", "Sea")
    for name in ("sofa", "glasses"):
        shown = [tuple(p.primitive.material_for(v) for p in drawn(glb[name])) for v in range(3)]
        assert len(set(shown)) == 3
    normals = {m.normal_texture.texture for m in glb["sofa"].materials if m.name.startswith("fabric")}
    assert len(normals) == 1


def test_glasses_fold_about_their_hinges(glb):
    made = glb["glasses"]
    assert {j.id for j in made.joints} == {"temple-left", "temple-right"}
    pieces = {made.nodes[p.node].name: p for p in drawn(made)}
    for joint in made.joints:
        node = made.nodes[joint.node]
        side = joint.id.removeprefix("temple-")
        # the axis passes within 2 mm of the middle of the hinge's barrels
        barrel = pieces[f"hinge_{side}"].positions
        assert np.linalg.norm((barrel.min(0) + barrel.max(0))[[0, 2]] / 2 - np.array(node.translation)[[0, 2]]) < 0.002
        # folded, the temple lies behind the lenses and no longer reaches back
        angle = joint.max if abs(joint.max) > abs(joint.min) else joint.min
        c, s = np.cos(angle), np.sin(angle)
        tip = pieces[node.name].positions - node.translation
        folded = tip @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T + node.translation
        assert np.ptp(pieces[node.name].positions[:, 2]) > 0.12
        assert np.ptp(folded[:, 2]) < 0.03
    kinds = {node.anchor.kind for node in made.nodes if node.anchor}
    assert {"bridge", "hinge", "temple", "ear_hook"} <= kinds


def test_lamp_has_a_light_in_its_bulb(glb):
    made = glb["lamp"]
    (light,) = made.lights
    assert light["type"] == "point"
    assert 5 < light["intensity"] < 200
    (node,) = [n for n in made.nodes if n.light is not None]
    bulb = next(p for p in drawn(made) if made.nodes[p.node].name == "bulb").positions
    assert (bulb.min(0) < node.translation).all()
    assert (node.translation < bulb.max(0)).all()


@products
def test_faces_look_outwards(name, glb):
    agree = total = 0.0
    for piece in drawn(glb[name]):
        p, normal = faces(piece)
        smooth = piece.primitive.attributes["NORMAL"][piece.primitive.triangles].mean(1)
        area = np.linalg.norm(normal, axis=1)
        agree += area[(normal * smooth).sum(1) > 0].sum()
        total += area.sum()
        centre = p.reshape(-1, 3).mean(0)
        assert ((p[:, 0] - centre) * np.cross(p[:, 1] - centre, p[:, 2] - centre)).sum() > 0, glb[name].nodes[piece.node].name
    assert agree > 0.99 * total


@products
def test_normals_and_tangents_are_unit_and_square(name, glb):
    for piece in drawn(glb[name]):
        a = piece.primitive.attributes
        assert np.linalg.norm(a["NORMAL"], axis=1) == pytest.approx(1, abs=1e-4)
        if "TANGENT" in a:
            assert np.linalg.norm(a["TANGENT"][:, :3], axis=1) == pytest.approx(1, abs=1e-4)
            assert (a["NORMAL"] * a["TANGENT"][:, :3]).sum(1) == pytest.approx(0, abs=1e-3)


def test_fabric_is_neither_stretched_nor_mirrored(glb):
    made = glb["sofa"]
    medians = []
    for piece in drawn(made):
        if not made.materials[piece.primitive.material].name.startswith("fabric"):
            continue
        _, normal = faces(piece)
        uv = piece.primitive.attributes["TEXCOORD_0"][piece.primitive.triangles].astype(float) * SOFA_TILE_M
        d1, d2 = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
        signed = d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0]
        area = np.linalg.norm(normal, axis=1)
        density = np.sqrt(abs(signed) / np.maximum(area, 1e-12))
        order = np.argsort(density)
        share = np.cumsum(area[order]) / area.sum()
        low, median, high = density[order][np.searchsorted(share, [0.025, 0.5, 0.975])]
        medians.append(median)
        assert low > median / 1.5, made.nodes[piece.node].name
        assert high < median * 1.5, made.nodes[piece.node].name
        # u to the right, v down, seen from outside: counter-clockwise faces run clockwise in the picture's axes
        assert area[signed < 0].sum() > 0.99 * area.sum(), made.nodes[piece.node].name
    assert max(medians) < 1.5 * min(medians)
    assert np.median(medians) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("texture", ["weave_colour", "weave_normal", "weave_orm", "walnut_colour"])
def test_textures_tile(texture, glb):
    from PIL import Image

    data = next(image.data for image in glb["sofa"].images if image.name == texture)
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), float)
    for image in (pixels, pixels.swapaxes(0, 1)):
        inner = abs(np.diff(image, axis=0)).mean((1, 2))
        assert abs(image[0] - image[-1]).mean() < 1.5 * inner.max()


def test_weave_is_two_thousand_pixels_and_shared(glb):
    from PIL import Image

    for image in glb["sofa"].images:
        if image.name.startswith("weave"):
            assert Image.open(io.BytesIO(image.data)).size == (2048, 2048)
    assert len(glb["sofa"].images) == 7


@products
def test_obj_is_the_same_product_in_its_unit(name, glb):
    made = read(FOLDER / name / f"{name}.obj", unit=ROWS[name]["unit"])
    assert np.asarray(bounds(made)) == pytest.approx(np.asarray(bounds(glb[name])), abs=2e-5)
    assert triangle_count(made) == triangle_count(glb[name])
    assert [f for f in made.source.findings if f.severity != "info"] == []
    materials = {m.name.replace(" ", "_") for m in glb[name].materials}
    assert {m.name for m in made.materials} <= materials


@products
def test_obj_without_a_unit_has_none(name):
    assert not read(FOLDER / name / f"{name}.obj").unit_known


@products
def test_khronos_validator_finds_nothing(name, validator):
    assert validator.issues((FOLDER / name / f"{name}.glb").read_bytes()) == []


def test_everything_together_is_small_enough_to_ship():
    assert sum(f.stat().st_size for name in NAMES for f in (FOLDER / name).iterdir()) <= 16_000_000


def same(a: Asset, b: Asset, *, atol: float = 0.0) -> None:
    assert [n.name for n in a.nodes] == [n.name for n in b.nodes]
    for one, other in zip(drawn(a), drawn(b), strict=True):
        assert np.array_equal(one.primitive.indices, other.primitive.indices)
        for key, values in one.primitive.attributes.items():
            assert values == pytest.approx(other.primitive.attributes[key], abs=atol), key


def test_lamp_is_the_same_every_time_and_as_shipped(make, glb):
    build = make("lamp").build
    first = build()
    same(first, build())
    same(first, glb["lamp"], atol=1e-6)


def test_cushions_are_the_same_every_time(make):
    back = make("sofa").back
    first, second = back(1), back(1)
    assert np.array_equal(first.positions, second.positions)
    assert np.array_equal(first.triangles, second.triangles)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sofa", "glasses"])
def test_shipped_products_are_what_the_scripts_make(name, make, glb):
    same(make(name).build(), glb[name], atol=1e-4)


def test_obj_names_its_parts(glb):
    text = (Path(FOLDER) / "sofa" / "sofa.obj").read_text(encoding="utf-8")
    objects = {line[2:] for line in text.splitlines() if line.startswith("o ")}
    assert objects == {glb["sofa"].nodes[p.node].name.replace(" ", "_") for p in drawn(glb["sofa"])}
