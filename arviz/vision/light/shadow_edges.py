"""Edges of sunlight: straight steps of brightness on a measured surface, with what lies on their two sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.room import Room
from arviz.vision.light.samples import Picture, where

_SIDES_PX = (160, 320)
"""Long sides of the pictures in which segments are looked for: soft shadows of far frames, then the sharp ones of near things."""
_SHORTEST = 0.045
"""Of a segment, as a share of the picture's long side."""
_SAME_PX = 2.5
"""In the coarser picture: segments along each other that are no farther apart are one."""
_ALONG = np.linspace(0.1, 0.9, 9)
_OFF = np.array([-6.3, -4.9, -3.5, -2.45, -1.75, 1.75, 2.45, 3.5, 4.9, 6.3])
"""Samples across an edge, in pixels of the picture in which it was found."""
_NEXT, _HOLES = slice(3, 7), 0.3
_ON_PLANE = 0.6
"""Share of an edge along which both sides lie on the same plane: else it is an edge of a thing, not of light."""
_LEAST = 0.35
"""Of the logarithm of brightness; the boards of a floor differ by less."""
_EVERY_CHANNEL = 0.12
"""Sunlight is brighter in each channel."""
_DARK, _WHITE, _SKY = 2e-3, 0.95, 0.5
_LEVEL = 0.35
"""Samples belong to a side if they differ from its level by less than this share of the step."""
_END_PX = 0.35
"""Of an end of a segment, in the picture in which it was found."""
_POINTS = 3
"""On each side of an edge."""
_MOST = 14
_LONGEST = 48
"""Segments of each picture that are looked at."""
_TURNED_RAD = np.radians(6.0)
"""Edges nearer than this to a direction of the room may be edges of anything."""
_PARALLEL = np.cos(np.radians(4.0))
_FLAT = 0.9
_LOGISTIC = np.array([1.44, 0.88, -0.40, 0.95, 1.61, 1.19, 1.45, -5.44])
"""Of step, brightness, alignment, strips, lying flat, warmth, white, and 1: fitted to 3530 groups of edges in 516 photos of 172 ray-traced
rooms, 423 groups of sunlight, half of it weak; in 106 other rooms what it calls likely is sunlight in 74 % (edge by edge 47 %), and 54 %
are found."""
_USUAL, _LONGEST_STRIPS, _WARMEST = 40.0, 3.0, 1.0
_MOST_STEP = 1.5


class Edge(NamedTuple):
    """A straight edge on a plane of the room, and some points beside it."""

    plane: int
    normal: Array
    """(3,)."""
    along: Array
    """(3,) unit vector."""
    sigma_rad: float
    lit_m: Array
    """(P, 3) on the bright side."""
    dark_m: Array
    step: float
    """Of the logarithm of luminance; at least this much where the bright side is white."""
    bright: float
    """Logarithm of the bright side's luminance against the middle of the picture."""
    length: float
    """As a share of the picture's long side, times 320."""
    white: bool
    """Whether a channel of the bright side is at its end."""
    warm: float
    """How much more of its step is red than blue (logarithm); 0 where the bright side is white."""


def parallel(edges: Sequence[Edge]) -> list[list[int]]:
    """Return which edges run along each other on one plane: all are of sunlight, or none."""
    groups: list[list[int]] = []
    for i, edge in enumerate(edges):
        for group in groups:
            first = edges[group[0]]
            if first.plane == edge.plane and abs(first.along @ edge.along) > _PARALLEL:
                group.append(i)
                break
        else:
            groups.append([i])
    return groups


