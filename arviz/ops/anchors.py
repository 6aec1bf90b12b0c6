"""Anchors: named points of use, empty nodes ``ARVIZ_<kind>_<id>`` below the part that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Node
from arviz.core.errors import InputError
from arviz.core.extensions import used_extensions
from arviz.core.frozen import Array
from arviz.core.graph import bounds, world_matrices
from arviz.core.parts import ANCHOR_KINDS, Anchor, slug
from arviz.core.report import Finding, Report
from arviz.core.transforms import apply

_POINTER = "KHR_animation_pointer"
_FAR = 0.25
"""Of the product's diagonal: an anchor that far outside of its box belongs to something else."""
_SQUARE = 1e-3
_PAIRS = ("hinge", "temple", "ear_hook")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Placed:
    """An anchor where it is: all in the asset's frame, metres.

    Parameters
    ----------
    anchor : Anchor
    node : int
        The empty node that carries it.
    part : str or None
        Of the node above it.
    point_m, normal, up : (3,) float
    """

    anchor: Anchor
    node: int
    part: str | None
    point_m: tuple[float, ...]
    normal: tuple[float, ...]
    up: tuple[float, ...]


def placed_anchors(asset: Asset) -> tuple[Placed, ...]:
    """Return all anchors of the default scene."""
    world = world_matrices(asset)
    above = {child: index for index, node in enumerate(asset.nodes) for child in node.children}
    return tuple(_placed(asset, index, node, node.anchor, world[index], above) for index, node in _anchored(asset) if index in world)


def add_anchor(
    asset: Asset,
    anchor: Anchor,
    *,
    point_m: Iterable[float],
    part: str | None = None,
) -> Asset:
    """Return `asset` with one more anchor.

    Parameters
    ----------
    asset : Asset
    anchor : Anchor
        `normal` and `up` in the asset's frame.
    point_m : (3,) float
        In the asset's frame.
    part : str, optional
        Id of the part that it belongs to and moves with; default: the whole product.

    Raises
    ------
    InputError
        ``E_ANCHOR_EXISTS``, ``E_ANCHOR_PART``, ``E_ANCHOR_ID``
    """
    if slug(anchor.id).replace("-", "_") != anchor.id.replace("-", "_") or not anchor.id:
        hint = f"Call it {slug(anchor.id) or 'centre'!r}."
        raise InputError("E_ANCHOR_ID", "an anchor's id is of small letters, digits and hyphens", found=repr(anchor.id)[:80], hint=hint)
    if any(node.anchor is not None and _key(node.anchor) == _key(anchor) for node in asset.nodes):
        raise InputError(
            "E_ANCHOR_EXISTS", "the product has this anchor already", found=anchor.node_name, hint="Edit it, or give another id."
        )
    parent = None if part is None else _part_at(asset, part)
    matrix = np.eye(4) if parent is None else world_matrices(asset)[parent]
    node = _posed(Node(name=anchor.node_name), anchor, np.asarray([*point_m], float), matrix)
    index, nodes = len(asset.nodes), [*asset.nodes, node]
    if parent is not None:
        nodes[parent] = replace(nodes[parent], children=(*nodes[parent].children, index))
        return replace(asset, nodes=tuple(nodes))
    scene = asset.scene or 0
    scenes = tuple(replace(s, nodes=(*s.nodes, index)) if i == scene else s for i, s in enumerate(asset.scenes))
    return replace(asset, nodes=tuple(nodes), scenes=scenes)


def edit_anchor(asset: Asset, name: str, *, point_m: Iterable[float] | None = None, **changes: Any) -> Asset:
    """Return `asset` with another place or other properties of one anchor.

    Parameters
    ----------
    name : str
        As `anchor_at` finds it.
    point_m : (3,) float, optional
        In the asset's frame.
    **changes
        Fields of `Anchor`; `normal` and `up` in the asset's frame.

    Raises
    ------
    InputError
        ``E_ANCHOR_UNKNOWN``
    """
    index = anchor_at(asset, name)
    found = next(placed for placed in placed_anchors(asset) if placed.node == index)
    whole = replace(found.anchor, **{"normal": found.normal, "up": found.up, **changes})
    matrix = _above(asset, index)
    node = replace(asset.nodes[index], name=whole.node_name, matrix=None, rotation=(0.0, 0.0, 0.0, 1.0), scale=(1.0, 1.0, 1.0))
    point = np.asarray([*(found.point_m if point_m is None else point_m)], float)
    return replace(asset, nodes=tuple(_posed(node, whole, point, matrix) if i == index else n for i, n in enumerate(asset.nodes)))


