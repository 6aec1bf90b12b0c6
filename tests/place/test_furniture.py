"""A product as a floor plan sees it: its slabs contain every triangle and little more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.asset import Asset, Node, Source
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.graph import bounds
from arviz.core.parts import Anchor
from arviz.core.reframe import transform_roots
from arviz.core.transforms import similarity
from arviz.core.units import PLAUSIBLE_M
from arviz.formats.read import read
from arviz.place.product.furniture import Furniture
from arviz.place.product.furniture_of import furniture_of
from arviz.place.product.moves import moves
from arviz.place.product.slabs import Piece, piece_of, slabs
from arviz.place.rules import read_rules
from arviz.testing.shapes import box, degenerate, joined, plane, sphere
from arviz.testing.strategies import assets

PRODUCTS = Path(__file__).resolve().parents[2] / "assets" / "products"
RULES = read_rules()
Boxes = list[tuple[tuple[float, float, float], tuple[float, float, float]]]
"""Sizes and centres."""


def of(asset: Asset, name: str = "product", **options: object) -> Furniture:
    return furniture_of(asset, name=name, rules=RULES, **options)  # type: ignore[arg-type]


def built(boxes: Boxes) -> Asset:
    return joined(*(box(size_m=size, centre_m=centre) for size, centre in boxes))


def sampled(piece: Piece, count: int = 4000) -> Array:
    """Return points of triangles, (N, 3), as many on each, and their corners."""
    rng = np.random.default_rng(7)
    chosen = piece.triangles[rng.integers(0, len(piece.triangles), count)]
    weights = rng.dirichlet([0.5, 0.5, 0.5], count)  # near edges too
    return np.concatenate([np.einsum("nk,nkd->nd", weights, piece.points[chosen]), piece.used[:4000]])


def contained(points: Array, furniture: Furniture, *, air_m: float = 1e-6) -> Array:
    """Return which points (N, 3) lie in one of the slabs, told by the edges of their outlines."""
    inside = np.zeros(len(points), bool)
    for slab in furniture.slabs:
        height = points[:, 1] - furniture.lowest_m
        ring = slab.outline_m
        edges = np.roll(ring, -1, axis=0) - ring
        normal = np.stack([edges[:, 1], -edges[:, 0]], axis=1) / np.linalg.norm(edges, axis=1)[:, None]
        over = np.full(len(points), -np.inf)
        for corner, way in zip(ring, normal, strict=True):
            over = np.maximum(over, (points[:, [0, 2]] - corner) @ way)
        inside |= (over <= air_m) & (height >= slab.bottom_m - air_m) & (height <= slab.top_m + air_m)
    return inside


def beyond(furniture: Furniture, boxes: Boxes) -> float:
    """Return how far slabs reach beyond boxes, at most: by points within them."""
    rng = np.random.default_rng(11)
    worst = 0.0
    for slab in furniture.slabs:
        weights = rng.dirichlet(np.full(len(slab.outline_m), 0.3), 800)
        heights = rng.uniform(slab.bottom_m, slab.top_m, 800) + furniture.lowest_m
        points = np.insert(weights @ slab.outline_m, 1, heights, axis=1)
        gaps = [np.linalg.norm(np.maximum(np.abs(points - centre) - np.asarray(size) / 2, 0), axis=1) for size, centre in boxes]
        worst = max(worst, float(np.min(gaps, axis=0).max()))
    return worst


def area(ring: Array) -> float:
    after = np.roll(ring, -1, axis=0)
    return float((ring[:, 0] * after[:, 1] - ring[:, 1] * after[:, 0]).sum() / 2)


def volume(furniture: Furniture) -> float:
    return sum(area(slab.outline_m) * (slab.top_m - slab.bottom_m) for slab in furniture.slabs)


def free(furniture: Furniture, low: tuple[float, float, float], high: tuple[float, float, float]) -> bool:
    """Return whether no slab takes anything of a box."""
    grid = np.stack(np.meshgrid(*(np.linspace(a, b, 9) for a, b in zip(low, high, strict=True))), axis=-1).reshape(-1, 3)
    return not contained(grid, furniture, air_m=0.0).any()


TABLE: Boxes = [
    ((1.6, 0.03, 0.9), (0, 0.735, 0)),
    *[((0.06, 0.72, 0.06), (x, 0.36, z)) for x in (-0.7, 0.7) for z in (-0.38, 0.38)],
]
DESK: Boxes = [
    ((1.4, 0.025, 0.7), (0, 0.7375, 0)),
    ((0.40, 0.725, 0.68), (0.49, 0.3625, 0)),
    ((0.03, 0.725, 0.68), (-0.675, 0.3625, 0)),
    ((0.95, 0.40, 0.02), (-0.185, 0.525, -0.33)),
]
CHAIR: Boxes = [
    ((0.45, 0.04, 0.45), (0, 0.45, 0)),
    ((0.45, 0.45, 0.03), (0, 0.69, -0.21)),
    *[((0.04, 0.43, 0.04), (x, 0.215, z)) for x in (-0.2, 0.2) for z in (-0.2, 0.2)],
]
CORNER_SOFA: Boxes = [((2.6, 0.44, 0.95), (0, 0.22, 0)), ((0.95, 0.44, 0.9), (-0.825, 0.22, 0.925)), ((2.6, 0.4, 0.2), (0, 0.64, -0.375))]


@pytest.mark.parametrize("boxes", [TABLE, DESK, CHAIR, CORNER_SOFA], ids=["table", "desk", "chair", "corner sofa"])
def test_slabs_of_furniture_made_of_boxes_are_tight(boxes: Boxes) -> None:
    """Nothing lies outside them, and they reach 25 mm beyond at most."""
    asset = built(boxes)
    furniture = of(asset)
    assert contained(sampled(piece_of(asset)), furniture).all()
    assert beyond(furniture, boxes) <= 0.025


def test_a_table_is_a_top_and_four_legs() -> None:
    """Its volume is theirs: chairs stand between."""
    furniture = of(built(TABLE), "dining table")
    assert len(furniture.slabs) <= 6
    assert volume(furniture) == pytest.approx(sum(np.prod(size) for size, _ in TABLE), rel=0.1)
    assert free(furniture, (-0.65, 0.0, -0.44), (0.65, 0.715, 0.44))


def test_legs_fit_below_a_desk() -> None:
    """Between its pedestal, its side and its back panel, though each of them alone is in the way of every single cut."""
    assert free(of(built(DESK), "desk"), (-0.65, 0.0, -0.30), (0.28, 0.70, 0.34))


def test_a_closed_box_is_one_slab() -> None:
    """It has nothing inside that something else could use, with or without a bottom."""
    whole = piece_of(box(size_m=(0.6, 1.8, 0.65), centre_m=(0, 0.9, 0)))
    below = (whole.points[whole.triangles][:, :, 1] < 1e-6).all(axis=1)
    for piece in (whole, Piece(whole.points, whole.triangles[~below])):
        (slab,) = slabs(piece)
        assert area(slab.outline_m) == pytest.approx(0.6 * 0.65, rel=1e-5)
        assert (slab.bottom_m, slab.top_m) == (pytest.approx(0, abs=1e-6), pytest.approx(1.8, rel=1e-6))


@settings(max_examples=15)
@given(
    boxes=st.lists(
        st.tuples(st.tuples(*3 * [st.floats(0.01, 1.5)]), st.tuples(*3 * [st.floats(-1, 1)])),
        min_size=1,
        max_size=7,
    ),
    yaw=st.floats(-3.2, 3.2),
)
def test_slabs_contain_any_heap_of_boxes(boxes: Boxes, yaw: float) -> None:
    """However they lie, turned by any angle; and are no more than 12."""
    c, s = np.cos(yaw), np.sin(yaw)
    asset = transform_roots(built(boxes), similarity(rotation=np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])))
    furniture = of(asset)
    assert 1 <= len(furniture.slabs) <= 12
    assert contained(sampled(piece_of(asset), 1500), furniture).all()
    assert min(slab.bottom_m for slab in furniture.slabs) == pytest.approx(0, abs=1e-6)
    assert max(slab.top_m for slab in furniture.slabs) == pytest.approx(furniture.size_m[1], abs=1e-6)
    assert all(area(slab.outline_m) > 0 for slab in furniture.slabs)


@pytest.mark.parametrize("name", ["sofa", "lamp", "fridge", "island", "dining-chair", "picture"])
def test_slabs_contain_every_triangle_of_the_demo_products(name: str) -> None:
    """And size, lowest point and back are those of the product."""
    asset = read(PRODUCTS / name / f"{name}.glb")
    furniture = of(asset)
    assert len(furniture.slabs) <= 12
    assert contained(sampled(piece_of(asset)), furniture).all()
    box_m = bounds(asset)
    assert box_m is not None
    assert furniture.size_m == pytest.approx(tuple(box_m[1] - box_m[0]))
    assert (furniture.lowest_m, furniture.back_m) == (pytest.approx(box_m[0, 1]), pytest.approx(box_m[0, 2]))


def test_a_stool_fits_below_the_demo_island() -> None:
    """Its worktop stands out at the back, between two end panels."""
    island = of(read(PRODUCTS / "island" / "island.glb"))
    assert free(island, (-0.5, 0.0, -0.44), (0.5, 0.75, -0.24))


@pytest.mark.parametrize(("name", "kind"), [("GlamVelvetSofa", "sofa"), ("SheenChair", "armchair")])
def test_products_from_elsewhere(data: Path, name: str, kind: str) -> None:
    """Their file names say what they are."""
    path = data / "products" / f"{name}.glb"
    if not path.is_file():
        pytest.skip(f"no {path.name} in the shared test data")
    asset = read(path)
    furniture = of(asset)
    assert (furniture.kind, furniture.support) == (kind, "floor")
    assert contained(sampled(piece_of(asset)), furniture).all()
    assert volume(furniture) < 0.75 * np.prod(furniture.size_m)


@pytest.mark.parametrize(
    ("size", "name", "kind", "support"),
    [
        ((2.0, 0.01, 1.4), "product", "rug", "floor"),
        ((0.7, 0.5, 0.025), "product", "furniture", "wall"),
        ((0.2, 0.3, 0.2), "product", "furniture", "table"),
        ((0.9, 1.2, 0.5), "product", "furniture", "floor"),
        ((1.2, 0.7, 0.06), "Smart TV", "tv", "wall"),
        ((1.2, 0.75, 0.25), "Smart TV", "tv", "table"),
        ((0.3, 0.4, 0.3), "plant", "plant", "table"),
        ((0.5, 1.4, 0.5), "plant", "plant", "floor"),
        ((1.2, 0.4, 0.6), "table", "coffee-table", "floor"),
        ((0.8, 2.0, 0.3), "Bücherregal", "shelf", "floor"),
        ((0.8, 0.25, 0.25), "wall shelf", "wall-shelf", "wall"),
    ],
)
def test_kind_and_support(size: tuple[float, float, float], name: str, kind: str, support: str) -> None:
    """Words say the kind, shapes what they leave open."""
    furniture = of(box(size_m=size), name)
    assert (furniture.kind, furniture.support) == (kind, support)


def test_what_the_user_says_counts() -> None:
    """Kind and support are given, whatever the name is; extras count before the name."""
    asset = box(size_m=(1, 0.8, 0.5))
    assert of(asset, "sofa", kind="wardrobe", support="wall").kind == "wardrobe"
    assert of(asset, "sofa", kind="wardrobe", support="wall").support == "wall"
    assert of(replace(asset, extras={"arviz": {"kind": "desk"}}), "sofa").kind == "desk"
    assert of(asset, "thing").kind == "furniture"
    with pytest.raises(InputError) as caught:
        of(asset, kind="sofabed")
    assert caught.value.code == "E_PRODUCT_KIND"


def test_a_mount_says_what_an_unknown_product_hangs_on() -> None:
    """Its normal points to the wall; where it touches the floor it stands."""
    for anchors, support in (
        ([Anchor(id="back", kind="mount", normal=(0, 0, -1))], "wall"),
        ([Anchor(id="feet", kind="contact", normal=(0, -1, 0)), Anchor(id="back", kind="mount", normal=(0, 0, -1))], "floor"),
        ([Anchor(id="top", kind="mount", normal=(0, 1, 0))], "floor"),
    ):
        shape = box(size_m=(0.6, 0.6, 0.6))
        nodes = (replace(shape.nodes[0], children=tuple(range(1, len(anchors) + 1))), *(Node(anchor=anchor) for anchor in anchors))
        assert of(replace(shape, nodes=nodes)).support == support


def test_zones_are_as_deep_as_their_rules() -> None:
    """The place before a sofa begins at its front and is as wide as it is."""
    furniture = of(box(size_m=(2.0, 0.8, 0.9), centre_m=(0.3, 0.4, 0.1)), "sofa")
    (front,) = furniture.zones
    assert (front.name, front.rule, front.swept) == ("front", "sofa-front", False)
    assert front.outline_m.min(axis=0) == pytest.approx([-0.7, 0.55])
    assert front.outline_m.max(axis=0) == pytest.approx([1.3, 0.55 + RULES["sofa-front"].needed_m])
    assert front.hard == RULES["sofa-front"].hard
    chair = of(built(CHAIR), "dining chair")
    back, legroom = chair.zones
    assert np.ptp(back.outline_m[:, 1]) == pytest.approx(RULES["chair-pull"].needed_m - chair.size_m[2])
    assert legroom.rule == "seat-legroom"
    assert legroom.top_m == pytest.approx(0.43, abs=0.005)  # below the seat, not the back
    np.testing.assert_array_equal(legroom.outline_m, chair.outline_m)


def test_a_recliner_needs_what_it_uses() -> None:
    """The rule is for those of which nobody knows how far they go; one that stands open sweeps nothing more."""
    asset = read(PRODUCTS / "recliner" / "recliner.glb")
    furniture = of(asset)
    zones = {zone.name: zone for zone in furniture.zones}
    assert {"front", "back", "back, open", "footrest, open"} == zones.keys()
    assert zones["front"].outline_m[:, 1].max() == pytest.approx(zones["footrest, open"].outline_m[:, 1].max())
    assert zones["back"].outline_m[:, 1].min() == pytest.approx(zones["back, open"].outline_m[:, 1].min())
    still = of(replace(asset, joints=(), nodes=tuple(replace(node, anchor=None) for node in asset.nodes)))
    assert np.ptp(still.zones[0].outline_m[:, 1]) == pytest.approx(RULES["recliner-front"].needed_m)
    names = tuple(move.name for move in moves(asset))
    in_use = of(asset, opened=names)
    assert in_use.size_m[2] == pytest.approx(zones["front"].outline_m[:, 1].max() - zones["back"].outline_m[:, 1].min(), abs=0.01)
    assert not any(zone.swept for zone in in_use.zones)


def test_a_door_that_opens_wide_has_to_open_by_a_right_angle() -> None:
    """The demo fridge's go 110 degrees; beside a wall less will do."""
    zones = {zone.name: zone for zone in of(read(PRODUCTS / "fridge" / "fridge.glb")).zones if zone.swept}
    assert zones.keys() == {f"{door}-door, open{wide}" for door in ("fridge", "freezer") for wide in ("", " wide")}
    assert zones["fridge-door, open"].hard
    assert not zones["fridge-door, open wide"].hard
    right = [zones[name].outline_m[:, 0].max() for name in ("fridge-door, open", "fridge-door, open wide")]
    assert right[0] < 0.4 < right[1]


