"""What a product must not meet: exact polygons against brute force, heights, zones, and how far parts can move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from arviz.place.plan.contact import first_contact, padded
from arviz.place.plan.convex import convex_pieces
from arviz.place.plan.pose import on_plan
from arviz.place.plan.zone import Zone
from arviz.place.product.furniture import Furniture, Slab
from arviz.place.rules import read_rules
from arviz.place.single.exact import forbidden_by, free_space, is_free, meets, surroundings
from arviz.place.single.pieces import Piece
from arviz.place.single.search import search
from tests.place.sites import box, furniture, placed, site_of_outline
from tests.seeds import drawn_seed

RULES = read_rules()
L_SHAPE = np.array([[0, 0], [4, 0], [4, 2], [2, 2], [2, 3], [0, 3.0]])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(drawn_seed())


def hull(rng: np.random.Generator, count: int, spread: float) -> np.ndarray:
    return np.asarray(shapely.convex_hull(shapely.MultiPoint(rng.normal(0, spread, (count, 2)))).exterior.coords)[:-1]


def table(height: float = 0.72) -> Furniture:
    """Return a table of 1.2 m x 0.8 m on four legs."""
    top = box(-0.6, -0.4, 0.6, 0.4)
    legs = [box(x - 0.03, z - 0.03, x + 0.03, z + 0.03) for x, z in top * 0.9]
    slabs = (Slab(outline_m=top, bottom_m=height - 0.04, top_m=height), *(Slab(outline_m=leg, bottom_m=0, top_m=height) for leg in legs))
    return replace(furniture("table", (1.2, height, 0.8), kind="dining-table"), slabs=slabs)


def test_free_space_is_where_polygons_meet_nothing(rng: np.random.Generator) -> None:
    zone = Zone(name="door 1, way", outline_m=np.array([[0, 1], [0.9, 1], [0.9, 1.3], [0.4, 2.2], [0, 2.2]]), bottom_m=0.03)
    things = [(hull(rng, 6, 0.3) + np.array([3, 1]), 0.0, 0.9), (box(0.5, 2.5, 1.4, 2.9), 0.6, 0.7)]
    site = site_of_outline(L_SHAPE, things=things, keep=[zone])
    around = surroundings(site, furniture("sofa", (1.1, 0.5, 0.6), front=0.3))
    yaw = float(rng.uniform(-np.pi, np.pi))
    space = free_space(around, yaw_rad=yaw)
    floor, occupied = shapely.Polygon(L_SHAPE), site.grid.occupied & (site.grid.bottom_m < 0.5)
    rows, columns = np.nonzero(occupied)
    x, z = columns * 0.025, rows * 0.025
    taken = shapely.union_all(shapely.box(x, z, x + 0.025, z + 0.025))
    high = shapely.union_all([taken, shapely.union_all([shapely.box(*r) for r in _cells(site.grid.occupied)])])
    differ = 0
    for at in rng.uniform((0, 0), (4, 3), (400, 2)):
        body = shapely.Polygon(on_plan(box(-0.55, -0.3, 0.55, 0.3), at_m=at, yaw_rad=yaw))
        front = shapely.Polygon(on_plan(box(-0.55, 0.3, 0.55, 0.6), at_m=at, yaw_rad=yaw))
        free = floor.covers(body) and floor.covers(front) and not body.intersects(shapely.Polygon(zone.outline_m))
        free = free and not body.intersects(taken) and not front.intersects(high)
        assert is_free(around, at_m=at, yaw_rad=yaw) == free
        differ += space.contains(shapely.Point(at)) != free
    assert differ == 0


def _cells(mask: np.ndarray) -> list[tuple[float, ...]]:
    return [(c * 0.025, r * 0.025, (c + 1) * 0.025, (r + 1) * 0.025) for r, c in np.argwhere(mask)]


def test_parts_move_until_they_touch(rng: np.random.Generator) -> None:
    for _ in range(60):
        part, angle = hull(rng, 8, 0.4), rng.uniform(0, 2 * np.pi)
        direction = np.array([np.sin(angle), np.cos(angle)])
        pieces = [hull(rng, int(rng.integers(3, 8)), 0.2) + rng.normal(0, 2, 2) for _ in range(20)]
        pieces = [piece for piece in pieces if not shapely.Polygon(piece).intersects(shapely.Polygon(part))]
        places = forbidden_by([Piece("", piece, 0.0) for piece in pieces], part)
        entered = shapely.intersection(shapely.LineString([(0, 0), direction * 50]), places)
        distance = np.where(shapely.is_empty(entered), np.inf, shapely.distance(shapely.Point(0, 0), entered)).min(initial=np.inf)
        found = first_contact(part, padded(pieces), direction=direction)
        assert (np.inf if found is None else found.distance_m) == pytest.approx(distance, abs=1e-9)
        if found is not None:
            touching = shapely.Point(found.on_m + direction * found.distance_m)
            assert touching.distance(shapely.Polygon(pieces[found.piece])) < 1e-9
            assert shapely.Point(found.on_m).distance(shapely.Polygon(part)) < 1e-9


def test_convex_pieces_are_the_polygon(rng: np.random.Generator) -> None:
    angle = np.sort(rng.uniform(0, 2 * np.pi, 12))
    star = np.stack([np.cos(angle), np.sin(angle)], axis=1) * rng.uniform(0.3, 1.0, (12, 1))
    if not shapely.Polygon(star).is_valid:
        return
    pieces = [shapely.Polygon(piece) for piece in convex_pieces(star)]
    assert shapely.union_all(pieces).symmetric_difference(shapely.Polygon(star)).area < 1e-9
    assert sum(piece.area for piece in pieces) == pytest.approx(shapely.Polygon(star).area)
    assert all(piece.convex_hull.area == pytest.approx(piece.area) for piece in pieces)


def test_a_table_stands_over_a_stool_and_a_rug_lies_under_a_table() -> None:
    stool, top = (box(1.8, 1.3, 2.2, 1.7), 0.0, 0.45), (box(1.5, 1.0, 2.5, 2.0), 0.68, 0.72)
    at = np.array([2.0, 1.5])
    assert is_free(surroundings(site_of_outline(box(0, 0, 4, 3), things=[stool]), table()), at_m=at, yaw_rad=0.0)
    assert not is_free(surroundings(site_of_outline(box(0, 0, 4, 3), things=[stool]), table(0.4)), at_m=at, yaw_rad=0.0)
    rug = furniture("rug", (2.0, 0.01, 1.4), kind="rug")
    assert is_free(surroundings(site_of_outline(box(0, 0, 4, 3), things=[top]), rug), at_m=at, yaw_rad=0.0)


def test_products_that_stand_there_keep_their_zones() -> None:
    site = site_of_outline(box(0, 0, 4, 3))
    sofa = furniture("sofa", (2.0, 0.8, 0.9), kind="sofa", front=0.6)
    fixed = [(sofa, placed(site, sofa, at=(2.0, 0.46)))]
    before = {"at_m": np.array([2.0, 1.2]), "yaw_rad": 0.0}
    for kind, allowed in (("coffee-table", True), ("armchair", False), ("rug", True)):
        product = furniture(kind, (0.5, 0.01 if kind == "rug" else 0.4, 0.5), kind=kind)
        met = meets(surroundings(site, product, fixed=fixed), **before)
        assert (not met) == allowed
        assert allowed or met[0].what == "sofa, front"
    box_on_it = furniture("box", (0.5, 0.4, 0.5))
    met = meets(surroundings(site, box_on_it, fixed=fixed), at_m=np.array([2.0, 0.5]), yaw_rad=0.0)
    assert met[0].what == "sofa"


def test_a_product_does_not_stand_where_nothing_was_seen_but_its_wish_may() -> None:
    site = site_of_outline(box(0, 0, 4, 3), unseen=[box(0, 1.5, 4, 3)])
    shelf = furniture("shelf", (0.8, 1.8, 0.3), front=0.8, hard=False)
    place = {"at_m": np.array([2.0, 1.2]), "yaw_rad": 0.0}
    assert is_free(surroundings(site, shelf), **place)
    assert not is_free(surroundings(site, furniture("sofa", (0.8, 0.8, 0.3), front=0.8)), **place)
    assert not is_free(surroundings(site, shelf), at_m=np.array([2.0, 1.6]), yaw_rad=0.0)


def test_a_place_tighter_than_a_cell_is_found(rng: np.random.Generator) -> None:
    width = float(rng.uniform(1.05, 1.5))  # too wide to stand across
    start = float(rng.uniform(0.5, 1.5))
    niche = np.array([[0, 0], [start, 0], [start, -0.6], [start + width, -0.6], [start + width, 0], [4, 0], [4, 0.4], [0, 0.4]])
    site = site_of_outline(niche)
    product = furniture("chest", (width - 0.004, 0.8, 0.9), kind="drawers")
    found = search(site, product, rules=RULES)
    assert found
    assert all(shapely.Polygon(niche).buffer(1e-6).covers(shapely.Polygon(place.outline_m)) for place in found)
    assert not search(site, furniture("chest", (width + 0.004, 0.8, 0.9), kind="drawers"), rules=RULES)