def remove_anchors(asset: Asset, names: Iterable[str]) -> Asset:
    """Return `asset` without some anchors. A node that something else needs stays, without name and anchor.

    Raises
    ------
    InputError
        ``E_ANCHOR_UNKNOWN``
    """
    gone = {anchor_at(asset, name) for name in names}
    if _POINTER in used_extensions(asset):  # names nodes by their index
        return _stripped(asset, gone)
    kept = {index for index in gone if asset.nodes[index].children} | (gone & _needed(asset))
    return _without_nodes(_stripped(asset, kept), gone - kept)


def anchor_at(asset: Asset, name: str) -> int:
    """Return the node of an anchor by its node's name, by ``kind/id``, or by its id where no other has it.

    Raises
    ------
    InputError
        ``E_ANCHOR_UNKNOWN``
    """
    world = world_matrices(asset)
    known = [(index, node.anchor) for index, node in _anchored(asset) if index in world]
    for says in (lambda a: a.node_name, lambda a: f"{a.kind}/{a.id}", lambda a: a.id):
        found = [index for index, anchor in known if says(anchor) == name]
        if len(found) == 1:
            return found[0]
    names = ", ".join(anchor.node_name for _, anchor in known if anchor is not None)
    raise InputError(
        "E_ANCHOR_UNKNOWN", "the product has no such anchor", expected=names[:300] or "none: it has no anchors", found=repr(name)[:80]
    )


def check_anchors(asset: Asset) -> Report:
    """Return what is wrong or doubtful about the anchors of an asset."""
    findings: list[Finding] = []
    world = world_matrices(asset)
    box = bounds(asset)
    seen: set[tuple[str, str]] = set()

    def found(code: str, severity: Any, message: str, anchor: Anchor, hint: str = "") -> None:
        findings.append(Finding(code=code, severity=severity, message=message, where=anchor.node_name, hint=hint))

    for index, node in _anchored(asset):
        anchor = node.anchor
        if index not in world:
            found("W_ANCHOR_HIDDEN", "warning", "the anchor's node is in no scene", anchor)
            continue
        if _key(anchor) in seen:
            found("E_ANCHOR_TWICE", "error", f"two anchors are called {anchor.kind}/{anchor.id}", anchor, "Give one of them another id.")
        seen.add(_key(anchor))
        if node.name != anchor.node_name:
            hint = f"Call the node {anchor.node_name}."
            found("W_ANCHOR_NAME", "warning", f"the node is called {node.name!r}: other programs do not find the anchor", anchor, hint)
        if node.mesh is not None:
            found("W_ANCHOR_MESH", "warning", "the anchor's node draws something: a simplifier may take it away", anchor)
        if anchor.kind not in ANCHOR_KINDS:
            found("W_ANCHOR_KIND", "warning", f"nothing is known of the kind {anchor.kind!r}", anchor, f"Known: {', '.join(ANCHOR_KINDS)}.")
        normal, up = np.asarray(anchor.normal), np.asarray(anchor.up)
        if abs(np.linalg.norm(normal) - 1) > _SQUARE or abs(np.linalg.norm(up) - 1) > _SQUARE or abs(normal @ up) > _SQUARE:
            found("W_ANCHOR_FRAME", "warning", "normal and up are not of length 1 and square to each other", anchor)
        for value in (anchor.width_m, anchor.sigma_m):
            if value is not None and not 0 < value < np.inf:
                found("E_ANCHOR_WIDTH", "error", f"a length must be positive, found {value}", anchor)
        if box is not None:
            point = world[index][:3, 3]
            outside = float(np.linalg.norm(point - np.clip(point, *box)))
            if outside > _FAR * float(np.linalg.norm(box[1] - box[0])):
                found("W_ANCHOR_FAR", "warning", f"the anchor is {outside * 1000:.0f} mm outside of the product", anchor, "Check its unit.")
    findings += _unpaired(seen)
    return Report(findings=tuple(findings))


