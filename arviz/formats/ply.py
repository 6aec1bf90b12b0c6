"""Read PLY: ASCII and binary, polygons, colours, normals, texture coordinates.

Own reader: the header describes a numpy dtype. trimesh 5.2 drops the normals of the file, and where a header lies about
its counts it raises ValueError or returns an empty mesh or a point cloud.
Source: Turk, "The PLY Polygon File Format" (1994); names of further properties as MeshLab, Blender and Metashape
write them. Colours are sRGB bytes there; glTF's COLOR_0 is linear.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive, Source
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import MeshError
from arviz.core.frozen import Array
from arviz.core.material import Material
from arviz.core.report import Finding
from arviz.core.triangles import unit as normalised
from arviz.formats.files import Files
from arviz.formats.flat import (
    check_finite,
    near_origin,
    no_triangles,
    plain_material,
    unit_in_comments,
)
from arviz.formats.mtl_textures import TextureSet
from arviz.formats.ply_data import Columns, read_elements
from arviz.formats.polygons import solid_triangles

_TEXTURE_COORDINATES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"), ("texture_s", "texture_t"))
_FACES = ("vertex_indices", "vertex_index")


def read_ply(data: bytes, files: Files) -> Asset:
    """Read a PLY mesh.

    Parameters
    ----------
    data : bytes
        The content of the file.
    files : Files
        Opens the texture that a ``comment TextureFile`` names.

    Returns
    -------
    Asset
        In file units and axes (+Y up, +Z front unless told otherwise): one node with one primitive.

    Raises
    ------
    FormatError
        E_PLY_HEADER, E_TRUNCATED, E_NUMBER.
    MeshError
        E_NOT_FINITE, E_INDEX, E_NO_TRIANGLES (also for point clouds).
    LimitError
        More vertices or corners than `files.limits` allow.
    """
    findings: list[Finding] = []
    elements, comments = read_elements(data, files)
    vertex = elements.get("vertex")
    if vertex is None or not all(axis in vertex.scalars for axis in "xyz"):
        raise no_triangles(where=files.name, found="no vertices with x, y and z")
    positions = np.stack([vertex.scalars[axis].astype(np.float64) for axis in "xyz"], axis=1)
    check_finite(positions, where=files.name)
    corners, lengths, face = _faces(elements, len(positions), files)
    places = solid_triangles(positions, corners, lengths, findings=findings).corners
    if not len(places):
        raise no_triangles(where=files.name, found=f"{len(lengths):,} faces, all without area")
    positions, place = near_origin(positions, used=corners[places])
    attributes, indices = _vertices(positions, vertex, corners, places, _wedges(face, lengths))
    materials, textures = _surface(comments, "COLOR_0" in attributes, "TEXCOORD_0" in attributes, files, findings)
    unit = unit_in_comments(comments)
    primitive = Primitive(attributes=attributes, indices=indices.astype(np.uint32), material=0)
    return Asset(
        nodes=(Node(mesh=0, translation=place),),
        meshes=(Mesh(primitives=(primitive,)),),
        materials=(materials,),
        textures=tuple(textures.textures),
        images=tuple(textures.images),
        source=Source(
            name=files.name, format="ply", unit=unit, unit_source="file" if unit else "unknown", findings=tuple(findings)
        ),
    )  # fmt: skip


def _faces(elements: dict[str, Columns], vertices: int, files: Files) -> tuple[Array, Array, Columns | None]:
    """Return the flat corner list, the corners per face, and the element that has them."""
    face = elements.get("face")
    named = next((face.lists[name] for name in _FACES if name in face.lists), None) if face is not None else None
    if named is None or not len(named.lengths):
        strips = elements.get("tristrips")
        if strips is not None and strips.lists:
            corners = _unrolled(next(iter(strips.lists.values())).values.astype(np.int64))
            _check_indices(corners, vertices, files)
            return corners, np.full(len(corners) // 3, 3), None
        kind = "a point cloud" if vertices else "no vertices"
        hint = "Export the surface as a mesh; a scan must be reconstructed first (Poisson reconstruction in MeshLab, for example)."
        raise no_triangles(where=files.name, found=f"{kind}: {vertices:,} vertices and no face", hint=hint)
    corners = named.values.astype(np.int64)
    _check_indices(corners, vertices, files)
    return corners, named.lengths, face


def _check_indices(corners: Array, vertices: int, files: Files) -> None:
    wrong = (corners < 0) | (corners >= vertices)
    if wrong.any():
        raise MeshError(
            "E_INDEX",
            "a face refers to a vertex that is not there",
            where=files.name,
            expected=f"0 to {vertices - 1:,}",
            found=int(corners[np.argmax(wrong)]),
            hint="The file is broken; export it again.",
        )


def _unrolled(strip: Array) -> Array:
    """Return the triangles of strips that are parted by -1 (Stanford's scans), flat; every second one is turned round."""
    if len(strip) < 3:
        return np.zeros(0, np.int64)
    cuts = np.append(-1, np.flatnonzero(strip < 0))
    start = cuts[np.searchsorted(cuts, np.arange(len(strip) - 2), side="right") - 1] + 1
    rows = np.stack([strip[:-2], strip[1:-1], strip[2:]], axis=1)
    odd = (np.arange(len(rows)) - start) % 2 == 1
    rows[odd] = rows[odd][:, [1, 0, 2]]
    out: Array = rows[(rows >= 0).all(axis=1)].reshape(-1)
    return out


def _wedges(face: Columns | None, lengths: Array) -> Array | None:
    """Return (C, 2) texture coordinates per corner (MeshLab's ``texcoord`` list), or None."""
    wedge = face.lists.get("texcoord") if face is not None else None
    if wedge is None or not np.array_equal(wedge.lengths, 2 * lengths):
        return None
    out: Array = wedge.values.astype(np.float32).reshape(-1, 2)
    return out


def _vertices(
    positions: Array, vertex: Columns, corners: Array, places: Array, wedges: Array | None
) -> tuple[dict[str, Array], Array]:  # fmt: skip
    """Return the attributes of the vertices in use and the indices of the triangles."""
    attributes = {"POSITION": positions}
    columns = vertex.scalars
    if all(name in columns for name in ("nx", "ny", "nz")):
        normals = normalised(np.nan_to_num(np.stack([columns[n] for n in ("nx", "ny", "nz")], axis=1).astype(np.float64)))
        if normals[corners[places]].any(axis=2).all():  # else `arviz.ops.normals` makes all of them
            attributes["NORMAL"] = normals.astype(np.float32)
    for u, v in _TEXTURE_COORDINATES:
        if u in columns and v in columns:
            attributes["TEXCOORD_0"] = _upper_left(np.stack([columns[u], columns[v]], axis=1))
            break
    colours = _colours(columns)
    if colours is not None:
        attributes["COLOR_0"] = colours
    flat = places.reshape(-1)
    if wedges is None:
        used, indices = np.unique(corners[flat], return_inverse=True)
        return {name: array[used] for name, array in attributes.items()}, indices
    # A vertex is split where the texture coordinates of its corners differ, bit by bit.
    words = np.ascontiguousarray(wedges[flat]).view(np.uint32)
    key = np.stack([corners[flat], words[:, 0], words[:, 1]], axis=1)
    _, chosen, indices = np.unique(key, axis=0, return_index=True, return_inverse=True)
    out = {name: array[corners[flat][chosen]] for name, array in attributes.items()}
    out["TEXCOORD_0"] = _upper_left(wedges[flat][chosen])
    return out, indices.reshape(-1)


def _upper_left(texcoords: Array) -> Array:
    out = np.nan_to_num(texcoords.astype(np.float32), nan=0, posinf=0, neginf=0)
    return np.stack([out[:, 0], 1 - out[:, 1]], axis=1)


def _colours(columns: dict[str, Array]) -> Array | None:
    """Return (V, 3 or 4) float32 linear colours: integers are sRGB bytes, floats sRGB in 0..1."""
    for prefix in ("", "diffuse_"):
        names = [f"{prefix}{channel}" for channel in ("red", "green", "blue")]
        if all(name in columns for name in names):
            break
    else:
        return None
    rgb = srgb_to_linear(np.stack([_share(columns[name]) for name in names], axis=1))
    alpha = _share(columns[f"{prefix}alpha"]) if f"{prefix}alpha" in columns else None
    # MeshLab writes an alpha of 255 everywhere; a channel that says nothing is not worth 4 bytes a vertex.
    if alpha is None or (alpha >= 1).all() or not alpha.any():
        return rgb
    out: Array = np.c_[rgb, alpha.astype(np.float32)]
    return out


def _share(column: Array) -> Array:
    """Return a channel as a share of its full value, 0..1."""
    top = float(np.iinfo(column.dtype).max) if column.dtype.kind in "ui" else 1.0
    out: Array = np.clip(np.nan_to_num(column / top), 0, 1)
    return out


def _surface(
    comments: list[str], coloured: bool, unwrapped: bool, files: Files, findings: list[Finding]
) -> tuple[Material, TextureSet]:  # fmt: skip
    textures = TextureSet(files, findings)
    material = plain_material(coloured=coloured)
    named = [line.split(None, 1)[1].strip() for line in comments if line.lower().startswith("texturefile ") and len(line.split()) > 1]
    if not named or not unwrapped:
        return material, textures
    if len(named) > 1:
        message = f"the file names {len(named)} textures; only {named[0]!r} is used"
        findings.append(Finding(code="W_TEXTURES_LEFT", severity="warning", message=message, hint="Bake them into one, or use OBJ."))
    info = textures.file(named[0], where=files.name)
    if info is not None:
        material = replace(material, base_color_factor=(1, 1, 1, 1), base_color_texture=info)
    return material, textures