def test_a_product_in_unknown_units_is_refused() -> None:
    """No place is found for something whose size nobody knows."""
    unknown = Source(name="chair.obj", format="obj", unit=None, unit_source="unknown")
    with pytest.raises(InputError) as caught:
        of(replace(box(size_m=(1, 1, 1)), source=unknown))
    assert caught.value.code == "E_PRODUCT_SIZE"
    assert "arviz convert --size" in str(caught.value.hint)


def test_a_product_without_triangles_is_refused() -> None:
    """It has no size either."""
    with pytest.raises(InputError) as caught:
        of(Asset(nodes=(), meshes=()))
    assert caught.value.code == "E_PRODUCT_SIZE"


@pytest.mark.parametrize("size", [(1e-9, 1e-9, 1e-9), (1.9e-3, 1e-3, 1e-3), (0.1, 21.0, 0.1), (1000.0, 1.0, 1.0), (0.0, 0.0, 0.0)])
def test_what_no_room_holds_is_refused(size: tuple[float, float, float]) -> None:
    """The file's unit is wrong: a nanometre or a kilometre is no size of furniture."""
    with pytest.raises(InputError) as caught:
        of(box(size_m=size))
    assert caught.value.code == "E_PRODUCT_SIZE"
    assert "--unit" in str(caught.value.hint)
    assert str(caught.value.found).endswith(" mm")


