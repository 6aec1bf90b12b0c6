"""Read Autodesk FBX (binary and text, 3.0 to 7.7) by ufbx: hierarchy, meshes, materials, textures, unit and axes.

ufbx (C, MIT) rather than the FBX SDK (closed) or assimp (no unit, no embedded textures). Its Python binding 0.0.5 gives
out elements of a scene without counting the reference, so that a second look at one is a fault of memory (`counted`
counts it), and the garbage collector dies of what it leaves behind. So it only ever runs in a child process without
that collector (`arviz.formats.apart`), and not at all where no child may be started: in the sandbox of `arviz.jobs`.

Takes, blend shapes and skins come along (`arviz.formats.fbx_motion`, `arviz.formats.fbx_deform`); lights, cameras and mesh
caches are left out and named.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Skin, Source
from arviz.core.errors import DependencyError, FormatError
from arviz.core.frozen import Array
from arviz.core.parts import named_anchor
from arviz.core.reframe import rescale
from arviz.core.report import Finding, condensed
from arviz.core.units import METRES_PER_UNIT
from arviz.formats.apart import read_apart
from arviz.formats.fbx_deform import Bend, bend_of
from arviz.formats.fbx_elements import counted
from arviz.formats.fbx_geometry import pieces
from arviz.formats.fbx_materials import Materials
from arviz.formats.fbx_motion import animations
from arviz.formats.files import Files
from arviz.formats.flat import no_triangles

_AXES = ("+X", "-X", "+Y", "-Y", "+Z", "-Z")
"""In the order of ``ufbx.CoordinateAxis``."""
_SAME_UNIT = 1e-6
"""Relative difference up to which metres per unit count as a named unit; the file holds float64."""
_UNREAD = {
    "nurbs_surfaces": "NURBS surfaces", "nurbs_trim_surfaces": "trimmed surfaces", "procedural_geometries": "procedural geometry",
}  # fmt: skip


def read_fbx(data: bytes, files: Files) -> Asset:
    """Read an FBX file.

    Raises
    ------
    FormatError
        ``E_FBX``: broken or not FBX; ``E_READER_DIED``; ``E_FORMAT_APART``: inside the sandbox.
    MeshError
        E_NOT_FINITE, E_NO_TRIANGLES.
    LimitError
        Larger or deeper than the limits.
    DependencyError
        ufbx is not installed.
    """
    return read_apart("arviz.formats.fbx:read_in_child", data, files, in_place=False)


def read_in_child(data: bytes, files: Files) -> Asset:
    """As `read_fbx`, in this process, which ends soon after: see above."""
    try:
        import ufbx
    except ImportError as error:
        raise DependencyError("E_UFBX_MISSING", "FBX is read by ufbx, which is not installed", hint="pip install ufbx") from error
    try:
        scene = _loaded(data, files, ufbx.GeometryTransformHandling.MODIFY_GEOMETRY)
        if len(scene.blend_deformers):  # that moves vertices, but leaves the offsets of blend shapes as they are
            scene = _loaded(data, files, ufbx.GeometryTransformHandling.HELPER_NODES)
    except (ufbx.UfbxError, UnicodeDecodeError, ValueError) as error:
        found = f"{type(error).__name__}: {error}"[:200]
        raise FormatError("E_FBX", "this FBX cannot be read", where=files.name, found=found, hint="Export the file again.") from error
    return _Reader(scene, files).asset()


def _loaded(data: bytes, files: Files, handling: Any) -> Any:
    """Return the scene; `handling` says what becomes of geometric transforms, which move a mesh but not its node's children."""
    import ufbx

    return ufbx.load_memory(
        data,
        load_external_files=False,
        generate_missing_normals=True,
        node_depth_limit=files.limits.node_depth,
        index_error_handling=ufbx.IndexErrorHandling.ABORT_LOADING,
        geometry_transform_handling=handling,
        inherit_mode_handling=ufbx.InheritModeHandling.HELPER_NODES,
    )


