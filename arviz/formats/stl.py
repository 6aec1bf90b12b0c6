"""Read STL, binary and ASCII.

Own reader: a binary STL is one numpy dtype. trimesh 5.2 returns an empty scene for a triangle count that lies and
welds on the way.

Facet normals are left out in favour of the winding, which every program writes and fewer get wrong; the attribute
bytes, in which two incompatible conventions hide colours, too. Source: 3D Systems, StereoLithography Interface
Specification (1988). STL has no unit; +Z is up by the habit of CAD and printing.
"""

from __future__ import annotations

import re

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive, Source
from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.formats.files import Files
from arviz.formats.flat import (
    check_finite,
    degenerate_finding,
    has_area,
    near_origin,
    no_triangles,
    plain_material,
    unit_in_comments,
)
from arviz.formats.text import decode_name, line_number, parse_table, split_lines

_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_HEADER = 80
_ASCII = re.compile(rb"\s*solid\b", re.IGNORECASE)
_FIRST_FACET = re.compile(rb"^\s*(facet|endsolid)\b", re.IGNORECASE | re.MULTILINE)
_LOOKED_AT = 65536


def read_stl(data: bytes, files: Files) -> Asset:
    """Read a binary or ASCII STL file.

    Parameters
    ----------
    data : bytes
        The content of the file.
    files : Files
        Gives the name and the limits; nothing else is opened.

    Returns
    -------
    Asset
        In file units, +Z up, -Y front: one node and mesh per solid, three vertices per triangle, no normals.

    Raises
    ------
    FormatError
        E_TRUNCATED: fewer triangles than the header says. E_NUMBER, E_STL_FACET: text that cannot be understood.
    MeshError
        E_NOT_FINITE, E_NO_TRIANGLES.
    LimitError
        More triangles or solids than `files.limits` allow.
    """
    findings: list[Finding] = []
    if _is_ascii(data):
        solids, unit = _read_ascii(data, files), unit_in_comments([decode_name(data.partition(b"\n")[0])])
    else:
        header = data[:_HEADER].decode("latin-1").rstrip("\0 ")
        solids, unit = [("", _read_binary(data, files, findings))], unit_in_comments([header])
    nodes: list[Node] = []
    meshes: list[Mesh] = []
    every = np.concatenate([corners for _, corners in solids]) if solids else np.zeros((0, 3, 3), np.float32)
    solid = has_area(*(every[:, i].astype(np.float64) for i in range(3)))
    found, left_out = len(every), int(np.count_nonzero(~solid))
    if not solid.any():
        raise no_triangles(where=files.name, found=f"{found:,} triangles, all without area" if found else "no triangle")
    every, place = near_origin(every.reshape(-1, 3), used=np.flatnonzero(np.repeat(solid, 3)))
    at = 0
    for name, corners in solids:
        rows = every[3 * at : 3 * (at + len(corners))].reshape(-1, 3, 3)
        kept = solid[at : at + len(corners)]
        at += len(corners)
        if not kept.any():
            continue
        positions = rows[kept].reshape(-1, 3)
        primitive = Primitive(attributes={"POSITION": positions}, indices=np.arange(len(positions), dtype=np.uint32), material=0)
        nodes.append(Node(name=name, mesh=len(meshes), translation=place))
        meshes.append(Mesh(name=name, primitives=(primitive,)))
    if left_out:
        findings.append(degenerate_finding(left_out, total=found))
    source = Source(
        name=files.name,
        format="stl",
        unit=unit,
        unit_source="file" if unit else "unknown",
        up="+Z",
        front="-Y",
        findings=tuple(findings),
    )
    return Asset(nodes=tuple(nodes), meshes=tuple(meshes), materials=(plain_material(),), source=source)


def _is_ascii(data: bytes) -> bool:
    """Tell by content: binary files may begin with "solid" too."""
    if len(data) >= _HEADER + 4 and len(data) == _HEADER + 4 + _FACET.itemsize * _count(data):
        return False
    head = data[:_LOOKED_AT]
    return _ASCII.match(head.removeprefix(b"\xef\xbb\xbf")) is not None and _FIRST_FACET.search(head) is not None


def _count(data: bytes) -> int:
    return int.from_bytes(data[_HEADER : _HEADER + 4], "little")


