"""Look for faults of the mesh that a shopper would see, or that break later steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from arviz.check.topology import Topology, topology
from arviz.core.asset import Asset, Primitive
from arviz.core.frozen import Array
from arviz.core.graph import Drawn, bounds, drawn
from arviz.core.report import Finding, Report, Severity
from arviz.core.triangles import face_vectors

DEGENERATE_SHARE = 0.01
"""Exporters leave a few triangles without area; more than one in a hundred is a fault of the mesh."""
TURNED_SHARE = 0.01
PIVOT_SHARE = 0.01
"""A pivot this far from the middle of the base, in parts of the longest side, is seen when the product is placed."""
TOPOLOGY_TRIANGLES = 2_000_000
"""Beyond it edges are not examined: about a second per million triangles."""
_NAMED = 3


def check_geometry(asset: Asset) -> Report:
    """Examine triangles, attributes, UVs, winding and pivot of everything that is drawn.

    Figures: ``degenerate``, ``uv_min``, ``uv_max``, ``uv_inverted``, ``open_or_shared_edges`` (None where not measured).
    """
    pieces = list(drawn(asset))
    primitives = list({id(piece.primitive): piece.primitive for piece in pieces}.values())
    total = sum(len(primitive.triangles) for primitive in primitives)
    degenerate = sum(_degenerate(primitive) for primitive in primitives)
    uv_min, uv_max, mirrored = _uvs(primitives)
    edges = _edges(asset, pieces) if total <= TOPOLOGY_TRIANGLES else {}
    findings = [
        *_degenerate_findings(degenerate, total),
        *_attribute_findings(asset, pieces),
        *_stray_findings(primitives),
        *_uv_findings(uv_min, uv_max, mirrored),
        *_winding_findings(asset, edges),
        *_pivot_findings(asset),
    ]
    if asset.source is not None and asset.source.format in ("obj", "stl", "ply"):
        findings.append(_finding("I_FRONT_UNKNOWN", "info", f"a {asset.source.format.upper()} file does not say where its front is",
                                 hint="Look at the picture; --front turns the product when it is converted."))  # fmt: skip
    return Report(
        findings=tuple(findings),
        figures={
            "degenerate": degenerate,
            "uv_min": uv_min,
            "uv_max": uv_max,
            "uv_inverted": mirrored,
            "open_or_shared_edges": sum(found.odd for found in edges.values()) if edges else None,
        },
    )


def _finding(code: str, severity: Severity, message: str, *, where: str = "", hint: str = "") -> Finding:
    return Finding(code=code, severity=severity, message=message, where=where, hint=hint)


def _degenerate(primitive: Primitive) -> int:
    """Return how many triangles have no area to speak of: less than 1e-12 of their longest side squared."""
    triangles = primitive.triangles
    if not len(triangles):
        return 0
    points = primitive.positions.astype(np.float64)[triangles]
    longest = np.square(points - np.roll(points, 1, axis=1)).sum(axis=2).max(axis=1)
    area = np.linalg.norm(face_vectors(primitive.positions, triangles), axis=1)
    return int(np.count_nonzero(area <= 1e-12 * longest))


def _degenerate_findings(count: int, total: int) -> Iterator[Finding]:
    if count > DEGENERATE_SHARE * total:
        yield Finding(
            code="W_DEGENERATE_TRIANGLES",
            severity="warning",
            message=f"{count:,} of {total:,} triangles have no area",
            hint="Merge vertices by distance in a 3D editor.",
        )


def _attribute_findings(asset: Asset, pieces: list[Drawn]) -> Iterator[Finding]:
    broken, plain, unmapped = [], [], []
    for piece in pieces:
        primitive, name = piece.primitive, _label(asset, piece.node)
        if any(array.dtype.kind == "f" and not np.isfinite(array).all() for array in primitive.attributes.values()):
            broken.append(name)
        if "NORMAL" not in primitive.attributes and len(primitive.triangles):
            plain.append(name)
        if _missing_uvs(asset, primitive):
            unmapped.append(name)
    if broken:
        yield Finding(
            code="E_ATTRIBUTE_NOT_FINITE",
            severity="error",
            where=_some(broken),
            message="normals, UVs or other vertex attributes are not finite numbers",
            hint="Recompute normals and UVs in a 3D editor and export again.",
        )
    if plain:
        yield Finding(
            code="W_NO_NORMALS",
            severity="warning",
            where=_some(plain),
            message="there are no normals: viewers draw flat faces, each in its own way",
            hint="arviz convert computes them.",
        )
    if unmapped:
        yield Finding(
            code="W_NO_UVS",
            severity="warning",
            where=_some(unmapped),
            message="a texture needs UVs that the mesh does not have",
            hint="Unwrap the mesh, or remove the texture.",
        )


def _missing_uvs(asset: Asset, primitive: Primitive) -> bool:
    if primitive.material is None:
        return False
    slots = asset.materials[primitive.material].texture_slots()
    return any(f"TEXCOORD_{_texcoord(info.texcoord, info.extensions)}" not in primitive.attributes for _, info in slots)


def _texcoord(own: int, extensions: object) -> int:
    transform = extensions.get("KHR_texture_transform") if isinstance(extensions, dict) else None
    return int(transform.get("texCoord", own)) if isinstance(transform, dict) else own


def _stray_findings(primitives: list[Primitive]) -> Iterator[Finding]:
    stray = sum(len(p.positions) - len(np.unique(p.indices)) for p in primitives if p.indices is not None)
    if stray:
        yield _finding(
            "I_STRAY_VERTICES", "info", f"{stray:,} vertices belong to no face", hint="They cost bytes only; arviz ignores them."
        )


def _uvs(primitives: list[Primitive]) -> tuple[float | None, float | None, int]:
    """Return the least and greatest UV of set 0 and how many of its triangles are mirrored."""
    low, high, mirrored = np.inf, -np.inf, 0
    for primitive in primitives:
        uv = primitive.attributes.get("TEXCOORD_0")
        triangles = primitive.triangles
        if uv is None or not len(triangles):
            continue
        corners = uv[triangles].astype(np.float64)
        corners = corners[np.isfinite(corners).all(axis=(1, 2))]
        if len(corners):
            low, high = min(low, float(corners.min())), max(high, float(corners.max()))
            u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
            # glTF's v runs down, so a face that is seen from outside turns clockwise there: a positive cross
            # product in (u, v) is a negative one in (u, 1 - v).
            mirrored += int(np.count_nonzero(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0] > 1e-12))
    return (None, None, 0) if low > high else (low, high, mirrored)


def _uv_findings(low: float | None, high: float | None, mirrored: int) -> Iterator[Finding]:
    if low is not None and high is not None and (low < -1e-4 or high > 1 + 1e-4):
        yield _finding("I_UV_RANGE", "info", f"UVs run from {low:.4g} to {high:.4g}: the pictures repeat",
                       hint="Fine where a pattern is meant to repeat; a fault for a texture atlas.")  # fmt: skip
    if mirrored:
        yield _finding("I_UV_MIRRORED", "info", f"{mirrored:,} triangles show their picture mirrored",
                       hint="Fine for symmetric parts; a fault where there is lettering.")  # fmt: skip


def _edges(asset: Asset, pieces: list[Drawn]) -> dict[int, Topology]:
    """Return node index -> topology of its mesh in the mesh's own frame: a node that mirrors turns the winding too."""
    first = {piece.mesh: topology(*_joined(asset, piece.mesh)) for piece in {piece.mesh: piece for piece in pieces}.values()}
    return {piece.node: first[piece.mesh] for piece in pieces}