class _Reader:
    """One scene being read."""

    def __init__(self, scene: Any, files: Files) -> None:
        self.scene = scene
        self.files = files
        self.findings: list[Finding] = []
        self.nodes: list[Node] = []
        self.meshes: list[Mesh] = []
        self.materials = Materials(scene, files, self.findings)
        self._mesh_at: dict[tuple[int, tuple[int, ...]], int | None] = {}
        self._bend_of: dict[int, Bend] = {}
        self._node_at: dict[int, int] = {}
        self._bent: dict[int, Bend] = {}

    def asset(self) -> Asset:
        limits, name = self.files.limits, self.files.name
        limits.check("nodes", len(self.scene.nodes), where=name)
        limits.check("materials", len(self.scene.materials), where=name)
        for child in counted(self.scene.root_node).children:
            self._node(counted(child))
        if not self.meshes:
            raise no_triangles(where=name, found=f"{len(self.nodes)} nodes without polygons")
        skins = self._skins()
        takes = animations(self.scene, self.nodes, node_at=self._node_at, bent=self._bent, findings=self.findings)
        self._note_losses()
        settings = self.scene.settings
        factor = float(settings.unit_meters)
        if not 1e-9 < factor < 1e9:
            raise FormatError("E_FBX", "the unit is no length", where=name, found=f"{factor:g} m")
        named = next((unit for unit, metres in METRES_PER_UNIT.items() if abs(factor / metres - 1) < _SAME_UNIT), None)
        up, front = self._axes(settings.axes)
        asset = Asset(
            nodes=tuple(self.nodes),
            meshes=tuple(self.meshes),
            materials=tuple(self.materials.materials),
            textures=tuple(self.materials.textures.textures),
            images=tuple(self.materials.textures.images),
            samplers=tuple(self.materials.textures.samplers),
            skins=skins,
            animations=takes,
            source=Source(
                name=name, format="fbx", unit=named or "m", unit_source="file", up=up, front=front, findings=condensed(self.findings)
            ),
        )
        return asset if named else rescale(asset, factor)

    def _axes(self, axes: Any) -> tuple[str, str]:
        """Return (up, front) of the file; a left-handed one is mirrored at the root along its right."""
        places = [int(axis) for axis in (axes.right, axes.up, axes.front)]
        if max(places) >= len(_AXES) or len({place // 2 for place in places}) != 3:
            message = "the file's axes are not known; +Y is taken for up, +Z for front"
            self.findings.append(Finding(code="W_FBX_AXES", severity="warning", message=message, hint="Give --up and --front."))
            return "+Y", "+Z"
        right, up, front = (np.eye(3)[place // 2] * (1 - 2 * (place % 2)) for place in places)
        if np.cross(right, up) @ front < 0:
            mirror = np.eye(4)
            mirror[:3, :3] -= 2 * np.outer(right, right)
            children = {child for node in self.nodes for child in node.children}
            tops = tuple(i for i in range(len(self.nodes)) if i not in children)
            self.nodes.append(Node(name="right-handed", children=tops, matrix=mirror))
            message = "the file is left-handed; it was mirrored to keep left and right"
            self.findings.append(Finding(code="I_FBX_LEFT_HANDED", severity="info", message=message))
        return _AXES[places[1]], _AXES[places[2]]

    def _node(self, node: Any) -> int:
        """Add a node and all below it; ufbx has checked that the hierarchy is a tree of bounded depth."""
        at = self._node_at[int(node.element_id)] = len(self.nodes)
        self.nodes.append(Node())
        index = None if node.mesh is None else self._mesh(counted(node.mesh), node, at)
        children = tuple(self._node(counted(child)) for child in node.children)
        if not node.visible and index is not None:
            message = "a hidden node is shown: glTF has no hidden nodes"
            self.findings.append(Finding(code="W_FBX_HIDDEN", severity="warning", where=node.name, message=message, hint="Delete it."))
        anchor = named_anchor(node.name) if index is None else None
        self.nodes[at] = Node(name=node.name, children=children, mesh=index, anchor=anchor, **_place(node.local_transform))
        return at

    def _mesh(self, mesh: Any, node: Any, at: int) -> int | None:
        element, surfaces = int(mesh.element_id), [self.materials.index(counted(material)) for material in node.materials]
        if element not in self._bend_of:
            self._bend_of[element] = bend_of(mesh, vertices=len(mesh.vertices), where=node.name, findings=self.findings)
        bend, key = self._bend_of[element], (element, tuple(surfaces))
        if key not in self._mesh_at:
            made = pieces(mesh, surfaces, self.materials, bend=bend, where=node.name, limits=self.files.limits, findings=self.findings)
            self._mesh_at[key] = len(self.meshes) if made else None
            if made:
                names = {"targetNames": [channel.name for channel in bend.channels for _ in channel.shapes]} if bend.targets else None
                self.meshes.append(Mesh(name=mesh.name or node.name, primitives=tuple(made), weights=bend.rest, extras=names))
        index = self._mesh_at[key]
        if index is not None:
            self._bent[at] = bend
        return index

    def _skins(self) -> tuple[Skin, ...]:
        """Return the skins of all meshes that have bones, and name them in the meshes' nodes, now that every bone has its place."""
        skins: list[Skin] = []
        for at, bend in self._bent.items():
            if bend.clusters:
                self.nodes[at] = replace(self.nodes[at], skin=len(skins))
                skins.append(bend.skin(at, self._node_at))
        return tuple(skins)

    def _note_losses(self) -> None:
        scene, files = self.scene, self.files
        for name, what in _UNREAD.items():
            if count := len(getattr(scene, name)):
                self._note("W_FBX_UNREAD", f"{count} {what} are not read", hint="Convert them into meshes before exporting.")
        for name in ("lights", "cameras"):
            if count := len(getattr(scene, name)):
                self._note("I_FBX_UNREAD", f"{count} {name} were left out")
        for warning in scene.metadata.warnings:
            self._note("W_FBX_MENDED", f"{files.name}: {warning.description}"[:200])

    def _note(self, code: str, message: str, *, hint: str = "") -> None:
        self.findings.append(Finding(code=code, severity="info" if code.startswith("I_") else "warning", message=message, hint=hint))


def _place(transform: Any) -> dict[str, Any]:
    t, r, s = transform.translation, transform.rotation, transform.scale
    values: Array = np.array([t.x, t.y, t.z, r.x, r.y, r.z, r.w, s.x, s.y, s.z])
    if not np.isfinite(values).all():
        raise FormatError("E_FBX", "a node's place holds numbers that are not finite", hint="Export the file again.")
    numbers = values.tolist()
    return {"translation": tuple(numbers[:3]), "rotation": tuple(numbers[3:7]), "scale": tuple(numbers[7:])}