def _read_binary(data: bytes, files: Files, findings: list[Finding]) -> Array:
    if len(data) < _HEADER + 4:
        raise FormatError(
            "E_TRUNCATED",
            "this is no STL file",
            where=files.name,
            expected="the word solid, or a header of 84 bytes",
            found=f"{len(data)} bytes",
            hint="Export or download it again.",
        )
    count = _count(data)
    room = (len(data) - _HEADER - 4) // _FACET.itemsize
    if count > room:
        raise FormatError(
            "E_TRUNCATED",
            "the file is shorter than its header says",
            where=files.name,
            expected=f"{count:,} triangles",
            found=f"room for {room:,}",
            hint="Export or download it again.",
        )
    files.limits.check("indices", 3 * count, where=files.name)
    if count < room:
        message = f"{len(data) - _HEADER - 4 - count * _FACET.itemsize:,} bytes after the last of {count:,} triangles were left out"
        findings.append(Finding(code="W_TRAILING_BYTES", severity="warning", message=message, hint="Check that no part is missing."))
    corners: Array = np.frombuffer(data, _FACET, count, _HEADER + 4)["corners"]
    check_finite(corners.reshape(-1, 3), where=files.name)
    return corners


def _read_ascii(data: bytes, files: Files) -> list[tuple[str, Array]]:
    """Return (name, (T, 3, 3) float64 corners) of each solid that has triangles."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    tables: list[Array] = []
    names: list[tuple[int, str]] = []
    vertices = 0
    for lines in split_lines(data):
        letter = lines.data[lines.first] | 32
        is_vertex = (letter == ord("v")) & lines.begins(b"vertex")
        before = vertices + np.cumsum(is_vertex)
        ends = np.flatnonzero((letter == ord("e")) & lines.begins(b"endloop"))
        uneven = ends[np.diff(before[ends], prepend=vertices - vertices % 3) != 3]
        if uneven.size:
            offset = int(lines.offset + lines.first[uneven[0]])
            raise FormatError(
                "E_STL_FACET",
                "a facet does not have three vertices",
                where=f"{files.name}:{line_number(data, offset)}",
                expected="3 vertex lines between outer loop and endloop",
                found="more or fewer",
                hint="Export the file again.",
            )
        for line in np.flatnonzero((letter == ord("s")) & lines.begins(b"solid")).tolist():
            name = decode_name(lines.text(line)[5:].strip())
            files.limits.check("name_length", len(name), where=files.name)
            files.limits.check("nodes", len(names) + 1, where=files.name)
            names.append((int(before[line]), name))
        vertices = int(before[-1]) if len(before) else vertices
        files.limits.check("indices", vertices, where=files.name)
        text, lengths = lines.arguments(is_vertex, skip=len("vertex"))
        table, words = parse_table(text, lengths, columns=3, lines=lines, selected=is_vertex, source=data, where=files.name)
        if (words != 3).any():
            offset = int(lines.offset + lines.first[is_vertex][np.argmax(words != 3)])
            where = f"{files.name}:{line_number(data, offset)}"
            raise FormatError("E_NUMBER", "a vertex does not have three numbers", where=where, expected=3, found=int(words[words != 3][0]))
        tables.append(np.ascontiguousarray(table[:, :3]))
    if vertices % 3:
        raise FormatError("E_TRUNCATED", "the file ends within a facet", where=files.name, hint="Export or download it again.")
    positions = np.concatenate(tables)
    check_finite(positions, where=files.name)
    corners = positions.reshape(-1, 3, 3)
    misplaced = [start for start, _ in names if start % 3]
    if vertices and (misplaced or not names or names[0][0] > 0):
        raise FormatError(
            "E_STL_FACET",
            "facets do not lie within a solid",
            where=files.name,
            expected="a line that begins with solid before the first facet, and none inside a facet",
            found=f"one inside facet {misplaced[0] // 3 + 1:,}" if misplaced else "none before the first facet",
            hint="Export the file again.",
        )
    starts = [start // 3 for start, _ in names]
    ends_at = [*starts, len(corners)][1:]
    return [(name, corners[a:b]) for (_, name), a, b in zip(names, starts, ends_at, strict=True) if b > a]
