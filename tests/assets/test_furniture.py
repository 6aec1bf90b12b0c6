"""The furniture of the kitchen, dining and living-room examples: listed size, sound joints, small files, the same every time."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from arviz.core.asset import Asset
from arviz.core.graph import bounds, drawn, size, world_matrices
from arviz.core.resources import resource
from arviz.core.units import parse_size
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read

FOLDER = resource("assets", "products")
LISTED = {
    row["file"].split("/")[0]: parse_size(row["size"] + row["unit"])
    for row in csv.DictReader((FOLDER / "furniture.csv").open(encoding="utf-8"))
}
JOINTS = {
    "fridge": {"fridge-door": "revolute", "freezer-door": "revolute"},
    "island": {f"drawer-{side}-{row}": "prismatic" for side in ("left", "right") for row in ("top", "middle", "bottom")},
    "recliner": {"back": "revolute", "footrest": "revolute"},
}
furniture = pytest.mark.parametrize("name", sorted(LISTED))


@pytest.fixture(scope="module")
def glb() -> dict[str, Asset]:
    return {name: read(FOLDER / name / f"{name}.glb") for name in LISTED}


def below(made: Asset, node: int) -> set[int]:
    return {node}.union(*(below(made, child) for child in made.nodes[node].children))


def turned(points: np.ndarray, *, about: np.ndarray, axis: np.ndarray, angle: float) -> np.ndarray:
    """Rodrigues' formula."""
    v = points - about
    return about + np.cos(angle) * v + np.sin(angle) * np.cross(axis, v) + (1 - np.cos(angle)) * np.outer(v @ axis, axis)


def moved(made: Asset, joint, value: float) -> np.ndarray:
    """Return the points of a joint's part and of all below it, at one value of the joint."""
    inside = below(made, joint.node)
    points = [p.positions for p in drawn(made) if p.node in inside]
    axis = np.asarray(joint.axis) / np.linalg.norm(joint.axis)
    if joint.kind == "prismatic":
        return np.concatenate(points) + value * axis
    return turned(np.concatenate(points), about=np.asarray(made.nodes[joint.node].translation), axis=axis, angle=value)


@furniture
def test_sizes_are_the_listed_ones_within_a_millimetre(name, glb):
    assert size(glb[name]) == pytest.approx(LISTED[name], abs=0.001)
    assert glb[name].declared_size_m == pytest.approx(LISTED[name], abs=1e-6)


@furniture
def test_stands_about_the_origin(name, glb):
    low, high = bounds(glb[name])
    assert low[1] == pytest.approx(0, abs=1e-5)
    assert (low + high)[[0, 2]] == pytest.approx(0, abs=1e-5)


@furniture
def test_files_and_pictures_are_small(name, glb):
    from PIL import Image

    assert (FOLDER / name / f"{name}.glb").stat().st_size <= 600_000
    for image in glb[name].images:
        assert max(Image.open(io.BytesIO(image.data)).size) <= 512


@furniture
def test_every_part_has_its_own_id(name, glb):
    parts = [node.part for node in glb[name].nodes if node.mesh is not None]
    assert all(parts)
    assert len(set(parts)) == len(parts)


@furniture
def test_faces_and_normals_agree(name, glb):
    agree = total = 0.0
    for piece in drawn(glb[name]):
        triangles, given = piece.primitive.triangles, piece.primitive.attributes["NORMAL"]
        p = piece.positions[triangles]
        normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
        area = np.linalg.norm(normal, axis=1)
        agree += area[(normal * given[triangles].mean(1)).sum(1) > 0].sum()
        total += area.sum()
        assert np.linalg.norm(given, axis=1) == pytest.approx(1, abs=1e-4)
    assert agree > 0.99 * total


@furniture
def test_khronos_validator_finds_nothing(name, validator):
    assert validator.issues((FOLDER / name / f"{name}.glb").read_bytes()) == []


@furniture
def test_joints_are_the_named_ones_and_start_closed(name, glb):
    assert {j.id: j.kind for j in glb[name].joints} == JOINTS.get(name, {})
    for joint in glb[name].joints:
        assert joint.rest == 0
        assert joint.max > joint.min


