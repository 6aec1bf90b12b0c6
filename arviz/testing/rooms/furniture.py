"""Pieces of furniture made of boxes; each stands on the floor with its front to +z of its own yaw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.testing.rooms.builder import Builder, turn_y
from arviz.testing.rooms.truth import Part

Make = Callable[[np.random.Generator, Builder, dict[str, Any], Array, tuple[float, float, float], float], None]


def draw_size(rng: np.random.Generator, category: str) -> tuple[float, float, float]:
    """Draw width, height and depth of a piece of furniture."""
    low, high = _SIZES_M[category]
    width, height, depth = rng.uniform(low, high)
    return float(width), float(height), float(depth)


def put(
    rng: np.random.Generator,
    builder: Builder,
    palette: dict[str, Any],
    category: str,
    base: Array,
    size: tuple[float, float, float],
    yaw: float,
) -> None:
    """Build a piece of furniture by the middle of its footprint and note it."""
    _MAKE[category](rng, builder, palette, base, size, yaw)
    builder.stand(category, base, size, yaw)


def _box(rng: np.random.Generator, builder: Builder, palette: dict[str, Any], base: Array, size: tuple[float, ...], yaw: float) -> None:
    builder.box(base, size, yaw_rad=yaw, finish=_wood(rng, palette))


def _cabinet(rng: np.random.Generator, builder: Builder, palette: dict[str, Any], base: Array, size: tuple[float, ...], yaw: float) -> None:
    wood = _wood(rng, palette)
    builder.box(base, size, yaw_rad=yaw, finish=wood, faces={"front": wood | {"paint": "drawers", "seed": int(rng.integers(2**31))}})


def _bookshelf(
    rng: np.random.Generator, builder: Builder, palette: dict[str, Any], base: Array, size: tuple[float, ...], yaw: float
) -> None:
    wood = _wood(rng, palette)
    books = wood | {"paint": "books", "gloss": 0.0, "seed": int(rng.integers(2**31))}
    builder.box(base, size, yaw_rad=yaw, finish=wood, faces={"front": books})


def _table(rng: np.random.Generator, builder: Builder, palette: dict[str, Any], base: Array, size: tuple[float, ...], yaw: float) -> None:
    wood = _wood(rng, palette)
    thick, leg = rng.uniform(0.02, 0.04), rng.uniform(0.04, 0.07)
    _part(builder, base, yaw, (0, size[1] - thick, 0), (size[0], thick, size[2]), wood, top="table")
    _legs(builder, base, yaw, (size[0] - 2 * leg, size[1] - thick, size[2] - 2 * leg), leg, wood)


def _chair(rng: np.random.Generator, builder: Builder, palette: dict[str, Any], base: Array, size: tuple[float, ...], yaw: float) -> None:
    wood, (w, h, d) = _wood(rng, palette), size
    _part(builder, base, yaw, (0, 0.43, 0), (w, 0.03, d), wood)
    _part(builder, base, yaw, (0, 0.46, -d / 2 + 0.015), (w, h - 0.46, 0.03), wood)
    _legs(builder, base, yaw, (w - 0.04, 0.43, d - 0.04), 0.035, wood)


def _sofa(rng: np.random.Generator, builder: Builder, palette: dict[str, Any], base: Array, size: tuple[float, ...], yaw: float) -> None:
    cloth, (w, h, d), arm, back = _cloth(rng, palette), size, 0.16, 0.2
    _part(builder, base, yaw, (0, 0, (back - d) / 2), (w, h, back), cloth)
    for side in (-1, 1):
        _part(builder, base, yaw, (side * (w - arm) / 2, 0, back / 2), (arm, 0.6, d - back), cloth)
    seats = max(round((w - 2 * arm) / 0.7), 1)
    wide = (w - 2 * arm) / seats
    _part(builder, base, yaw, (0, 0, back / 2), (w - 2 * arm, 0.3, d - back), cloth)
    for i in range(seats):
        x = (i - (seats - 1) / 2) * wide
        _part(builder, base, yaw, (x, 0.3, back / 2), (wide - 0.015, 0.13, d - back), cloth)


def _bed(rng: np.random.Generator, builder: Builder, palette: dict[str, Any], base: Array, size: tuple[float, ...], yaw: float) -> None:
    wood, cloth, (w, h, d) = _wood(rng, palette), _cloth(rng, palette), size
    _part(builder, base, yaw, (0, 0, -d / 2 + 0.02), (w, h, 0.04), wood)
    _part(builder, base, yaw, (0, 0, 0.02), (w, 0.25, d - 0.04), wood)
    _part(builder, base, yaw, (0, 0.25, 0.02), (w - 0.04, 0.22, d - 0.08), cloth)
    pillows = 2 if w > 1.3 else 1
    white = {"paint": "fabric", "colour": (0.75, 0.74, 0.71)}
    for i in range(pillows):
        x = (i - (pillows - 1) / 2) * (w / pillows)
        _part(builder, base, yaw, (x, 0.47, -d / 2 + 0.32), (w / pillows - 0.12, 0.1, 0.4), white)


def _legs(builder: Builder, base: Array, yaw: float, spread: tuple[float, float, float], leg: float, finish: dict[str, Any]) -> None:
    for sx in (-1, 1):
        for sz in (-1, 1):
            _part(builder, base, yaw, (sx * spread[0] / 2, 0, sz * spread[2] / 2), (leg, spread[1], leg), finish)


def _part(
    builder: Builder,
    base: Array,
    yaw: float,
    at: tuple[float, float, float],
    size: tuple[float, float, float],
    finish: dict[str, Any],
    *,
    top: Part = "box_top",
) -> None:
    builder.box(base + turn_y(yaw) @ np.array(at, np.float64), size, yaw_rad=yaw, finish=finish, top=top)


def _wood(rng: np.random.Generator, palette: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = palette["furniture"][rng.integers(len(palette["furniture"]))]
    return out


def _cloth(rng: np.random.Generator, palette: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = palette["cloth"][rng.integers(len(palette["cloth"]))]
    return out


_SIZES_M = {
    "table": ((0.9, 0.70, 0.6), (1.7, 0.77, 0.9)),
    "box": ((0.5, 0.4, 0.3), (1.4, 1.3, 0.7)),
    "cabinet": ((0.6, 0.6, 0.35), (1.8, 1.9, 0.6)),
    "bookshelf": ((0.6, 0.9, 0.25), (1.6, 2.0, 0.35)),
    "sofa": ((1.4, 0.75, 0.8), (2.1, 0.9, 0.95)),
    "bed": ((0.9, 0.75, 2.05), (1.6, 1.1, 2.1)),
    "chair": ((0.42, 0.85, 0.42), (0.46, 0.95, 0.46)),
}
_MAKE: dict[str, Make] = {
    "table": _table,
    "box": _box,
    "cabinet": _cabinet,
    "bookshelf": _bookshelf,
    "sofa": _sofa,
    "bed": _bed,
    "chair": _chair,
}
