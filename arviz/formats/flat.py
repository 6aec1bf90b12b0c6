"""What the flat formats (OBJ, STL, PLY) share: checks and place of their triangles, a plain material, units in comments."""

from __future__ import annotations

import re

import numpy as np

from arviz.core.errors import MeshError
from arviz.core.frozen import Array
from arviz.core.material import Material
from arviz.core.report import Finding

PLAIN_GREY, PLAIN_ROUGHNESS = 0.8, 0.5
"""Linear base colour and roughness of Blender's default material (Principled BSDF, 2.8 and later)."""

_SLIVER = 1e-10
"""A triangle whose double area is below this share of its longest edge squared has no usable normal in float32."""

FAR = 10.0
"""Diagonals from the origin beyond which a product's own place is kept in its nodes: float32 coordinates would round
it by more than 1e-6 of its size (CAD and survey exports stand kilometres out)."""

_UNIT_LINE = re.compile(r"\bunits?\s*(?:is|are|:|=)\s*[\"']?([A-Za-z]+)[\"']?\s*[.;]?\s*$", re.IGNORECASE)
_UNIT_WORDS = {
    "mm": "mm", "millimeter": "mm", "millimetre": "mm", "cm": "cm", "centimeter": "cm", "centimetre": "cm",
    "m": "m", "meter": "m", "metre": "m", "in": "in", "inch": "in", "inche": "in", "ft": "ft", "foot": "ft", "feet": "ft",
}  # fmt: skip


def plain_material(name: str = "", *, coloured: bool = False) -> Material:
    """Return the material of a surface about which the file says nothing; white where vertices carry the colour."""
    grey = 1.0 if coloured else PLAIN_GREY
    return Material(name=name, base_color_factor=(grey, grey, grey, 1), metallic_factor=0, roughness_factor=PLAIN_ROUGHNESS)


def not_finite(positions: Array) -> Array:
    """Return the rows of (V, 3) `positions` that float32 cannot hold as finite numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.flatnonzero(~np.isfinite(np.asarray(positions).astype(np.float32, copy=False)).all(axis=1))


def check_finite(positions: Array, *, where: str) -> None:
    """Raise MeshError E_NOT_FINITE if a coordinate is NaN, infinite or beyond float32."""
    bad = not_finite(positions)
    if bad.size:
        raise not_finite_error(int(bad.size), where=where, first=f"vertex {int(bad[0])}")


def not_finite_error(count: int, *, where: str, first: str) -> MeshError:
    """Return the error for `count` vertices that are NaN or infinite."""
    return MeshError(
        "E_NOT_FINITE",
        "coordinates that are no finite numbers",
        where=where,
        expected="finite numbers",
        found=f"{count:,} bad {'vertex' if count == 1 else 'vertices'}, the first at {first}",
        hint="Repair the mesh in the program that made it (a zero scale or a failed modifier is the usual cause).",
    )


def near_origin(positions: Array, *, used: Array) -> tuple[Array, tuple[float, ...]]:
    """Return (V, 3) float32 positions without rounding away what a place far from the origin would, and that place.

    Parameters
    ----------
    positions : ndarray (V, 3)
        Finite; float64 where the file has more than float32 holds.
    used : ndarray of int
        Rows that triangles use.

    Returns
    -------
    (ndarray (V, 3) float32, (x, y, z))
        Add the second, float64, to the first: as the translation of the root nodes. Zero unless the middle of the
        product lies farther from the origin than `FAR` times its diagonal.
    """
    points = positions[used.reshape(-1)]
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    middle = (low + high) / 2
    if np.linalg.norm(middle) <= FAR * np.linalg.norm(high - low):
        return positions.astype(np.float32, copy=False), (0.0, 0.0, 0.0)
    x, y, z = middle.tolist()
    return (positions - middle).astype(np.float32), (x, y, z)


def no_triangles(*, where: str, found: str, hint: str = "Export the surface as a mesh.") -> MeshError:
    """Return the error for a file without anything that can be drawn."""
    return MeshError("E_NO_TRIANGLES", "there is no surface in this file", where=where, expected="triangles", found=found, hint=hint)


def has_area(a: Array, b: Array, c: Array) -> Array:
    """Return (T,) bool: the triangle with corners `a`, `b`, `c` (T, 3) is no sliver and no point."""
    ab, ac, bc = b - a, c - a, c - b
    area = _squared(np.cross(ab, ac))
    longest = np.maximum(np.maximum(_squared(ab), _squared(ac)), _squared(bc))
    return area > (_SLIVER * longest) ** 2


def _squared(vectors: Array) -> Array:
    out: Array = np.einsum("ij,ij->i", vectors, vectors)
    return out


def degenerate_finding(count: int, *, total: int) -> Finding:
    """Return the finding for faces that were left out because they have no area."""
    return Finding(
        code="W_DEGENERATE_FACES",
        severity="warning",
        message=f"{count:,} of {total:,} triangles have no area and were left out",
        hint="Harmless unless holes appear; clean the mesh to be rid of them.",
    )


def unit_in_comments(lines: list[str]) -> str | None:
    """Return the unit that comment lines state in words such as ``units: mm``, or None if they state none or disagree."""
    found = set()
    for line in lines:
        match = _UNIT_LINE.search(line)
        if match:
            word = match[1].lower()
            found.add(_UNIT_WORDS.get(word) or _UNIT_WORDS.get(word.removesuffix("s")))
    return found.pop() if len(found) == 1 else None