@pytest.mark.parametrize("asset", [degenerate(), plane(), sphere(), box(size_m=(20, 1, 1)), box(size_m=(2e-3, 1e-4, 1e-4))])
def test_odd_shapes(asset: Asset) -> None:
    """Flat, round, broken, huge and tiny ones have slabs and finite outlines."""
    furniture = of(asset)
    assert contained(sampled(piece_of(asset), 500), furniture, air_m=1e-5 * max(furniture.size_m)).all()
    assert all(np.isfinite(slab.outline_m).all() and len(slab.outline_m) >= 3 for slab in furniture.slabs)


@settings(max_examples=15)
@given(asset=assets())
def test_any_asset_is_furniture_or_refused(asset: Asset) -> None:
    """With skins, matrices, joints and animations; never with a number that is none."""
    points = piece_of(asset).used
    if not len(points) or not PLAUSIBLE_M[0] <= np.ptp(points, axis=0).max() <= PLAUSIBLE_M[1]:
        with pytest.raises(InputError, match="draws nothing" if not len(points) else "of this size"):
            of(asset)
        return
    furniture = of(asset)
    assert np.isfinite(furniture.size_m).all()
    assert all(np.isfinite(zone.outline_m).all() for zone in furniture.zones)
    assert contained(sampled(piece_of(asset), 300), furniture, air_m=1e-4).all()
