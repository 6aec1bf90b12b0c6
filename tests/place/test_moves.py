"""What opens, what it sweeps, and how the product looks open."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.asset import Animation, Asset, Node, SceneRoots, Track
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.parts import Anchor, Joint
from arviz.core.transforms import apply, compose
from arviz.formats.read import read
from arviz.place.plan.zone import Zone
from arviz.place.product.moves import Move, below, moves
from arviz.place.product.opened import opened
from arviz.place.product.slabs import piece_of
from arviz.place.product.swept import swept
from arviz.testing.shapes import box, joined

PRODUCTS = Path(__file__).resolve().parents[2] / "assets" / "products"
QUARTER = math.pi / 2


def cupboard(*, name: str = "part", hinge: Anchor | None = None, **fields: object) -> Asset:
    """Return a body of 0.6 x 1.8 x 0.6 m with a door of 20 mm before it (node 1), its origin at its right edge (+x)."""
    both = joined(box(size_m=(0.6, 1.8, 0.6), centre_m=(0, 0.9, 0)), box(size_m=(0.6, 1.8, 0.02), centre_m=(-0.3, 0, 0)))
    body, door = both.nodes
    nodes = [replace(body, name="body"), replace(door, name=name, translation=(0.3, 0.9, 0.31)), Node(name="cupboard", children=(0, 1))]
    if hinge is not None:
        nodes[1] = replace(nodes[1], children=(3,))
        nodes.append(Node(name=hinge.node_name, anchor=hinge))
    return replace(both, nodes=tuple(nodes), scenes=(SceneRoots(nodes=(2,)),), **fields)  # type: ignore[arg-type]


def hinged(**fields: object) -> Asset:
    joint = Joint(id="door", node=1, kind="revolute", axis=(0, 1, 0), min=0, max=QUARTER)
    return cupboard(joints=(joint,), **fields)  # type: ignore[arg-type]


def played(**tracks: Array) -> Asset:
    """Return the cupboard whose door moves through (K, n) values within a second."""
    each = tuple(Track(node=1, path=path, times=np.linspace(0, 1, len(values)), values=values) for path, values in tracks.items())
    return cupboard(animations=(Animation(tracks=each, name="open"),))


def centred(asset: Asset) -> Asset:
    """Return the same cupboard with the origin of its door in the door's middle."""
    (part,) = asset.meshes[1].primitives
    moved = replace(part, attributes={**part.attributes, "POSITION": part.positions + np.array([0.3, 0, 0], np.float32)})
    nodes = (asset.nodes[0], replace(asset.nodes[1], translation=(0, 0.9, 0.31)), *asset.nodes[2:])
    return replace(asset, nodes=nodes, meshes=(asset.meshes[0], replace(asset.meshes[1], primitives=(moved,))))


def turns(*angles: float) -> Array:
    """Return quaternions about +y."""
    return np.array([[0, math.sin(a / 2), 0, math.cos(a / 2)] for a in angles])


def is_turn(move: Move, *, angle: float = QUARTER) -> bool:
    """Return whether a move is the cupboard's door about its right edge, outwards."""
    along = np.asarray(move.axis)[1]
    at_hinge = np.allclose(np.asarray(move.origin)[[0, 2]], [0.3, 0.31], atol=1e-6)
    return move.kind == "revolute" and at_hinge and move.open * along == pytest.approx(angle, abs=1e-6) and move.min * move.max == 0