def _unpaired(seen: set[tuple[str, str]]) -> Iterator[Finding]:
    for kind in _PAIRS:
        sides = {id_ for one, id_ in seen if one == kind and id_ in ("left", "right")}
        if len(sides) == 1:
            (there,) = sides
            missing = "right" if there == "left" else "left"
            message = f"there is a {kind} on the {there} and none on the {missing}"
            yield Finding(code="W_ANCHOR_PAIR", severity="warning", message=message, where=f"ARVIZ_{kind}_{there}")


def _anchored(asset: Asset) -> Iterator[tuple[int, Any]]:
    return ((index, node) for index, node in enumerate(asset.nodes) if node.anchor is not None)


def _key(anchor: Anchor) -> tuple[str, str]:
    return anchor.kind, anchor.id


def _placed(asset: Asset, index: int, node: Node, anchor: Any, matrix: Array, above: Mapping[int, int]) -> Placed:
    part, at = None, above.get(index)
    while at is not None and part is None:
        part, at = asset.nodes[at].part, above.get(at)
    linear = matrix[:3, :3]
    return Placed(
        anchor=anchor,
        node=index,
        part=part,
        point_m=tuple(matrix[:3, 3].tolist()),
        normal=_unit(np.linalg.inv(linear).T @ anchor.normal if np.linalg.det(linear) else np.asarray(anchor.normal)),
        up=_unit(linear @ anchor.up),
    )


def _posed(node: Node, anchor: Anchor, point: Array, matrix: Array) -> Node:
    """Return the node of an anchor below a node of this pose; the anchor's directions and the point are in the asset's frame."""
    inverse = np.linalg.inv(matrix)
    local = replace(anchor, normal=_unit(matrix[:3, :3].T @ anchor.normal), up=_unit(inverse[:3, :3] @ anchor.up))
    return replace(node, anchor=local, translation=tuple(apply(inverse, point[None])[0].tolist()))


def _unit(vector: Array) -> tuple[float, ...]:
    length = float(np.linalg.norm(vector))
    return tuple((vector / length).tolist()) if length > 0 else (0.0, 0.0, 1.0)


def _above(asset: Asset, index: int) -> Array:
    """Return the pose of the node above one."""
    parent = next((i for i, node in enumerate(asset.nodes) if index in node.children), None)
    return np.eye(4) if parent is None else world_matrices(asset)[parent]


def _part_at(asset: Asset, part: str) -> int:
    world = world_matrices(asset)
    found = next((index for index, node in enumerate(asset.nodes) if node.part == part and index in world), None)
    if found is None:
        parts = ", ".join(node.part for node in asset.nodes if node.part is not None)
        raise InputError("E_ANCHOR_PART", "the product has no such part", expected=parts[:300] or "none", found=repr(part)[:80])
    return found


def _needed(asset: Asset) -> set[int]:
    """Return the nodes that something other than the hierarchy names."""
    named = {joint for skin in asset.skins for joint in (*skin.joints, skin.skeleton)}
    named |= {track.node for animation in asset.animations for track in animation.tracks}
    named |= {joint.node for joint in asset.joints}
    return {index for index in named if index is not None}


def _stripped(asset: Asset, indices: set[int]) -> Asset:
    return replace(asset, nodes=tuple(replace(n, anchor=None, name="") if i in indices else n for i, n in enumerate(asset.nodes)))


def _without_nodes(asset: Asset, gone: set[int]) -> Asset:
    """Return `asset` without nodes that nothing but their parents and scenes name."""
    if not gone:
        return asset
    kept = [index for index in range(len(asset.nodes)) if index not in gone]
    at = {old: new for new, old in enumerate(kept)}

    def moved(indices: Iterable[int]) -> tuple[int, ...]:
        return tuple(at[index] for index in indices if index in at)

    def one(index: int | None) -> int | None:
        return None if index is None else at[index]

    animations = (
        replace(animation, tracks=tuple(replace(track, node=one(track.node)) for track in animation.tracks))
        for animation in asset.animations
    )
    return replace(
        asset,
        nodes=tuple(replace(asset.nodes[index], children=moved(asset.nodes[index].children)) for index in kept),
        scenes=tuple(replace(scene, nodes=moved(scene.nodes)) for scene in asset.scenes),
        skins=tuple(replace(skin, joints=moved(skin.joints), skeleton=one(skin.skeleton)) for skin in asset.skins),
        animations=tuple(animations),
        joints=tuple(replace(joint, node=at[joint.node]) for joint in asset.joints),
    )
