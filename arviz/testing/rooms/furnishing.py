"""Furniture and clutter: boxes, tables and small things that stand free of each other and of doors."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.testing.rooms.builder import UP, Builder, turn_y
from arviz.testing.rooms.fittings import pictures, radiator, rug
from arviz.testing.rooms.furniture import draw_size, put
from arviz.testing.rooms.shell import Shell

_GAP_M = 0.02
_TRIES = 40
_LIFT_M = 2e-4
"""Things lie this far above what they stand on: of two faces in one place rays see either."""
_SHARES = {"table": 0.15, "box": 0.2, "cabinet": 0.25, "bookshelf": 0.15, "sofa": 0.15, "bed": 0.1}
_BY_WALL = {"table": 0.4, "box": 0.5, "sofa": 0.75}


class Floor:
    """What of the floor is taken: rectangles x0, z0, x1, z1."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.taken: list[tuple[float, float, float, float]] = []

    def free(self, x: float, z: float, half: tuple[float, float], height_m: float, *, clear: bool = True) -> bool:
        """Tell whether a thing of half sizes fits at (x, z) under the roof, off everything else and off the doors."""
        corners = [(x + sx * half[0], z + sz * half[1]) for sx in (-1, 1) for sz in (-1, 1)]
        if not all(self.shell.inside(*c, margin_m=0.0) and self.shell.headroom_m(*c) > height_m + 0.02 for c in corners):
            return False
        mine = (x - half[0], z - half[1], x + half[0], z + half[1])
        others = self.taken + (self.shell.keep_clear if clear else [])
        return not any(_meet(mine, other) for other in others)

    def take(self, x: float, z: float, half: tuple[float, float]) -> None:
        """Note that something stands at (x, z)."""
        self.taken.append((x - half[0] - _GAP_M, z - half[1] - _GAP_M, x + half[0] + _GAP_M, z + half[1] + _GAP_M))


def furnish(rng: np.random.Generator, shell: Shell, builder: Builder, palette: dict[str, Any]) -> Floor:
    """Put two to five pieces of furniture into a room, then what hangs and lies, then clutter."""
    floor = Floor(shell)
    for hole in [hole for _, holes in shell.walls for hole in holes]:
        corners = radiator(builder, palette, hole) if rng.random() < 0.6 else None
        if corners is not None:
            middle, half = corners.mean(axis=0), np.abs(np.diff(corners, axis=0)[0]) / 2
            floor.take(float(middle[0]), float(middle[2]), (float(half[0]), float(half[2])))
    tops: list[tuple[Array, tuple[float, float], float]] = []
    count = int(rng.integers(2, 6))
    wanted = ["table" if rng.random() < 0.6 else "cabinet", *rng.choice(list(_SHARES), count - 1, p=list(_SHARES.values()))]
    for category in wanted:
        size = draw_size(rng, category)
        place = _place(rng, floor, size, by_wall=bool(rng.random() < _BY_WALL.get(category, 0.9)))
        if place is None:
            continue
        x, z, yaw, half = place
        floor.take(x, z, half)
        base = np.array([x, 0.0, z])
        put(rng, builder, palette, category, base, size, yaw)
        if category not in ("sofa", "bed"):
            tops.append((base + UP * (size[1] + _LIFT_M), (size[0], size[2]), yaw))
        if category == "table":
            _chairs(rng, floor, builder, palette, base, size, yaw)
    for outline, holes in shell.walls:
        pictures(rng, builder, palette, outline, holes)
    if rng.random() < 0.5:
        rug(rng, builder, palette, shell.corners)
    _clutter(rng, floor, builder, palette, tops)
    return floor


def _chairs(
    rng: np.random.Generator, floor: Floor, builder: Builder, palette: dict[str, Any], base: Array, size: tuple[float, ...], yaw: float
) -> None:
    """Put chairs before and behind a table, a little pulled out, where there is room."""
    for side in (-1, 1):
        chair = draw_size(rng, "chair")
        turn = turn_y(yaw + (np.pi if side > 0 else 0))
        away = size[2] / 2 + chair[2] / 2 + rng.uniform(0.03, 0.25)
        at = base + turn @ np.array([rng.uniform(-0.25, 0.25) * size[0], 0, -away])
        if rng.random() < 0.7 and floor.free(at[0], at[2], (0.3, 0.3), chair[1]):
            floor.take(at[0], at[2], (0.3, 0.3))
            put(rng, builder, palette, "chair", at, chair, yaw + (np.pi if side > 0 else 0) + rng.normal(0, 0.15))


