"""COLLADA meshes: sources and polygons to the attributes of one primitive (COLLADA 1.4.1, chapter 5, `mesh`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.core.report import Finding
from arviz.core.triangles import unit
from arviz.formats.flat import check_finite
from arviz.formats.polygons import solid_triangles

Lookup = Callable[[str], Element | None]
"""``"#id"`` -> the element with this id, None if there is none."""

_DRAWN = ("triangles", "polylist", "polygons", "trifans", "tristrips")


class Piece(NamedTuple):
    """What one material draws: `symbol` is bound to a material by the instance, `sets` names the texture coordinates.

    `attributes` and `indices` are those of a `Primitive`; `sets` holds the COLLADA set of ``TEXCOORD_0``, ``_1``, ...
    """

    symbol: str
    attributes: dict[str, Array]
    indices: Array
    sets: tuple[int, ...]


class _Input(NamedTuple):
    semantic: str
    source: str
    offset: int
    set: int


def read_mesh(geometry: Element, lookup: Lookup, *, where: str, limits: Limits, findings: list[Finding]) -> tuple[Piece, ...]:
    """Return the pieces of a ``<geometry>``; empty if it holds no polygons.

    Raises
    ------
    FormatError
        E_DAE: numbers that are none, indices that point nowhere, sources that are missing.
    MeshError
        E_NOT_FINITE: a position that is no finite number.
    """
    mesh = geometry.find("mesh")
    where = f"{where}, geometry {geometry.get('id', '')!r}"
    if mesh is None:
        _note(findings, "W_DAE_NOT_A_MESH", where, "it is a curve or a convex hull, not a mesh; it was left out")
        return ()
    pieces = []
    for element in mesh:
        if element.tag in _DRAWN:
            piece = _piece(element, mesh, lookup, where, limits, findings)
            if piece is not None:
                pieces.append(piece)
        elif element.tag in ("lines", "linestrips"):
            _note(findings, "I_DAE_LINES", where, "lines were left out")
    return tuple(pieces)


def _piece(element: Element, mesh: Element, lookup: Lookup, where: str, limits: Limits, findings: list[Finding]) -> Piece | None:
    inputs = _inputs(element, mesh, where)
    corners, lengths = _corners(element, max(item.offset for item in inputs) + 1, where, findings)
    if not len(corners):
        return None
    limits.check("indices", len(corners), where=where)
    columns: dict[str, tuple[Array, Array]] = {}
    sets = sorted({item.set for item in inputs if item.semantic == "TEXCOORD"})
    for item in inputs:
        key = f"TEXCOORD_{sets.index(item.set)}" if item.semantic == "TEXCOORD" else item.semantic
        if key in columns or not key.startswith(("POSITION", "NORMAL", "TEXCOORD", "COLOR")):
            continue
        rows, index = _source(lookup(item.source), item, where, limits), corners[:, item.offset]
        if int(index.min()) < 0 or int(index.max()) >= len(rows):
            found = int(index[(index < 0) | (index >= len(rows))][0])
            raise _error(where, f"{item.semantic} indices point nowhere", expected=f"0 to {len(rows) - 1}", found=found)
        columns[key] = rows, index
    positions, of_corner = columns["POSITION"]
    if positions.shape[1] != 3:
        raise _error(where, "positions have three coordinates", found=f"{positions.shape[1]}")
    check_finite(positions, where=where)
    solid = solid_triangles(positions, of_corner, lengths, findings=findings, where=where).corners
    if not len(solid):
        return None
    flat = solid.reshape(-1)
    chosen, indices = _unique([index[flat] for _, index in columns.values()])
    converted = {_semantic(key): _converted(key, rows[index[flat][chosen]]) for key, (rows, index) in columns.items()}
    attributes = {key: array for key, array in converted.items() if array is not None}
    limits.check("vertices", len(chosen), where=where)
    return Piece(element.get("material", ""), attributes, indices.astype(np.uint32), tuple(sets))


def _semantic(key: str) -> str:
    return "COLOR_0" if key == "COLOR" else key


def _converted(key: str, rows: Array) -> Array | None:
    """Return an attribute as glTF wants it, None if it is unusable."""
    if key == "POSITION":
        return rows.astype(np.float32)
    rows = np.nan_to_num(rows, nan=0, posinf=0, neginf=0)
    if key == "NORMAL":
        normals = unit(rows) if rows.shape[1] == 3 else np.zeros((1, 3))
        return normals.astype(np.float32) if normals.any(axis=1).all() else None
    if key == "COLOR":
        # Like OBJ: exporters write what their colour picker shows (three.js decides alike).
        colour = srgb_to_linear(np.clip(rows[:, :3], 0, 1))
        return np.concatenate([colour, np.clip(rows[:, 3:4], 0, 1)], axis=1).astype(np.float32) if colour.shape[1] == 3 else None
    return np.stack([rows[:, 0], 1 - rows[:, 1]], axis=1).astype(np.float32) if rows.shape[1] >= 2 else None


def _unique(columns: list[Array]) -> tuple[Array, Array]:
    """Return one place per distinct combination, and for every corner the number of its combination."""
    key = columns[0].astype(np.int64)
    for column in columns[1:]:
        # Renumbering after each column keeps the key far below 2**63.
        _, key = np.unique(key, return_inverse=True)
        key = key.reshape(-1) * (int(column.max()) + 1) + column
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return first, inverse.reshape(-1)


def _inputs(element: Element, mesh: Element, where: str) -> list[_Input]:
    out = []
    for item in element.findall("input"):
        offset = _whole(item.get("offset", "0"), where)
        if not 0 <= offset < 64:
            raise _error(where, "an input has an impossible offset", found=offset)
        if item.get("semantic") == "VERTEX":
            vertices = next((v for v in mesh.findall("vertices") if f"#{v.get('id')}" == item.get("source")), None)
            for part in vertices.findall("input") if vertices is not None else ():
                out.append(_Input(part.get("semantic", ""), part.get("source", ""), offset, 0))
        else:
            out.append(_Input(item.get("semantic", ""), item.get("source", ""), offset, _whole(item.get("set", "0"), where)))
    if not any(item.semantic == "POSITION" for item in out):
        raise _error(where, "polygons without positions")
    # An attribute given per corner is finer than the same one given per vertex.
    return sorted(out, key=lambda item: item.semantic != "POSITION" and item.offset == 0)


def _corners(element: Element, width: int, where: str, findings: list[Finding]) -> tuple[Array, Array]:
    """Return (C, width) indices of all corners, and (P,) corners per polygon."""
    runs = [numbers(p.text, where, np.int64) for p in element.findall("p")]
    holed = len(element.findall("ph"))
    if holed:
        hint = "Triangulate before exporting."
        _note(findings, "W_POLYGON_HOLES", where, f"{holed:,} polygons with holes were left out", hint=hint)
    for run in runs:
        if run.size % width:
            raise _error(where, "the list of corners is cut off", expected=f"a multiple of {width}", found=run.size)
    rings = [run.reshape(-1, width) for run in runs]
    if element.tag in ("tristrips", "trifans"):
        rings = [_unrolled(ring, strip=element.tag == "tristrips") for ring in rings]
    corners = np.concatenate(rings) if rings else np.zeros((0, width), np.int64)
    if element.tag == "polygons":
        lengths = np.array([len(ring) for ring in rings], np.int64)
    elif element.tag == "polylist":
        lengths = numbers(getattr(element.find("vcount"), "text", None), where, np.int64)
        if int(lengths.sum()) != len(corners) or (lengths < 0).any():
            raise _error(where, "vcount and p disagree", expected=f"{int(lengths.sum()):,} corners", found=f"{len(corners):,}")
    else:
        corners = corners[: len(corners) // 3 * 3]
        lengths = np.full(len(corners) // 3, 3)
    return corners, lengths


def _unrolled(ring: Array, *, strip: bool) -> Array:
    count = max(len(ring) - 2, 0)
    step = np.arange(count)
    places = np.stack([step, step + 1, step + 2] if strip else [np.zeros_like(step), step + 1, step + 2], axis=1)
    if strip:
        places[1::2] = places[1::2][:, [1, 0, 2]]
    return ring[places.reshape(-1)]


def _source(source: Element | None, item: _Input, where: str, limits: Limits) -> Array:
    """Return (n, k) float64 rows of a ``<source>``."""
    accessor = None if source is None else source.find("technique_common/accessor")
    array = None if source is None else source.find("float_array")
    if accessor is None or array is None:
        raise _error(where, f"the source of {item.semantic} is missing", found=item.source)
    values = numbers(array.text, where, np.float64)
    stride, offset = _whole(accessor.get("stride", "1"), where), _whole(accessor.get("offset", "0"), where)
    if stride < 1 or offset < 0:
        raise _error(where, "an accessor has an impossible stride or offset", found=f"{stride}, {offset}")
    # A param without a name is skipped; what exporters leave out altogether counts as named.
    params = [i for i, param in enumerate(accessor.findall("param")) if param.get("name")] or list(range(stride))
    if max(params) >= stride:
        raise _error(where, "an accessor has more parameters than its stride", expected=stride, found=len(params))
    rows = values[offset:]
    return rows[: len(rows) // stride * stride].reshape(-1, stride)[:, params]


def numbers(text: str | None, where: str, dtype: Any) -> Array:
    """Return the numbers in `text`; raise FormatError E_DAE if one is none."""
    try:
        return np.array((text or "").split(), dtype=dtype)
    except (ValueError, OverflowError) as error:
        raise _error(where, "a list of numbers holds something else", found=str(error)[:80]) from error


def _whole(text: str, where: str) -> int:
    return int(numbers(text, where, np.int64).sum())


def _note(findings: list[Finding], code: str, where: str, message: str, *, hint: str = "") -> None:
    severity: Any = "info" if code.startswith("I_") else "warning"
    findings.append(Finding(code=code, severity=severity, where=where, message=message, hint=hint))


def _error(where: str, what: str, *, expected: object = None, found: object = None) -> FormatError:
    return FormatError("E_DAE", what, where=where, expected=expected, found=found, hint="Export the file again, or as GLB.")
