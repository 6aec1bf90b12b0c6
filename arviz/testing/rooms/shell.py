"""Floor, walls, ceiling, slopes and openings of a room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.room import OpeningKind
from arviz.testing.rooms.builder import UP, Builder, on_frame
from arviz.testing.rooms.fittings import casing, window_frame
from arviz.testing.rooms.polygons import clip, cut, in_polygon, rectangle
from arviz.testing.rooms.truth import RoomKind

_DOOR_M = (0.86, 2.02)
_REVEAL_M = {"door": 0.05, "window": 0.14, "passage": 0.12}
_CORNER_M = 0.15
"""Openings keep this distance from the ends of their wall and from each other."""


@dataclass
class Shell:
    """The plan of a room while it is laid out.

    Parameters
    ----------
    corners : ndarray (N, 2)
        Floor polygon in (x, z), counter-clockwise from above.
    height_m : float
    slopes : list of (normal, offset)
        Undersides of the roof: the room is where ``normal . x + offset >= 0``.
    keep_clear : list of (4,)
        Rectangles x0, z0, x1, z1 in front of doors where no furniture stands.
    walls : list of (outline, holes)
        Polygons (N, 3), counter-clockwise for an eye in the room, and those of their openings.
    """

    corners: Array
    height_m: float
    slopes: list[tuple[Array, float]]
    keep_clear: list[tuple[float, float, float, float]] = field(default_factory=list)
    walls: list[tuple[Array, list[Array]]] = field(default_factory=list)

    def inside(self, x: float, z: float, *, margin_m: float) -> bool:
        """Tell whether a point of the floor keeps a distance to every wall."""
        steps = np.array([-margin_m, 0.0, margin_m]) if margin_m > 0 else np.zeros(1)
        return bool(in_polygon(self.corners, x + np.repeat(steps, len(steps)), z + np.tile(steps, len(steps))).all())

    def headroom_m(self, x: float, z: float) -> float:
        """Return the height of the room above a point of the floor."""
        under = [float(-(n[0] * x + n[2] * z + d) / n[1]) for n, d in self.slopes]
        return min([self.height_m, *under])


def draw_shell(rng: np.random.Generator, kind: RoomKind, builder: Builder, palette: dict[str, Any]) -> Shell:
    """Draw the size of a room and its openings, and build them."""
    width, depth, height = rng.uniform(3.0, 6.0), rng.uniform(3.0, 5.5), rng.uniform(2.3, 3.0)
    x, z = width / 2, depth / 2
    corners = np.array([[-x, -z], [-x, z], [x, z], [x, -z]])
    slopes: list[tuple[Array, float]] = []
    if kind == "l_shape":
        nx, nz = x - rng.uniform(0.3, 0.5) * width, z - rng.uniform(0.3, 0.5) * depth
        corners = np.array([[-x, -z], [-x, z], [nx, z], [nx, nz], [x, nz], [x, -z]])
    if kind == "sloped":
        for side in (1.0, -1.0)[: rng.integers(1, 3)]:
            pitch, knee = np.radians(rng.uniform(35, 50)), rng.uniform(1.0, 1.4)
            normal = np.array([0.0, -np.cos(pitch), side * np.sin(pitch)])  # over the wall at z = -side depth / 2
            slopes.append((normal, -float(normal @ [0.0, knee, -side * z])))
    shell = Shell(corners, height, slopes)
    _build(rng, shell, builder, palette)
    return shell


def _build(rng: np.random.Generator, shell: Shell, builder: Builder, palette: dict[str, Any]) -> None:
    ground = np.stack([shell.corners[:, 0], np.zeros(len(shell.corners)), shell.corners[:, 1]], axis=1)
    pieces = [ground] if len(ground) == 4 else [ground[[0, 1, 2, 3]], ground[[0, 3, 4, 5]]]
    floor = builder.flat(pieces, part="floor", finish=palette["floor"], outline=ground)
    lid = [_under(shell, p[::-1] + UP * shell.height_m) for p in pieces]
    outline = (ground[::-1] + UP * shell.height_m) if not shell.slopes else next((p for p in lid if len(p)), None)
    if outline is not None:
        builder.flat([p for p in lid if len(p)], part="ceiling", finish=palette["ceiling"], outline=outline)
    for index, (normal, offset) in enumerate(shell.slopes):
        along = np.array([20.0, 0, 0])
        up = np.cross(normal, along)
        quad = rectangle(UP * (-offset / normal[1]) - (along + up) / 2, along, up)
        for other, (n, d) in enumerate(shell.slopes):
            quad = quad if other == index else clip(quad, n, d)
        for n, d in _bounds(shell):
            quad = clip(quad, n, d)
        if len(quad):
            builder.flat([quad], part="slope", finish=palette["ceiling"])
    _walls(rng, shell, builder, palette, ground, floor)


def _walls(rng: np.random.Generator, shell: Shell, builder: Builder, palette: dict[str, Any], ground: Array, floor: int) -> None:
    count = len(ground)
    # From the left to the right for an eye in the room; the notch of an L has no space behind it.
    spans = [(ground[(i + 1) % count], ground[i]) for i in range(count)]
    outer = [i for i in range(count) if count == 4 or i not in (2, 3)]
    holes: dict[int, list[tuple[OpeningKind, Array]]] = {i: [] for i in range(count)}
    windows, passages = int(rng.integers(1, 4)), int(rng.random() < 0.25)
    wanted: list[OpeningKind] = ["door", *(["window"] * windows), *(["passage"] * passages)]  # type: ignore[list-item]
    for kind in wanted:
        for index in rng.permutation(outer):
            hole = _opening(rng, shell, spans[index][0], spans[index][1], kind, [taken for _, taken in holes[index]])
            if hole is not None:
                holes[int(index)].append((kind, hole))
                break
    for index, (start, end) in enumerate(spans):
        outline = _under(shell, rectangle(start, end - start, UP * shell.height_m))
        pieces = [outline]
        for _, hole in holes[index]:
            pieces = cut(pieces, hole)
        finish = on_frame(palette["wall"], start, end - start, UP * shell.height_m)
        wall = builder.flat(pieces, part="wall", finish=finish, outline=outline)
        for kind, hole in holes[index]:
            builder.openings.append({"kind": kind, "wall": wall, "outline_m": hole})
            is_open = kind == "passage" or (kind == "door" and rng.random() < 0.4)
            _fill(rng, shell, builder, palette, floor, kind, is_open, hole)
        shell.walls.append((outline, [hole for _, hole in holes[index]]))


def _opening(rng: np.random.Generator, shell: Shell, start: Array, end: Array, kind: OpeningKind, taken: list[Array]) -> Array | None:
    """Return the corners of an opening that fits on a wall beside what is there, None if none was found."""
    length = float(np.linalg.norm(end - start))
    step = (end - start) / length
    if kind == "window":
        width, height, sill = rng.uniform(0.7, 1.8), rng.uniform(0.9, 1.4), rng.uniform(0.75, 1.0)
    elif kind == "door":
        width, height, sill = _DOOR_M[0] + rng.uniform(-0.06, 0.06), _DOOR_M[1], 0.0
    else:
        width, height, sill = rng.uniform(1.2, 1.8), rng.uniform(2.05, 2.2), 0.0
    width = min(width, length - 2 * _CORNER_M)
    if width < 0.6:
        return None
    for left in rng.uniform(_CORNER_M, max(length - width - _CORNER_M, _CORNER_M + 1e-3), 12):
        hole = rectangle(start + step * left + UP * sill, step * width, UP * height)
        along = [(other[:2] - start) @ step for other in taken]
        clear = all(left > b + _CORNER_M or left + width < a - _CORNER_M for a, b in along)
        roof = min(shell.headroom_m(p[0], p[2]) - p[1] for p in hole[2:])
        if clear and roof > 0.08:
            return hole
    return None


def _fill(
    rng: np.random.Generator,
    shell: Shell,
    builder: Builder,
    palette: dict[str, Any],
    floor: int,
    kind: OpeningKind,
    is_open: bool,
    hole: Array,
) -> None:
    """Build what an opening shows: its narrow sides, then a leaf, a pane or the space beyond."""
    along, up = hole[1] - hole[0], hole[3] - hole[0]
    inward = np.cross(along, up) / np.linalg.norm(along) / np.linalg.norm(up)
    back = -inward * _REVEAL_M[kind]
    for i in range(4):
        here, there = hole[i], hole[(i + 1) % 4]
        narrow = np.stack([here, there, there + back, here + back])
        if i == 0 and kind != "window":
            builder.extend(floor, [narrow])
        else:
            builder.flat([narrow], part="reveal", finish=on_frame(palette["frame"], here, there - here, back))
    if kind != "window":
        middle, reach = (hole[0] + hole[1]) / 2, float(np.linalg.norm(along)) / 2 + 0.1
        spots = np.stack([middle - along / 2, middle + along / 2 + inward * (2 * reach)])
        low, high = spots.min(axis=0), spots.max(axis=0)
        shell.keep_clear.append((low[0], low[2], high[0], high[2]))
    pane = hole + back
    if kind == "window":
        window_frame(builder, palette, pane)
    else:
        casing(builder, palette, hole)
    if is_open:
        _beyond(rng, builder, palette, floor, pane, inward)
    elif kind == "window":
        builder.flat([pane], part="window", finish=on_frame(palette["pane"], pane[0], along, up))
    else:
        builder.flat([pane], part="door", finish=on_frame(palette["door"], pane[0], along, up))


def _beyond(rng: np.random.Generator, builder: Builder, palette: dict[str, Any], floor: int, hole: Array, inward: Array) -> None:
    """Build the closed corridor behind an opening that starts at the floor; its floor goes on with the room's."""
    along = (hole[1] - hole[0]) / np.linalg.norm(hole[1] - hole[0])
    away = -inward * rng.uniform(1.0, 2.2)
    height = float(hole[2][1]) + 0.1
    left, right = hole[0] - along * rng.uniform(0.02, 0.06), hole[1] + along * rng.uniform(0.02, 0.06)
    builder.extend(floor, [np.stack([left, right, right + away, left + away])])
    faces = [
        ("beyond", left + away, right - left, UP * height),
        ("beyond", left, away, UP * height),
        ("beyond", right + away, -away, UP * height),
        ("beyond", left + away + UP * height, right - left, -away),
    ]
    for part, corner, a, u in faces:
        builder.flat([rectangle(corner, a, u)], part=part, finish=on_frame(palette["wall"], corner, a, u))  # type: ignore[arg-type]
    face = rectangle(left, right - left, UP * height)[::-1]
    for piece in cut([face], hole[::-1]):
        builder.flat([piece], part="beyond", finish=palette["wall"])


def _under(shell: Shell, polygon: Array) -> Array:
    for normal, offset in shell.slopes:
        polygon = clip(polygon, normal, offset)
    return polygon


def _bounds(shell: Shell) -> list[tuple[Array, float]]:
    """Return the half-spaces of a room of four walls, floor and ceiling."""
    x, z = np.abs(shell.corners).max(axis=0)
    axes = np.eye(3)
    return [(axes[0], x), (-axes[0], x), (axes[2], z), (-axes[2], z), (axes[1], 0.0), (-axes[1], shell.height_m)]
