"""FBX takes as glTF animations: what moves nodes, and what weighs morph targets.

ufbx bakes a take: layers, pre-rotations, pivots and curves of any kind become keys between which translation, scale and
weights run straight, and rotations on the sphere; curved stretches get keys thirty times a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arviz.core.asset import Animation, Node, Track
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.formats.fbx_deform import Bend
from arviz.formats.fbx_elements import counted

_STILL = 1e-6
_PERCENT = 100.0
_WEIGHT = "DeformPercent"


def animations(
    scene: Any, nodes: Sequence[Node], *, node_at: Mapping[int, int], bent: Mapping[int, Bend], findings: list[Finding]
) -> tuple[Animation, ...]:  # fmt: skip
    """Return an animation for each take that moves something.

    Parameters
    ----------
    nodes : sequence of Node
        As they rest.
    node_at : Mapping
        Element id of a ufbx node -> its place in `nodes`.
    bent : Mapping
        Place in `nodes` -> what bends the mesh there.
    """
    import ufbx

    out = []
    other: set[str] = set()
    for stack in map(counted, scene.anim_stacks):
        baked = counted(ufbx.bake_anim(scene, counted(stack.anim), trim_start_time=True))
        tracks: list[Track] = []
        for each in map(counted, baked.nodes):
            if (at := node_at.get(int(each.element_id))) is not None:
                tracks += _of_node(each, nodes[at], at)
        percents, others = _percents(baked)
        other |= others
        tracks += [track for at, bend in bent.items() if (track := _of_weights(bend, percents, at)) is not None]
        if tracks:
            out.append(Animation(name=stack.name, tracks=_from_zero(tracks)))
    if other:
        message = f"animations of {', '.join(sorted(other)[:10])} were left out: glTF animates places and morph weights alone"
        findings.append(Finding(code="I_FBX_ANIMATION", severity="info", message=message))
    return tuple(out)


def _of_node(baked: Any, node: Node, at: int) -> list[Track]:
    out = []
    for path in ("translation", "rotation", "scale"):
        times, values = _keys(getattr(baked, f"{path}_keys"), "xyzw" if path == "rotation" else "xyz")
        rest = np.array(getattr(node, path))
        if path == "rotation" and len(values) and values[0] @ rest < 0:
            rest = -rest
        if len(times) and np.abs(values - rest).max() > _STILL * max(1.0, np.abs(rest).max()):
            out.append(Track(node=at, path=path, times=times, values=values))
    return out


def _percents(baked: Any) -> tuple[dict[int, tuple[Array, Array]], set[str]]:
    """Return element id of a blend channel -> its keys, and the names of what else moves."""
    percents, others = {}, set()
    for element in map(counted, baked.elements):
        for prop in map(counted, element.props):
            if prop.name == _WEIGHT:
                times, values = _keys(prop.keys, "x")
                percents[int(element.element_id)] = times, values[:, 0] / _PERCENT
            elif not prop.constant_value:
                others.add(str(prop.name))
    return percents, others


def _of_weights(bend: Bend, percents: Mapping[int, tuple[Array, Array]], at: int) -> Track | None:
    """Return the track of all morph weights of a node, None if none moves; it has a key wherever one of them has, or passes a shape."""
    moved = [channel for channel in bend.channels if channel.element in percents]
    if not moved:
        return None
    times = np.unique(np.concatenate([_with_passes(*percents[channel.element], channel.knots) for channel in moved]))
    columns = []
    for channel in bend.channels:
        keys = percents.get(channel.element)
        weight = np.full(len(times), channel.weight) if keys is None else np.interp(times, *keys)
        columns.append(channel.weights(weight))
    values = np.concatenate(columns, axis=1)
    if np.abs(values - np.array(bend.rest)).max() <= _STILL:
        return None
    return Track(node=at, path="weights", times=times, values=values.reshape(-1))


def _with_passes(times: Array, weights: Array, knots: Sequence[float]) -> Array:
    """Return the keys' times with those at which the weight passes one shape of several on its way to the next."""
    out = [times]
    for knot in (0.0, *knots) if len(knots) > 1 else ():
        before, after = weights[:-1] - knot, weights[1:] - knot
        through = before * after < 0
        share = before[through] / (before[through] - after[through])
        out.append(times[:-1][through] + share * np.diff(times)[through])
    return np.concatenate(out)


def _keys(keys: Any, axes: str) -> tuple[Array, Array]:
    """Return (K,) seconds and (K, axes) values; keys that are no finite numbers are left out, as are those that go back in time."""
    held = [counted(key) for key in keys]
    times = np.array([float(key.time) for key in held])
    values = np.array([[getattr(key.value, axis) for axis in axes] for key in held]).reshape(-1, len(axes))
    good = np.isfinite(times) & np.isfinite(values).all(axis=1)
    times, values = times[good], values[good]
    forward = np.diff(times.astype(np.float32), prepend=-np.inf) > 0
    return times[forward], values[forward]


def _from_zero(tracks: list[Track]) -> tuple[Track, ...]:
    """Return the tracks moved so that none begins before zero: glTF knows no negative time."""
    start = min(0.0, *(float(track.times[0]) for track in tracks))
    if start == 0.0:
        return tuple(tracks)
    return tuple(Track(node=t.node, path=t.path, times=t.times - start, values=t.values) for t in tracks)