def chance(edges: Sequence[Edge], axes: Array) -> float:
    """Return the probability that parallel edges are of sunlight in a room with these axes (3, 3): along, up, across.

    What the room is made of runs along its axes. Strips that are bright between two of their edges and run across them come from
    panes and the bars between, the longer in all the surer. The sun is warmer than the sky that is left in its shadows.
    """
    length = np.array([edge.length for edge in edges])
    each = [(min(edge.step, _MOST_STEP), edge.bright, edge.warm, edge.white) for edge in edges]
    step, bright, warm, white = (length @ each / length.sum()).tolist()
    first = edges[0]
    aligned = float(np.abs(axes @ first.along).max() > np.cos(_TURNED_RAD))
    across = np.cross(first.normal, first.along)
    sides = {bool((edge.lit_m.mean(axis=0) - edge.dark_m.mean(axis=0)) @ across > 0) for edge in edges}
    strips = (1 - aligned) * (len(sides) - 1) * np.clip(np.log(length.sum() / _USUAL), 0, _LONGEST_STRIPS)
    flat = float(first.normal @ axes[1] > _FLAT)
    return float(1 / (1 + np.exp(-_LOGISTIC @ (step, bright, aligned, strips, flat, warm, white, 1.0))))


def shadow_edges(seen: Picture, room: Room, world_from_camera: Array) -> tuple[Edge, ...]:
    """Return the straight edges of brightness that lie within planes, the likeliest edges of sunlight first."""
    segments, size = _segments(seen.luminance)
    if not len(segments) or seen.depth_m is None:
        return ()
    height, width = seen.luminance.shape
    way = segments[:, 1] - segments[:, 0]
    length = np.linalg.norm(way, axis=1)
    across = np.stack([-way[:, 1], way[:, 0]], axis=1) / length[:, None]
    off = _OFF[:, None] * (max(height, width) / size)[:, None, None, None] * across[:, None, None]
    pixels = np.round(segments[:, None, :1] + _ALONG[:, None, None] * way[:, None, None] + off).astype(int)  # (E, 9, 10, 2)
    inside = (pixels >= 0).all(axis=-1) & (pixels < [width, height]).all(axis=-1)
    pixels = np.clip(pixels, 0, [width - 1, height - 1])
    rows, columns = pixels[..., 1].reshape(-1), pixels[..., 0].reshape(-1)
    depth = seen.depth_m[rows, columns]
    origin, turn = world_from_camera[:3, 3], world_from_camera[:3, :3]
    rays = np.nan_to_num(seen.camera.rays(pixels.reshape(-1, 2))) @ turn.T
    plane, distance = where(room, origin, rays, depth)
    points = (origin + rays * np.where(plane >= 0, distance, 0.0)[:, None]).reshape(*inside.shape, 3)
    plane = np.where(inside, plane.reshape(inside.shape), -1)
    rgb = np.log(np.maximum(seen.rgb[rows, columns], _DARK)).reshape(*inside.shape, 3)
    level = np.log(np.maximum(seen.luminance[rows, columns], _DARK)).reshape(inside.shape)
    hole = inside & ~np.isfinite(depth).reshape(inside.shape) & (level > np.log(_SKY))
    found = []
    for i in range(len(segments)):
        known = plane[i][plane[i] >= 0]
        if not len(known):
            continue
        index = int(np.bincount(known).argmax())
        sides = _sides(plane[i] == index, rgb[i], level[i], hole[i])
        if sides is None:
            continue
        lit, dark, step, bright, warm = sides
        end = _END_PX * max(height, width) / size[i] * across[i]
        shifted = np.concatenate([segments[i], segments[i] + [end, -end]])
        corners = _on(room.planes[index].normal, room.planes[index].offset_m, origin, np.nan_to_num(seen.camera.rays(shifted)) @ turn.T)
        if corners is None:
            continue
        along, other = (_unit(corners[k + 1] - corners[k]) for k in (0, 2))
        sigma = float(np.arccos(np.clip(abs(along @ other), 0, 1)))
        share = float(length[i] / max(height, width) * 320)
        bright -= np.log(max(seen.middle, _DARK))
        normal = np.asarray(room.planes[index].normal)
        found.append(
            Edge(index, normal, along, sigma, _some(points[i][lit]), _some(points[i][dark]), step, bright, share, warm is None, warm or 0.0)
        )
    found.sort(key=lambda edge: -edge.length * chance([edge], np.zeros((3, 3))))
    return tuple(found[:_MOST])


