"""Read Wavefront OBJ (with its MTL): what most merchants have.

Own reader, because trimesh 5.2 merges groups, drops the PBR keys of the MTL and opens files through a resolver
of its own; and because the text is parsed here by the block (`arviz.formats.text`). Rejected: one pass in Python
(``for line in file``), 3 times slower.

What is understood: ``v`` with w or colours, ``vt``, ``vn``, ``f`` of any size with relative indices, ``o``, ``g``,
``usemtl``, ``mtllib``, ``s``, line continuation, every kind of line end. Points, lines and free-form surfaces are
left out with a finding. Source: Alias|Wavefront, "Object Files (.obj)", Advanced Visualizer manual, appendix B1.
"""

from __future__ import annotations

from dataclasses import replace

from arviz.core.asset import Asset, Source
from arviz.core.report import Finding, condensed
from arviz.formats.files import Files
from arviz.formats.flat import no_triangles
from arviz.formats.obj_build import build
from arviz.formats.obj_parse import parse_obj


def read_obj(data: bytes, files: Files) -> Asset:
    """Read an OBJ file and the MTL files and textures that it names.

    Parameters
    ----------
    data : bytes
        The content of the OBJ file.
    files : Files
        Opens what lies beside it.

    Returns
    -------
    Asset
        In file units and axes (+Y up, +Z front unless told otherwise): one node and mesh per object and group, one
        primitive per material, one vertex per combination of position, texture coordinate and normal.

    Raises
    ------
    FormatError
        E_NUMBER, E_INDEX, E_FACE: a line that cannot be understood.
    MeshError
        E_NOT_FINITE, E_NO_TRIANGLES.
    LimitError
        More vertices, corners, parts or materials than `files.limits` allow.
    """
    parsed = parse_obj(data, files)
    if not len(parsed.lengths):
        found = f"{len(parsed.positions):,} vertices and no face"
        raise no_triangles(where=files.name, found=found)
    asset, findings = build(parsed, files)
    if parsed.ignored:
        message = f"{parsed.ignored:,} points, lines or free-form elements were left out"
        findings.append(Finding(code="W_ELEMENTS_IGNORED", severity="warning", message=message, hint="Export the surface as polygons."))
    source = Source(
        name=files.name,
        format="obj",
        unit=parsed.unit,
        unit_source="file" if parsed.unit else "unknown",
        findings=condensed(findings),
    )
    return replace(asset, source=source)
