"""A USD mesh as triangles, before anybody knows their materials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.core.report import Finding
from arviz.core.triangles import unit
from arviz.formats.flat import check_finite
from arviz.formats.polygons import solid_triangles
from arviz.formats.usd_read.values import at_rest, rows


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Layer:
    """Values and their place for each corner of the polygons."""

    values: Array
    places: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shape:
    """Triangles of a mesh.

    Parameters
    ----------
    points, normals : Layer
        (V, 3) float32; `normals` None where the faces are flat.
    corners : ndarray (T, 3) int
        Places in the polygons' list of corners.
    polygon : ndarray (T,) int
    lengths : ndarray (P,) int
        Corners per polygon.
    """

    points: Layer
    normals: Layer | None
    corners: Array
    polygon: Array
    lengths: Array


def shape_of(mesh: Any, *, limits: Limits, findings: list[Finding]) -> Shape | None:
    """Return the triangles of a UsdGeom.Mesh, None where it has none.

    Raises
    ------
    MeshError
        E_NOT_FINITE.
    LimitError
        More vertices or indices than `limits`.
    """
    from pxr import UsdGeom

    where = str(mesh.GetPath())
    points = rows(at_rest(mesh.GetPointsAttr()), 3)
    lengths = rows(at_rest(mesh.GetFaceVertexCountsAttr()), 1, np.int64).reshape(-1)
    vertices = rows(at_rest(mesh.GetFaceVertexIndicesAttr()), 1, np.int64).reshape(-1)
    limits.check("vertices", max(len(points), len(vertices)), where=where)
    limits.check("indices", 3 * len(vertices), where=where)
    if not len(points) or not len(lengths):
        return None
    if lengths.min() < 0 or lengths.sum() != len(vertices) or not len(vertices) or vertices.min() < 0 or vertices.max() >= len(points):
        message = "a mesh whose counts and indices contradict each other was left out"
        findings.append(Finding(code="W_USD_MESH", severity="warning", where=where, message=message, hint="Export it again."))
        return None
    check_finite(points, where=where)
    cut = solid_triangles(points, vertices, lengths, findings=findings, where=where)
    holes = rows(at_rest(mesh.GetHoleIndicesAttr()), 1, np.int64).reshape(-1)
    kept = ~np.isin(cut.polygon, holes)
    corners, polygon = cut.corners[kept], cut.polygon[kept]
    if not len(corners):
        return None
    if str(at_rest(mesh.GetOrientationAttr())) == UsdGeom.Tokens.leftHanded:
        corners = corners[:, [0, 2, 1]]
    if mesh.GetSubdivisionSchemeAttr().HasAuthoredValue() and str(at_rest(mesh.GetSubdivisionSchemeAttr())) != UsdGeom.Tokens.none:
        message = "a subdivision surface is shown as its cage, as phones do; it looked rounder where it was made"
        findings.append(Finding(code="W_USD_SUBDIVISION", severity="warning", where=where, message=message, hint="Apply the subdivision."))
    if _moves(mesh):
        findings.append(
            Finding(code="W_USD_UNREAD", severity="warning", where=where, message="moving points are not read: the mesh is still")
        )
    return Shape(
        points=Layer(values=points.astype(np.float32), places=vertices),
        normals=_normals(mesh, vertices, lengths),
        corners=corners,
        polygon=polygon,
        lengths=lengths,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Primvar:
    """What a primvar says in one look; the attribute itself may say something else in the next."""

    values: Any
    indices: Any
    interpolation: str


def held(primvar: Any) -> Primvar:
    """Return the values of a UsdGeom.Primvar."""
    indices = at_rest(primvar.GetIndicesAttr()) if primvar.IsIndexed() else None
    return Primvar(values=at_rest(primvar.GetAttr()), indices=indices, interpolation=str(primvar.GetInterpolation()))


def primvar_layer(primvar: Primvar, width: int, vertices: Array, lengths: Array) -> Layer | None:
    """Return a primvar's values and their places, None where it has none that fit the mesh."""
    indices = None if primvar.indices is None else rows(primvar.indices, 1, np.int64).reshape(-1)
    places = _places(primvar.interpolation, vertices, lengths)
    return None if places is None else _fitting(rows(primvar.values, width), indices, places)


def _fitting(values: Array, indices: Array | None, places: Array) -> Layer | None:
    if indices is not None:
        if not len(indices) or places.max() >= len(indices):
            return None
        places = indices[places]
    if not len(values) or places.min() < 0 or places.max() >= len(values):
        return None
    return Layer(values=np.nan_to_num(values, nan=0, posinf=0, neginf=0), places=places)


def _places(interpolation: str, vertices: Array, lengths: Array) -> Array | None:
    """Return which value each corner takes (UsdGeomPrimvar, "Interpolation of Geometric Primitive Variables")."""
    if interpolation in ("vertex", "varying"):
        return vertices
    if interpolation == "faceVarying":
        return np.arange(len(vertices))
    if interpolation == "uniform":
        return np.repeat(np.arange(len(lengths)), lengths)
    return np.zeros(len(vertices), np.int64) if interpolation == "constant" else None


def _normals(mesh: Any, vertices: Array, lengths: Array) -> Layer | None:
    from pxr import UsdGeom

    primvar = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("normals")
    if primvar and primvar.HasAuthoredValue():
        layer = primvar_layer(held(primvar), 3, vertices, lengths)
    else:
        places = _places(str(mesh.GetNormalsInterpolation()), vertices, lengths)
        layer = None if places is None else _fitting(rows(at_rest(mesh.GetNormalsAttr()), 3), None, places)
    if layer is None or not (np.linalg.norm(layer.values, axis=1) > 1e-12).all():
        return None
    return Layer(values=unit(layer.values).astype(np.float32), places=layer.places)


def _moves(mesh: Any) -> bool:
    return bool(mesh.GetPointsAttr().ValueMightBeTimeVarying())


def gathered(layers: Mapping[str, Layer], corners: Array) -> tuple[dict[str, Array], Array]:
    """Return the attributes of distinct corners, and for each of `corners` which of them it is."""
    flat = corners.reshape(-1)
    key = np.zeros(len(flat), np.int64)
    for layer in layers.values():
        place = layer.places[flat]
        # Renumbering after each column keeps the key far below 2**63.
        _, key = np.unique(key, return_inverse=True)
        key = key.reshape(-1) * (int(place.max()) + 1) + place
    _, first, indices = np.unique(key, return_index=True, return_inverse=True)
    attributes = {name: layer.values[layer.places[flat[first]]].astype(np.float32) for name, layer in layers.items()}
    return attributes, indices.reshape(-1).astype(np.uint32)
