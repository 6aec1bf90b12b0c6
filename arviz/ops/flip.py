"""The mirror image of a product: the corner sofa with its chaise on the other side, the fridge hinged on the other side.

The geometry itself is mirrored, not the root by a scale of -1: all frames stay right-handed, so that nothing that comes after
has to turn faces over (glTF 2.0 section 3.7.4 asks viewers to), and a rigid pose of a part stays one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arviz.core.animation import animated_property
from arviz.core.asset import Animation, Asset, Node, Skin, Track
from arviz.core.parts import Anchor, Joint
from arviz.core.reframe import turn_vertices

_ACROSS = np.diag([-1.0, 1.0, 1.0, 1.0])
"""Left is right; up, front and every length stay."""
_VECTOR, _AXIS = (-1.0, 1.0, 1.0), (1.0, -1.0, -1.0)
"""What mirroring does to a direction, and to the axis of a turn: the opposite turn about the mirrored axis."""
_ANIMATED = {"translation": _VECTOR, "rotation": (*_AXIS, 1.0)}
"""The same for animated values and quaternions; scales and morph weights stay."""
_OTHER_SIDE = {"left": "right", "right": "left"}


def flip(asset: Asset) -> Asset:
    """Return the mirror image of a product, left and right exchanged about the plane x = 0 of its own frame.

    Every node keeps its place in the hierarchy, its name and its part id; all frames stay right-handed. Joints open, animations
    play and lights shine as they would in a mirror. Anchors called ``left`` or ``right`` are called by their new side. Pictures
    are shared: what is printed on a product reads backwards. Twice is the product as it was.

    **Convention** a point at (0.3, 0.4, 0.5) is at (-0.3, 0.4, 0.5); a door hinged about +Y opens about -Y.
    """
    across = _ACROSS[:3, :3]
    meshes = (replace(mesh, primitives=tuple(turn_vertices(piece, across) for piece in mesh.primitives)) for mesh in asset.meshes)
    return replace(
        asset,
        nodes=tuple(_node(node) for node in asset.nodes),
        meshes=tuple(meshes),
        skins=tuple(_skin(skin) for skin in asset.skins),
        animations=tuple(_animation(animation) for animation in asset.animations),
        joints=tuple(_joint(joint) for joint in asset.joints),
    )


def _node(node: Node) -> Node:
    moved = replace(
        node,
        translation=_signed(node.translation, _VECTOR),
        rotation=_signed(node.rotation, _ANIMATED["rotation"]),
        matrix=None if node.matrix is None else _ACROSS @ node.matrix @ _ACROSS,
    )
    if node.anchor is None:
        return moved
    anchor = _anchor(node.anchor)
    return replace(moved, anchor=anchor, name=anchor.node_name if node.name == node.anchor.node_name else node.name)


def _signed(values: Sequence[float], signs: Sequence[float]) -> tuple[float, ...]:
    return tuple(value * sign + 0.0 for value, sign in zip(values, signs, strict=True))  # + 0.0: no file says -0.0


def _anchor(anchor: Anchor) -> Anchor:
    side = _OTHER_SIDE.get(anchor.id, anchor.id)
    return replace(anchor, id=side, normal=_signed(anchor.normal, _VECTOR), up=_signed(anchor.up, _VECTOR))


def _skin(skin: Skin) -> Skin:
    if skin.inverse_bind_matrices is None:
        return skin
    return replace(skin, inverse_bind_matrices=_ACROSS @ skin.inverse_bind_matrices @ _ACROSS)


def _animation(animation: Animation) -> Animation:
    return replace(animation, tracks=tuple(_track(track) for track in animation.tracks))


def _track(track: Track) -> Track:
    _, path = animated_property(track) or (None, "")
    signs = np.array(_ANIMATED.get(path, ()), np.float32)
    # Values of another width than their property's are played by nobody.
    return replace(track, values=track.values * signs) if track.values.shape[1:] == signs.shape else track


def _joint(joint: Joint) -> Joint:
    return replace(joint, axis=_signed(joint.axis, _AXIS if joint.kind == "revolute" else _VECTOR))
