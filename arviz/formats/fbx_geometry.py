"""The polygons of an FBX mesh as glTF primitives, one per material."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from arviz.core.asset import Primitive
from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.core.report import Finding
from arviz.core.triangles import unit
from arviz.formats.fbx_deform import Bend
from arviz.formats.flat import check_finite
from arviz.formats.polygons import solid_triangles


class Plain(Protocol):
    """Who knows the material of faces that have none."""

    def plain(self, *, coloured: bool) -> int:
        """Return its number."""


def pieces(
    mesh: Any, surfaces: Sequence[int], materials: Plain, *, bend: Bend, where: str, limits: Limits, findings: list[Finding]
) -> list[Primitive]:  # fmt: skip
    """Return the primitives of a ufbx mesh whose materials have the numbers `surfaces`, with what bends it.

    Raises
    ------
    MeshError
        E_NOT_FINITE.
    LimitError
        More vertices or triangles than `limits`.
    """
    limits.check("vertices", int(mesh.num_indices), where=where)
    limits.check("indices", 3 * int(mesh.num_triangles), where=where)
    faces = np.asarray(mesh.faces, np.int64).reshape(-1, 2)
    if not len(faces):
        return []
    points = np.asarray(mesh.vertices, np.float64).reshape(-1, 3)
    vertices = np.asarray(mesh.vertex_indices, np.int64)
    check_finite(points, where=where)
    # Faces stand one after the other in ufbx, which `solid_triangles` expects.
    corners, polygon, _ = solid_triangles(points, vertices, faces[:, 1], findings=findings, where=where)
    if len(mesh.edge_crease) or int(mesh.subdivision_display_mode) > 1:
        message = "a subdivision surface is shown as its cage, which is coarser than it looked"
        findings.append(Finding(code="W_FBX_SUBDIVISION", severity="warning", where=where, message=message, hint="Apply the subdivision."))
    of_face = np.asarray(mesh.face_material, np.int64)
    slot = of_face[polygon] if of_face.size == len(faces) and surfaces else np.zeros(len(polygon), np.int64)
    columns = _columns(mesh, points, vertices)
    coloured = "COLOR_0" in columns
    out = []
    for number in np.unique(slot).tolist():
        attributes, indices, first = _gathered(columns, corners[slot == number].reshape(-1))
        at = vertices[first]
        if bend.joints is not None and bend.weights is not None:
            attributes |= {"JOINTS_0": bend.joints[at], "WEIGHTS_0": bend.weights[at]}
        targets = tuple({name: values[at] for name, values in target.items() if name in attributes} for target in bend.targets)
        material = surfaces[number] if number < len(surfaces) else materials.plain(coloured=coloured)
        out.append(Primitive(attributes=attributes, indices=indices, material=material, targets=targets))
    return out


def _columns(mesh: Any, points: Array, vertices: Array) -> dict[str, tuple[Array, Array]]:
    """Return semantic -> (values float32, their place for each corner)."""
    out = {"POSITION": (points.astype(np.float32), vertices)}
    if mesh.vertex_normal.exists:
        normals, places = _layer(mesh.vertex_normal, 3)
        lengths = np.linalg.norm(normals, axis=1)
        if len(normals) and (lengths > 1e-12).all():
            out["NORMAL"] = unit(normals).astype(np.float32), places
    for number, uv_set in enumerate(mesh.uv_sets):
        uv, places = _layer(uv_set.vertex_uv, 2)
        if len(uv):
            out[f"TEXCOORD_{number}"] = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1).astype(np.float32), places
    if mesh.vertex_color.exists:
        colours, places = _layer(mesh.vertex_color, 4)
        if len(colours):
            # Exporters write what their colour picker shows, as in OBJ and COLLADA.
            rgb = srgb_to_linear(np.clip(colours[:, :3], 0, 1))
            out["COLOR_0"] = np.concatenate([rgb, np.clip(colours[:, 3:], 0, 1)], axis=1).astype(np.float32), places
    return out


def _layer(layer: Any, width: int) -> tuple[Array, Array]:
    values = np.asarray(layer.values, np.float64).reshape(-1, width)
    return np.nan_to_num(values, nan=0, posinf=0, neginf=0), np.asarray(layer.indices, np.int64)


def _gathered(columns: dict[str, tuple[Array, Array]], corners: Array) -> tuple[dict[str, Array], Array, Array]:
    """Return the attributes of distinct corners, for each corner which of them it is, and a corner of each."""
    key = np.zeros(len(corners), np.int64)
    for _, places in columns.values():
        place = places[corners]
        # Renumbering after each column keeps the key far below 2**63.
        _, key = np.unique(key, return_inverse=True)
        key = key.reshape(-1) * (int(place.max()) + 1) + place
    _, first, indices = np.unique(key, return_index=True, return_inverse=True)
    attributes = {name: values[places[corners[first]]] for name, (values, places) in columns.items()}
    return attributes, indices.reshape(-1).astype(np.uint32), corners[first]
