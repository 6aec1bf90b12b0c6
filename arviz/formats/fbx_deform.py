"""What bends an FBX mesh: blend shapes as morph targets, skin clusters as joints and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from arviz.core.asset import Skin
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.formats.fbx_elements import counted, matrix_of

_WEIGHTS = 4
"""Joints per vertex that every glTF viewer follows (glTF 2.0 section 3.7.3.3)."""
_LINEAR = ("RIGID", "LINEAR")


class Channel(NamedTuple):
    """A blend channel: `element` names it in animations; `knots` are the weights at which its shapes stand fully, ascending."""

    element: int
    name: str
    knots: tuple[float, ...]
    shapes: tuple[Any, ...]
    weight: float

    def weights(self, weight: Array) -> Array:
        """Return (K, shapes), how much of each shape a channel's weights (K,) draw: between two shapes both, in proportion."""
        if len(self.knots) == 1:
            return np.asarray(weight, np.float64).reshape(-1, 1) / self.knots[0]
        stops, own = [0.0, *self.knots], np.eye(len(self.knots) + 1)[1:]
        order = np.argsort(stops, kind="stable")
        return np.stack([np.interp(weight, np.array(stops)[order], row[order]) for row in own], axis=-1).reshape(-1, len(own))


class Bend(NamedTuple):
    """What bends a mesh, over its control points (V).

    Parameters
    ----------
    channels : tuple of Channel
        Their shapes, one after the other, are the morph targets.
    targets : tuple of Mapping
        ``POSITION``, and ``NORMAL`` where any shape has it, -> (V, 3) float32.
    joints, weights : ndarray (V, 4), or None
        uint16 places in `clusters` (one past the last: the mesh's own node), float32.
    clusters : tuple
        Those of ufbx with a bone.
    """

    channels: tuple[Channel, ...]
    targets: tuple[Mapping[str, Array], ...]
    joints: Array | None
    weights: Array | None
    clusters: tuple[Any, ...]

    @property
    def rest(self) -> tuple[float, ...]:
        """The weights of the morph targets where nothing is animated."""
        return tuple(float(weight) for channel in self.channels for weight in channel.weights(np.array([channel.weight]))[0])

    def skin(self, mesh_node: int, node_at: Mapping[int, int]) -> Skin:
        """Return the skin of the node `mesh_node`; `node_at` maps bones' element ids to nodes.

        Control points that no bone moves follow the mesh's own node, which glTF says by making it a joint.
        """
        joints = [node_at[int(counted(cluster.bone_node).element_id)] for cluster in self.clusters]
        binds = [matrix_of(cluster.geometry_to_bone) for cluster in self.clusters]
        return Skin(joints=(*joints, mesh_node), inverse_bind_matrices=np.array([*binds, np.eye(4)]))


def bend_of(mesh: Any, *, vertices: int, where: str, findings: list[Finding]) -> Bend:
    """Return what bends a ufbx mesh of `vertices` control points; what glTF has no form for becomes findings."""
    channels = tuple(channel for deformer in mesh.blend_deformers for channel in _channels(counted(deformer), vertices))
    shapes = [shape for channel in channels for shape in channel.shapes]
    joints, weights, clusters = _skin(mesh, vertices, where, findings)
    if len(mesh.cache_deformers):
        _note(findings, where, "a mesh that a cache file moves stands as it is in the FBX")
    return Bend(channels, _targets(shapes, vertices), joints, weights, clusters)


def _channels(deformer: Any, vertices: int) -> list[Channel]:
    out = []
    for channel in map(counted, deformer.channels):
        frames = [counted(frame) for frame in channel.keyframes]
        stops = sorted((float(frame.target_weight), i) for i, frame in enumerate(frames) if frame.target_weight)
        shapes = tuple(counted(frames[i].shape) for _, i in stops)
        if shapes and np.isfinite(float(channel.weight)):
            name = channel.name or shapes[-1].name
            out.append(Channel(int(channel.element_id), name, tuple(stop for stop, _ in stops), shapes, float(channel.weight)))
    return out


def _targets(shapes: Sequence[Any], vertices: int) -> tuple[Mapping[str, Array], ...]:
    moved = [_offsets(shape, shape.position_offsets, vertices) for shape in shapes]
    turned = [_offsets(shape, shape.normal_offsets, vertices) for shape in shapes]
    if not any(normals.any() for normals in turned):
        return tuple({"POSITION": positions} for positions in moved)
    return tuple({"POSITION": positions, "NORMAL": normals} for positions, normals in zip(moved, turned, strict=True))


def _offsets(shape: Any, values: Any, vertices: int) -> Array:
    out = np.zeros((vertices, 3), np.float32)
    places, rows = np.asarray(shape.offset_vertices, np.int64), np.asarray(values, np.float64).reshape(-1, 3)
    if len(rows) == len(places):
        kept = places < vertices
        out[places[kept]] = np.nan_to_num(rows[kept], nan=0, posinf=0, neginf=0)
    return out


def _skin(mesh: Any, vertices: int, where: str, findings: list[Finding]) -> tuple[Array | None, Array | None, tuple[Any, ...]]:
    """Return joints and weights of the first skin, each control point's four heaviest, and its clusters."""
    skins = [counted(skin) for skin in mesh.skin_deformers]
    clusters = tuple(cluster for cluster in map(counted, skins[0].clusters) if _holds(cluster)) if skins else ()
    if not clusters:
        return None, None, ()
    if len(skins) > 1:
        _note(findings, where, f"{len(skins) - 1} more skins of a mesh were left out: glTF has one")
    if skins[0].skinning_method.name not in _LINEAR:
        _note(findings, where, "a mesh skinned by dual quaternions is skinned linearly, which is thinner where limbs twist")
    places = [np.asarray(cluster.vertices, np.int64) for cluster in clusters]
    of = np.repeat(np.arange(len(clusters)), [len(each) for each in places])
    vertex, share = np.concatenate(places), np.concatenate([np.asarray(cluster.weights, np.float64) for cluster in clusters])
    kept = (vertex < vertices) & np.isfinite(share) & (share > 0)
    vertex, share, of = vertex[kept], share[kept], of[kept]
    order = np.lexsort((-share, vertex))
    vertex, share, of = vertex[order], share[order], of[order]
    rank = np.arange(len(vertex)) - np.searchsorted(vertex, vertex)
    if (rank >= _WEIGHTS).any():
        count = len(np.unique(vertex[rank >= _WEIGHTS]))
        _note(findings, where, f"{count:,} points follow more than {_WEIGHTS} bones; the {_WEIGHTS} that move them most were kept")
    vertex, share, of, rank = (each[rank < _WEIGHTS] for each in (vertex, share, of, rank))
    joints, weights = np.zeros((vertices, _WEIGHTS), np.uint16), np.zeros((vertices, _WEIGHTS))
    joints[vertex, rank], weights[vertex, rank] = of, share
    joints[~weights.any(axis=1), 0], weights[~weights.any(axis=1), 0] = len(clusters), 1
    return joints, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32), clusters


def _holds(cluster: Any) -> bool:
    """Say whether a cluster moves anything: the file's root, which never moves, is no node of ours."""
    return len(cluster.vertices) > 0 and cluster.bone_node is not None and not counted(cluster.bone_node).is_root


def _note(findings: list[Finding], where: str, message: str) -> None:
    findings.append(Finding(code="W_FBX_SKIN", severity="warning", where=where, message=message))
