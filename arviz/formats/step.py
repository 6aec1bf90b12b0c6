"""Read STEP (ISO 10303-21: AP203, AP214, AP242) by cascadio, which carries Open CASCADE: names, colours, assembly, metres.

A STEP file holds curved surfaces; they are cut into triangles here. What is asked is the deflection: how far an edge or
a face may lie from its curve. Measured on a part with fillets and holes (127 mm): 1 mm asked gives 0.45 mm and 836
triangles, 0.1 mm gives 0.09 mm and 3,512 with the angle below, 0.01 mm gives 0.05 mm and 8,326.

cadquery-ocp (67 MB) would also read tolerances and layers, which no shop shows.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from arviz.core.asset import Asset, Mesh, Primitive, Source
from arviz.core.errors import DependencyError, FormatError, InputError
from arviz.core.graph import triangle_count
from arviz.core.material import Material
from arviz.core.report import Finding
from arviz.formats.apart import read_apart
from arviz.formats.files import Files
from arviz.formats.flat import PLAIN_ROUGHNESS, no_triangles, plain_material
from arviz.formats.gltf.read import read_gltf

DEFLECTION_MM = 0.1
"""Half the width of a pixel of a 2 m sofa that fills a 4K screen is 0.25 mm."""
LEAST_MM, MOST_MM = 0.001, 100.0
_ANGLE_RAD = 0.35
"""Between normals of neighbours: 18 edges to a circle however small, or screws become triangles."""


def read_step(data: bytes, files: Files, *, deflection_mm: float = DEFLECTION_MM) -> Asset:
    """Read a STEP file.

    Parameters
    ----------
    deflection_mm : float
        How far triangles may lie from the surface.

    Raises
    ------
    InputError
        ``E_DEFLECTION``: not between `LEAST_MM` and `MOST_MM`.
    FormatError
        ``E_STEP``: broken or not STEP; ``E_READER_DIED``.
    MeshError
        ``E_NO_TRIANGLES``: curves or points alone.
    LimitError
        Larger than the limits, or too slow.
    DependencyError
        ``E_CASCADIO_MISSING``: the extra ``cad`` is not installed.
    """
    if not LEAST_MM <= deflection_mm <= MOST_MM:
        expected = f"{LEAST_MM:g} to {MOST_MM:g} mm"
        raise InputError("E_DEFLECTION", "surfaces cannot be cut so", expected=expected, found=f"{deflection_mm:g} mm", hint="Give 0.1.")
    return read_apart("arviz.formats.step:read_in_place", data, files, options={"deflection_mm": deflection_mm})


def read_in_place(data: bytes, files: Files, *, deflection_mm: float = DEFLECTION_MM) -> Asset:
    """As `read_step`, in this process: a damaged file may end it, and Open CASCADE writes to the terminal."""
    try:
        import cascadio
    except ImportError as error:
        raise DependencyError(
            "E_CASCADIO_MISSING", "STEP is read by cascadio, which is not installed", where=files.name, hint='pip install "arviz3d[cad]"'
        ) from error
    if not data.lstrip()[:12].startswith(b"ISO-10303-21"):
        raise _broken(files, data[:20].decode("ascii", "replace"))
    # Each face is one task for OpenMP-like threads: their order would change the order of the triangles.
    try:
        glb = cascadio.load(data, file_type="step", tol_linear=deflection_mm, tol_angular=_ANGLE_RAD, use_parallel=False)
    except (RuntimeError, ValueError, OSError) as error:
        raise _broken(files, f"{type(error).__name__}: {error}"[:200]) from error
    if not glb:
        raise _broken(files, f"{len(data):,} bytes")
    asset = read_gltf(glb, Files(None, name=files.name, limits=files.limits))
    triangles = triangle_count(asset)
    if not triangles:
        raise no_triangles(where=files.name, found=f"{len(asset.nodes)} parts without faces")
    cut = f"curved surfaces were cut into {triangles:,} triangles, {deflection_mm:g} mm from them as asked"
    return replace(
        _dressed(_shared(asset)),
        asset_info={},
        extras=None,
        source=Source(
            name=files.name,
            format="step",
            unit="m",
            unit_source="file",
            up="+Z",
            front="-Y",
            findings=(Finding(code="I_STEP_CUT", severity="info", message=cut),),
        ),
    )


def _shared(asset: Asset) -> Asset:
    """Return `asset` with one mesh for all uses of a part: cascadio writes a copy for each."""
    first: dict[object, int] = {}
    meshes: list[Mesh] = []
    place: list[int] = []
    for mesh in asset.meshes:
        key = (mesh.name, tuple(_content(primitive) for primitive in mesh.primitives))
        if key not in first:
            first[key] = len(meshes)
            meshes.append(replace(mesh, extras=None))
        place.append(first[key])
    nodes = tuple(node if node.mesh is None else replace(node, mesh=place[node.mesh]) for node in asset.nodes)
    return replace(asset, nodes=nodes, meshes=tuple(meshes))


def _content(primitive: Primitive) -> object:
    arrays = {**primitive.attributes, "": primitive.triangles}
    return primitive.material, tuple((name, array.shape, sha256(array.tobytes()).digest()) for name, array in arrays.items())


def _dressed(asset: Asset) -> Asset:
    """Return `asset` with surfaces that are no metal: STEP knows colours alone, and glTF's default is metal; faces without one are grey."""
    materials = [_surface(material) for material in asset.materials]
    if all(primitive.material is not None for mesh in asset.meshes for primitive in mesh.primitives):
        return replace(asset, materials=tuple(materials))
    plain = len(materials)
    meshes = (
        replace(mesh, primitives=tuple(replace(each, material=plain) if each.material is None else each for each in mesh.primitives))
        for mesh in asset.meshes
    )
    return replace(asset, meshes=tuple(meshes), materials=(*materials, plain_material()))


def _surface(material: Material) -> Material:
    if (material.metallic_factor, material.roughness_factor) != (1.0, 1.0):
        return material
    plain = plain_material()
    return replace(material, metallic_factor=plain.metallic_factor, roughness_factor=PLAIN_ROUGHNESS)


def _broken(files: Files, found: str) -> FormatError:
    hint = "Export the file again as STEP AP214 or AP242."
    return FormatError("E_STEP", "this STEP file cannot be read", where=files.name, found=found, hint=hint)
