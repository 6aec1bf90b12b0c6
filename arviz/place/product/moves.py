"""What opens at a product: its joints, or what its animations open, or named hinges and parts whose names say how they open."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from arviz.core.animation import animated_property, sample
from arviz.core.asset import Asset, Node, Track
from arviz.core.frozen import Array, set_fields, vector
from arviz.core.graph import drawn, local_matrix, world_matrices
from arviz.core.parts import slug, unique
from arviz.core.transforms import apply, quaternion_matrix

_DOOR_RAD = math.pi / 2
"""How far a door or lid opens of which nothing else is said."""
_PULL = 0.75
"""What share of its depth a drawer comes out of which nothing else is said: a full extension leaves its back inside."""
_LEAST_RAD, _MOST_RAD = math.radians(5), math.radians(200)
"""An animation that turns something less opens nothing; one that turns it further is a fan or a wheel."""
_LEAST_M, _MOST_M = 0.02, 3.0
_STRAIGHT = 0.02
"""How far, in relation to its length, a motion may leave its line or its axis."""
_OFF_AXIS_M = 0.002
_MOST_KEYS = 2000
"""What has more is recorded motion, and each key costs 20 us."""
_FLUSH_M = 0.05
"""So far below a worktop's edge a drawer still is at that side of the product."""
_EDGE_M = 0.02
"""How near a hinge lies to an edge of the part's box, besides a twentieth of its width."""
_NAMES = {
    "door": {"door", "tuer", "tür"},
    "lid": {"lid", "flap", "hatch", "deckel", "klappe"},
    "drawer": {"drawer", "schublade", "schubkasten", "auszug"},
}
_NOT = {"handle", "griff", "knob", "frame", "rahmen", "hinge", "scharnier"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How a part of a product opens.

    Parameters
    ----------
    name : str
        Unique in its product.
    node : int
        What moves, with everything below it.
    kind : str
        ``revolute`` or ``prismatic``.
    axis : (3,) float
        Unit vector in the asset's frame: along which it slides, or about which it turns by the right-hand rule.
    origin : (3,) float
        A point of the axis in the asset's frame, metres.
    min, max : float
        Radians or metres from the pose that the file has.
    source : str
        What says so.
    """

    name: str
    node: int
    kind: Literal["revolute", "prismatic"]
    axis: tuple[float, ...]
    origin: tuple[float, ...]
    min: float
    max: float
    source: str

    def __post_init__(self) -> None:
        axis = np.asarray(vector(self.axis, 3))
        set_fields(self, axis=tuple((axis / np.linalg.norm(axis)).tolist()), origin=vector(self.origin, 3))

    @property
    def open(self) -> float:
        """Where it is fully open: the end that is further from the pose that the file has."""
        return self.max if abs(self.max) >= abs(self.min) else self.min

    def motion(self, at: float) -> Array:
        """Return (4, 4): what moves its points, in the asset's frame, from the pose that the file has to `at`."""
        out = np.eye(4)
        axis, origin = np.asarray(self.axis), np.asarray(self.origin)
        if self.kind == "prismatic":
            out[:3, 3] = axis * at
            return out
        out[:3, :3] = quaternion_matrix([*(axis * math.sin(at / 2)), math.cos(at / 2)])
        out[:3, 3] = origin - out[:3, :3] @ origin
        return out


def moves(asset: Asset) -> tuple[Move, ...]:
    """Return what opens at a product, of the first of these that says anything: joints, animations, hinges, names of parts.

    Joints are exact. An animation counts where it turns a node about one axis or moves it along one line, and not so far that
    it is a wheel. An anchor of kind ``hinge`` says an axis (its `up`) but not how far: 90 degrees, outwards. Of a part that is
    called door, lid or drawer (Tür, Klappe, Schublade) the same is assumed if its origin lies at the edge of its box where a
    hinge would be.
    """
    world = world_matrices(asset)
    for found in (_of_joints(asset, world), _of_animations(asset, world), _of_hinges(asset, world)):
        each = [move for move in found if below(asset, move.node) & _drawn_nodes(asset, world)]
        if each:
            names = unique(move.name for move in each)
            return tuple(replace(move, name=name) for move, name in zip(each, names, strict=True))
    return ()


def below(asset: Asset, node: int) -> frozenset[int]:
    """Return a node and everything that hangs from it."""
    found: set[int] = set()
    stack = [node]
    while stack:
        index = stack.pop()
        if index not in found:
            found.add(index)
            stack.extend(asset.nodes[index].children)
    return frozenset(found)


def _drawn_nodes(asset: Asset, world: dict[int, Array]) -> set[int]:
    return {index for index in world if asset.nodes[index].mesh is not None}


def _parent_matrix(asset: Asset, world: dict[int, Array], node: int) -> Array:
    """Return asset_from_parent (4, 4)."""
    out: Array = world[node] @ np.linalg.inv(local_matrix(asset.nodes[node]))
    return out


def _carried(parent: Array, axis: Array, kind: str) -> tuple[Array, float]:
    """Return the unit `axis` of a motion in a parent's frame in the asset's, and how much longer a way along it is there.

    A parent that mirrors turns the other way.
    """
    out = parent[:3, :3] @ axis
    if kind == "prismatic":
        return out, float(np.linalg.norm(out))
    return (-out if np.linalg.det(parent[:3, :3]) < 0 else out), 1.0


def _of_joints(asset: Asset, world: dict[int, Array]) -> Iterator[Move]:
    for joint in asset.joints:
        if joint.node not in world or joint.max <= joint.min:
            continue
        given = np.asarray(joint.axis) / max(float(np.linalg.norm(joint.axis)), 1e-12)
        axis, unit = _carried(_parent_matrix(asset, world, joint.node), given, joint.kind)
        if not np.isfinite(axis).all() or not axis.any():
            continue
        yield Move(
            name=joint.id,
            node=joint.node,
            kind=joint.kind,
            axis=tuple(axis.tolist()),
            origin=tuple(world[joint.node][:3, 3].tolist()),
            min=(joint.min - joint.rest) * unit,
            max=(joint.max - joint.rest) * unit,
            source=f"joint {joint.id}",
        )


def _of_animations(asset: Asset, world: dict[int, Array]) -> Iterator[Move]:
    for index, animation in enumerate(asset.animations):
        moved: dict[int, dict[str, Track]] = {}
        for track in animation.tracks:
            node, path = animated_property(track) or (-1, "")
            if node in world and asset.nodes[node].matrix is None:
                moved.setdefault(node, {})[path] = track
        for node, tracks in moved.items():
            name = slug(asset.nodes[node].name) or slug(animation.name) or f"node-{node}"
            parent = _parent_matrix(asset, world, node)
            yield from _animated(asset.nodes[node], node, tracks, parent, name=name, source=f"animation {animation.name or index}")


def _animated(node: Node, index: int, tracks: dict[str, Track], parent: Array, *, name: str, source: str) -> Iterator[Move]:
    """Yield how an animation opens a node, if it turns it about one axis or moves it along one line."""
    keys = np.unique(np.concatenate([track.times.ravel() for track in tracks.values()]))
    if not keys.size or not np.isfinite(keys).all() or len(keys) > _MOST_KEYS:
        return
    times = np.unique(np.concatenate([keys, np.linspace(keys[0], keys[-1], 25)]))
    paths: dict[str, Array] = {}
    for path, width in (("scale", 3), ("translation", 3), ("rotation", 4)):
        if path in tracks:
            values = [sample(tracks[path], time_s=float(time), path=path, width=width) for time in times]
            if any(value is None for value in values):
                return
            paths[path] = np.array(values)
    if "scale" in paths and np.abs(paths["scale"] - node.scale).max() > 1e-4:
        return
    start = np.asarray(node.translation)
    shift = paths["translation"] - start if "translation" in paths else np.zeros((1, 3))
    vectors = _rotation_vectors(paths["rotation"], node.rotation) if "rotation" in paths else np.zeros((1, 3))
    unit = float(np.cbrt(np.abs(np.linalg.det(parent[:3, :3]))))
    at = start
    if np.linalg.norm(vectors, axis=1).max() > 1e-3:
        kind: Literal["revolute", "prismatic"] = "revolute"
        off = _centre(vectors, shift)
        if off is None or off[1] * unit > _OFF_AXIS_M:
            return
        at, along, scaled, least, most = start + off[0], vectors, 1.0, _LEAST_RAD, _MOST_RAD
    else:
        kind, along, scaled, least, most = "prismatic", shift, unit, _LEAST_M, _MOST_M
    furthest: Array = along[np.linalg.norm(along, axis=1).argmax()]
    if not furthest.any():
        return
    axis = furthest / np.linalg.norm(furthest)
    there = along @ axis
    low, high = min(float(there.min()), 0.0), max(float(there.max()), 0.0)
    straight = np.linalg.norm(along - there[:, None] * axis, axis=1).max() <= _STRAIGHT * (high - low)
    if straight and least <= (high - low) * scaled <= most:
        direction, longer = _carried(parent, axis, kind)
        at = apply(parent, at[None])[0]
        low, high = low * longer, high * longer
        yield Move(name=name, node=index, kind=kind, axis=tuple(direction), origin=tuple(at), min=low, max=high, source=source)


def _centre(vectors: Array, shift: Array) -> tuple[Array, float] | None:
    """Return a point (3,) about which all turns are, from where the node is, and how far from it they miss; None if there is none.

    A turn R about c moves the node by (1 - R) c: its own origin need not be where the hinge is.
    """
    count = max(len(vectors), len(shift))
    turns = np.stack([np.eye(3) - quaternion_matrix(_quaternion(each).tolist()) for each in np.broadcast_to(vectors, (count, 3))])
    moved = np.broadcast_to(shift, (count, 3))
    centre, *_ = np.linalg.lstsq(turns.reshape(-1, 3), moved.reshape(-1), rcond=1e-6)
    miss = float(np.linalg.norm(turns @ centre - moved, axis=1).max())
    return (centre, miss) if np.isfinite(centre).all() else None


def _quaternion(vector: Array) -> Array:
    """Return the unit quaternion (x, y, z, w) of an axis times an angle."""
    angle = float(np.linalg.norm(vector))
    out: Array = np.r_[vector * (math.sin(angle / 2) / angle if angle else 0.5), math.cos(angle / 2)]
    return out


def _rotation_vectors(quaternions: Array, rest: tuple[float, ...]) -> Array:
    """Return (K, 3) axis times angle, from `rest` to each (x, y, z, w), without jumps of a full turn."""
    x, y, z, w = rest
    inverse = np.array([-x, -y, -z, w]) / max(math.sqrt(x * x + y * y + z * z + w * w), 1e-12)
    a, b = quaternions, inverse[None]
    turned = np.concatenate(
        [
            a[:, 3:] * b[:, :3] + b[:, 3:] * a[:, :3] + np.cross(a[:, :3], np.broadcast_to(b[:, :3], a[:, :3].shape)),
            a[:, 3:] * b[:, 3:] - (a[:, :3] * b[:, :3]).sum(axis=1, keepdims=True),
        ],
        axis=1,
    )
    signs = np.cumprod(np.where((turned[1:] * turned[:-1]).sum(axis=1) < 0, -1.0, 1.0))
    turned = turned * np.concatenate([[1.0], signs])[:, None] * (-1.0 if turned[0, 3] < 0 else 1.0)
    sine = np.linalg.norm(turned[:, :3], axis=1, keepdims=True)
    angle = 2 * np.arctan2(sine, turned[:, 3:])
    out: Array = np.divide(turned[:, :3] * angle, sine, out=np.zeros((len(turned), 3)), where=sine > 1e-12)
    return out


class _Boxes(NamedTuple):
    """Bounds of what each node draws itself, node -> (low, high) in the asset's frame."""

    of_node: dict[int, Array]

    def around(self, nodes: Iterable[int]) -> Array | None:
        """Return (2, 3) bounds of nodes together, None where they draw nothing."""
        found = [self.of_node[node] for node in nodes if node in self.of_node]
        return np.stack([np.min([low for low, _ in found], axis=0), np.max([high for _, high in found], axis=0)]) if found else None


def _boxes(asset: Asset) -> _Boxes:
    ends: dict[int, list[Array]] = {}
    for each in drawn(asset):
        points = each.used_positions
        points = points[np.isfinite(points).all(axis=1)]
        if len(points):
            ends.setdefault(each.node, []).extend((points.min(axis=0), points.max(axis=0)))
    return _Boxes({node: np.stack([np.min(each, axis=0), np.max(each, axis=0)]) for node, each in ends.items()})


def _of_hinges(asset: Asset, world: dict[int, Array]) -> Iterator[Move]:
    """Yield what named hinges and the names of parts say; a part with a hinge has no need of its name."""
    anchors = [(index, child, asset.nodes[child].anchor) for index in world for child in asset.nodes[index].children if child in world]
    hinges = [(index, child, anchor) for index, child, anchor in anchors if anchor is not None and anchor.kind == "hinge"]
    taken = {node for index, _, _ in hinges for node in below(asset, index)}
    called = [(index, what) for index in world if index not in taken and (what := _called(asset.nodes[index].name)) is not None]
    if not hinges and not called:
        return
    boxes = _boxes(asset)
    for index, child, anchor in hinges:
        yield from _hinged(asset, boxes, anchor.id, index, world[child][:3, :3] @ anchor.up, world[child][:3, 3], f"hinge {anchor.id}")
    for index, what in called:
        found = [] if index in taken else list(_named(asset, boxes, index, what, world[index][:3, 3]))
        if found:
            taken |= below(asset, index)  # a door has a door's name in each of its parts
            yield from found


def _called(name: str) -> str | None:
    """Return whether a node's name says that it is a door, a lid or a drawer."""
    words = set(re.findall(r"[^\W\d_]+", slug(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))))
    return None if words & _NOT else next((what for what, names in _NAMES.items() if words & names), None)


