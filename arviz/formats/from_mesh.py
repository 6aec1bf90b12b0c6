"""Meshes of other Python packages become products: trimesh, Open3D, and plain arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import InputError, MeshError
from arviz.core.frozen import Array
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read

_NO_TEXTURE = Finding(
    code="W_TEXTURE_LOST",
    severity="warning",
    message="textures of Open3D meshes are not taken along",
    hint="Save the mesh as OBJ, and read that file.",
)


def from_mesh(
    mesh: Any,
    *,
    unit: str,
    name: str = "mesh",
    up: str | None = None,
    front: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Asset:
    """Return a mesh of another package as a product.

    Parameters
    ----------
    mesh : trimesh.Trimesh, trimesh.Scene, open3d TriangleMesh, or (vertices, triangles)
        Arrays are (V, 3) and (T, 3), counter-clockwise seen from outside. Of trimesh everything comes along that it writes into
        a GLB; of Open3D the triangles and the colours of vertices.
    unit : str
        ``mm``, ``cm``, ``m``, ``in`` or ``ft``: the length of one unit of the mesh. Meshes in memory have none.
    name : str
        What the product is called.
    up, front : str, optional
        Axes of the mesh, such as ``"+Z"``; default: +Y and +Z.

    Raises
    ------
    InputError
        ``E_MESH_KIND``: something else; `MeshError`: the arrays are no triangles.
    """
    findings: tuple[Finding, ...] = ()
    if _package(mesh) == "trimesh" and hasattr(mesh, "export"):
        data = bytes(mesh.export(file_type="glb"))
    elif _package(mesh) == "open3d" and hasattr(mesh, "triangles" if not hasattr(mesh, "to_legacy") else "triangle"):
        legacy = mesh.to_legacy() if hasattr(mesh, "to_legacy") else mesh
        colours = np.asarray(legacy.vertex_colors) if legacy.has_vertex_colors() else None
        data = _glb(legacy.vertices, legacy.triangles, colours)
        findings = (_NO_TEXTURE,) if legacy.has_textures() else ()
    elif isinstance(mesh, tuple | list) and len(mesh) == 2:
        data = _glb(mesh[0], mesh[1], None)
    else:
        raise InputError(
            "E_MESH_KIND",
            "this is no mesh that is known",
            expected="a trimesh.Trimesh or Scene, an open3d TriangleMesh, or (vertices, triangles)",
            found=type(mesh).__name__,
            hint="Files are read by arviz.read.",
        )
    asset = read(data, format="glb", unit=unit, up=up, front=front, limits=limits)
    assert asset.source is not None
    # Not "gltf", whose faces are flat where no normals are: of a mesh nobody has said so.
    return replace(asset, source=replace(asset.source, name=name, format="mesh", findings=(*asset.source.findings, *findings)))


def _package(mesh: Any) -> str:
    return type(mesh).__module__.partition(".")[0]


def _glb(vertices: Any, triangles: Any, colours: Array | None) -> bytes:
    points, corners = np.asarray(vertices, np.float64), np.asarray(triangles)
    if points.ndim != 2 or points.shape[1] != 3 or corners.ndim != 2 or corners.shape[1] != 3 or corners.dtype.kind not in "iu":
        raise MeshError(
            "E_MESH_ARRAYS",
            "these arrays are no triangles",
            expected="vertices (V, 3) of numbers and triangles (T, 3) of whole numbers",
            found=f"{points.shape} and {corners.shape} {corners.dtype}",
        )
    if not np.isfinite(points).all() or (corners.size and not 0 <= corners.min() <= corners.max() < len(points)):
        raise MeshError(
            "E_MESH_ARRAYS",
            "these arrays are no triangles",
            expected="finite vertices, and triangles that name them from 0 on",
            found=f"{len(points)} vertices, triangles that name {corners.min(initial=0)} to {corners.max(initial=0)}",
        )
    attributes: dict[str, Array] = {"POSITION": points}
    if colours is not None:
        attributes["COLOR_0"] = srgb_to_linear(np.asarray(colours, np.float32))
    piece = Primitive(attributes=attributes, indices=corners)
    return write_glb(Asset(nodes=(Node(mesh=0),), meshes=(Mesh(primitives=(piece,)),)))
