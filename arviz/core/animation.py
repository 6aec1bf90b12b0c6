"""An `Asset` at a moment of one of its animations (glTF 2.0 section 3.11 and appendix C)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from arviz.core.asset import Animation, Asset, Node, Track
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.transforms import decompose

_WIDTHS = {"translation": 3, "rotation": 4, "scale": 3}
_VALUES_PER_KEY = {"LINEAR": 1, "STEP": 1, "CUBICSPLINE": 3}
"""A cubic key is in-tangent, value, out-tangent (appendix C.5)."""
_MOST_LISTED = 20
_NODE_POINTER = re.compile(r"/nodes/([0-9]{1,9})/(translation|rotation|scale|weights)")


def at_time(asset: Asset, *, animation: int | str, time_s: float) -> Asset:
    """Return `asset` as one of its animations has it at a time: its nodes moved, everything else shared.

    Nodes keep what no track moves. Materials, cameras and visibility that KHR_animation_pointer animates stay as the
    file has them at rest; its pointers to a node's translation, rotation, scale or weights are followed. The
    animations themselves stay in the asset: they describe the product, nothing plays them again by itself, and
    another time of the same animation may be taken from the result as well as from `asset`.

    A track is left out, and its property stays at rest, where it cannot be played: no keys, times that go back,
    numbers that are not finite, values whose count or width is not that of the property, a node that is not there,
    morph weights for a mesh with another number of targets. So no pose is ever NaN and no file stops a picture. A node
    posed by a matrix, which glTF does not allow to animate, is taken apart into translation, rotation and scale
    first; one with shear or a flat axis, which cannot be, is not animated. Of two tracks for one property the last counts.

    Parameters
    ----------
    asset : Asset
    animation : int or str
        Index into ``asset.animations``, or the name of one; of equal names the first is meant.
    time_s : float
        Seconds; before a track's first key its first value holds, after the last its last. It is rounded to float32
        as the keys are, so that 0.1 meets a key at 0.1.

    Returns
    -------
    Asset
        `asset` itself where nothing moves.

    Raises
    ------
    InputError
        ``E_ANIMATION_UNKNOWN``: there is no such animation. ``E_ANIMATION_TIME``: the time is not a number.
    """
    if math.isnan(time_s):
        raise InputError("E_ANIMATION_TIME", "an animation has no such time", expected="seconds", found=time_s)
    moved: dict[int, dict[str, Any]] = {}
    for track in find_animation(asset, animation).tracks:
        node, path = animated_property(track) or (-1, "")
        if not 0 <= node < len(asset.nodes):
            continue
        value = sample(track, time_s=time_s, path=path, width=_WIDTHS.get(path) or _targets(asset, asset.nodes[node]))
        if value is not None:
            moved.setdefault(node, {})[path] = tuple(value.tolist())
    if not moved:
        return asset
    return replace(asset, nodes=tuple(_posed(node, moved[i]) if i in moved else node for i, node in enumerate(asset.nodes)))


def find_animation(asset: Asset, animation: int | str) -> Animation:
    """Return an animation by its index or its name, or raise InputError ``E_ANIMATION_UNKNOWN`` with what there is."""
    if isinstance(animation, str):
        found = tuple(candidate for candidate in asset.animations if candidate.name == animation)
    else:
        found = asset.animations[animation : animation + 1] if animation >= 0 else ()
    if not found:
        listed = [f"{i} {each.name[:60]!r}" if each.name else f"{i}" for i, each in enumerate(asset.animations[:_MOST_LISTED])]
        known = ", ".join([*listed, "..."] if len(asset.animations) > _MOST_LISTED else listed)
        raise InputError(
            "E_ANIMATION_UNKNOWN",
            "the product has no such animation",
            expected=known or "none: the product has no animations",
            found=repr(animation),
        )
    return found[0]


def duration_s(animation: Animation) -> float:
    """Return the time of the last key of any track in seconds, 0 where there is none; the animation starts at 0."""
    ends = (float(track.times.max()) for track in animation.tracks if track.times.size and np.isfinite(track.times).all())
    return max(ends, default=0.0)


def animated_property(track: Track) -> tuple[int, str] | None:
    """Return which property of which node a track moves, also through KHR_animation_pointer; None for other things.

    **Convention** the pointer ``/nodes/3/translation`` is ``(3, "translation")``.
    """
    if track.path != "pointer":
        return None if track.node is None or (track.path != "weights" and track.path not in _WIDTHS) else (track.node, track.path)
    extension = track.extensions.get("KHR_animation_pointer")
    pointer = extension.get("pointer") if isinstance(extension, Mapping) else None
    match = _NODE_POINTER.fullmatch(pointer) if isinstance(pointer, str) else None
    return (int(match[1]), match[2]) if match else None


def sample(track: Track, *, time_s: float, path: str, width: int) -> Array | None:
    """Return the (`width`,) float64 value of a track at a time, None where the track cannot be played.

    Rotations (`path` ``"rotation"``) are unit quaternions (x, y, z, w), turned the shortest way between keys
    (spherical linear interpolation, glTF 2.0 appendix C.4).
    """
    values = _values(track, path, width)
    if values is None:
        return None
    times = track.times.astype(np.float64)
    at = float(np.float32(min(max(time_s, times[0]), times[-1])))
    left = int(np.searchsorted(times, at, side="right")) - 1  # the later one of keys at the same time
    value = values[left, values.shape[1] // 2]
    if left < len(times) - 1 and track.interpolation != "STEP":
        span = times[left + 1] - times[left]
        share = (at - times[left]) / span
        if track.interpolation == "CUBICSPLINE":
            value = _cubic(values[left], values[left + 1], span=span, share=share)
        elif path == "rotation":
            value = _slerp(_unit(value), _unit(values[left + 1, 0]), share)
        else:
            value = (1 - share) * value + share * values[left + 1, 0]
    return _unit(value) if path == "rotation" else value


def _values(track: Track, path: str, width: int) -> Array | None:
    """Return (K, 1 or 3, width) float64 values, None if they or their times are not what glTF demands."""
    times, per_key = track.times, _VALUES_PER_KEY.get(track.interpolation)
    if per_key is None or width < 1 or times.ndim != 1 or not times.size:
        return None
    # Morph weights are scalars in a row; vectors have one row each.
    rows = (track.values.size // width, width) if path == "weights" else track.values.shape
    if rows != (per_key * len(times), width) or track.values.size != per_key * len(times) * width:
        return None
    if not np.isfinite(times).all() or (times[1:] < times[:-1]).any() or not np.isfinite(track.values).all():
        return None
    out: Array = track.values.astype(np.float64).reshape(len(times), per_key, width)
    return out


def _cubic(before: Array, after: Array, *, span: float, share: float) -> Array:
    """Return the cubic Hermite spline of glTF 2.0 appendix C.5 between two (3, width) keys `span` seconds apart."""
    t = share
    out: Array = (
        (2 * t**3 - 3 * t**2 + 1) * before[1]
        + span * (t**3 - 2 * t**2 + t) * before[2]
        + (3 * t**2 - 2 * t**3) * after[1]
        + span * (t**3 - t**2) * after[0]
    )
    return out


def _slerp(before: Array, after: Array, share: float) -> Array:
    """Turn from one unit quaternion to another, the shortest way (glTF 2.0 appendix C.4)."""
    if before @ after < 0:
        after = -after
    # Exact for small angles too, where the arc cosine of the specification's formula loses half the digits.
    angle = 2 * math.atan2(float(np.linalg.norm(before - after)), float(np.linalg.norm(before + after)))
    sine = math.sin(angle)
    if sine == 0:
        return before
    out: Array = (math.sin((1 - share) * angle) / sine) * before + (math.sin(share * angle) / sine) * after
    return out


def _unit(quaternion: Array) -> Array:
    """Return a quaternion at length 1; one without length turns nothing."""
    length = float(np.linalg.norm(quaternion))
    return quaternion / length if length > 0 else np.array([0.0, 0.0, 0.0, 1.0])


def _targets(asset: Asset, node: Node) -> int:
    return 0 if node.mesh is None else max((len(primitive.targets) for primitive in asset.meshes[node.mesh].primitives), default=0)


def _posed(node: Node, values: dict[str, Any]) -> Node:
    if node.matrix is None or values.keys() == {"weights"}:
        return replace(node, **values)
    parts = decompose(node.matrix)
    if parts is None:
        return replace(node, weights=values.get("weights", node.weights))
    return replace(node, matrix=None, **{**dict(zip(("translation", "rotation", "scale"), parts, strict=True)), **values})