def test_fridge_doors_swing_out_to_the_right_and_hit_nothing(glb):
    made = glb["fridge"]
    parts = {node.name: i for i, node in enumerate(made.nodes)}
    still = np.concatenate([p.positions for p in drawn(made) if p.node in below(made, parts["cabinet"])])
    low, high = still.min(0), still.max(0)
    for joint in made.joints:
        assert joint.max == pytest.approx(1.92)
        closed, opened = moved(made, joint, 0), moved(made, joint, joint.max)
        free = np.argmin(closed[:, 0])
        assert opened[free, 2] > closed[free, 2] + 0.4
        assert opened[free, 0] > high[0]
        for angle in np.linspace(0.02, joint.max, 24):
            swung = moved(made, joint, angle)
            wall = 0.042  # the walls beside the rooms
            in_walls = (abs(swung[:, 0]) < high[0]) & (abs(swung[:, 0]) > high[0] - wall) & (swung[:, 2] < 0.228) & (swung[:, 2] > low[2])
            assert not in_walls.any()


def test_drawers_come_out_to_the_front_clear_of_each_other(glb):
    made = glb["island"]
    for joint in made.joints:
        closed, opened = moved(made, joint, 0), moved(made, joint, joint.max)
        assert opened - closed == pytest.approx(np.broadcast_to([0, 0, joint.max], closed.shape), abs=1e-6)
        assert opened[:, 2].min() > 0.30  # almost the whole box stands out
    boxes = [(moved(made, j, 0).min(0), moved(made, j, 0).max(0)) for j in made.joints]
    for i, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[:i]:
            assert (np.minimum(high, other_high) - np.maximum(low, other_low))[:2].min() < 0  # never in each other's way


def test_recliner_leans_back_and_its_footrest_comes_up(glb):
    made = glb["recliner"]
    joints = {j.id: j for j in made.joints}
    upright, down = (moved(made, joints["back"], v) for v in (0, joints["back"].max))
    top = np.argmax(upright[:, 1])
    assert down[top, 1] < upright[top, 1] - 0.1
    assert down[top, 2] < upright[top, 2] - 0.25
    folded, up = (moved(made, joints["footrest"], v) for v in (0, joints["footrest"].max))
    assert np.ptp(folded[:, 1]) > 0.2
    assert np.ptp(up[:, 1]) < np.ptp(folded[:, 1])
    assert up[:, 2].max() > folded[:, 2].max() + 0.12
    assert up[:, 1].min() > 0.1


def anchors(made: Asset) -> dict[str, tuple]:
    """Return name -> (anchor, position); they hang from parts that do not turn."""
    world = world_matrices(made)
    return {n.name: (n.anchor, world[i][:3, 3]) for i, n in enumerate(made.nodes) if n.anchor}


@furniture
def test_what_stands_says_where_and_what_hangs_too(name, glb):
    found = anchors(glb[name])
    if name == "picture":
        anchor, at = found["ARVIZ_mount_wall"]
        assert anchor.normal == (0, 0, -1)
        assert at[2] == pytest.approx(bounds(glb[name])[0][2], abs=1e-6)
    else:
        anchor, at = found["ARVIZ_contact_floor"]
        assert anchor.normal == (0, -1, 0)
        assert at[1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("name", "top"), [("dining-table", "top"), ("coffee-table", "top"), ("island", "worktop"), ("rug", "top")])
def test_things_can_stand_on_tables(name, top, glb):
    anchor, at = anchors(glb[name])[f"ARVIZ_contact_{top}"]
    assert anchor.normal == (0, 1, 0)
    assert at[1] == pytest.approx(bounds(glb[name])[1][1], abs=1e-6)


def test_furniture_that_is_made_again_is_the_same_to_the_byte(make):
    for name in ("fridge", "dining-chair"):
        build = make(name.replace("-", "_")).build
        first, second = (write_glb(build()) for _ in range(2))
        assert first == second
        shipped = read(FOLDER / name / f"{name}.glb")  # another processor may round the last bit another way
        for one, other in zip(drawn(read(first, format="glb")), drawn(shipped), strict=True):
            assert one.positions == pytest.approx(other.positions, abs=1e-6)
