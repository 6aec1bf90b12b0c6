"""Colours and paints of one room."""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.colour import srgb_to_linear

_DARK = 0.35


def draw_palette(rng: np.random.Generator, *, dark_floor: bool = False, textured: bool = False) -> dict[str, Any]:
    """Draw the finishes of a room's surfaces; lists for furniture and things."""
    wall = _tint(rng, 0.72, 0.95, 0.10)
    floors: list[dict[str, Any]] = [
        {"paint": "boards", "colour": _wood(rng), "accent": (0.03, 0.02, 0.012), "gloss": rng.uniform(0.02, 0.05)},
        {"paint": "tiles", "colour": _tint(rng, 0.45, 0.8, 0.08), "accent": _tint(rng, 0.3, 0.5, 0.02), "gloss": 0.05},
        {"paint": "carpet", "colour": _tint(rng, 0.3, 0.7, 0.25)},
    ]
    floor = floors[rng.choice(3, p=(0.6, 0.25, 0.15))]
    if dark_floor:
        floor = floor | {"colour": tuple(np.array(floor["colour"]) * min(1.0, _DARK / max(floor["colour"])))}
    white = _tint(rng, 0.86, 0.95, 0.02)
    seed = int(rng.integers(2**31))
    return {
        "floor": floor | {"seed": seed},
        "wall": {"paint": "wallpaper" if textured else "wall", "colour": wall, "accent": white, "seed": seed + 1},
        "ceiling": {"paint": "plain", "colour": _tint(rng, 0.9, 0.96, 0.015), "seed": seed + 2},
        "frame": {"paint": "plain", "colour": white},
        "pane": {"paint": "pane", "colour": (0.04, 0.04, 0.04)},
        "door": {"paint": "door", "colour": white if rng.random() < 0.6 else _wood(rng), "seed": seed + 3},
        "rug": {"paint": "rug", "colour": _tint(rng, 0.3, 0.85, 0.3), "accent": _tint(rng, 0.15, 0.9, 0.25), "seed": seed + 6},
        "cloth": [{"paint": "fabric", "colour": _tint(rng, 0.25, 0.85, 0.35), "seed": seed + 7 + i} for i in range(3)],
        "furniture": [
            {"paint": "wood", "colour": _wood(rng), "gloss": 0.02, "seed": seed + 4},
            {"paint": "wood", "colour": _wood(rng), "gloss": 0.02, "seed": seed + 5},
            {"paint": "plain", "colour": _tint(rng, 0.75, 0.95, 0.05)},
            {"paint": "plain", "colour": _tint(rng, 0.35, 0.7, 0.3)},
        ],
        "things": [{"paint": "plain", "colour": _tint(rng, 0.3, 0.9, 0.5)} for _ in range(8)],
    }


def _tint(rng: np.random.Generator, low: float, high: float, chroma: float) -> tuple[float, ...]:
    """Draw an sRGB brightness and a deviation of each channel; return linear reflectance."""
    value = rng.uniform(low, high) * (1 - chroma * rng.random(3))
    return tuple(srgb_to_linear(np.clip(value, 0.02, 0.96)).tolist())


def _wood(rng: np.random.Generator) -> tuple[float, ...]:
    """Draw between pale birch and dark walnut."""
    share = rng.random()
    value = (1 - share) * np.array([0.84, 0.71, 0.55]) + share * np.array([0.38, 0.26, 0.18])
    return tuple(srgb_to_linear(np.clip(value + rng.normal(0, 0.02, 3), 0.02, 0.95)).tolist())