def poses(asset: Asset, move: Move, steps: int = 61) -> Array:
    """Return points of the moving part in many poses, (N, 3): corners and points on its triangles."""
    piece = piece_of(asset, nodes=below(asset, move.node))
    rng = np.random.default_rng(5)
    on = np.einsum("nk,nkd->nd", rng.dirichlet([1, 1, 1], 300), piece.points[piece.triangles[rng.integers(0, len(piece.triangles), 300)]])
    points = np.concatenate([on, piece.used[:: max(len(piece.used) // 700, 1)]])
    return np.concatenate([apply(move.motion(at), points) for at in np.linspace(move.min, move.max, steps)])


def contains(zone: Zone, points: Array, *, lowest_m: float = 0.0) -> bool:
    from shapely import Polygon, contains_xy

    area = Polygon(zone.outline_m)
    heights = points[:, 1] - lowest_m
    over = heights.min() >= zone.bottom_m - 1e-6 and heights.max() <= zone.top_m + 1e-6
    return bool(area.is_valid and over and contains_xy(area.buffer(1e-6), points[:, 0], points[:, 2]).all())


def test_a_door_sweeps_a_quarter_disc() -> None:
    """All poses lie within, and it is hardly larger than the disc and the leaf at both ends."""
    from shapely import Point, Polygon, unary_union
    from shapely import box as rectangle

    asset = hinged()
    (move,) = moves(asset)
    assert is_turn(move)
    assert move.source == "joint door"
    zone = swept(asset, move)
    assert contains(zone, poses(asset, move))
    assert (zone.bottom_m, zone.top_m) == (pytest.approx(0, abs=1e-6), pytest.approx(1.8, abs=1e-6))
    assert zone.swept
    quarter = Point(0.3, 0.31).buffer(math.hypot(0.6, 0.01), quad_segs=400) & rectangle(-1, 0.31, 0.3, 2)
    ends = [rectangle(-0.3, 0.3, 0.3, 0.32), rectangle(0.29, 0.31, 0.31, 0.91)]
    assert Polygon(zone.outline_m).area == pytest.approx(unary_union([quarter, *ends]).area, rel=0.01)


@settings(max_examples=15)
@given(
    axis=st.tuples(*3 * [st.integers(-4, 4)]).filter(any),
    origin=st.tuples(*3 * [st.floats(-0.5, 0.5)]),
    size=st.tuples(*3 * [st.floats(0.02, 0.8)]),
    span=st.tuples(st.floats(-2, 0), st.floats(0, 2)),
    kind=st.sampled_from(["revolute", "prismatic"]),
)
def test_whatever_moves_stays_in_what_it_sweeps(axis, origin, size, span, kind) -> None:  # type: ignore[no-untyped-def]
    """About any axis, near or far, and along any line."""
    asset = box(size_m=size, centre_m=(0.1, 0.5, 0.2))
    move = Move(name="part", node=0, kind=kind, axis=axis, origin=origin, min=span[0], max=span[1], source="test")
    low = float(piece_of(asset).used[:, 1].min())
    assert contains(swept(asset, move), poses(asset, move), lowest_m=low)


def test_open_by_nothing_is_the_same_and_fully_open_has_turned() -> None:
    """The leaf stands at right angles to the front, or half way."""
    asset = hinged()
    assert opened(asset, share=0) is asset
    assert opened(asset, moves=()) is asset
    leaf = piece_of(opened(asset), nodes=frozenset({1})).used
    assert np.ptp(leaf, axis=0) == pytest.approx([0.02, 1.8, 0.6], abs=1e-6)
    assert leaf[:, 2].max() == pytest.approx(0.91, abs=1e-6)
    half = piece_of(opened(asset, moves=["door"], share=0.5), nodes=frozenset({1})).used
    assert half[:, 2].max() == pytest.approx(0.31 + (0.6 + 0.01) / math.sqrt(2), abs=1e-6)
    assert piece_of(opened(asset), nodes=frozenset({0})).used == pytest.approx(piece_of(asset, nodes=frozenset({0})).used)


@pytest.mark.parametrize(("options", "code"), [({"moves": ["lid"]}, "E_MOVE_UNKNOWN"), ({"share": 1.5}, "E_MOVE_SHARE")])
def test_what_cannot_be_opened_is_said(options: dict[str, object], code: str) -> None:
    """With the names of what can be."""
    with pytest.raises(InputError) as caught:
        opened(hinged(), **options)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.expected in ("door", "0 to 1")


def test_a_joint_below_a_turned_and_scaled_parent() -> None:
    """Its axis is in the parent's frame; distances along it are scaled as the parent is."""
    asset = hinged()
    pose = compose((1, 2, 3), (0, math.sin(0.3), 0, math.cos(0.3)), (2, 2, 2))
    moved = replace(asset, nodes=(*asset.nodes[:2], replace(asset.nodes[2], matrix=pose)))
    (move,) = moves(moved)
    expected = apply(pose, piece_of(opened(asset)).used)
    assert piece_of(opened(moved)).used == pytest.approx(expected, abs=1e-6)
    assert apply(move.motion(move.open), piece_of(moved, nodes=frozenset({1})).used) == pytest.approx(
        piece_of(opened(moved), nodes=frozenset({1})).used, abs=1e-6
    )
    slid = replace(moved, joints=(Joint(id="drawer", node=1, kind="prismatic", axis=(0, 0, 1), min=0, max=0.4),))
    (move,) = moves(slid)
    assert move.max == pytest.approx(0.8)
    ways = piece_of(opened(slid), nodes=frozenset({1})).used - piece_of(slid, nodes=frozenset({1})).used
    assert ways == pytest.approx(np.tile(0.8 * np.array([math.sin(0.6), 0, math.cos(0.6)]), (len(ways), 1)), abs=1e-6)


def test_a_joint_below_a_mirroring_parent() -> None:
    """The mirrored cupboard's door opens as the mirror image does."""
    asset, mirror = hinged(), np.diag([-1.0, 1, 1, 1])
    mirrored = replace(asset, nodes=(*asset.nodes[:2], replace(asset.nodes[2], matrix=mirror)))
    assert piece_of(opened(mirrored)).used == pytest.approx(apply(mirror, piece_of(opened(asset)).used), abs=1e-6)
    by_keys = played(rotation=turns(0, QUARTER))
    mirrored = replace(by_keys, nodes=(*by_keys.nodes[:2], replace(by_keys.nodes[2], matrix=mirror)))
    assert piece_of(opened(mirrored)).used == pytest.approx(apply(mirror, piece_of(opened(asset)).used), abs=1e-6)


def test_a_part_within_an_open_part_goes_along() -> None:
    """A drawer behind a door, in the door: its own way comes on top of the door's."""
    asset = hinged()
    inner = box(size_m=(0.2, 0.2, 0.2))
    both = replace(
        asset,
        meshes=(*asset.meshes, *inner.meshes),
        nodes=(asset.nodes[0], replace(asset.nodes[1], children=(3,)), asset.nodes[2], Node(mesh=2, translation=(-0.3, 0, 0))),
        joints=(*asset.joints, Joint(id="drawer", node=3, kind="prismatic", axis=(0, 0, 1), min=0, max=0.1)),
    )
    inner_open = piece_of(opened(both), nodes=frozenset({3})).used
    # Turned about (0.3, 0.31) by +90 degrees: from +z to +x, from -x to +z.
    assert (inner_open.min(axis=0) + inner_open.max(axis=0)) / 2 == pytest.approx([0.3 + 0.1, 0.9, 0.31 + 0.3], abs=1e-6)


def test_an_animation_that_turns_a_door() -> None:
    """It says the axis and how far, also when the door opens and shuts again."""
    for asset in (played(rotation=turns(0, QUARTER)), played(rotation=turns(0, 1.0, QUARTER, 0.5, 0))):
        (move,) = moves(asset)
        assert is_turn(move)
        assert move.source == "animation open"


def test_an_animation_with_the_hinge_elsewhere() -> None:
    """A door whose origin is its middle turns and moves: together that is a turn about its edge."""
    asset = hinged()
    angles = np.linspace(0, QUARTER, 30)
    ways = np.stack([0.3 - 0.3 * np.cos(angles), np.full(30, 0.9), 0.31 + 0.3 * np.sin(angles)], axis=1)
    shifted = centred(played(translation=ways, rotation=turns(*angles)))
    (move,) = moves(shifted)
    assert np.asarray(move.origin)[[0, 2]] == pytest.approx([0.3, 0.31], abs=1e-3)
    assert piece_of(opened(shifted)).used == pytest.approx(piece_of(opened(asset)).used, abs=2e-3)


def test_an_animation_that_slides() -> None:
    """A drawer comes out by what its keys say."""
    (move,) = moves(played(translation=np.array([[0.3, 0.9, 0.31], [0.3, 0.9, 0.76]])))
    assert (move.kind, move.min, move.max) == ("prismatic", pytest.approx(0, abs=1e-6), pytest.approx(0.45, abs=1e-6))
    assert move.axis == pytest.approx((0, 0, 1), abs=1e-6)


@pytest.mark.parametrize(
    "tracks",
    [
        {"rotation": turns(*np.linspace(0, 2 * math.pi, 20))},
        {"rotation": turns(0, 0.01)},
        {"translation": np.array([[0.3, 0.9, 0.31], [0.3, 0.901, 0.31]])},
        {"translation": np.array([[0.3, 0.9, 0.31], [0.8, 0.9, 0.31], [0.8, 0.9, 0.81]])},
        {"rotation": turns(0, 1), "scale": np.array([[1, 1, 1], [2, 2, 2]])},
        {"rotation": np.array([[0, 0, 0, 1], [0.5, 0, 0, 0.8], [0, 0.5, 0, 0.8]])},
        {"rotation": turns(0, 1), "translation": np.array([[0.3, 0.9, 0.31], [0.3, 1.4, 0.31]])},
    ],
    ids=["wheel", "tremble", "sink", "corner", "grow", "two axes", "screw"],
)
def test_an_animation_that_opens_nothing(tracks: dict[str, Array]) -> None:
    """Wheels, growth, curves and tiny motions are no doors."""
    assert moves(played(**tracks)) == ()


def test_a_hinge_says_where_and_a_name_too() -> None:
    """The same door as the joint says, outwards, but 90 degrees are assumed."""
    anchored = cupboard(hinge=Anchor(id="right", kind="hinge", normal=(0, 0, 1), up=(0, 1, 0)))
    for asset in (anchored, cupboard(name="door right"), cupboard(name="TürRechts"), cupboard(name="Tuer_01")):
        (move,) = moves(asset)
        assert is_turn(move), asset.nodes[1].name


def test_a_name_alone_is_not_enough() -> None:
    """Where the origin is not at an edge nobody knows where the hinge is; and a handle is not a door."""
    assert moves(centred(cupboard(name="door"))) == ()
    for name in ("leaflet", "door handle", "outdoor", "indoors"):
        assert moves(cupboard(name=name)) == ()
    whole = box(size_m=(0.8, 2, 0.04), centre_m=(0.4, 1, 0))
    assert moves(replace(whole, nodes=(replace(whole.nodes[0], name="door"),))) == ()


def test_a_lid_by_its_name_opens_upwards() -> None:
    """Its hinge is along its back edge."""
    chest = joined(box(size_m=(1, 0.5, 0.5), centre_m=(0, 0.25, 0)), box(size_m=(1, 0.03, 0.5), centre_m=(0, 0.015, 0.25)))
    asset = replace(chest, nodes=(chest.nodes[0], replace(chest.nodes[1], name="lid", translation=(0, 0.5, -0.25))))
    (move,) = moves(asset)
    assert piece_of(opened(asset)).used.max(axis=0) == pytest.approx([0.5, 1.0, 0.25], abs=1e-6)
    assert contains(swept(asset, move), poses(asset, move))


def test_drawers_by_their_names_come_out_at_their_side() -> None:
    """At the front, wherever they are inside, unless they are flush with the back."""
    for z, way in ((0.2, 1), (-0.1, 1), (-0.23, -1)):
        both = joined(box(size_m=(1, 1, 0.9), centre_m=(0, 0.5, 0)), box(size_m=(0.4, 0.2, 0.4), centre_m=(0, 0.6, z)))
        (move,) = moves(replace(both, nodes=(both.nodes[0], replace(both.nodes[1], name="Schublade links"))))
        assert (move.kind, move.axis, move.max) == ("prismatic", (0, 0, way), pytest.approx(0.3))


@pytest.mark.parametrize("name", ["fridge", "island", "recliner"])
def test_demo_products_open_within_what_they_sweep(name: str) -> None:
    """Doors, drawers, a back and a footrest, sampled on their way; and the area is hardly larger than what they pass."""
    from shapely import MultiPoint, Polygon, unary_union

    asset = read(PRODUCTS / name / f"{name}.glb")
    low = float(piece_of(asset).used[:, 1].min())
    for move in moves(asset)[:2]:
        zone, count = swept(asset, move), 31
        points = poses(asset, move, count)
        assert contains(zone, points, lowest_m=low)
        hulls = unary_union([MultiPoint(each[:, [0, 2]]).convex_hull for each in np.split(points, count)])
        assert Polygon(zone.outline_m).area <= 1.05 * hulls.area


def test_the_fridge_opens_the_same_by_joint_by_hinge_and_by_name() -> None:
    """Three sources, one axis; only how far is assumed for two of them."""
    by_joint = read(PRODUCTS / "fridge" / "fridge.glb")
    by_hinge = replace(by_joint, joints=())
    by_name = replace(by_hinge, nodes=tuple(replace(node, anchor=None) for node in by_hinge.nodes))
    found = [{move.node: move for move in moves(asset) if move.kind == "revolute"} for asset in (by_joint, by_hinge, by_name)]
    drawers = [move for move in moves(by_name) if move.kind == "prismatic"]
    assert [move.axis for move in drawers] == 3 * [(0, 0, 1)]
    assert found[0].keys() == found[1].keys() == found[2].keys()
    for node, move in found[0].items():
        for other in (found[1][node], found[2][node]):
            assert other.axis == pytest.approx(move.axis, abs=1e-6)
            assert other.origin == pytest.approx(move.origin, abs=1e-6)
            assert other.max == pytest.approx(QUARTER)