def _place(
    rng: np.random.Generator, floor: Floor, size: tuple[float, float, float], *, by_wall: bool
) -> tuple[float, float, float, tuple[float, float]] | None:
    """Return x, z, yaw and the half sizes of the footprint's bounds where a thing may stand; None if nowhere was found."""
    corners = floor.shell.corners
    for _ in range(_TRIES):
        if by_wall:
            i = int(rng.integers(len(corners)))
            start, end = corners[i], corners[(i + 1) % len(corners)]
            step = (end - start) / np.linalg.norm(end - start)
            inward = np.array([step[1], -step[0]])
            at = start + step * rng.uniform(0, np.linalg.norm(end - start)) + inward * (size[2] / 2 + rng.uniform(0.005, 0.04))
            x, z, yaw = float(at[0]), float(at[1]), float(np.arctan2(inward[0], inward[1]))
        else:
            low, high = corners.min(axis=0), corners.max(axis=0)
            x, z = (float(v) for v in rng.uniform(low, high))
            yaw = float(rng.integers(4) * np.pi / 2 + (rng.uniform(-0.8, 0.8) if rng.random() < 0.4 else 0.0))
        c, s = abs(np.cos(yaw)), abs(np.sin(yaw))
        half = ((size[0] * c + size[2] * s) / 2, (size[0] * s + size[2] * c) / 2)
        if floor.free(x, z, half, size[1]):
            return x, z, yaw, half
    return None


def _clutter(
    rng: np.random.Generator, floor: Floor, builder: Builder, palette: dict[str, Any], tops: list[tuple[Array, tuple[float, float], float]]
) -> None:
    for base, (width, depth), yaw in tops:
        slots = rng.permutation(max(int(width / 0.3), 1))[: rng.integers(0, 4)]
        for slot in slots:
            along = (slot + 0.5) * 0.3 - int(width / 0.3) * 0.15
            across = rng.uniform(-0.5, 0.5) * max(depth - 0.3, 0.0)
            c, s = np.cos(yaw), np.sin(yaw)
            _thing(rng, builder, palette, base + np.array([c * along + s * across, 0, -s * along + c * across]), most_m=0.13)
    for _ in range(rng.integers(0, 5)):
        low, high = floor.shell.corners.min(axis=0), floor.shell.corners.max(axis=0)
        x, z = (float(v) for v in rng.uniform(low, high))
        if floor.free(x, z, (0.2, 0.2), 0.5):
            floor.take(x, z, (0.2, 0.2))
            _thing(rng, builder, palette, np.array([x, 0.0, z]), most_m=0.2)


def _thing(rng: np.random.Generator, builder: Builder, palette: dict[str, Any], base: Array, *, most_m: float) -> None:
    """Add a small box, cylinder or ball no wider than 2 `most_m`."""
    finish = palette["things"][rng.integers(len(palette["things"]))]
    kind = rng.choice(["box", "cylinder", "ball"])
    radius = rng.uniform(0.3, 0.9) * most_m
    if kind == "box":
        size = (radius * 1.4, rng.uniform(0.1, 0.35), radius * rng.uniform(0.6, 1.0))
        yaw = rng.uniform(-np.pi, np.pi)
        builder.box(base, size, yaw_rad=yaw, finish=finish)
        builder.stand("thing", base, size, yaw)
        return
    size = (2 * radius, 2 * radius if kind == "ball" else rng.uniform(0.08, 0.4), 2 * radius)
    profile = ball(radius) if kind == "ball" else cylinder(radius, size[1])
    builder.curved(profile[0] + base, profile[1], finish=finish)
    builder.stand("thing", base, size, 0.0)


def turned(profile: Array, *, segments: int) -> tuple[Array, Array]:
    """Return vertices and triangles of a (N, 2) outline (radius, height) from its foot up, turned about +Y."""
    angles = np.arange(segments) * 2 * np.pi / segments
    ring = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    vertices = np.concatenate([np.stack([r * ring[:, 0], np.full(segments, y), r * ring[:, 1]], axis=1) for r, y in profile])
    low = np.arange(len(profile) - 1)[:, None] * segments + np.arange(segments)
    right = np.arange(len(profile) - 1)[:, None] * segments + (np.arange(segments) + 1) % segments
    quads = np.stack([low, right, right + segments, low + segments], axis=-1).reshape(-1, 4)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    corners = vertices[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return vertices, triangles[area > 1e-10]


def ball(radius_m: float) -> tuple[Array, Array]:
    """Return a ball that lies on y = 0."""
    polar = np.linspace(np.pi, 0, 25)
    return turned(np.stack([radius_m * np.sin(polar), radius_m * (1 + np.cos(polar))], axis=1), segments=48)


def cylinder(radius_m: float, height_m: float, *, segments: int = 48) -> tuple[Array, Array]:
    """Return a closed cylinder that stands on y = 0."""
    return turned(np.array([[radius_m, 0.0], [radius_m, height_m], [0.0, height_m]]), segments=segments)


def _meet(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