def _segments(luminance: Array) -> tuple[Array, Array]:
    """Return segments (E, 2, 2) in pixels of the picture, and the long side (E,) of the picture in which each was found."""
    import cv2

    height, width = luminance.shape
    shown = np.clip(luminance, 0, 1) ** np.float32(1 / 2.2) * 255
    kept: list[tuple[Array, int]] = []
    for side in (side for side in _SIDES_PX if side <= max(height, width)):
        scale = max(height, width) / side
        small = cv2.resize(shown, (max(round(width / scale), 1), max(round(height / scale), 1)), interpolation=cv2.INTER_AREA)
        lines = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(small.astype(np.uint8))[0]
        ends = (np.empty((0, 2, 2)) if lines is None else np.asarray(lines, np.float64).reshape(-1, 2, 2) + 0.5) * scale - 0.5
        length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
        ends = ends[np.argsort(-length)[: min(_LONGEST, int((length >= _SHORTEST * max(height, width)).sum()))]]
        near = _SAME_PX * max(height, width) / _SIDES_PX[0]
        kept += [(segment, side) for segment in ends if not any(_same(segment, other, near) for other, _ in kept)]
    return np.array([segment for segment, _ in kept]).reshape(-1, 2, 2), np.array([side for _, side in kept], np.float64)


def _same(segment: Array, other: Array, near_px: float) -> bool:
    """Tell whether a segment lies along another one for more than half of its length."""
    way = other[1] - other[0]
    length = float(np.linalg.norm(way))
    way = way / length
    apart = segment - other[0]
    if np.abs(apart @ [-way[1], way[0]]).max() >= near_px:
        return False
    there = np.sort(apart @ way)
    own = float(np.linalg.norm(segment[1] - segment[0]))
    return bool(min(there[1], length) - max(there[0], 0.0) > 0.5 * own)


def _sides(on: Array, rgb: Array, level: Array, hole: Array) -> tuple[Array, Array, float, float, float | None] | None:
    """Return the samples (9, 10) that are lit and dark, the step, the bright level and the warmth; None for what is no edge of light.

    The warmth is None where the bright side is white.
    """
    near, half = on[:, _NEXT], len(_OFF) // 2
    first, second = on.copy(), on.copy()
    first[:, half:], second[:, :half] = False, False
    if (near[:, :2].any(axis=1) & near[:, 2:].any(axis=1)).mean() < _ON_PLANE:
        return None
    a = np.median(rgb[:, 3:half][near[:, :2]], axis=0)
    b = np.median(rgb[:, half:7][near[:, 2:]], axis=0)
    lit, dark, up, down = (second, first, b, a) if (b - a) @ LUMINANCE > 0 else (first, second, a, b)
    beyond = slice(half + 2, None) if lit is second else slice(0, half - 2)
    step = float((up - down) @ LUMINANCE)
    unclipped = up < np.log(_WHITE)
    if step < _LEAST or (up - down < _EVERY_CHANNEL)[unclipped].any() or hole[:, beyond].mean() > _HOLES:
        return None
    high, low = (float(np.log(np.exp(side) @ LUMINANCE)) for side in (up, down))
    lit, dark = lit & (level > high - _LEVEL * (high - low)), dark & (level < low + _LEVEL * (high - low))
    warm = float(np.clip((up - down) @ (1, 0, -1), -_WARMEST, _WARMEST)) if unclipped.all() else None
    return (lit, dark, step, high, warm) if min(lit.sum(), dark.sum()) >= 3 else None


def _on(normal: tuple[float, ...], offset_m: float, origin: Array, rays: Array) -> Array | None:
    """Return where rays (N, 3) meet a plane; None where one of them does not."""
    facing = rays @ np.asarray(normal)
    height = float(origin @ np.asarray(normal) + offset_m)
    if height <= 0 or (facing > -1e-3).any():
        return None
    met: Array = origin - rays * (height / facing)[:, None]
    return met


def _unit(vector: Array) -> Array:
    out: Array = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return out


def _some(points_m: Array) -> Array:
    out: Array = points_m[np.linspace(0, len(points_m) - 1, _POINTS).round().astype(int)]
    return out
