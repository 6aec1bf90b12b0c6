"""The floor plan says what was measured and nothing else, in any room: numbers, places, a file that any program reads."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from shapely import Polygon

from arviz.flows.hatch import hatch, union
from arviz.flows.place import place
from arviz.flows.plan import plan
from arviz.flows.sheet import Path, Sheet, Text
from arviz.place.rules import read_rules
from arviz.place.single.search import stand
from arviz.place.ways.arranged import arranged
from arviz.testing.rooms import height_grid, make_room
from tests.flows.test_place import SOFA
from tests.place.sites import dining_chair, dining_table, site_of_outline
from tests.place.sites import placed as placed_at
from tests.seeds import drawn_seed

NUMBER = re.compile(r"[\d.]+( \+- [\d.]+)? mm")


@pytest.fixture(scope="module")
def drawn():
    """Return (placed, sheet) of rooms that are drawn now."""
    out = []
    for seed in np.random.default_rng(drawn_seed()).integers(1 << 31, size=2).tolist():
        print("room", seed)
        synthetic = make_room(seed)
        room = replace(synthetic.truth(), obstacles=height_grid(synthetic))
        middle = room.floor.outline_m[:, [0, 2]].mean(axis=0)
        placed = place(SOFA, room=room, at=middle, yaw_rad=0.3)
        out.append((placed, plan(placed.site, placed.furniture, placed.arrangement)))
    return out


def test_every_gap_in_the_plan_is_one_of_the_placement_or_the_room(drawn):
    for placed, sheet in drawn:
        arrangement = placed.arrangement
        known = {str(gap.length) for one in arrangement.placements for gap in one.clearances}
        known |= {str(walk.pinch) for walk in arrangement.after if walk.pinch is not None}
        told = {shape.words for shape in sheet.shapes if isinstance(shape, Text) and NUMBER.fullmatch(shape.words)}
        others = [float(words.split()[0]) / 1000 for words in told - known]
        # What is left are the distances of two walls that face each other: at most one along each axis.
        assert len(others) <= 2
        walls = placed.site.walls
        apart = [abs(np.dot(b.ends_m.mean(axis=0) - a.ends_m.mean(axis=0), a.normal)) for a in walls for b in walls]
        assert all(np.abs(np.array(apart) - length).min() < 2e-3 for length in others)
        gaps = [gap for gap in arrangement.placements[0].clearances if gap.ends_m is not None and np.ptp(gap.ends_m, axis=0).any()]
        assert {str(gap.length) for gap in gaps} <= told


def test_the_file_is_valid_and_finite_and_all_lies_on_the_sheet(drawn):
    for placed, sheet in drawn:
        svg = sheet.svg(title="<plan> & more")
        root = ET.fromstring(svg)
        assert "nan" not in svg.lower().replace("dominant", "")
        assert "inf" not in svg
        low, high = sheet.bounds()
        points = [placed.site.outline_m, *(wall.ends_m for wall in placed.site.walls), *(door.ends_m for door in placed.site.doors)]
        assert (np.concatenate(points) >= low - 1e-9).all()
        assert (np.concatenate(points) <= high + 1e-9).all()
        width, height = (float(value) for value in root.get("viewBox").split()[2:])
        for shape in root.iter("{http://www.w3.org/2000/svg}text"):
            assert 0 <= float(shape.get("x")) <= width
            assert 0 <= float(shape.get("y")) <= height


def test_walls_have_numbers_and_rulers_and_the_legend_names_what_is_there(drawn):
    for placed, sheet in drawn:
        texts = [shape for shape in sheet.shapes if isinstance(shape, Text)]
        words = {shape.words for shape in texts}
        assert {wall.name for wall in placed.site.walls} | {door.name for door in placed.site.doors} <= words
        keys = {shape.words for shape in texts if shape.anchor == "start"}
        assert ("window" in keys) == any(door.kind == "window" for door in placed.site.doors)
        assert ("door, open to either side" in keys) == any(door.kind == "door" for door in placed.site.doors)
        assert any(word.startswith("product") for word in keys)


def test_hatches_and_areas_leave_holes_free():
    ring = [np.array([[0, 0], [3, 0], [3, 1], [0, 1]]), np.array([[0, 2], [3, 2], [3, 3], [0, 3]]),
            np.array([[0, 0], [1, 0], [1, 3], [0, 3]]), np.array([[2, 0], [3, 0], [3, 3], [2, 3]])]  # fmt: skip
    parts = [Polygon(part) for part in union(ring)]
    assert sum(part.area for part in parts) == pytest.approx(8)
    assert not any(part.buffer(-1e-9).intersects(Polygon([[1.1, 1.1], [1.9, 1.1], [1.9, 1.9]])) for part in parts)
    lines = hatch(ring, step=0.01, angle_deg=30)
    length = sum(float(np.hypot(*(line[1] - line[0]))) for line in lines)
    assert length * 0.01 == pytest.approx(8, rel=0.01)


def test_what_a_product_covers_has_one_tone_and_its_area(drawn):
    for placed, sheet in drawn:
        tones = {shape.fill for shape in sheet.shapes if isinstance(shape, Path) and shape.fill.endswith("40")}
        assert len(tones) == 1
        areas = [shape.points for shape in sheet.shapes if isinstance(shape, Path) and shape.fill in tones][:-1]  # without the legend
        after = [np.roll(area, -1, axis=0) for area in areas]
        covered = sum(abs((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / 2 for a, b in zip(areas, after, strict=True))
        width, _, depth = placed.furniture[0].size_m
        assert 0.8 * width * depth < covered <= width * depth * 1.001


def test_a_gap_between_two_products_is_written_once():
    synthetic = make_room(31, kind="box", furnished=False)
    room = replace(synthetic.truth(), obstacles=height_grid(synthetic))
    placed = place(SOFA, room=room)
    (sofa,) = placed.arrangement.placements
    again = replace(placed.arrangement, placements=(sofa, sofa))
    sheets = [plan(placed.site, placed.furniture * len(one.placements), one) for one in (placed.arrangement, again)]
    once, twice = ([shape.words for shape in sheet.shapes if isinstance(shape, Text) and NUMBER.fullmatch(shape.words)] for sheet in sheets)
    assert once
    assert all(twice.count(words) <= once.count(words) for words in twice)


def test_words_move_off_each_other_and_stay_on_the_sheet():
    sheet = Sheet()
    sheet.path([[0, 0], [4, 0], [4, 2], [0, 2]], closed=True, stroke="#000000")
    for at in ([2, 1], [2, 1], [2, 1.01], [-0.3, -0.3]):
        sheet.text(at, "1204 +- 9 mm")
    sheet.spread()
    texts = [shape for shape in sheet.shapes if isinstance(shape, Text)]
    assert np.allclose(texts[0].at, [2, 1])
    tall = texts[0].size / 1000 * 4.6
    for place_, one in enumerate(texts):
        assert (np.abs(one.at - [2, 1]) <= [2.3, 1.3]).all()
        for other in texts[place_ + 1 :]:
            away = np.abs(one.at - other.at)
            assert away[1] >= tall or away[0] >= 6 * tall


def test_gaps_upon_products_are_not_drawn():
    """A chair half below a table: how far it is to the table's legs is in the facts, and no arrow across both."""
    rules = read_rules()
    site = site_of_outline([[0, 0], [5, 0], [5, 4], [0, 4]])
    table, chair = dining_table((1.6, 0.75, 0.9), rules=rules), dining_chair("chair", rules=rules)
    places = [(table, placed_at(site, table, at=(2.5, 2.0))), (chair, placed_at(site, chair, at=(2.5, 2.6), yaw=np.pi))]
    facts = [
        stand(site, one, at_m=at.world_from_asset[[0, 2], 3], yaw_rad=yaw, rules=rules, fixed=[other])
        for (one, at), yaw, other in zip(places, (0.0, np.pi), reversed(places), strict=True)
    ]
    sheet = plan(site, [table, chair], arranged(site, [table, chair], facts, rules=rules))
    words = {shape.words for shape in sheet.shapes if isinstance(shape, Text)}
    upon = [gap for one in facts for gap in one.clearances if gap.to in ("table", "chair") and gap.ends_m is not None]
    assert upon
    assert not {str(gap.length) for gap in upon} & words
