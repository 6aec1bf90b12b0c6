"""Anchors stand where they were put, whatever is above them, and go without a trace."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arviz.core.asset import Asset, Node
from arviz.core.compare import differences
from arviz.core.errors import InputError
from arviz.core.graph import assign_parts
from arviz.core.parts import Anchor, Joint
from arviz.core.transforms import quaternion_matrix
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.ops.anchors import add_anchor, anchor_at, check_anchors, edit_anchor, placed_anchors, remove_anchors
from arviz.testing.shapes import box, joined, sphere
from arviz.testing.strategies import assets

HALF = 0.5**0.5


def product(rotation=(0.0, 0.0, 0.0, 1.0), scale=(1.0, 1.0, 1.0)) -> Asset:
    """A box below a node that turns and scales, and a ball beside it."""
    asset = joined(box(size_m=(1, 1, 1)), sphere(segments=4))
    nodes = (*asset.nodes, Node(name="arm", children=(0,), rotation=rotation, scale=scale, translation=(0.1, 0.2, 0.3)))
    return assign_parts(replace(asset, nodes=nodes, scenes=(replace(asset.scenes[0], nodes=(2, 1)),)))


UNIT = (
    st.tuples(*[st.floats(-1, 1)] * 4)
    .filter(lambda q: sum(x * x for x in q) > 0.1)
    .map(lambda q: tuple(x / sum(y * y for y in q) ** 0.5 for x in q))
)
POINT = st.tuples(*[st.floats(-1, 1)] * 3)


@given(UNIT, st.tuples(*[st.floats(0.2, 3)] * 3), UNIT, POINT, POINT)
def test_an_anchor_stands_where_it_was_put_and_moves_where_it_is_told(rotation, scale, frame, point, other):
    asset = product(rotation, scale)
    turn = quaternion_matrix(frame)
    normal, up = turn[:, 2], turn[:, 1]
    part = asset.nodes[0].part
    with_it = add_anchor(asset, Anchor(id="one", kind="hinge", normal=normal, up=up), point_m=point, part=part)
    (found,) = placed_anchors(with_it)
    assert (found.part, with_it.nodes[found.node].name) == (part, "ARVIZ_hinge_one")
    assert found.point_m == pytest.approx(point, abs=1e-9)
    assert found.normal == pytest.approx(normal, abs=1e-9)
    assert found.up == pytest.approx(up, abs=1e-9)
    back = read(write_glb(with_it), format="glb")
    assert placed_anchors(back)[0].point_m == pytest.approx(point, abs=1e-6)
    moved = edit_anchor(with_it, "one", point_m=other, width_m=0.02)
    (again,) = placed_anchors(moved)
    assert again.point_m == pytest.approx(other, abs=1e-9)
    assert (again.normal, again.anchor.width_m) == (pytest.approx(normal, abs=1e-9), 0.02)
    assert differences(remove_anchors(moved, ["hinge/one"]), asset) == []


@given(assets())
def test_what_is_added_to_any_product_can_be_taken_away_again(asset):
    assume(asset.scenes and not any(node.anchor for node in asset.nodes))
    asset = assign_parts(asset)
    with_it = add_anchor(asset, Anchor(id="x", kind="mount"), point_m=(0, 0, 0))
    assert differences(remove_anchors(with_it, ["x"]), asset) == []


def test_nodes_behind_a_removed_one_keep_their_joints():
    asset = add_anchor(product(), Anchor(id="a", kind="grip"), point_m=(0, 0, 0))
    asset = add_anchor(asset, Anchor(id="b", kind="grip"), point_m=(0, 0, 0))
    last = len(asset.nodes) - 1
    asset = replace(asset, joints=(Joint(id="j", node=last, kind="revolute", axis=(0, 1, 0), min=0, max=1),))
    fewer = remove_anchors(asset, ["a"])
    assert fewer.nodes[fewer.joints[0].node].name == "ARVIZ_grip_b"
    stripped = remove_anchors(asset, ["b"])  # the joint needs it
    assert len(stripped.nodes) == len(asset.nodes)
    assert placed_anchors(stripped)[-1].anchor.id == "a"
    assert placed_anchors(read(write_glb(stripped), format="glb"))[-1].anchor.id == "a"


def test_what_an_editor_writes_is_read():
    asset = product()
    empties = [Node(name="ARVIZ_ear_hook_left.001", translation=(0.1, 0, 0)), Node(name="ARVIZ_nothing_x"), Node(name="ARVIZ_bridge_")]
    nodes = (*asset.nodes, *empties)
    scene = replace(asset.scenes[0], nodes=(*asset.scenes[0].nodes, *range(len(asset.nodes), len(nodes))))
    back = read(write_glb(replace(asset, nodes=nodes, scenes=(scene,))), format="glb")
    (found,) = placed_anchors(back)
    assert (found.anchor.kind, found.anchor.id, found.point_m[0]) == ("ear_hook", "left", pytest.approx(0.1))


def bent(**changes):
    """A product with one anchor that has a fault, and its other."""
    asset = add_anchor(product(), Anchor(id="left", kind="hinge"), point_m=(0.4, 0, 0))
    asset = add_anchor(asset, Anchor(id="right", kind="hinge"), point_m=(-0.4, 0, 0))
    index = anchor_at(asset, "left")
    node = asset.nodes[index]
    anchor = replace(node.anchor, **{key: value for key, value in changes.items() if hasattr(node.anchor, key)})
    node = replace(node, anchor=anchor, **{key: value for key, value in changes.items() if not hasattr(node.anchor, key)})
    return replace(asset, nodes=tuple(node if i == index else n for i, n in enumerate(asset.nodes)))


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, set()),
        ({"name": "hinge"}, {"W_ANCHOR_NAME"}),
        ({"id": "right"}, {"E_ANCHOR_TWICE", "W_ANCHOR_NAME", "W_ANCHOR_PAIR"}),
        ({"kind": "wing", "name": "ARVIZ_wing_left"}, {"W_ANCHOR_KIND", "W_ANCHOR_PAIR"}),
        ({"normal": (0, 2, 0)}, {"W_ANCHOR_FRAME"}),
        ({"width_m": -1.0}, {"E_ANCHOR_WIDTH"}),
        ({"translation": (40.0, 0, 0)}, {"W_ANCHOR_FAR"}),
        ({"mesh": 0}, {"W_ANCHOR_MESH"}),
    ],
)
def test_faults_are_found(changes, codes):
    report = check_anchors(bent(**changes))
    assert {finding.code for finding in report.findings} == codes
    assert report.ok == (not any(code.startswith("E_") for code in codes))


def test_names_that_cannot_be():
    asset = add_anchor(product(), Anchor(id="a", kind="grip"), point_m=(0, 0, 0))
    for wrong in (
        lambda: add_anchor(asset, Anchor(id="a", kind="grip"), point_m=(0, 0, 0)),
        lambda: add_anchor(asset, Anchor(id="A b", kind="grip"), point_m=(0, 0, 0)),
        lambda: add_anchor(asset, Anchor(id="b", kind="grip"), point_m=(0, 0, 0), part="no"),
        lambda: edit_anchor(asset, "b"),
        lambda: remove_anchors(asset, ["mount/a"]),
    ):
        with pytest.raises(InputError, match=r"anchor|part"):
            wrong()
