"""What opens, what it sweeps, and how the product looks open."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from arviz.core.asset import Asset, Node, SceneRoots
from arviz.core.frozen import Array
from arviz.core.parts import Joint
from arviz.core.transforms import apply
from arviz.place.moves import below, moves
from arviz.place.opened import opened
from arviz.place.slabs import piece_of
from arviz.place.swept import swept
from arviz.testing.shapes import box, joined


def cupboard(*, joint: bool = True, name: str = "leaf") -> Asset:
    """Return a body of 0.6 x 1.8 x 0.6 m with a door of 20 mm before it, hinged at its right edge (+x)."""
    both = joined(box(size_m=(0.6, 1.8, 0.6), centre_m=(0, 0.9, 0)), box(size_m=(0.6, 1.8, 0.02), centre_m=(-0.3, 0, 0)))
    body, door = both.nodes
    nodes = (replace(body, name="body"), replace(door, name=name, translation=(0.3, 0.9, 0.31)), Node(name="cupboard", children=(0, 1)))
    joints = (Joint(id="door", node=1, kind="revolute", axis=(0, 1, 0), min=0, max=math.pi / 2),) if joint else ()
    return replace(both, nodes=nodes, scenes=(SceneRoots(nodes=(2,)),), joints=joints)


def passed(asset: Asset, steps: int = 200) -> Array:
    """Return points of the moving part in many poses, (N, 3)."""
    (move,) = moves(asset)
    points = piece_of(asset, nodes=below(asset, move.node)).used
    return np.concatenate([apply(move.motion(at), points) for at in np.linspace(move.min, move.max, steps)])


def test_a_door_sweeps_a_quarter_disc() -> None:
    """All poses lie within, and it is not much larger than they are."""
    from shapely import Point, Polygon, contains_xy

    asset = cupboard()
    (move,) = moves(asset)
    zone = swept(asset, move)
    area = Polygon(zone.outline_m).buffer(1e-9)
    points = passed(asset)
    assert contains_xy(area, points[:, 0], points[:, 2]).all()
    assert (zone.bottom_m, zone.top_m) == (pytest.approx(0, abs=1e-6), pytest.approx(1.8, abs=1e-6))
    reach = math.hypot(0.6, 0.01)
    disc = Point(0.3, 0.31).buffer(reach, quad_segs=200)
    assert area.area == pytest.approx(disc.area / 4, rel=0.07)
    assert zone.swept


def test_open_by_nothing_is_the_same_and_fully_open_has_turned() -> None:
    """The leaf stands at right angles to the front."""
    asset = cupboard()
    assert opened(asset, share=0) is asset
    leaf = piece_of(opened(asset), nodes=frozenset({1})).used
    assert np.ptp(leaf, axis=0) == pytest.approx([0.02, 1.8, 0.6], abs=1e-6)
    assert leaf[:, 2].max() == pytest.approx(0.91, abs=1e-6)


def test_a_door_by_its_name_opens_outwards() -> None:
    """Its origin lies at the edge of its box: there the hinge is."""
    (move,) = moves(cupboard(joint=False, name="door right"))
    assert move.kind == "revolute"
    assert "assumed" in move.source
    assert piece_of(opened(cupboard(joint=False, name="door right"))).used[:, 2].max() == pytest.approx(0.91, abs=1e-6)
    assert moves(cupboard(joint=False, name="leaflet")) == ()
