"""Our parts, anchors, joints and slots as customData below the key ``arviz``, as in glTF's ``extras.arviz``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arviz.core.asset import Asset, Node
from arviz.core.parts import SCHEMA, Joint, anchor_to_json, joint_to_json
from arviz.formats.usdz.names import words

KEY = "arviz"


def annotate_node(prim: Any, node: Node) -> None:
    """Write the part id and the anchor of a node on its prim."""
    if node.part is not None:
        prim.SetCustomDataByKey(f"{KEY}:part", words(node.part))
    if node.anchor is not None:
        prim.SetCustomDataByKey(f"{KEY}:anchor", _value(anchor_to_json(node.anchor)))


def annotate_joint(prim: Any, joint: Joint) -> None:
    """Write a joint on the prim of the node that it moves; the axis is in the frame of the prim's parent."""
    values = {key: value for key, value in joint_to_json(joint).items() if key != "node"}
    prim.SetCustomDataByKey(f"{KEY}:joint", _value(values))


def annotate_root(
    prim: Any, asset: Asset, *, materials: Mapping[tuple[int | None, bool], str], variants: Sequence[tuple[str, str]]
) -> None:
    """Write what belongs to the product as a whole: schema, declared size, the looks' own names, slots."""
    own: dict[str, Any] = {"schema": SCHEMA}
    if asset.declared_size_m is not None:
        own["size_m"] = asset.declared_size_m
    if variants:
        own["variants"] = dict(variants)
    prims = {index: path for (index, _), path in materials.items()}
    slots = {
        slot.id: {
            "parts": list(slot.parts),
            "choices": {name: "" if index is None else prims.get(index, "") for name, index in slot.choices.items()},
            "hidden": [name for name, index in slot.choices.items() if index is None],
        }
        for slot in asset.slots
    }
    if slots:
        own["slots"] = slots
    prim.SetCustomDataByKey(KEY, _value(own))


def _value(value: Any) -> Any:
    """Return a JSON value as USD holds it: lists of three numbers as vectors, lists of words as string arrays."""
    from pxr import Gf, Vt

    if isinstance(value, Mapping):
        return {words(str(key)) or "_": _value(item) for key, item in value.items()}
    if isinstance(value, str):
        return words(value)
    if isinstance(value, (list, tuple)):
        if len(value) == 3 and all(isinstance(item, (int, float)) for item in value):
            return Gf.Vec3d(*value)
        return Vt.StringArray([words(str(item)) for item in value])
    return value