def _joined(asset: Asset, mesh: int) -> tuple[Array, Array]:
    """Return positions and triangles of all primitives of a mesh, in the mesh's own frame."""
    positions, triangles, offset = [np.zeros((0, 3), np.float32)], [np.zeros((0, 3), np.int64)], 0
    for primitive in asset.meshes[mesh].primitives:
        positions.append(primitive.positions)
        triangles.append(primitive.triangles.astype(np.int64) + offset)
        offset += len(primitive.positions)
    return np.concatenate(positions), np.concatenate(triangles)


def _winding_findings(asset: Asset, edges: dict[int, Topology]) -> Iterator[Finding]:
    turned = [_label(asset, node) for node, found in edges.items() if found.turned > TURNED_SHARE * found.edges]
    if turned:
        yield Finding(
            code="W_WINDING_MIXED",
            severity="warning",
            where=_some(turned),
            message="neighbouring faces point to different sides: some are invisible from outside",
            hint="Recalculate normals outwards in a 3D editor.",
        )
    inside = [_label(asset, node) for node, found in edges.items() if found.inside_out]
    if inside:
        yield Finding(
            code="W_INSIDE_OUT",
            severity="warning",
            where=_some(inside),
            message="closed shells are turned inside out: their outside is invisible unless the material is double-sided",
            hint="Flip their normals in a 3D editor; cavities and linings are meant to be so.",
        )


def _pivot_findings(asset: Asset) -> Iterator[Finding]:
    box = bounds(asset)
    if box is None:
        return
    middle = (box[0] + box[1]) / 2
    offset = np.array([middle[0], box[0][1], middle[2]])
    if np.abs(offset).max() > PIVOT_SHARE * (box[1] - box[0]).max():
        scale, unit = (1000.0, "mm") if asset.unit_known else (1.0, "file units")
        x, y, z = (f"{value * scale:,.4g}" for value in offset)
        yield Finding(
            code="W_PIVOT",
            severity="warning",
            message=f"the middle of the base is at x {x}, y {y}, z {z} {unit} instead of the origin: it is placed beside where it is put",
            hint="arviz convert moves it. For a lamp that hangs from the ceiling the middle of the top is right.",
        )


def _label(asset: Asset, node: int) -> str:
    return asset.nodes[node].part or asset.nodes[node].name or f"nodes[{node}]"


def _some(names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - _NAMED
    return ", ".join(distinct[:_NAMED]) + (f" and {more} more" if more > 0 else "")