def _named(asset: Asset, boxes: _Boxes, node: int, what: str, origin: Array) -> Iterator[Move]:
    part, whole = boxes.around(below(asset, node)), boxes.around(boxes.of_node)
    if part is None or whole is None or np.array_equal(part, whole):  # the product itself is called so
        return
    (low, high), name = part, slug(asset.nodes[node].name)
    if what == "drawer":
        depth = float(high[2] - low[2])
        if depth > _EDGE_M:
            back = low[2] - whole[0, 2] <= _FLUSH_M < whole[1, 2] - high[2]  # an island has some there
            yield Move(
                name=name,
                node=node,
                kind="prismatic",
                axis=(0.0, 0.0, -1.0 if back else 1.0),
                origin=tuple(origin),
                min=0.0,
                max=_PULL * depth,
                source=f"name {name}: comes out by {_PULL:.0%} of its depth, assumed",
            )
        return
    near = _EDGE_M + 0.05 * (high - low)
    if ((origin < low - near) | (origin > high + near)).any():
        return
    # A hinge runs along an edge: across it the origin is at one end, along it anywhere.
    at_end = (np.minimum(np.abs(origin - low), np.abs(origin - high)) <= near) & (high - low > 2 * near)
    thin = int(np.argmin(high - low))
    axes = [axis for axis in ((1,) if what == "door" else (0, 2)) if axis != thin and at_end[3 - axis - thin]]
    if len(axes) == 1:
        yield from _hinged(asset, boxes, name, node, np.eye(3)[axes[0]], origin, f"name {name}: opens by 90 degrees, assumed")


def _hinged(asset: Asset, boxes: _Boxes, name: str, node: int, axis: Array, origin: Array, source: str) -> Iterator[Move]:
    """Yield a part that turns by 90 degrees about a hinge, to the side on which the product is not."""
    part, whole = boxes.around(below(asset, node)), boxes.around(boxes.of_node)
    if part is None or whole is None or not np.isfinite(axis).all() or not axis.any():
        return
    move = Move(name=name, node=node, kind="revolute", axis=tuple(axis), origin=tuple(origin), min=0.0, max=_DOOR_RAD, source=source)
    ends = (apply(move.motion(angle), part.mean(axis=0)[None])[0] for angle in (_DOOR_RAD, -_DOOR_RAD))
    forth, back = (float(np.linalg.norm(end - whole.mean(axis=0))) for end in ends)
    if abs(forth - back) > 1e-6:
        yield move if forth > back else replace(move, axis=tuple(-axis))
