"""Texture coordinates for surfaces that have none: one atlas over the whole product, nothing overlaps.

xatlas (Young 2018, MIT) cuts surfaces into charts that lie nearly flat and packs them. What is drawn larger gets more of the
picture: charts are made from the product as it stands, not from its meshes, and a mesh drawn several times counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from arviz.core.asset import Asset, Mesh, Primitive
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.graph import drawn
from arviz.core.report import Finding, Report
from arviz.ops.weld import take_vertices

SIZE_PX = 1024
"""Side of the picture for which charts are spaced."""
PADDING_PX = 4
_SMALL_PX = 512
SETS = 4
"""glTF viewers draw two sets; some tools keep four."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Unwrapped:
    """The product with coordinates; `report` has ``unwrapped`` and ``kept`` (primitives), ``charts``, ``filled`` (share of the picture)."""

    asset: Asset
    report: Report


def unwrap(asset: Asset, *, texcoord: int = 0, size_px: int = SIZE_PX, padding_px: int = PADDING_PX) -> Unwrapped:
    """Give every triangle primitive without ``TEXCOORD_<texcoord>`` coordinates in 0..1 that overlap nowhere.

    Parameters
    ----------
    texcoord : int
        The set to fill. 1 makes a set for baked light beside one that repeats; a primitive that lacks lower sets gets the
        same coordinates there.
    size_px : int
        The picture that will be painted. Charts of small ones are packed by trying every place, which is slow for large ones.
    padding_px : int
        So many of its pixels lie between charts.

    Returns
    -------
    Unwrapped
        Vertices are split where charts are cut; triangles keep their order. Strips and fans become triangle lists.

    Raises
    ------
    InputError
        E_UNWRAP_SET, E_UNWRAP_SIZE.
    """
    if not 0 <= texcoord < SETS:
        raise InputError("E_UNWRAP_SET", "no such set of texture coordinates", expected=f"0 to {SETS - 1}", found=texcoord)
    if not 16 <= size_px <= 16384:
        raise InputError("E_UNWRAP_SIZE", "no such size of a picture", expected="16 to 16384 pixels", found=size_px)
    wanted, findings = _wanted(asset, texcoord)
    figures = {"unwrapped": len(wanted), "kept": _with_set(asset, texcoord), "charts": 0, "filled": 0.0}
    if not wanted:
        return Unwrapped(asset=asset, report=Report(findings=tuple(findings), figures=figures))
    made, more = _atlas(list(wanted.values()), size_px, padding_px)
    done = {key: _with_coordinates(_at(asset, key), *result, texcoord) for key, result in zip(wanted, made, strict=True)}
    meshes = tuple(
        replace(mesh, primitives=tuple(done.get((m, p), primitive) for p, primitive in enumerate(mesh.primitives)))
        for m, mesh in enumerate(asset.meshes)
    )
    return Unwrapped(asset=replace(asset, meshes=meshes), report=Report(findings=tuple(findings), figures={**figures, **more}))


def _wanted(asset: Asset, texcoord: int) -> tuple[dict[tuple[int, int], tuple[Array, Array]], list[Finding]]:
    """Return (mesh, primitive) -> positions (V, 3) as first drawn and triangles (T, 3) of those that need coordinates."""
    out: dict[tuple[int, int], tuple[Array, Array]] = {}
    findings = []
    for piece in drawn(asset):
        same = (p for p, primitive in enumerate(asset.meshes[piece.mesh].primitives) if primitive is piece.primitive)
        key, triangles = (piece.mesh, next(same)), piece.primitive.triangles
        if key in out or not len(triangles) or f"TEXCOORD_{texcoord}" in piece.primitive.attributes:
            continue
        if not _has_area(piece.positions[triangles]):
            name = asset.meshes[key[0]].name or f"meshes[{key[0]}]"
            message = "a surface without area, or with places that are not numbers, got no coordinates"
            findings.append(Finding(code="W_UNWRAP_BROKEN", severity="warning", where=name, message=message))
            continue
        out[key] = piece.positions, triangles
    return out, findings


def _has_area(corners: Array) -> bool:
    if not np.isfinite(corners).all():
        return False
    return bool(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).any())


def _with_set(asset: Asset, texcoord: int) -> int:
    return sum(f"TEXCOORD_{texcoord}" in primitive.attributes for mesh in asset.meshes for primitive in mesh.primitives)


def _at(asset: Asset, key: tuple[int, int]) -> Primitive:
    mesh: Mesh = asset.meshes[key[0]]
    return mesh.primitives[key[1]]


def _atlas(
    surfaces: Sequence[tuple[Array, Array]], size_px: int, padding_px: int
) -> tuple[list[tuple[Array, Array, Array]], dict[str, float]]:
    """Return (vertex of each new one, triangles, coordinates) per surface, and what the atlas is like."""
    import xatlas

    atlas = xatlas.Atlas()
    for positions, triangles in surfaces:
        # Welded places: a chart may go on across a seam of normals. Far products keep their precision.
        points, places = np.unique(positions - positions.mean(axis=0), axis=0, return_inverse=True)
        atlas.add_mesh(points.astype(np.float32), places.reshape(-1)[triangles].astype(np.uint32))
    packing = xatlas.PackOptions()
    packing.resolution = size_px
    packing.padding = padding_px
    packing.bilinear = True
    packing.bruteForce = size_px <= _SMALL_PX
    packing.rotate_charts_to_axis = True
    atlas.generate(pack_options=packing)
    out, filled = [], 0.0
    for number, (_, triangles) in enumerate(surfaces):
        _, indices, uv = atlas.get_mesh(number)
        corners = indices.reshape(-1)
        a, b, c = uv.astype(np.float64)[indices].transpose(1, 0, 2)
        ab, ac = b - a, c - a
        filled += float(np.abs(ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]).sum() / 2)
        # One new vertex per (old vertex, coordinates): the atlas was made of welded places.
        flat = triangles.reshape(-1).astype(np.int64)
        key = flat * (int(corners.max()) + 1) + corners
        _, first, new = np.unique(key, return_index=True, return_inverse=True)
        out.append((flat[first], new.reshape(-1, 3), np.clip(uv[corners[first]], 0.0, 1.0)))
    return out, {"charts": int(atlas.chart_count), "filled": filled}


def _with_coordinates(primitive: Primitive, chosen: Array, triangles: Array, uv: Array, texcoord: int) -> Primitive:
    done = take_vertices(primitive, chosen, indices=triangles.reshape(-1).astype(np.uint32))
    sets = {f"TEXCOORD_{i}": uv.astype(np.float32) for i in range(texcoord + 1)}
    return replace(done, mode=4, attributes={**sets, **done.attributes})
