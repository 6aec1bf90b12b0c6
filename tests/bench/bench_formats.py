"""What reading an OBJ costs."""

from __future__ import annotations

import io

import numpy as np

from arviz.formats.read import read
from tests.bench.measure import Row, cpu_of, in_turn

SIDE = 317
"""Vertices along one side of a grid: 199,712 triangles, 17.7 MB of text."""


def grid_obj(side: int = SIDE) -> bytes:
    """Return a wavy square as OBJ text with texture coordinates and normals."""
    u, v = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side)))
    at = np.arange(side * side).reshape(side, side) + 1
    quads = np.stack([at[:-1, :-1], at[1:, :-1], at[1:, 1:], at[:-1, 1:]], axis=-1).reshape(-1, 4)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    lines = [f"v {x:.6f} {0.1 * np.sin(6 * x):.6f} {z:.6f}" for x, z in zip(u, v, strict=True)]
    lines += [f"vt {x:.6f} {z:.6f}" for x, z in zip(u, v, strict=True)]
    lines += [f"vn {-0.5 * np.cos(6 * x):.6f} 0.9 0.0" for x in u]
    lines += [f"f {a}/{a}/{a} {b}/{b}/{b} {c}/{c}/{c}" for a, b, c in triangles.tolist()]
    return "\n".join(lines).encode()


def bench_read_obj() -> Row:
    """Compare reading an OBJ of 200,000 triangles with ``trimesh.load`` of the same bytes."""
    import trimesh

    text = grid_obj()
    ours = cpu_of(lambda: read(text, format="obj"))
    reference = cpu_of(lambda: trimesh.load(io.BytesIO(text), file_type="obj"))
    in_turn(ours, reference, rounds=1)  # fills caches
    return Row("OBJ of 200,000 triangles, against trimesh", *in_turn(ours, reference, rounds=5))
